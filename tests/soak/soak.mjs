// SPDX-License-Identifier: Apache-2.0
// R-23: mixed load for as long as one likes, with a rotation of keys and a reload each minute, clients that vanish and
// requests that are refused.  Memory and descriptors stay as they are; the database holds a steady number of bytes for
// each row; nothing is answered that should not be.
//     script/soak [--minutes N] [--per-second N] [--database postgres://...]
// A line each minute; the last says what grew.  Ends with 1 if anything did.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, PASSWORD } from '../wire/client.mjs';
import { command } from '../wire/command.mjs';
import { binary, startServer } from '../wire/server.mjs';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, 'per-second': { type: 'string', default: '100' }, database: { type: 'string' } } });
const minutes = Number(options.minutes), perSecond = Number(options['per-second']);
if (!(minutes >= 3) || !(perSecond >= 1)) {
  console.error('script/soak: --minutes from 3 on, --per-second from 1 on');
  process.exit(2);
}
const PEOPLE = 40, WARM = Math.floor(minutes / 2); // minutes after which nothing may grow any more
const env = {
  AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_ARGON2_LANES: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
  AUTH_SESSIONS_PER_USER: '5', AUTH_KEY_PUBLISH_SECONDS: '10', AUTH_LOG_LEVEL: 'warn', AUTH_SESSION_IDLE_MINUTES: '1', AUTH_SESSION_ABSOLUTE_HOURS: '1',
  ...(options.database ? { AUTH_DATABASE_URL: options.database } : {}),
};
const server = await startServer({ env });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const chance = (share) => Math.random() < share;
const pick = (list) => list[Math.floor(Math.random() * list.length)];

// ---- who does what ----

const people = Array.from({ length: PEOPLE }, (_, i) => ({ email: `soak${i}@example.com` }));
for (const { email } of people) {
  const made = await command(['user', 'create', '--email', email, '--name', 'Soak', '--password-stdin'], { data: server.data, env, input: `${PASSWORD}\n` });
  assert.equal(made.code, 0, made.stderr);
}
const counts = {};
const wrong = new Map();

const note = (what) => wrong.set(what, (wrong.get(what) ?? 0) + 1);

async function ask(name, expected, work) {
  const answer = await work();
  counts[name] = (counts[name] ?? 0) + 1;
  if (answer.status === 503) counts['refused for now'] = (counts['refused for now'] ?? 0) + 1; // too much at once is no fault
  else if (!expected.includes(answer.status)) note(`${name}: ${answer.status} ${answer.json?.type ?? ''} ${answer.json?.detail ?? ''}`);
  return answer;
}

const client = () => new Client(server.url);
const signIn = (who, mode) => ask('sign in', [200], () => (who.client = client()).post('/auth/login', { email: who.email, password: PASSWORD, ...(mode ? { mode } : {}) }));

// A person's next step; one that has nothing yet signs in.  Another sign-in of theirs may have ended this one: 401.
async function step(who) {
  if (!who.tokens) {
    who.tokens = (await signIn(who)).json;
    return;
  }
  const bearer = { authorization: `Bearer ${who.tokens.access_token}` };
  const dice = Math.random();
  if (dice < 0.35) await ask('me', [200, 401], () => who.client.get('/auth/me', { headers: bearer }));
  else if (dice < 0.55) await ask('verify', [200, 401], () => who.client.get('/auth/verify', { headers: bearer }));
  else if (dice < 0.8) {
    const answer = await ask('refresh', [200, 400], () => who.client.post('/auth/refresh', { refresh_token: who.tokens.refresh_token }));
    who.tokens = answer.status === 200 ? answer.json : undefined;
  } else if (dice < 0.85) {
    await ask('sign out', [200, 204, 401], () => who.client.post('/auth/logout', {}, { headers: bearer }));
    who.tokens = undefined;
  } else if (dice < 0.88) await signIn({ email: who.email }, 'session');
  else if (dice < 0.91) await ask('wrong password', [401], () => client().post('/auth/login', { email: who.email, password: 'not-the-password-7A' }));
  else if (dice < 0.94) await ask('nobody', [401], () => client().post('/auth/login', { email: 'nobody@example.com', password: PASSWORD }));
  else if (dice < 0.96) await ask('no token', [401], () => client().get('/auth/me'));
  else if (dice < 0.98) await ask('bad body', [400, 422], () => client().post('/auth/login', { email: 7 }));
  else await ask('keys', [200], () => client().get('/.well-known/jwks.json'));
}

