// SPDX-License-Identifier: Apache-2.0
// one of two nodes is cut off from PostgreSQL or Redis by what is between them, without a word: connections
// stay open, and nothing comes.  The other node goes on as ever.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Between } from './between.mjs';
import { Client, PASSWORD, signIn } from './client.mjs';
import { command } from './command.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { Redis } from './redis.mjs';
import { until } from './until.mjs';

const EMAIL = 'ada@example.com';
// When all is well again; what a statement may take; what it takes to try a new connection, on a busy machine.
const BACK_MS = 3000, CALL_MS = 5000, SLACK_MS = 3000;
const P99_MS = 250, WORKERS = 8, CROWD = 5 * WORKERS;
const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };
let postgres, redis, toPostgres, toRedis, nodes, a, b;

before(async () => {
  [postgres, redis] = await Promise.all([new Postgres().start(), new Redis().start()]);
  toPostgres = await new Between().start(postgres.port);
  toRedis = await new Between().start(redis.port);
  const common = { ...CHEAP, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: String(WORKERS), AUTH_REFRESH_GRACE_SECONDS: '30' };
  nodes = await startNodes(postgres, 2, common, (i) => (i === 0
    ? { AUTH_DATABASE_URL: postgres.urlAt(toPostgres.port), AUTH_REDIS_URL: `redis://127.0.0.1:${toRedis.port}` }
    : { AUTH_DATABASE_URL: postgres.urlAt(), AUTH_REDIS_URL: redis.url }));
  [a, b] = nodes.map((node) => new Client(node.url));
  const made = await command(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--password-stdin', '--json'],
    { data: nodes[1].data, env: { ...CHEAP, AUTH_DATABASE_URL: postgres.url }, input: `${PASSWORD}\n` });
  assert.equal(made.code, 0, made.stderr);
});
after(async () => {
  for (const node of nodes ?? []) await node.stop();
  await toPostgres?.close();
  await toRedis?.close();
  await Promise.all([postgres?.remove(), redis?.remove()]);
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const threads = () => readdirSync(`/proc/${nodes[0].pid}/task`).length;
const me = (client, token) => client.get('/auth/me', { token });
const refresh = (client, refresh_token) => client.post('/auth/refresh', { refresh_token });
const crowd = (ask, n = CROWD) => Promise.all(Array.from({ length: n }, () => timed(ask)));
const allWell = async (ask) => (await crowd(ask)).every(({ status }) => status === 200);

async function timed(ask) {
  const began = performance.now();
  const answer = await ask();
  return { ...answer, ms: performance.now() - began };
}

// Until it is ended: node a shows its keys as ever, and node b is used as ever.
function asEver(token) {
  const took = [];
  let over = false;
  const done = (async () => {
    while (!over) {
      const keys = await timed(() => a.get('/.well-known/jwks.json'));
      assert.equal(keys.status, 200);
      took.push(keys.ms);
      const there = await timed(() => me(b, token));
      assert.equal(there.status, 200, there.text);
      took.push(there.ms);
      await pause(10);
    }
  })();
  return async (t) => {
    over = true;
    await done;
    took.sort((x, y) => x - y);
    const p99 = took[Math.floor(took.length * 0.99)];
    t.diagnostic(`meanwhile: ${took.length} answers, p99 ${p99.toFixed(1)} ms`);
    assert.ok(p99 < P99_MS, `p99 ${p99} ms`);
  };
}

// What is asked while the database is away: refused, with when to come again, in the time that a statement has.
async function refusedInTime(t, ask, limit) {
  const answers = await crowd(ask);
  for (const { status, headers, ms, text } of answers) {
    assert.equal(status, 503, text);
    assert.ok(Number(headers.get('retry-after')) > 0);
    assert.ok(ms < limit, `${ms} ms`);
  }
  t.diagnostic(`refused in ${Math.max(...answers.map(({ ms }) => ms)).toFixed(0)} ms at most`);
}

async function wellAgain(t, token) {
  const began = performance.now();
  await until(() => allWell(() => me(a, token)), 'all is well', BACK_MS);
  t.diagnostic(`well after ${(performance.now() - began).toFixed(0)} ms`);
}

test('R-11: nothing comes from PostgreSQL any longer: one wait, no thread more, and all is well when it comes again', async (t) => {
  const families = await Promise.all(Array.from({ length: WORKERS }, () => signIn(a, EMAIL)));
  const { access_token: token } = await signIn(b, EMAIL);
  assert.ok(await allWell(() => me(a, token)), 'every worker has its connection');
  const before = threads(), end = asEver(token);
  toPostgres.hold();
  // Whether these were refreshed nobody knows.
  const unsure = await Promise.all(families.map(({ refresh_token }) => timed(() => refresh(a, refresh_token))));
  for (const { status, ms, text } of unsure) {
    assert.equal(status, 503, text);
    assert.ok(ms < CALL_MS + SLACK_MS, `${ms} ms`);
  }
  await refusedInTime(t, () => me(a, token), SLACK_MS);
  assert.equal((await a.get('/healthz')).status, 200);
  assert.equal((await a.get('/readyz')).status, 503);
  assert.equal(threads(), before, 'no thread was made');
  toPostgres.forward();
  await wellAgain(t, token);
  await end(t);
  for (const { refresh_token } of families) {
    const answer = await refresh(b, refresh_token);
    assert.equal(answer.status, 200, `a family is lost: ${answer.text}`);
  }
});

test('R-11: connections that are forgotten on the way cost one wait, and then nobody', async (t) => {
  const { access_token: token } = await signIn(a, EMAIL);
  assert.ok(await allWell(() => me(a, token)), 'every worker has its connection');
  const before = threads(), end = asEver(token);
  toPostgres.forget();
  const first = await timed(() => me(a, token));
  assert.equal(first.status, 503, 'it has waited in vain');
  assert.ok(first.ms < CALL_MS + SLACK_MS, `${first.ms} ms`);
  await wellAgain(t, token); // those who have the other connections do not wait in vain
  assert.equal(threads(), before, 'no thread was made');
  await end(t);
});

test('R-12: nothing comes from Redis any longer: the node goes on without it, and uses it when it comes again', async (t) => {
  const { access_token: token } = await signIn(a, EMAIL);
  const end = asEver(token);
  const redisOf = async () => (await a.get('/readyz')).json.redis;
  await until(async () => await redisOf() === 'ok', 'Redis is used');
  for (const cut of [() => toRedis.hold(), () => toRedis.forget()]) {
    cut();
    const answers = [];
    for (const over = Date.now() + 2000; Date.now() < over;) answers.push(...await crowd(() => me(a, token), WORKERS));
    for (const { status, text } of answers) assert.equal(status, 200, text);
    assert.ok((await timed(() => signIn(a, EMAIL))).ms < SLACK_MS);
    t.diagnostic(`${answers.length} answers, at most ${Math.max(...answers.map(({ ms }) => ms)).toFixed(0)} ms`);
    toRedis.forward();
    await until(async () => await redisOf() === 'ok', 'Redis is used again', BACK_MS);
  }
  await end(t);
});
