// SPDX-License-Identifier: Apache-2.0
// Signed and encrypted messages with real relying parties, openid-client and oauth4webapi: request objects, authorization
// responses, ID tokens and userinfo, and keys of clients at their jwks_uri.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const TIMES = 64;
let server, sink, site, sign, other, crypt;

// The client's own site, with its keys.  It counts who asks.
async function startSite() {
  const told = { keys: [], asked: 0, slow: 0, objects: {} };
  const http = createServer((req, res) => {
    const object = told.objects[req.url];
    if (!object) told.asked++;
    const answer = () => {
      res.setHeader('content-type', object ? 'application/oauth-authz-req+jwt' : 'application/jwk-set+json');
      res.end(object ?? JSON.stringify({ keys: told.keys }));
    };
    setTimeout(answer, told.slow);
  });
  await new Promise((done) => http.listen(0, '127.0.0.1', done));
  told.url = `http://127.0.0.1:${http.address().port}`;
  told.close = () => new Promise((done) => { http.closeAllConnections(); http.close(done); });
  return told;
}

async function pair(alg, kid, use) {
  const keys = await jose.generateKeyPair(alg, { extractable: true });
  return { ...keys, kid, alg, jwk: { ...await jose.exportJWK(keys.publicKey), kid, alg, use } };
}

// `uauth client create` with a file of metadata, as an operator does while the server runs.
async function makeClient(id, metadata) {
  const file = `${server.data}/${id}.json`;
  writeFileSync(file, JSON.stringify({
    redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'], first_party: true,
    token_endpoint_auth_method: 'private_key_jwt', ...metadata,
  }));
  const done = await command(['client', 'create', '--id', id, '--type', 'confidential', '--json', '--metadata-file', file],
    { data: server.data, env: server.env });
  assert.equal(done.code, 0, done.stderr);
  return done.json;
}

before(async () => {
  sink = await startSmtpSink();
  site = await startSite();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_MORE_ALGORITHMS: 'ES256,PS256',
      AUTH_INTERNAL_HOSTS: '127.0.0.1', AUTH_REQUEST_URI_FETCH: 'on',
    },
  });
  server.env = { AUTH_PUBLIC_URL: server.url, AUTH_JWT_MORE_ALGORITHMS: 'ES256,PS256', AUTH_INTERNAL_HOSTS: '127.0.0.1' };
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  sign = await pair('ES256', 'sign-1', 'sig');
  other = await pair('ES256', 'sign-2', 'sig');
  crypt = {
    'RSA-OAEP-256': await pair('RSA-OAEP-256', 'rsa', 'enc'),
    'ECDH-ES': await pair('ECDH-ES', 'ec', 'enc'),
    'ECDH-ES+A256KW': await pair('ECDH-ES+A256KW', 'ec-kw', 'enc'),
  };
  site.keys = [sign.jwk, crypt['RSA-OAEP-256'].jwk];
  const keys = { keys: [sign.jwk, ...Object.values(crypt).map((key) => key.jwk)] };
  await makeClient('plain', { jwks: keys });
  await makeClient('signs', { jwks: keys, require_signed_request_object: true, request_object_signing_alg: 'ES256' });
  await makeClient('refers', { jwks: keys, request_uris: [`${site.url}/object`] });
  await makeClient('jarm', { jwks: keys, authorization_signed_response_alg: 'PS256' });
  await makeClient('info', { jwks: keys, userinfo_signed_response_alg: 'ES256', id_token_signed_response_alg: 'ES256' });
  const api = { jwks: keys, audiences: [server.url], introspection_signed_response_alg: 'ES256' };
  await makeClient('api', api);
  await makeClient('api-sealed', { ...api, introspection_encrypted_response_alg: 'ECDH-ES' });
  let n = 0;
  for (const alg of Object.keys(crypt))
    for (const enc of ['A256GCM', 'A128CBC-HS256'])
      await makeClient(`sealed-${n++}`, {
        jwks: keys, id_token_encrypted_response_alg: alg, id_token_encrypted_response_enc: enc,
        userinfo_signed_response_alg: 'RS256', userinfo_encrypted_response_alg: alg, userinfo_encrypted_response_enc: enc,
        authorization_encrypted_response_alg: alg, authorization_encrypted_response_enc: enc,
      });
  await makeClient('site', { jwks_uri: `${site.url}/jwks`, id_token_encrypted_response_alg: 'RSA-OAEP-256' });
});
after(async () => {
  await server?.stop();
  await sink?.close();
  await site?.close();
});

