// SPDX-License-Identifier: Apache-2.0
// Pairwise subjects (OpenID Connect Core 8) with openid-client: an application that is registered with a sector has to stand
// in the list of that sector, and is told of its users by its own name for them, also when they sign out.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { freePort, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser, signIn as logIn } from './client.mjs';
import { command } from './command.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const OTHER = 'https://other.test/cb';
const TOLD_MS = 120000;
let server, sink, sector, sectorPort, told, operator, slow;

before(async () => {
  sink = await startSmtpSink();
  sectorPort = await freePort();
  told = [];
  // The sector's list, and where the application is told of ended sessions.
  sector = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.url === '/slow.json') await slow.asked();
    if (request.method === 'POST') told.push(decodeJwt(new URLSearchParams(body).get('logout_token')));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([CALLBACK, OTHER]));
  });
  await new Promise((done) => sector.listen(sectorPort, '127.0.0.1', done));
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_CLIENT_REGISTRATION: 'open',
      AUTH_INTERNAL_HOSTS: 'localhost',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const made = await command(['user', 'create', '--email', 'root@example.com', '--name', 'Root', '--role', 'admin', '--password-stdin'], { data: server.data, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  operator = (await logIn(new Client(server.url), 'root@example.com')).access_token;
});
after(async () => {
  await server?.stop();
  await sink?.close();
  sector?.closeAllConnections();
  sector?.close();
});

const metadataOf = (more) => ({
  token_endpoint_auth_method: 'client_secret_post', subject_type: 'pairwise', sector_identifier_uri: `http://localhost:${sectorPort}/sector.json`, ...more,
});

// By an operator, who alone may name a host of our own network.
async function register(more) {
  const { status, json } = await new Client(server.url).post('/admin/clients', { metadata: metadataOf(more) }, { token: operator });
  assert.equal(status, 201, JSON.stringify(json));
  return oidc.discovery(new URL(server.url), json.client_id, undefined, oidc.ClientSecretPost(json.client_secret), { execute: [oidc.allowInsecureRequests] });
}

// Ada signs in and allows what she is asked for: the tokens, and her browser.
async function signIn(config, redirect_uri) {
  const code_verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid', code_challenge: await oidc.calculatePKCECodeChallenge(code_verifier), code_challenge_method: 'S256',
  });
  const browser = new Client(server.url, { jar: true });
  const { json } = await browser.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' });
  browser.headers = { 'x-csrf-token': json.csrf_token };
  const asked = await browser.get(url.pathname + url.search);
  let back = asked.headers.get('location');
  if (!back.startsWith(redirect_uri)) {
    const page = await browser.get(back);
    const field = (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)[1];
    const answer = await browser.send('POST', '/consent', {
      form: { csrf_token: field('csrf_token'), request: field('request'), answer: 'allow' },
    });
    back = (await browser.get(answer.headers.get('location'))).headers.get('location') ?? answer.headers.get('location');
  }
  return { browser, tokens: await oidc.authorizationCodeGrant(config, new URL(back), { pkceCodeVerifier: code_verifier }) };
}

test('clients of one sector know a user by one name, which userinfo and logout tokens say, too', async () => {
  const app = await register({ redirect_uris: [CALLBACK], backchannel_logout_uri: `http://localhost:${sectorPort}/logout` });
  assert.deepEqual(app.serverMetadata().subject_types_supported, ['public', 'pairwise']);
  const other = await register({ redirect_uris: [CALLBACK, OTHER] });
  const first = await signIn(app, CALLBACK);
  const second = await signIn(other, OTHER);
  const { sub, sid } = first.tokens.claims();
  assert.equal(second.tokens.claims().sub, sub);
  assert.match(sub, /^[\w-]{43}$/);
  assert.equal((await oidc.fetchUserInfo(app, first.tokens.access_token, sub)).sub, sub);
  assert.equal((await oidc.tokenIntrospection(app, first.tokens.access_token)).sub, sub);
  assert.equal((await first.browser.post('/auth/logout', {})).status, 204);
  for (const end = Date.now() + TOLD_MS; Date.now() < end && !told.some((token) => token.sid === sid);)
    await new Promise((done) => setTimeout(done, 20));
  assert.equal(told.find((token) => token.sid === sid)?.sub, sub);
});

test('nobody joins a sector in whose list it does not stand', async () => {
  const refused = async (more) => {
    const { status, json } = await new Client(server.url).post('/admin/clients', { metadata: metadataOf(more) }, { token: operator });
    assert.equal(status, 400, JSON.stringify(json));
    assert.match(json.type, /invalid-client-metadata$/);
  };
  await refused({ redirect_uris: ['https://stranger.test/cb'] });
  await refused({ redirect_uris: [CALLBACK], sector_identifier_uri: `http://localhost:${await freePort()}/sector.json` });
});

test('a configuration that is sent waits for the server of a sector, and no writer waits with it', async () => {
  const client = new Client(server.url), sector_identifier_uri = `http://localhost:${sectorPort}/slow.json`;
  const file = (redirect_uri) => ({ clients: [{ client_id: 'slow', metadata: metadataOf({ redirect_uris: [redirect_uri], sector_identifier_uri }) }] });
  let answered = false, release;
  const asked = new Promise((begun) => {
    slow = { asked: () => new Promise((done) => { release = done; begun(); }) };
  });
  const applied = client.post('/admin/apply', file(CALLBACK), { token: operator }).finally(() => { answered = true; });
  await asked;
  const written = await new Client(server.url).post('/admin/roles', { name: 'meanwhile', permissions: ['a:b'] }, { token: operator });
  assert.deepEqual([written.status, answered], [201, false]);
  release();
  const { status, json } = await applied;
  assert.equal(status, 200, JSON.stringify(json));
  assert.deepEqual([json.applied, json.changes.map(({ key }) => key)], [true, ['slow']]);
  // What is there asks for nothing; what is changed stands in the list.
  slow = { asked: () => assert.fail('it was kept') };
  assert.equal((await client.post('/admin/apply', file(CALLBACK), { token: operator })).json.changes.length, 0);
  const stranger = await client.post('/admin/apply', file('https://stranger.test/cb'), { token: operator });
  assert.equal(stranger.status, 400);
  assert.match(stranger.json.errors?.[0]?.field ?? stranger.text, /client slow: redirect_uris/);
});

test('SR-01: who registers itself names no host of our own network', async () => {
  await assert.rejects(oidc.dynamicClientRegistration(new URL(server.url), metadataOf({ redirect_uris: [CALLBACK] }), undefined, { execute: [oidc.allowInsecureRequests] }), (error) => {
    assert.equal(error.error, 'invalid_client_metadata');
    return true;
  });
});
