// SPDX-License-Identifier: Apache-2.0
// The emulator of Entra ID itself, endpoint by endpoint (entra.md 7.2): what Microsoft's documents say that they answer, by
// MSAL where it asks for it, else by plain requests.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { CLIENT_ID, CLIENT_SECRET, CONSUMERS, Entra, OTHER_TENANT, TENANT, someone } from './entra.mjs';
import { HOST, confidential, example, open, signInCarried } from './msal_carried.mjs';

const CALLBACK = 'https://app.test/cb';
let entra, plain;
before(async () => {
  entra = await new Entra().start(`https://${HOST}`);
  plain = await new Entra().start();
});
after(async () => { await entra?.close(); await plain?.close(); });
beforeEach(() => { entra.reset(); plain.reset(); });

const ask = (path, query = {}, options = {}) => fetch(`${plain.url}${path}?${new URLSearchParams(query)}`, { redirect: 'manual', ...options });
const post = (path, form, headers = {}) => fetch(`${plain.url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
const asked = (own = {}) => ({ client_id: CLIENT_ID, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 's-1', nonce: 'n-1', code_challenge: 'c', code_challenge_method: 'S256', ...own });
const AUTHORIZE = `/${TENANT}/oauth2/v2.0/authorize`, TOKEN = `/${TENANT}/oauth2/v2.0/token`;
const answerOf = (response) => {
  const url = new URL(response.headers.get('location'));
  return Object.fromEntries(url.hash ? new URLSearchParams(url.hash.slice(1)) : url.searchParams);
};

test('every answer has a number, is kept by nobody, and tells whoever asks their own number', async () => {
  const id = '99999999-0000-0000-0000-000000000001';
  for (const path of [`/${TENANT}/v2.0/.well-known/openid-configuration`, '/common/discovery/keys', AUTHORIZE, '/v1.0/me']) {
    const answer = await ask(path, {}, { headers: { 'Client-Request-ID': id, 'Return-Client-Request-Id': 'true' } });
    assert.match(answer.headers.get('x-ms-request-id'), /^[0-9a-f-]{36}$/, path);
    assert.equal(answer.headers.get('cache-control'), 'no-store, no-cache');
    assert.equal(answer.headers.get('pragma'), 'no-cache');
    assert.equal(answer.headers.get('client-request-id'), id);
  }
  assert.equal((await ask('/v1.0/me', {}, { headers: { 'client-request-id': id } })).headers.has('client-request-id'), false);
});

test('instance discovery and metadata: which host it is, which tenants there are, and nothing about PKCE', async () => {
  const of = (host, tenant = TENANT) => ask('/common/discovery/instance', { 'api-version': '1.1', authorization_endpoint: `${host}/${tenant}/oauth2/v2.0/authorize` });
  const found = await (await of(plain.url)).json();
  assert.equal(found.tenant_discovery_endpoint, `${plain.url}/${TENANT}/v2.0/.well-known/openid-configuration`);
  assert.deepEqual(found.metadata[0].aliases, [new URL(plain.url).host]);
  const other = await of('https://evil.example');
  assert.deepEqual([other.status, (await other.json()).error_codes], [400, [50049]]);
  const document = async (tenant) => (await ask(`/${tenant}/v2.0/.well-known/openid-configuration`)).json();
  for (const tenant of ['common', 'organizations']) assert.equal((await document(tenant)).issuer, plain.template);
  assert.equal((await document('consumers')).issuer, plain.issuer(CONSUMERS));
  assert.equal((await document('contoso.example')).issuer, plain.issuer(TENANT));
  assert.equal((await document(TENANT)).code_challenge_methods_supported, undefined);
  assert.deepEqual((await document('nobody.example')).error_codes, [90002]);
});

test('keys: several, in no order, without alg, each with its issuer', async () => {
  const read = async () => (await (await ask(`/${TENANT}/discovery/v2.0/keys`)).json()).keys;
  const [first, second] = [await read(), await read()];
  assert.notDeepEqual(first.map(({ kid }) => kid), second.map(({ kid }) => kid));
  assert.deepEqual(new Set(first.map(({ kid }) => kid)), new Set(second.map(({ kid }) => kid)));
  assert.ok(first.length >= 4 && first.every(({ alg, issuer, x5t, kid }) => alg === undefined && issuer && x5t === kid));
  assert.ok(first.some(({ issuer }) => issuer === plain.issuer(CONSUMERS)));
  for (const { x5c, kid, n } of first) {
    const certificate = new X509Certificate(Buffer.from(x5c[0], 'base64'));
    assert.equal(Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url'), kid);
    assert.equal(certificate.publicKey.export({ format: 'jwk' }).n, n);
    assert.ok(certificate.verify(certificate.publicKey));
  }
});

// ---- authorize (1.9) ----

test('authorize: what is wrong with the application is shown and not told to any address', async () => {
  plain.registration.redirectUris = [CALLBACK];
  for (const [own, status, text] of [[{ client_id: 'other' }, 400, /AADSTS700016/], [{ redirect_uri: 'https://evil.example/' }, 200, /AADSTS50011/], [{ redirect_uri: `${CALLBACK}/` }, 200, /AADSTS50011/]]) {
    const answer = await ask(AUTHORIZE, asked(own));
    assert.equal(answer.status, status);
    assert.equal(answer.headers.has('location'), false);
    assert.match(await answer.text(), text);
  }
});

test('authorize: by GET and by POST, and back by query, fragment and form', async () => {
  const state = '"<s>&1';
  for (const send of [(own) => ask(AUTHORIZE, asked({ state, ...own })), (own) => post(AUTHORIZE, asked({ state, ...own }))]) {
    for (const [own, mark] of [[{}, '?'], [{ response_mode: 'query' }, '?'], [{ response_mode: 'fragment' }, '#']]) {
      const answer = await send(own);
      assert.ok(answer.headers.get('location').startsWith(`${CALLBACK}${mark}`), answer.headers.get('location').slice(0, 60));
      assert.equal(answerOf(answer).state, state);
      assert.ok(answerOf(answer).code.length > 1200);
    }
    const page = await (await send({ response_mode: 'form_post' })).text();
    assert.match(page, /<form method="POST" name="hiddenform" action="https:\/\/app\.test\/cb">/);
    assert.match(page, /name="state" value="&quot;&lt;s>&amp;1"/);
    assert.match(page, /name="session_state"/);
  }
  const more = await ask(AUTHORIZE, asked({ redirect_uri: `${CALLBACK}?x=1`, client_info: '1', 'x-client-sku': 'y' }));
  assert.match(more.headers.get('location'), /^https:\/\/app\.test\/cb\?x=1&code=/);
  assert.deepEqual(JSON.parse(Buffer.from(answerOf(more).client_info, 'base64url')), { uid: plain.user.oid, utid: TENANT });
});

const NONE = { prompt: 'none' };
const HINDERED = [
  ['nobody is signed in', NONE, {}, 'login_required', 50058],
  ['several are signed in', NONE, { signedIn: [someone(), someone({ oid: 'b' })] }, 'interaction_required', 16000],
  ['nobody has consented', NONE, { signedIn: [someone()], registration: { consent: 'user' } }, 'consent_required', 65001],
  ['an administrator has to consent', {}, { registration: { consent: 'administrator' } }, 'consent_required', 90094],
  ['somebody is not assigned', {}, { registration: { assigned: ['b'] } }, 'access_denied', 50105],
  ['a tenant is kept out', {}, { registration: { restricted: [TENANT] } }, 'access_denied', 500022],
  ['ID tokens from there are not enabled', { response_type: 'id_token' }, {}, 'unsupported_response_type', 700054],
  ['an ID token without nonce', { response_type: 'id_token', nonce: '' }, { registration: { implicit: true } }, 'invalid_request', 900144],
  ['a token in the query', { response_type: 'id_token', response_mode: 'query' }, { registration: { implicit: true } }, 'invalid_request', 70007],
];
for (const [name, own, { registration, ...state }, error, code] of HINDERED) {
  test(`authorize tells the application: ${name}`, async () => {
    Object.assign(plain, state);
    Object.assign(plain.registration, registration);
    const told = answerOf(await ask(AUTHORIZE, asked(own)));
    assert.equal(told.error, error);
    assert.match(told.error_description, new RegExp(`^AADSTS${code}: `));
    assert.equal(told.state, 's-1');
    assert.equal(told.code, undefined);
  });
}

test('authorize: who is hinted at comes, without a page where they are signed in; MSAL has them', async () => {
  const bob = someone({ oid: 'aaaaaaaa-0000-0000-0000-00000000000b', sub: 'bob', preferred_username: 'bob@contoso.example' });
  entra.people = [bob];
  entra.signedIn = [entra.user, bob];
  const signIn = async (more) => (await signInCarried(entra, confidential(entra), more)).account.username;
  assert.equal(await signIn({ loginHint: bob.preferred_username }), bob.preferred_username);
  assert.equal(await signIn({ loginHint: bob.preferred_username, prompt: 'none' }), bob.preferred_username);
  assert.equal(await signIn({ loginHint: bob.preferred_username, prompt: 'select_account' }), entra.user.preferred_username);
  entra.signedIn = [bob];
  assert.equal(await signIn({ prompt: 'none' }), bob.preferred_username);
  assert.equal(await signIn({ responseMode: 'fragment' }), entra.user.preferred_username);
});

// ---- token (1.10, 1.11) ----

const REFUSED = [
  ['another method', null, {}, 900561], ['nothing', {}, {}, 900144], ['an unknown grant', { grant_type: 'password2' }, {}, 70003],
  ['an unknown application', { client_id: 'other' }, {}, 700016], ['no secret', { client_secret: undefined }, {}, 7000218], ['a bad secret', { client_secret: 'x' }, {}, 7000215],
  ['a secret that has ended', {}, { secretExpired: true }, 7000222, true], ['a secret of a public client', {}, { type: 'public' }, 700025, true],
  ['an assertion of nobody', { client_secret: undefined, client_assertion: 'a.b.c' }, {}, 700027],
  ['a tenant that is not there', {}, { tenants: [OTHER_TENANT] }, 90002, true], ['scopes that are mixed', { scope: 'api://x/.default api://x/read' }, {}, 70011],
  ['scopes of two resources', { scope: 'api://x/read api://y/read' }, {}, 700022], ['a scope that names one thing', { scope: 'api://x/read' }, {}, 1002012],
  ['a code of nobody', { grant_type: 'authorization_code', code: 'x' }, {}, 70000], ['a refresh token of nobody', { grant_type: 'refresh_token', refresh_token: 'x' }, {}, 50173],
  ['a device of nobody', { grant_type: 'device_code', device_code: 'x' }, {}, 70018],
];
const OWN = { grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET, scope: 'api://x/.default' };
test('token: what is refused, by its number, in the order in which it is looked at', async () => {
  assert.equal((await post(TOKEN, OWN)).status, 200);
  for (const [name, own, registration, code, whole] of REFUSED) {
    plain.reset();
    Object.assign(plain.registration, registration);
    const form = own && (Object.keys(own).length || whole ? Object.fromEntries(Object.entries({ ...OWN, ...own }).filter(([, value]) => value !== undefined)) : own);
    const answer = await (form ? post(TOKEN, form) : ask(TOKEN));
    assert.ok([400, 401].includes(answer.status), name);
    const { error_codes, error_description } = await answer.json();
    assert.deepEqual(error_codes, [code], name);
    assert.match(error_description, new RegExp(`^AADSTS${code}: `));
  }
  for (const many of ['common', 'organizations', 'consumers']) assert.deepEqual((await (await post(`/${many}/oauth2/v2.0/token`, OWN)).json()).error_codes, [9001023]);
  // The earlier one is told, whatever else is wrong.
  plain.registration.tenants = [];
  assert.deepEqual((await (await post(TOKEN, { ...OWN, client_id: 'x', client_secret: 'x' })).json()).error_codes, [90002]);
});

test('token: a code is of its address, its verifier, its tenant and ten minutes', async () => {
  const redeem = async (own = {}, tenant = TENANT) => {
    const { code } = answerOf(await ask(AUTHORIZE, asked()));
    plain.ahead += own.later ?? 0;
    return (await post(`/${tenant}/oauth2/v2.0/token`, { grant_type: 'authorization_code', client_id: CLIENT_ID, client_secret: CLIENT_SECRET, code, redirect_uri: CALLBACK, code_verifier: 'v', ...own })).json();
  };
  const { error_codes: verifier } = await redeem();
  assert.deepEqual(verifier, [501481]);
  assert.deepEqual((await redeem({ redirect_uri: `${CALLBACK}/x` })).error_codes, [50011]);
  const app = confidential(entra);
  assert.ok((await signInCarried(entra, app)).accessToken);
  entra.registration.consent = 'user';
  await assert.rejects(signInCarried(entra, app), (error) => error.subError === 'consent_required' && String(error.errorNo) === '65001');
  assert.ok((await signInCarried(entra, app, { prompt: 'consent' })).accessToken);
  entra.script.answer = () => { entra.ahead = 601; };
  await assert.rejects(signInCarried(entra, app), (error) => String(error.errorNo) === '70008');
});

test('refresh: old ones stay good; they end by time, by policy, and are of other tenants as a guest', async () => {
  const app = confidential(entra, { authority: 'organizations' });
  const { account } = await signInCarried(entra, app, { scopes: ['User.Read', 'offline_access'] });
  const silent = (more = {}) => app.acquireTokenSilent({ account, scopes: ['User.Read'], forceRefresh: true, ...more });
  const [first] = entra.refreshTokens.keys();
  await silent();
  assert.notEqual([...entra.refreshTokens.keys()].at(-1), first);
  assert.equal((await (await fetch(`http://127.0.0.1:${entra.port}${TOKEN}`, { method: 'POST', body: new URLSearchParams({ ...OWN, scope: 'User.Read', grant_type: 'refresh_token', refresh_token: first }) })).status), 200);
  entra.guests.set(OTHER_TENANT, { oid: 'bbbbbbbb-0000-0000-0000-00000000000a', sub: 'as-guest' });
  const there = await silent({ authority: `https://${HOST}/${OTHER_TENANT}` });
  assert.equal(there.tenantId, OTHER_TENANT);
  assert.equal(there.idTokenClaims.oid, 'bbbbbbbb-0000-0000-0000-00000000000a');
  assert.equal(there.account.homeAccountId, account.homeAccountId);
  entra.guests.clear();
  const refused = (code) => (error) => String(error.errorNo) === String(code);
  await assert.rejects(silent({ authority: `https://${HOST}/${OTHER_TENANT}`, claims: '{"access_token":{"x":null}}' }), refused(50020));
  entra.registration.signInFrequency = 3600;
  entra.ahead = 3700;
  await assert.rejects(silent(), refused(70043));
  const again = await signInCarried(entra, app, { scopes: ['User.Read', 'offline_access'] });
  entra.registration.signInFrequency = undefined;
  entra.ahead += 91 * 24 * 3600;
  await assert.rejects(app.acquireTokenSilent({ account: again.account, scopes: ['User.Read'], forceRefresh: true }), refused(700082));
});

