// SPDX-License-Identifier: Apache-2.0
// What the scenarios use: the service and its neighbours as processes, load by wrk, processor time from /proc.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const PASSWORD = 'Correct-horse-7-battery';
// The cheapest password hash that is taken: where signing in is only the way to something else.
export const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_ARGON2_LANES: '1' };
// The Cookie field of who got `answer`.
export const cookiesOf = (answer) => answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};

const UNITS = { us: 0.001, ms: 1, s: 1000, m: 60000 };
function milliseconds(text) { // of wrk
  const found = /^([\d.]+)(us|ms|s|m)$/.exec(text); // too few answers have no percentiles
  return found ? Number(found[1]) * UNITS[found[2]] : NaN;
}

export const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

// User and system time of a process and its threads, in microseconds; what threads used that have ended is not in it.
export function cpuOf(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) =>
    sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0);
}

const statusOf = (pid, field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
export const rssOf = (pid) => statusOf(pid, 'VmRSS');
export const ownMemoryOf = (pid) => statusOf(pid, 'RssAnon');

export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// Started processes; stop() ends them all.
export class Bench {
  constructor({ rounds, seconds, quick, binary }) {
    Object.assign(this, { rounds, seconds, quick, binary, children: [] });
  }

  async start() {
    this.folder = mkdtempSync(join(tmpdir(), 'uauth-bench-'));
    this.server = await this.serve('main');
  }

  async stop() {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  spawn(command, args, env = {}) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } });
    this.children.push(child);
    child.output = '';
    child.stdout.on('data', (chunk) => { child.output += chunk; });
    child.stderr.on('data', (chunk) => { child.output = (child.output + chunk).slice(-20000); });
    return child;
  }

  // Until `url` answers 200.  A certificate of our own is taken; each try is a connection of its own.
  async answers(child, url, limitMs = 20000) {
    const get = url.startsWith('https:') ? https.get : http.get;
    const status = () => new Promise((resolve) => {
      get(url, { rejectUnauthorized: false, agent: false }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', () => resolve(0));
    });
    for (const end = Date.now() + limitMs; Date.now() < end && child.exitCode === null;) {
      if (await status() === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`${url} does not answer:\n${child.output}`);
  }

  // The service on the data folder `name`, with its settings at their defaults but for limits and what `env` says.
  async serve(name, env = {}, ready = '/readyz', scheme = 'http') {
    const port = await freePort();
    const url = `${scheme}://localhost:${port}`;
    const settings = {
      AUTH_LISTEN: `127.0.0.1:${port}`, AUTH_PUBLIC_URL: url, AUTH_DATA_DIR: join(this.folder, name),
      AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_LOG_LEVEL: 'error', ...env,
    };
    const child = this.spawn(this.binary, ['serve'], settings);
    const server = { child, pid: child.pid, port, url: `${scheme}://127.0.0.1:${port}`, public: url, data: join(this.folder, name), costs: env, settings };
    await this.answers(child, server.url + ready);
    return server;
  }

  // Until it is gone.
  async end(server) {
    const gone = new Promise((resolve) => server.child.on('exit', resolve));
    server.child.kill('SIGTERM');
    await gone;
  }

  // nginx answering `body` from memory.
  async nginx(body) {
    const port = await freePort();
    const home = join(this.folder, 'nginx');
    mkdirSync(home, { recursive: true });
    const quoted = body.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('$', '');
    writeFileSync(join(home, 'nginx.conf'), `daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 1; master_process off;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; default_type application/json;
server { listen 127.0.0.1:${port}; location / { return 200 '${quoted}'; } } }\n`);
    const child = this.spawn('/usr/sbin/nginx', ['-c', join(home, 'nginx.conf'), '-p', home]);
    const server = { child, pid: child.pid, port, url: `http://127.0.0.1:${port}` };
    await this.answers(child, server.url);
    return server;
  }

  // Load on `server` by wrk: requests, processor microseconds a request, latencies.
  async load(server, path, { connections = 64, seconds = this.seconds, headers = {}, script, arguments: extra = [] } = {}) {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '30s'];
    for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
    if (script) args.push('-s', script);
    args.push(server.url + path);
    if (extra.length) args.push('--', ...extra);
    const before = cpuOf(server.pid);
    const { stdout } = await run('wrk', args, { maxBuffer: 1 << 24 });
    const used = cpuOf(server.pid) - before;
    const requests = Number(/(\d+) requests in/.exec(stdout)[1]);
    const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
    if (refused > requests / 100) throw new Error(`${path}: ${refused} of ${requests} requests were refused\n${server.child.output.slice(-2000)}`);
    return {
      requests, refused, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]), cpu: used / requests,
      p99: milliseconds(/99%\s+(\S+)/.exec(stdout)[1]),
    };
  }

  // One request after the other, each begun and ended between the two looks at the processor: of those that load() leaves
  // behind when its time is over nobody counts the request, but the processor has counted what it took so far.
  async inTurn(server, ask, seconds = this.seconds) {
    const before = cpuOf(server.pid);
    let requests = 0;
    for (const end = Date.now() + 1000 * seconds; Date.now() < end; requests++) await ask();
    return { requests, cpu: (cpuOf(server.pid) - before) / requests };
  }

  // Runs each of `sides` once a round, in turn; the medians of what they return, key by key.
  async alternate(sides, rounds = this.rounds) {
    const all = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, side] of Object.entries(sides)) all[name].push(await side(round));
    return Object.fromEntries(Object.entries(all).map(([name, runs]) => [name, Object.fromEntries(Object.keys(runs[0]).map((key) =>
      [key, typeof runs[0][key] === 'number' ? median(runs.map((each) => each[key])) : runs[0][key]]))]));
  }

  async post(server, path, json, headers = {}) {
    const answer = await fetch(server.url + path, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json),
    });
    const text = await answer.text();
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${text}`);
    return { headers: answer.headers, json: text ? JSON.parse(text) : null };
  }

  // Runs a command of the binary with `input` on its standard input.
  async command(server, args, input = '') {
    const child = spawn(this.binary, [...args, '--data-dir', server.data], {
      stdio: ['pipe', 'ignore', 'pipe'], env: { PATH: process.env.PATH, ...server.costs },
    });
    let output = '';
    child.stderr.on('data', (chunk) => { output += chunk; });
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.on('exit', resolve));
    if (code !== 0) throw new Error(`uauth ${args.join(' ')} failed: ${output}`);
  }

  async makeUser(server, email, args = ['--password-stdin'], input = PASSWORD) {
    await this.command(server, ['user', 'create', '--email', email, '--name', 'Bench', ...args], `${input}\n`);
    return email;
  }

  programOf(name) {
    return join(this.binary, '..', 'bench', name);
  }

  // A program of bench/ that prints lines "NAME NUMBER NUMBER...": { NAME: [NUMBER, ...] }.
  async program(name, args, env = {}) {
    const { stdout } = await run(this.programOf(name), args, { env: { ...process.env, ...env } });
    return Object.fromEntries(stdout.trim().split('\n').map((line) => {
      const [what, ...numbers] = line.split(' ');
      return [what, numbers.map(Number)];
    }));
  }

  // SQLite alone: { insert, rotation, read }, each [operations a second, microseconds of CPU].
  async sqlite() {
    const folder = mkdtempSync(join(this.folder, 'floor-'));
    const figures = await this.program('sqlite_floor', [folder, String(this.seconds)]);
    rmSync(folder, { recursive: true });
    return figures;
  }

  // Microseconds of one operation as `openssl speed` measures it, on each processor at once: the service has all of them
  // at work, too, and they may share what makes them fast.
  async opensslMicroseconds(algorithm, operation) {
    const each = await Promise.all(cpus().map(async () => {
      const { stdout } = await run('openssl', ['speed', '-seconds', '1', '-mr', algorithm]);
      // +F2 (RSA) and +F4 (ECDSA): number, bits, signatures a second, verifications a second.
      const line = stdout.split('\n').find((text) => /^\+F[24]:/.test(text)).split(':');
      return 1e6 / Number(line[operation === 'sign' ? 3 : 4]);
    }));
    return each.reduce((sum, us) => sum + us, 0) / each.length;
  }
}
