// SPDX-License-Identifier: Apache-2.0
// Clients that register themselves (RFC 7591, RFC 7592) against the built binary, with openid-client and oauth4webapi;
// and one initial access token, used 64 times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const TIMES = 64;
const insecure = { [oauth.allowInsecureRequests]: true };
let server, sink, as;

const token = async (...more) => {
  const done = await command(['client', 'registration-token', '--json', ...more],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  return done.json;
};

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_CLIENT_REGISTRATION: 'open',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const issuer = new URL(server.url);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

// What a browser does in which Ada signs in and allows what she is asked for.
async function allows(url) {
  const browser = new Client(server.url, { jar: true });
  assert.equal((await browser.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' })).status, 200);
  const asked = await browser.get(url.pathname + url.search);
  assert.equal(asked.status, 303);
  const page = await browser.get(asked.headers.get('location'));
  assert.equal(page.status, 200, page.text);
  const field = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)[1];
  const answer = await browser.send('POST', '/consent', {
    form: { csrf_token: field('csrf_token'), request: field('request'), answer: 'allow' },
  });
  const done = await browser.get(answer.headers.get('location'));
  return new URL(done.headers.get('location') ?? answer.headers.get('location'));
}

test('openid-client registers by itself and signs somebody in', async () => {
  const config = await oidc.dynamicClientRegistration(new URL(server.url),
    { client_name: 'Notes', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'client_secret_post' },
    undefined, { execute: [oidc.allowInsecureRequests] });
  const client = config.clientMetadata();
  assert.match(client.client_id, /^[0-9a-f-]{36}$/);
  assert.ok(client.client_secret);
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: 'openid email', state: 's', code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  });
  const back = await allows(url);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: 's' });
  assert.equal(tokens.claims().aud, client.client_id);
  assert.ok(!server.log.includes(client.client_secret) && !server.log.includes(client.registration_access_token));
});

test('oauth4webapi registers with an initial access token, which is good as often as was said', async () => {
  const made = await token('--uses', '2', '--label', 'for oauth4webapi');
  assert.equal(made.uses, 2);
  const register = () => oauth.dynamicClientRegistrationRequest(as,
    { client_name: 'Job', grant_types: ['client_credentials'], scope: 'openid' },
    { initialAccessToken: made.token, ...insecure });
  const first = await oauth.processDynamicClientRegistrationResponse(await register());
  assert.deepEqual(first.grant_types, ['client_credentials']);
  assert.ok(first.registration_access_token);
  await oauth.processDynamicClientRegistrationResponse(await register());
  await assert.rejects(async () => oauth.processDynamicClientRegistrationResponse(await register()),
    (e) => e instanceof oauth.WWWAuthenticateChallengeError && e.cause[0].parameters.error === 'invalid_token');
  const granted = await oauth.clientCredentialsGrantRequest(as, first, oauth.ClientSecretBasic(first.client_secret), {}, insecure);
  assert.equal((await oauth.processClientCredentialsResponse(as, first, granted)).token_type, 'bearer');
  assert.ok(!server.log.includes(made.token));
});

test('I2: a token for one client, used 64 times at once, makes one', async () => {
  const made = await token();
  const client = new Client(server.url);
  const answers = await Promise.all(Array.from({ length: TIMES }, () =>
    client.send('POST', '/oauth2/register', { json: { redirect_uris: [CALLBACK] }, headers: { authorization: `Bearer ${made.token}` } })));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  for (const answer of answers) assert.ok([201, 401, 503].includes(answer.status), answer.text);
});

test('I2: of 64 updates with one token one is made', async () => {
  const client = new Client(server.url);
  const made = (await client.post('/oauth2/register', { redirect_uris: [CALLBACK] })).json;
  const path = new URL(made.registration_client_uri).pathname;
  const headers = { authorization: `Bearer ${made.registration_access_token}` };
  const answers = await Promise.all(Array.from({ length: TIMES }, (_, i) => client.send('PUT', path,
    { json: { client_id: made.client_id, redirect_uris: [CALLBACK], client_name: `App ${i}` }, headers })));
  const won = answers.filter((answer) => answer.status === 200);
  assert.equal(won.length, 1);
  for (const answer of answers) assert.ok([200, 401, 503].includes(answer.status), answer.text);
  const now = await client.send('GET', path, { headers: { authorization: `Bearer ${won[0].json.registration_access_token}` } });
  assert.equal(now.json.client_name, won[0].json.client_name);
});

test('tokens that were made are ended by one command', async () => {
  const made = await token();
  const done = await command(['client', 'registration-token', '--end'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  const answer = await new Client(server.url).send('POST', '/oauth2/register',
    { json: { redirect_uris: [CALLBACK] }, headers: { authorization: `Bearer ${made.token}` } });
  assert.equal(answer.status, 401);
});
