// SPDX-License-Identifier: Apache-2.0
// Backups of a busy service, and what lives and what is dead when one is put back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { Client, PASSWORD, makeUser, signIn, totp } from './client.mjs';
import { command } from './command.mjs';
import { binary, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const ADA = 'ada@example.com', BOB = 'bob@example.com', EVE = 'eve@example.com';
const KILLS = Number(process.env.UAUTH_RESTORE_KILLS ?? 12);
let server, sink, client, data, copies;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({ env: { ...CHEAP, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_WORKERS: '16' } });
  client = new Client(server.url);
  ({ data } = server);
  copies = mkdtempSync(join(tmpdir(), 'uauth-copies-'));
  for (const email of [ADA, BOB, EVE]) await makeUser(client, sink, email);
});
after(async () => {
  await server?.stop();
  await sink?.close();
  if (copies) rmSync(copies, { recursive: true, force: true });
});

const run = (...args) => command(args, { data, env: CHEAP });
const backup = (name) => join(copies, name);
const refresh = (refresh_token) => client.post('/auth/refresh', { refresh_token });
const me = (token) => client.get('/auth/me', { token });

// Ends the service, does `work`, and starts it again.
async function whileStopped(work) {
  await server.stop({ keep: true });
  await work();
  await server.restart();
  client = new Client(server.url);
}

async function restored(...args) {
  const answer = await run('restore', '--json', ...args);
  assert.equal(answer.code, 0, answer.stderr);
  return answer.json;
}

test('R-09: a backup made under 64 writers is whole, holds what was acknowledged, and is ours alone', async () => {
  let over = false;
  const names = new Map();
  const { access_token: token } = await signIn(client, ADA);
  const families = [];
  while (families.length < 64) families.push(...await Promise.all(Array.from({ length: 4 }, (_, i) => signIn(client, i % 2 ? ADA : BOB))));
  const writers = families.map(async ({ refresh_token }, i) => {
    for (let n = 0; !over; n++) {
      const answer = await refresh(refresh_token);
      assert.equal(answer.status, 200, answer.text);
      ({ refresh_token } = answer.json);
      if (i === 0) {
        const renamed = await client.put('/auth/me', { full_name: `Name ${n}` }, { token });
        assert.equal(renamed.status, 200, renamed.text);
        names.set(n, Date.now());
      }
    }
  });
  for (const end = Date.now() + 60000; names.size < 3 && Date.now() < end;) await new Promise((done) => setTimeout(done, 20));
  const begun = Date.now();
  const made = await run('backup', '--json', backup('busy.db'));
  assert.equal(made.code, 0, made.stderr);
  over = true;
  await Promise.all(writers);
  assert.equal(statSync(backup('busy.db')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(copies), ['busy.db']);
  assert.ok(made.json.not_in_it.some((path) => path.endsWith('master.key')));
  assert.ok(!readFileSync(backup('busy.db')).includes(readFileSync(join(data, 'master.key'), 'utf8').trim()));
  // What was acknowledged before it began is in it.
  await whileStopped(() => restored(backup('busy.db')));
  const mine = await me((await signIn(client, ADA)).access_token);
  const least = Math.max(...[...names].filter(([, at]) => at < begun).map(([n]) => n));
  assert.ok(Number(mine.json.full_name.slice(5)) >= least, `${mine.json.full_name} is older than Name ${least}`);
});

test('a backup replaces nothing, and is served by nobody as if it were the database', async () => {
  writeFileSync(backup('mine.txt'), 'mine');
  const refused = await run('backup', backup('mine.txt'));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is there already/);
  assert.equal(readFileSync(backup('mine.txt'), 'utf8'), 'mine');
  const served = await command(['serve'], { data: copies, env: { ...CHEAP, AUTH_LISTEN: '127.0.0.1:0', AUTH_DATABASE_URL: `sqlite://${backup('busy.db')}` } });
  assert.equal(served.code, 1);
  assert.match(served.stderr, /is a backup, made at .*uauth restore/);
});

