// SPDX-License-Identifier: Apache-2.0
// The unit of the system manager gives the service little of the machine, and the service needs no more than it
// gives.  packaging/test_deb.sh runs it under a real one; here its words are compared with what the program does.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Client, PASSWORD, signIn } from './client.mjs';
import { command } from './command.mjs';
import { binary, freePort } from './server.mjs';
import { within } from './until.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const UNIT = join(root, 'packaging/uauth.service');
const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const has = (tool) => spawnSync(tool, ['--version']).status === 0 || spawnSync(tool, ['-V']).status === 0;
const missing = (...tools) => tools.filter((tool) => !has(tool)).map((tool) => `there is no ${tool}`).join(', ') || false;

const directives = (name, text = readFileSync(UNIT, 'utf8')) => [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map((match) => match[1]);

// SU-11
test('the system manager gives the unit an exposure of 1.5 at most', { skip: missing('systemd-analyze') }, () => {
  const analyze = (unit) => spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', '--threshold=15', unit], { encoding: 'utf8' });
  const found = analyze(UNIT);
  assert.equal(found.status, 0, found.stdout + found.stderr);
  const folder = mkdtempSync(join(tmpdir(), 'uauth-unit-'));
  writeFileSync(join(folder, 'uauth.service'), readFileSync(UNIT, 'utf8').replace(/^(SystemCall|Protect|Capability|Restrict).*$/gm, ''));
  assert.notEqual(analyze(join(folder, 'uauth.service')).status, 0, 'a unit without restrictions is noticed');
  rmSync(folder, { recursive: true });
});

test('the unit says who it is, what is its own, and that it may be watched', () => {
  const is = (name, value) => assert.deepEqual(directives(name), [value], name);
  for (const [name, value] of Object.entries({
    Type: 'notify', User: 'uauth', StateDirectory: 'uauth', StateDirectoryMode: '0700', UMask: '0077', Restart: 'on-failure', NoNewPrivileges: 'yes',
    CapabilityBoundingSet: '', AmbientCapabilities: '', ProtectSystem: 'strict', MemoryDenyWriteExecute: 'yes', LimitCORE: '0', NoExecPaths: '/', MemorySwapMax: '0',
  })) is(name, value);
  assert.ok(Number(directives('WatchdogSec')[0]) >= 30, 'longer than the slowest turn of a job');
});

// ---- system calls ----

// The calls of a set, or the call itself.
function calls(word) {
  if (!word.startsWith('@')) return [word];
  const text = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager', word], { encoding: 'utf8' });
  return text.split('\n').slice(1).map((line) => line.trim()).filter((line) => line && !line.startsWith('#')).flatMap(calls);
}

// What is left after all lines of the filter, as the system manager reads them: each adds, or with ~ takes away.
function allowedBy(lines) {
  const allowed = new Set();
  for (const line of lines)
    for (const name of line.replace(/^~/, '').split(/\s+/).flatMap(calls))
      if (line.startsWith('~')) allowed.delete(name);
      else allowed.add(name);
  return allowed;
}

const until = within(60000, 50);

// The whole life of a service under strace: a first start, people, a reload, an end.  LeakSanitizer cannot run there.
async function traced(folder) {
  const data = join(folder, 'data'), trace = join(folder, 'trace'), port = await freePort(), metrics = await freePort();
  const url = `http://localhost:${port}`;
  const env = { ...CHEAP, PATH: process.env.PATH, AUTH_DATA_DIR: data, AUTH_LISTEN: `127.0.0.1:${port},unix:${folder}/socket`, AUTH_PUBLIC_URL: url, AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}`, AUTH_SMTP_URL: 'smtp://localhost:9', ASAN_OPTIONS: 'detect_leaks=0' };
  const child = spawn('strace', ['-f', '-qq', '-o', trace, binary, 'serve'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const ended = new Promise((done) => { child.on('close', done); });
  await until(async () => child.exitCode !== null || await fetch(`${url}/readyz`).then((answer) => answer.status === 200, () => false), 'it is ready');
  assert.equal(child.exitCode, null, log);
  const client = new Client(url);
  assert.equal((await command(['user', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--password-stdin'], { data, env: CHEAP, input: PASSWORD })).code, 0);
  const { access_token: token, refresh_token } = await signIn(client, 'ada@example.com');
  assert.equal((await client.get('/auth/me', { token })).status, 200);
  assert.equal((await client.post('/auth/refresh', { refresh_token })).status, 200);
  assert.equal((await client.post('/auth/register', { email: 'b@example.com', password: PASSWORD, full_name: 'B' })).status, 201);
  assert.equal((await fetch(`http://127.0.0.1:${metrics}/metrics`)).status, 200);
  const served = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).trim();
  process.kill(Number(served), 'SIGHUP');
  await until(() => log.includes('"outcome":"done"'), 'it has read its settings anew');
  await until(() => /"msg":"[^"]*mail/.test(log), 'a mail was tried');
  process.kill(Number(served), 'SIGTERM');
  assert.equal(await ended, 0, log);
  return readFileSync(trace, 'utf8');
}

// SU-11
test('the service calls the system for nothing that the unit refuses', { skip: missing('systemd-analyze', 'strace') }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-unit-'));
  const lines = (await traced(folder)).split('\n');
  rmSync(folder, { recursive: true });
  const allowed = allowedBy(directives('SystemCallFilter'));
  for (const name of ['read', 'clone3', 'setpriority', 'sched_setattr', 'fdatasync', 'accept4']) assert.ok(allowed.has(name), `${name} is allowed`);
  for (const name of ['ptrace', 'mount', 'bpf', 'io_uring_setup', 'setuid', 'chown', 'sched_setaffinity', 'keyctl']) assert.ok(!allowed.has(name), `${name} is refused`);
  const used = new Map();
  for (const line of lines) {
    const call = /^\d+ +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)/.exec(line);
    if (call && !used.has(call[1])) used.set(call[1], line);
  }
  assert.ok(used.size > 40 && used.has('accept4'), `only ${used.size} different calls were seen`);
  // SQLite gives new files to the owner of the database when it runs as root, and only then.
  if (process.getuid() === 0) used.delete('fchown');
  const refused = [...used].filter(([name]) => !allowed.has(name)).map(([, line]) => line);
  assert.deepEqual(refused, []);
  // MemoryDenyWriteExecute=, and RestrictAddressFamilies=.
  assert.deepEqual(lines.filter((line) => /\b(mmap|mprotect|pkey_mprotect)\(.*PROT_WRITE\|PROT_EXEC/.test(line) || /\bmprotect\(.*PROT_EXEC/.test(line)), []);
  const families = new Set(lines.map((line) => /\bsocket(?:pair)?\((AF_\w+)/.exec(line)?.[1]).filter(Boolean));
  const granted = new Set(directives('RestrictAddressFamilies')[0].split(' '));
  assert.ok(families.has('AF_INET') && families.has('AF_UNIX'));
  // Looking names up asks the kernel for this machine's addresses, and does without when it is refused.
  families.delete('AF_NETLINK');
  assert.deepEqual([...families].filter((family) => !granted.has(family)), []);
  // Nothing is executed but the program itself.
  assert.equal(lines.filter((line) => /\bexecve(at)?\(/.test(line)).length, 1);
});
