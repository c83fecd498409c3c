// SPDX-License-Identifier: Apache-2.0
// P13: what an operation costs when there are many people, sessions and tenants, beside what it costs when there are few.  Where the
// database is a server, what that computes for it has a row of its own.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHEAP, PASSWORD, cookiesOf, cpuOf, median, rssOf } from './bench.mjs';
import { EVENTS_FROM, SIZES, emailOf, fill } from './fill.mjs';
import { client, form, postForm } from './oauth.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const SETTINGS = { ...CHEAP, AUTH_JWT_ALGORITHM: 'ES256', AUTH_JWT_ACCESS_EXPIRE_MINUTES: '60' }; // what grows is not the hash
const DEFAULT_TENANT = '00000000-0000-7000-8000-000000000001';
const AS_ADVISED = ['fsync=on', 'full_page_writes=on', 'shared_buffers=2GB']; // for so many people: docs/guide/scaling.md
const PEOPLE = 256; // who take part in the load, from anywhere in the table

const spread = (size) => Array.from({ length: PEOPLE }, (_, i) => emailOf(1 + Math.floor((i * size.users) / PEOPLE)));

async function grown(bench, size, env) {
  const name = `grown-${size.name}`;
  const first = await bench.serve(name, { ...SETTINGS, ...env });
  await bench.makeUser(first, 'root@example.com', ['--password-stdin', '--role', 'admin']);
  await bench.end(first);
  const strangers = fill(bench, env.AUTH_DATABASE_URL ?? join(first.data, 'uauth.db'), size);
  const began = process.hrtime.bigint();
  const server = await bench.serve(name, { ...SETTINGS, ...env });
  const started = Number(process.hrtime.bigint() - began) / 1e6;
  const file = (what, lines) => {
    const path = join(bench.folder, `${name}-${what}`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  };
  const people = spread(size);
  const answers = [];
  for (const email of people.slice(0, 96)) answers.push(await bench.post(server, '/auth/login', { email, password: PASSWORD }));
  const sessions = [];
  for (const email of people.slice(96)) sessions.push(await bench.post(server, '/auth/login', { email, password: PASSWORD, mode: 'session' }));
  const admin = await bench.post(server, '/auth/login', { email: 'root@example.com', password: PASSWORD });
  const job = await client(bench, server, 'job', { grant_types: ['client_credentials'], scope: 'read', access_token_format: 'opaque' });
  const opaque = (await postForm(server, '/oauth2/token', { grant_type: 'client_credentials' }, job)).access_token;
  return {
    size, server, started, rss: rssOf(server.pid), admin: { Authorization: `Bearer ${admin.json.access_token}` },
    job, opaque, bearers: file('bearers', answers.map((each) => `Bearer ${each.json.access_token}`)),
    people: file('people', people),
    tokens: file('tokens', answers.map((each) => each.json.refresh_token)),
    cookies: file('cookies', sessions.map(cookiesOf)),
    strangers: file('strangers', strangers),
  };
}

const asAdmin = (path) => ({ server, admin }, bench) => bench.load(server, path, { connections: 8, headers: admin });
const asPeople = (method, path) => ({ server, bearers }, bench) => bench.load(server, path, { connections: 8, script: join(here, 'bearers.lua'), arguments: [bearers, method] });
const eventsAt = (ms) => new Date(EVENTS_FROM + ms).toISOString().slice(0, 19) + 'Z';

// Each load goes through what was made for it, line by line.
const loads = {
  login: ({ server, people }, bench) => bench.load(server, '/auth/login', { connections: 4, script: join(here, 'people.lua'), arguments: [people, PASSWORD] }),
  refresh: ({ server, tokens }, bench) => bench.load(server, '/auth/refresh', { script: join(here, 'refresh.lua'), arguments: [tokens] }),
  'verify by cookie': ({ server, cookies }, bench) => bench.load(server, '/auth/verify', { script: join(here, 'cookies.lua'), arguments: [cookies] }),
  'verify by cookie of 4000': ({ server, strangers }, bench) => bench.load(server, '/auth/verify', { script: join(here, 'cookies.lua'), arguments: [strangers] }),
  'verify by token': asPeople('GET', '/auth/verify'),
  'switching tenants': asPeople('POST', `/auth/tenants/${DEFAULT_TENANT}/switch`),
  'introspecting': ({ server, job, opaque }, bench) => bench.load(server, '/oauth2/introspect', { connections: 8, headers: job, ...form({ token: opaque }) }),
  'own sessions': asPeople('GET', '/auth/me/sessions?limit=5'),
  'list of people': asAdmin('/admin/users?limit=50'),
  'list of who is disabled': asAdmin('/admin/users?limit=50&status=disabled'),
  'search for one': asAdmin('/admin/users?email=person77%40example.com'),
  'search for many': asAdmin('/admin/users?limit=50&email=p'),
  'search for nobody': asAdmin('/admin/users?email=zebra'),
  'list of tenants': asAdmin('/admin/tenants?limit=10'),
  'newest of the audit': asAdmin('/admin/audit?limit=50'),
  'audit by name': asAdmin('/admin/audit?limit=50&name=tenant.deleted'),
  'audit of a second': asAdmin(`/admin/audit?limit=50&since=${eventsAt(0)}&until=${eventsAt(999)}`),
};

// A refresh token is good once: what a load leaves behind is not known, so each round signs in anew.
async function renew(bench, side) {
  const answers = [];
  for (const email of spread(side.size).slice(0, 96)) answers.push(await bench.post(side.server, '/auth/login', { email, password: PASSWORD }));
  writeFileSync(side.tokens, `${answers.map((each) => each.json.refresh_token).join('\n')}\n`);
}

// Microseconds that the connections of the server of PostgreSQL in `folder` have computed.
function computedBy(folder) {
  const parent = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0];
  let sum = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const ofIt = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1] === parent;
      if (ofIt && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('postgres: uauth uauth ')) sum += cpuOf(pid);
    } catch { /* it has ended */ }
  }
  return sum;
}

