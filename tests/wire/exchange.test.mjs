// SPDX-License-Identifier: Apache-2.0
// Token exchange (RFC 8693) with openid-client and oauth4webapi: an API that was called with a token of a device calls the
// next API for the same user, and what it got ends with what it came from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const STOCK = 'https://stock.example.com';
let server, sink, config, secret, user;

async function makeClient(id, metadata) {
  const file = join(mkdtempSync(join(tmpdir(), 'uauth-')), 'client.json');
  writeFileSync(file, JSON.stringify(metadata));
  const done = await command(['client', 'create', '--id', id, '--type', 'confidential', '--metadata-file', file, '--json'],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  return JSON.parse(done.stdout).client_secret;
}

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  secret = await makeClient('orders', {
    grant_types: ['client_credentials', GRANT], scope: 'users:read', audiences: [STOCK],
    token_exchange_subjects: ['first-party'], token_exchange_audiences: [STOCK],
  });
  config = await oidc.discovery(new URL(server.url), 'orders', undefined, oidc.ClientSecretBasic(secret), { execute: [oidc.allowInsecureRequests] });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

// What Ada's browser calls the API with.
async function shown() {
  user = new Client(server.url);
  const { json } = await user.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'token' });
  return json.access_token;
}

test('openid-client exchanges a token, and what it gets verifies as an access token for the next API', async () => {
  assert.ok(config.serverMetadata().grant_types_supported.includes(GRANT));
  const token = await shown();
  const got = await oidc.genericGrantRequest(config, GRANT, { subject_token: token, subject_token_type: TYPE, audience: STOCK });
  assert.equal(got.issued_token_type, TYPE);
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload } = await jwtVerify(got.access_token, keys, { issuer: server.url, audience: STOCK, typ: 'at+jwt' });
  const before = (await jwtVerify(token, keys, { issuer: server.url, typ: 'at+jwt' })).payload;
  assert.equal(payload.sub, before.sub);
  assert.deepEqual(payload.act, { sub: 'orders' });
  assert.ok(payload.exp <= before.exp);
  assert.equal((await oidc.tokenIntrospection(config, got.access_token)).active, true);
  assert.equal((await user.send('POST', '/auth/logout', { token })).status, 204);
  assert.equal((await oidc.tokenIntrospection(config, got.access_token)).active, false);
});

test('oauth4webapi exchanges a token under DPoP, with the nonce that the server asks for', async () => {
  const as = config.serverMetadata();
  const client = { client_id: 'orders' };
  const dpop = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
  const exchange = async () => {
    const answer = await oauth.genericTokenEndpointRequest(as, client, oauth.ClientSecretBasic(secret), GRANT,
      { subject_token: await shown(), subject_token_type: TYPE }, { DPoP: dpop, [oauth.allowInsecureRequests]: true });
    return oauth.processGenericTokenEndpointResponse(as, client, answer);
  };
  const got = await exchange().catch((error) => {
    assert.ok(oauth.isDPoPNonceError(error), String(error));
    return exchange();
  });
  assert.equal(got.token_type, 'dpop');
});

test('TX-01: what the policy does not name is refused', async () => {
  const token = await shown();
  const asked = (more) => oidc.genericGrantRequest(config, GRANT, { subject_token: token, subject_token_type: TYPE, ...more });
  await assert.rejects(asked({ audience: server.url }), { error: 'invalid_target' });
  await assert.rejects(asked({ scope: 'users:delete' }), { error: 'invalid_scope' });
  await assert.rejects(asked({ subject_token: `${token}x` }), { error: 'invalid_request' });
  await makeClient('other', { grant_types: [GRANT], scope: 'users:read', token_exchange_audiences: [STOCK] }).then(async (its) => {
    const other = await oidc.discovery(new URL(server.url), 'other', undefined, oidc.ClientSecretBasic(its), { execute: [oidc.allowInsecureRequests] });
    await assert.rejects(oidc.genericGrantRequest(other, GRANT, { subject_token: token, subject_token_type: TYPE }), { error: 'invalid_request' });
  });
});
