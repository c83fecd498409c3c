// SPDX-License-Identifier: Apache-2.0
// The table of scenarios.  Each returns rows: figure, value, and where there is one a limit, the ratio and its target.
import { statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASSWORD, median, openFiles, rssOf, run } from './bench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const us = (value) => `${value.toFixed(value < 100 ? 1 : 0)} us`;
const ratio = (value) => value.toFixed(2);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function signedIn(bench, mode = 'token') {
  bench.user ??= await bench.makeUser(bench.server, 'bench@example.com');
  const answer = await bench.post(bench.server, '/auth/login', { email: bench.user, password: PASSWORD, mode });
  return { tokens: answer.json, cookies: answer.headers.getSetCookie().map((line) => line.split(';')[0]) };
}

// P1: what HTTP itself costs.
async function httpFloor(bench) {
  const path = '/.well-known/jwks.json';
  const body = await (await fetch(bench.server.url + path)).text();
  const nginx = await bench.nginx(body);
  const { ours, limit } = await bench.alternate({
    ours: () => bench.load(bench.server, path), limit: () => bench.load(nginx, '/'),
  });
  bench.floor = ours.cpu;
  nginx.child.kill();
  return [{
    figure: 'CPU a request', value: us(ours.cpu), limit: `nginx ${us(limit.cpu)}`, ratio: ratio(ours.cpu / limit.cpu), target: '<= 1.15',
  }, { figure: 'requests a second', value: Math.round(ours.perSecond), limit: `nginx ${Math.round(limit.perSecond)}`, ratio: ratio(ours.perSecond / limit.perSecond) }];
}

// P4: a bearer and one row.
async function me(bench) {
  const { tokens } = await signedIn(bench);
  const headers = { Authorization: `Bearer ${tokens.access_token}` };
  const verify = await bench.opensslMicroseconds('rsa2048', 'verify');
  const { ours, floor } = await bench.alternate({
    ours: () => bench.load(bench.server, '/auth/me', { headers }), floor: () => bench.load(bench.server, '/.well-known/jwks.json'),
  });
  const limit = verify + floor.cpu;
  return [{
    figure: 'CPU a request', value: us(ours.cpu), limit: `RSA verify ${us(verify)} + HTTP ${us(floor.cpu)}`, ratio: ratio(ours.cpu / limit),
    target: '<= 1.5 with the row read',
  }, { figure: 'p99 at 64 connections', value: ours.p99 }];
}

// P6: forward-auth by cookie.
async function verify(bench) {
  const { cookies } = await signedIn(bench, 'session');
  const headers = { Cookie: cookies.join('; ') };
  const { ours, floor } = await bench.alternate({
    ours: () => bench.load(bench.server, '/auth/verify', { headers }), floor: () => bench.load(bench.server, '/.well-known/jwks.json'),
  });
  return [{
    figure: 'CPU a request', value: us(ours.cpu), limit: `HTTP ${us(floor.cpu)}`, ratio: ratio(ours.cpu / floor.cpu), target: '<= 1.5 with the look-up',
  }, { figure: 'p99 at 64 connections', value: ours.p99 }];
}

// P7: durable rotation, by algorithm.
async function refresh(bench) {
  const rows = [];
  for (const [algorithm, speed] of [['RS256', 'rsa2048'], ['ES256', 'ecdsap256']]) {
    const server = await bench.serve(`refresh-${algorithm}`, { AUTH_JWT_ALGORITHM: algorithm, AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1' });
    const user = await bench.makeUser(server, 'refresh@example.com');
    const pool = [];
    for (let i = 0; i < 96; i++)
      pool.push((await bench.post(server, '/auth/login', { email: user, password: PASSWORD })).json.refresh_token);
    const file = join(bench.folder, `tokens-${algorithm}`);
    const sign = await bench.opensslMicroseconds(speed, 'sign');
    const { ours } = await bench.alternate({
      ours: async () => {
        const fresh = [];
        for (const token of pool) fresh.push((await bench.post(server, '/auth/refresh', { refresh_token: token })).json.refresh_token);
        writeFileSync(file, `${fresh.join('\n')}\n`);
        const result = await bench.load(server, '/auth/refresh', { script: join(here, 'refresh.lua'), arguments: [file] });
        pool.length = 0;
        for (let i = 0; i < 96; i++)
          pool.push((await bench.post(server, '/auth/login', { email: user, password: PASSWORD })).json.refresh_token);
        return result;
      },
    });
    server.child.kill();
    rows.push({
      figure: `${algorithm} rotations a second`, value: Math.round(ours.perSecond), limit: `sign ${us(sign)}, CPU a request ${us(ours.cpu)}`,
      ratio: ratio(sign / ours.cpu), target: algorithm === 'RS256' ? '>= 0.85' : '>= 0.7 of raw writes',
    });
  }
  return rows;
}

// P8: password login, and small requests beside it.
async function login(bench) {
  await signedIn(bench);
  const program = join(bench.binary, '..', 'bench', 'argon2_bench');
  const hash = await run(program, ['--microseconds']).then(({ stdout }) => Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' ')))).catch(() => null);
  const { ours } = await bench.alternate({
    ours: () => bench.load(bench.server, '/auth/login', {
      connections: 4, seconds: Math.max(3, bench.seconds), script: join(here, 'login.lua'), arguments: [bench.user, PASSWORD],
    }),
  });
  const rows = [{ figure: 'CPU a login', value: `${(ours.cpu / 1000).toFixed(1)} ms` }, { figure: 'logins a second', value: ours.perSecond.toFixed(1) }];
  if (hash) {
    const [best, peer] = [Number(hash.ours), Number(hash.libargon2)];
    rows[0] = { ...rows[0], limit: `hash alone ${(best / 1000).toFixed(1)} ms`, ratio: ratio(best / ours.cpu), target: '>= 0.95' };
    rows.push({ figure: 'CPU a hash', value: `${(best / 1000).toFixed(1)} ms`, limit: `libargon2 ${(peer / 1000).toFixed(1)} ms`, ratio: ratio(best / peer), target: '<= 0.30' });
  }
  return rows;
}

