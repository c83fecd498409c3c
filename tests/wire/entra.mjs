// SPDX-License-Identifier: Apache-2.0
// Microsoft Entra ID as far as somebody signing in sees it, on loopback: metadata, keys, authorize and token of both
// versions, Conditional Access, devices, consent, signing out, and what is asked of Graph (entra.md 7.2).  Every answer can
// be changed by a test: `script` holds functions that are given what would be answered, and errors, delays and bodies that
// replace it; `registration` what somebody has set in the portal.  Nothing in it is random but its keys.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';
import { graph } from './entra_graph.mjs';
import { pages } from './entra_pages.mjs';
import { refusal } from './entra_refusal.mjs';
import { MANY, V1_TEMPLATE, tokens } from './entra_tokens.mjs';
import { selfSigned } from './self_signed.mjs';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const OTHER_TENANT = '99999999-2222-3333-4444-555555555555';
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';
export const DOMAIN = 'contoso.example'; // of TENANT
export const CLIENT_ID = '00001111-aaaa-2222-bbbb-3333cccc4444';
export const CLIENT_SECRET = 'CANARY-s3cr3t~.+&';

const b64u = (value) => Buffer.from(value).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const newPair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

function newKey(issuer, cloud, { publicKey, privateKey } = newPair()) {
  const { n, e } = publicKey.export({ format: 'jwk' });
  // As Entra's: without `alg`, with a certificate that nobody needs and whose thumbprint is the name.
  const x5c = selfSigned({ publicKey, privateKey }, 'accounts.accesscontrol.windows.net');
  const kid = b64u(createHash('sha1').update(x5c).digest());
  const jwk = { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c: [x5c.toString('base64')], ...(issuer && { issuer }), ...(cloud && { cloud_instance_name: cloud }) };
  return { kid, jwk, privateKey };
}

export const someone = (own = {}) => ({
  oid: 'aaaaaaaa-0000-0000-0000-00000000000a', sub: 'pairwise-sub-of-alice', tid: TENANT, name: 'Alice Example',
  preferred_username: 'alice@contoso.example', ver: '2.0', uti: 'u1', rh: '1.AX', aio: 'AX', ...own,
});

// What is asked at which path; the first group is the tenant, or whom it is about.
const ROUTES = [
  [/^\/(common)\/discovery\/instance$/, 'instance'],
  [/^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/, 'metadata', 2],
  [/^\/([^/]+)\/\.well-known\/openid-configuration$/, 'metadata', 1],
  [/^\/([^/]+)\/discovery\/v2\.0\/keys$/, 'jwks', 2],
  [/^\/([^/]+)\/discovery\/keys$/, 'jwks', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/authorize$/, 'authorize', 2],
  [/^\/([^/]+)\/oauth2\/authorize$/, 'authorize', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/token$/, 'token', 2],
  [/^\/([^/]+)\/oauth2\/token$/, 'token', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/devicecode$/, 'devicecode', 2],
  [/^\/([^/]+)\/oauth2\/v2\.0\/logout$/, 'logout', 2],
  [/^\/([^/]+)\/v2\.0\/adminconsent$/, 'consent', 2],
  [/^\/([^/]+)\/adminconsent$/, 'consent', 1],
  [/^\/oidc\/userinfo$/, 'userinfo'],
  [/^\/v1\.0\/me$/, 'me'],
  [/^\/v1\.0\/users\/([^/]+)$/, 'somebody'],
  [/^\/v1\.0\/me\/getMemberGroups$/, 'graph'],
  [/^\/v1\.0\/me\/getMemberObjects$/, 'memberObjects'],
  [/^\/v1\.0\/me\/transitiveMemberOf(?:\/microsoft\.graph\.group)?$/, 'transitive'],
  [/^\/v1\.0\/me\/checkMemberGroups$/, 'checkMemberGroups'],
  [/^\/v1\.0\/(?:me|users\/([^/]+))\/revokeSignInSessions$/, 'revoke'],
  [/^\/v1\.0\/applications\(appId='([^']+)'\)$/, 'application'],
];

