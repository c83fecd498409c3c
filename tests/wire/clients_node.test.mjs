// SPDX-License-Identifier: Apache-2.0
// Frameworks of Node that sign users in, against the built binary: Auth.js (@auth/core), express-openid-connect, and
// passport-openidconnect, which knows no PKCE and needs AUTH_REQUIRE_PKCE=public.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Auth } from '@auth/core';
import express from 'express';
import openid from 'express-openid-connect';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { ADA, Provider } from './provider.mjs';
import { freePort } from './server.mjs';

const TOLD_MS = 30000;
let provider;

before(async () => { provider = await new Provider().start({ AUTH_REQUIRE_PKCE: 'public', AUTH_INTERNAL_HOSTS: 'localhost' }); });
after(() => provider?.stop());

// An application at an address of its own, which clients are registered with before it starts.
async function serve(t, make) {
  const port = await freePort();
  const home = `http://127.0.0.1:${port}`;
  const server = http.createServer(await make(home, port));
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return home;
}

// Requests and answers of Node as the Fetch standard has them, which Auth.js speaks.
const byFetch = (home, handler) => async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const answer = await handler(new Request(home + request.url, { method: request.method, headers: request.headers, body: body || undefined }));
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  response.setHeader('set-cookie', answer.headers.getSetCookie());
  response.end(await answer.text());
};

test('Auth.js signs Ada in with PKCE, state and nonce, and asks who she is', async (t) => {
  const troubles = [];
  const home = await serve(t, async (at) => {
    const clientSecret = await provider.client('authjs', 'confidential', `${at}/auth/callback/uauth`, '--require-pkce');
    const uauth = {
      id: 'uauth', name: 'uauth', type: 'oidc', issuer: provider.url, clientId: 'authjs', clientSecret,
      checks: ['pkce', 'state', 'nonce'], idToken: false,
      profile: ({ sub, name, email }) => ({ id: sub, name, email }),
    };
    const config = {
      providers: [uauth], secret: 'CANARY-authjs', trustHost: true, basePath: '/auth',
      logger: { error: (error) => troubles.push(error), warn: () => {}, debug: () => {} },
    };
    return byFetch(at, (request) => Auth(request, config));
  });
  const ada = provider.person();
  const begin = async () => {
    const { csrfToken } = JSON.parse((await ada.open(`${home}/auth/csrf`)).text);
    return ada.open(`${home}/auth/signin/uauth`, { method: 'POST', form: { csrfToken, callbackUrl: `${home}/auth/session` }, from: new URL(home) });
  };
  await begin();
  const page = await ada.through();
  assert.equal(page.url.href, `${home}/auth/session`, troubles.join('\n'));
  assert.equal(JSON.parse(page.text).user.email, ADA);
  assert.deepEqual(troubles, []);
  // An answer that somebody else began is not hers.
  const other = await provider.person().open(`${home}/auth/callback/uauth?code=x&state=y&iss=${provider.url}`);
  assert.match(other.url.search + other.text, /error/i);
  assert.ok(troubles.length > 0);
});

// A store of sessions as express-openid-connect wants it.
class Store {
  held = new Map();
  get(id, done) { done(null, this.held.get(id)); }
  set(id, value, done) { this.held.set(id, value); done?.(null); }
  destroy(id, done) { this.held.delete(id); done?.(null); }
}