// EN-01: unknown, wrong and disabled take the same time.  Medians, and the Mann-Whitney statistic in its normal form.
async function timing(bench) {
  await signedIn(bench);
  const classes = { wrong: bench.user, unknown: 'nobody@example.com', unknown2: 'nobody2@example.com' };
  const took = Object.fromEntries(Object.keys(classes).map((name) => [name, []]));
  const samples = Number(process.env.UAUTH_TIMING_SAMPLES ?? 60);
  for (let i = 0; i < samples; i++)
    for (const [name, email] of Object.entries(classes)) {
      const began = process.hrtime.bigint();
      const answer = await fetch(`${bench.server.url}/auth/login`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password: 'Wrong-horse-7-battery' }),
      });
      await answer.text();
      took[name].push(Number(process.hrtime.bigint() - began) / 1000);
    }
  const z = (a, b) => {
    const all = [...a.map((value) => [value, 0]), ...b.map((value) => [value, 1])].sort((x, y) => x[0] - y[0]);
    const rankSum = all.reduce((sum, [, side], rank) => sum + (side === 0 ? rank + 1 : 0), 0);
    const u = rankSum - a.length * (a.length + 1) / 2;
    return (u - a.length * b.length / 2) / Math.sqrt(a.length * b.length * (a.length + b.length + 1) / 12);
  };
  const base = median(took.unknown);
  return ['wrong', 'unknown2'].map((name) => ({
    figure: `${name} beside unknown, ${samples} each`, value: `${(median(took[name]) / 1000).toFixed(2)} ms`, limit: `${(base / 1000).toFixed(2)} ms`,
    ratio: (median(took[name]) / base).toFixed(3), target: `0.98-1.02 (z = ${z(took[name], took.unknown).toFixed(2)}, |z| < 3.3)`,
  }));
}

// P9: whole tokens, without HTTP, beside the bare signature over the same bytes.
async function tokens(bench) {
  const { stdout } = await run(join(bench.binary, '..', 'bench', 'jose_bench'), ['--microseconds']);
  const figures = stdout.trim().split('\n').map((line) => line.split(' '));
  return figures.filter(([what]) => /^(RS256|ES256)-/.test(what)).map(([what, raw, whole]) => ({
    figure: what.replace('-', ', '), value: us(Number(whole)), limit: `bare signature ${us(Number(raw))}`,
    ratio: ratio(Number(raw) / Number(whole)), target: what === 'RS256-verify' ? '>= 0.85' : '',
  }));
}

// P10: from exec to the first answer, on a folder that exists.
async function start(bench) {
  const server = await bench.serve('start');
  server.child.kill('SIGTERM');
  await new Promise((resolve) => server.child.on('exit', resolve));
  const took = [];
  for (let i = 0; i < Math.max(bench.rounds, 5); i++) {
    const began = process.hrtime.bigint();
    const again = await bench.serve('start');
    took.push(Number(process.hrtime.bigint() - began) / 1e6);
    again.child.kill('SIGTERM');
    await new Promise((resolve) => again.child.on('exit', resolve));
  }
  return [{ figure: 'exec to first 200', value: `${median(took).toFixed(1)} ms`, target: '<= 20 ms' }];
}

// P11: memory at rest and of connections at rest.
async function memory(bench) {
  const server = await bench.serve('memory');
  await sleep(500);
  const idle = rssOf(server.pid);
  const count = 2000;
  const before = rssOf(server.pid);
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect(server.port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    sockets.push(socket);
  }
  const each = (rssOf(server.pid) - before) / count;
  const files = openFiles(server.pid);
  for (const socket of sockets) socket.destroy();
  await sleep(500);
  const left = openFiles(server.pid);
  server.child.kill();
  return [
    { figure: 'RSS idle', value: `${(idle / 1048576).toFixed(1)} MiB`, target: '<= 12 MiB' },
    { figure: `RSS of an idle connection, of ${count}`, value: `${Math.round(each)} B`, target: '<= 1024 B' },
    { figure: 'descriptors with them, without', value: `${files}, ${left}` },
  ];
}

// P12: the binary.
async function size(bench) {
  const stripped = join(bench.folder, 'uauth.stripped');
  await run('strip', ['-o', stripped, bench.binary]);
  return [{ figure: 'binary, stripped', value: `${(statSync(stripped).size / 1048576).toFixed(2)} MiB`, target: '<= 2 MiB' }];
}

export const scenarios = [
  { name: 'http', what: 'P1, the cost of HTTP', run: httpFloor },
  { name: 'me', what: 'P4, GET /auth/me with an RS256 bearer', run: me },
  { name: 'verify', what: 'P6, GET /auth/verify with a session cookie', run: verify },
  { name: 'refresh', what: 'P7, refresh rotation, durable', run: refresh },
  { name: 'login', what: 'P8, password login', run: login },
  { name: 'timing', what: 'EN-01, sign-in of unknown and known people', run: timing },
  { name: 'tokens', what: 'P9, tokens in the library', run: tokens },
  { name: 'start', what: 'P10, cold start', run: start },
  { name: 'memory', what: 'P11, memory', run: memory },
  { name: 'size', what: 'P12, size', run: size },
];