test('SU-13, R-09: after a restore people and passwords live, and nothing of before that was good once', async () => {
  const browser = new Client(server.url, { jar: true });
  await signIn(browser, ADA, { mode: 'session' });
  const ada = await signIn(client, ADA);
  // Bob has a second factor, whose code of now is not used when the backup is made.
  const bob = await signIn(client, BOB);
  const enrolled = await client.post('/auth/me/mfa/totp', {}, { token: bob.access_token });
  assert.equal(enrolled.status, 201, enrolled.text);
  const { secret } = enrolled.json;
  const confirmed = await client.post('/auth/me/mfa/totp/confirm', { code: await totp(secret, -1) }, { token: bob.access_token });
  assert.ok(confirmed.status < 300, confirmed.text);
  assert.equal((await run('backup', backup('then.db'))).code, 0);
  const code = await totp(secret);
  const spent = await refresh(ada.refresh_token);
  assert.equal(spent.status, 200);
  // Eve is erased after the backup, and Bob's code used.
  const eve = await signIn(client, EVE);
  assert.equal((await client.delete('/auth/me', { json: { password: PASSWORD }, token: eve.access_token })).status, 204);
  assert.match(readFileSync(join(data, 'erased.log'), 'utf8'), /^\S+Z [0-9a-f-]{36} [0-9a-f]{16}\n$/);
  await signIn(client, BOB, { mfa_code: code });

  const beside = await run('restore', backup('then.db'));
  assert.equal(beside.code, 1);
  assert.match(beside.stderr, /a server runs on .*: stop it first/);
  const tried = await restored('--dry-run', backup('then.db'));
  assert.deepEqual([tried.restored, tried.erased_again], [false, 1]);
  assert.equal((await me(ada.access_token)).status, 200);

  let told;
  await whileStopped(async () => { told = await restored(backup('then.db')); });
  assert.equal(told.erased_again, 1);
  assert.equal(told.generation, 2, 'above that of the database before');
  assert.ok(existsSync(join(told.old_database, 'uauth.db')));
  for (const token of [ada.refresh_token, spent.json.refresh_token]) assert.equal((await refresh(token)).status, 400);
  for (const token of [ada.access_token, spent.json.access_token, eve.access_token]) assert.equal((await me(token)).status, 401);
  assert.equal((await browser.get('/auth/me')).status, 401);
  assert.equal((await client.post('/auth/login', { email: EVE, password: PASSWORD })).status, 401);
  const again = await client.post('/auth/login', { email: BOB, password: PASSWORD, mfa_code: code });
  assert.equal(again.status, 401, 'a code that was used since is used');
  const fresh = await signIn(client, ADA);
  assert.equal((await me(fresh.access_token)).status, 200);
  assert.equal((await refresh(fresh.refresh_token)).status, 200);
  rmSync(told.old_database, { recursive: true });
});

test('a database put back by hand is found out, and made safe in place', async () => {
  assert.equal((await run('restore', '--in-place')).code, 1, 'the service runs');
  const before = await signIn(client, ADA);
  await server.stop({ keep: true });
  const kept = mkdtempSync(join(tmpdir(), 'uauth-kept-'));
  copyFileSync(join(data, 'uauth.db'), join(kept, 'uauth.db'));
  await server.restart();
  assert.equal((await run('user', 'delete', '--yes', BOB)).code, 0);
  await server.stop({ keep: true });
  for (const end of ['-wal', '-shm']) rmSync(join(data, `uauth.db${end}`), { force: true });
  renameSync(join(kept, 'uauth.db'), join(data, 'uauth.db'));
  const refused = await run('serve');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /an older one that was put back; uauth restore --in-place/);
  assert.equal((await restored('--in-place')).erased_again, 1);
  await server.restart();
  client = new Client(server.url);
  assert.equal((await refresh(before.refresh_token)).status, 400);
  await signIn(client, ADA);
  rmSync(kept, { recursive: true });
  // A log that is lost is made again from the database.
  await server.stop({ keep: true });
  const log = readFileSync(join(data, 'erased.log'), 'utf8');
  rmSync(join(data, 'erased.log'));
  await server.restart();
  client = new Client(server.url);
  const lines = () => readFileSync(join(data, 'erased.log'), 'utf8').split('\n').sort().join();
  for (const end = Date.now() + 40000; lines() !== log.split('\n').sort().join() && Date.now() < end;) await new Promise((done) => setTimeout(done, 50));
  assert.equal(lines(), log.split('\n').sort().join());
});

