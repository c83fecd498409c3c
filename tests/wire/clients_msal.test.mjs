// SPDX-License-Identifier: Apache-2.0
// MSAL for Node with uauth as its authority, by TLS, without which it does nothing.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { ADA, Provider } from './provider.mjs';
import { Server, freePort } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const CALLBACK = 'https://app.test/cb';
let provider;

// With a certificate of its own, which only those know who are told.
class TlsServer extends Server {
  constructor(options) {
    super(options);
    this.url = this.env.AUTH_PUBLIC_URL;
    this.ca = readFileSync(this.env.AUTH_TLS_CERT);
  }

  async ready() {
    const answers = () => new Promise((done) => {
      https.get(`${this.url}/readyz`, { ca: this.ca }, (answer) => { answer.resume(); done(answer.statusCode === 200); }).on('error', () => done(false));
    });
    for (const end = Date.now() + 30000; !await answers(); await new Promise((done) => setTimeout(done, 25)))
      assert.ok(Date.now() < end && this.running(), this.log);
  }
}

async function serve({ env }) {
  const data = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
  const port = await freePort();
  const [cert, key] = [join(data, 'tls.crt'), join(data, 'tls.key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const own = { AUTH_PUBLIC_URL: `https://localhost:${port}`, AUTH_TLS_CERT: cert, AUTH_TLS_KEY: key };
  return new TlsServer({ port, data, args: [], env: { ...env, ...own } }).start();
}

before(async () => { provider = await new Provider().start({}, serve); });
after(() => provider?.stop());

test('MSAL signs Ada in, refreshes, and gets a token for a service', { timeout: 60000 }, async () => {
  const secret = await provider.client('msal', 'confidential', CALLBACK, '--auth-method', 'client_secret_post', '--grant', 'client_credentials',
    ...['openid', 'profile', 'email', 'offline_access', 'reports:read'].flatMap((scope) => ['--scope', scope]));
  const child = spawn(process.execPath, [join(here, 'msal_client.mjs'), provider.url, 'msal', CALLBACK],
    { env: { PATH: process.env.PATH, CLIENT_SECRET: secret, NODE_EXTRA_CA_CERTS: provider.server.env.AUTH_TLS_CERT }, timeout: 50000 });
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { trouble += text; });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? assert.fail(trouble);
  const page = await provider.person().signIn(await line(), { until: CALLBACK });
  child.stdin.end(`${page.url.href}\n`);
  const told = JSON.parse(await line());
  assert.equal(told.otherState, 'state_mismatch');
  assert.equal(told.claims.email, ADA);
  assert.equal(told.nonce, true);
  assert.equal(told.refreshed, true);
  assert.equal(told.cached, true);
  assert.equal(told.userinfo.sub, told.claims.sub);
  assert.deepEqual(told.service, ['reports:read']);
  assert.equal(told.usedCode, 'invalid_grant');
});
