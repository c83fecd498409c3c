// SPDX-License-Identifier: Apache-2.0
// The device grant (RFC 8628) against the built binary, with openid-client as the device; and one device code, asked for 64
// times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const TIMES = 64;
let server, sink, config;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const done = await command(['client', 'create', '--id', 'tv', '--type', 'public', '--name', 'Television', '--json',
    '--grant', DEVICE, '--grant', 'refresh_token'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  config = await oidc.discovery(new URL(server.url), 'tv', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];

// Ada types the code on the page that the device names, and answers.
async function answer(begun, what) {
  const b = new Client(server.url, { jar: true });
  assert.equal((await b.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' })).status, 200);
  const { pathname, search } = new URL(begun.verification_uri_complete);
  const entry = await b.get(pathname + search);
  assert.equal(entry.status, 200, entry.text);
  const asked = await b.send('POST', '/device', {
    form: { csrf_token: field(entry.text, 'csrf_token'), user_code: begun.user_code },
  });
  assert.equal(asked.status, 200, asked.text);
  assert.match(asked.text, /Television/);
  const done = await b.send('POST', '/device/answer', {
    form: { csrf_token: field(asked.text, 'csrf_token'), user_code: begun.user_code, answer: what },
  });
  assert.equal(done.status, 200, done.text);
}

test('openid-client polls until its user has allowed the device, and refreshes', async () => {
  const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email' });
  const polling = oidc.pollDeviceAuthorizationGrant(config, begun);
  await answer(begun, 'allow');
  const tokens = await polling;
  assert.equal(tokens.claims().email, ADA);
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.email, ADA);
  await oidc.refreshTokenGrant(config, tokens.refresh_token);
});

test('a device whose user refuses is told so', async () => {
  const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email' });
  await answer(begun, 'refuse');
  await assert.rejects(oidc.pollDeviceAuthorizationGrant(config, begun), { error: 'access_denied' });
});

test('DV-07: of 64 who ask for one allowed device at once one gets tokens', async () => {
  const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });
  await answer(begun, 'allow');
  const form = { grant_type: DEVICE, client_id: 'tv', device_code: begun.device_code };
  const answers = await Promise.all(Array.from({ length: TIMES }, () =>
    new Client(server.url).send('POST', '/oauth2/token', { form })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const { status, json } of answers)
    if (status !== 200) assert.ok(['invalid_grant', 'slow_down'].includes(json.error), json.error);
});

test('DV-07: of 64 who answer one code at once one does, and its person gets a letter', async () => {
  const email = 'bob@example.com';
  const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' });
  const b = new Client(server.url, { jar: true });
  await makeUser(b, sink, email);
  assert.equal((await b.post('/auth/login', { email, password: PASSWORD, mode: 'session' })).status, 200);
  const csrf = field((await b.get('/device')).text, 'csrf_token');
  const answers = await Promise.all(Array.from({ length: TIMES }, () =>
    b.send('POST', '/device/answer', { form: { csrf_token: csrf, user_code: begun.user_code, answer: 'allow' } })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  // The others find no code that waits, or come as one guess too many at a time.
  for (const { status } of answers) assert.ok([200, 422, 429].includes(status), String(status));
  assert.ok((await oidc.pollDeviceAuthorizationGrant(config, begun)).access_token);
  const told = await sink.mailTo(email, 2);
  assert.equal(told.subject, 'You have connected a device to your account');
  assert.match(told.text, /^ {4}Television \(127\.0\.0\.1\)$/m);
});
