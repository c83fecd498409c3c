// SPDX-License-Identifier: Apache-2.0
// What may be used once, used 64 times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser, signIn, tokenIn, totp } from './client.mjs';

const TIMES = 64;
let server, sink, client;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_REFRESH_GRACE_SECONDS: '3', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  client = new Client(server.url);
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

const atOnce = (use) => Promise.all(Array.from({ length: TIMES }, (_, index) => use(index)));
const won = (answers) => answers.filter((answer) => answer.status < 300);
const noFailureOfOurs = (answers) => {
  for (const answer of answers) assert.ok(answer.status < 500 || answer.status === 503, answer.text);
};

test('RT-01, RT-12: 64 parallel refreshes give one and the same successor', async () => {
  await makeUser(client, sink, 'ada@example.com');
  const tokens = await signIn(client, 'ada@example.com');
  const answers = await atOnce(() => client.post('/auth/refresh', { refresh_token: tokens.refresh_token }));
  noFailureOfOurs(answers);
  const successors = new Set(won(answers).map((answer) => answer.json.refresh_token));
  assert.equal(successors.size, 1);
  assert.ok(won(answers).length >= 1);
  const [successor] = successors;
  const next = await client.post('/auth/refresh', { refresh_token: successor });
  assert.equal(next.status, 200, next.text);
  // The successor has been used: the first token is now a replay, and ends everything.
  assert.equal((await client.post('/auth/refresh', { refresh_token: tokens.refresh_token })).status, 400);
  assert.equal((await client.post('/auth/refresh', { refresh_token: next.json.refresh_token })).status, 400);
  assert.equal((await client.get('/auth/me', { token: next.json.access_token })).status, 401);
});

test('RT-12: after the window the same token is a replay', async () => {
  const tokens = await signIn(client, 'ada@example.com');
  const next = await client.post('/auth/refresh', { refresh_token: tokens.refresh_token });
  assert.equal(next.status, 200);
  await new Promise((resolve) => setTimeout(resolve, 4500));
  assert.equal((await client.post('/auth/refresh', { refresh_token: tokens.refresh_token })).status, 400);
  assert.equal((await client.post('/auth/refresh', { refresh_token: next.json.refresh_token })).status, 400);
});

test('PR-05: 64 parallel uses of one reset token: one success', async () => {
  await makeUser(client, sink, 'grace@example.com');
  await client.post('/auth/forgot-password', { email: 'grace@example.com' });
  const token = tokenIn(await sink.mailTo('grace@example.com', 2));
  const answers = await atOnce((index) => client.post('/auth/reset-password', { token, password: `Parallel-horse-${index}-x` }));
  noFailureOfOurs(answers);
  assert.equal(won(answers).length, 1, answers.map((answer) => answer.status).join(' '));
  const winner = answers.findIndex((answer) => answer.status < 300);
  await signIn(client, 'grace@example.com', { password: `Parallel-horse-${winner}-x` });
});

test('MF-02, MF-08: 64 parallel uses of one code: one success', async () => {
  await makeUser(client, sink, 'alan@example.com');
  const { access_token: token } = await signIn(client, 'alan@example.com');
  const { secret } = (await client.post('/auth/me/mfa/totp', {}, { token })).json;
  const confirmed = await client.post('/auth/me/mfa/totp/confirm', { code: await totp(secret, -1) }, { token });
  assert.equal(confirmed.status, 200, confirmed.text);
  for (const mfa_code of [await totp(secret), confirmed.json.recovery_codes[0]]) {
    const answers = await atOnce(() => client.post('/auth/login', { email: 'alan@example.com', password: PASSWORD, mfa_code }));
    noFailureOfOurs(answers);
    assert.ok(won(answers).length <= 1, answers.map((answer) => answer.status).join(' '));
    assert.equal(won(answers).length, 1, answers.map((answer) => answer.status).join(' '));
  }
});
