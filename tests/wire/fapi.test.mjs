// SPDX-License-Identifier: Apache-2.0
// The FAPI 2.0 Security Profile (final) for authorization servers, clause by clause, against the built binary; and Message
// Signing. openid-client is the client that keeps the rules; what breaks them is made by hand.
// In flow tests instead, since their clock can be moved: codes end after 60 s (5.3.2.1-11; oauth_code_test.c).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { PASSWORD } from './client.mjs';
import { post, startTlsServer, tlsFetch } from './mtls.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://bank.test/cb';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
let server, plain, cookie, keys, rsa, thumb, nonce;
const now = () => Math.floor(Date.now() / 1000);
const at = (path) => `${server.issuer}/oauth2/${path}`;

async function create(id, metadata, type = 'confidential') {
  const file = join(server.data, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  return command(['client', 'create', '--id', id, '--type', type, '--metadata-file', file, '--json'], { data: server.data, env: server.env });
}

async function makeClient(id, metadata) {
  const done = await create(id, metadata);
  assert.equal(done.code, 0, done.stderr);
  return done.json.metadata;
}

const BASE = {
  redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'], first_party: true, scope: 'openid email',
};
const keyed = (jwk, kid, alg) => ({ ...jwk, kid, alg, use: 'sig' });

before(async () => {
  server = await startTlsServer();
  plain = tlsFetch({ ca: server.made.ca });
  const ada = await command(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], { data: server.data, env: server.env, input: PASSWORD });
  assert.equal(ada.code, 0, ada.stderr);
  keys = await jose.generateKeyPair('ES256', { extractable: true });
  rsa = await jose.generateKeyPair('RS256', { extractable: true });
  const jwks = { keys: [keyed(await jose.exportJWK(keys.publicKey), 'ec', 'ES256'), keyed(await jose.exportJWK(rsa.publicKey), 'rsa', undefined)] };
  delete jwks.keys[1].alg;
  const metadata = await makeClient('bank', { ...BASE, profile: 'fapi2', token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true, jwks });
  assert.equal(metadata.require_pushed_authorization_requests, true);
  await makeClient('vault', {
    ...BASE, profile: 'fapi2', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test', tls_client_certificate_bound_access_tokens: true,
  });
  await makeClient('signer', { ...BASE, profile: 'fapi2_message_signing', token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true, jwks });
  const login = await plain(`${server.issuer}/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: server.issuer }, body: JSON.stringify({ email: ADA, password: PASSWORD, mode: 'session' }),
  });
  assert.equal(login.status, 200, await login.text());
  cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  thumb = await jose.generateKeyPair('ES256', { extractable: true });
  // A server that is younger than the proof asks for its nonce, of a later second than its first.
  await new Promise((done) => setTimeout(done, 1100));
  const asked = await post(plain, at('token'), await authenticated({ grant_type: 'authorization_code', code: 'x' }), { dpop: await proof('POST', at('token')) });
  assert.equal(asked.json.error, 'use_dpop_nonce', asked.text);
  nonce = asked.headers.get('dpop-nonce');
});
after(async () => { await server?.stop(); });

// ---- what a client does by hand ----

const assertion = (changes = {}, { id = 'bank', key = keys.privateKey, header = { alg: 'ES256', kid: 'ec' } } = {}) =>
  new jose.SignJWT({ iss: id, sub: id, aud: server.issuer, jti: randomUUID(), iat: now(), exp: now() + 60, ...changes }).setProtectedHeader(header).sign(key);

async function proof(method, url, { pair = thumb, alg = 'ES256', ...claims } = {}) {
  const jwk = await jose.exportJWK(pair.publicKey);
  return new jose.SignJWT({ htm: method, htu: url, jti: randomUUID(), iat: now(), nonce, ...claims }).setProtectedHeader({ typ: 'dpop+jwt', alg, jwk }).sign(pair.privateKey);
}

const authenticated = async (form, options) => ({ client_assertion_type: ASSERTION, client_assertion: await assertion({}, options), ...form });
const REQUEST = { response_type: 'code', client_id: 'bank', redirect_uri: CALLBACK, scope: 'openid email', state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
const without = (form, ...names) => Object.fromEntries(Object.entries(form).filter(([name]) => !names.includes(name)));

async function push(form = REQUEST, headers = {}, options = {}) {
  return post(plain, at('par'), await authenticated(form, options), headers);
}

// What the browser of Ada is sent to.
async function browse(query) {
  const answer = await plain(`${at('authorize')}?${new URLSearchParams(query)}`, { headers: { cookie } });
  const location = answer.headers.get('location');
  return { status: answer.status, to: location && new URL(location, server.issuer), text: await answer.text() };
}

async function codeOf(form = REQUEST, headers = {}) {
  const pushed = await push(form, headers);
  assert.equal(pushed.status, 201, pushed.text);
  const back = await browse({ client_id: 'bank', request_uri: pushed.json.request_uri });
  assert.equal(back.status, 303, back.text);
  return back.to.searchParams.get('code');
}

async function redeem(code, { headers = null, form = {} } = {}) {
  const fields = await authenticated({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER, ...form });
  return post(plain, at('token'), fields, headers ?? { dpop: await proof('POST', at('token')) });
}

function refused(answer, status, error) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error, error, answer.text);
}

// ---- the whole of it, by a client that keeps the rules ----

async function story(id, auth, fetching, { DPoP, useAliases } = {}) {
  const config = await oidc.discovery(new URL(server.issuer), id, { use_mtls_endpoint_aliases: useAliases ?? false }, auth, { [oidc.customFetch]: fetching });
  config[oidc.customFetch] = fetching;
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const options = DPoP ? { DPoP } : {};
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: CALLBACK, scope: 'openid email', state: expectedState, code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
  }, options);
  const back = await browse(Object.fromEntries(url.searchParams));
  assert.equal(back.status, 303, back.text);
  const tokens = await oidc.authorizationCodeGrant(config, back.to, { pkceCodeVerifier, expectedState }, undefined, options);
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, options);
  assert.equal(info.email, ADA);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
  // 5.3.2.1-9: no rotation.
  assert.equal(next.refresh_token ?? tokens.refresh_token, tokens.refresh_token);
  assert.equal(jose.decodeProtectedHeader(tokens.id_token).alg, 'ES256');
  return { tokens, back };
}

test('openid-client with private_key_jwt and DPoP', async () => {
  const config = await oidc.discovery(new URL(server.issuer), 'bank', undefined, oidc.None(), { [oidc.customFetch]: plain });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const auth = oidc.PrivateKeyJwt({ key: keys.privateKey, kid: 'ec' }, { [oidc.modifyAssertion]: (header, payload) => { payload.aud = server.issuer; } });
  const { tokens } = await story('bank', auth, plain, { DPoP });
  assert.equal(jose.decodeJwt(tokens.access_token).cnf.jkt, await DPoP.calculateThumbprint());
});

test('openid-client with mutual TLS', async () => {
  const { tokens } = await story('vault', oidc.TlsClientAuth(), tlsFetch({ ca: server.made.ca, own: server.made.job }), { useAliases: true });
  assert.equal(jose.decodeJwt(tokens.access_token).cnf['x5t#S256'], server.made.job.thumbprint);
});

test('openid-client pushes authorization details, and its tokens say them (RFC 9396)', async () => {
  const bank = 'https://bank.test';
  const file = join(server.data, 'types.json');
  writeFileSync(file, JSON.stringify({ authorization_details_types: [{ type: 'payment', title: 'Pay somebody', members: ['locations'], required: ['creditor', 'amount'] }] }));
  const done = await command(['resource', 'set', bank, '--name', 'Bank', '--metadata-file', file, '--json'], { data: server.data, env: server.env });
  assert.equal(done.code, 0, done.stderr);
  await new Promise((read) => setTimeout(read, 2000)); // every node reads the types once a second
  await makeClient('payer', {
    ...BASE, profile: 'fapi2', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test', tls_client_certificate_bound_access_tokens: true,
    authorization_details_types: ['payment'],
  });
  const fetching = tlsFetch({ ca: server.made.ca, own: server.made.job });
  const config = await oidc.discovery(new URL(server.issuer), 'payer', { use_mtls_endpoint_aliases: true }, oidc.TlsClientAuth(), { [oidc.customFetch]: fetching });
  config[oidc.customFetch] = fetching;
  assert.deepEqual(config.serverMetadata().authorization_details_types_supported, ['payment']);
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const details = [{ type: 'payment', locations: [bank], creditor: 'Bob', amount: { currency: 'EUR', value: '12.50' } }];
  const parameters = {
    redirect_uri: CALLBACK, scope: 'openid', state: expectedState, code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256',
  };
  const url = await oidc.buildAuthorizationUrlWithPAR(config, { ...parameters, authorization_details: JSON.stringify(details) });
  const back = await browse(Object.fromEntries(url.searchParams));
  const tokens = await oidc.authorizationCodeGrant(config, back.to, { pkceCodeVerifier, expectedState });
  assert.deepEqual(tokens.authorization_details, details);
  const claims = jose.decodeJwt(tokens.access_token);
  assert.deepEqual(claims.authorization_details, details);
  assert.equal(claims.aud, bank);
  assert.deepEqual((await oidc.tokenIntrospection(config, tokens.access_token)).authorization_details, details);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.deepEqual(next.authorization_details, details);
  for (const wrong of [[{ type: 'unknown' }], [{ ...details[0], tip: 1 }], [{ ...details[0], locations: ['https://other.test'] }]])
    await assert.rejects(oidc.buildAuthorizationUrlWithPAR(config, { ...parameters, authorization_details: JSON.stringify(wrong) }), { error: 'invalid_authorization_details' });
});

// ---- 5.3.2.1: general ----

test('5.3.2.1-1 metadata is at both well-known places', async () => {
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    const metadata = await (await plain(`${server.issuer}/.well-known/${name}`)).json();
    assert.equal(metadata.issuer, server.issuer);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
    assert.equal(metadata.pushed_authorization_request_endpoint, at('par'));
  }
});

test('5.3.2.1-2 there is no password grant', async () => {
  refused(await post(plain, at('token'), await authenticated({ grant_type: 'password', username: ADA, password: PASSWORD }), { dpop: await proof('POST', at('token')) }), 400, 'unsupported_grant_type');
});

test('5.3.2.1-3, -6 only clients that authenticate strongly are registered', async () => {
  for (const token_endpoint_auth_method of ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt']) {
    const type = token_endpoint_auth_method === 'none' ? 'public' : 'confidential';
    const done = await create('weak', { ...BASE, profile: 'fapi2', dpop_bound_access_tokens: true, token_endpoint_auth_method }, type);
    assert.notEqual(done.code, 0);
    assert.match(done.stderr, /token_endpoint_auth_method/);
  }
  refused(await post(plain, at('token'), { grant_type: 'authorization_code', client_id: 'bank', client_secret: 'x', code: 'x' }), 401, 'invalid_client');
  refused(await post(plain, at('token'), { grant_type: 'authorization_code', client_id: 'bank', code: 'x' }), 401, 'invalid_client');
  refused(await post(plain, at('token'), { grant_type: 'client_credentials', client_id: 'vault' }), 401, 'invalid_client');
});

test('5.3.2.1-4, -5 access tokens are bound, and of no use to others', async () => {
  const done = await create('weak', { ...BASE, profile: 'fapi2', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test' });
  assert.match(done.stderr, /dpop_bound_access_tokens/);
  const code = await codeOf();
  refused(await redeem(code, { headers: {} }), 400, 'invalid_dpop_proof');
  const tokens = await redeem(code);
  assert.equal(tokens.status, 200, tokens.text);
  assert.equal(tokens.json.token_type, 'DPoP');
  const info = (headers) => plain(at('userinfo'), { headers });
  const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(tokens.json.access_token))).toString('base64url');
  const other = await jose.generateKeyPair('ES256', { extractable: true });
  assert.equal((await info({ authorization: `Bearer ${tokens.json.access_token}` })).status, 401);
  assert.equal((await info({ authorization: `DPoP ${tokens.json.access_token}` })).status, 401);
  assert.equal((await info({ authorization: `DPoP ${tokens.json.access_token}`, dpop: await proof('GET', at('userinfo'), { ath, pair: other }) })).status, 401);
  assert.equal((await info({ authorization: `DPoP ${tokens.json.access_token}`, dpop: await proof('GET', at('userinfo'), { ath }) })).status, 200);
});

test('5.3.2.1-7 it redirects nowhere but to what was registered', async () => {
  for (const redirect_uri of ['https://evil.test/cb', `${CALLBACK}/x`, `${CALLBACK}?x=1`]) refused(await push({ ...REQUEST, redirect_uri }), 400, 'invalid_request');
  const page = await browse({ ...REQUEST, redirect_uri: 'https://evil.test/cb' });
  assert.equal(page.status, 400);
  assert.equal(page.to, null);
});

test('5.3.2.1-8 the audience of an assertion is the issuer, as a text', async () => {
  const audiences = [[server.issuer], [server.issuer, at('token')], at('token'), at('par'), `${server.issuer}/`, 'https://other.test'];
  for (const aud of audiences)
    refused(await post(plain, at('par'), { ...REQUEST, client_assertion_type: ASSERTION, client_assertion: await assertion({ aud }) }), 401, 'invalid_client');
  const done = await create('weak', { ...BASE, profile: 'fapi2', token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true, legacy_assertion_aud: true,
    jwks: { keys: [await jose.exportJWK(keys.publicKey)] } });
  assert.match(done.stderr, /legacy_assertion_aud/);
});

test('5.3.2.1-9 refresh tokens do not rotate, and are their client\'s', async () => {
  const first = await redeem(await codeOf());
  const refresh = async (id) => post(plain, at('token'), await authenticated({ grant_type: 'refresh_token', refresh_token: first.json.refresh_token }, { id }), { dpop: await proof('POST', at('token')) });
  for (let i = 0; i < 3; i++) {
    const next = await refresh('bank');
    assert.equal(next.status, 200, next.text);
    assert.equal(next.json.refresh_token, first.json.refresh_token);
    assert.notEqual(next.json.access_token, first.json.access_token);
  }
  refused(await refresh('signer'), 400, 'invalid_grant');
  const bare = await post(plain, at('token'), await authenticated({ grant_type: 'refresh_token', refresh_token: first.json.refresh_token }));
  refused(bare, 400, 'invalid_dpop_proof');
});

test('5.3.2.1-12 a code that was asked for with a key is that key\'s', async () => {
  const other = await jose.generateKeyPair('ES256', { extractable: true });
  const jkt = await jose.calculateJwkThumbprint(await jose.exportJWK(thumb.publicKey));
  const ways = [[REQUEST, { dpop: await proof('POST', at('par')) }], [{ ...REQUEST, dpop_jkt: jkt }, {}]];
  for (const [form, headers] of ways) {
    refused(await redeem(await codeOf(form, headers), { headers: { dpop: await proof('POST', at('token'), { pair: other }) } }), 400, 'invalid_grant');
  }
  assert.equal((await redeem(await codeOf({ ...REQUEST, dpop_jkt: jkt }))).status, 200);
  refused(await push({ ...REQUEST, dpop_jkt: jkt }, { dpop: await proof('POST', at('par'), { pair: other }) }), 400, 'invalid_dpop_proof');
});

test('5.3.2.1-13 clocks may be off by ten seconds, not by more than a minute', async () => {
  const asked = async (changes) => post(plain, at('par'), { ...REQUEST, client_assertion_type: ASSERTION, client_assertion: await assertion(changes) });
  assert.equal((await asked({ iat: now() + 8 })).status, 201);
  assert.equal((await asked({ nbf: now() + 8 })).status, 201);
  refused(await asked({ iat: now() + 75, exp: now() + 120 }), 401, 'invalid_client');
  refused(await asked({ nbf: now() + 75, exp: now() + 120 }), 401, 'invalid_client');
});

// ---- 5.3.2.2: the authorization code flow ----

test('5.3.2.2-1 there is no response type but code', async () => {
  for (const response_type of ['token', 'id_token', 'code id_token', 'code token'])
    refused(await push({ ...REQUEST, response_type }), 400, 'unsupported_response_type');
});

test('5.3.2.2-2, -3, -4 requests are pushed, by clients that authenticate', async () => {
  const direct = await browse(REQUEST);
  assert.equal(direct.to.searchParams.get('error'), 'invalid_request');
  assert.equal(direct.to.searchParams.get('code'), null);
  refused(await post(plain, at('par'), REQUEST), 401, 'invalid_client');
  refused(await post(plain, at('par'), { ...REQUEST, client_id: 'vault' }), 401, 'invalid_client');
  const replayed = await authenticated(REQUEST);
  assert.equal((await post(plain, at('par'), replayed)).status, 201);
  refused(await post(plain, at('par'), replayed), 401, 'invalid_client');
});

test('5.3.2.2-5 PKCE by S256', async () => {
  refused(await push(without(REQUEST, 'code_challenge', 'code_challenge_method')), 400, 'invalid_request');
  refused(await push(without(REQUEST, 'code_challenge_method')), 400, 'invalid_request');
  refused(await push({ ...REQUEST, code_challenge: VERIFIER, code_challenge_method: 'plain' }), 400, 'invalid_request');
  refused(await redeem(await codeOf(), { form: { code_verifier: CHALLENGE } }), 400, 'invalid_grant');
});

test('5.3.2.2-6 the redirect URI stands in the request', async () => {
  refused(await push(without(REQUEST, 'redirect_uri')), 400, 'invalid_request');
});

test('5.3.2.2-7, -11 the answer says who gives it, by 303', async () => {
  const pushed = await push();
  const back = await browse({ client_id: 'bank', request_uri: pushed.json.request_uri });
  assert.equal(back.status, 303);
  assert.equal(back.to.searchParams.get('iss'), server.issuer);
  assert.equal(back.to.searchParams.get('state'), 's');
});

test('5.3.2.2-8 redirect URIs are https', async () => {
  for (const uri of ['http://bank.test/cb', 'http://127.0.0.1/cb', 'com.example.bank:/cb']) {
    const done = await create('weak', { ...BASE, redirect_uris: [uri], profile: 'fapi2', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test', tls_client_certificate_bound_access_tokens: true });
    assert.notEqual(done.code, 0);
    assert.match(done.stderr, /redirect_uris/);
  }
});

test('5.3.2.2-9 a code works once', async () => {
  const code = await codeOf();
  const first = await redeem(code);
  assert.equal(first.status, 200);
  refused(await redeem(code), 400, 'invalid_grant');
  // RFC 6749 4.1.2: and what it gave is gone.
  refused(await post(plain, at('token'), await authenticated({ grant_type: 'refresh_token', refresh_token: first.json.refresh_token }), { dpop: await proof('POST', at('token')) }), 400, 'invalid_grant');
});

test('5.3.2.2-12 a pushed request is soon over, and leads to one code', async () => {
  const pushed = await push();
  assert.ok(pushed.json.expires_in < 600);
  const query = { client_id: 'bank', request_uri: pushed.json.request_uri };
  assert.ok((await browse(query)).to.searchParams.get('code'));
  assert.equal((await browse(query)).to, null);
  const others = await push();
  assert.equal((await browse({ client_id: 'vault', request_uri: others.json.request_uri })).to, null);
});

// ---- 5.4: signatures ----

test('5.4.1 nothing is signed with RS256', async () => {
  const weak = { key: rsa.privateKey, header: { alg: 'RS256', kid: 'rsa' } };
  refused(await push(REQUEST, {}, weak), 401, 'invalid_client');
  assert.equal((await push(REQUEST, {}, { key: await jose.importJWK(await jose.exportJWK(rsa.privateKey), 'PS256'), header: { alg: 'PS256', kid: 'rsa' } })).status, 201);
  refused(await redeem(await codeOf(), { headers: { dpop: await proof('POST', at('token'), { pair: rsa, alg: 'RS256' }) } }), 400, 'invalid_dpop_proof');
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1]}.`;
  refused(await post(plain, at('par'), { ...REQUEST, client_assertion_type: ASSERTION, client_assertion: none }), 401, 'invalid_client');
  const tokens = await redeem(await codeOf());
  for (const token of [tokens.json.access_token, tokens.json.id_token]) assert.equal(jose.decodeProtectedHeader(token).alg, 'ES256');
});

test('5.4.1 proofs of a bound token are by PS256 at resources, too', async () => {
  const pair = { publicKey: rsa.publicKey, privateKey: await jose.importJWK(await jose.exportJWK(rsa.privateKey), 'PS256') };
  const { json } = await redeem(await codeOf(), { headers: { dpop: await proof('POST', at('token'), { pair, alg: 'PS256' }) } });
  const ath = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(json.access_token))).toString('base64url');
  for (const [alg, key, status] of [['RS256', rsa, 401], ['PS256', pair, 200]])
    assert.equal((await plain(at('userinfo'), { headers: { authorization: `DPoP ${json.access_token}`, dpop: await proof('GET', at('userinfo'), { ath, alg, pair: key }) } })).status, status);
});

