// SPDX-License-Identifier: Apache-2.0
// The built binary by TLS, for clients that take nothing else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, freePort } from './server.mjs';

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

// In the place of startServer.
export async function serveTls({ env }) {
  const data = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
  const port = await freePort();
  const [cert, key] = [join(data, 'tls.crt'), join(data, 'tls.key')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const own = { AUTH_PUBLIC_URL: `https://localhost:${port}`, AUTH_TLS_CERT: cert, AUTH_TLS_KEY: key };
  return new TlsServer({ port, data, args: [], env: { ...env, ...own } }).start();
}
