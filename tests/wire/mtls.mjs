// SPDX-License-Identifier: Apache-2.0
// Certificates of clients for the wire tests: an authority, what it signs, calls with a certificate, and a server that
// speaks TLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate, createHash } from 'node:crypto';
import { Server, freePort } from './server.mjs';

export const MTLS_HOST = 'mtls.test';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });

export const folder = () => mkdtempSync(join(tmpdir(), 'uauth-wire-'));

// A certificate and its key: signed by `by`, or by itself.  `names`: "DNS:a,URI:b".
export function certificate(at, file, { subject, names = null, by = null, ca = false, days = 2 }) {
  const [crt, key, csr, ext] = ['crt', 'key', 'csr', 'ext'].map((end) => join(at, `${file}.${end}`));
  const extensions = [...(names ? [`subjectAltName=${names}`] : []), `basicConstraints=critical,CA:${ca ? 'TRUE' : 'FALSE'}`];
  if (!by) {
    openssl('req', '-x509', ...EC, '-days', String(days), '-subj', subject, ...extensions.flatMap((one) => ['-addext', one]), '-keyout', key, '-out', crt);
  } else {
    writeFileSync(ext, `${extensions.join('\n')}\n`);
    openssl('req', '-new', ...EC, '-subj', subject, '-keyout', key, '-out', csr);
    openssl('x509', '-req', '-in', csr, '-CA', by.crt, '-CAkey', by.keyFile, '-CAcreateserial', '-days', String(days), '-extfile', ext, '-out', crt);
  }
  const x509 = new X509Certificate(readFileSync(crt));
  return {
    crt, keyFile: key, cert: readFileSync(crt, 'utf8'), key: readFileSync(key, 'utf8'), raw: x509.raw,
    thumbprint: createHash('sha256').update(x509.raw).digest('base64url'),
    jwks: { keys: [{ ...x509.publicKey.export({ format: 'jwk' }), x5c: [x509.raw.toString('base64')] }] },
  };
}

// The authority of a test, what a server shows, and two clients: one that it signed, one that signed itself.
export function certificates(at) {
  const ca = certificate(at, 'ca', { subject: '/CN=test authority', ca: true });
  return {
    ca,
    server: certificate(at, 'tls', { subject: '/CN=server', names: `DNS:localhost,DNS:${MTLS_HOST},IP:127.0.0.1`, by: ca }),
    job: certificate(at, 'job', { subject: '/O=Test/CN=job', names: 'DNS:job.test', by: ca }),
    other: certificate(at, 'other', { subject: '/O=Test/CN=other', names: 'DNS:other.test', by: ca }),
    own: certificate(at, 'own', { subject: '/CN=own' }),
  };
}

// fetch() with a certificate (or null) and an authority that is believed; every name is this machine.
export function tlsFetch({ ca, own = null, ...more }) {
  return (address, { method = 'GET', headers = {}, body } = {}) => new Promise((done, failed) => {
    const url = new URL(address);
    const request = https.request({
      host: '127.0.0.1', port: url.port, servername: url.hostname, path: url.pathname + url.search, method, agent: false,
      headers: { host: url.host, ...Object.fromEntries(new Headers(headers)) }, ca: ca.cert, cert: own?.cert, key: own?.key, ...more,
    }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk)).on('error', failed).on('end', () => {
        const fields = new Headers();
        for (let i = 0; i < answer.rawHeaders.length; i += 2) fields.append(answer.rawHeaders[i], answer.rawHeaders[i + 1]);
        const none = [204, 304].includes(answer.statusCode);
        done(new Response(none ? null : Buffer.concat(chunks), { status: answer.statusCode, headers: fields }));
      });
    });
    request.on('error', failed).end(body === undefined || body === null ? undefined : String(body));
  });
}

// A POST of a form; resolves to { status, json }.
export async function post(fetching, url, form, headers = {}) {
  const answer = await fetching(url, {
    method: 'POST', body: new URLSearchParams(form), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, text, json: text.startsWith('{') ? JSON.parse(text) : null, headers: answer.headers };
}

class TlsServer extends Server {
  // Node's fetch knows nothing of our authority.
  async ready() {
    const look = tlsFetch({ ca: this.made.ca });
    for (const end = Date.now() + 30000; Date.now() < end && this.running();) {
      if ((await look(`${this.issuer}/readyz`).catch(() => null))?.status === 200) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`it was not ready:\n${this.log}`);
  }
}

// A server that speaks TLS itself, for https://localhost and, with certificates, https://mtls.test.
export async function startTlsServer({ env = {}, data = folder(), made = certificates(data) } = {}) {
  const port = await freePort();
  const server = new TlsServer({
    port, data, args: [],
    env: {
      AUTH_PUBLIC_URL: `https://localhost:${port}`, AUTH_MTLS_URL: `https://${MTLS_HOST}:${port}`, AUTH_TLS_CERT: made.server.crt,
      AUTH_TLS_KEY: made.server.keyFile, AUTH_TLS_CLIENT_CERTS: 'optional', AUTH_TLS_CLIENT_CA: made.ca.crt, AUTH_CHALLENGE: 'off',
      AUTH_RATE_LIMIT: 'off', AUTH_JWT_ALGORITHM: 'ES256', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', ...env,
    },
  });
  server.made = made;
  server.mtls = server.env.AUTH_MTLS_URL;
  server.issuer = server.env.AUTH_PUBLIC_URL;
  await server.start();
  assert.ok(server.running());
  return server;
}