const key = () => ({ key: sign.privateKey, kid: sign.kid });
const configure = (id, metadata = {}, by = key()) =>
  oidc.discovery(new URL(server.url), id, metadata, oidc.PrivateKeyJwt(by), { execute: [oidc.allowInsecureRequests] });

async function browser() {
  const b = new Client(server.url, { jar: true });
  const answer = await b.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' });
  assert.equal(answer.status, 200, answer.text);
  return b;
}

async function follow(b, url) {
  const { pathname, search } = new URL(url);
  const answer = await b.get(pathname + search);
  assert.equal(answer.status, 303, answer.text);
  return new URL(answer.headers.get('location'), server.url);
}

async function request(more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const parameters = {
    redirect_uri: CALLBACK, scope: 'openid profile email', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  };
  return { parameters, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true } };
}

// ---- request objects (RFC 9101) ----

test('a request that openid-client has signed signs its user in, brought or pushed', async () => {
  const config = await configure('signs');
  for (const push of [false, true]) {
    const { parameters, checks } = await request();
    let url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, key());
    if (push) url = await oidc.buildAuthorizationUrlWithPAR(config, url.searchParams);
    const back = await follow(await browser(), url);
    const tokens = await oidc.authorizationCodeGrant(config, back, checks);
    assert.equal(tokens.claims().email, ADA);
  }
  const { parameters } = await request();
  const refused = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  assert.equal(refused.searchParams.get('error'), 'invalid_request');
});

test('a request of oauth4webapi is taken, and of a jti used at once one is', async () => {
  const as = await oauth.discoveryRequest(new URL(server.url), { [oauth.allowInsecureRequests]: true })
    .then((response) => oauth.processDiscoveryResponse(new URL(server.url), response));
  assert.equal(as.request_parameter_supported, true);
  assert.deepEqual(as.request_object_signing_alg_values_supported, ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519']);
  const { parameters } = await request();
  const client = { client_id: 'signs' };
  const object = await oauth.issueRequestObject(as, client, { response_type: 'code', ...parameters }, key());
  const auth = oauth.PrivateKeyJwt(key());
  const push = () => oauth.pushedAuthorizationRequest(as, client, auth, { request: object }, { [oauth.allowInsecureRequests]: true });
  const answers = await Promise.all(Array.from({ length: TIMES }, push));
  // CL-01, decision 10.
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  for (const answer of answers.filter((each) => each.status !== 201)) {
    assert.equal(answer.status, 400);
    assert.equal((await answer.json()).error, 'invalid_request_object');
  }
});

// Decision 12: where the setting allows it, and only from where the client has registered.
test('a request object is fetched from a registered request_uri', async () => {
  const config = await configure('refers');
  const as = config.serverMetadata();
  assert.equal(as.request_uri_parameter_supported, true);
  const { parameters, checks } = await request();
  const signed = async (more = {}) => {
    const object = await oauth.issueRequestObject(as, { client_id: 'refers' }, { response_type: 'code', ...parameters, ...more }, key());
    return object;
  };
  const refer = (path) => follow(new Client(server.url), `${server.url}/oauth2/authorize?${new URLSearchParams({
    client_id: 'refers', redirect_uri: CALLBACK, request_uri: `${site.url}${path}` })}`).then((url) => url.searchParams.get('error'));
  site.objects['/object'] = `${await signed()}\n`;
  const url = `${as.authorization_endpoint}?${new URLSearchParams({ client_id: 'refers', request_uri: `${site.url}/object` })}`;
  const back = await follow(await browser(), url);
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().email, ADA);
  assert.equal(await refer('/object'), 'invalid_request_object'); // its jti has been used
  assert.equal(await refer('/another'), 'request_uri_not_supported');
  // SR-07: what is too much is no answer.
  site.objects['/object'] = `${await signed()}${'x'.repeat(10_000)}`;
  assert.equal(await refer('/object'), 'invalid_request_uri');
  site.objects['/object'] = 'nothing';
  assert.equal(await refer('/object'), 'invalid_request_object');
});

