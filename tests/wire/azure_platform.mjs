// SPDX-License-Identifier: Apache-2.0
// Where Azure gives tokens to programs: the metadata service of virtual machines, App Service, Cloud Shell, Azure ML, Arc and
// Service Fabric, on loopback; and Entra ID by https with the grants of applications.  `script` holds, for each name, what
// to answer instead, one after the other: { status, headers, body }.
import { constants, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { CLIENT_ID, Entra } from './entra.mjs';

export const HEADER = 'CANARY-identity-header';
export const IDENTITY = { client_id: '22223333-aaaa-2222-bbbb-3333cccc4444', msi_res_id: '/subscriptions/s/identity-1' };
const seconds = () => Math.floor(Date.now() / 1000);
const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

// A certificate of its own with its key, as openssl makes it; `pem` has both.
export function certificate(folder, name, subject = 'localhost', algorithm = ['-newkey', 'rsa:2048']) {
  const [key, cert, pem] = ['key', 'crt', 'pem'].map((end) => join(folder, `${name}.${end}`));
  execFileSync('openssl', ['req', '-x509', ...algorithm, '-nodes', '-days', '2', '-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`,
    '-keyout', key, '-out', cert], { stdio: 'pipe' });
  writeFileSync(pem, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'), { mode: 0o600 });
  return { key: readFileSync(key), cert: readFileSync(cert), certPath: cert, pemPath: pem, x509: new X509Certificate(readFileSync(cert)) };
}

export class AzurePlatform {
  async start(folder) {
    const answer = (request, response) => this.answer(request, response);
    this.fabric = certificate(folder, 'fabric', 'fabric');
    this.servers = [http.createServer(answer), https.createServer({ key: this.fabric.key, cert: this.fabric.cert }, answer)];
    const [plain, tls] = await Promise.all(this.servers.map(listen));
    this.url = `http://127.0.0.1:${plain}`;
    this.fabricUrl = `https://127.0.0.1:${tls}`;
    this.thumbprint = this.fabric.x509.fingerprint; // with colons
    this.reset();
    return this;
  }

  close() { for (const server of this.servers) { server.closeAllConnections(); server.close(); } }
  reset() { this.calls = []; this.script = {}; this.keyFile = '/var/opt/azcmagent/tokens/1.key'; this.key = 'CANARY-arc-key'; }
  count(pattern) { return this.calls.filter(({ path }) => pattern.test(path)).length; }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const query = Object.fromEntries(url.searchParams);
    const call = { method: request.method, path: url.pathname, query, form: Object.fromEntries(new URLSearchParams(text)), headers: request.headers };
    this.calls.push(call);
    const name = { metadata: 'imds', msi: 'appService', shell: 'shell', ml: 'ml', fabric: 'fabricToken', arc: 'arc' }[url.pathname.split('/')[1]];
    const said = this.script[name]?.shift() ?? this[name]?.(call) ?? { status: 404 };
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {}));
  }

  // All numbers are texts, and the token lasts a day.
  static token(resource, more = {}) {
    return { body: { access_token: `at for ${resource}`, expires_in: '86399', expires_on: String(seconds() + 86399), resource, token_type: 'Bearer', ...more } };
  }

  imds({ query, headers, path }) {
    if (headers.metadata?.toLowerCase() !== 'true') return { status: 400, body: { error: 'bad_request_102', error_description: 'Required metadata header not specified' } };
    if (!/^\/metadata\/identity\/oauth2\/token\/?$/.test(path) || query['api-version'] !== '2018-02-01') return { status: 401, body: { error: 'unknown_source' } };
    for (const [name, own] of Object.entries(IDENTITY))
      if (query[name] !== undefined && query[name] !== own) return { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } };
    return AzurePlatform.token(query.resource);
  }

  appService({ query, headers }) {
    if (headers['x-identity-header'] !== HEADER || query['api-version'] !== '2019-08-01') return { status: 400, body: { statusCode: 400, message: 'no identity configured' } };
    return AzurePlatform.token(query.resource, { expires_in: undefined });
  }

  shell({ method, form, headers }) {
    if (method !== 'POST' || headers.metadata !== 'true') return { status: 400, body: { error: { code: 'BadRequest', message: 'no' } } };
    return AzurePlatform.token(form.resource);
  }

  // By the header of before, or by that of App Service.
  ml({ query, headers }) {
    const known = headers.secret === HEADER ? '2017-09-01' : headers['x-identity-header'] === HEADER ? '2019-08-01' : undefined;
    if (!known || query['api-version'] !== known) return { status: 401, body: {} };
    return AzurePlatform.token(query.resource);
  }

  // Who can read the file that is named may have a token: `keyFile` is its path, `key` what is in it.
  arc({ query, headers }) {
    if (headers.metadata?.toLowerCase() !== 'true') return { status: 400, body: { error: 'bad_request_102' } };
    if (headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': `Basic realm=${this.keyFile}` } };
    return headers.authorization === `Basic ${this.key}` ? AzurePlatform.token(query.resource) : { status: 403, body: { error: 'forbidden', error_description: 'The key is another.' } };
  }

  fabricToken({ query, headers }) {
    if (headers.secret !== HEADER) return { status: 404, body: { error: { code: 'SecretHeaderNotFound', message: 'Secret is not found in the request headers.' } } };
    return AzurePlatform.token(query.resource, { expires_in: undefined, expires_on: seconds() + 86399 });
  }
}

// Entra ID by https, which takes certificates and federated credentials of applications.
export class EntraTls extends Entra {
  // `name`: the host that it is, where callers of it are led here.
  async startTls(folder, name) {
    this.own = certificate(folder, 'entra', name ?? 'localhost', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    this.tls = https.createServer({ key: this.own.key, cert: this.own.cert }, (request, response) => this.answer(request, response));
    this.tls.keepAliveTimeout = 0;
    this.tlsPort = await listen(this.tls);
    return this.start(name ? `https://${name}` : `https://localhost:${this.tlsPort}`);
  }

  async close() {
    this.tls?.closeAllConnections();
    this.tls?.close();
    await super.close();
  }

  // A certificate that was uploaded (1.14), shown in the way of today, or of before where `older` says so; or a federated credential.
  trusts(assertion) {
    if (assertion === 'federated.to.ken') return true;
    const [head, payload, signature] = assertion.split('.');
    const { alg, x5t, 'x5t#S256': x5tS256 } = JSON.parse(Buffer.from(head, 'base64url'));
    const claims = JSON.parse(Buffer.from(payload, 'base64url'));
    const print = (name) => createHash(name).update(this.uploaded.raw).digest('base64url');
    const named = this.older ? alg === 'RS256' && x5t?.replace(/=+$/, '') === print('sha1') : alg === 'PS256' && x5tS256 === print('sha256');
    const key = createPublicKey(this.uploaded.publicKey.export({ type: 'spki', format: 'pem' }));
    return named && claims.iss === CLIENT_ID && claims.sub === CLIENT_ID && /\/oauth2\/v2\.0\/token$/.test(claims.aud) &&
      claims.exp > seconds() && claims.exp < seconds() + 700 &&
      verify('sha256', Buffer.from(`${head}.${payload}`), this.older ? key : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, Buffer.from(signature, 'base64url'));
  }
}
