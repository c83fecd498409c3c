// SPDX-License-Identifier: Apache-2.0
// An Azure Key Vault as its clients meet it, by https on loopback: the challenge, secrets and keys with their versions,
// signatures of digests.  `script` holds, for each operation, what to answer instead, one after the other, or always:
// { status, headers, body, delay }; `denied` holds operations that the identity may not do.  It is under a name of its
// own, kv1.localhost, and its tokens are those that EntraTls and AzurePlatform give.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntraTls, certificate } from './azure_platform.mjs';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';

const seconds = () => Math.floor(Date.now() / 1000);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const refuse = (status, code, message, inner) => ({ status, body: { error: { code, message, ...(inner && { innererror: { code: inner } }) } } });
const DIGESTS = { RS256: 32, PS256: 32, ES256: 32, RS384: 48, PS384: 48, ES384: 48, RS512: 64, PS512: 64, ES512: 64 };
const PAGE = 2; // so that there are several

// A signature of a digest, as openssl makes it.
function signDigest(file, alg, digest) {
  const hash = `digest:sha${alg.slice(2)}`;
  const more = { RS: ['-pkeyopt', hash], PS: ['-pkeyopt', hash, '-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest'], ES: [] }[alg.slice(0, 2)];
  return new Promise((done, failed) => {
    const child = execFile('openssl', ['pkeyutl', '-sign', '-inkey', file, ...more], { encoding: 'buffer' },
      (error, stdout) => (error ? failed(error) : done(alg.startsWith('ES') ? rawOfDer(stdout, Number(alg.slice(2)) / 8) : stdout)));
    child.stdin.end(digest);
  });
}

// r and s side by side, of the SEQUENCE.
function rawOfDer(der, half) {
  const halves = [];
  for (let at = 2; at < der.length; at += 2 + der[at + 1]) {
    const number = der.subarray(at + 2, at + 2 + der[at + 1]);
    halves.push(Buffer.concat([Buffer.alloc(half), number]).subarray(-half));
  }
  return Buffer.concat(halves);
}

