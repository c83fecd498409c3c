// SPDX-License-Identifier: Apache-2.0
// Both discovery documents advertise exactly what works: each member has its check here, and each value of each member is
// used.  A member without a check is a failure.  Keys of other kinds than the first are tried in signed_messages.test.mjs, and
// certificates, which need TLS, in mtls.test.mjs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { Client, PASSWORD, totp } from './client.mjs';
import { formsOf } from './person.mjs';
import { ADA, Provider } from './provider.mjs';

const CALLBACK = 'https://app.test/cb';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ALL_SCOPES = 'openid profile email roles offline_access';
let provider, ada, document, plain, job;

// A client of this metadata; resolves to what proves it: { id, secret, keys }.
async function client(id, metadata = {}, type = 'confidential') {
  const file = join(provider.server.data, `${id}.json`);
  writeFileSync(file, JSON.stringify({ redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'], scope: ALL_SCOPES, first_party: true, audiences: [provider.url], ...metadata }));
  const made = await provider.run(['client', 'create', '--id', id, '--type', type, '--metadata-file', file]);
  if (made.client_secret) provider.server.forbid(made.client_secret);
  return { id, secret: made.client_secret };
}

// Key pairs of a client, one for each algorithm, and its metadata of them; an algorithm is the kid of its key.
async function keysFor(algs, use = 'sig') {
  const pairs = await Promise.all(algs.map(async (alg) => [alg, await jose.generateKeyPair(alg, { extractable: true })]));
  const keys = await Promise.all(pairs.map(async ([alg, { publicKey }]) => ({ ...await jose.exportJWK(publicKey), kid: alg, alg, use })));
  return { jwks: { keys }, of: Object.fromEntries(pairs.map(([alg, { privateKey }]) => [alg, privateKey])) };
}

async function call(url, { form, json, headers = {}, method = 'POST' } = {}) {
  const body = json ? JSON.stringify(json) : form && new URLSearchParams(form);
  const answer = await fetch(url, { method, body, headers: { ...(json && { 'content-type': 'application/json' }), ...headers }, redirect: 'manual' });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: /json$|json;/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : null };
}

const basic = ({ id, secret }) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
const asking = (of, more = {}) => `${document.authorization_endpoint}?${new URLSearchParams({
  client_id: of.id, response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 's', nonce: 'n',
  code_challenge: CHALLENGE, code_challenge_method: 'S256', ...more,
})}`;

// Where Ada's browser is sent for the application.
async function answered(of, more, person = ada) {
  const page = await person.open(asking(of, more), { until: CALLBACK });
  assert.ok(page.url.href.startsWith(CALLBACK), `${page.url}\n${page.text}`);
  return page.url.searchParams;
}

async function redeem(of, code) {
  const answer = await call(document.token_endpoint, { form: { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER }, headers: basic(of) });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const login = async (of, more, person) => redeem(of, (await answered(of, more, person)).get('code'));

before(async () => {
  provider = await new Provider().start({ AUTH_CLIENT_REGISTRATION: 'open', AUTH_INTERNAL_HOSTS: 'localhost' });
  document = (await call(`${provider.url}/.well-known/openid-configuration`, { method: 'GET' })).json;
  [plain, job] = await Promise.all([client('plain'), client('job', { grant_types: ['client_credentials'], redirect_uris: [], scope: 'x' })]);
  ada = provider.person();
  await ada.signIn(asking(plain, { ui_locales: 'ja' }), { until: CALLBACK });
});
after(() => provider?.stop());

const signed = (claims, alg, header, key) => new jose.SignJWT({ jti: crypto.randomUUID(), ...claims })
  .setProtectedHeader({ alg, ...header }).setIssuedAt().setNotBefore('0s').setExpirationTime('1m').sign(key);

let ways; // in which clients prove who they are: { method, alg, proof() }, whose calls have the form and fields

async function makeWays(algs) {
  const job = { grant_types: ['client_credentials'], redirect_uris: [], scope: 'x' };
  const made = (method, more) => client(method.replaceAll('_', '-'), { ...job, token_endpoint_auth_method: method, ...more });
  const [own, post, shared] = await Promise.all([made('client_secret_basic'), made('client_secret_post'), made('client_secret_jwt')]);
  const keys = await keysFor(algs.filter((alg) => alg !== 'HS256'));
  const keyed = await made('private_key_jwt', { jwks: keys.jwks });
  const open = await client('none', { audiences: [] }, 'public');
  const assertion = (of, alg, key) => async () => ({ form: { client_assertion_type: ASSERTION,
    client_assertion: await signed({ iss: of.id, sub: of.id, aud: provider.url }, alg, { kid: alg === 'HS256' ? undefined : alg }, key) } });
  return [
    { method: 'none', proof: async () => ({ form: { client_id: open.id } }) },
    { method: 'client_secret_basic', proof: async () => ({ headers: basic(own) }) },
    { method: 'client_secret_post', proof: async () => ({ form: { client_id: post.id, client_secret: post.secret } }) },
    { method: 'client_secret_jwt', alg: 'HS256', proof: assertion(shared, 'HS256', new TextEncoder().encode(shared.secret)) },
    ...Object.entries(keys.of).map(([alg, key]) => ({ method: 'private_key_jwt', alg, proof: assertion(keyed, alg, key) })),
  ];
}

// Each advertised method, and for assertions each algorithm, is taken at the endpoint.
const methodsWork = (endpoint, form, works) => async (methods) => {
  const algs = document[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
  ways ??= await makeWays(algs);
  const tried = ways.filter(({ method, alg }) => methods.includes(method) && (!alg || algs.includes(alg)));
  assert.deepEqual([...new Set(tried.map(({ method }) => method))].sort(), [...methods].sort());
  assert.deepEqual(tried.filter(({ alg }) => alg).map(({ alg }) => alg).sort(), [...algs].sort());
  for (const { method, alg, proof } of tried) {
    const proven = await proof();
    const answer = await call(document[`${endpoint}_endpoint`], { form: { ...form(method), ...proven.form }, headers: proven.headers });
    assert.ok(works(answer, method), `${method} ${alg}: ${answer.text}`);
  }
};

const encrypted = new Map(); // alg and enc of the client whose everything is encrypted, and what it got

// Everything that a client can have encrypted by `alg` and `enc`, decrypted.
function allEncrypted(alg, enc) {
  if (!encrypted.has(alg + enc)) encrypted.set(alg + enc, getEncrypted(`crypt-${encrypted.size}`, alg, enc));
  return encrypted.get(alg + enc);
}

async function getEncrypted(id, alg, enc) {
  const keys = await keysFor([alg], 'enc');
  const kinds = ['id_token', 'userinfo', 'introspection', 'authorization'];
  const metadata = Object.fromEntries(kinds.flatMap((kind) => [[`${kind}_signed_response_alg`, 'RS256'], [`${kind}_encrypted_response_alg`, alg], [`${kind}_encrypted_response_enc`, enc]]));
  const of = await client(id, { ...metadata, jwks: keys.jwks });
  const open = async (token) => {
    const { plaintext, protectedHeader } = await jose.compactDecrypt(token, keys.of[alg], { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] });
    assert.deepEqual([protectedHeader.alg, protectedHeader.enc], [alg, enc]);
    return { header: jose.decodeProtectedHeader(Buffer.from(plaintext).toString()), claims: jose.decodeJwt(Buffer.from(plaintext).toString()) };
  };
  const authorization = await open((await answered(of, { response_mode: 'jwt' })).get('response'));
  const tokens = await redeem(of, authorization.claims.code);
  const userinfo = await call(document.userinfo_endpoint, { method: 'GET', headers: { authorization: `Bearer ${tokens.access_token}` } });
  const told = await call(document.introspection_endpoint, { form: { token: tokens.access_token }, headers: { ...basic(of), accept: 'application/token-introspection+jwt' } });
  return { authorization, id_token: await open(tokens.id_token), userinfo: await open(userinfo.text), introspection: await open(told.text) };
}

const encryptionOf = (kind) => async (algs) => {
  const pairs = algs.flatMap((alg) => document[`${kind}_encryption_enc_values_supported`].map((enc) => [alg, enc]));
  for (const got of await Promise.all(pairs.map((pair) => allEncrypted(...pair)))) assert.ok(got[kind].claims.iss);
};
const signingOf = (kind) => async (algs) => {
  const [alg, enc] = [document[`${kind}_encryption_alg_values_supported`][0], document[`${kind}_encryption_enc_values_supported`][0]];
  assert.ok(algs.includes((await allEncrypted(alg, enc))[kind].header.alg));
};
const withEncryptionAlgs = (kind) => (encs) => assert.ok(encs.length > 0 && document[`${kind}_encryption_alg_values_supported`].length > 0);

async function dpopWorks(alg) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const proof = async (nonce) => new jose.SignJWT({ htm: 'POST', htu: document.token_endpoint, jti: crypto.randomUUID(), nonce })
    .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk: await jose.exportJWK(publicKey) }).setIssuedAt().sign(privateKey);
  const ask = async (nonce) => call(document.token_endpoint, { form: { grant_type: 'client_credentials' }, headers: { ...basic(job), dpop: await proof(nonce) } });
  let answer = await ask();
  if (answer.json.error === 'use_dpop_nonce') answer = await ask(answer.headers.get('dpop-nonce'));
  assert.equal(answer.json.token_type, 'DPoP', `${alg}: ${answer.text}`);
}

