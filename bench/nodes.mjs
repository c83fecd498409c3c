// SPDX-License-Identifier: Apache-2.0
// Past one machine: PostgreSQL, Redis beside it, and two nodes, each beside what these servers give without us.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHEAP, PASSWORD, cookiesOf, run } from './bench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const tests = join(here, '..', 'tests');
const SETTINGS = { ...CHEAP, AUTH_JWT_ALGORITHM: 'ES256', AUTH_SESSIONS_PER_USER: '10000' };
// Limits that are counted and never reached.
const COUNTED = { AUTH_RATE_LIMIT: 'on', AUTH_CALLS_PER_MINUTE: '1000000', AUTH_ADDRESS_PER_MINUTE: '1000000', AUTH_LOGIN_PER_MINUTE: '10000' };
const WORKERS = 16;

// A server of tests/KIND.sh in a folder of its own for as long as `work` takes.
async function beside(kind, settings, work) {
  const folder = `/tmp/uauth-bench-${process.pid}-${kind}`;
  const script = join(tests, `${kind}.sh`);
  const started = spawnSync(script, ['start', folder, ...settings], { encoding: 'utf8' });
  try {
    if (started.status !== 0) throw new Error(started.stderr);
    return await work(started.stdout.trim(), folder);
  } finally {
    spawnSync(script, ['remove', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tokensFor(bench, server, email, count) {
  const file = join(bench.folder, `tokens-${server.pid}`);
  const tokens = [];
  for (let i = 0; i < count; i++) tokens.push((await bench.post(server, '/auth/login', { email, password: PASSWORD })).json.refresh_token);
  writeFileSync(file, `${tokens.join('\n')}\n`);
  return file;
}

// Rotations on all of `servers` at once.
async function rotations(bench, servers, email) {
  const files = [];
  for (const server of servers) files.push(await tokensFor(bench, server, email, 96));
  const all = await Promise.all(servers.map((server, i) => bench.load(server, '/auth/refresh', { connections: 64 / servers.length, script: join(here, 'refresh.lua'), arguments: [files[i]] })));
  const requests = all.reduce((sum, each) => sum + each.requests, 0);
  return { perSecond: all.reduce((sum, each) => sum + each.perSecond, 0), cpu: all.reduce((sum, each) => sum + each.cpu * each.requests, 0) / requests };
}

const redisMicroseconds = async (folder) => {
  const { stdout } = await run('redis-benchmark', ['-s', join(folder, 'socket'), '-c', '1', '-n', '20000', '-q', '--csv', '-t', 'get']);
  return 1e6 / Number(/"GET","([\d.]+)"/.exec(stdout)[1]);
};

const rawPostgres = (bench, url) => {
  const { pathname, searchParams } = new URL(url);
  const where = ['host', 'port', 'user'].map((name) => `${name}=${searchParams.get(name)}`).join(' ');
  return bench.program('postgres_floor', [`${where} dbname=${pathname.slice(1)}`, String(bench.seconds), String(WORKERS)]);
};

export const nodes = (bench) => beside('postgres', ['fsync=on', 'full_page_writes=on', 'client_min_messages=error'], (url) => beside('redis', [], async (_, redis) => {
  const env = { ...SETTINGS, AUTH_DATABASE_URL: url };
  const shared = { ...env, ...COUNTED, AUTH_REDIS_URL: `unix://${join(redis, 'socket')}` };
  const one = await bench.serve('node-one', env);
  const email = await bench.makeUser(one, 'nodes@example.com');
  const cookie = cookiesOf(await bench.post(one, '/auth/login', { email, password: PASSWORD, mode: 'session' }));
  const two = await bench.serve('node-one', { ...env, AUTH_PUBLIC_URL: one.public });
  const counted = await bench.serve('node-one', { ...env, ...COUNTED, AUTH_PUBLIC_URL: one.public });
  const withRedis = await bench.serve('node-one', { ...shared, AUTH_PUBLIC_URL: one.public });
  const bearer = { Authorization: `Bearer ${(await bench.post(one, '/auth/login', { email, password: PASSWORD })).json.access_token}` };
  const me = (server, connections) => () => bench.load(server, '/auth/me', { headers: bearer, connections });
  const sides = await bench.alternate({
    raw: async () => {
      const { read, insert, rotation } = await rawPostgres(bench, url);
      return { reads: read[0], inserts: insert[0], rotations: rotation[0] };
    },
    single: () => rotations(bench, [one], email), both: () => rotations(bench, [one, two], email),
    verify: () => bench.load(one, '/auth/verify', { headers: { Cookie: cookie } }),
    verifyAlone: () => bench.load(one, '/auth/verify', { headers: { Cookie: cookie }, connections: 1 }),
    memory: me(counted, 64), memoryAlone: me(counted, 1), redis: me(withRedis, 64), redisAlone: me(withRedis, 1),
    trip: async () => ({ us: await redisMicroseconds(redis) }),
  });
  for (const server of [one, two, counted, withRedis]) await bench.end(server);
  const { raw, single, both } = sides;
  return [
    { id: 'P7', figure: 'PostgreSQL: rotations a second, ES256', value: single.perSecond, unit: '', limit: raw.rotations, limitName: 'raw rotations', ratio: single.perSecond / raw.rotations, target: { of: 'ratio', least: 0.7 } },
    { id: 'P7', figure: 'PostgreSQL: CPU of a rotation, ES256', value: single.cpu, unit: 'us' },
    { id: 'P7', figure: 'two nodes: rotations a second', value: both.perSecond, unit: '', limit: single.perSecond, limitName: 'one node', ratio: both.perSecond / single.perSecond },
    { id: 'P6', figure: 'PostgreSQL: CPU of GET /auth/verify', value: sides.verify.cpu, unit: 'us' },
    { id: 'P6', figure: 'PostgreSQL: GETs of /auth/verify a second', value: sides.verify.perSecond, unit: '' },
    { id: 'P6', figure: 'PostgreSQL: GETs of /auth/verify a second, one connection', value: sides.verifyAlone.perSecond, unit: '', limit: raw.reads, limitName: 'raw reads, one connection', ratio: sides.verifyAlone.perSecond / raw.reads },
    { id: 'P4', figure: 'Redis: CPU of GET /auth/me, two limits counted', value: sides.redis.cpu, unit: 'us', limit: sides.memory.cpu, limitName: 'counted in memory', ratio: sides.redis.cpu / sides.memory.cpu },
    { id: 'P4', figure: 'Redis: GETs of /auth/me a second', value: sides.redis.perSecond, unit: '', limit: sides.memory.perSecond, limitName: 'counted in memory', ratio: sides.redis.perSecond / sides.memory.perSecond },
    { id: 'P4', figure: 'Redis: what counting adds to one GET /auth/me', value: 1e6 / sides.redisAlone.perSecond - 1e6 / sides.memoryAlone.perSecond, unit: 'us', limit: sides.trip.us, limitName: 'a raw GET' },
  ];
}));
