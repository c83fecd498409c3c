// SPDX-License-Identifier: Apache-2.0
// What stands behind a provider of the kind entra is hostile: its metadata and its keys.  Nobody comes in, and nothing of ours
// goes to where it points.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from './entra.mjs';
import { Stage, person } from './federation.mjs';

let stage, server, trap, made = 0;
const trapped = [];
before(async () => {
  stage = await new Stage().open();
  ({ server } = stage);
  // Where hostile answers point to: it would serve what is good.
  trap = http.createServer((request, response) => {
    trapped.push(request.url);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: stage.entra.keys.map(({ jwk }) => jwk) }));
  });
  await new Promise((done) => trap.listen(0, '127.0.0.1', done));
});
after(async () => {
  await stage?.close();
  trap?.closeAllConnections();
  trap?.close();
});
beforeEach(() => stage.begin());
const trapUrl = () => `http://127.0.0.1:${trap.address().port}`;

// A provider that has `change` done to it; how a sign-in by it ends, and how it stood afterwards.
async function at(change, { tenant = TENANT } = {}) {
  const one = new Entra();
  one.pairs = stage.entra.pairs;
  await one.start();
  one.user = person();
  change(one);
  const id = `bad${made++}`;
  const done = await command(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', one.url, '--tenant', tenant, '--create-users',
    '--email-domain', 'contoso.example', id, '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: CLIENT_SECRET });
  assert.equal(done.code, 0, done.stderr);
  const b = stage.browser();
  const begun = await b.get(`/auth/oauth/${id}`);
  let status = begun.status;
  if (status === 303) {
    const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
    status = (await b.get(stage.local(there.headers.get('location')))).status;
  }
  const told = { status, session: b.jar.has('session'), secrets: one.count(/token$/), trapped: trapped.length };
  await one.close();
  return told;
}

test('what is not hostile lets somebody in', async () => {
  assert.deepEqual(await at(() => {}), { status: 303, session: true, secrets: 1, trapped: 0 });
});

const weak = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) };
};
const good = (one) => one.keys.map(({ jwk }) => jwk);
const set = (make) => (one) => { const keys = make(good(one), one); one.script.jwks = { body: typeof keys === 'string' ? keys : { keys } }; };
const KEYS = [
  ['a set somewhere else, by a redirect', (one) => { one.script.jwks = { status: 302, headers: { location: `${trapUrl()}/keys` } }; }],
  ['a set that moved for ever', (one) => { one.script.jwks = { status: 308, headers: { location: `${trapUrl()}/keys` } }; }],
  ['2 MiB', set((keys) => JSON.stringify({ keys, more: 'x'.repeat(2 << 20) }))],
  ['600 keys', set((keys) => Array.from({ length: 600 }, () => keys[0]))],
  ['a set that is cut', (one) => { const body = JSON.stringify({ keys: good(one) }); one.script.jwks = { body, cut: 200, headers: { 'content-length': String(body.length) } }; }],
  ['private members', set((keys, one) => [{ ...keys[0], ...one.pairs[0].privateKey.export({ format: 'jwk' }) }])],
  ['a secret under the name of the key', set(([{ kid, issuer }]) => [{ kty: 'oct', k: 'QUFBQQ', kid, issuer, use: 'sig' }])],
  ['two keys of one name', set(([first, second]) => [first, { ...second, kid: first.kid }])],
  ['a key to encrypt with', set(([first]) => [{ ...first, use: 'enc' }])],
  ['a key for other operations', set(([first]) => [{ ...first, use: undefined, key_ops: ['encrypt'] }])],
  ['a key of 1024 bits, which signs', (one) => { const { jwk, privateKey } = weak(); const { kid, issuer } = one.keys[0].jwk; one.keys[0] = { kid, privateKey, jwk: { ...jwk, kid, use: 'sig', issuer } }; }],
  ['a name twice in the object', set((keys) => JSON.stringify({ keys }).replace('{"keys"', '{"keys":[],"keys"'))],
  ['nested deeply', set(() => `{"keys":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
];
for (const [name, change] of KEYS) {
  test(`SR-05, SR-07: keys that are hostile: ${name}`, async () => {
    const told = await at(change);
    assert.ok([403, 502].includes(told.status), String(told.status));
    assert.deepEqual([told.session, told.trapped], [false, 0]);
  });
}

const document = (own) => (one) => { one.script.document = (known) => ({ ...known, ...own(one) }); };
const METADATA = [
  ['another issuer', document(() => ({ issuer: `https://login.microsoftonline.com/${TENANT}/v2.0` }))],
  ['the template as issuer of one tenant', document((one) => ({ issuer: one.template }))],
  ['the issuer of another tenant', document((one) => ({ issuer: one.issuer('99999999-2222-3333-4444-555555555555') }))],
  ['the issuer of version 1', document(() => ({ issuer: `https://sts.windows.net/${TENANT}/` }))],
  ['codes redeemed at a metadata service', document(() => ({ token_endpoint: 'http://169.254.169.254/metadata/identity/oauth2/token' }))],
  ['codes redeemed inside', document(() => ({ token_endpoint: 'https://10.0.0.1/token' }))],
  ['codes redeemed by a name of this machine', document(() => ({ token_endpoint: `http://localhost:${trap.address().port}/token` }))],
  // The code has been redeemed where it should be; its keys are not asked for there.
  ['keys of another port', document(() => ({ jwks_uri: `${trapUrl()}/keys` })), 1],
  ['keys of a file', document(() => ({ jwks_uri: 'file:///etc/passwd' }))],
  ['a page that is a script', document(() => ({ authorization_endpoint: 'javascript:alert(1)' }))],
  ['no keys', document(() => ({ jwks_uri: undefined }))],
  ['metadata somewhere else', (one) => { one.script.metadata = { status: 302, headers: { location: `${trapUrl()}/metadata` } }; }],
  ['1 MiB', document(() => ({ more: 'x'.repeat(1 << 20) }))],
];
for (const [name, change, secrets = 0] of METADATA) {
  test(`AT-19, SR-02: metadata that is hostile: ${name}`, async () => {
    const told = await at(change);
    assert.ok([403, 502].includes(told.status), String(told.status));
    assert.deepEqual([told.session, told.secrets, told.trapped], [false, secrets, 0]);
  });
}
