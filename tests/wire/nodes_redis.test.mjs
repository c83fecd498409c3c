// SPDX-License-Identifier: Apache-2.0
// Two nodes on one PostgreSQL and one Redis: limits hold for both together, and what Redis holds may be lost at any time
//
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { NGINX, startBalancer } from './balancer.mjs';
import { Client, PASSWORD, assertProblem, makeUser, signIn } from './client.mjs';
import { command } from './command.mjs';
import { noFile } from './installed.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { Redis } from './redis.mjs';
import { freePort, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { until } from './until.mjs';

const BACK_MS = 3000;
const REVOKED_MS = 1000;
const CALLS = 20; // a minute, of one principal
let sink, postgres, redis, nodes, a, b;
const cheap = { AUTH_CHALLENGE: 'off', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };

before(async () => {
  sink = await startSmtpSink();
  [postgres, redis] = await Promise.all([new Postgres().start(), new Redis().start()]);
  nodes = await startNodes(postgres, 2, {
    ...cheap, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_REDIS_URL: redis.url, AUTH_WORKERS: '8',
    AUTH_CALLS_PER_MINUTE: String(CALLS), AUTH_ADDRESS_PER_MINUTE: '100000', AUTH_REGISTER_PER_HOUR: '1000',
    AUTH_TRUSTED_PROXIES: '127.0.0.0/8, ::1/128', AUTH_REFRESH_GRACE_SECONDS: '3',
  });
});
// Each test calls from an address of its own.
beforeEach(() => {
  const headers = from(`198.51.100.${++tests}`);
  [a, b] = nodes.map((node) => new Client(node.url, { headers }));
});
after(async () => {
  for (const node of nodes ?? []) await node.stop();
  await Promise.all([postgres?.remove(), redis?.remove()]);
  await sink?.close();
});

let people = 0, tests = 0;
const from = (address) => ({ 'x-forwarded-for': address, 'x-forwarded-proto': 'https' });
// Each at an address of their own.
const somebody = () => makeUser(new Client(a.url, { headers: from(`203.0.113.${++people}`) }), sink, `person${people}@example.com`);
const me = (client, token) => client.get('/auth/me', { token });
const refresh = (client, refresh_token) => client.post('/auth/refresh', { refresh_token });
const redisOf = async (client) => (await client.get('/readyz')).json.redis;
const ofBoth = (n, call) => Promise.all(Array.from({ length: n }, (_, i) => call(i % 2 ? a : b)));
const count = (answers, status) => answers.filter((answer) => answer.status === status).length;

const bothSay = (word) => until(async () => await redisOf(a) === word && await redisOf(b) === word, `redis is ${word}`, BACK_MS);

// Who signs in on one node uses, refreshes and ends it on the other.
async function walk(email, here = a, there = b) {
  const first = await signIn(here, email);
  assert.equal((await me(there, first.access_token)).status, 200);
  const second = await refresh(there, first.refresh_token);
  assert.equal(second.status, 200, second.text);
  const { access_token: token, refresh_token } = second.json;
  assert.equal((await there.post('/auth/logout', undefined, { token })).status, 204);
  const refused = async () => (await me(here, token)).status === 401 && (await me(there, token)).status === 401;
  await until(refused, 'both nodes refuse it', REVOKED_MS);
  assert.equal((await refresh(here, refresh_token)).status, 400);
  return token;
}

test('who signs in on one node uses, refreshes and ends the session on the other', async () => {
  await walk(await somebody());
  assert.equal(await redisOf(a), 'ok');
});

test('RL-07: what a principal may call is counted by both nodes together', async () => {
  const { access_token } = await signIn(a, await somebody());
  const answers = await ofBoth(3 * CALLS, (client) => me(client, access_token));
  assert.equal(count(answers, 200) + count(answers, 429), 3 * CALLS);
  // One comes back in three seconds.
  assert.ok(count(answers, 200) >= CALLS && count(answers, 200) <= CALLS + 3, `${count(answers, 200)} passed`);
  for (const client of [a, b]) {
    const refused = await me(client, access_token);
    assertProblem(refused, 429, 'rate-limited');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  }
});

test('RL-07: wrong passwords for one account from many addresses are counted by both nodes together', async () => {
  const email = await somebody();
  const answers = await ofBoth(20, (client) => client.post('/auth/login', { email, password: `${PASSWORD}x` },
    { headers: from(`203.0.113.${++people}`) }));
  assert.equal(count(answers, 401), 5);
  assert.equal(count(answers, 429), 15);
});

test('one address is the same address to both nodes', async () => {
  const emails = Array.from({ length: 20 }, (_, i) => `nobody${i}@example.com`);
  let at = 0;
  const answers = await ofBoth(20, (client) => client.post('/auth/login', { email: emails[at++], password: PASSWORD },
    { headers: from('192.0.2.77') }));
  assert.equal(count(answers, 401), 5);
  assert.equal(count(answers, 429), 15);
});

test('RL-11, RT-15: without Redis nothing is refused for it, nothing becomes valid, and each node gives half', async () => {
  const email = await somebody();
  const { access_token } = await signIn(a, email);
  const ended = await walk(email);
  await redis.stop();
  await bothSay('unavailable');
  for (const client of [a, b]) {
    assert.equal((await client.get('/readyz')).status, 200);
    assert.equal((await me(client, ended)).status, 401);
    const begun = Date.now();
    const answers = await Promise.all(Array.from({ length: 2 * CALLS }, () => me(client, access_token)));
    assert.ok(count(answers, 200) >= CALLS / 2 && count(answers, 200) <= CALLS / 2 + 2, `${count(answers, 200)} passed`);
    assert.ok(Date.now() - begun < 2000);
  }
  await walk(await somebody());
  const guesses = await ofBoth(20, (client) => client.post('/auth/login', { email, password: `${PASSWORD}x` }, { headers: from('192.0.2.78') }));
  assert.equal(count(guesses, 401), 4); // two of each node
  await redis.start();
  assert.ok(await bothSay('ok') < BACK_MS);
  assert.equal((await me(b, ended)).status, 401);
  const { access_token: other } = await signIn(a, await somebody());
  const answers = await ofBoth(3 * CALLS, (client) => me(client, other));
  assert.ok(count(answers, 200) >= CALLS && count(answers, 200) <= CALLS + 3, `${count(answers, 200)} passed`);
});

test('a Redis that is frozen amid load holds no request for long', async () => {
  const email = await somebody();
  const tokens = [];
  while (tokens.length < 8) tokens.push(await signIn(a, email));
  let over = false, longest = 0, answered = 0;
  const load = tokens.map(async ({ refresh_token: token }, i) => {
    for (let step = i; !over; step++) {
      const begun = Date.now();
      const answer = await refresh(step % 2 ? a : b, token);
      longest = Math.max(longest, Date.now() - begun);
      answered++;
      assert.ok(answer.status === 200 || answer.status === 429, answer.text);
      if (answer.status === 200) token = answer.json.refresh_token;
      else await new Promise((done) => setTimeout(done, 100));
    }
  });
  await new Promise((done) => setTimeout(done, 200));
  await redis.signal('SIGSTOP');
  await new Promise((done) => setTimeout(done, 2000));
  await redis.signal('SIGCONT');
  await bothSay('ok');
  over = true;
  await Promise.all(load);
  assert.ok(answered > 20, `${answered} answers`);
  assert.ok(longest < 2500, `${longest} ms`);
});

test('RT-15, RT-02: a Redis that is emptied forgets limits and nothing else', async () => {
  const email = await somebody();
  const first = await signIn(a, email);
  const ended = await walk(email);
  const second = (await refresh(b, first.refresh_token)).json;
  await redis.do('flushall');
  await redis.do('script', 'flush');
  assert.equal((await me(a, ended)).status, 401);
  assert.equal((await me(b, ended)).status, 401);
  assert.equal((await refresh(a, second.refresh_token)).status, 200);
  await new Promise((done) => setTimeout(done, 3100));
  assert.equal((await refresh(b, first.refresh_token)).status, 400);
  assert.equal(await redisOf(a), 'ok');
});

test('behind nginx two nodes are one service, and one that is killed is not missed', { skip: noFile(NGINX, 'nginx') }, async () => {
  const front = await startBalancer(nodes);
  const client = new Client(front.url);
  try {
    const served = () => nodes.map((node) => node.log.match(/"route":"\/auth\/me"/g)?.length ?? 0);
    const before = served();
    for (let i = 0; i < 4; i++) await walk(await somebody(), client, client);
    assert.ok(served().every((n, i) => n > before[i]), 'both nodes answer');
    const { access_token } = await signIn(client, await somebody());
    const answers = await Promise.all(Array.from({ length: 3 * CALLS }, () => me(client, access_token)));
    assert.ok(count(answers, 200) >= CALLS && count(answers, 200) <= CALLS + 3, `${count(answers, 200)} passed`);
    const email = await somebody();
    await nodes[1].kill9();
    for (let i = 0; i < 4; i++) await walk(email, client, client);
  } finally {
    await front.stop();
    if (!nodes[1].running()) await nodes[1].restart();
  }
});

test('a node starts without Redis, and uses it when it is there', async () => {
  const away = await new Redis().start();
  await away.stop();
  const metrics = await freePort();
  const node = await startServer({ env: { ...cheap, AUTH_REDIS_URL: away.url, AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}` } });
  const figures = async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  try {
    const client = new Client(node.url);
    assert.equal(await redisOf(client), 'unavailable');
    await client.post('/auth/login', { email: 'nobody@example.com', password: PASSWORD });
    assert.match(await figures(), /^uauth_redis_up 0$/m);
    assert.match(await figures(), /^uauth_redis_local_total [1-9]/m);
    assert.match(node.log, /redis is away/);
    await away.start();
    await until(async () => await redisOf(client) === 'ok', 'it is used', BACK_MS);
    assert.match(await figures(), /^uauth_redis_up 1$/m);
    assert.match(node.log, /redis is back/);
    assert.equal(node.log.match(/redis is away/g).length, 1);
  } finally {
    await node.stop();
    await away.remove();
  }
});

test('a Redis that can never be used keeps a node from starting, and the reason is told', async () => {
  const data = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
  const secret = 'CANARY-of-redis';
  const serve = (url) => command(['serve'], { data, env: { ...cheap, AUTH_LISTEN: '127.0.0.1:0', AUTH_REDIS_URL: url } });
  try {
    for (const [url, why] of [
      [redis.url.replace('redis://', `redis://:${secret}@`), /refuses AUTH/],
      [`${redis.url}/99`, /refuses SELECT/],
      [`redis://${secret}@localhost`, /no user:password/],
      ['redis-sentinel://localhost:26379', /Sentinel and Cluster are not spoken/],
      ['memcached://localhost', /must begin with redis:\/\//],
    ]) {
      const { code, stderr, stdout } = await serve(url);
      assert.notEqual(code, 0, url);
      assert.match(stderr, why);
      assert.ok(!`${stderr}${stdout}`.includes(secret), stderr);
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