// ---- authorization responses (JARM) ----

test('openid-client reads a signed response, also of a refusal', async () => {
  const config = await configure('jarm', { authorization_signed_response_alg: 'PS256' });
  oidc.useJwtResponseMode(config);
  const { parameters, checks } = await request();
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  assert.deepEqual([...back.searchParams.keys()], ['response']);
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().email, ADA);
  const denied = await request({ prompt: 'none' });
  const nobody = new Client(server.url, { jar: true });
  const refusal = await follow(nobody, oidc.buildAuthorizationUrl(config, denied.parameters));
  await assert.rejects(oidc.authorizationCodeGrant(config, refusal, denied.checks), { error: 'login_required' });
});

// ---- ID tokens and userinfo ----

test('each way of encryption gives an ID token, userinfo and a response that only the client can read', async () => {
  let n = 0;
  for (const [alg, { privateKey, kid }] of Object.entries(crypt))
    for (const enc of ['A256GCM', 'A128CBC-HS256']) {
      const config = await configure(`sealed-${n++}`, { userinfo_signed_response_alg: 'RS256' });
      oidc.enableDecryptingResponses(config, [enc], { key: privateKey, kid, alg });
      oidc.useJwtResponseMode(config);
      const { parameters, checks } = await request();
      const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
      assert.equal(back.searchParams.get('response').split('.').length, 5);
      const tokens = await oidc.authorizationCodeGrant(config, back, checks);
      assert.equal(tokens.id_token.split('.').length, 5);
      assert.deepEqual(jose.decodeProtectedHeader(tokens.id_token).enc, enc);
      assert.equal(tokens.claims().email, ADA);
      const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
      assert.equal(info.name, 'Ada L.');
      const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
      assert.equal(next.id_token.split('.').length, 5);
    }
});

test('signed userinfo says by whom and for whom, by the registered algorithm', async () => {
  const config = await configure('info', { userinfo_signed_response_alg: 'ES256', id_token_signed_response_alg: 'ES256' });
  const { parameters, checks } = await request();
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(jose.decodeProtectedHeader(tokens.id_token).alg, 'ES256');
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.aud, 'info');
  assert.equal(info.iss, server.url);
  const raw = await new Client(server.url).get('/oauth2/userinfo', { token: tokens.access_token });
  assert.match(raw.headers.get('content-type'), /^application\/jwt/);
  // JOSE-29: it is no ID token.
  const hint = await follow(await browser(), oidc.buildAuthorizationUrl(config, { ...parameters, id_token_hint: raw.text }));
  assert.equal(hint.searchParams.get('error'), 'invalid_request');
});

// ---- introspection (RFC 9701) ----

