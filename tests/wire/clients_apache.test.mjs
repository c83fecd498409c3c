// SPDX-License-Identifier: Apache-2.0
// Apache in front of applications, as Debian has it: mod_auth_openidc signs people in, refreshes, and is told when a
// session ends; mod_oauth2 lets calls with access tokens through, by the published keys and by introspection.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Apache, apacheHas } from './apache.mjs';
import { missing } from './installed.mjs';
import { ADA, Provider } from './provider.mjs';

const skip = missing(['auth_openidc', 'oauth2'].every(apacheHas), "Debian's modules of Apache are not installed");
const TOLD_MS = 30000;
let provider, apache;

// Everything below /app needs somebody who is signed in; /jwt and /asked an access token.
const configuration = (secret, api) => [
  `OIDCProviderMetadataURL ${provider.url}/.well-known/openid-configuration`,
  'OIDCClientID apache', `OIDCClientSecret ${secret}`, `OIDCRedirectURI ${apache.url}/app/redirect_uri`,
  'OIDCCryptoPassphrase CANARY-passphrase', 'OIDCScope "openid profile email offline_access"', 'OIDCPKCEMethod S256',
  'OIDCProviderBackChannelLogoutSupported On', 'OIDCRemoteUserClaim email', 'OIDCPassUserInfoAs claims',
  'OIDCInfoHook access_token id_token userinfo refresh_token session', 'OIDCRedirectURLsAllowed ^http://127\\.0\\.0\\.1:',
  'ProxyPass /app/redirect_uri !', '<Location /app>', 'AuthType openid-connect', 'Require valid-user', '</Location>',
  '<Location /reports>', 'AuthType openid-connect', 'Require claim email:nobody@example.com', '</Location>',
  '<Location /jwt>', 'AuthType oauth2', `OAuth2TokenVerify jwks_uri ${provider.url}/.well-known/jwks.json`,
  '<RequireAll>', `Require oauth2_claim iss:${provider.url}`, `Require oauth2_claim aud:${provider.url}`, '</RequireAll>', '</Location>',
  '<Location /asked>', 'AuthType oauth2', 'Require oauth2_claim scope:reports:read',
  `OAuth2TokenVerify metadata ${provider.url}/.well-known/oauth-authorization-server introspect.auth=client_secret_basic&client_id=api&client_secret=${api}&expiry=0`,
  '</Location>',
];

before(async () => {
  if (skip) return;
  apache = await new Apache().reserve();
  provider = await new Provider().start({ AUTH_INTERNAL_HOSTS: 'localhost' });
  const secret = await provider.client('apache', 'confidential', `${apache.url}/app/redirect_uri`,
    '--post-logout-redirect-uri', `${apache.url}/`, '--backchannel-logout-uri', `http://localhost:${apache.port}/app/redirect_uri?logout=backchannel`);
  const made = await provider.run(['client', 'create', '--id', 'api', '--type', 'confidential', '--grant', 'client_credentials',
    '--scope', 'reports:read', '--scope', 'reports:write', '--audience', provider.url]);
  provider.api = made.client_secret;
  await apache.start(['auth_openidc', 'oauth2'], configuration(secret, made.client_secret));
});
after(async () => {
  await apache?.stop();
  await provider?.stop();
});

const app = () => `${apache.url}/app/page`;
const seen = (page) => JSON.parse(page.text);
const hook = async (person, query) => (await person.open(`${apache.url}/app/redirect_uri?${query}`));

test('mod_auth_openidc signs Ada in and tells the application who she is', { skip }, async () => {
  const ada = provider.person();
  const headers = seen(await ada.signIn(app()));
  assert.equal(headers.path, '/app/page');
  assert.equal(headers.oidc_claim_email, ADA);
  assert.equal(headers.oidc_claim_name, 'Ada L.');
  assert.ok(ada.way.some((url) => url.includes('code_challenge_method=S256')));
  // What is not hers; a script of nobody; and an answer that nobody has asked for.
  assert.equal((await ada.open(`${apache.url}/reports`)).status, 401);
  assert.equal((await fetch(app(), { redirect: 'manual', headers: { oidc_claim_email: ADA } })).status, 401);
  const planted = await provider.person().open(`${apache.url}/app/redirect_uri?code=x&state=y`);
  assert.ok(planted.status >= 400, planted.text);
});

test('it refreshes, and a session that its user ends at the provider is over there as well', { skip }, async () => {
  const ada = provider.person();
  await ada.signIn(app());
  const first = JSON.parse((await hook(ada, 'info=json')).text);
  const { status, text } = await hook(ada, `refresh=${encodeURIComponent(app())}&access_token=${first.access_token}`);
  assert.equal(status, 200, text);
  const next = JSON.parse((await hook(ada, 'info=json')).text);
  assert.notEqual(next.access_token, first.access_token);
  assert.notEqual(next.refresh_token, first.refresh_token);
  assert.equal((await provider.get('/oauth2/userinfo', next.access_token)).status, 200);
  // At the provider itself, in this browser; Apache is told behind her back.
  await ada.open(`${provider.url}/sign-out`);
  await ada.submit('/sign-out');
  for (const end = Date.now() + TOLD_MS; Date.now() < end;) {
    const page = await ada.open(app(), { until: `${provider.url}/` });
    if (page.status === 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`Apache goes on letting her in:\n${apache.log()}`);
});

test('signing out at the application signs out here, and comes back', { skip }, async () => {
  const ada = provider.person();
  await ada.signIn(app());
  const page = await hook(ada, `logout=${encodeURIComponent(`${apache.url}/`)}`);
  assert.equal(page.url.href, `${apache.url}/`);
  assert.equal((await ada.open(app())).url.pathname, '/sign-in');
});

async function token(scope) {
  const answer = await fetch(`${provider.url}/oauth2/token`, {
    method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    headers: { authorization: `Basic ${Buffer.from(`api:${provider.api}`).toString('base64')}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

const call = async (path, bearer) => {
  const answer = await fetch(apache.url + path, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

test('mod_oauth2 takes access tokens by the published keys', { skip }, async () => {
  const good = await token('reports:read');
  const passed = await call('/jwt/x', good);
  assert.equal(passed.status, 200, apache.log());
  assert.equal(JSON.parse(passed.text).oauth2_claim_client_id, 'api');
  const none = await call('/jwt/x');
  assert.equal(none.status, 401);
  assert.match(none.headers.get('www-authenticate'), /^Bearer/);
  const [head, body] = good.split('.');
  assert.equal((await call('/jwt/x', `${head}.${body}.${'A'.repeat(342)}`)).status, 401);
});

test('and by introspection, which says what a token is for', { skip }, async () => {
  const good = await token('reports:read');
  assert.equal((await call('/asked/x', good)).status, 200, apache.log());
  assert.equal((await call('/asked/x', await token('reports:write'))).status, 401);
  assert.equal((await call('/asked/x', 'nothing')).status, 401);
});
