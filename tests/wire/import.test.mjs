// SPDX-License-Identifier: Apache-2.0
// People of other systems are taken over: whole, also when the process is killed amid it, and sign in as before.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { Postgres } from './postgres.mjs';
import { binary, startServer } from './server.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const files = join(dirname(fileURLToPath(import.meta.url)), '..', 'data');
const folder = () => mkdtempSync(join(tmpdir(), 'uauth-wire-'));
const PEOPLE = Number(process.env.UAUTH_IMPORT_PEOPLE ?? 6000), KILLS = 5;
let postgres;

before(async () => { postgres = await new Postgres().start(); });
after(() => postgres?.remove());

// One in 50 is nobody, so that the report has lines in every unit.
function people(file, n) {
  const hash = '$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  const lines = Array.from({ length: n }, (_, i) =>
    JSON.stringify({ email: i % 50 === 49 ? `user${i}` : `user${i}@example.com`, full_name: `User ${i}`, password_hash: hash, roles: i % 10 ? [] : ['moderator'] }));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return n / 50;
}

// Starts the import and kills it (SIGKILL) once its report has grown by some units; resolves to whether it was killed.
function killed(file, data, env, beyond) {
  const report = `${file}.report.jsonl`;
  return new Promise((done) => {
    const child = spawn(binary, ['user', 'import', file], { cwd: data, stdio: 'ignore', env: { ...process.env, AUTH_DATA_DIR: data, ...env } });
    const watch = setInterval(() => {
      if (existsSync(report) && statSync(report).size > beyond) child.kill('SIGKILL');
    }, 2);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      done(signal === 'SIGKILL');
    });
  });
}

const reportOf = (file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test('a report is whole lines: of a run that goes on after a trial, or in another file', async () => {
  const data = folder(), file = join(data, 'people.jsonl'), other = join(data, 'other.jsonl');
  const bad = people(file, PEOPLE);
  assert.equal((await command(['init'], { data, env: CHEAP })).code, 0);
  assert.ok(await killed(file, data, CHEAP, 100));
  const before = reportOf(`${file}.report.jsonl`).length;
  assert.equal((await command(['user', 'import', file, '--dry-run'], { data, env: CHEAP })).code, 0);
  assert.equal(reportOf(`${file}.report.jsonl`).length, before, 'the trial has a report of its own');
  const done = await command(['user', 'import', file, '--report', other, '--json'], { data, env: CHEAP });
  assert.equal(done.code, 0, done.stderr);
  assert.ok(done.json.resumed_at > 0);
  const rest = reportOf(other);
  assert.ok(rest.length > 0 && rest.length <= bad);
  assert.equal(rest.at(-1).where, `record ${PEOPLE}`);
});

test('what is imported is not written over by its report', async () => {
  const data = folder(), file = join(data, 'people.jsonl');
  people(file, 100);
  const text = readFileSync(file, 'utf8');
  assert.equal((await command(['init'], { data, env: CHEAP })).code, 0);
  const done = await command(['user', 'import', file, '--report', file], { data, env: CHEAP });
  assert.match(done.stderr, /--report/);
  assert.notEqual(done.code, 0);
  assert.equal(readFileSync(file, 'utf8'), text);
});

for (const kind of ['SQLite', 'PostgreSQL'])
  test(`an import that is killed is gone on with, and nobody is taken over by half: ${kind}`, async () => {
    const data = folder(), file = join(data, 'people.jsonl');
    const env = kind === 'SQLite' ? CHEAP : { ...CHEAP, AUTH_DATABASE_URL: postgres.url };
    const bad = people(file, PEOPLE);
    assert.equal((await command(['init'], { data, env })).code, 0);
    let kills = 0;
    for (let i = 0, size = 0; i < KILLS; i++) {
      if (await killed(file, data, env, size)) kills++;
      size = statSync(`${file}.report.jsonl`).size + 1;
    }
    assert.ok(kills > 0, 'no run was killed');
    const last = await command(['user', 'import', file, '--json'], { data, env });
    assert.equal(last.code, 0, last.stderr);
    if (kills === KILLS) assert.ok(last.json.resumed_at > 0, last.stdout);
    const report = reportOf(`${file}.report.jsonl`);
    if (kills === KILLS) {
      assert.deepEqual([last.json.records, last.json.added, last.json.left_out], [PEOPLE, PEOPLE - bad, bad]);
      assert.deepEqual(report.map((line) => line.where), Array.from({ length: bad }, (_, i) => `record ${i * 50 + 50}`));
    }
    // Everybody is there, with all that they have.
    for (const i of [0, 1, 48, 50, PEOPLE / 2, PEOPLE - 2]) {
      const shown = await command(['user', 'show', `user${i}@example.com`, '--json'], { data, env });
      assert.deepEqual(shown.json.roles, i % 10 ? ['user'] : ['moderator', 'user'], shown.stderr);
    }
    const again = await command(['user', 'import', file, '--json'], { data, env });
    assert.deepEqual([again.json.added, again.json.left_out], [0, PEOPLE]);
  });

test('a realm of Keycloak goes on here: its users sign in, its clients get tokens', async () => {
  const data = folder(), report = join(data, 'report.jsonl');
  assert.equal((await command(['init'], { data, env: CHEAP })).code, 0);
  assert.equal((await command(['tenant', 'create', '--slug', 'acme'], { data, env: CHEAP })).code, 0);
  const take = (more) => command(['import', 'keycloak', join(files, 'keycloak-realm.json'), '--tenant', 'acme', '--report', report, '--json', ...more], { data, env: CHEAP });
  const dry = await take(['--dry-run']);
  assert.deepEqual([dry.json.added, dry.json.left_out], [7, 2], dry.stderr);
  const took = await take([]);
  assert.deepEqual({ ...took.json, configuration: 0, dry_run: 0 }, { ...dry.json, configuration: 0, dry_run: 0 });
  const made = Object.fromEntries(took.json.configuration.map((one) => [`${one.kind} ${one.key}`, one.secret]));
  assert.ok(made['client worker'] && !('secret' in dry.json.configuration.find((one) => one.key === 'worker')));
  const server = await startServer({ data, env: CHEAP });
  try {
    const client = new Client(server.url);
    for (const name of ['argon', 'sha512', 'sha1']) {
      const answer = await client.post('/auth/login', { email: `${name}@acme.example`, password: PASSWORD });
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    }
    const token = (id, secret) => client.send('POST', '/oauth2/token', { form: { grant_type: 'client_credentials', scope: 'jobs' },
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` } });
    assert.equal((await token('worker', made['client worker'])).status, 200);
    // Its own secret came with it; the grant is none of this client's.
    assert.equal((await token('shop', 'Yb3k9fQzT1xW7uLmN0pRsVcA5eHgJdKo')).json.error, 'unauthorized_client');
    assert.equal((await token('shop', 'wrong')).json.error, 'invalid_client');
  } finally {
    await server.stop();
  }
});