// What a client has to register beside the grant.
const NEEDS = {
  'urn:ietf:params:oauth:grant-type:token-exchange': async () => ({ token_exchange_audiences: ['https://api.test'] }),
  'urn:ietf:params:oauth:grant-type:jwt-bearer': async () => ({
    assertion_issuers: [{ issuer: 'https://issuer.test', jwks: (await keysFor(['ES256'])).jwks, sub_is: 'email', subjects: [ADA] }],
  }),
};

async function grantWorks(grant) {
  const of = await client(`grant-${grant.replaceAll(/[^a-z]/g, '-')}`, { grant_types: grant === 'refresh_token' ? ['authorization_code', grant] : [grant], scope: 'openid x', ...await NEEDS[grant]?.() });
  const bare = (name) => call(document.token_endpoint, { form: { grant_type: name }, headers: basic(of) });
  const answer = await bare(grant);
  assert.ok(answer.status === 200 || answer.json.error === 'invalid_request', `${grant}: ${answer.text}`);
  for (const other of document.grant_types_supported)
    if (other !== grant && !(grant === 'refresh_token' && other === 'authorization_code')) assert.equal((await bare(other)).json.error, 'unauthorized_client', other);
  assert.equal((await bare('password')).json.error, 'unsupported_grant_type');
}

