// SPDX-License-Identifier: Apache-2.0
// What an operator does with a service that runs: starts and ends it, changes its settings, works beside it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client, PASSWORD, assertProblem, signIn } from './client.mjs';
import { command } from './command.mjs';
import { Server, binary, freePort, startServer } from './server.mjs';
import { until } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const EMAIL = 'ada@example.com';
const folder = () => mkdtempSync(join(tmpdir(), 'uauth-wire-'));

const addUser = (data, more = [], env = CHEAP) =>
  command(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--password-stdin', '--json', ...more], { data, env, input: `${PASSWORD}\n` });

test('every command tells what it does, and a wrong line is answered with code 2', async () => {
  const { stdout } = await command(['--help']);
  const names = [...stdout.matchAll(/^ {2}([a-z-]+(?: [a-z-]+)?) {2,}\S/gm)].map((found) => found[1]);
  assert.ok(names.length > 15, stdout);
  await Promise.all(names.map(async (name) => {
    const help = await command([...name.split(' '), '--help']);
    assert.equal(help.code, 0, help.stderr);
    assert.ok(help.stdout.startsWith(`uauth ${name}`), help.stdout);
    const wrong = await command([...name.split(' '), '--no-such-option']);
    assert.equal(wrong.code, 2, `${name}: ${wrong.stderr}`);
    assert.match(wrong.stderr, /--no-such-option/);
    assert.equal(wrong.stdout, '');
  }));
});

test('what cannot be printed to its end is a failure that is told, short or long', async () => {
  const data = folder();
  assert.equal((await command(['init'], { data })).code, 0);
  const run = (stdout, ...args) => new Promise((done) => {
    const child = spawn(binary, args, { cwd: data, env: { PATH: process.env.PATH, AUTH_DATA_DIR: data }, stdio: ['ignore', stdout, 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.on('close', (code) => done({ code, stderr }));
    child.stdout?.destroy();
  });
  const full = openSync('/dev/full', 'w');
  for (const args of [['describe', 'openapi.json'], ['export'], ['user', 'list'], ['--help'], ['serve', '--help']]) {
    const { code, stderr } = await run(full, ...args);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /could not be written to its end/, args.join(' '));
  }
  closeSync(full);
  // Nobody reads it to its end: that is known where it is wanted so.
  assert.equal((await run('pipe', 'describe', 'openapi.json')).stderr, '');
});

test('a secret on the command line is refused, and in the list of settings it is not shown', async () => {
  const secret = 'CANARY-0123456789-0123456789-0123456789';
  const refused = await command(['config', '--session-secret', secret]);
  assert.equal(refused.code, 2);
  assert.ok(!refused.stderr.includes(secret), refused.stderr);
  const shown = await command(['config'], { env: { AUTH_SESSION_SECRET: secret, AUTH_SMTP_URL: 'smtp://ada:CANARY-mail@localhost' } });
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(!shown.stdout.includes('CANARY'), shown.stdout);
});

test('a first start makes its folder for itself alone; the setup code works once and its file goes', async () => {
  const above = folder();
  const server = await startServer({ data: above, env: { ...CHEAP, AUTH_DATA_DIR: join(above, 'data') } });
  const data = join(above, 'data');
  const client = new Client(server.url);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  for (const name of readdirSync(data)) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name);
  const code = readFileSync(join(data, 'setup-code'), 'utf8').trim();
  server.forbid(code);
  assert.match(server.log, /setup-code/);
  const body = { setup_code: code, email: EMAIL, password: PASSWORD, full_name: 'Ada L.' };
  const made = await client.post('/auth/setup', body);
  assert.equal(made.status, 201, made.text);
  assertProblem(await client.post('/auth/setup', body), 403, 'forbidden');
  assert.equal((await command(['user', 'list', '--json'], { data })).json[0].email, EMAIL);
  await until(() => !existsSync(join(data, 'setup-code')), 'the file of the code is gone', 15000);
  await server.restart();
  assert.ok(!existsSync(join(data, 'setup-code')));
  await server.stop();
});

test('a user made by a command signs in; tokens and sessions outlive a restart', async () => {
  const data = folder();
  assert.equal((await command(['init'], { data, env: CHEAP })).code, 0);
  const made = await addUser(data, ['--role', 'admin']);
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(made.json.roles, ['admin']);
  const again = await addUser(data);
  assert.equal(again.code, 1);
  assert.equal(JSON.parse(again.stderr).error, 'conflict');
  const server = await startServer({ data, env: CHEAP });
  const client = new Client(server.url);
  const browser = new Client(server.url, { jar: true });
  const tokens = await signIn(client, EMAIL);
  await signIn(browser, EMAIL, { mode: 'session' });
  await server.restart();
  assert.equal((await client.get('/auth/me', { token: tokens.access_token })).status, 200);
  assert.equal((await browser.get('/auth/me')).status, 200);
  assert.equal((await client.post('/auth/refresh', { refresh_token: tokens.refresh_token })).status, 200);
  const verified = await command(['token', 'verify', '--json'], { data, env: { ...CHEAP, AUTH_PUBLIC_URL: server.url }, input: tokens.access_token });
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal(verified.json.sub, made.json.id);
  const forged = await command(['token', 'verify'], { data, env: { ...CHEAP, AUTH_PUBLIC_URL: server.url }, input: `${tokens.access_token}x` });
  assert.equal(forged.code, 1);
  await server.stop();
});

test('what a command changes holds in the running server within a second', async () => {
  const server = await startServer({ env: CHEAP });
  const client = new Client(server.url);
  const { data } = server;
  assert.equal((await addUser(data)).code, 0);
  const { access_token: token } = await signIn(client, EMAIL);
  assert.equal((await client.get('/auth/me', { token })).status, 200);
  assert.equal((await command(['user', 'disable', EMAIL], { data })).code, 0);
  await until(async () => (await client.get('/auth/me', { token })).status === 401, 'the token is refused', 1500);
  assertProblem(await client.post('/auth/login', { email: EMAIL, password: PASSWORD }), 401, 'invalid-credentials');
  assert.equal((await command(['user', 'enable', EMAIL], { data })).code, 0);
  const { access_token: second } = await signIn(client, EMAIL);
  const [{ kid: old }] = (await client.get('/.well-known/jwks.json')).json.keys;
  const rotated = await command(['key', 'rotate', '--emergency', '--json'], { data, env: CHEAP });
  assert.equal(rotated.code, 0, rotated.stderr);
  await until(async () => !(await client.get('/.well-known/jwks.json')).text.includes(old), 'the old key is gone');
  assert.equal((await client.get('/auth/me', { token: second })).status, 401);
  assert.equal((await client.get('/auth/me', { token: (await signIn(client, EMAIL)).access_token })).status, 200);
  await server.stop();
});

test('SIGHUP takes new settings up, and keeps the old ones where the new are wrong', async () => {
  const data = folder();
  const file = join(data, 'uauth.conf');
  writeFileSync(file, 'registration = open\n');
  const server = await startServer({ data, env: CHEAP, args: ['--config', file] });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const register = (email) => new Promise((done, failed) => {
    const body = JSON.stringify({ email, password: PASSWORD, full_name: 'Ada L.' });
    const request = http.request(`${server.url}/auth/register`, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume().on('end', () => done({ status: response.statusCode, reused: request.reusedSocket }));
    });
    request.on('error', failed).end(body);
  });
  const reload = async (outcome) => {
    const before = server.log.split(`"outcome":"${outcome}"`).length;
    server.child.kill('SIGHUP');
    await until(() => server.log.split(`"outcome":"${outcome}"`).length > before, `the reload is ${outcome}`);
  };
  assert.equal((await register('one@example.com')).status, 201);
  writeFileSync(file, 'registration = closed\n');
  await reload('done');
  assert.deepEqual(await register('two@example.com'), { status: 403, reused: true });
  for (const wrong of ['registration = opne\n', 'nonsense\n', 'tls_cert = /nonexistent\ntls_key = /nonexistent\n', 'jwt_private_key_path = /nonexistent\n']) {
    writeFileSync(file, wrong);
    await reload('refused');
    assert.deepEqual(await register('three@example.com'), { status: 403, reused: true });
  }
  writeFileSync(file, 'registration = open\nworkers = 9\n');
  await reload('done');
  assert.match(server.log, /AUTH_WORKERS","value":"0","next":"9"/);
  assert.deepEqual(await register('four@example.com'), { status: 201, reused: true });
  agent.destroy();
  await server.stop();
});

test('a key with a passphrase is refused, and nobody is asked for it', async () => {
  const data = folder();
  const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(data, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-passout', 'pass:a-secret', '-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  for (const env of [
    { AUTH_TLS_CERT: cert, AUTH_TLS_KEY: key, AUTH_PUBLIC_URL: 'https://localhost' },
    { AUTH_REDIS_URL: 'rediss://localhost:1', AUTH_REDIS_CERT: cert, AUTH_REDIS_KEY: key },
  ]) {
    const child = spawn(binary, ['serve'], { cwd: data, detached: true, env: { PATH: process.env.PATH, AUTH_DATA_DIR: data, AUTH_LISTEN: '127.0.0.1:0', ...env } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
    child.stdin.on('error', () => {}).write('a-secret\n');
    const late = setTimeout(() => child.kill('SIGKILL'), 10000);
    const code = await new Promise((done) => { child.on('close', done); });
    clearTimeout(late);
    assert.ok(code !== 0 && code !== null, said);
    assert.match(said, /without a passphrase/);
    assert.ok(said.includes(key) && !/pass phrase:/.test(said), said);
  }
  rmSync(data, { recursive: true, force: true });
});

test('SIGTERM lets the request under way end', async () => {
  const server = await startServer({ env: { ...CHEAP, AUTH_ARGON2_TIME: '4', AUTH_ARGON2_MEMORY_KIB: '65536' } });
  const client = new Client(server.url);
  assert.equal((await addUser(server.data, [], { ...CHEAP, AUTH_ARGON2_TIME: '4', AUTH_ARGON2_MEMORY_KIB: '65536' })).code, 0);
  const answer = client.post('/auth/login', { email: EMAIL, password: PASSWORD });
  await new Promise((done) => setTimeout(done, 100));
  server.child.kill('SIGTERM');
  assert.equal((await answer).status, 200);
  await server.stop();
});

// CR-17
test('another master key, and a lost one, are refused; the right one serves on', async () => {
  const server = await startServer({ env: CHEAP });
  const { data } = server;
  const key = join(data, 'master.key');
  await server.stop({ keep: true });
  const right = readFileSync(key);
  const serve = () => command(['serve'], { data, env: { ...CHEAP, AUTH_LISTEN: '127.0.0.1:0' } });
  writeFileSync(key, `${randomBytes(32).toString('hex')}\n`);
  const wrong = await serve();
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /is not the key that the database was sealed with/);
  renameSync(key, `${key}.away`);
  const lost = await serve();
  assert.equal(lost.code, 1);
  assert.match(lost.stderr, /put the file back from a backup/);
  assert.ok(!existsSync(key));
  writeFileSync(key, right, { mode: 0o644 });
  const open = await serve();
  assert.equal(open.code, 1);
  assert.match(open.stderr, /chmod 600/);
  rmSync(key);
  writeFileSync(key, right, { mode: 0o600 });
  await server.restart();
  await server.stop();
});

test('a second server on the same folder is refused and the first serves on', async () => {
  const server = await startServer({ env: CHEAP });
  const second = await command(['serve'], { data: server.data, env: { ...CHEAP, AUTH_LISTEN: '127.0.0.1:0' } });
  assert.equal(second.code, 1);
  assert.match(second.stderr, /another server/);
  const taken = await command(['serve'], { data: folder(), env: { ...CHEAP, AUTH_LISTEN: `127.0.0.1:${server.port}` } });
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /cannot listen/);
  assert.equal((await new Client(server.url).get('/readyz')).status, 200);
  await server.stop();
});

const overSocket = (socketPath, path) => new Promise((done, failed) => {
  http.get({ socketPath, path, headers: { host: 'localhost' } }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => done({ status: response.statusCode, text }));
  }).on('error', failed);
});

// SU-04
test('it listens on several addresses, also a socket file, and tells its figures on one of their own', async () => {
  const data = folder();
  const port = await freePort();
  const metrics = await freePort();
  const socket = join(data, 'uauth.sock');
  const server = new Server({ port, data, args: [], env: { ...CHEAP, AUTH_LISTEN: `127.0.0.1:${port}, unix:${socket}`, AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}` } });
  await server.start();
  assert.equal((await overSocket(socket, '/readyz')).status, 200);
  assert.equal((await fetch(`${server.url}/metrics`)).status, 404);
  const figures = await fetch(`http://127.0.0.1:${metrics}/metrics`);
  assert.equal(figures.status, 200);
  assert.match(await figures.text(), /^uauth_connections_open \d+$/m);
  assert.equal((await fetch(`http://127.0.0.1:${metrics}/auth/me`)).status, 404);
  await server.stop({ keep: true });
  assert.ok(!existsSync(socket));
  rmSync(data, { recursive: true });
});

test('a socket that is handed in is served, as systemd does it', async () => {
  const listening = net.createServer();
  await new Promise((done) => listening.listen(0, '127.0.0.1', done));
  const { port } = listening.address();
  const data = folder();
  const server = new Server({ port, data, args: [], env: { ...CHEAP } });
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ exec "$0" serve', binary], {
    cwd: data, env: { PATH: process.env.PATH, ...server.env, AUTH_LISTEN: '127.0.0.1:1', LISTEN_FDS: '1', ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '' },
    stdio: ['ignore', 'pipe', 'pipe', listening._handle.fd],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const ended = new Promise((done) => { child.on('close', (code) => done(code)); });
  await until(() => /"serving"/.test(log) || child.exitCode !== null, 'it serves or has ended');
  listening.close();
  assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200, log);
  child.kill('SIGTERM');
  assert.equal(await ended, 0, log);
  rmSync(data, { recursive: true });
});

// RL-01
test('the address in a PROXY header counts from a trusted proxy, and only from one', async () => {
  const server = await startServer({ env: { ...CHEAP, AUTH_PROXY_PROTOCOL: 'on', AUTH_TRUSTED_PROXIES: '127.0.0.2/32' } });
  const ask = (from) => new Promise((done, failed) => {
    const header = Buffer.from('0d0a0d0a000d0a515549540a2111000c' + 'cb007109' + '7f000001' + '3039' + '0050', 'hex');
    const socket = net.connect({ host: '127.0.0.1', port: server.port, localAddress: from }, () => {
      socket.write(Buffer.concat([header, Buffer.from('GET /nothing-here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')]));
    });
    let text = '';
    socket.setEncoding('latin1').on('data', (part) => { text += part; }).on('close', () => done(text)).on('error', failed);
  });
  assert.match(await ask('127.0.0.2'), /^HTTP\/1.1 404 /);
  await until(() => server.log.includes('"peer":"203.0.113.9"'), 'the log has the address');
  assert.match(await ask('127.0.0.3'), /^HTTP\/1.1 400 /);
  await server.stop();
});

// No thread is made after the start; and memory of the process is nobody's to read (CR-06), nor what it has open (ME-19).
test('work makes no thread, a crash leaves no core, and no program would inherit what is open', async () => {
  const server = await startServer({ env: CHEAP });
  const client = new Client(server.url);
  const threads = () => readdirSync(`/proc/${server.pid}/task`).length;
  assert.equal((await addUser(server.data)).code, 0);
  const before = threads();
  await Promise.all(Array.from({ length: 8 }, () => signIn(client, EMAIL)));
  await client.post('/auth/forgot-password', { email: EMAIL });
  await Promise.all(Array.from({ length: 50 }, () => client.get('/.well-known/jwks.json')));
  assert.equal(threads(), before);
  assert.match(readFileSync(`/proc/${server.pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
  assert.deepEqual(server.inherited(), []);
  assert.ok(readdirSync(`/proc/${server.pid}/fd`).length > 20, 'its database is among them');
  await server.stop();
});

// ME-21, R-19
test('it starts, reloads and ends again and again under load, and nothing is left or lost', async () => {
  const server = await startServer({ env: CHEAP });
  const client = new Client(server.url);
  assert.equal((await addUser(server.data)).code, 0);
  for (let round = 0; round < 6; round++) {
    let ends = false;
    const statuses = new Set();
    const load = Array.from({ length: 4 }, async (_, i) => {
      while (!ends) {
        try {
          statuses.add((await (i % 2 ? client.get('/auth/me', { token: 'x' }) : client.get('/.well-known/jwks.json'))).status);
        } catch {
          return; // It has ended.
        }
      }
    });
    const fds = () => readdirSync(`/proc/${server.pid}/fd`).length;
    const reload = async () => {
      for (let i = 0; i < 20; i++) {
        server.child.kill('SIGHUP');
        await new Promise((done) => setTimeout(done, 5));
      }
      await client.get('/readyz');
    };
    // Who works for the first time opens what it needs: the first reloads are not counted.
    await reload();
    const before = fds();
    await reload();
    await until(() => fds() <= before + 8, 'descriptors are given back');
    await signIn(client, EMAIL);
    await server.stop({ keep: true });
    ends = true;
    await Promise.all(load);
    assert.deepEqual([...statuses].sort(), [200, 401]);
    await server.restart();
  }
  await server.stop();
});
