// SPDX-License-Identifier: Apache-2.0
// A deployment moves from SQLite to PostgreSQL; and a dump of PostgreSQL is put back.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, PASSWORD, makeUser, signIn, totp } from './client.mjs';
import { command } from './command.mjs';
import { Postgres } from './postgres.mjs';
import { binary, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const ADA = 'ada@example.com', BOB = 'bob@example.com';
const KILLS = Number(process.env.UAUTH_MOVE_KILLS ?? 8);
let server, sink, client, data, postgres, folder;

before(async () => {
  sink = await startSmtpSink();
  postgres = await new Postgres().start();
  server = await startServer({ env: { ...CHEAP, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` } });
  client = new Client(server.url);
  ({ data } = server);
  folder = mkdtempSync(join(tmpdir(), 'uauth-dump-'));
  for (const email of [ADA, BOB]) await makeUser(client, sink, email);
});
after(async () => {
  await server?.stop();
  await postgres?.remove();
  await sink?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const run = (args, env = {}) => command(args, { data, env: { ...CHEAP, ...env } });
const jwks = async () => (await client.get('/.well-known/jwks.json')).json;
const refresh = (refresh_token) => client.post('/auth/refresh', { refresh_token });

async function restartOn(url) {
  server.env.AUTH_DATABASE_URL = url;
  await server.restart();
  client = new Client(server.url);
}

test('R-01: a move killed again and again ends with everybody signed in as before, on PostgreSQL', async () => {
  const bob = await signIn(client, BOB);
  const { secret } = (await client.post('/auth/me/mfa/totp', {}, { token: bob.access_token })).json;
  assert.ok((await client.post('/auth/me/mfa/totp/confirm', { code: await totp(secret, -1) }, { token: bob.access_token })).status < 300);
  const browser = new Client(server.url, { jar: true });
  await signIn(browser, ADA, { mode: 'session' });
  const ada = await signIn(client, ADA);
  const keys = await jwks();

  const target = join(folder, 'target');
  writeFileSync(target, `${postgres.url}\n`, { mode: 0o600 });
  const running = await run(['migrate', '--to-file', target]);
  assert.equal(running.code, 1);
  assert.match(running.stderr, /a server runs on .*: stop it first/);
  const shown = await run(['migrate', '--to', 'postgres://uauth:CANARY-pw@db.example/uauth']);
  assert.equal(shown.code, 2);
  assert.ok(!shown.stderr.includes('CANARY'), shown.stderr);
  assert.equal((await run(['migrate', '--to', 'mysql://db.example/uauth'])).code, 2);

  await server.stop({ keep: true });
  for (let i = 0; i < KILLS; i++) {
    const child = spawn(binary, ['migrate', '--to', postgres.url], { env: { ...process.env, ...CHEAP, AUTH_DATA_DIR: data }, stdio: 'ignore' });
    const ended = new Promise((done) => child.on('close', done));
    await new Promise((done) => setTimeout(done, 100 + (i * 900) / KILLS));
    child.kill('SIGKILL');
    await ended;
    // Never are both good to be served; one whose tables have just been made holds nobody yet.
    const [here, there] = await Promise.all([run(['user', 'list']), run(['user', 'list'], { AUTH_DATABASE_URL: postgres.url })]);
    assert.ok(here.code !== 0 || there.code !== 0 || !there.stdout.includes(ADA), `${here.stderr} ${there.stdout}`);
  }
  const moved = await run(['migrate', '--to', postgres.url, '--json']);
  assert.equal(moved.code, 0, moved.stderr);
  assert.ok(moved.json.tables > 20 && moved.json.rows > 30, moved.stdout);
  const old = await run(['serve'], { AUTH_LISTEN: '127.0.0.1:0' });
  assert.equal(old.code, 1);
  assert.match(old.stderr, /was moved to postgres:.*set AUTH_DATABASE_URL/);

  await restartOn(postgres.url);
  assert.deepEqual(await jwks(), keys);
  assert.equal((await client.get('/auth/me', { token: ada.access_token })).status, 200);
  const next = await refresh(ada.refresh_token);
  assert.equal(next.status, 200, next.text);
  browser.url = server.url;
  assert.equal((await browser.get('/auth/me')).status, 200);
  await signIn(client, ADA);
  await signIn(client, BOB, { mfa_code: await totp(secret) });
  const again = await run(['migrate', '--to', postgres.url, '--json']);
  assert.equal(again.json.was_moved_before, true, again.stderr);
  await signIn(client, ADA);
});

test('a service on PostgreSQL is told to use pg_dump, and a dump that was put back is made safe', async () => {
  const env = { AUTH_DATABASE_URL: postgres.url };
  assert.match((await run(['backup', join(folder, 'x')], env)).stderr, /pg_dump --format=custom/);
  assert.match((await run(['restore', join(folder, 'x')], env)).stderr, /pg_restore/);
  const before = await signIn(client, ADA);
  const uri = postgres.url.replace(/^postgres:/, 'postgresql:');
  const tool = (name, ...args) => execFileSync(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  tool('pg_dump', '--format=custom', '--file', join(folder, 'uauth.dump'), uri);
  assert.equal((await run(['user', 'delete', '--yes', BOB], env)).code, 0);
  await server.stop({ keep: true });
  tool('pg_restore', '--clean', '--if-exists', '--single-transaction', '--dbname', uri, join(folder, 'uauth.dump'));
  const refused = await run(['serve'], { ...env, AUTH_LISTEN: '127.0.0.1:0' });
  assert.match(refused.stderr, /an older one that was put back; uauth restore --in-place/);
  const made = await run(['restore', '--in-place', '--json'], env);
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual([made.json.erased_again, made.json.generation], [1, 1]);
  await restartOn(postgres.url);
  assert.equal((await refresh(before.refresh_token)).status, 400);
  assert.equal((await client.get('/auth/me', { token: before.access_token })).status, 401);
  assert.equal((await client.post('/auth/login', { email: BOB, password: PASSWORD })).status, 401);
  await signIn(client, ADA);
  assert.match(readFileSync(join(data, 'erased.log'), 'utf8'), /^\S+ \S+ \S+\n$/);
});

test('who wants the old database back gets it without what was good once', async () => {
  await server.stop({ keep: true });
  const made = await run(['restore', '--in-place', '--json']);
  assert.equal(made.code, 0, made.stderr);
  delete server.env.AUTH_DATABASE_URL;
  await server.restart();
  client = new Client(server.url);
  await signIn(client, ADA);
  assert.equal((await client.post('/auth/login', { email: BOB, password: PASSWORD })).status, 401);
});