test('devices: one is pending, declined, or too late; MSAL and the library tell', async () => {
  const app = open(entra);
  const begin = () => app.acquireTokenByDeviceCode({ scopes: ['User.Read'], deviceCodeCallback: () => {} });
  assert.equal((await begin()).account.username, entra.user.preferred_username);
  assert.equal(entra.count(/token$/), 2);
  for (const [ends, error] of [['declined', 'authorization_declined'], ['expired', 'expired_token']]) {
    Object.assign(entra, { deviceEnds: ends, pending: 0 });
    Object.assign(plain, { deviceEnds: ends, pending: 0 });
    await assert.rejects(begin(), (told) => told.message.includes(error) || told.errorCode === 'device_code_expired');
    const { code, printed } = await example('entra', [`${plain.url}/${TENANT}`, CLIENT_ID, 'User.Read', `/tmp/uauth-none-${process.pid}.json`]);
    assert.notEqual(code, 0);
    assert.match(printed, new RegExp(error));
  }
});

// ---- access tokens (1.6) ----

test('access tokens: version 1 or 2 as the resource wants it; the library takes that of its issuer', async () => {
  const id = '77777777-aaaa-2222-bbbb-3333cccc4444';
  plain.registration.apis = { 'api://one': { id, version: 1, roles: ['Tasks.Read'] }, 'api://two': { id, version: 2, roles: ['Tasks.Read'] } };
  const got = async (api) => (await (await post(TOKEN, { ...OWN, scope: `${api}/.default` })).json()).access_token;
  const [one, two] = [await got('api://one'), await got('api://two')];
  const v1 = await jwtVerify(one, createRemoteJWKSet(new URL(`${plain.url}/common/discovery/keys`)), { issuer: `https://sts.windows.net/${TENANT}/`, audience: 'api://one' });
  assert.deepEqual([v1.payload.ver, v1.payload.appid, v1.payload.appidacr, v1.payload.idtyp], ['1.0', CLIENT_ID, '1', 'app']);
  const v2 = await jwtVerify(two, createLocalJWKSet({ keys: plain.keys.map(({ jwk }) => jwk) }), { issuer: plain.issuer(TENANT), audience: id });
  assert.deepEqual([v2.payload.ver, v2.payload.azp, v2.payload.azpacr], ['2.0', CLIENT_ID, '1']);
  const verify = async (token, audience) => (await example('verify', [plain.issuer(TENANT), audience], `Bearer ${token}\n`)).printed;
  // Entra's are of the type JWT: who does not say that they are taken wants RFC 9068's.
  assert.match(await verify(two, id), /^401 a token has the type jwt, due is at\+jwt/m);
  plain.registration.apis['api://two'].typ = 'at+jwt';
  assert.match(await verify(await got('api://two'), id), /^200/m);
  for (const [token, audience] of [[one, id], [one, 'api://one'], [two, 'api://two']]) assert.doesNotMatch(await verify(token, audience), /^200/m);
});

