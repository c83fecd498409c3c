// SPDX-License-Identifier: Apache-2.0
// The built binary as a server of its own: a data folder under /tmp, a free port on loopback, its output kept.
// stop() looks into that output: a sanitizer's report or a secret in it is a failure (INV-1, INV-2); so is a descriptor that a
// program which it started would inherit.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const binary = resolve(root, process.env.UAUTH_BINARY ?? 'build-asan/uauth');

const READY_MS = 30000;
const STOP_MS = 30000;
const CLOSE_ON_EXEC = 0o2000000; // O_CLOEXEC of Linux
const REPORTS = /(ERROR|WARNING): (Address|Leak|Thread|Memory)Sanitizer|: runtime error: |must\(.*\) failed/;

// What no line of a log may show, whatever a test did. Values of tests that are secret begin with CANARY-, or are
// named with server.forbid().
const SECRETS = [
  /CANARY-[\w-]+/, /Correct-horse-\S+/, /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,}/, /PRIVATE KEY/, /\$argon2id\$/,
  /"(password|refresh_token|access_token|client_secret|mfa_code)":"(?!\[?redacted)[^"]/i,
];

// Servers that run.  A test that fails before it stops its own leaves it to the end of the process, which no server
// outlives.
const started = new Set();
process.on('exit', () => { for (const child of started) child.kill('SIGKILL'); });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));

const binds = (port) => new Promise((done) => {
  const probe = net.createServer().on('error', () => done(false)).listen(port, '127.0.0.1', () => probe.close(() => done(true)));
});

// Below those that the system gives to connections: one of these could take it before the server does.
export async function freePort() {
  for (;;) {
    const port = randomInt(10000, 32768);
    if (await binds(port)) return port;
  }
}

// Only what a program needs, so that the settings of whoever runs the tests do not leak into the server.
function environment(own) {
  const kept = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|LANG|TMPDIR|(A|UB|T|L)SAN_OPTIONS|LLVM_PROFILE_FILE)$/.test(name));
  return { ...Object.fromEntries(kept), ...own };
}

export class Server {
  constructor({ port, data, env, args }) {
    Object.assign(this, { port, data, args, log: '', forbidden: [...SECRETS] });
    // One name for address and issuer: cookies have their plain names on http://localhost.
    this.url = `http://localhost:${port}`;
    this.env = { AUTH_LISTEN: `127.0.0.1:${port}`, AUTH_PUBLIC_URL: this.url, AUTH_DATA_DIR: data, ...env };
    this.issuer = this.env.AUTH_JWT_ISSUER ?? this.env.AUTH_PUBLIC_URL;
  }

  get pid() { return this.child.pid; }

  // Starts it on its folder and waits until it is ready.
  async start() {
    this.child = spawn(binary, ['serve', ...this.args], {
      cwd: this.data, env: environment(this.env), stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { child } = this;
    started.add(child);
    child.on('exit', () => started.delete(child));
    this.exited = new Promise((done) => {
      child.on('close', (code, signal) => done({ code, signal }));
      child.on('error', (error) => { this.log += error; done({ code: null, signal: null }); });
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => { this.log += text; });
    await this.ready();
    return this;
  }

  async ready() {
    for (const end = Date.now() + READY_MS; Date.now() < end && this.running();) {
      try {
        if ((await fetch(`${this.url}/readyz`)).status === 200) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((done) => setTimeout(done, 10));
    }
    const { log } = this;
    await this.kill9();
    rmSync(this.data, { recursive: true, force: true });
    throw new Error(`${binary} serve was not ready:\n${log}`);
  }

  running() { return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined; }

  // The one-time code of the first run, which the log or the data folder has.
  setupCode() {
    const file = join(this.data, 'setup-code');
    if (existsSync(file)) return readFileSync(file, 'utf8').trim();
    const found = /setup[- ]code:? +(\S+)/i.exec(this.log);
    assert.ok(found, `no setup code:\n${this.log}`);
    return found[1];
  }

  // From now on no log may show `text`.
  forbid(...texts) { this.forbidden.push(...texts); }

  // INV-1 and INV-2 for what it has printed so far.
  assertCleanLog() {
    const report = REPORTS.exec(this.log);
    assert.equal(report, null, `a sanitizer reports:\n${report && this.log.slice(Math.max(0, report.index - 500), report.index + 8000)}`);
    for (const line of this.log.split('\n'))
      for (const secret of this.forbidden)
        assert.ok(!(typeof secret === 'string' ? line.includes(secret) : secret.test(line)), `a secret (${secret}) in the log:\n${line}`);
  }

  // What a program that it started would get of what it has open, by descriptor: nothing (ME-19), but what it was given itself.
  inherited() {
    const opened = (of, fd) => readlinkSync(`/proc/${of}/fd/${fd}`);
    const leaks = (fd) => {
      try {
        const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/${this.pid}/fdinfo/${fd}`, 'utf8'))[1];
        if (Number(fd) <= 2 || (parseInt(flags, 8) & CLOSE_ON_EXEC) !== 0) return false;
        return !readdirSync('/proc/self/fd').includes(fd) || opened(this.pid, fd) !== opened('self', fd);
      } catch {
        return false; // it was closed meanwhile
      }
    };
    // Sockets of this machine without a name are left out: libcurl makes pairs of them to wake itself, which tell nobody anything.
    const unnamed = new Set([...readFileSync(`/proc/${this.pid}/net/unix`, 'utf8').matchAll(/ 03 +(\d+)$/gm)].map((match) => `socket:[${match[1]}]`));
    return readdirSync(`/proc/${this.pid}/fd`).filter(leaks).map((fd) => opened(this.pid, fd)).filter((name) => !unnamed.has(name));
  }

  // The end that an operator asks for: it drains, exits with 0, and its log is clean.
  async stop({ keep = false } = {}) {
    const wasRunning = this.running();
    if (wasRunning) {
      assert.deepEqual(this.inherited(), []);
      this.child.kill('SIGTERM');
    }
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    const { code, signal } = await this.exited;
    clearTimeout(late);
    if (!keep) rmSync(this.data, { recursive: true, force: true });
    this.assertCleanLog();
    if (!this.killed) assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${wasRunning ? 'SIGTERM' : 'it ended by itself'}:\n${this.log.slice(-8000)}`);
  }

  // The end that a power failure makes.
  async kill9() {
    this.killed = true;
    if (this.running()) this.child.kill('SIGKILL');
    await this.exited;
    this.assertCleanLog();
  }

  // Again on the same folder and port.
  async restart() {
    if (this.running()) await this.stop({ keep: true });
    this.killed = false;
    return this.start();
  }
}

// Starts a server with the settings `env`; `data` is a folder to go on with, otherwise a new one.
export async function startServer({ env = {}, args = [], data = mkdtempSync(join(tmpdir(), 'uauth-wire-')) } = {}) {
  const server = new Server({ port: await freePort(), data, env, args });
  return server.start();
}