export class KeyVault {
  async start({ entra, name = 'kv1' } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'uauth-vault-'));
    this.host = `${name}.localhost`;
    this.own = certificate(this.folder, 'vault', this.host, ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    this.authority = entra.url;
    this.server = https.createServer({ key: this.own.key, cert: this.own.cert }, (request, response) => this.answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    }));
    await this.listen(0);
    this.url = `https://${this.host}:${this.port}`;
    this.resource = `https://localhost:${this.port}`;
    this.reset();
    return this;
  }

  async listen(port) {
    await new Promise((done) => this.server.listen(port, '127.0.0.1', done));
    this.port = this.server.address().port;
  }

  // Nobody is there for a while; and again, at the same place.
  away() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
  back() { return this.listen(this.port); }

  async close() {
    if (this.server.listening) await this.away();
    rmSync(this.folder, { recursive: true, force: true });
  }

  reset() {
    this.calls = [];
    this.script = {};
    this.denied = new Set();
    this.things = { secrets: new Map(), keys: new Map() };
    this.made = 0;
    this.challenge = `Bearer authorization="${this.authority}/${TENANT}", resource="${this.resource}"`;
  }

  // How a setting names something in it.
  reference(name, version) { return `keyvault://${this.host}:${this.port}/${name}${version ? `/${version}` : ''}`; }
  count(operation) { return this.calls.filter((call) => call.operation === operation && call.token).length; }

  add(kind, name, own) {
    // Those that were made in one second are in order, too.
    const one = { version: randomBytes(16).toString('hex'), attributes: { enabled: true, created: seconds() - 1000 + this.made, updated: seconds(), recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 }, ...own };
    this.made += 1;
    this.things[kind].set(name, [...(this.things[kind].get(name) ?? []), one]);
    return one;
  }

  secret(name, value) { return this.add('secrets', name, { value }); }

  // A new version of a key; `type`: rsa, P-256, P-384.
  key(name, { type = 'rsa', hsm = false, ops = ['sign', 'verify'] } = {}) {
    const { publicKey, privateKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: type });
    const one = this.add('keys', name, { type, ops, public: publicKey.export({ format: 'jwk' }), hsm });
    one.file = join(this.folder, `${one.version}.pem`);
    writeFileSync(one.file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const { kty, n, e, crv, x, y } = one.public;
    const canonical = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
    one.kid = createHash('sha256').update(JSON.stringify(canonical)).digest('base64url');
    return one;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const [, kind, name, version, more] = url.pathname.split('/');
    const operation = more === 'sign' ? 'sign' : version === 'versions' ? 'versions' : kind;
    const token = request.headers.authorization?.replace(/^Bearer /, '');
    this.calls.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), operation, token, text, headers: request.headers });
    const said = token ? this.scripted(operation) : undefined;
    if (said?.delay) await pause(said.delay);
    const out = said?.status ? said : await this.decide({ request, url, kind, name, version, operation, token, text });
    const body = typeof out.body === 'string' ? out.body : JSON.stringify(out.body ?? {});
    response.writeHead(out.status ?? 200, { 'content-type': 'application/json; charset=utf-8', 'x-ms-keyvault-region': 'westeurope', 'x-ms-request-id': 'r-1', ...out.headers });
    response.end(body);
  }

  scripted(operation) {
    const said = this.script[operation];
    return Array.isArray(said) ? said.shift() : said;
  }

  decide({ request, url, kind, name, version, operation, token, text }) {
    const unauthorized = (message) => ({ ...refuse(401, 'Unauthorized', message), headers: { 'www-authenticate': this.challenge } });
    if (!token) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
    if (token !== `app ${this.resource}/.default` && token !== `at for ${this.resource}`) return unauthorized('AKV10022: Invalid audience.');
    if (!url.searchParams.get('api-version')) return refuse(400, 'BadParameter', 'api-version must be specified.');
    if (this.denied.has(operation)) return refuse(403, 'Forbidden', `Caller is not authorized to perform action on resource. Action: '${operation}'`, 'ForbiddenByRbac');
    const all = this.things[kind]?.get(name);
    const missing = { secrets: 'SecretNotFound', keys: 'KeyNotFound' }[kind];
    if (!all) return missing ? refuse(404, missing, `A ${kind.slice(0, -1)} with (name/id) ${name} was not found in this key vault.`) : { status: 404 };
    if (operation === 'versions') return this.versions(kind, name, all, url);
    const one = version ? all.find((each) => each.version === version) : all.at(-1);
    if (!one) return refuse(404, missing, `A version ${version} was not found.`);
    if (operation === 'sign') return request.method === 'POST' ? this.sign(name, one, JSON.parse(text)) : { status: 405 };
    return kind === 'secrets' ? this.secrets(name, one) : this.keys(name, one);
  }

  id(kind, name, version) { return `${this.url}/${kind}/${name}/${version}`; }

  secrets(name, one) {
    if (!one.attributes.enabled) return refuse(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
    return { body: { value: one.value, contentType: 'text/plain', id: this.id('secrets', name, one.version), attributes: one.attributes, tags: {} } };
  }

  keys(name, one) {
    const { kty, ...numbers } = one.public;
    return { body: { key: { kid: this.id('keys', name, one.version), kty: one.hsm ? `${kty}-HSM` : kty, key_ops: one.ops, ...numbers }, attributes: { ...one.attributes, exportable: false }, tags: {} } };
  }

  // In no order, with a link to more.
  versions(kind, name, all, url) {
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const value = all.slice(from, from + PAGE).map(({ version, attributes }) => ({ [kind === 'keys' ? 'kid' : 'id']: this.id(kind, name, version), attributes }));
    const next = from + PAGE < all.length ? `${this.url}/${kind}/${name}/versions?api-version=${url.searchParams.get('api-version')}&$skiptoken=${from + PAGE}` : null;
    return { body: { value, nextLink: next } };
  }

  async sign(name, one, { alg, value }) {
    const digest = Buffer.from(value ?? '', 'base64url');
    if (!one.attributes.enabled) return refuse(403, 'Forbidden', 'Operation sign is not allowed on a disabled key.', 'KeyDisabled');
    if (!one.ops.includes('sign')) return refuse(403, 'Forbidden', 'Operation sign is not permitted on this key.', 'KeyOperationForbidden');
    const fits = one.type === 'rsa' ? /^[RP]S/.test(alg) : alg === `ES${one.type.slice(2)}`;
    if (!fits || DIGESTS[alg] !== digest.length) return refuse(400, 'BadParameter', `Property  has invalid value`);
    const signature = await signDigest(one.file, alg, digest);
    return { body: { kid: this.id('keys', name, one.version), value: signature.toString('base64url') } };
  }
}

// A vault with a key that signs, who says who we are there, and the settings of a server that uses it.
export async function withKeyVault(folder, key) {
  const entra = await new EntraTls().startTls(folder);
  const vault = await new KeyVault().start({ entra });
  const ca = join(folder, 'vault-ca.pem');
  writeFileSync(ca, readFileSync(entra.own.certPath, 'utf8') + readFileSync(vault.own.certPath, 'utf8'));
  vault.key('jwt', key);
  const env = { AUTH_OUTBOUND_CA: ca, AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET,
    AUTH_JWT_KEY_VAULT_KEY: vault.reference('jwt'), AUTH_KEY_VAULT_TIMEOUT_MS: '5000' };
  return { vault, entra, env, close: async () => { await vault.close(); await entra.close(); } };
}