test('an API gets the answer about a token signed, and encrypted where it has registered that', async () => {
  const plain = await configure('plain');
  const { parameters, checks } = await request();
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(plain, parameters));
  const { access_token: token } = await oidc.authorizationCodeGrant(plain, back, checks);
  for (const id of ['api', 'api-sealed']) {
    const config = await configure(id, { introspection_signed_response_alg: 'ES256' });
    const { privateKey, kid, alg } = crypt['ECDH-ES'];
    if (id === 'api-sealed') oidc.enableDecryptingResponses(config, ['A128CBC-HS256'], { key: privateKey, kid, alg });
    const told = await oidc.tokenIntrospection(config, token);
    assert.equal(told.active, true);
    assert.equal(told.client_id, 'plain');
    assert.deepEqual({ ...await oidc.tokenIntrospection(config, 'unknown') }, { active: false });
    const raw = await oidc.genericGrantRequest(config, 'client_credentials').catch((error) => error);
    assert.equal(raw.error, 'unauthorized_client');
  }
  // Plain for who does not ask for it signed, and no other kind of token (JOSE-29).
  const api = await configure('api');
  assert.equal((await oidc.tokenIntrospection(api, token)).active, true);
  const as = api.serverMetadata();
  const answer = await oauth.introspectionRequest(as, { client_id: 'api' }, oauth.PrivateKeyJwt(key()), token,
    { requestJwtResponse: true, [oauth.allowInsecureRequests]: true });
  assert.equal(answer.headers.get('content-type'), 'application/token-introspection+jwt');
  assert.match(answer.headers.get('vary'), /Accept/i);
  const jwt = await answer.text();
  assert.equal(jose.decodeProtectedHeader(jwt).typ, 'token-introspection+jwt');
  const { payload } = await jose.jwtVerify(jwt, jose.createRemoteJWKSet(new URL(as.jwks_uri)), { issuer: server.url, audience: 'api' });
  assert.deepEqual(Object.keys(payload).sort(), ['aud', 'iat', 'iss', 'token_introspection']);
  assert.equal((await new Client(server.url).get('/oauth2/userinfo', { token: jwt })).status, 401);
});

// ---- discovery ----

// Resolves to the answer of `mode` as a URL, as the client gets it.
async function answerBy(mode, config, parameters) {
  const url = oidc.buildAuthorizationUrl(config, parameters);
  url.searchParams.set('response_mode', mode);
  const b = await browser();
  if (!mode.startsWith('form_post')) return follow(b, url);
  const page = await b.get(url.pathname + url.search);
  assert.equal(page.status, 200, page.text);
  const back = new URL(CALLBACK);
  for (const [, name, value] of page.text.matchAll(/name="(\w+)" value="([^"]*)"/g)) back.searchParams.set(name, value);
  return back;
}

test('each value that discovery names works, and none beside it can be registered', async () => {
  const as = (await configure('plain')).serverMetadata();
  const algs = as.id_token_signing_alg_values_supported;
  assert.deepEqual(algs, ['RS256', 'PS256', 'ES256']);
  for (const kind of ['userinfo', 'introspection', 'authorization'])
    assert.deepEqual(as[`${kind}_signing_alg_values_supported`], algs);
  for (const kind of ['id_token', 'userinfo', 'introspection', 'authorization']) {
    assert.deepEqual(as[`${kind}_encryption_alg_values_supported`], Object.keys(crypt));
    assert.deepEqual(as[`${kind}_encryption_enc_values_supported`].toSorted(), ['A128CBC-HS256', 'A256GCM']);
  }
  assert.deepEqual(as.response_modes_supported, ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt']);
  for (const alg of algs) {
    const all = Object.fromEntries(['id_token', 'userinfo', 'introspection', 'authorization']
      .map((kind) => [`${kind}_signed_response_alg`, alg]));
    const id = `all-${alg.toLowerCase()}`;
    await makeClient(id, { jwks: { keys: [sign.jwk] }, access_token_signed_response_alg: alg, ...all });
    for (const mode of as.response_modes_supported) {
      const config = await configure(id, all);
      const { parameters, checks } = await request();
      if (mode.endsWith('jwt')) oidc.useJwtResponseMode(config);
      const back = await answerBy(mode, config, parameters);
      assert.equal(back.searchParams.has('response'), mode.endsWith('jwt'));
      const tokens = await oidc.authorizationCodeGrant(config, back, checks);
      for (const token of [tokens.id_token, tokens.access_token]) assert.equal(jose.decodeProtectedHeader(token).alg, alg);
      await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
      assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, true);
    }
  }
  for (const alg of as.request_object_signing_alg_values_supported) {
    const own = await pair(alg, `object-${alg}`, 'sig');
    const id = `object-${alg.toLowerCase()}`;
    await makeClient(id, { jwks: { keys: [sign.jwk, own.jwk] }, request_object_signing_alg: alg });
    const config = await configure(id);
    const { parameters, checks } = await request();
    // By hand: openid-client signs with EdDSA under another of its names.
    const object = await new jose.SignJWT({ response_type: 'code', client_id: id, ...parameters, jti: crypto.randomUUID() })
      .setProtectedHeader({ alg, kid: own.kid, typ: 'oauth-authz-req+jwt' }).setIssuer(id).setAudience(server.url)
      .setIssuedAt().setNotBefore('0s').setExpirationTime('5m').sign(own.privateKey);
    const url = `${as.authorization_endpoint}?${new URLSearchParams({ client_id: id, request: object })}`;
    await oidc.authorizationCodeGrant(config, await follow(await browser(), url), checks);
  }
  // RFC 9864: openid-client says Ed25519 where others say EdDSA, of its assertions as well.
  const own = await pair('Ed25519', 'ed', 'sig');
  await makeClient('ed', { jwks: { keys: [own.jwk] }, request_object_signing_alg: 'Ed25519' });
  const ed = await configure('ed', {}, { key: own.privateKey, kid: 'ed' });
  const { parameters, checks } = await request();
  const url = await oidc.buildAuthorizationUrlWithJAR(ed, parameters, { key: own.privateKey, kid: 'ed' });
  await oidc.authorizationCodeGrant(ed, await follow(await browser(), url), checks);
  for (const [name, value] of [['id_token_signed_response_alg', 'ES384'], ['userinfo_signed_response_alg', 'EdDSA'],
    ['request_object_signing_alg', 'HS256'], ['id_token_encrypted_response_alg', 'RSA-OAEP'],
    ['id_token_encrypted_response_alg', 'RSA1_5'], ['introspection_signed_response_alg', 'none']])
    await assert.rejects(makeClient(`not-${name}`, { jwks: { keys: [sign.jwk, crypt['RSA-OAEP-256'].jwk] }, [name]: value }),
      (error) => error.message.includes(name), `${name}: ${value}`);
});