// Somebody who goes in the middle of a request.
const vanish = () => new Promise((done) => {
  const socket = net.connect(server.port, '127.0.0.1', () => {
    socket.write(`POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{"email":"a`);
    setTimeout(() => { socket.resetAndDestroy(); done(); }, 20);
  }).on('error', done);
});

// ---- what is looked at ----

const figure = (field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
const databaseBytes = () => readdirSync(server.data).filter((name) => name.startsWith('uauth.db')).reduce((sum, name) => sum + statSync(join(server.data, name)).size, 0);
const rows = () => {
  const all = ['sessions', 'authorizations', 'refresh_tokens', 'events', 'revocations', 'keys'].map((table) => `SELECT count(*) FROM ${table} NOT INDEXED`).join(' UNION ALL ');
  const { stdout } = spawnSync('sqlite3', [`file:${join(server.data, 'uauth.db')}?mode=ro`, all], { encoding: 'utf8' });
  return stdout.trim().split('\n').reduce((sum, line) => sum + Number(line), 0);
};
const look = (minute) => ({
  minute, rss: figure('VmRSS'), own: figure('RssAnon'), threads: figure('Threads'), files: readdirSync(`/proc/${server.pid}/fd`).length,
  ...(options.database ? {} : { bytes: databaseBytes(), rows: rows() }),
  requests: Object.values(counts).reduce((sum, each) => sum + each, 0),
});

async function upkeep() {
  const rotated = await command(['key', 'rotate'], { data: server.data, env });
  if (rotated.code !== 0 && !/already|next/.test(rotated.stderr)) note(`key rotate: ${rotated.stderr.trim()}`);
  server.child.kill('SIGHUP');
}

// ---- the hours ----

const seen = [];
const end = Date.now() + minutes * 60000;
let over = false;
const walk = async (who) => {
  while (!over) {
    const began = Date.now();
    if (chance(0.05)) await vanish();
    else await step(who).catch((error) => note(String(error.cause ?? error)));
    await sleep(Math.max(0, (1000 * PEOPLE) / perSecond - (Date.now() - began)));
  }
};
const walks = people.map(walk);
for (let minute = 1; Date.now() < end; minute++) {
  await sleep(50000);
  await upkeep();
  await sleep(10000);
  const now = look(minute);
  seen.push(now);
  console.log(`minute ${minute}: ${now.requests} requests, RSS ${now.rss} KiB (own ${now.own}), ${now.files} descriptors, ${now.threads} threads` +
    (now.rows ? `, database ${now.bytes} bytes, ${(now.bytes / now.rows).toFixed(0)} for each of ${now.rows} rows` : ''));
}
over = true;
await Promise.all(walks);

// Of the line through the points from the warm minute on: what is added each hour.
function slope(key) {
  const points = seen.filter(({ minute }) => minute > WARM);
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ minute }) => minute), mean((point) => point[key])];
  return 60 * points.reduce((sum, point) => sum + (point.minute - x) * (point[key] - y), 0) / points.reduce((sum, { minute }) => sum + (minute - x) ** 2, 0);
}
const spread = (values) => Math.max(...values) - Math.min(...values);
const late = seen.filter(({ minute }) => minute > WARM);
const grew = [];
// What the allocator keeps goes up and down by some pages; a leak of a few bytes a request is megabytes an hour.
const perRequest = (slope('own') * 1024) / (slope('requests') || 1);
if (perRequest > 1) grew.push(`own memory by ${perRequest.toFixed(2)} bytes for each request`);
if (spread(late.map(({ files }) => files)) > 60) grew.push('descriptors');
if (spread(late.map(({ threads }) => threads)) > 0) grew.push('threads');
const eachRow = ({ bytes, rows: n }) => bytes / n;
if (!options.database && eachRow(late.at(-1)) > 1.2 * eachRow(late[0])) grew.push('bytes of the database for each row');
console.log(`own memory: ${slope('own').toFixed(0)} KiB an hour, ${perRequest.toFixed(3)} bytes for each request; RSS: ${slope('rss').toFixed(0)} KiB an hour`);
console.log(`asked: ${Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(', ')}`);
for (const [what, n] of wrong) console.log(`not expected, ${n} times: ${what}`);
await server.stop();
console.log(grew.length || wrong.size ? `soak: ${[...grew, ...wrong.keys()].join('; ')}` : `soak: nothing grew in ${minutes} minutes with ${binary}`);
process.exit(grew.length || wrong.size ? 1 : 0);
