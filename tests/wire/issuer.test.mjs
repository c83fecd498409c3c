// SPDX-License-Identifier: Apache-2.0
// A tenant with an issuer of its own, as applications of others find it: openid-client, oauth4webapi and jose know it by
// its discovery document alone, and each takes it for a server of its own.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { ADA, Provider } from './provider.mjs';
import { freePort } from './server.mjs';
import { until } from './until.mjs';

const CALLBACK = 'https://app.test/cb';
const OUT = 'https://app.test/out';
const insecure = { [oauth.allowInsecureRequests]: true };
const execute = [oidc.allowInsecureRequests];
const apps = {};
let provider, ada;

async function make(slug) {
  const tenant = await provider.run(['tenant', 'create', '--slug', slug, '--set', 'issuer=own']);
  await provider.run(['tenant', 'member', ADA, '--tenant', slug]);
  const app = await provider.run(['client', 'create', '--id', `app-${slug}`, '--type', 'public', '--tenant', tenant.id, '--first-party',
    '--redirect-uri', CALLBACK, '--post-logout-redirect-uri', OUT, '--grant', 'authorization_code', '--grant', 'refresh_token']);
  const job = await provider.run(['client', 'create', '--id', `job-${slug}`, '--type', 'confidential', '--tenant', tenant.id, '--grant', 'client_credentials', '--scope', 'jobs']);
  provider.server.forbid(job.client_secret);
  apps[slug] = { app: app.client_id, job: job.client_id, secret: job.client_secret, url: `${provider.url}/t/${slug}` };
}

before(async () => {
  provider = await new Provider().start({ AUTH_JWT_ALGORITHM: 'ES256', AUTH_INTERNAL_HOSTS: 'localhost' });
  for (const slug of ['acme', 'globex']) await make(slug);
  ada = provider.person();
});
after(() => provider?.stop());

const found = (slug, id, ...more) => oidc.discovery(new URL(apps[slug].url), id, undefined, ...more);

test('openid-client: code with PKCE, PAR and DPoP, userinfo, refresh, and signing out', async () => {
  const { app, url } = apps.acme;
  const config = await found('acme', app, oidc.None(), { execute });
  assert.equal(config.serverMetadata().issuer, url);
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState(), nonce = oidc.randomNonce();
  const asked = await oidc.buildAuthorizationUrlWithPAR(config, { redirect_uri: CALLBACK, scope: 'openid email', state, nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }, { DPoP });
  assert.ok(asked.href.startsWith(`${url}/oauth2/authorize?`));
  const back = await ada.signIn(asked.href, { until: CALLBACK });
  const tokens = await oidc.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }, undefined, { DPoP });
  assert.equal(tokens.claims().iss, url);
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP })).email, ADA);
  const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const { payload } = await jose.jwtVerify(refreshed.access_token, keys, { issuer: url, audience: url, typ: 'at+jwt' });
  assert.equal(payload.sub, tokens.claims().sub);
  for (const other of [provider.url, apps.globex.url])
    await assert.rejects(jose.jwtVerify(refreshed.access_token, jose.createRemoteJWKSet(new URL(`${other}/.well-known/jwks.json`)), { issuer: url }), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  const out = oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: OUT, state: 'bye' });
  assert.equal((await ada.open(out.href, { until: OUT })).url.href, `${OUT}?state=bye`);
});

test('oauth4webapi: client credentials and introspection, and nothing of it elsewhere', async () => {
  const at = async (address, algorithm) => {
    const issuer = new URL(address);
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }));
  };
  const { job, secret, url } = apps.acme;
  const client = { client_id: job }, auth = oauth.ClientSecretBasic(secret);
  /* By OpenID Connect Discovery and by RFC 8414. */
  const as = await at(url, 'oidc');
  assert.deepEqual(await at(url, 'oauth2'), as);
  const granted = (server) => oauth.clientCredentialsGrantRequest(server, client, auth, { scope: 'jobs' }, insecure)
    .then((answer) => oauth.processClientCredentialsResponse(server, client, answer));
  const { access_token } = await granted(as);
  const told = await oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, access_token, insecure));
  assert.deepEqual([told.active, told.iss, told.client_id], [true, url, job]);
  for (const other of [provider.url, apps.globex.url])
    await assert.rejects(granted(await at(other, 'oidc')), { status: 401 });
  const there = apps.globex, globex = await at(there.url, 'oidc');
  const asked = await oauth.introspectionRequest(globex, { client_id: there.job }, oauth.ClientSecretBasic(there.secret), access_token, insecure);
  assert.equal((await oauth.processIntrospectionResponse(globex, { client_id: there.job }, asked)).active, false);
});

