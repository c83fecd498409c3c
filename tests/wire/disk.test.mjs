// SPDX-License-Identifier: Apache-2.0
// AU-04: a disk that takes nothing more.  What has to be written is answered with 503, what is only read
// goes on, nothing acknowledged is lost, and it recovers without a restart.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, PASSWORD, assertProblem, signIn } from './client.mjs';
import { command } from './command.mjs';
import { freePort, startServer } from './server.mjs';
import { until } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const EMAIL = 'ada@example.com';

async function begin(data, more = {}) {
  const server = await startServer({ data, env: { ...CHEAP, ...more } });
  const client = new Client(server.url);
  const made = await command(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--password-stdin'], { data: server.data, env: CHEAP, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  return { server, client, tokens: await signIn(client, EMAIL) };
}

const rename = (client, token, full_name) => client.put('/auth/me', { full_name }, { token });

// While nothing can be written: who asks for a write is told so, who reads is served.
async function assertServesReads(client, token, name) {
  const refused = await rename(client, token, 'Nobody');
  assertProblem(refused, 503, 'unavailable');
  assert.ok(refused.headers.get('retry-after'), 'a 503 says when to come back');
  assertProblem(await client.post('/auth/login', { email: EMAIL, password: PASSWORD }), 503, 'unavailable');
  assert.equal((await client.get('/.well-known/jwks.json')).status, 200);
  assert.equal((await client.get('/healthz')).status, 200);
  assert.equal((await client.get('/auth/me', { token })).json.full_name, name);
  const ready = await client.get('/readyz');
  assert.equal(ready.status, 503);
  assert.equal(ready.json.database, 'unavailable');
}

async function assertRecovers(client, token) {
  await until(async () => (await client.get('/readyz')).status === 200, 'it is ready again', 5000);
  assert.equal((await rename(client, token, 'Ada again')).status, 200);
  assert.equal((await client.get('/auth/me', { token })).json.full_name, 'Ada again');
  assert.ok((await signIn(client, EMAIL)).access_token);
}

test('files that may not grow: writes are 503, reads go on, it recovers by itself', async () => {
  const { server, client, tokens: { access_token: token } } = await begin();
  const limit = (to) => execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${to}:unlimited`]);
  assert.equal((await rename(client, token, 'Ada before')).status, 200);
  limit(4096);
  for (let round = 0; round < 5; round++) await assertServesReads(client, token, 'Ada before');
  limit('unlimited');
  await assertRecovers(client, token);
  await server.restart();
  assert.equal((await client.get('/auth/me', { token })).json.full_name, 'Ada again');
  await server.stop();
});

// A small file system of its own, which only root can make.
function mount(t, size) {
  const at = mkdtempSync(join(tmpdir(), 'uauth-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', at], { stdio: 'pipe' });
  } catch {
    rmdirSync(at);
    t.skip('no file system can be mounted here');
    return null;
  }
  return at;
}
function unmount(at) {
  execFileSync('umount', ['-l', at]);
  rmdirSync(at);
}

// DO-14
test('a full disk: writes are 503, reads go on, it recovers when there is room', async (t) => {
  const at = mount(t, '6m');
  if (at === null) return;
  try {
    const { server, client, tokens: { access_token: token } } = await begin(at);
    const filler = join(at, 'filler');
    const { bavail, bsize } = statfsSync(at);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    // What room the log still has is used up; the last name that was acknowledged is the one that counts.
    let name = 'Ada L.', status = 200;
    for (let i = 0; i < 2000 && status === 200; i++) {
      status = (await rename(client, token, `Ada ${i}`)).status;
      if (status === 200) name = `Ada ${i}`;
    }
    assert.equal(status, 503);
    for (let round = 0; round < 3; round++) await assertServesReads(client, token, name);
    rmSync(filler);
    await assertRecovers(client, token);
    await server.stop({ keep: true });
    const shown = await command(['user', 'show', EMAIL, '--json'], { data: at, env: CHEAP });
    assert.equal(shown.json?.full_name, 'Ada again', shown.stderr);
  } finally {
    unmount(at);
  }
});

// What a file system that became read-only answers to each of these (EROFS), until the returned function is called.  One
// that has files open for writing cannot be remounted so, except by the kernel after an error; hence the debugger's way.
// Resolves to null where a running program may not be traced.
async function makeReadOnly(t, server) {
  const calls = 'pwrite64,pwritev,ftruncate,fallocate,unlink,unlinkat,rename,renameat,mkdir,mkdirat,link,symlink';
  const strace = spawn('strace', ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=EROFS`, '-p', String(server.pid)], { stdio: 'ignore' });
  let ended = false;
  const closed = new Promise((done) => {
    for (const event of ['error', 'close']) strace.on(event, () => { ended = true; done(); });
  });
  const traced = (task) => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${server.pid}/task/${task}/status`, 'utf8'));
  await until(() => ended || readdirSync(`/proc/${server.pid}/task`).every(traced), 'every thread is traced');
  if (ended) {
    t.skip('strace is not here or may not trace');
    return null;
  }
  return () => { strace.kill('SIGTERM'); return closed; };
}

// R-07, DO-14
test('a folder that becomes read-only under the server: writes are 503, reads go on, it recovers by itself', async (t) => {
  const { server, client, tokens: { access_token: token } } = await begin();
  assert.equal((await rename(client, token, 'Ada before')).status, 200);
  const makeWritable = await makeReadOnly(t, server);
  if (makeWritable !== null) {
    for (let round = 0; round < 5; round++) await assertServesReads(client, token, 'Ada before');
    await makeWritable();
    await assertRecovers(client, token);
    await server.restart();
    assert.equal((await client.get('/auth/me', { token })).json.full_name, 'Ada again');
  }
  await server.stop();
});

// R-13, DO-14: what of it cannot be written at once is dropped and counted; a service that waits for its log is down.
test('a log that nobody reads holds nothing up, and goes on when it is read again', async () => {
  const metrics = await freePort();
  const { server, client, tokens: { access_token: token } } = await begin(undefined, { AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}` });
  const dropped = async () => Number(/^uauth_log_lines_dropped_total (\d+)$/m.exec(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())[1]);
  server.child.stderr.pause();
  assert.equal(await dropped(), 0);
  await until(async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.get('/auth/me', { token })));
    assert.ok(answers.every(({ status }) => status === 200));
    return await dropped() > 0;
  }, 'lines are dropped', 60000);
  assert.equal((await rename(client, token, 'Ada unheard')).status, 200);
  server.child.stderr.resume();
  await until(async () => {
    const id = (await client.get('/auth/me', { token })).headers.get('x-request-id');
    return server.log.includes(id);
  }, 'the log goes on');
  const whole = server.log.split('\n').slice(0, -1).filter((line) => line.startsWith('{'));
  for (const line of whole) assert.doesNotThrow(() => JSON.parse(line), line);
  await server.stop();
});

test('a folder that can only be read is refused at the start, with the reason', async (t) => {
  const at = mount(t, '6m');
  if (at === null) return;
  try {
    const { server } = await begin(at);
    await server.stop({ keep: true });
    execFileSync('mount', ['-o', 'remount,ro', at]);
    const refused = await command(['serve'], { data: at, env: { ...CHEAP, AUTH_LISTEN: '127.0.0.1:0' }, cwd: '/tmp' });
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /read-only|Read-only/i);
    execFileSync('mount', ['-o', 'remount,rw', at]);
    const shown = await command(['user', 'list', '--json'], { data: at, env: CHEAP });
    assert.equal(shown.json?.length, 1, shown.stderr);
  } finally {
    unmount(at);
  }
});