test('R-08: what is no good backup is refused, and nothing is lost', async () => {
  const { access_token } = await signIn(client, ADA);
  copyFileSync(backup('then.db'), backup('cut.db'));
  truncateSync(backup('cut.db'), statSync(backup('cut.db')).size - 8192);
  const bytes = readFileSync(backup('then.db'));
  bytes.fill(0xa5, 3 * 4096, 3 * 4096 + 600);
  writeFileSync(backup('noise.db'), bytes);
  writeFileSync(backup('text.db'), 'this is no database at all, but a text of some length that goes on and on\n'.repeat(100));
  copyFileSync(backup('then.db'), backup('newer.db'));
  const newer = new DatabaseSync(backup('newer.db'));
  newer.exec("INSERT INTO migrations VALUES (1 + (SELECT max(number) FROM migrations), '9999_later', '', 0)");
  newer.close();
  await server.stop({ keep: true });
  for (const [name, why] of [['cut.db', /damaged|malformed/], ['noise.db', /damaged|malformed/], ['text.db', /not a database/], ['missing.db', /no file/],
    ['newer.db', /9999_later, which this version does not know: a newer version/]]) {
    const refused = await run('restore', backup(name));
    assert.equal(refused.code, 1, name);
    assert.match(refused.stderr, why);
  }
  const itself = await run('restore', join(data, 'uauth.db'));
  assert.match(itself.stderr, /is the database itself/);
  // Another master key, none, and no log of erasures.
  for (const [name, why] of [['master.key', /master.key is missing/], ['erased.log', /erased.log.* is missing: .*--no-erasures/]]) {
    renameSync(join(data, name), join(copies, name));
    const refused = await run('restore', backup('then.db'));
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, why);
    renameSync(join(copies, name), join(data, name));
  }
  const key = readFileSync(join(data, 'master.key'));
  writeFileSync(join(data, 'master.key'), `${[...Array(32).keys()].map((i) => (i * 7 + 1).toString(16).padStart(2, '0')).join('')}\n`);
  assert.match((await run('restore', backup('then.db'))).stderr, /is not the key that the backup was sealed with/);
  writeFileSync(join(data, 'master.key'), key);
  assert.deepEqual(readdirSync(data).filter((name) => /part|restoring/.test(name)), []);
  await server.restart();
  client = new Client(server.url);
  assert.equal((await me(access_token)).status, 200, 'nothing has changed');
});

test(`R-01: a restore killed at ${KILLS} moments is the old database, the new one, or made again`, async () => {
  await server.stop({ keep: true });
  const serves = async () => {
    const answer = await run('user', 'list', '--json');
    if (answer.code !== 0) assert.match(answer.stderr, /was cut off: run the same uauth restore again/);
    return answer.code === 0 && answer.json.some((user) => user.email === ADA);
  };
  for (let i = 0; i < KILLS; i++) {
    const child = spawn(binary, ['restore', backup('then.db')], { env: { ...process.env, ...CHEAP, AUTH_DATA_DIR: data }, stdio: 'ignore' });
    const ended = new Promise((done) => child.on('close', done));
    await new Promise((done) => setTimeout(done, 40 + (i * 500) / KILLS));
    child.kill('SIGKILL');
    await ended;
    if (!(await serves())) {
      await restored(backup('then.db'));
      assert.ok(await serves());
    }
  }
  await restored(backup('then.db'));
  assert.deepEqual(readdirSync(data).filter((name) => /[.]part|restoring/.test(name)), [], 'nothing is left of the killed ones');
  await server.restart();
  client = new Client(server.url);
  await signIn(client, ADA);
});

test('a backup goes to another machine with its master key, and is not used without the log', async () => {
  const other = mkdtempSync(join(tmpdir(), 'uauth-other-'));
  copyFileSync(join(data, 'master.key'), join(other, 'master.key'));
  const there = (...args) => command(args, { data: other, env: CHEAP });
  const refused = await there('restore', backup('then.db'));
  assert.match(refused.stderr, /erased.log.* is missing/);
  const done = await there('restore', '--json', '--erasures', join(data, 'erased.log'), backup('then.db'));
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual([done.json.erased_again, done.json.old_database], [2, null]);
  const users = await there('user', 'list', '--json');
  assert.deepEqual(users.json.filter((user) => user.status === 'active').map((user) => user.email), [ADA]);
  assert.equal(readFileSync(join(other, 'erased.log'), 'utf8').trim().split('\n').length, 2);
  rmSync(other, { recursive: true });
});
