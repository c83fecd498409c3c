// SPDX-License-Identifier: Apache-2.0
// The JWT bearer grant (RFC 7523 2.1) with openid-client: an issuer that is trusted speaks for a user; and one assertion,
// brought 64 times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const PEER = 'https://peer.example.com';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TIMES = 64;
let server, sink, config, keys;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  keys = await generateKeyPair('ES256');
  const jwk = { ...await exportJWK(keys.publicKey), alg: 'ES256', use: 'sig', kid: 'peer' };
  const file = join(mkdtempSync(join(tmpdir(), 'uauth-')), 'client.json');
  writeFileSync(file, JSON.stringify({
    grant_types: [GRANT], scope: 'openid email',
    assertion_issuers: [{ issuer: PEER, sub_is: 'email', subjects: [ADA], jwks: { keys: [jwk] } }],
  }));
  const done = await command(['client', 'create', '--id', 'sync', '--type', 'confidential', '--metadata-file', file, '--json'],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  config = await oidc.discovery(new URL(server.url), 'sync', undefined, oidc.ClientSecretBasic(JSON.parse(done.stdout).client_secret),
    { execute: [oidc.allowInsecureRequests] });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

const assertion = (jti, changes = {}) =>
  new SignJWT({ iss: PEER, sub: ADA, aud: server.url, jti, exp: Math.floor(Date.now() / 1000) + 60, ...changes })
    .setProtectedHeader({ alg: 'ES256', kid: 'peer' }).sign(keys.privateKey);

test('openid-client gets a token for the user of whom a trusted issuer speaks', async () => {
  assert.ok(config.serverMetadata().grant_types_supported.includes(GRANT));
  const got = await oidc.genericGrantRequest(config, GRANT, { assertion: await assertion('1'), scope: 'openid email' });
  assert.equal(got.id_token, undefined);
  const { payload } = await jwtVerify(got.access_token, createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri)),
    { issuer: server.url, typ: 'at+jwt' });
  const info = await oidc.fetchUserInfo(config, got.access_token, payload.sub);
  assert.equal(info.email, ADA);
});

test('CL-02: an audience that is not the issuer alone, and a subject that is not named, are refused', async () => {
  for (const changes of [{ aud: `${server.url}/oauth2/token` }, { aud: [server.url] }, { sub: 'eve@example.com' }])
    await assert.rejects(oidc.genericGrantRequest(config, GRANT, { assertion: await assertion('2', changes) }), { error: 'invalid_grant' });
});

test('CL-01: of 64 who bring one assertion at once one gets a token', async () => {
  const one = await assertion('3');
  const answers = await Promise.allSettled(Array.from({ length: TIMES }, () =>
    oidc.genericGrantRequest(config, GRANT, { assertion: one })));
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const { reason } of answers.filter(({ status }) => status === 'rejected')) assert.equal(reason.error, 'invalid_grant');
});
