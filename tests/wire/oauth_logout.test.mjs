// SPDX-License-Identifier: Apache-2.0
// Signing out that an application begins, with openid-client against the built binary.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const OUT = 'https://app.test/out';
let server, sink, config;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const done = await command(['client', 'create', '--id', 'app', '--type', 'public', '--redirect-uri', CALLBACK,
    '--post-logout-redirect-uri', OUT, '--first-party', '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(done.json.metadata.post_logout_redirect_uris, [OUT]);
  config = await oidc.discovery(new URL(server.url), 'app', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

// A browser in which Ada is signed in, here and with the application.
async function signedIn() {
  const browser = new Client(server.url, { jar: true });
  assert.equal((await browser.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' })).status, 200);
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK, scope: 'openid', state: 's', code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  });
  const answer = await browser.get(url.pathname + url.search);
  const back = new URL(answer.headers.get('location'));
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: 's' });
  return { browser, tokens };
}

const leave = (browser, parameters) => {
  const { pathname, search } = oidc.buildEndSessionUrl(config, parameters);
  return browser.get(pathname + search);
};

test('an ID token of the session signs its browser out, and it goes back with its state', async () => {
  const { browser, tokens } = await signedIn();
  const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: OUT, state: 'a b&c' };
  const answer = await leave(browser, parameters);
  assert.equal(answer.status, 303, answer.text);
  const back = new URL(answer.headers.get('location'));
  assert.equal(back.origin + back.pathname, OUT);
  assert.deepEqual([...back.searchParams], [['state', 'a b&c']]);
  assert.equal((await browser.get('/auth/me')).status, 401);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  assert.equal((await leave(browser, parameters)).headers.get('location'), back.href);
});

// WB-07: an address that anybody can make a browser call ends nothing.
test('without one the person is asked, and a form of another site is not their answer', async () => {
  const { browser } = await signedIn();
  const page = await leave(browser, { post_logout_redirect_uri: OUT, state: 's' });
  assert.equal(page.status, 200);
  assert.equal((await browser.get('/auth/me')).status, 200);
  const form = Object.fromEntries([...page.text.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  const foreign = await browser.send('POST', '/oauth2/logout/confirm',
    { form, headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } });
  assert.equal(foreign.status, 403);
  assert.equal((await browser.get('/auth/me')).status, 200);
  const answer = await browser.send('POST', '/oauth2/logout/confirm', { form });
  assert.equal(answer.headers.get('location'), `${OUT}?state=s`);
  assert.equal((await browser.get('/auth/me')).status, 401);
});

// URI-12.
test('a browser goes to registered addresses only, and an error signs nobody out', async () => {
  const { browser, tokens } = await signedIn();
  for (const uri of [`${OUT}/`, 'https://evil.example/', '//evil.example', 'https://app.test/%6fut', CALLBACK]) {
    const answer = await leave(browser, { id_token_hint: tokens.id_token, post_logout_redirect_uri: uri });
    assert.equal(answer.status, 400, uri);
    assert.equal(answer.headers.get('location'), null);
  }
  assert.equal((await browser.get('/auth/me')).status, 200);
});