// ---- admin consent (1.13) ----

test('admin consent, of both versions: yes, no, and what it changes', async () => {
  plain.registration.redirectUris = [CALLBACK];
  plain.registration.consented = [];
  const own = { client_id: CLIENT_ID, redirect_uri: CALLBACK, state: 's-1' };
  assert.deepEqual((await (await post(TOKEN, OWN)).json()).error_codes, [700016]);
  for (const [path, scope] of [['/organizations/v2.0/adminconsent', 'https://graph.microsoft.com/.default'], ['/common/adminconsent', undefined]]) {
    const ask2 = (more = {}) => ask(path, { ...own, ...(scope && { scope }), ...more });
    plain.registration.administrator = false;
    const { error, error_description, state, ...rest } = answerOf(await ask2());
    assert.deepEqual(rest, { admin_consent: 'True' });
    assert.equal(state, 's-1');
    assert.equal(error, scope ? 'consent_required' : 'permission_denied');
    if (scope) assert.match(error_description, /^AADSTS65004/);
    assert.deepEqual(plain.registration.consented, scope ? [] : [TENANT]);
    plain.registration.administrator = true;
    assert.deepEqual(answerOf(await ask2()), { admin_consent: 'True', tenant: TENANT, ...(scope && { scope }), state: 's-1' });
    assert.deepEqual(plain.registration.consented, [TENANT]);
    assert.equal((await ask2({ redirect_uri: 'https://evil.example/' })).headers.has('location'), false);
    assert.equal((await ask2({ client_id: 'x' })).status, 400);
  }
  assert.equal((await post(TOKEN, OWN)).status, 200);
});

// ---- signing out (1.17) ----

test('signing out, by GET and by POST: what is registered is told of it, and nobody is sent elsewhere', async () => {
  plain.registration.logoutUrls = ['https://app.test/out'];
  plain.registration.redirectUris = [CALLBACK];
  for (const send of [ask, post]) {
    plain.signedIn = [plain.user];
    const page = await (await send(`/${TENANT}/oauth2/v2.0/logout`, { post_logout_redirect_uri: CALLBACK })).text();
    assert.match(page, /<iframe src="https:\/\/app\.test\/out\?sid=sid-1">/);
    assert.match(page, /<a id="next" href="https:\/\/app\.test\/cb">/);
    assert.deepEqual(plain.signedIn, []);
    assert.doesNotMatch(await (await send(`/${TENANT}/oauth2/v2.0/logout`, { post_logout_redirect_uri: 'https://evil.example/' })).text(), /evil/);
  }
});
