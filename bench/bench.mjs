// SPDX-License-Identifier: Apache-2.0
// What the scenarios use: the service and its neighbours as processes, load by wrk, processor time from /proc.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const PASSWORD = 'Correct-horse-7-battery';

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length % 2 ? sorted[sorted.length >> 1] : (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
};

export const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

const TICK_MICROSECONDS = 10000; // USER_HZ is 100 on every Linux

// User and system time of a process and its threads, in microseconds.
export function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

export function rssOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

export const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// Started processes; stop() ends them all.
export class Bench {
  constructor({ rounds, seconds, binary }) {
    Object.assign(this, { rounds, seconds, binary, children: [], servers: 0 });
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

  async answers(child, url, limitMs = 20000) {
    for (const end = Date.now() + limitMs; Date.now() < end;) {
      if (child.exitCode !== null) break;
      try {
        if ((await fetch(url)).status === 200) return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
    throw new Error(`${url} does not answer:\n${child.output}`);
  }

  // The service on the data folder `name`, with its settings at their defaults but for limits and what `env` says.
  async serve(name, env = {}) {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const child = this.spawn(this.binary, ['serve'], {
      AUTH_LISTEN: `127.0.0.1:${port}`, AUTH_PUBLIC_URL: url, AUTH_DATA_DIR: join(this.folder, name),
      AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_LOG_LEVEL: 'error', AUTH_REQUIRE_VERIFIED_EMAIL: 'off', ...env,
    });
    const server = { child, pid: child.pid, port, url: `http://127.0.0.1:${port}`, issuer: url, data: join(this.folder, name) };
    await this.answers(child, `${server.url}/readyz`);
    return server;
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
      requests, perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]), cpu: used / requests,
      p99: /99%\s+(\S+)/.exec(stdout)?.[1] ?? '', p50: /50%\s+(\S+)/.exec(stdout)?.[1] ?? '',
    };
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

  async makeUser(server, email) {
    const child = spawn(this.binary, ['user', 'create', '--email', email, '--name', 'Bench', '--password-stdin', '--data-dir', server.data],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH } });
    let output = '';
    child.stderr.on('data', (chunk) => { output += chunk; });
    child.stdin.end(`${PASSWORD}\n`);
    const code = await new Promise((resolve) => child.on('exit', resolve));
    if (code !== 0) throw new Error(`user create failed: ${output}`);
    return email;
  }

  // Microseconds of one operation as `openssl speed` measures it on one core.
  async opensslMicroseconds(algorithm, operation) {
    const { stdout } = await run('openssl', ['speed', '-seconds', String(Math.max(1, Math.round(this.seconds / 2))), '-mr', algorithm]);
    const line = stdout.split('\n').find((each) => /^\+F[24]:/.test(each)).split(':');
    return Number(line[operation === 'sign' ? 3 : 4]) * 1e6;
  }
}
