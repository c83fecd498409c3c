// SPDX-License-Identifier: Apache-2.0
// Microsoft Entra ID as far as somebody signing in sees it, on loopback: metadata, keys, authorize and token of both
// versions, Conditional Access, signing out, and what is asked of Graph.  Every answer can be changed by a test: `script`
// holds functions that are given what would be answered, and errors, delays and bodies that replace it.  Nothing in it is
// random but its keys.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import http from 'node:http';

export const TENANT = '11111111-2222-3333-4444-555555555555';
export const OTHER_TENANT = '99999999-2222-3333-4444-555555555555';
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad';
export const DOMAIN = 'contoso.example'; // of TENANT
export const CLIENT_ID = '00001111-aaaa-2222-bbbb-3333cccc4444';
export const CLIENT_SECRET = 'CANARY-s3cr3t~.+&';

const b64u = (value) => Buffer.from(value).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function newKey(issuer, cloud) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const kid = b64u(createHash('sha1').update(n).digest());
  // As Entra's: without `alg`, with a certificate that nobody needs.
  const jwk = { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c: ['MIIC'], ...(issuer && { issuer }), ...(cloud && { cloud_instance_name: cloud }) };
  return { kid, jwk, privateKey };
}

export const someone = (own = {}) => ({
  oid: 'aaaaaaaa-0000-0000-0000-00000000000a', sub: 'pairwise-sub-of-alice', tid: TENANT, name: 'Alice Example',
  preferred_username: 'alice@contoso.example', ver: '2.0', uti: 'u1', rh: '1.AX', aio: 'AX', ...own,
});

const V1_TEMPLATE = 'https://sts.windows.net/{tenantid}/';
const MANY = /^(common|organizations|consumers)$/;

// What is asked at which path; the first group is the tenant.
const ROUTES = [
  [/^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/, 'metadata', 2],
  [/^\/([^/]+)\/\.well-known\/openid-configuration$/, 'metadata', 1],
  [/^\/([^/]+)\/discovery\/v2\.0\/keys$/, 'jwks', 2],
  [/^\/([^/]+)\/discovery\/keys$/, 'jwks', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/authorize$/, 'authorize', 2],
  [/^\/([^/]+)\/oauth2\/authorize$/, 'authorize', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/token$/, 'token', 2],
  [/^\/([^/]+)\/oauth2\/token$/, 'token', 1],
  [/^\/([^/]+)\/oauth2\/v2\.0\/logout$/, 'logout', 2],
  [/^\/([^/]+)\/v2\.0\/adminconsent$/, 'consent', 2],
  [/^\/v1\.0\/me\/getMemberGroups()$/, 'graph'],
  [/^\/v1\.0\/applications\(appId='([^']+)'\)$/, 'application'],
];

export class Entra {
  // `name` is the address that it calls itself by, where it is not that of its port.
  async start(name) {
    this.server = http.createServer((request, response) => this.answer(request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    }));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    this.port = this.server.address().port;
    this.url = name ?? this.url;
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
    this.keys = [newKey(this.template, this.cloud), newKey(this.template),
      newKey(`${this.url}/${CONSUMERS}/v2.0`), newKey(this.template, 'microsoftonline.us')];
    this.user = someone();
    this.proven = undefined;
    this.dated = undefined; // how far the Date of answers is off, in seconds
    this.ahead = 0; // how far the clock of whoever asks has been put forward
    this.refreshTokens = new Map();
    this.policy = undefined; // of Conditional Access: { ids, code, suberror }
    this.revokedAt = undefined; // tokens of before are no good at Graph, in seconds
    this.script = {};
    // What somebody has clicked together in the portal: undefined is anything.
    this.registration = { redirectUris: undefined, tenants: undefined, consented: undefined, groups: 'SecurityGroup', readable: true, logoutUrls: [] };
    this.calls = [];
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

  // `max_age`: as it was asked for; who they are is proven then, unless `proven` says when it was.
  claims(nonce, max_age) {
    const now = seconds() + this.ahead;
    const auth_time = max_age === undefined ? undefined : this.proven ?? now;
    return { ...(auth_time && { auth_time }), aud: CLIENT_ID, iss: this.issuer(this.user.tid), iat: now, nbf: now, exp: now + 3900, ...(nonce && { nonce }), ...this.user };
  }