// ---- Message Signing ----
const SIGNED = { ...REQUEST, client_id: 'signer', response_mode: 'jwt' };
const object = (changes = {}, claims = SIGNED, alg = 'ES256') => new jose.SignJWT({ ...claims, iss: 'signer', aud: server.issuer, jti: randomUUID(), nbf: now(), iat: now(), exp: now() + 300, ...changes })
  .setProtectedHeader({ typ: 'oauth-authz-req+jwt', alg, kid: alg === 'ES256' ? 'ec' : 'rsa' }).sign(alg === 'ES256' ? keys.privateKey : rsa.privateKey);
const pushSigned = async (request) => post(plain, at('par'), await authenticated({ client_id: 'signer', request }, { id: 'signer' }));

test('Message Signing 5.3, 5.4: requests and answers are signed', async () => {
  const pushed = await pushSigned(await object());
  assert.equal(pushed.status, 201, pushed.text);
  const back = await browse({ client_id: 'signer', request_uri: pushed.json.request_uri });
  assert.deepEqual([...back.to.searchParams.keys()], ['response']);
  const jwks = jose.createLocalJWKSet(await (await plain(`${server.issuer}/.well-known/jwks.json`)).json());
  const { payload, protectedHeader } = await jose.jwtVerify(back.to.searchParams.get('response'), jwks, { issuer: server.issuer, audience: 'signer' });
  assert.equal(protectedHeader.alg, 'ES256');
  assert.equal(payload.state, 's');
  assert.ok(payload.code);
  assert.ok(payload.exp - now() <= 600);
});

