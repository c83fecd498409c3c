// SPDX-License-Identifier: Apache-2.0
// Every place that takes a JWT, and every forgery of one (forgeries.mjs): each is refused there, with the error that the
// place has for it, and a good one passes before and after.  What upstream providers send is in federation.test.mjs.
import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { PASSWORD } from './client.mjs';
import { encode, forgeries, good } from './forgeries.mjs';
import { ADA, Provider } from './provider.mjs';

const CALLBACK = 'https://app.test/cb';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const PUBLISHER = 'https://publisher.test', ISSUER = 'https://issuer.test', STOCK = 'https://stock.test';
const LEFT = 'https://app.test/left';
const folder = mkdtempSync(join(tmpdir(), 'uauth-forged-'));
const secrets = {};
let provider, ada, trap, asked = 0, own, client, tokens, nonce;

const now = () => Math.floor(Date.now() / 1000);

// A key pair with what a verifier knows of it.
async function pairOf(alg) {
  const pair = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  return { alg, ...pair, jwk, kid: await jose.calculateJwkThumbprint(jwk) };
}
const registered = (key) => ({ keys: [{ ...key.jwk, kid: key.kid, alg: key.alg, use: 'sig' }] });

async function make(id, metadata, type = 'confidential') {
  const file = join(folder, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  secrets[id] = (await provider.run(['client', 'create', '--id', id, '--type', type, '--metadata-file', file])).client_secret;
}

async function call(method, path, { form, json, headers = {} } = {}) {
  const answer = await fetch(provider.url + path, {
    method, redirect: 'manual', body: json ? JSON.stringify(json) : form && new URLSearchParams(form),
    headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, location: answer.headers.get('location'), json: /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : null };
}
const post = (path, form, headers) => call('POST', path, { form, headers });
const basic = (id) => ({ authorization: `Basic ${Buffer.from(`${id}:${secrets[id]}`).toString('base64')}` });
const asking = (more) => new URLSearchParams({ client_id: 'web', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 's', nonce: 'n',
  code_challenge: CHALLENGE, code_challenge_method: 'S256', ...more });

before(async () => {
  trap = http.createServer((request, response) => { asked++; response.end(); });
  await new Promise((done) => { trap.listen(0, '127.0.0.1', done); });
  [own, client] = await Promise.all([pairOf('RS256'), pairOf('ES256')]);
  const [pem, statements] = [join(folder, 'own.pem'), join(folder, 'statements.json')];
  writeFileSync(pem, own.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(statements, JSON.stringify({ [PUBLISHER]: registered(client) }));
  provider = await new Provider().start({ AUTH_JWT_PRIVATE_KEY_PATH: pem, AUTH_SOFTWARE_STATEMENT_KEYS: statements, AUTH_CLIENT_REGISTRATION: 'open',
    AUTH_INTERNAL_HOSTS: '127.0.0.1', AUTH_JWT_MORE_ALGORITHMS: 'PS256,ES256,ES384,EdDSA' });
  const signs = { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:device_code'],
    scope: 'openid x', jwks: registered(client), first_party: true, audiences: [provider.url] };
  await make('web', { redirect_uris: [CALLBACK], first_party: true, audiences: [provider.url], post_logout_redirect_uris: [LEFT] });
  await make('shares', { token_endpoint_auth_method: 'client_secret_jwt', grant_types: ['client_credentials'], scope: 'x' });
  await make('signs', { ...signs, token_endpoint_auth_method: 'private_key_jwt' });
  await make('trusts', { grant_types: [BEARER], scope: 'x', assertion_issuers: [{ issuer: ISSUER, jwks: registered(client), sub_is: 'email', subjects: [ADA] }] });
  await make('orders', { grant_types: ['client_credentials', EXCHANGE], scope: 'users:read', audiences: [STOCK], token_exchange_subjects: ['first-party'],
    token_exchange_audiences: [STOCK], token_exchange_impersonation: true });
  ada = provider.person();
  await ada.signIn(`${provider.url}/oauth2/authorize?${asking()}`, { until: CALLBACK });
  tokens = await redeem(ada.page.url.searchParams.get('code'));
  tokens.first = (await call('POST', '/auth/login', { json: { email: ADA, password: PASSWORD, mode: 'token' } })).json.access_token;
  tokens.actor = (await post('/oauth2/token', { grant_type: 'client_credentials' }, basic('orders'))).json.access_token;
  // Right after its start the server asks for a nonce (RFC 9449 8).
  nonce = (await call('POST', '/oauth2/token', { form: { grant_type: 'client_credentials' }, headers: { ...basic('orders'), dpop: good(proof('POST', '/oauth2/token')) } })).headers.get('dpop-nonce');
  tokens.bound = (await redeem(await codeFor(), { dpop: good(proof('POST', '/oauth2/token')) })).access_token;
});
after(async () => {
  await provider?.stop();
  trap?.closeAllConnections();
  trap?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function codeFor() {
  const page = await ada.open(`${provider.url}/oauth2/authorize?${asking()}`, { until: CALLBACK });
  return page.url.searchParams.get('code');
}

async function redeem(code, headers = {}) {
  const ask = (more) => post('/oauth2/token', { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier: VERIFIER }, { ...basic('web'), ...more });
  const answer = await ask(headers);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// ---- what is taken, and where ----

// One of ours, made anew with our own key: what it says is true, and how it says so can be changed.
const ours = (token) => ({ header: { typ: jose.decodeProtectedHeader(token).typ, kid: own.kid }, claims: jose.decodeJwt(token), key: own });
const theirs = (claims, typ) => ({ header: { ...(typ && { typ }), kid: client.kid }, key: client, claims: { iat: now(), exp: now() + 60, jti: crypto.randomUUID(), ...claims } });
const assertion = (id) => theirs({ iss: id, sub: id, aud: provider.url });
const object = () => theirs({ iss: 'signs', aud: provider.url, ...Object.fromEntries(asking({ client_id: 'signs' })) }, 'oauth-authz-req+jwt');
const proof = (method, path, token) => ({ header: { typ: 'dpop+jwt', jwk: client.jwk }, key: client, claims: { iat: now(), jti: crypto.randomUUID(), htm: method, htu: provider.url + path,
  ...(nonce && { nonce }), ...(token && { ath: createHash('sha256').update(token).digest('base64url') }) } });

// Where a key comes along with the token, another key is another holder, and nothing is forged; and where nothing has to
// end, an end may be far.
const BY_ITS_KEY = ['jwk of a thief', 'jwk of a thief without kid'];
const ENDLESS = ['exp of 1e300'];
const shown = (form) => ({ client_assertion_type: ASSERTION, ...form });
const succeeds = ({ status }) => status < 300;
const proven = (path, form) => ({
  kind: 'assertion', of: () => assertion('signs'), play: (client_assertion) => post(path, shown({ ...form, client_assertion })), refused: [[401, 'invalid_client']],
});
const bearing = (path, of, error) => ({ kind: 'access', of: () => ours(of()), play: (token) => call('GET', path, { headers: { authorization: `Bearer ${token}` } }), refused: [[401, error], [400, 'invalid_request'], [400, 'invalid-request']], header: true });
const exchanged = (form) => post('/oauth2/token', { grant_type: EXCHANGE, subject_token_type: TYPE, audience: STOCK, ...form }, basic('orders'));

// kind, of() which a good one is made of, play(token), and [status, error] of a refusal; passes(answer): how a good one is
// known; header: it is sent in one.
const PLACES = {
  'an access token at userinfo': bearing('/oauth2/userinfo', () => tokens.access_token, 'invalid_token'),
  'an access token at our own API': bearing('/auth/me', () => tokens.first, 'invalid-token'),
  'an access token at forward-auth': bearing('/auth/verify', () => tokens.first, 'invalid_token'),
  'an access token at introspection': { kind: 'access', of: () => ours(tokens.access_token), play: (token) => post('/oauth2/introspect', { token }, basic('web')),
    passes: ({ json }) => json?.active === true, refused: [[200, undefined], [400, 'invalid_request']] },
  'an access token at revocation': { kind: 'access', of: () => ours(tokens.access_token),
    play: async (token) => ({ ...await post('/oauth2/revoke', { token }, basic('web')), still: (await post('/oauth2/introspect', { token: tokens.access_token }, basic('web'))).json.active }),
    passes: ({ still }) => still === false, spends: async () => { tokens = { ...tokens, ...await redeem(await codeFor()) }; }, refused: [[200, undefined], [400, 'invalid_request']] },
  'an id_token_hint of a request': { kind: 'id', of: () => ours(tokens.id_token), play: async (id_token_hint) => {
    const page = await ada.open(`${provider.url}/oauth2/authorize?${asking({ prompt: 'none', id_token_hint })}`, { until: CALLBACK });
    return { status: 303, text: page.text, location: page.url.href };
  }, passes: ({ location }) => new URL(location).searchParams.has('code'), refused: [[303, 'invalid_request']], except: ENDLESS },
  'an id_token_hint of signing out': { kind: 'id', of: () => ours(tokens.id_token), play: (id_token_hint) => call('GET', `/oauth2/logout?${new URLSearchParams({ id_token_hint, post_logout_redirect_uri: LEFT })}`),
    passes: ({ status }) => status < 400, refused: [[400, undefined]], except: ENDLESS },
  'a client assertion at the token endpoint': proven('/oauth2/token', { grant_type: 'client_credentials' }),
  'a client assertion with a pushed request': { ...proven('/oauth2/par', {}), play: (client_assertion) => post('/oauth2/par', shown({ ...Object.fromEntries(asking({ client_id: 'signs' })), client_assertion })),
    refused: [[401, 'invalid_client'], [400, 'invalid_request']] }, // which the client_id beside it may be
  'a client assertion at introspection': proven('/oauth2/introspect', { token: 'x' }),
  'a client assertion at revocation': proven('/oauth2/revoke', { token: 'x' }),
  'a client assertion of a device': proven('/oauth2/device_authorization', {}),
  'an assertion by a secret': { ...proven('/oauth2/token', { grant_type: 'client_credentials' }), of: () => assertion('shares'), good: ({ claims }) => {
    const text = `${encode({ alg: 'HS256' })}.${encode(claims)}`;
    return `${text}.${createHmac('sha256', secrets.shares).update(text).digest('base64url')}`;
  } },
  'a request object': { kind: 'request', of: object, play: async (request) => {
    const page = await ada.open(`${provider.url}/oauth2/authorize?${asking({ client_id: 'signs', request })}`, { until: CALLBACK });
    return { status: page.status === 0 ? 303 : page.status, text: page.text, location: page.status === 0 ? page.url.href : null };
  }, passes: ({ location }) => location !== null && new URL(location).searchParams.has('code'), refused: [[303, 'invalid_request_object'], [400, undefined]] },
  'a pushed request object': { kind: 'request', of: object, play: (request) => post('/oauth2/par', shown({ request, client_assertion: good(assertion('signs')) })), refused: [[400, 'invalid_request_object'], [400, 'invalid_request']] },
  'a proof for a token': { kind: 'dpop', of: () => proof('POST', '/oauth2/token'), play: (dpop) => post('/oauth2/token', { grant_type: 'client_credentials' }, { ...basic('orders'), dpop }),
    refused: [[400, 'invalid_dpop_proof']], header: true, except: [...BY_ITS_KEY, ...ENDLESS] },
  'a proof beside a token': { kind: 'dpop', of: () => proof('GET', '/oauth2/userinfo', tokens.bound), play: (dpop) => call('GET', '/oauth2/userinfo', { headers: { authorization: `DPoP ${tokens.bound}`, dpop } }),
    refused: [[401, 'invalid_dpop_proof']], header: true, except: ENDLESS },
  'an assertion as grant': { kind: 'grant', of: () => theirs({ iss: ISSUER, sub: ADA, aud: provider.url }), play: (token) => post('/oauth2/token', { grant_type: BEARER, assertion: token }, basic('trusts')),
    refused: [[400, 'invalid_grant'], [400, 'invalid_request']] },
  'a token to exchange': { kind: 'access', of: () => ours(tokens.first), play: (subject_token) => exchanged({ subject_token }), refused: [[400, 'invalid_request']] },
  'a token of who acts': { kind: 'access', of: () => ours(tokens.actor), play: (actor_token) => exchanged({ subject_token: tokens.first, actor_token, actor_token_type: TYPE }), refused: [[400, 'invalid_request']] },
  'a software statement': { kind: 'statement', of: () => theirs({ iss: PUBLISHER, client_name: 'Theirs', redirect_uris: [CALLBACK] }),
    play: (software_statement) => call('POST', '/oauth2/register', { json: { redirect_uris: [CALLBACK], software_statement } }),
    refused: [[400, 'invalid_software_statement'], [400, 'unapproved_software_statement'], [400, 'invalid_client_metadata']], except: ENDLESS },
};

const passes = (place, answer) => (place.passes ?? succeeds)(answer);
const errorOf = ({ json, location, headers }) => json?.error ?? json?.type?.split('/').at(-1) ?? (location ? new URL(location).searchParams.get('error') ?? undefined : undefined)
  ?? /error="(\w+)"/.exec(headers?.get('www-authenticate') ?? '')?.[1];

function assertRefused(place, answer, what) {
  const said = [answer.status, errorOf(answer)];
  assert.ok(!passes(place, answer), `${what} is taken: ${answer.text}`);
  assert.ok(place.refused.some(([status, error]) => status === said[0] && error === said[1]), `${what}: ${said} ${answer.location ?? ''} ${answer.text.slice(0, 300)}`);
}

async function assertTaken(place) {
  const answer = await place.play((place.good ?? good)(place.of()));
  assert.ok(passes(place, answer), `a good one is refused: ${answer.status} ${answer.location} ${answer.text}`);
  await place.spends?.();
}

for (const [name, place] of Object.entries(PLACES))
  test(`JOSE-01, JOSE-29: no forgery is taken as ${name}`, async () => {
    await assertTaken(place);
    const all = Object.entries(forgeries(`http://127.0.0.1:${trap.address().port}/keys`));
    assert.ok(all.length >= 42);
    for (const [what, forge] of all) {
      const token = await forge(place.of());
      if (place.except?.includes(what) || (place.header && /[^\x20-\x7e]/.test(token))) continue;
      assertRefused(place, await place.play(token), what);
    }
    await assertTaken(place);
    assert.equal(asked, 0, 'somebody has come to the address in a header');
  });

test('JOSE-07, JOSE-29: a good token of one kind is none of another', async () => {
  for (const [from, { kind, of, good: make = good }] of Object.entries(PLACES))
    for (const [to, place] of Object.entries(PLACES))
      if (place.kind !== kind) {
        const answer = await place.play(make(of()));
        assert.ok(!passes(place, answer) && answer.status < 500, `${from}, shown as ${to}: ${answer.status} ${answer.location} ${answer.text}`);
      }
});

test('the kid of each key is its thumbprint (RFC 7638, RFC 8037)', async () => {
  const { keys } = (await call('GET', '/.well-known/jwks.json')).json;
  assert.deepEqual(keys.map(({ alg }) => alg).sort(), ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256']);
  for (const key of keys) assert.equal(key.kid, await jose.calculateJwkThumbprint(key, 'sha256'), key.alg);
});