test('the keys of one are rotated by a command, and the service and the others keep theirs', async () => {
  const keys = async (address) => (await (await fetch(`${address}/.well-known/jwks.json`)).json()).keys.map((key) => key.kid);
  const addresses = [provider.url, apps.globex.url, apps.acme.url];
  const [own, globex, acme] = await Promise.all(addresses.map(keys));
  const listed = await provider.run(['key', 'list', '--tenant', 'acme']);
  assert.deepEqual(listed.map((key) => key.kid), acme);
  await provider.run(['key', 'rotate', '--tenant', 'acme', '--emergency']);
  const end = Date.now() + 30000;
  let now = acme;
  while (now.includes(acme[0]) && Date.now() < end) now = await keys(apps.acme.url);
  assert.ok(!now.includes(acme[0]));
  assert.deepEqual(await keys(provider.url), own);
  assert.deepEqual(await keys(apps.globex.url), globex);
});

// Back-Channel Logout 1.0 2.4, 2.6: of the issuer that the application has, by its keys, and by those of nobody else.
test('an application of a tenant is told of the end of a session by a token of its own issuer', async () => {
  const told = [], wrong = [], port = await freePort();
  const { url } = apps.acme;
  const keys = (address) => jose.createRemoteJWKSet(new URL(`${address}/.well-known/jwks.json`));
  const expected = { issuer: url, audience: 'told-acme', typ: 'logout+jwt', algorithms: ['ES256'], maxTokenAge: 120, requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub', 'sid'] };
  const rp = http.createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    try {
      const token = new URLSearchParams(body).get('logout_token');
      const { payload } = await jose.jwtVerify(token, keys(url), expected);
      assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
      assert.equal('nonce' in payload, false);
      for (const other of [provider.url, apps.globex.url])
        await assert.rejects(jose.jwtVerify(token, keys(other), { ...expected, issuer: undefined }), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
      told.push(payload);
      response.writeHead(200, { 'cache-control': 'no-store' }).end();
    } catch (error) {
      wrong.push(error);
      response.writeHead(400).end();
    }
  });
  await new Promise((done) => rp.listen(port, '127.0.0.1', done));
  const { id } = (await provider.run(['tenant', 'list'])).find(({ slug }) => slug === 'acme');
  await provider.run(['client', 'create', '--id', 'told-acme', '--type', 'public', '--tenant', id, '--first-party', '--redirect-uri', CALLBACK,
    '--grant', 'authorization_code', '--backchannel-logout-uri', `http://localhost:${port}/told`]);
  const config = await found('acme', 'told-acme', oidc.None(), { execute });
  const codes = async () => {
    const verifier = oidc.randomPKCECodeVerifier(), state = oidc.randomState();
    const asked = oidc.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: 'openid', state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' });
    const back = await bob.signIn(asked.href, { until: CALLBACK });
    return oidc.authorizationCodeGrant(config, new URL(back.url), { pkceCodeVerifier: verifier, expectedState: state });
  };
  const bob = provider.person();
  const tokens = await codes(), { sid, sub } = tokens.claims();
  await bob.open(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).href);
  await until(() => told.length + wrong.length > 0, 'nobody told it', 60000);
  assert.deepEqual(wrong, []);
  assert.deepEqual([told[0].sid, told[0].sub, told[0].iss], [sid, sub, url]);
  rp.closeAllConnections();
  await new Promise((done) => rp.close(done));
});

test('its tenant keeps its slug while it has one', async () => {
  await assert.rejects(provider.run(['tenant', 'update', 'acme', '--slug', 'acme2']), /take the setting issuer away first/);
});
