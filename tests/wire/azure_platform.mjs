// SPDX-License-Identifier: Apache-2.0
// Where Azure gives tokens to programs: the metadata service of virtual machines, App Service, Cloud Shell, Azure ML and
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
  reset() { this.calls = []; this.script = {}; }
  count(pattern) { return this.calls.filter(({ path }) => pattern.test(path)).length; }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const query = Object.fromEntries(url.searchParams);
    const call = { method: request.method, path: url.pathname, query, form: Object.fromEntries(new URLSearchParams(text)), headers: request.headers };
    this.calls.push(call);
    const name = { metadata: 'imds', msi: 'appService', shell: 'shell', ml: 'ml', fabric: 'fabricToken' }[url.pathname.split('/')[1]];
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

  ml({ query, headers }) {
    if (headers.secret !== HEADER || query['api-version'] !== '2017-09-01') return { status: 401, body: {} };
    return AzurePlatform.token(query.resource);
  }

  fabricToken({ query, headers }) {
    if (headers.secret !== HEADER) return { status: 404, body: { error: { code: 'SecretHeaderNotFound', message: 'Secret is not found in the request headers.' } } };
    return AzurePlatform.token(query.resource, { expires_in: undefined, expires_on: seconds() + 86399 });
  }
}

// Entra ID by https: as well the application's own tokens, on behalf of somebody, and devices.
export class EntraTls extends Entra {
  async startTls(folder) {
    this.own = certificate(folder, 'entra', 'localhost', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    this.tls = https.createServer({ key: this.own.key, cert: this.own.cert }, (request, response) => this.answer(request, response));
    const port = await listen(this.tls);
    return this.start(`https://localhost:${port}`);
  }

  async close() {
    this.tls?.closeAllConnections();
    this.tls?.close();
    await super.close();
  }

  reset() {
    super.reset();
    this.devices = new Map();
    this.pending = 1;
  }

  // A certificate that was uploaded (1.14): PS256 and x5t#S256, or RS256 and x5t; or a federated credential.
  trusts(assertion) {
    if (assertion === 'federated.to.ken') return true;
    const [head, payload, signature] = assertion.split('.');
    const { alg, 'x5t#S256': x5t } = JSON.parse(Buffer.from(head, 'base64url'));
    const claims = JSON.parse(Buffer.from(payload, 'base64url'));
    const known = createHash('sha256').update(this.uploaded.raw).digest('base64url');
    return alg === 'PS256' && x5t === known && claims.iss === CLIENT_ID && claims.sub === CLIENT_ID && /\/oauth2\/v2\.0\/token$/.test(claims.aud) &&
      claims.exp > seconds() && claims.exp < seconds() + 700 &&
      verify('sha256', Buffer.from(`${head}.${payload}`),
        { key: createPublicKey(this.uploaded.publicKey.export({ type: 'spki', format: 'pem' })), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        Buffer.from(signature, 'base64url'));
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    const json = (body, status = 200) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
    if (url.pathname === '/common/discovery/instance') {
      const { body, status } = Entra.error(400, 'invalid_instance', 50049, 'Unknown or invalid instance.');
      this.calls.push({ path: url.pathname });
      const about = url.searchParams.get('authorization_endpoint') ?? '';
      if (!about.startsWith(this.url)) return json(body, status);
      const host = new URL(this.url).host;
      return json({ tenant_discovery_endpoint: about.replace('/oauth2/v2.0/authorize', '/v2.0/.well-known/openid-configuration'),
        'api-version': '1.1', metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }] });
    }
    if (!/\/oauth2\/v2\.0\/devicecode$/.test(url.pathname)) return super.answer(request, response);
    let text = '';
    for await (const part of request) text += part;
    const form = Object.fromEntries(new URLSearchParams(text));
    this.calls.push({ path: url.pathname, form });
    const device_code = `device-${this.devices.size}-${'d'.repeat(200)}`;
    this.devices.set(device_code, { scope: form.scope, claims: form.claims, left: this.pending });
    return json({ user_code: 'F7KQ2MZTC', device_code, verification_uri: 'https://microsoft.com/devicelogin', expires_in: 900, interval: 1,
      message: 'To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code F7KQ2MZTC to authenticate.' });
  }

  token(asked) {
    const { form, json } = asked;
    const refuse = (...error) => { const { status, body } = Entra.error(...error); return json(body, status); };
    const own = { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 };
    if (/device_code$/.test(form.grant_type ?? '')) {
      const device = this.devices.get(form.device_code);
      if (!device) return refuse(400, 'bad_verification_code', 70018, 'The device code is wrong.');
      if (device.left-- > 0) return refuse(400, 'authorization_pending', 70016, 'Pending end-user authorization.');
      const claims = device.claims ?? form.claims;
      const unmet = this.unmet(claims);
      if (unmet) return refuse(...unmet);
      return json({ ...own, scope: 'User.Read openid profile', access_token: `at of ${this.user.oid}`, id_token: this.idToken(), ...this.refreshToken(device.scope, claims), ...this.clientInfo(form) });
    }
    if (!/^client_credentials$|jwt-bearer$/.test(form.grant_type ?? '')) {
      // Public clients show no secret.
      if (form.client_secret === undefined && form.client_assertion === undefined && form.grant_type === 'refresh_token') return this.refresh(form, json);
      return super.token(asked);
    }
    if (form.client_id !== CLIENT_ID) return refuse(400, 'unauthorized_client', 700016, 'Application not found.');
    if (form.client_assertion !== undefined ? !this.trusts(form.client_assertion) : form.client_secret === undefined)
      return refuse(401, 'invalid_client', form.client_assertion ? 700027 : 7000218, 'The credential is missing or not trusted.');
    if (form.client_secret === 'wrong') return refuse(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
    if (form.grant_type === 'client_credentials') {
      if (!form.scope?.endsWith('/.default')) return refuse(400, 'invalid_scope', 1002012, 'The scope is not valid.');
      return json({ ...own, access_token: `app ${Entra.since(form)}${form.scope}` });
    }
    const unmet = this.unmet();
    if (unmet) return refuse(...unmet);
    return json({ ...own, scope: 'User.Read', access_token: `for ${form.assertion}`, id_token: this.idToken(), ...this.clientInfo(form) });
  }
}