// ---- keys at a jwks_uri ----

test('keys at a jwks_uri are fetched once, and anew for one that is not there', async () => {
  const config = await configure('site');
  oidc.enableDecryptingResponses(config, undefined, { key: crypt['RSA-OAEP-256'].privateKey, kid: 'rsa', alg: 'RSA-OAEP-256' });
  const once = async (with_) => {
    const { parameters, checks } = await request();
    const url = await oidc.buildAuthorizationUrlWithPAR(with_, parameters);
    const tokens = await oidc.authorizationCodeGrant(with_, await follow(await browser(), url), checks);
    assert.equal(tokens.claims().email, ADA);
  };
  await once(config);
  await once(config);
  assert.equal(site.asked, 1);
  // JOSE-34: an unknown kid asks again, but not more often than each 30 seconds, whoever brings it.
  const stranger = await configure('site', {}, { key: other.privateKey, kid: 'nobody' });
  const parameters = (await request()).parameters;
  await Promise.all(Array.from({ length: TIMES }, () =>
    assert.rejects(oidc.buildAuthorizationUrlWithPAR(stranger, parameters), { status: 401 })));
  assert.equal(site.asked, 1);
  await once(config);
});

test('a site that does not answer holds up its own client and nobody else', async () => {
  site.slow = 3000;
  await makeClient('slow', { jwks_uri: `${site.url}/slow` });
  const slow = await configure('slow');
  const parameters = (await request()).parameters;
  const waiting = Array.from({ length: 32 }, () => oidc.buildAuthorizationUrlWithPAR(slow, parameters).catch((error) => error));
  const began = Date.now();
  await new Promise((done) => { setTimeout(done, 300); });
  const config = await configure('plain');
  await oidc.buildAuthorizationUrlWithPAR(config, parameters);
  assert.ok(Date.now() - began < 2500, 'another client waits, too');
  const done = await Promise.all(waiting);
  assert.ok(done.some((each) => each instanceof URL), 'nobody was served in the end');
  site.slow = 0;
});