const WHERE = { login: '/sign-in', consent: '/consent', select_account: '/select-account', create: '/register' };
async function promptWorks(prompt) {
  if (prompt === 'none') {
    assert.ok((await answered(plain, { prompt })).has('code'));
    return assert.equal((await answered(plain, { prompt }, provider.person())).get('error'), 'login_required');
  }
  return assert.equal((await ada.open(asking(plain, { prompt }))).url.pathname, WHERE[prompt]);
}

const acrOf = async (person, acr) => jose.decodeJwt((await login(plain, { acr_values: acr }, person)).id_token).acr;

// A person with a second factor, who has used it.
async function withFactor() {
  const email = 'eve@example.com';
  await provider.run(['user', 'create', '--email', email, '--name', 'Eve', '--password-stdin'], PASSWORD);
  const api = new Client(provider.url);
  const { access_token: token } = (await api.post('/auth/login', { email, password: PASSWORD })).json;
  const { secret } = (await api.post('/auth/me/mfa/totp', {}, { token })).json;
  const confirmed = await api.post('/auth/me/mfa/totp/confirm', { code: await totp(secret) }, { token });
  assert.ok(confirmed.status < 300, confirmed.text);
  const eve = provider.person();
  await eve.open(asking(plain, { acr_values: 'urn:uauth:acr:mfa' }));
  await eve.submit('/sign-in', { email, password: PASSWORD });
  await eve.submit('/sign-in/code', { code: await totp(secret, 1) }, { until: CALLBACK });
  return eve;
}

async function modeWorks(mode) {
  const page = await ada.open(asking(plain, { response_mode: mode }), { until: CALLBACK });
  const fields = mode.startsWith('form_post') ? formsOf(page.text)[0].fields : Object.fromEntries(page.url.searchParams);
  assert.equal(typeof (mode.endsWith('jwt') ? jose.decodeJwt(fields.response).code : fields.code), 'string', mode);
}

async function objectsWork(algs) {
  const keys = await keysFor(algs);
  const { id } = await client('objects', { jwks: keys.jwks });
  const asked = { ...Object.fromEntries(new URL(asking({ id })).searchParams), iss: id, aud: provider.url };
  for (const alg of algs) {
    const request = await signed(asked, alg, { kid: alg, typ: 'oauth-authz-req+jwt' }, keys.of[alg]);
    const page = await ada.open(`${document.authorization_endpoint}?${new URLSearchParams({ client_id: id, request })}`, { until: CALLBACK });
    assert.ok(page.url.searchParams.has('code'), `${alg}: ${page.url} ${page.text}`);
  }
}

