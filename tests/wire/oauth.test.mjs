// SPDX-License-Identifier: Apache-2.0
// Real relying parties, openid-client and oauth4webapi, against the built binary: codes with PKCE, pushed requests, refresh,
// userinfo, introspection, revocation, client assertions; and what may be used once, used 64 times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser, tokenIn } from './client.mjs';
import { Person } from './person.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const TIMES = 64;
let server, sink, keys;
const made = {};

// `uauth client create` with --json, as an operator does while the server runs.
async function makeClient(id, type, ...more) {
  const done = await command(['client', 'create', '--id', id, '--type', type, '--json', ...more],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.json.client_id, id);
  if (done.json.client_secret) server.forbid?.(done.json.client_secret);
  return done.json;
}

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const web = ['--redirect-uri', CALLBACK, '--grant', 'authorization_code', '--grant', 'refresh_token', '--first-party'];
  made.app = await makeClient('app', 'public', ...web);
  made.web = await makeClient('web', 'confidential', ...web, '--audience', server.url);
  made.post = await makeClient('post', 'confidential', ...web, '--auth-method', 'client_secret_post');
  made.secret = await makeClient('secret', 'confidential', ...web, '--auth-method', 'client_secret_jwt');
  made.job = await makeClient('job', 'confidential', '--grant', 'client_credentials', '--scope', 'reports:read');
  keys = await jose.generateKeyPair('ES256', { extractable: true });
  const jwk = { ...await jose.exportJWK(keys.publicKey), kid: 'k1', alg: 'ES256', use: 'sig' };
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${server.data}/jwks.json`, JSON.stringify({ keys: [jwk] }));
  made.keyed = await makeClient('keyed', 'confidential', ...web, '--grant', 'client_credentials',
    '--auth-method', 'private_key_jwt', '--jwks-file', `${server.data}/jwks.json`);
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

const configure = (id, authentication) =>
  oidc.discovery(new URL(server.url), id, undefined, authentication, { execute: [oidc.allowInsecureRequests] });

// A browser in which Ada is signed in.
async function browser() {
  const b = new Client(server.url, { jar: true });
  const answer = await b.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' });
  assert.equal(answer.status, 200, answer.text);
  return b;
}

// Where the browser is sent by `url`, an address of the server.
async function follow(b, url) {
  const { pathname, search } = new URL(url);
  const answer = await b.get(pathname + search);
  assert.equal(answer.status, 303, answer.text);
  return new URL(answer.headers.get('location'), server.url);
}

// A request of `config`, with its secrets.
async function request(config, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const parameters = {
    redirect_uri: CALLBACK, scope: 'openid profile email', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
  };
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { parameters, checks };
}

// Signs Ada in for the client of `config`; resolves to its tokens.
async function login(config, more) {
  const { parameters, checks } = await request(config, more);
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  return oidc.authorizationCodeGrant(config, back, checks);
}

test('a public client signs its user in, refreshes, asks who it is and gives its tokens up', async () => {
  const config = await configure('app', oidc.None());
  const tokens = await login(config);
  const claims = tokens.claims();
  assert.equal(claims.aud, 'app');
  assert.equal(claims.email, ADA);
  const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.name, 'Ada L.');
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  assert.equal(next.claims().sub, claims.sub);
  await oidc.tokenRevocation(config, next.refresh_token);
  await assert.rejects(oidc.fetchUserInfo(config, next.access_token, claims.sub));
  await assert.rejects(oidc.refreshTokenGrant(config, next.refresh_token), { error: 'invalid_grant' });
});

test('the access token verifies with the published keys, as an API would do it', async () => {
  const tokens = await login(await configure('app', oidc.None()));
  const set = jose.createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const { payload } = await jose.jwtVerify(tokens.access_token, set,
    { issuer: server.url, audience: server.url, typ: 'at+jwt' });
  assert.equal(payload.client_id, 'app');
  assert.equal(payload.scope, 'openid profile email');
});

test('each way in which a client proves who it is works with a code and a pushed request', async () => {
  const ways = {
    web: oidc.ClientSecretBasic(made.web.client_secret),
    post: oidc.ClientSecretPost(made.post.client_secret),
    secret: oidc.ClientSecretJwt(made.secret.client_secret),
    keyed: oidc.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' }),
  };
  for (const [id, way] of Object.entries(ways)) {
    const config = await configure(id, way);
    const { parameters, checks } = await request(config);
    const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
    assert.match(url.searchParams.get('request_uri'), /^urn:ietf:params:oauth:request_uri:/);
    const back = await follow(await browser(), url);
    const tokens = await oidc.authorizationCodeGrant(config, back, checks);
    assert.equal(tokens.claims().aud, id);
    const told = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(told.active, true);
    assert.equal(told.client_id, id);
    await oidc.tokenRevocation(config, tokens.access_token);
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
  }
});

test('a service gets a token of its own', async () => {
  const config = await configure('job', oidc.ClientSecretBasic(made.job.client_secret));
  const tokens = await oidc.clientCredentialsGrant(config, { scope: 'reports:read' });
  assert.equal(tokens.scope, 'reports:read');
  assert.equal(tokens.refresh_token, undefined);
  const keyed = await configure('keyed', oidc.PrivateKeyJwt({ key: keys.privateKey, kid: 'k1' }));
  assert.ok((await oidc.clientCredentialsGrant(keyed)).access_token);
});

test('an answer by form is one that the client can read', async () => {
  const config = await configure('app', oidc.None());
  const { parameters, checks } = await request(config, { response_mode: 'form_post' });
  const { pathname, search } = oidc.buildAuthorizationUrl(config, parameters);
  const page = await (await browser()).get(pathname + search);
  assert.equal(page.status, 200);
  const fields = [...page.text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const posted = new Request(CALLBACK, { method: 'POST', body: new URLSearchParams(fields) });
  const tokens = await oidc.authorizationCodeGrant(config, posted, checks);
  assert.equal(tokens.claims().email, ADA);
  const script = /<script src="([^"]+)"/.exec(page.text)[1];
  assert.equal((await new Client(server.url).get(script)).status, 200);
});

test('somebody who is not signed in goes by the page of ours, and back', async () => {
  const config = await configure('app', oidc.None());
  const { parameters, checks } = await request(config, { login_hint: ADA });
  const b = new Client(server.url, { jar: true });
  const page = await follow(b, oidc.buildAuthorizationUrl(config, parameters));
  assert.equal(page.pathname, '/sign-in');
  const shown = await b.get(page.pathname + page.search);
  assert.equal(shown.status, 200);
  const hidden = Object.fromEntries(
    [...shown.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) =>
      [/name="([^"]*)"/.exec(tag)[1], /value="([^"]*)"/.exec(tag)[1]]));
  assert.equal(hidden.request, page.searchParams.get('request'));
  const posted = await b.send('POST', '/sign-in', { form: { ...hidden, email: ADA, password: PASSWORD } });
  assert.equal(posted.status, 303, posted.text);
  const back = await follow(b, new URL(posted.headers.get('location'), server.url));
  const tokens = await oidc.authorizationCodeGrant(config, back, checks);
  assert.equal(tokens.claims().email, ADA);
});

test('who has no account yet, or has forgotten the password, gets back to the application', async () => {
  const email = 'grace@example.com';
  const config = await configure('app', oidc.None());
  const grace = new Person({ email });
  const ends = async (checks, password) => {
    const page = await grace.submit('/sign-in', { email, password }, { until: CALLBACK });
    const tokens = await oidc.authorizationCodeGrant(config, page.url, checks);
    assert.equal(tokens.claims().email, email);
  };
  const created = await request(config, { prompt: 'create' });
  await grace.open(oidc.buildAuthorizationUrl(config, created.parameters));
  await grace.submit('/register', { full_name: 'Grace H.', email, password: PASSWORD });
  assert.equal(grace.page.url.pathname, '/check-mail');
  await grace.open(`${server.url}/verify-email?token=${tokenIn(await sink.mailTo(email))}`);
  await grace.submit('/verify-email');
  await ends(created.checks, PASSWORD);
  const again = await request(config, { prompt: 'login' });
  await grace.open(oidc.buildAuthorizationUrl(config, again.parameters));
  const carried = grace.page.url.search;
  await grace.open(`${server.url}/forgot-password${carried}`);
  const mails = sink.mails.filter(({ to }) => to.includes(email)).length;
  await grace.submit('/forgot-password', { email });
  await grace.open(`${server.url}/reset-password?token=${tokenIn(await sink.mailTo(email, mails + 1))}`);
  await grace.submit('/reset-password', { password: `${PASSWORD}-2` });
  await ends(again.checks, `${PASSWORD}-2`);
});

test('a refusal reaches the client, with the issuer', async () => {
  const config = await configure('app', oidc.None());
  const { parameters, checks } = await request(config, { scope: 'openid nothing' });
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  assert.equal(back.searchParams.get('iss'), server.url);
  await assert.rejects(oidc.authorizationCodeGrant(config, back, checks), { error: 'invalid_scope' });
});

test('oauth4webapi goes through the same by hand', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(server.url);
  for (const algorithm of ['oidc', 'oauth2']) {
    const found = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
    const as = await oauth.processDiscoveryResponse(issuer, found);
    const client = { client_id: 'web' };
    const proof = oauth.ClientSecretBasic(made.web.client_secret);
    const verifier = oauth.generateRandomCodeVerifier();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: 'web', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid email', state: 's', nonce: 'n',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    });
    const back = await follow(await browser(), url);
    const parameters = oauth.validateAuthResponse(as, client, back, 's');
    const exchanged = await oauth.authorizationCodeGrantRequest(as, client, proof, parameters, CALLBACK, verifier, insecure);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, exchanged,
      { expectedNonce: 'n', requireIdToken: true });
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const info = await oauth.processUserInfoResponse(as, client, sub,
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure));
    assert.equal(info.email, ADA);
    const told = await oauth.processIntrospectionResponse(as, client,
      await oauth.introspectionRequest(as, client, proof, tokens.refresh_token, insecure));
    assert.equal(told.active, true);
    const refreshed = await oauth.processRefreshTokenResponse(as, client,
      await oauth.refreshTokenGrantRequest(as, client, proof, tokens.refresh_token, insecure));
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, proof, refreshed.refresh_token, insecure));
  }
});

// ---- at once ----

const atOnce = (use) => Promise.all(Array.from({ length: TIMES }, (_, index) => use(index)));
const won = (answers) => answers.filter((answer) => answer.status < 300);

test('CD-02: of 64 exchanges of one code one succeeds, and what it gave is revoked', async () => {
  const config = await configure('app', oidc.None());
  const { parameters, checks } = await request(config);
  const back = await follow(await browser(), oidc.buildAuthorizationUrl(config, parameters));
  const form = {
    grant_type: 'authorization_code', client_id: 'app', code: back.searchParams.get('code'),
    redirect_uri: CALLBACK, code_verifier: checks.pkceCodeVerifier,
  };
  const answers = await atOnce(() => new Client(server.url).send('POST', '/oauth2/token', { form }));
  assert.equal(won(answers).length, 1);
  for (const answer of answers) if (answer.status >= 300) assert.equal(answer.json.error, 'invalid_grant');
  const [{ json: tokens }] = won(answers);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck));
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
});

test('CD-02: of 64 who open one pushed request one gets a code', async () => {
  const config = await configure('app', oidc.None());
  const { parameters } = await request(config);
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters);
  const b = await browser();
  const answers = await atOnce(() => b.get(url.pathname + url.search));
  const codes = answers.filter((answer) => /[?&]code=/.test(answer.headers.get('location') ?? ''));
  assert.equal(codes.length, 1);
});

test('CL-01: of 64 uses of one assertion one succeeds', async () => {
  const assertion = await new jose.SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' }).setIssuer('keyed').setSubject('keyed').setAudience(server.url)
    .setJti('once').setIssuedAt().setExpirationTime('1m').sign(keys.privateKey);
  const form = {
    grant_type: 'client_credentials', client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
  const answers = await atOnce(() => new Client(server.url).send('POST', '/oauth2/token', { form }));
  assert.equal(won(answers).length, 1);
  for (const answer of answers) if (answer.status >= 300) assert.equal(answer.json.error, 'invalid_client');
});

test('CL-05: of two Authorization fields none is taken', async () => {
  const basic = `Basic ${Buffer.from(`job:${made.job.client_secret}`).toString('base64')}`;
  const { request: send } = await import('node:http');
  const status = await new Promise((done, failed) => {
    const sent = send(`${server.url}/oauth2/token`, { method: 'POST' }, (answer) => { answer.resume(); done(answer.statusCode); });
    sent.on('error', failed);
    sent.setHeader('content-type', 'application/x-www-form-urlencoded');
    sent.setHeader('authorization', [basic, basic]);
    sent.end('grant_type=client_credentials');
  });
  assert.ok(status === 400 || status === 401, String(status));
});
