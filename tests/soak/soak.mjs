// SPDX-License-Identifier: Apache-2.0
// R-23: mixed load for as long as one likes, with a rotation of keys and a reload each minute, clients that vanish and
// requests that are refused.  Memory and descriptors stay as they are; the database holds a steady number of bytes for
// each row; nothing is answered that should not be.
//     script/soak [--minutes N] [--per-second N] [--database postgres://...]
// A line each minute; the last says what grew.  Ends with 1 if anything did.
//
// What has a bound may fill until the second half begins: a worker keeps the schema and each statement that it has run, and a
// worker that is seldom woken would take hours to meet them all, with its buffers and what it has read of tokens; and there are pages of the
// database, which has grown by then.  So in the first half everybody asks for the same at once, one kind after the other.  Tokens live for two minutes, so that keys which were rotated out go again.
//
// Two things are held to a rule then.  What is allocated, without the pages of the database, may not grow by more than a byte
// for each request, and what chance may explain, two standard errors; a run in which one of these is more than a byte is too
// short to tell.  It is counted to the byte by the allocator, and a leak is nowhere else.  Pages go between nothing and
// uauth_database_pages_max_bytes with each write of another connection, and are held to that.  Own memory is what the
// allocator once needed, with the holes in it: its highest of the second half may be 2 % above that of the first, and what
// pages came to beyond their highest of the first.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, PASSWORD } from '../wire/client.mjs';
import { command } from '../wire/command.mjs';
import { binary, freePort, startServer } from '../wire/server.mjs';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, 'per-second': { type: 'string', default: '100' }, database: { type: 'string' } } });
const minutes = Number(options.minutes), perSecond = Number(options['per-second']);
if (!(minutes >= 3) || !(perSecond >= 1)) {
  console.error('script/soak: --minutes from 3 on, --per-second from 1 on');
  process.exit(2);
}
const PEOPLE = 40, WARM = Math.floor(minutes / 2); // minutes after which nothing may grow any more
const LOOK_MS = 10000, BURST_MS = 5000; // how often memory is looked at, and how often all ask at once in the beginning
const CROWD = 320; // requests at once: workers are 48 at most where nothing else is set
const metrics = `127.0.0.1:${await freePort()}`;
const env = {
  AUTH_METRICS_LISTEN: metrics,
  AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_ARGON2_LANES: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
  AUTH_SESSIONS_PER_USER: '5', AUTH_KEY_PUBLISH_SECONDS: '10', AUTH_LOG_LEVEL: 'warn', AUTH_SESSION_IDLE_MINUTES: '1', AUTH_SESSION_ABSOLUTE_HOURS: '1', AUTH_JWT_ACCESS_EXPIRE_MINUTES: '2',
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
writeFileSync(join(server.data, 'client.json'), JSON.stringify({ grant_types: ['client_credentials'], scope: 'read' }));
const registered = await command(['client', 'create', '--id', 'soak', '--type', 'confidential', '--metadata-file', join(server.data, 'client.json'), '--json'], { data: server.data, env });
assert.equal(registered.code, 0, registered.stderr);
const secret = JSON.parse(registered.stdout).client_secret;
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

// What a person does who has signed in, and how many times in a hundred.  Another sign-in of theirs may have ended this one: 401.
const bearer = (who) => ({ headers: { authorization: `Bearer ${who.tokens.access_token}` } });
const basic = (password) => ({ headers: { authorization: `Basic ${Buffer.from(`soak:${password}`).toString('base64')}` } });
const asClient = (path, form, password = secret) => client().send('POST', path, { form, ...basic(password) });
const KINDS = [
  [28, (who) => ask('me', [200, 401], () => who.client.get('/auth/me', bearer(who)))],
  [15, (who) => ask('verify', [200, 401], () => who.client.get('/auth/verify', bearer(who)))],
  [20, async (who) => {
    const answer = await ask('refresh', [200, 400], () => who.client.post('/auth/refresh', { refresh_token: who.tokens.refresh_token }));
    who.tokens = answer.status === 200 ? answer.json : undefined;
  }],
  [5, async (who) => {
    await ask('sign out', [200, 204, 401], () => who.client.post('/auth/logout', {}, bearer(who)));
    who.tokens = undefined;
  }],
  [3, (who) => signIn({ email: who.email }, 'session')],
  [3, (who) => ask('wrong password', [401], () => client().post('/auth/login', { email: who.email, password: 'not-the-password-7A' }))],
  [3, () => ask('nobody', [401], () => client().post('/auth/login', { email: 'nobody@example.com', password: PASSWORD }))],
  [2, () => ask('no token', [401], () => client().get('/auth/me'))],
  [2, () => ask('bad body', [400, 422], () => client().post('/auth/login', { email: 7 }))],
  [2, () => ask('keys', [200], () => client().get('/.well-known/jwks.json'))],
  [2, () => ask('discovery', [200], () => client().get('/.well-known/openid-configuration'))],
  [2, () => ask('client with a wrong secret', [401], () => asClient('/oauth2/token', { grant_type: 'client_credentials' }, 'not-the-secret'))],
  [5, async (who) => {
    const answer = await ask('client token', [200], () => asClient('/oauth2/token', { grant_type: 'client_credentials' }));
    who.handed = answer.json?.access_token ?? who.handed;
  }],
  [5, (who) => ask('introspect', [200], () => asClient('/oauth2/introspect', { token: who.handed ?? 'nothing' }))],
  [3, (who) => ask('revoke', [200], () => asClient('/oauth2/revoke', { token: who.handed ?? 'nothing' }))],
];
assert.equal(KINDS.reduce((sum, [share]) => sum + share, 0), 100);

function chosen() {
  let dice = Math.random() * 100;
  for (const [share, kind] of KINDS) if ((dice -= share) < 0) return kind;
  return KINDS[0][1];
}

// A person's next step; one that has nothing yet signs in.
async function step(who, kind = chosen()) {
  if (who.tokens) await kind(who);
  else who.tokens = (await signIn(who)).json;
  if (!who.tokens?.access_token) who.tokens = undefined;
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
const asked = () => Object.values(counts).reduce((sum, each) => sum + each, 0);

// In KiB: what the program has in memory, what is allocated, how much of it are pages of the database, and what is not.
async function figures(minute) {
  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const of = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0) / 1024;
  const allocated = of('uauth_memory_allocated_bytes'), pages = of('uauth_database_pages_bytes'), own = figure('RssAnon');
  assert.ok(allocated > 0);
  if (pages > of('uauth_database_pages_max_bytes')) note(`${pages} KiB of pages, more than there may be`);
  return { minute, requests: asked(), own, allocated, pages, held: allocated - pages };
}

// Pages may go between the moments at which one figure and the other are read: the middle one of three times.
async function memory(minute) {
  const three = [await figures(minute), await figures(minute), await figures(minute)];
  return three.sort((x, y) => x.held - y.held)[1];
}

const look = (minute) => ({
  minute, rss: figure('VmRSS'), threads: figure('Threads'), files: readdirSync(`/proc/${server.pid}/fd`).length,
  ...(options.database ? {} : { bytes: databaseBytes(), rows: rows() }),
});

async function upkeep() {
  const rotated = await command(['key', 'rotate'], { data: server.data, env });
  if (rotated.code !== 0 && !/already|next/.test(rotated.stderr)) note(`key rotate: ${rotated.stderr.trim()}`);
  server.child.kill('SIGHUP');
}

// ---- the hours ----

const seen = [], memories = [];
const began = Date.now(), end = began + minutes * 60000;
const minuteNow = () => (Date.now() - began) / 60000;
let over = false;
const once = (who, kind) => step(who, kind).catch((error) => note(String(error.cause ?? error)));
const walk = async (who) => {
  while (!over) {
    const started = Date.now();
    if (chance(0.05)) await vanish();
    else await once(who);
    await sleep(Math.max(0, (1000 * PEOPLE) / perSecond - (Date.now() - started)));
  }
};
// One after the other, what everybody asks for at once; then the cheapest, by so many that each worker has some of it.
const bursts = async () => {
  for (let i = 0; minuteNow() < WARM; i++) {
    await Promise.all(people.map((who) => once(who, KINDS[i % KINDS.length][1])));
    await Promise.all(Array.from({ length: CROWD }, (_, at) => once(people[at % PEOPLE], KINDS[0][1])));
    await sleep(BURST_MS);
  }
};
const lookAtMemory = async () => {
  for (; !over; await sleep(LOOK_MS)) memories.push(await memory(minuteNow()));
};
const walks = [...people.map(walk), bursts(), lookAtMemory()];
const kib = (n) => n.toFixed(0);
for (let minute = 1; Date.now() < end; minute++) {
  await sleep(50000);
  await upkeep();
  await sleep(10000);
  const now = look(minute);
  seen.push(now);
  const last = memories.at(-1);
  console.log(`minute ${minute}: ${asked()} requests, RSS ${now.rss} KiB (own ${kib(last.own)}, allocated ${kib(last.allocated)}, of it pages ${kib(last.pages)}), ` +
    `${now.files} descriptors, ${now.threads} threads` +
    (now.rows ? `, database ${now.bytes} bytes, ${(now.bytes / now.rows).toFixed(0)} for each of ${now.rows} rows` : ''));
}
over = true;
await Promise.all(walks);

// Of the line through the points of the second half: bytes for each request, and how far that may be off (one standard error).
function perRequest(key) {
  const points = memories.filter(({ minute }) => minute > WARM);
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(({ requests }) => requests), mean((point) => point[key])];
  const width = points.reduce((sum, { requests }) => sum + (requests - x) ** 2, 0);
  const slope = points.reduce((sum, point) => sum + (point.requests - x) * (point[key] - y), 0) / width;
  const apart = points.reduce((sum, point) => sum + (point[key] - y - slope * (point.requests - x)) ** 2, 0);
  return { bytes: slope * 1024, error: 1024 * Math.sqrt(apart / (points.length - 2) / width) };
}
const told = ({ bytes, error }) => `${bytes.toFixed(3)} bytes for each request (standard error ${error.toFixed(3)})`;
const spread = (values) => Math.max(...values) - Math.min(...values);
const late = seen.filter(({ minute }) => minute > WARM);
const grew = [];
// A leak of a few bytes a request is megabytes an hour.
const held = perRequest('held');
if (held.error > 1) grew.push(`too few requests to tell: ${told(held)}`);
if (held.bytes > 1 + 2 * held.error) grew.push(`what is allocated without pages of the database by ${told(held)}`);
const highest = (key, after) => Math.max(...memories.filter(({ minute }) => minute > WARM === after).map((point) => point[key]));
const own = [highest('own', false), highest('own', true)], pages = [highest('pages', false), highest('pages', true)];
if (own[1] > 1.02 * own[0] + Math.max(0, pages[1] - pages[0])) grew.push(`own memory from ${kib(own[0])} to ${kib(own[1])} KiB`);
if (spread(late.map(({ files }) => files)) > 60) grew.push('descriptors');
if (spread(late.map(({ threads }) => threads)) > 0) grew.push('threads');
const eachRow = ({ bytes, rows: n }) => bytes / n;
if (!options.database && eachRow(late.at(-1)) > 1.2 * eachRow(late[0])) grew.push('bytes of the database for each row');
console.log(`allocated without pages of the database: ${told(held)}; own memory at most ${own.map(kib).join(', then ')} KiB, pages ${pages.map(kib).join(', then ')} KiB`);
console.log(`asked: ${Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(', ')}`);
for (const [what, n] of wrong) console.log(`not expected, ${n} times: ${what}`);
await server.stop();
console.log(grew.length || wrong.size ? `soak: ${[...grew, ...wrong.keys()].join('; ')}` : `soak: nothing grew in ${minutes} minutes with ${binary}`);
process.exit(grew.length || wrong.size ? 1 : 0);