async function growthOn(bench, what, environments, folders = []) {
  const sizes = bench.quick ? SIZES.slice(0, 2) : SIZES;
  const sides = [];
  for (const size of sizes) {
    process.stderr.write(`  ${what}, ${size.name} people ...\n`);
    sides.push(await grown(bench, size, environments[size.name]));
  }
  const rows = [];
  for (const [operation, load] of Object.entries(loads)) {
    const costs = sides.map(() => []), behind = sides.map(() => []);
    process.stderr.write(`  ${operation} ...\n`);
    for (let round = 0; round < bench.rounds; round++)
      for (const [i, side] of sides.entries()) {
        if (operation === 'refresh') await renew(bench, side);
        const before = folders[i] ? computedBy(folders[i]) : 0;
        const { cpu, requests } = await load(side, bench);
        costs[i].push(cpu);
        if (folders[i]) behind[i].push((computedBy(folders[i]) - before) / requests);
      }
    for (const [who, all] of [['CPU', costs], ...(folders.length ? [['CPU of the server', behind]] : [])]) {
      const [least, ...others] = all.map(median);
      for (const [i, cost] of others.entries())
        rows.push({ figure: `${what}: ${who} of ${operation}, ${sizes[i + 1].name} people`, value: cost, unit: 'us', limit: least, limitName: `${sizes[0].name}`, ratio: cost / least, target: { of: 'ratio', most: 1.2 } });
    }
  }
  const last = sides.at(-1);
  rows.push(
    { figure: `${what}: start to ready, ${last.size.name} people`, value: last.started, unit: 'ms', limit: sides[0].started, limitName: sizes[0].name, target: { of: 'value', most: 100 } },
    { figure: `${what}: RSS, ${last.size.name} sessions`, value: last.rss / 1048576, unit: 'MiB', limit: sides[0].rss / 1048576, limitName: `${sizes[0].sessions}` },
  );
  for (const side of sides) await bench.end(side.server);
  return rows;
}

export const growth = (bench) => growthOn(bench, 'SQLite', Object.fromEntries(SIZES.map(({ name }) => [name, {}])));

export async function growthOnPostgres(bench) {
  const script = join(here, '..', 'tests', 'postgres.sh');
  const folders = SIZES.map(({ name }) => join('/tmp', `uauth-bench-${process.pid}-${name.replace('^', '')}`));
  try {
    const environments = Object.fromEntries((bench.quick ? SIZES.slice(0, 2) : SIZES).map(({ name }, i) => {
      const started = spawnSync(script, ['start', folders[i], ...AS_ADVISED], { encoding: 'utf8' });
      if (started.status !== 0) throw new Error(started.stderr);
      return [name, { AUTH_DATABASE_URL: started.stdout.trim() }];
    }));
    return await growthOn(bench, 'PostgreSQL', environments, folders);
  } finally {
    for (const folder of folders) spawnSync(script, ['remove', folder]);
  }
}