const SCOPES = {
  openid: ({ claims }) => claims.sub, profile: ({ claims }) => claims.name, email: ({ claims }) => claims.email,
  roles: ({ claims }) => Array.isArray(claims.roles), offline_access: ({ tokens }) => tokens.refresh_token,
};
async function scopeWorks(scope) {
  const tokens = await login(plain, { scope: `openid ${scope === 'openid' ? '' : scope}`.trim() });
  assert.ok(tokens.scope.split(' ').includes(scope));
  assert.ok(SCOPES[scope]({ tokens, claims: jose.decodeJwt(tokens.id_token) }), scope);
}

const registered = async (member) => client(member.replaceAll('_', '-'), { [member]: 'http://localhost:9/told' });
const each = (works) => (values) => Promise.all(values.map(works));
const TOKEN = (method) => (method === 'none' ? { grant_type: 'refresh_token', refresh_token: 'x' } : { grant_type: 'client_credentials' });

const CHECKS = {
  issuer: (value) => assert.equal(value, provider.url),
  authorization_endpoint: async () => assert.ok((await answered(plain)).has('code')),
  token_endpoint: async () => assert.ok((await login(plain)).access_token),
  userinfo_endpoint: async (url) => {
    const { access_token: token } = await login(plain, { scope: 'openid email' });
    for (const method of ['GET', 'POST']) assert.equal((await call(url, { method, headers: { authorization: `Bearer ${token}` } })).json.email, ADA);
  },
  jwks_uri: async (url) => jose.jwtVerify((await login(plain)).id_token, jose.createRemoteJWKSet(new URL(url)), { issuer: provider.url, audience: 'plain' }),
  introspection_endpoint: async (url) => assert.equal((await call(url, { form: { token: (await login(plain)).access_token }, headers: basic(plain) })).json.active, true),
  revocation_endpoint: async (url) => {
    const { access_token: token } = await login(plain);
    assert.equal((await call(url, { form: { token }, headers: basic(plain) })).status, 200);
    assert.equal((await call(document.introspection_endpoint, { form: { token }, headers: basic(plain) })).json.active, false);
  },
  pushed_authorization_request_endpoint: async (url) => {
    const pushed = await call(url, { form: new URL(asking(plain)).searchParams, headers: basic(plain) });
    assert.ok((await ada.open(`${document.authorization_endpoint}?${new URLSearchParams({ client_id: 'plain', request_uri: pushed.json.request_uri })}`, { until: CALLBACK })).url.searchParams.has('code'));
  },
  end_session_endpoint: async (url) => {
    const person = provider.person();
    await person.signIn(asking(plain), { until: CALLBACK });
    await person.open(`${url}?id_token_hint=${(await login(plain, {}, person)).id_token}`);
    assert.equal((await answered(plain, { prompt: 'none' }, person)).get('error'), 'login_required');
  },
  device_authorization_endpoint: async (url) => {
    const tv = await client('tv', { grant_types: ['urn:ietf:params:oauth:grant-type:device_code'], redirect_uris: [] }, 'public');
    assert.equal((await call(url, { form: { client_id: tv.id } })).status, 200);
  },
  registration_endpoint: async (url) => assert.equal((await call(url, { json: { redirect_uris: [CALLBACK] } })).status, 201),
  status_list_aggregation_endpoint: async (url) => {
    const { json } = await call(url, { method: 'GET' });
    for (const list of json.status_lists) assert.equal(jose.decodeProtectedHeader((await call(list, { method: 'GET', headers: { accept: 'application/statuslist+jwt' } })).text).typ, 'statuslist+jwt');
  },
  scopes_supported: each(scopeWorks),
  response_types_supported: async (types) => {
    for (const type of types) assert.ok((await answered(plain, { response_type: type })).has('code'));
    assert.equal((await answered(plain, { response_type: 'token' })).get('error'), 'unsupported_response_type');
  },
  response_modes_supported: each(modeWorks),
  grant_types_supported: each(grantWorks),
  code_challenge_methods_supported: async (methods) => {
    for (const method of methods) assert.ok((await login(plain, { code_challenge_method: method })).access_token);
    assert.equal((await answered(plain, { code_challenge_method: 'plain' })).get('error'), 'invalid_request');
  },
  token_endpoint_auth_methods_supported: methodsWork('token', TOKEN, (answer, method) => (method === 'none' ? answer.json.error === 'invalid_grant' : answer.status === 200)),
  introspection_endpoint_auth_methods_supported: methodsWork('introspection', () => ({ token: 'x' }), (answer) => answer.json?.active === false),
  revocation_endpoint_auth_methods_supported: methodsWork('revocation', () => ({ token: 'x' }), (answer) => answer.status === 200),
  // With the methods.
  token_endpoint_auth_signing_alg_values_supported: (algs) => assert.ok(algs.includes('HS256')),
  introspection_endpoint_auth_signing_alg_values_supported: (algs) => assert.ok(algs.includes('HS256')),
  revocation_endpoint_auth_signing_alg_values_supported: (algs) => assert.ok(algs.includes('HS256')),
  dpop_signing_alg_values_supported: each(dpopWorks),
  subject_types_supported: async (types) => {
    const subs = [plain, ...await Promise.all(types.map((type) => client(`subject-${type}`, { subject_type: type })))];
    const [known, ...told] = await Promise.all(subs.map(async (of) => jose.decodeJwt((await login(of)).id_token).sub));
    assert.deepEqual(types.map((type, i) => [type, told[i] === known]), [['public', true], ['pairwise', false]]);
  },
  prompt_values_supported: each(promptWorks),
  acr_values_supported: async (values) => {
    assert.deepEqual(values, ['urn:uauth:acr:pwd', 'urn:uauth:acr:mfa']);
    assert.equal(await acrOf(ada, values[0]), values[0]);
    assert.equal(await acrOf(await withFactor(), values[1]), values[1]);
  },
  // The languages that each page offers at its foot, and each is spoken where an application asks for it.
  ui_locales_supported: async (tags) => {
    for (const tag of tags) {
      const { text } = await provider.person().open(asking(plain, { ui_locales: `xx ${tag}` }));
      assert.ok(text.includes(`<html lang="${tag}"`), tag);
      assert.deepEqual([...text.matchAll(/<li><(?:a|span)\b[^>]* lang="([^"]*)"/g)].map(([, lang]) => lang), tags);
    }
    assert.equal(jose.decodeJwt((await login(plain, { scope: 'openid profile' })).id_token).locale, 'ja');
  },
  claims_supported: async (names) => {
    const claims = JSON.stringify({ id_token: Object.fromEntries(names.map((name) => [name, null])) });
    const got = jose.decodeJwt((await login(plain, { claims, scope: ALL_SCOPES })).id_token);
    assert.deepEqual(names.filter((name) => !(name in got)), []);
    assert.deepEqual(Object.keys(got).filter((name) => !names.includes(name)), []);
  },
  claim_types_supported: (types) => assert.deepEqual(types, ['normal']),
  claims_parameter_supported: async () => assert.equal(jose.decodeJwt((await login(plain, { claims: '{"id_token":{"email":null}}' })).id_token).email, ADA),
  backchannel_logout_supported: () => registered('backchannel_logout_uri'),
  backchannel_logout_session_supported: async () => assert.ok(jose.decodeJwt((await login(plain)).id_token).sid),
  frontchannel_logout_supported: () => client('frontchannel', { frontchannel_logout_uri: 'https://app.test/left' }),
  frontchannel_logout_session_supported: async () => assert.ok(jose.decodeJwt((await login(plain)).id_token).sid),
  authorization_response_iss_parameter_supported: async () => assert.equal((await answered(plain)).get('iss'), provider.url),
  request_parameter_supported: (value) => assert.ok(value && document.request_object_signing_alg_values_supported.length > 0),
  request_object_signing_alg_values_supported: objectsWork,
  request_uri_parameter_supported: async (value) => {
    assert.equal(value, false);
    assert.equal((await answered(plain, { request_uri: 'https://app.test/object' })).get('error'), 'request_uri_not_supported');
  },
};
for (const kind of ['id_token', 'userinfo', 'introspection', 'authorization']) {
  CHECKS[`${kind}_signing_alg_values_supported`] = signingOf(kind);
  CHECKS[`${kind}_encryption_alg_values_supported`] = encryptionOf(kind);
  CHECKS[`${kind}_encryption_enc_values_supported`] = withEncryptionAlgs(kind);
}

test('both documents say the same, and nothing that has no check', async () => {
  const other = await call(`${provider.url}/.well-known/oauth-authorization-server`, { method: 'GET' });
  assert.deepEqual(other.json, document);
  assert.deepEqual(Object.keys(document).filter((name) => !(name in CHECKS)), []);
  assert.deepEqual(Object.keys(CHECKS).filter((name) => !(name in document)), []);
});

for (const [name, check] of Object.entries(CHECKS))
  test(`${name}: each value works`, async () => { await check(document[name]); });
