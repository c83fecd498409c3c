// SPDX-License-Identifier: Apache-2.0
// Two nodes on one PostgreSQL: no node is special, and nothing is lost when a part fails.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { Client, PASSWORD, makeUser, signIn } from './client.mjs';
import { command } from './command.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { until, within } from './until.mjs';

const EMAIL = 'ada@example.com';
const PUBLISH_SECONDS = 10;
const BACK_MS = 3000;
let sink, postgres, nodes, a, b;

before(async () => {
  sink = await startSmtpSink();
  postgres = await new Postgres().start();
  // Both find an empty database, and each of its migrations happens once.
  nodes = await startNodes(postgres, 2, {
    AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: '8',
    AUTH_REFRESH_GRACE_SECONDS: '3', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    AUTH_KEY_PUBLISH_SECONDS: String(PUBLISH_SECONDS), AUTH_JWT_ALGORITHM: 'ES256',
  });
  [a, b] = nodes.map((node) => new Client(node.url));
  await makeUser(a, sink, EMAIL);
});
after(async () => {
  for (const node of nodes ?? []) await node.stop();
  await postgres?.remove();
  await sink?.close();
});

const me = (client, token) => client.get('/auth/me', { token });
const refresh = (client, refresh_token) => client.post('/auth/refresh', { refresh_token });
const kidOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
const kidsOf = async (client) => (await client.get('/.well-known/jwks.json')).json.keys.map((key) => key.kid);

test('who signs in on one node uses, refreshes and ends the session on the other', async () => {
  const first = await signIn(a, EMAIL);
  assert.equal((await me(b, first.access_token)).status, 200);
  const second = await refresh(b, first.refresh_token);
  assert.equal(second.status, 200, second.text);
  assert.equal((await me(a, second.json.access_token)).status, 200);
  assert.equal((await b.post('/auth/logout', undefined, { token: second.json.access_token })).status, 204);
  assert.equal((await me(b, second.json.access_token)).status, 401);
  assert.equal((await refresh(a, second.json.refresh_token)).status, 400);
  await until(async () => (await me(a, second.json.access_token)).status === 401, 'the other node refuses it', 1000);
});

test('a browser session of one node is known to the other, and ended by it at once', async () => {
  const browser = new Client(a.url, { jar: true });
  await signIn(browser, EMAIL, { mode: 'session' });
  const cookie = browser.cookieHeader('/auth/me');
  const onB = (path) => b.get(path, { headers: { cookie } });
  const listed = await onB('/auth/me/sessions');
  assert.equal(listed.status, 200, listed.text);
  const { sid } = Object.values(listed.json).find(Array.isArray).find((session) => session.current);
  const { access_token: token } = await signIn(b, EMAIL);
  const ended = await b.delete(`/auth/me/sessions/${sid}`, { token });
  assert.equal(ended.status, 204, ended.text);
  assert.equal((await onB('/auth/me')).status, 401);
  await until(async () => (await browser.get('/auth/me')).status === 401, 'the first node has heard of it', 1000);
});

test('RT-01, RT-12: 64 refreshes of one token on both nodes give one successor', async () => {
  const { refresh_token } = await signIn(a, EMAIL);
  const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => refresh(i % 2 ? a : b, refresh_token)));
  for (const answer of answers) assert.ok(answer.status === 200 || answer.status === 503, answer.text);
  const successors = new Set(answers.filter((answer) => answer.status === 200).map((answer) => answer.json.refresh_token));
  assert.equal(successors.size, 1);
  assert.equal((await refresh(b, [...successors][0])).status, 200);
  assert.equal((await refresh(a, refresh_token)).status, 400);
});

test('a rotated key is published by both nodes before either signs with it', async () => {
  const { access_token: old } = await signIn(a, EMAIL);
  const rotated = await command(['key', 'rotate', '--json'], {
    data: nodes[0].data, env: { AUTH_DATABASE_URL: postgres.url, AUTH_KEY_PUBLISH_SECONDS: String(PUBLISH_SECONDS), AUTH_JWT_ALGORITHM: 'ES256' },
  });
  assert.equal(rotated.code, 0, rotated.stderr);
  for (const client of [a, b]) await until(async () => (await kidsOf(client)).length === 2, 'the new key is published', 5000);
  const signers = new Map();
  // Each look signs in twice, and somebody has so many sessions and no more.
  await within((PUBLISH_SECONDS + 10) * 1000, 300)(async () => {
    for (const [here, there] of [[a, b], [b, a]]) {
      const { access_token: token } = await signIn(here, EMAIL);
      assert.equal((await me(there, token)).status, 200);
      assert.ok((await kidsOf(there)).includes(kidOf(token)));
      signers.set(here, kidOf(token));
    }
    return signers.get(a) !== kidOf(old) && signers.get(b) !== kidOf(old);
  }, 'both sign with the new key');
  assert.equal(signers.get(a), signers.get(b));
  assert.equal((await me(b, old)).status, 200);
});