export class Entra {
  // `name` is the address that it calls itself by, where it is not that of its port.
  async start(name) {
    this.server = http.createServer((request, response) => this.answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    }));
    this.server.keepAliveTimeout = 0; // who comes back late, since the machine is busy, is not turned away
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    this.port = this.server.address().port;
    this.url = name ?? this.url;
    this.graphUrl = this.url; // Graph is at the same port, by whatever name
    this.template = `${this.url}/{tenantid}/v2.0`;
    this.cloud = 'microsoftonline.com';
    this.reset();
    return this;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  // As on the first day: two keys of every tenant, one of personal accounts, one of another cloud.
  reset() {
    this.pairs ??= Array.from({ length: 4 }, newPair);
    this.keys = [[this.template, this.cloud], [this.template], [`${this.url}/${CONSUMERS}/v2.0`], [this.template, 'microsoftonline.us']]
      .map(([issuer, cloud], i) => newKey(issuer, cloud, this.pairs[i]));
    this.user = someone();
    this.proven = undefined;
    this.dated = undefined; // how far the Date of answers is off, in seconds
    this.ahead = 0; // how far the clock of whoever asks has been put forward
    this.clientId = CLIENT_ID;
    this.clientSecret = CLIENT_SECRET;
    this.people = []; // who else there is, to be hinted at
    this.signedIn = []; // whom prompt=none finds in the browser
    this.guests = new Map(); // of tenants where the user is one: what differs there
    this.memberOf = undefined; // ids of groups, at Graph
    this.refreshTokens = new Map();
    this.bearers = new Map(); // of tokens of Graph: whose
    this.devices = new Map();
    this.pending = 1;
    this.deviceEnds = undefined; // 'declined' or 'expired'
    this.policy = undefined; // of Conditional Access: { ids, code, suberror }
    this.revokedAt = undefined; // tokens of before are no good at Graph, in seconds
    this.script = {};
    // What somebody has clicked together in the portal: undefined is anything.  `type` may be 'public', `consent` what is still
    // missing ('user' or 'administrator'), `assigned` the people who may in, `restricted` the tenants that a proxy keeps out,
    // `apis` by URI what tokens are made for: { id, version, roles, typ }, `signInFrequency` seconds.
    this.registration = { redirectUris: undefined, tenants: undefined, consented: undefined, groups: 'SecurityGroup', readable: true, logoutUrls: [],
      implicit: false, administrator: true };
    this.calls = [];
    this.hungUp = [];
    this.codes = new Map();
    this.turn = 0;
  }

  // Another set, with or without the old one in it.
  roll({ keep = false } = {}) {
    const fresh = newKey(this.template, this.cloud);
    this.keys = keep ? [fresh, ...this.keys] : [fresh, newKey(this.template), ...this.keys.slice(2)];
  }

  jwt(claims, { key = this.keys[0], header = {}, raw } = {}) {
    const head = b64u(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header }));
    const payload = b64u(raw ?? JSON.stringify(claims));
    return `${head}.${payload}.${sign('sha256', Buffer.from(`${head}.${payload}`), key.privateKey).toString('base64url')}`;
  }

  issuer(tid) { return this.template.replace('{tenantid}', tid); }

  now() { return seconds() + this.ahead; }

  // `max_age`: as it was asked for; who they are is proven then, unless `proven` says when it was.
  claims(nonce, max_age) {
    const now = this.now();
    const auth_time = max_age === undefined ? undefined : this.proven ?? now;
    return { ...(auth_time && { auth_time }), aud: CLIENT_ID, iss: this.issuer(this.user.tid), iat: now, nbf: now, exp: now + 3900, ...(nonce && { nonce }), ...this.user };
  }

  idToken(nonce, max_age, more = {}) {
    const whole = { ...this.claims(nonce, max_age), ...more, ...(more.tid && { iss: this.issuer(more.tid) }) };
    const claims = this.script.claims?.(whole) ?? whole;
    return this.jwt(claims, this.script.sign?.(claims) ?? {});
  }

  static error(...why) { return refusal(...why); }

  // What `name` is scripted to do instead: { status, headers, body, delay, cut, trickle }: after a delay, cut after so many
  // bytes, or a byte at a time with so many milliseconds between them.
  async scripted(name, response) {
    const said = typeof this.script[name] === 'function' ? this.script[name](this) : this.script[name];
    if (said === undefined) return false;
    if (said.delay) await pause(said.delay);
    const body = typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {});
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...said.headers });
    if (said.trickle) await this.trickle(response, body, said.trickle);
    else if (said.cut) { response.write(body.slice(0, said.cut)); response.destroy(); } else response.end(body);
    return true;
  }

  // `hungUp`: after how many bytes whoever asked had enough.
  async trickle(response, body, ms) {
    for (let sent = 0; sent < body.length && !response.destroyed; sent++) {
      response.write(body[sent]);
      await pause(ms);
      if (response.destroyed) this.hungUp.push(sent);
    }
    response.end();
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const body = text.startsWith('{') ? JSON.parse(text) : undefined;
    const form = Object.fromEntries(new URLSearchParams(request.method === 'POST' && !body ? text : ''));
    const query = Object.fromEntries(url.searchParams);
    this.calls.push({ method: request.method, path: url.pathname, query, form, text, headers: request.headers });
    this.general({ ...query, ...form }, request, response);
    const json = (answer, status = 200) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
    const route = ROUTES.find(([pattern]) => pattern.test(url.pathname));
    if (!route) return response.writeHead(404).end();
    const [pattern, name, version] = route;
    const [, tenant] = pattern.exec(url.pathname);
    if (await this.scripted(name, response)) return undefined;
    return this[name]({ tenant, version, query, form, body, request, response, json });
  }

  // Of every answer: who asked is told its own number again, where it wants that.
  general(asked, { headers }, response) {
    response.setHeader('cache-control', 'no-store, no-cache');
    response.setHeader('pragma', 'no-cache');
    response.setHeader('x-ms-request-id', `00000000-0000-0000-0000-${String(this.calls.length).padStart(12, '0')}`);
    const id = headers['client-request-id'] ?? asked['client-request-id'];
    if (id && (headers['return-client-request-id'] ?? asked['return-client-request-id']) === 'true') response.setHeader('client-request-id', id);
    if (this.dated !== undefined) response.setHeader('date', new Date(Date.now() + this.dated * 1000).toUTCString());
  }

  tenantOf(asked) { return asked === DOMAIN ? TENANT : asked; }

  isUnknown(asked) {
    const tenant = this.tenantOf(asked);
    const { tenants } = this.registration;
    return !MANY.test(tenant) && (!/^[0-9a-f-]{36}$/i.test(tenant) || Boolean(tenants && !tenants.includes(tenant)));
  }

  // Which host is whose (3.6): we alone, and the metadata of the tenant that is asked about.
  instance({ query, json }) {
    const { host } = new URL(this.url);
    const about = query.authorization_endpoint ?? '';
    if (!about.startsWith(`${this.url}/`)) {
      const { status, body } = refusal(400, 'invalid_instance', 50049, 'Unknown or invalid instance.');
      return json(body, status);
    }
    return json({ tenant_discovery_endpoint: about.replace(/\/oauth2\/(v2\.0\/)?authorize$/, '/v2.0/.well-known/openid-configuration'),
      'api-version': '1.1', metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }] });
  }

  metadata({ tenant: asked, version, json }) {
    const tenant = this.tenantOf(asked);
    const known = MANY.test(tenant);
    if (this.isUnknown(asked)) {
      const { status, body } = refusal(400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found.`);
      return json(body, status);
    }
    const issuer = known && tenant !== 'consumers' ? this.template : this.issuer(tenant === 'consumers' ? CONSUMERS : tenant);
    const document = version === 1 ? this.firstMetadata(tenant, issuer) : {
      token_endpoint: `${this.url}/${tenant}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${this.url}/${tenant}/discovery/v2.0/keys`, response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'], id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'], issuer, request_uri_parameter_supported: false,
      userinfo_endpoint: `${this.graphUrl}/oidc/userinfo`, authorization_endpoint: `${this.url}/${tenant}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${this.url}/${tenant}/oauth2/v2.0/devicecode`, http_logout_supported: true,
      frontchannel_logout_supported: true, end_session_endpoint: `${this.url}/${tenant}/oauth2/v2.0/logout`,
      tenant_region_scope: null, cloud_instance_name: this.cloud, cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.com', rbac_url: 'https://pas.windows.net',
    };
    return json(this.script.document?.(document) ?? document);
  }

  // Of version 1 (1.1): the issuer is elsewhere, with a slash, and the keys are common to all.
  firstMetadata(tenant, issuer) {
    return {
      token_endpoint: `${this.url}/${tenant}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${this.url}/common/discovery/keys`, response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'], id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'], scopes_supported: ['openid'],
      issuer: V1_TEMPLATE.replace('{tenantid}', /[0-9a-f-]{36}/i.exec(issuer) ?? '{tenantid}'), microsoft_multi_refresh_token: true,
      authorization_endpoint: `${this.url}/${tenant}/oauth2/authorize`, end_session_endpoint: `${this.url}/${tenant}/oauth2/logout`,
      tenant_region_scope: null, cloud_instance_name: this.cloud, cloud_graph_host_name: 'graph.windows.net', msgraph_host: 'graph.microsoft.com',
    };
  }

  // Who it is at home, for MSAL, which asks for it.
  clientInfo({ client_info }, { oid, tid } = this.user) {
    return client_info === undefined ? {} : { client_info: b64u(JSON.stringify({ uid: oid, utid: tid })) };
  }

  // In no order: it turns at each call.  Those of version 1 do not say whose they are.
  jwks({ version, json }) {
    const keys = this.keys.map(({ jwk: { issuer, cloud_instance_name, ...jwk } }) => (version === 1 ? jwk : { ...jwk, issuer, cloud_instance_name }));
    keys.unshift(...keys.splice(this.turn++ % keys.length));
    return json({ keys });
  }

  // How often `name` of a path has been called.
  count(pattern) { return this.calls.filter(({ path }) => pattern.test(path)).length; }
}

Object.assign(Entra.prototype, pages, tokens, graph);