test('express-openid-connect signs Ada in, refreshes, signs out, and is told of the end of her session', async (t) => {
  const home = await serve(t, async (at, port) => {
    const clientSecret = await provider.client('express', 'confidential', `${at}/callback`, '--require-pkce',
      '--post-logout-redirect-uri', at, '--backchannel-logout-uri', `http://localhost:${port}/backchannel-logout`);
    const app = express();
    app.use(openid.auth({
      issuerBaseURL: provider.url, baseURL: at, clientID: 'express', clientSecret, secret: randomBytes(32).toString('hex'),
      authRequired: false, idpLogout: true, session: { store: new Store() }, backchannelLogout: { store: new Store() },
      authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
    }));
    app.get('/', (request, response) => response.send(request.oidc.isAuthenticated() ? 'in' : 'out'));
    app.get('/me', openid.requiresAuth(), async (request, response) => {
      const { access_token: first, refresh } = request.oidc.accessToken;
      const { access_token: next } = await refresh.call(request.oidc.accessToken);
      response.json({ user: request.oidc.user, info: await request.oidc.fetchUserInfo(), refreshed: next !== first });
    });
    app.use((error, request, response, next) => { void next; response.status(error.status ?? 500).send(error.message); });
    return app;
  });
  const ada = provider.person();
  const told = JSON.parse((await ada.signIn(`${home}/me`)).text);
  assert.equal(told.user.email, ADA);
  assert.equal(told.info.sub, told.user.sub);
  assert.equal(told.refreshed, true);
  assert.equal((await provider.person().open(`${home}/callback?code=x&state=y`)).status, 400);
  assert.equal((await ada.open(`${home}/logout`)).text, 'out');
  assert.equal((await ada.open(`${home}/me`)).url.pathname, '/sign-in');
  await ada.through();
  assert.equal((await ada.open(`${home}/`)).text, 'in');
  await ada.open(`${provider.url}/sign-out`);
  await ada.submit('/sign-out');
  for (const end = Date.now() + TOLD_MS; (await ada.open(`${home}/`)).text !== 'out'; await new Promise((done) => setTimeout(done, 50)))
    assert.ok(Date.now() < end, 'it goes on letting her in');
});

// Sessions of a browser, by a cookie: enough for passport to keep its state in.
function sessions() {
  const held = new Map();
  return (request, response, next) => {
    const id = /app=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomBytes(16).toString('hex');
    if (!held.has(id)) held.set(id, {});
    response.setHeader('set-cookie', `app=${id}; Path=/; HttpOnly`);
    request.session = held.get(id);
    next();
  };
}

test('passport-openidconnect signs Ada in without PKCE, and refreshes', async (t) => {
  const home = await serve(t, async (at) => {
    const clientSecret = await provider.client('passport', 'confidential', `${at}/callback`, '--auth-method', 'client_secret_post');
    const strategy = new OpenIDConnectStrategy({
      issuer: provider.url, authorizationURL: `${provider.url}/oauth2/authorize`, tokenURL: `${provider.url}/oauth2/token`,
      userInfoURL: `${provider.url}/oauth2/userinfo`, clientID: 'passport', clientSecret, callbackURL: `${at}/callback`,
      scope: ['profile', 'email', 'offline_access'], nonce: true, skipUserProfile: false,
    }, (issuer, profile, context, idToken, accessToken, refreshToken, done) => done(null, { profile, accessToken, refreshToken }));
    const own = new passport.Passport().use(strategy);
    const app = express();
    app.use(sessions());
    app.get('/login', own.authenticate('openidconnect', { session: false }));
    app.get('/callback', own.authenticate('openidconnect', { session: false }), (request, response) => {
      const { profile, refreshToken, accessToken } = request.user;
      strategy._oauth2.getOAuthAccessToken(refreshToken, { grant_type: 'refresh_token' }, (error, next, successor) =>
        response.json({ profile, error, refreshed: next !== accessToken && successor !== refreshToken }));
    });
    app.use((error, request, response, next) => { void next; response.status(error.status ?? 500).send(error.message); });
    return app;
  });
  const ada = provider.person();
  await ada.open(`${home}/login`);
  await ada.submit('/sign-in', { email: ADA, password: ada.password });
  assert.equal((await ada.submit('/consent', { answer: 'refuse' })).status, 401);
  const told = JSON.parse((await ada.signIn(`${home}/login`)).text);
  assert.equal(told.profile.displayName, 'Ada L.');
  assert.equal(told.profile.emails[0].value, ADA);
  assert.equal(told.error, null);
  assert.equal(told.refreshed, true);
  assert.equal((await provider.person().open(`${home}/callback?code=x&state=y`)).status, 403);
});