// SS-09, RT-11: each use of a key asks the database.
test('a key that is revoked on one node is dead on the other at once', async () => {
  const env = { AUTH_DATABASE_URL: postgres.url };
  const made = await command(['api-key', 'create', '--user', EMAIL, '--name', 'sync', '--permission', 'users:read', '--days', '1', '--json'], { data: nodes[0].data, env });
  assert.equal(made.code, 0, made.stderr);
  for (const node of [a, b]) assert.equal((await me(node, made.json.key)).status, 200);
  const revoked = await command(['api-key', 'revoke', made.json.id], { data: nodes[1].data, env });
  assert.equal(revoked.code, 0, revoked.stderr);
  for (const node of [a, b]) assert.equal((await me(node, made.json.key)).status, 401);
});

test('R-11: without the database what needs it is refused at once, the rest goes on, and all comes back', async () => {
  const before = await signIn(a, EMAIL);
  await postgres.stop();
  for (const client of [a, b]) {
    const begun = Date.now();
    const answers = await Promise.all(Array.from({ length: 40 }, () => refresh(client, before.refresh_token)));
    for (const answer of answers) {
      assert.equal(answer.status, 503, answer.text);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    assert.ok(Date.now() - begun < 3000, `${Date.now() - begun} ms`);
    // Who checks tokens by itself goes on: it has only to find the keys.
    const { issuer, jwks_uri } = (await client.get('/.well-known/openid-configuration')).json;
    const keys = createLocalJWKSet((await client.get(new URL(jwks_uri).pathname)).json);
    assert.ok((await jwtVerify(before.access_token, keys, { issuer })).payload.sub);
    assert.equal((await client.get('/healthz')).status, 200);
    assert.equal((await client.get('/readyz')).status, 503);
  }
  await postgres.start();
  const begun = Date.now();
  for (const client of [a, b]) await until(async () => (await client.get('/readyz')).status === 200, 'ready', BACK_MS - (Date.now() - begun));
  assert.equal((await me(b, before.access_token)).status, 200);
  assert.equal((await refresh(b, before.refresh_token)).status, 200);
  await signIn(a, EMAIL);
});

test('R-11, RT-02: the database crashes amid refreshes, and no family is lost or used twice', async () => {
  const families = await Promise.all(Array.from({ length: 8 }, () => signIn(a, EMAIL)));
  let crashed = false;
  const walks = families.map(async ({ refresh_token: token }, i) => {
    for (let steps = 0; !crashed || steps < 5; steps++) {
      const answer = await refresh((steps + i) % 2 ? a : b, token);
      // An answer that did not come may have been given: the token is good again within its window.
      assert.ok(answer.status === 200 || answer.status === 503, answer.text);
      if (answer.status === 200) token = answer.json.refresh_token;
      else await new Promise((done) => setTimeout(done, 50));
    }
    return token;
  });
  await new Promise((done) => setTimeout(done, 300));
  await postgres.stop('immediate');
  await postgres.start();
  crashed = true;
  for (const token of await Promise.all(walks)) {
    await until(async () => {
      const answer = await refresh(b, token);
      assert.ok(answer.status === 200 || answer.status === 503, answer.text);
      return answer.status === 200;
    }, 'the family lives', BACK_MS);
  }
});

test('R-01: a node that is killed takes nothing with it', async () => {
  const kept = await Promise.all(Array.from({ length: 4 }, () => signIn(b, EMAIL)));
  const load = Array.from({ length: 16 }, () => signIn(b, EMAIL).catch(() => null));
  await nodes[1].kill9();
  await Promise.all(load);
  for (const { access_token, refresh_token } of kept) {
    assert.equal((await me(a, access_token)).status, 200);
    assert.equal((await refresh(a, refresh_token)).status, 200);
  }
  await nodes[1].restart();
  assert.equal((await me(b, kept[0].access_token)).status, 200);
  assert.equal((await b.post('/auth/login', { email: EMAIL, password: `${PASSWORD}x` })).status, 401);
});
