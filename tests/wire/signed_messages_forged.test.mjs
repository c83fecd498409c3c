// SPDX-License-Identifier: Apache-2.0
// Forged request objects and client assertions: at both places where a client brings a JWT of its own.
import assert from 'node:assert/strict';
import { KeyObject, createHmac, createPublicKey, sign as signBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { Client } from './client.mjs';

const CALLBACK = 'https://app.test/cb';
let server, trap, sign, other;
let asked = 0;

async function pair(kid) {
  const keys = await jose.generateKeyPair('ES256', { extractable: true });
  return { ...keys, kid, jwk: { ...await jose.exportJWK(keys.publicKey), kid, alg: 'ES256', use: 'sig' } };
}

before(async () => {
  trap = createServer((req, res) => { asked++; res.end(); });
  await new Promise((done) => { trap.listen(0, '127.0.0.1', done); });
  server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_INTERNAL_HOSTS: '127.0.0.1' } });
  sign = await pair('sign-1');
  other = await pair('sign-2');
  const file = `${server.data}/plain.json`;
  writeFileSync(file, JSON.stringify({
    redirect_uris: [CALLBACK], token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [sign.jwk] },
  }));
  const done = await command(['client', 'create', '--id', 'plain', '--type', 'confidential', '--json', '--metadata-file', file],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
});
after(async () => {
  await server?.stop();
  trap?.closeAllConnections();
  trap?.close();
});

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

// A JWT by hand, with whatever header; `sealer` makes its signature.
function forge(header, claims, sealer) {
  const text = `${encode({ alg: 'ES256', kid: sign.kid, ...header })}.${encode(claims)}`;
  const signature = sealer ?? ((bytes) => signBytes('sha256', bytes, { key: KeyObject.from(sign.privateKey), dsaEncoding: 'ieee-p1363' }));
  return `${text}.${signature(Buffer.from(text)).toString('base64url')}`;
}

// JOSE-01, JOSE-02, JOSE-04, JOSE-05, JOSE-06, JOSE-09, JOSE-10, JOSE-11, JOSE-21, JOSE-32, JOSE-35: what a header or a
// signature may not do.
test('no header and no signature of another makes a request object or an assertion', async () => {
  const pem = createPublicKey({ key: sign.jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const der = createPublicKey({ key: sign.jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
  const mac = (secret) => (bytes) => createHmac('sha256', secret).update(bytes).digest();
  const thief = KeyObject.from(other.privateKey);
  const stolen = (bytes) => signBytes('sha256', bytes, { key: thief, dsaEncoding: 'ieee-p1363' });
  const asDer = (bytes) => signBytes('sha256', bytes, { key: KeyObject.from(sign.privateKey), dsaEncoding: 'der' });
  const fixed = (n, byte = 0) => () => Buffer.alloc(n, byte);
  const url = `http://127.0.0.1:${trap.address().port}/trap`;
  const forged = [
    [{ alg: 'none' }, fixed(0)], [{ alg: 'None' }, fixed(0)], [{ alg: 'none' }], [{ alg: '' }], [{ alg: null }], [{ alg: 1 }],
    [{ alg: 'HS256' }, mac(pem)], [{ alg: 'HS256' }, mac(pem.trim())], [{ alg: 'HS256' }, mac(der)], [{ alg: 'HS256' }, mac(JSON.stringify(sign.jwk))],
    [{ alg: 'ES384' }], [{ alg: 'RS256' }],
    [{ jwk: other.jwk }, stolen], [{ jwk: other.jwk, kid: undefined }, stolen], [{ jwk: sign.jwk }],
    [{ jku: url }, stolen], [{ jku: url }], [{ x5u: url }], [{ x5c: ['MIIB'] }],
    [{ kid: '../../../../dev/null' }], [{ kid: "' OR 1=1--" }], [{ kid: 'a\u0000b' }], [{ kid: '' }], [{ kid: 7 }], [{ kid: 'x'.repeat(4000) }],
    [{ b64: false }], [{ b64: false, crit: ['b64'] }], [{ crit: ['exp'] }], [{ crit: [] }], [{ zip: 'DEF' }], [{ cty: 'JWT' }],
    [{}, fixed(64)], [{}, fixed(64, 255)], [{}, fixed(0)], [{}, fixed(63)], [{}, fixed(65)], [{}, fixed(96)], [{}, fixed(2000)], [{}, asDer], [{}, stolen],
  ];
  const now = Math.floor(Date.now() / 1000);
  const both = { aud: server.url, iss: 'plain', exp: now + 60, iat: now };
  const object = () => ({ ...both, client_id: 'plain', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', jti: crypto.randomUUID() });
  const assertion = () => ({ ...both, sub: 'plain', jti: crypto.randomUUID() });
  const client = new Client(server.url);
  const push = (request, proof) => client.send('POST', '/oauth2/par', { form: { request,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: proof } });
  const typ = { typ: 'oauth-authz-req+jwt' };
  assert.equal((await push(forge(typ, object()), forge({}, assertion()))).status, 201);
  for (const [header, sealer] of forged) {
    const what = JSON.stringify(header).slice(0, 80);
    const requested = await push(forge({ ...typ, ...header }, object(), sealer), forge({}, assertion()));
    assert.deepEqual([requested.status, requested.json.error], [400, 'invalid_request_object'], what);
    const asserted = await push(forge(typ, object()), forge(header, assertion(), sealer));
    assert.deepEqual([asserted.status, asserted.json.error], [401, 'invalid_client'], what);
  }
  const good = () => forge(typ, object());
  for (const change of [(t) => t.slice(0, -1), (t) => `${t}A`, (t) => `${t}=`, (t) => `${t} `, (t) => `${t}.`, (t) => t.replaceAll('.', '..'),
    () => '.'.repeat(8000), () => 'a.b.c', (t) => t.slice(0, t.lastIndexOf('.')), (t) => encode(t)])
    assert.equal((await push(change(good()), forge({}, assertion()))).json.error, 'invalid_request_object');
  assert.equal(asked, 0); // nobody was called
});
