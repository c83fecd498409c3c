// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Back-Channel Logout 1.0: an application of its own, which checks each logout token as 2.6 says, is told
// of every way in which a session ends, and once it is up again also of those that it missed.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { command, commandOf } from './command.mjs';
import { freePort, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const CALLBACK = 'https://app.test/cb';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TOLD_MS = 120000;
let server, sink, config;

// The server of the application. `answers` are what it says next instead of 200.
class Application {
  constructor(port) { Object.assign(this, { port, told: [], jtis: new Set(), answers: [], wrong: [] }); }

  async verify(token) {
    const keys = jose.createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
    const { payload } = await jose.jwtVerify(token, keys, {
      issuer: server.url, audience: 'app', typ: 'logout+jwt', maxTokenAge: 120, algorithms: ['RS256'],
      requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub', 'sid'],
    });
    assert.deepEqual(payload.events, { [EVENT]: {} });
    assert.equal('nonce' in payload, false);
    assert.ok(payload.exp - payload.iat <= 120);
    assert.ok(!this.jtis.has(payload.jti), 'a jti comes twice');
    this.jtis.add(payload.jti);
    return payload;
  }

  async take(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    try {
      assert.equal(request.method, 'POST');
      assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded');
      const form = new URLSearchParams(body);
      assert.deepEqual([...form.keys()], ['logout_token']);
      const payload = await this.verify(form.get('logout_token'));
      const status = this.answers.shift() ?? 200;
      if (status === 200) this.told.push(payload);
      response.writeHead(status, { 'cache-control': 'no-store' }).end();
    } catch (error) {
      this.wrong.push(error);
      response.writeHead(400).end();
    }
  }

  async up() {
    this.http = http.createServer((request, response) => this.take(request, response));
    await new Promise((done) => this.http.listen(this.port, '127.0.0.1', done));
    return this;
  }

  async down() {
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  // Resolves to what it was told of the session.
  async isTold(sid) {
    for (const end = Date.now() + TOLD_MS; Date.now() < end;) {
      assert.deepEqual(this.wrong, []);
      const found = this.told.filter((payload) => payload.sid === sid);
      if (found.length > 0) return found[0];
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`nobody told it of ${sid}`);
  }
}

let application;

before(async () => {
  sink = await startSmtpSink();
  application = await new Application(await freePort()).up();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_INTERNAL_HOSTS: 'localhost',
    },
  });
  await run('client', 'create', '--id', 'app', '--type', 'public', '--redirect-uri', CALLBACK, '--first-party',
    '--grant', 'authorization_code', '--grant', 'refresh_token',
    '--backchannel-logout-uri', `http://localhost:${application.port}/told`);
  config = await oidc.discovery(new URL(server.url), 'app', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
});
after(async () => {
  await server?.stop();
  await sink?.close();
  await application?.down();
});

async function run(...words) { return (await commandOf(server, words, { env: { AUTH_INTERNAL_HOSTS: 'localhost' } })).json; }

const makePerson = (email) => makeUser(new Client(server.url), sink, email, { full_name: 'Somebody' });

// A browser in which the person is signed in, here and with the application; and what the application knows of it.
async function signedIn(email, scope = 'openid') {
  const browser = new Client(server.url, { jar: true });
  const answer = await browser.post('/auth/login', { email, password: PASSWORD, mode: 'session' });
  assert.equal(answer.status, 200, answer.text);
  browser.headers = { 'x-csrf-token': answer.json.csrf_token };
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope, state: 's', code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  });
  const back = new URL((await browser.get(url.pathname + url.search)).headers.get('location'));
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: 's' });
  return { browser, tokens, sid: tokens.claims().sid, sub: tokens.claims().sub };
}

test('the document says that it is supported', () => {
  const document = config.serverMetadata();
  assert.equal(document.backchannel_logout_supported, true);
  assert.equal(document.backchannel_logout_session_supported, true);
});

// SS-16: what a strict application asks of a logout token; of another session it hears nothing.
test('an application is told of the session that ends, and of no other', async () => {
  await makePerson('ada@example.com');
  const one = await signedIn('ada@example.com');
  const other = await signedIn('ada@example.com');
  await one.browser.get(`/oauth2/logout?id_token_hint=${one.tokens.id_token}`);
  assert.equal((await application.isTold(one.sid)).sub, one.sub);
  assert.equal(application.told.some((payload) => payload.sid === other.sid), false);
  assert.equal((await other.browser.get('/auth/me')).status, 200);
});

// RT-11: each way in which a session ends, and offline access, which outlives it, is no exception.
test('it is told whatever has ended the session', async () => {
  await makePerson('bob@example.com');
  const ways = [
    ['logout', ({ browser }) => browser.post('/auth/logout', {})],
    ['logout everywhere', ({ browser }) => browser.post('/auth/logout?all=true', {})],
    ['from a list', ({ browser, sid }) => browser.send('DELETE', `/auth/me/sessions/${sid}`)],
    ['by an administrator', () => run('user', 'disable', 'bob@example.com')],
  ];
  for (const [name, way] of ways) {
    const session = await signedIn('bob@example.com', name === 'logout' ? 'openid offline_access' : 'openid');
    const answer = await way(session);
    assert.ok(answer.status === undefined || answer.status < 300, `${name}: ${answer.text}`);
    await application.isTold(session.sid);
  }
});

// it is down; the service is killed; both come back.
test('it is told of what it missed, also by a service that was killed in between', async () => {
  await makePerson('eve@example.com');
  const session = await signedIn('eve@example.com');
  await application.down();
  assert.equal((await session.browser.post('/auth/logout', {})).status, 204);
  await server.kill9();
  await server.restart();
  await application.up();
  // Asked again: one that says no is tried again, too, with a token of its own.
  application.answers = [500];
  assert.equal((await application.isTold(session.sid)).sub, session.sub);
  assert.equal(application.told.filter((payload) => payload.sid === session.sid).length, 1);
});

// SR-02: what may be called is decided by the operator.
test('an address inside is not registered unless the operator has named its host', async () => {
  for (const uri of ['http://127.0.0.1:1/x', 'https://127.0.0.1/x', 'https://app.test:8443/x', 'http://app.test/x',
    'https://169.254.169.254/x', 'https://[::1]/x', 'https://app.test/x#f']) {
    const done = await command(['client', 'create', '--type', 'public', '--redirect-uri', CALLBACK, '--backchannel-logout-uri', uri],
      { data: server.data, env: { AUTH_PUBLIC_URL: server.url, AUTH_INTERNAL_HOSTS: 'localhost' } });
    assert.notEqual(done.code, 0, uri);
    assert.match(done.stderr, /backchannel_logout_uri/);
  }
});
