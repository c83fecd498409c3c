// SPDX-License-Identifier: Apache-2.0
// Brings a real server into the state that an alert is about, and reads its figures: before, and twice in that state.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { missing } from './installed.mjs';
import { withKeyVault } from './key_vault.mjs';
import { Server, binary, freePort } from './server.mjs';
import { parse } from './promtool.mjs';
import { within } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const DEAR = { AUTH_ARGON2_MEMORY_KIB: '65536', AUTH_ARGON2_TIME: '16', AUTH_HASH_WORKERS: '1' };
const EMAIL = 'ada@example.com';
const HALF = 120; // steps of 15 s

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const until = within(30000, 50);

// A server that is ready when its figures can be read.
class Metered extends Server {
  async scrape() {
    const answer = await fetch(this.metrics);
    assert.equal(answer.status, 200);
    return answer.text();
  }

  async ready() {
    await until(async () => !this.running() || await this.scrape().then(() => true, () => false), 'it tells its figures');
    assert.ok(this.running(), this.log);
  }
}

async function metered(t, env = {}, folder = mkdtempSync(join(tmpdir(), 'uauth-state-'))) {
  const metrics = await freePort();
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const server = new Metered({ port: await freePort(), data, args: [], env: { ...CHEAP, AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}`, ...env } });
  server.metrics = `http://127.0.0.1:${metrics}/metrics`;
  t?.after(async () => {
    if (server.running()) await server.kill9();
    rmSync(folder, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

const value = (text, series) => parse(text).values.get(series);
export const figuresOf = (found) => found.late ?? JSON.stringify(found.series);

// What is told when `act` has brought the state about, and a second and more later, while `meanwhile` goes on.
async function told(server, act, meanwhile = () => pause(1500)) {
  const quiet = await server.scrape();
  await act();
  const early = await server.scrape();
  const began = Date.now();
  await meanwhile();
  const late = await server.scrape();
  return { quiet, early, late, seconds: (Date.now() - began) / 1000, takenAt: Date.now() / 1000 };
}

const nothing = async () => {};

async function withPerson(t, env) {
  const server = await metered(t, env);
  const made = await command(['user', 'create', '--email', EMAIL, '--name', 'Ada', '--password-stdin'], { data: server.data, env: CHEAP, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  return server;
}

// `n` calls at once; what becomes of them is not looked at.
const atOnce = (n, call) => { void Promise.allSettled(Array.from({ length: n }, call)); };
const wrongly = (server) => new Client(server.url).post('/auth/login', { email: EMAIL, password: 'Wrong-horse-7-battery' });

// Twenty minutes go by for the mail that waits.  Its index has texts, and sqlite3 does not know how ours are compared.
const LATER = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
database.create_collation('C', lambda x, y: (x > y) - (x < y))
database.execute('UPDATE outbox SET created_at = created_at - 1200, next_at = next_at - 1200')`;
const mailIsDue = (server) => execFileSync('python3', ['-c', LATER, join(server.data, 'uauth.db')]);

async function mailWaits(server) {
  const made = await new Client(server.url).post('/auth/register', { email: 'bob@example.com', password: PASSWORD, full_name: 'Bob' });
  assert.equal(made.status, 201, made.text);
  await until(async () => value(await server.scrape(), 'uauth_outbox_waiting') === 1, 'a mail waits');
}

async function fullDisk(t, env) {
  const server = await withPerson(t, env);
  return { server, fill: () => {
    execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=4096:unlimited']);
    // The first write that fails is how it is noticed.
    const write = () => new Client(server.url).post('/auth/login', { email: EMAIL, password: PASSWORD });
    return until(async () => (await write()).status === 503 && value(await server.scrape(), 'uauth_database_up') === 0, 'the database is down');
  } };
}

function certificate(folder, days) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost', '-days', String(days), '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' });
  execFileSync('chmod', ['600', join(folder, 'key.pem')]);
}

const withTls = (folder) => ({ AUTH_TLS_CERT: join(folder, 'cert.pem'), AUTH_TLS_KEY: join(folder, 'key.pem'), AUTH_PUBLIC_URL: 'https://localhost' });

// A server that has all that figures can be about.
export async function withEverything() {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
  certificate(folder, 30);
  const vault = await withKeyVault(folder, { type: 'P-256' });
  const server = await metered(null, { ...withTls(folder), ...vault.env, AUTH_REDIS_URL: `unix://${folder}/no-socket` }, folder);
  await new Promise((done) => https.get({ port: server.port, path: '/readyz', rejectUnauthorized: false }, (answer) => answer.resume().on('end', done)));
  const text = await server.scrape();
  await server.stop();
  await vault.close();
  rmSync(folder, { recursive: true, force: true });
  return text;
}

export const states = {
  async UauthDown(t) {
    const server = await metered(t);
    const answers = () => server.scrape().then(() => 1, () => 0);
    const before = await answers();
    await server.kill9();
    return { series: { up: `${before}x${HALF - 1} ${await answers()}x${HALF}` } };
  },

  async UauthRestarts(t) {
    const server = await metered(t);
    const began = async () => value(await server.scrape(), 'process_start_time_seconds');
    const times = [await began()];
    for (let i = 0; i < 3; i++) {
      await pause(1100);
      await server.restart();
      times.push(await began());
    }
    return { series: { process_start_time_seconds: `${times[0]}x${HALF - 1} ${times[1]}x3 ${times[2]}x3 ${times[3]}x${HALF}` }, lateAt: 1800 + 300 };
  },

  async UauthDatabaseDown(t) {
    const { server, fill } = await fullDisk(t);
    return told(server, fill);
  },

  async UauthServerErrors(t) {
    const { server, fill } = await fullDisk(t);
    const ask = () => new Client(server.url).post('/auth/login', { email: EMAIL, password: PASSWORD });
    return told(server, fill, async () => { for (let i = 0; i < 5; i++) assert.equal((await ask()).status, 503); });
  },

  async UauthJobFails(t) {
    const { server, fill } = await fullDisk(t, { AUTH_SMTP_URL: 'smtp://127.0.0.1:9' });
    return told(server, async () => {
      await mailWaits(server);
      await fill();
      mailIsDue(server);
    }, () => pause(3000));
  },

  async UauthSlow(t) {
    const server = await withPerson(t, { ...DEAR, AUTH_ARGON2_MEMORY_KIB: '262144' });
    return told(server, nothing, () => wrongly(server));
  },

  async UauthOverload(t) {
    const server = await withPerson(t, { ...DEAR, AUTH_QUEUE_MAX: '16' });
    return told(server, nothing, async () => {
      atOnce(60, () => wrongly(server));
      await until(async () => value(await server.scrape(), 'uauth_requests_refused_total{why="overload"}') > 0, 'it turns away');
    });
  },

  async UauthQueueLong(t) {
    const server = await withPerson(t, DEAR);
    return told(server, async () => {
      atOnce(160, () => wrongly(server));
      await until(async () => value(await server.scrape(), 'uauth_queue_length{queue="hash"}') > 100, 'they wait');
    }, nothing);
  },

  async UauthHashSlotsBusy(t) {
    const server = await withPerson(t, DEAR);
    let busy = '';
    const found = await told(server, async () => {
      atOnce(20, () => wrongly(server));
      // A slot is free for a moment between two of them.
      await until(async () => {
        busy = await server.scrape();
        return value(busy, 'uauth_queue_length{queue="hash"}') > 10 && value(busy, 'uauth_hash_busy') >= value(busy, 'uauth_hash_slots');
      }, 'they wait');
    }, nothing);
    return { ...found, early: busy, late: busy };
  },

  async UauthConnectionsRefused(t) {
    const server = await metered(t, { AUTH_CONNECTIONS_MAX: '16' });
    return told(server, nothing, async () => {
      const sockets = Array.from({ length: 60 }, () => net.connect(server.port, '127.0.0.1').on('error', () => {}));
      await pause(500);
      for (const socket of sockets) socket.destroy();
      await pause(500);
    });
  },

  async UauthRedisDown(t) {
    const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
    const skip = missing(spawnSync('redis-server', ['--version']).status === 0, 'there is no redis-server');
    if (skip) return { skip };
    const socket = join(folder, 'socket');
    const redis = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder], { stdio: 'ignore' });
    t.after(() => redis.kill('SIGKILL'));
    await until(() => readdirSync(folder).includes('socket'), 'Redis listens');
    const server = await withPerson(t, { AUTH_REDIS_URL: `unix://${socket}`, AUTH_RATE_LIMIT: 'on' });
    const call = () => new Client(server.url).get('/auth/me', { token: 'x' });
    await call();
    return told(server, async () => {
      redis.kill('SIGKILL');
      await until(async () => { await call(); return value(await server.scrape(), 'uauth_redis_up') === 0; }, 'it has noticed');
    });
  },

  async UauthKeyVaultDown(t) {
    const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
    const { vault, env, close } = await withKeyVault(folder, { type: 'P-256' });
    t.after(async () => { await close(); rmSync(folder, { recursive: true, force: true }); });
    const server = await withPerson(t, { ...env, AUTH_KEY_PUBLISH_SECONDS: '0' });
    const signIn = () => new Client(server.url).post('/auth/login', { email: EMAIL, password: PASSWORD });
    await until(async () => (await signIn()).status === 200 && value(await server.scrape(), 'uauth_key_vault_signs') === 1, 'the vault signs');
    return told(server, async () => {
      await vault.away();
      await until(async () => { await signIn(); return value(await server.scrape(), 'uauth_key_vault_signs') === 0; }, 'it has noticed');
    });
  },

  async UauthMailStuck(t) {
    const server = await metered(t, { AUTH_SMTP_URL: 'smtp://127.0.0.1:9' });
    return told(server, async () => {
      await mailWaits(server);
      mailIsDue(server);
    }, nothing);
  },

  async UauthLogLost(t) {
    const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
    const metrics = await freePort(), port = await freePort();
    const child = spawn(binary, ['serve'], { cwd: folder, stdio: ['ignore', 'ignore', openSync('/dev/full', 'w')], env: { PATH: process.env.PATH, ...CHEAP, AUTH_DATA_DIR: join(folder, 'data'), AUTH_LISTEN: `127.0.0.1:${port}`, AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}` } });
    t.after(() => { child.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });
    const scrape = () => fetch(`http://127.0.0.1:${metrics}/metrics`).then((answer) => answer.text());
    await until(() => scrape().then(() => true, () => false), 'it tells its figures');
    return told({ scrape }, nothing, () => fetch(`http://localhost:${port}/auth/me`));
  },

  async UauthPasswordGuessing(t) {
    const server = await withPerson(t);
    return told(server, nothing, async () => { for (let i = 0; i < 10; i++) await Promise.all([wrongly(server), wrongly(server)]); });
  },

  async UauthRateLimited(t) {
    const server = await metered(t, { AUTH_RATE_LIMIT: 'on', AUTH_ADDRESS_PER_MINUTE: '1' });
    return told(server, nothing, async () => { for (let i = 0; i < 20; i++) await new Client(server.url).get('/auth/me'); });
  },

  async UauthDescriptors(t) {
    const server = await metered(t);
    return told(server, async () => {
      const open = readdirSync(`/proc/${server.pid}/fd`).length;
      execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${open + 4}`]);
    });
  },

  async UauthDiskFull(t) {
    if (process.getuid() !== 0) return { skip: 'a small file system needs root' };
    const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', folder]).status !== 0) return { skip: 'no file system can be mounted here' };
    t.after(() => spawnSync('umount', ['-l', folder]));
    const server = await metered(t, {}, folder);
    return told(server, async () => execFileSync('mount', ['-o', 'remount,size=100m', folder]));
  },

  async UauthCertificateEnds(t) {
    const folder = mkdtempSync(join(tmpdir(), 'uauth-state-'));
    certificate(folder, 60);
    const server = await metered(t, withTls(folder), folder);
    const quiet = await told(server, nothing, nothing);
    certificate(folder, 10);
    server.child.kill('SIGHUP');
    await until(() => server.log.includes('"outcome":"done"'), 'it has taken the certificate');
    const late = await told(server, nothing, nothing);
    return { ...late, quiet: quiet.quiet, takenAt: late.takenAt };
  },
};