test('Message Signing: what is not signed as it has to be is refused', async () => {
  refused(await push(SIGNED, {}, { id: 'signer' }), 400, 'invalid_request');
  refused(await pushSigned(await object({}, without(SIGNED, 'response_mode'))), 400, 'invalid_request');
  refused(await pushSigned(await object({ response_mode: 'query' })), 400, 'invalid_request');
  const wrong = [{ nbf: undefined }, { exp: undefined }, { nbf: now() - 3500, exp: now() + 200 }, { exp: now() - 100 }, { aud: at('par') }, { aud: 'https://other.test' }, { iss: 'bank' }, { nbf: now() + 120 }];
  for (const changes of wrong) refused(await pushSigned(await object(changes)), 400, 'invalid_request_object');
  refused(await pushSigned(await object({}, SIGNED, 'RS256')), 400, 'invalid_request_object');
});

test('Message Signing 5.5: introspection is signed for who asks for that', async () => {
  const tokens = await redeem(await codeOf());
  const answer = await post(plain, at('introspect'), await authenticated({ token: tokens.json.refresh_token }), { accept: 'application/token-introspection+jwt' });
  assert.equal(answer.status, 200, answer.text);
  const jwks = jose.createLocalJWKSet(await (await plain(`${server.issuer}/.well-known/jwks.json`)).json());
  const { payload, protectedHeader } = await jose.jwtVerify(answer.text, jwks, { issuer: server.issuer, audience: 'bank', typ: 'token-introspection+jwt' });
  assert.equal(protectedHeader.alg, 'ES256');
  assert.equal(payload.token_introspection.active, true);
});
