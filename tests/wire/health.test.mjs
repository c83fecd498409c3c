// SPDX-License-Identifier: Apache-2.0
// `uauth health` ends with 0 if the service that runs with its settings is ready, and with 1 if it is not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { command } from './command.mjs';
import { Server, freePort, startServer } from './server.mjs';
import { within } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };
const health = (env, args = []) => command(['health', ...args], { env });

test('it is asked where it listens: on an address, on all of them, at a socket file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-health-'));
  const port = await freePort();
  const server = new Server({ port, data: join(folder, 'data'), args: [], env: { ...CHEAP, AUTH_LISTEN: `127.0.0.1:${port},unix:${folder}/socket` } });
  execFileSync('mkdir', ['-m', '700', server.data]);
  await server.start();
  for (const listen of [`127.0.0.1:${port}`, `localhost:${port}, 127.0.0.1:1`, `unix:${folder}/socket`]) {
    const asked = await health({ AUTH_LISTEN: listen });
    assert.deepEqual([asked.code, asked.stdout], [0, 'ready\n'], `${listen}: ${asked.stderr}`);
  }
  const everywhere = { AUTH_LISTEN: `0.0.0.0:${port}`, AUTH_PUBLIC_URL: 'https://auth.example.com', AUTH_TRUSTED_PROXIES: '10.0.0.0/8' };
  assert.equal((await health(everywhere)).stdout, 'ready\n');
  assert.equal((await health({ AUTH_LISTEN: `127.0.0.1:${port}` }, ['--json'])).json.database, 'ok');
  // A proxy of the environment has nothing to do with it.
  assert.equal((await health({ AUTH_LISTEN: `127.0.0.1:${port}`, http_proxy: 'http://127.0.0.1:1' })).code, 0);
  assert.equal((await health({ AUTH_LISTEN: `127.0.0.1:${port}`, AUTH_PROXY_PROTOCOL: 'on', AUTH_TRUSTED_PROXIES: '127.0.0.1' })).code, 1);
  await server.stop();
  for (const listen of [`127.0.0.1:${port}`, `unix:${folder}/socket`]) {
    const asked = await health({ AUTH_LISTEN: listen });
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /does not answer/);
  }
  rmSync(folder, { recursive: true, force: true });
});

test('what answers but is not ready is not', async () => {
  const server = await startServer({ env: CHEAP });
  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=4096:unlimited']);
  // The first write that fails is how it is noticed; where much else runs, a request may be refused before it writes.
  const register = () => fetch(`${server.url}/auth/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'a@example.com', password: 'Correct-horse-7-battery', full_name: 'A' }) });
  const asked = await within(60000, 1000)(async () => {
    await register();
    const said = await health({ AUTH_LISTEN: `127.0.0.1:${server.port}` });
    return said.code && said;
  }, 'a write that failed is noticed');
  assert.equal(asked.code, 1);
  assert.match(asked.stderr, /not ready.*unavailable/);
  await server.kill9();
  rmSync(server.data, { recursive: true, force: true });
});

test('it speaks TLS where the service does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-health-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=auth.example.com', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  execFileSync('chmod', ['600', key]);
  const port = await freePort();
  const env = { ...CHEAP, AUTH_TLS_CERT: cert, AUTH_TLS_KEY: key, AUTH_PUBLIC_URL: 'https://auth.example.com' };
  const server = new Server({ port, data: folder, args: [], env });
  server.ready = async () => {
    for (const end = Date.now() + 30000; Date.now() < end; await new Promise((done) => setTimeout(done, 50)))
      if (await new Promise((done) => https.get({ port, path: '/readyz', rejectUnauthorized: false }, (answer) => { answer.resume(); done(answer.statusCode === 200); }).on('error', () => done(false)))) return;
    assert.fail(server.log);
  };
  await server.start();
  const asked = await health({ ...env, AUTH_LISTEN: `127.0.0.1:${port}` });
  assert.equal(asked.code, 0, asked.stderr);
  await server.stop();
});