  idToken(nonce, max_age) {
    const claims = this.script.claims?.(this.claims(nonce, max_age)) ?? this.claims(nonce, max_age);
    return this.jwt(claims, this.script.sign?.(claims) ?? {});
  }

  static error(status, error, code, text, more = {}) {
    const timestamp = '2026-01-05 10:11:12Z';
    return { status, body: { error, error_description: `AADSTS${code}: ${text} Trace ID: 0 Timestamp: ${timestamp}`, error_codes: [code], timestamp, ...more } };
  }

  // What `name` is scripted to do instead: { status, headers, body, delay, cut }.
  async scripted(name, response) {
    const said = typeof this.script[name] === 'function' ? this.script[name](this) : this.script[name];
    if (said === undefined) return false;
    if (said.delay) await pause(said.delay);
    const body = typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {});
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...said.headers });
    if (said.cut) { response.write(body.slice(0, said.cut)); response.destroy(); } else response.end(body);
    return true;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const form = Object.fromEntries(new URLSearchParams(request.method === 'POST' && !text.startsWith('{') ? text : ''));
    this.calls.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), form, text, headers: request.headers });
    const json = (body, status = 200) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store, no-cache' }).end(JSON.stringify(body));
    const route = ROUTES.find(([pattern]) => pattern.test(url.pathname));
    if (this.dated !== undefined) response.setHeader('date', new Date(Date.now() + this.dated * 1000).toUTCString());
    if (!route) return response.writeHead(404).end();
    const [pattern, name, version] = route;
    const [, tenant] = pattern.exec(url.pathname);
    if (await this.scripted(name, response)) return undefined;
    return this[name]({ tenant, version, query: Object.fromEntries(url.searchParams), form, request, response, json });
  }

  metadata({ tenant: asked, version, json }) {
    const tenant = asked === DOMAIN ? TENANT : asked;
    const known = MANY.test(tenant);
    const { tenants } = this.registration;
    if (!known && (!/^[0-9a-f-]{36}$/i.test(tenant) || (tenants && !tenants.includes(tenant)))) {
      const { status, body } = Entra.error(400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found.`);
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
      userinfo_endpoint: `${this.url}/oidc/userinfo`, authorization_endpoint: `${this.url}/${tenant}/oauth2/v2.0/authorize`,
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
  clientInfo({ client_info }) {
    return client_info === undefined ? {} : { client_info: b64u(JSON.stringify({ uid: this.user.oid, utid: this.user.tid })) };
  }

  // In no order: it turns at each call.  Those of version 1 do not say whose they are.
  jwks({ version, json }) {
    const keys = this.keys.map(({ jwk: { issuer, cloud_instance_name, ...jwk } }) => (version === 1 ? jwk : { ...jwk, issuer, cloud_instance_name }));
    keys.unshift(...keys.splice(this.turn++ % keys.length));
    return json({ keys });
  }

  authorize({ tenant, query, response }) {
    if (query.client_id !== CLIENT_ID) return response.writeHead(400, { 'content-type': 'text/html' }).end('AADSTS700016');
    // entra.md 1.9: before the address is known to be registered nobody is sent there.
    const { redirectUris } = this.registration;
    if (redirectUris && !redirectUris.includes(query.redirect_uri))
      return response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Sign in to your account</title>AADSTS50011: The redirect URI '${query.redirect_uri}' does not match.`);
    if (query.prompt === 'none') {
      const { body } = Entra.error(400, 'login_required', 50058, 'Nobody is signed in.');
      return response.writeHead(302, { location: `${query.redirect_uri}?${new URLSearchParams({ error: body.error, error_description: body.error_description, state: query.state })}` }).end();
    }
    // Real ones are long.
    const code = `1.AX${b64u(createHash('sha512').update(`${query.state}${this.codes.size}`).digest())}${'x'.repeat(1200)}`;
    this.codes.set(code, { ...query, tenant });
    const out = { code, state: query.state, session_state: 'sid-1', ...this.clientInfo(query), ...this.script.answer?.(query) };
    if (query.response_mode !== 'form_post') return response.writeHead(302, { location: `${query.redirect_uri}?${new URLSearchParams(out)}` }).end();
    const inputs = Object.entries(out).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}" />`).join('');
    return response.writeHead(200, { 'content-type': 'text/html' }).end(`<form method="POST" name="hiddenform" action="${query.redirect_uri}">${inputs}</form>`);
  }

  // What Conditional Access still wants of somebody who has signed in with `claims` (1.19), or undefined.  To meet it takes
  // a person: with a refresh token nobody is shown a page.
  unmet(claims) {
    if (!this.policy) return undefined;
    const { ids = ['p-1'], code = 50076, suberror = 'basic_action' } = this.policy;
    const shown = JSON.parse(claims || '{}').access_token?.capolids?.values ?? [];
    if (ids.every((id) => shown.includes(id))) return undefined;
    return [400, 'interaction_required', code, 'A policy wants more.',
      { suberror, claims: JSON.stringify({ access_token: { capolids: { essential: true, values: ids } } }) }];
  }

  // A token that was asked for with the claims of a challenge says since when it is good.
  static since({ claims }) {
    const { value } = JSON.parse(claims || '{}').access_token?.nbf ?? {};
    return value === undefined ? '' : `since-${value}-`;
  }

  token({ tenant, version, form, json }) {
    const refuse = (...error) => { const { status, body } = Entra.error(...error); return json(body, status); };
    if (form.client_id !== CLIENT_ID) return refuse(400, 'unauthorized_client', 700016, 'Application not found.');
    if (form.client_assertion !== undefined && !this.trusts?.(form.client_assertion))
      return refuse(401, 'invalid_client', 700027, 'The assertion is not trusted.');
    if (form.client_assertion === undefined && form.client_secret !== CLIENT_SECRET) return refuse(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
    if (form.grant_type === 'refresh_token') return this.refresh(form, json);
    if (form.grant_type === 'client_credentials') return this.ownToken({ tenant, form, json, refuse });
    const code = this.codes.get(form.code);
    if (!code) return refuse(400, 'invalid_grant', 70000, 'The code is not valid.');
    if (code.used) return refuse(400, 'invalid_grant', 54005, 'The code was already redeemed.');
    if (code.tenant !== tenant) return refuse(400, 'invalid_grant', 700005, 'The code is of another tenant.');
    if (code.redirect_uri !== form.redirect_uri) return refuse(400, 'invalid_grant', 50011, 'The redirect URI differs.');
    if (createHash('sha256').update(form.code_verifier ?? '').digest('base64url') !== code.code_challenge)
      return refuse(400, 'invalid_grant', 501481, 'The Code_Verifier does not match.');
    code.used = true;
    const unmet = this.unmet(code.claims);
    if (unmet) return refuse(...unmet);
    if (version === 1) return json(this.firstTokens(code, form));
    const answer = { token_type: 'Bearer', scope: 'User.Read profile openid email', expires_in: 4736, ext_expires_in: 4736,
      access_token: `graph-${'y'.repeat(1500)}`, ...this.refreshToken(code.scope ?? '', code.claims), id_token: this.idToken(code.nonce, code.max_age), ...this.clientInfo(form) };
    return json(this.script.tokens?.(answer, code) ?? answer);
  }

  // Of version 1: all numbers are texts, and the names of claims are others.
  firstTokens(code, form) {
    const now = seconds() + this.ahead;
    const { preferred_username, ...who } = this.claims(code.nonce, code.max_age);
    const id_token = this.jwt({ ...who, iss: V1_TEMPLATE.replace('{tenantid}', who.tid), ver: '1.0', upn: preferred_username, unique_name: preferred_username });
    return { token_type: 'Bearer', scope: 'User.Read', expires_in: '4736', ext_expires_in: '4736', expires_on: String(now + 4736), not_before: String(now),
      resource: form.resource ?? '00000003-0000-0000-c000-000000000000', access_token: `graph-${'y'.repeat(1500)}`, id_token, ...this.clientInfo(form) };
  }

  // entra.md 1.10, 1.12: of one tenant, which has to know the application.
  ownToken({ tenant, form, json, refuse }) {
    const { consented } = this.registration;
    if (MANY.test(tenant)) return refuse(400, 'invalid_request', 9001023, 'The grant type is not supported here.');
    if (consented && !consented.includes(tenant)) return refuse(400, 'unauthorized_client', 700016, 'Application not found in the directory.');
    if (!/\/\.default$/.test(form.scope ?? '')) return refuse(400, 'invalid_scope', 1002012, 'The scope is not valid.');
    return json({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: `graph-own-${Entra.since(form)}${'y'.repeat(1200)}` });
  }

  // Whether Graph takes the token; continuous access evaluation says what another one has to be (1.19).
  admitted(pattern, { request, response, json }) {
    const authorization = request.headers.authorization ?? '';
    const since = Number(/-since-(\d+)-/.exec(authorization)?.[1] ?? 0);
    if (pattern.test(authorization) && since >= (this.revokedAt ?? 0)) return true;
    if (pattern.test(authorization)) {
      const claims = Buffer.from(JSON.stringify({ access_token: { nbf: { essential: true, value: String(this.revokedAt) } } })).toString('base64');
      response.setHeader('www-authenticate', `Bearer realm="", authorization_uri="${this.url}/common/oauth2/authorize", error="insufficient_claims", claims="${claims}"`);
    }
    json({ error: { code: 'InvalidAuthenticationToken' } }, 401);
    return false;
  }

  // What an application may read of itself, if it has been allowed to.
  application(asked) {
    const { groups, readable } = this.registration;
    const { json } = asked;
    if (!this.admitted(/^Bearer graph-own-/, asked)) return undefined;
    if (!readable) return json({ error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' } }, 403);
    return json({ '@odata.context': 'x', groupMembershipClaims: groups });
  }

  // An administrator of the user's tenant says yes, or `script.consented` something else.
  consent({ query, response }) {
    const out = { admin_consent: 'True', tenant: this.user.tid, scope: query.scope, state: query.state, ...this.script.consented?.(query) };
    return response.writeHead(302, { location: `${query.redirect_uri}?${new URLSearchParams(out)}` }).end();
  }

  // Out: what is registered is called in frames with the session, then the browser goes where it is asked to (1.17).
  logout({ query, response }) {
    const { logoutUrls, redirectUris } = this.registration;
    const frames = logoutUrls.map((url) => `<iframe src="${url}?sid=${this.user.sid ?? 'sid-1'}"></iframe>`).join('');
    const back = query.post_logout_redirect_uri;
    const next = back && (!redirectUris || redirectUris.includes(back)) ? `<a id="next" href="${back}">` : '';
    return response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Sign out</title>${frames}${next}`);
  }

  // A refresh token is for whoever the user was then.
  refreshToken(scope, claims) {
    if (!/\boffline_access\b/.test(scope)) return {};
    const refresh_token = `1.RT${this.refreshTokens.size}${'z'.repeat(1200)}`;
    this.refreshTokens.set(refresh_token, { user: this.user, scope, claims });
    return { refresh_token };
  }

  refresh({ refresh_token, claims }, json) {
    const known = this.refreshTokens.get(refresh_token);
    if (!known || known.revoked) {
      const { status, body } = Entra.error(400, 'invalid_grant', 50173, 'The grant was revoked.', { suberror: 'bad_token' });
      return json(body, status);
    }
    const unmet = this.unmet(known.claims);
    if (unmet) {
      const { status, body } = Entra.error(...unmet);
      return json(body, status);
    }
    const answer = { token_type: 'Bearer', expires_in: 4736, access_token: `graph-${Entra.since({ claims })}${'y'.repeat(1500)}`, ...this.refreshToken(known.scope, known.claims),
      id_token: this.jwt({ ...this.claims(), ...known.user }) };
    return json(this.script.refreshed?.(answer, known) ?? answer);
  }

  graph(asked) {
    if (!this.admitted(/^Bearer graph-/, asked)) return undefined;
    return asked.json({ '@odata.context': 'x', value: this.memberOf ?? [] });
  }

  // How often `name` of a path has been called.
  count(pattern) { return this.calls.filter(({ path }) => pattern.test(path)).length; }
}
