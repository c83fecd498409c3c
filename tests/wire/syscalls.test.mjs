// SPDX-License-Identifier: Apache-2.0
// the kernel refuses.  Each system call that serving needs fails a few times with each errno that it may
// give, under a service that is asked to sign people in, to refresh and to write.  Nothing crashes, nobody gets in who
// should not, what was acknowledged is there after a restart, and unless the disk lied it recovers by itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, PASSWORD, signIn } from './client.mjs';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { until } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: '4' };
const EMAIL = 'ada@example.com';

// call, errno, how many times.  Memory is not among them (tests/flow/memory_test.c), since the sanitizer needs its own, nor
// is EAGAIN, which the kernel does not say after it has said that there is something.
const MOMENTS = [
  ['pwrite64', 'EIO', 3], ['pwrite64', 'ENOSPC', 3], ['pread64', 'EIO', 3],
  ['fcntl', 'EIO', 3], ['fcntl', 'ENOLCK', 3], ['flock', 'EINTR', 3], ['flock', 'ENOLCK', 3],
  ['accept4', 'EMFILE', 5], ['accept4', 'ECONNABORTED', 5], ['accept4', 'EINTR', 5], ['accept4', 'ENOMEM', 5],
  ['epoll_wait', 'EINTR', 20], ['epoll_ctl', 'ENOMEM', 3],
  ['recvfrom', 'ECONNRESET', 3], ['recvfrom', 'EINTR', 20], ['sendto', 'EPIPE', 3], ['sendto', 'EINTR', 20], ['getrandom', 'EINTR', 20],
];
const LIES = [['fdatasync', 'EIO', 1], ['fdatasync', 'ENOSPC', 1]];

// Lets the next `times` of `call` in the process fail, until the answer is called; one has to have failed.
async function inject(pid, call, errno, times) {
  const seen = join(tmpdir(), `uauth-strace-${pid}`);
  const child = spawn('strace', ['-f', '-q', '-p', String(pid), '-o', seen, '-e', `trace=${call}`, '-e', `inject=${call}:error=${errno}:when=1..${times}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const ended = new Promise((done) => child.on('exit', done));
  await new Promise((done) => setTimeout(done, 300));
  assert.equal(child.exitCode, null, said);
  return async () => {
    child.kill('SIGINT');
    await ended;
    assert.match(readFileSync(seen, 'utf8'), /INJECTED/);
    rmSync(seen);
  };
}

// On a connection of its own; one that does not come about in time is no answer.
const anew = (url) => new Promise((done) => {
  const request = http.get(url, { agent: false, timeout: 5000 }, (answer) => answer.resume().on('end', () => done({ status: answer.statusCode })));
  request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', () => done({ status: 0 }));
});

const answered = async (work) => {
  try {
    return (await work()).status;
  } catch (error) { // the connection broke: the client knows nothing
    assert.ok(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'ECONNREFUSED'].includes(error.cause?.code), String(error.cause ?? error));
    return 0;
  }
};

// What the service is asked while calls fail; the last name that it has acknowledged, and those of which nobody knows.
async function ask(client, tokens) {
  const state = { acknowledged: null, unknown: [], refresh: tokens.refresh_token, statuses: new Set() };
  for (let i = 0; i < 3; i++) {
    const full_name = `Name ${i}`;
    const renamed = await answered(() => client.put('/auth/me', { full_name }, { token: tokens.access_token }));
    if (renamed === 200) Object.assign(state, { acknowledged: full_name, unknown: [] });
    else state.unknown.push(full_name);
    state.statuses.add(renamed);
    state.statuses.add(await answered(() => client.post('/auth/login', { email: EMAIL, password: PASSWORD })));
    const wrong = await answered(() => client.post('/auth/login', { email: EMAIL, password: 'Wrong-horse-7-battery' }));
    assert.notEqual(wrong, 200, 'a failing kernel opens no door');
    state.statuses.add(wrong);
    state.statuses.add(await answered(() => anew(`${client.url}/.well-known/jwks.json`)));
  }
  return state;
}

// A service and somebody who is signed in.  A tracer will be there already: the leak check at the end needs to be one.
async function begin() {
  const server = await startServer({ env: { ...CHEAP, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:detect_leaks=0` } });
  const made = await command(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--password-stdin'], { data: server.data, env: CHEAP, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  const client = new Client(server.url);
  return { server, client, tokens: await signIn(client, EMAIL) };
}

async function suffer({ server, client, tokens }, [call, errno, times]) {
  const restore = await inject(server.pid, call, errno, times);
  const state = await ask(client, tokens);
  await restore();
  const odd = [...state.statuses].filter((status) => ![0, 200, 401, 500, 503].includes(status));
  assert.deepEqual(odd, [], `${call} ${errno}`);
  return state;
}

// After a restart the name is the last that was acknowledged, or one of which nobody knows.
async function assertKept({ server, client }, { acknowledged, unknown }) {
  await server.restart();
  const { full_name } = (await client.get('/auth/me', { token: (await signIn(client, EMAIL)).access_token })).json;
  assert.ok([acknowledged ?? 'Ada L.', ...unknown].includes(full_name), `${full_name} of ${acknowledged}, ${unknown}`);
  await server.stop();
}

test('R-04, R-05: calls that fail for a moment: it recovers by itself', async (t) => {
  const service = await begin();
  const rename = (full_name) => answered(() => service.client.put('/auth/me', { full_name }, { token: service.tokens.access_token }));
  for (const fault of MOMENTS)
    await t.test(`${fault[2]} times ${fault[1]} of ${fault[0]}`, async () => {
      await suffer(service, fault);
      await until(async () => await rename(`After ${fault[0]}`) === 200, `it recovers from ${fault}`);
    });
  await assertKept(service, { acknowledged: 'After getrandom', unknown: [] });
});

for (const fault of LIES)
  test(`R-04: ${fault[1]} of ${fault[0]}: what is not known to be on the disk is not acknowledged, nor anything after it`, async () => {
    const service = await begin();
    const state = await suffer(service, fault);
    assert.ok(state.statuses.has(503));
    assert.equal((await service.client.put('/auth/me', { full_name: 'Never' }, { token: service.tokens.access_token })).status, 503);
    assert.equal((await service.client.get('/readyz')).status, 503);
    await assertKept(service, state);
  });
