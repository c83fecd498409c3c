// SPDX-License-Identifier: Apache-2.0
// Graph as the emulator has it (entra.md 5, 7.2, 1.20), met by Microsoft's own client of Graph, by MSAL, by an OpenID client,
// and by what ours asks: a sign-in that is ended there is over here.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import { AuthenticationHandler, Client, GraphError, PageIterator, RetryHandler, RetryHandlerOptions } from '@microsoft/microsoft-graph-client';
import * as oidc from 'openid-client';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from './entra.mjs';
import { noPython } from './installed.mjs';
import { HOST, confidential, example, python, signInCarried } from './msal_carried.mjs';

const GRAPH = 'https://graph.microsoft.com';
const ids = (n) => Array.from({ length: n }, (_, i) => `33333333-0000-0000-0000-${String(i).padStart(12, '0')}`);
let entra, plain, folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-graph-'));
  entra = await new Entra().start(`https://${HOST}`);
  entra.graphUrl = GRAPH;
  plain = await new Entra().start();
});
after(async () => {
  await entra?.close();
  await plain?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { entra.reset(); plain.reset(); });

// Microsoft's client of Graph, whose calls go to the port of the emulator.
class Carried {
  async execute(context) {
    const { request, options } = context;
    assert.ok(request.startsWith(`${GRAPH}/`), request);
    context.response = await fetch(request.replace(GRAPH, `http://127.0.0.1:${entra.port}`), options);
  }
}
function graph(token) {
  const chain = [new AuthenticationHandler({ getAccessToken: async () => token }), new RetryHandler(new RetryHandlerOptions(1, 3)), new Carried()];
  chain.slice(0, -1).forEach((one, i) => one.setNext(chain[i + 1]));
  return Client.initWithMiddleware({ middleware: chain[0] });
}
async function signedIn(scopes) {
  const app = confidential(entra);
  const { account, accessToken } = await signInCarried(entra, app, { scopes });
  return { app, account, client: graph(accessToken) };
}
const denied = (code, statusCode) => (error) => error instanceof GraphError && error.code === code && error.statusCode === statusCode;

test('Graph: its client reads who has signed in, all of it and what it selects', async () => {
  entra.user.email = 'alice@contoso.example';
  const { client } = await signedIn();
  const { id, displayName, givenName, surname, mail, userPrincipalName } = await client.api('/me').get();
  assert.deepEqual({ id, displayName, givenName, surname, mail, userPrincipalName }, { id: entra.user.oid, displayName: 'Alice Example', givenName: 'Alice',
    surname: 'Example', mail: 'alice@contoso.example', userPrincipalName: 'alice@contoso.example' });
  assert.deepEqual(Object.keys(await client.api('/me').select(['id', 'mail']).get()).filter((name) => !name.startsWith('@')), ['id', 'mail']);
  assert.equal((await client.api(`/users/${entra.user.oid}`).get()).id, entra.user.oid);
  await assert.rejects(client.api('/users/nobody').get(), denied('Request_ResourceNotFound', 404));
  await assert.rejects(graph('graph-of-nobody').api('/me').get(), denied('InvalidAuthenticationToken', 401));
});

test('Graph: groups, with roles of the directory, page by page, and those of a list', async () => {
  const { client } = await signedIn();
  const roles = ['62e90394-69f5-4237-9190-012177145e10'];
  entra.user.wids = roles;
  entra.memberOf = ids(2500);
  const post = (path, body) => client.api(path).post(body);
  assert.deepEqual((await post('/me/getMemberGroups', { securityEnabledOnly: true })).value, entra.memberOf);
  assert.deepEqual((await post('/me/getMemberObjects', { securityEnabledOnly: false })).value, [...entra.memberOf, ...roles]);
  assert.deepEqual((await post('/me/getMemberObjects', { securityEnabledOnly: true })).value, entra.memberOf);
  const first = await client.api('/me/transitiveMemberOf/microsoft.graph.group').header('ConsistencyLevel', 'eventual').count(true).select('id').top(999).get();
  assert.equal(first['@odata.count'], 2500);
  const seen = [];
  await new PageIterator(client, first, ({ id, displayName }) => { assert.equal(displayName, undefined); seen.push(id); return true; }).iterate();
  assert.deepEqual(seen, entra.memberOf);
  assert.equal(entra.count(/transitiveMemberOf/), 3);
  await assert.rejects(client.api('/me/transitiveMemberOf').top(1000).get(), denied('Request_UnsupportedQuery', 400));
  assert.deepEqual((await post('/me/checkMemberGroups', { groupIds: [...ids(3).slice(1), 'other'] })).value, ids(3).slice(1));
  await assert.rejects(post('/me/checkMemberGroups', { groupIds: ids(21) }), denied('Request_BadRequest', 400));
  entra.memberOf = ids(11001);
  await assert.rejects(post('/me/getMemberGroups', { securityEnabledOnly: true }), denied('Directory_ResultSizeLimitExceeded', 400));
});

test('Graph: its client waits for what is throttled, and is told by a challenge that a newer token is wanted', async () => {
  const { client, app } = await signedIn();
  let left = 1;
  entra.script.me = () => (left-- > 0 ? { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'TooManyRequests' } } } : undefined);
  assert.equal((await client.api('/me').get()).id, entra.user.oid);
  assert.equal(entra.count(/\/me$/), 2);
  entra.revokedAt = 1700000000;
  let challenge;
  await assert.rejects(client.api('/me').get(), (error) => { challenge = error.headers.get('www-authenticate'); return error.statusCode === 401; });
  const claims = Buffer.from(/claims="([^"]+)"/.exec(challenge)[1], 'base64').toString();
  const { accessToken } = await app.acquireTokenByClientCredential({ scopes: [`${GRAPH}/.default`], claims });
  assert.equal((await graph(accessToken).api(`/users/${entra.user.oid}`).get()).id, entra.user.oid);
});

// entra.md 1.18: refresh tokens die, what they opened lives to its end.
test('Graph ends somebody\'s sign-ins: MSAL, Python\'s and ours are told that a person is wanted', { skip: noPython('msal') }, async () => {
  const { app, account, client } = await signedIn(['User.RevokeSessions.All', 'offline_access']);
  const { accessToken } = await app.acquireTokenSilent({ account, scopes: ['User.Read'], forceRefresh: true });
  await assert.rejects(graph(accessToken).api('/me/revokeSignInSessions').post({}), denied('Authorization_RequestDenied', 403));
  assert.equal((await client.api('/me/revokeSignInSessions').post({})).value, true);
  await assert.rejects(app.acquireTokenSilent({ account, scopes: ['User.Read'], forceRefresh: true }),
    (error) => error instanceof InteractionRequiredAuthError && error.subError === 'bad_token' && String(error.errorNo) === '50173');
  assert.equal((await client.api('/me').get()).id, entra.user.oid);
  const { account: again } = await signInCarried(entra, app, { scopes: ['User.Read', 'offline_access'] });
  assert.ok((await app.acquireTokenSilent({ account: again, scopes: ['User.Read'], forceRefresh: true })).accessToken);

  // Ours and Python's, on the file that ours has written; an application ends it.
  const cache = join(folder, 'ended.json');
  const ours = () => example('entra', [`${plain.url}/${TENANT}`, CLIENT_ID, 'User.Read', cache]);
  assert.equal((await ours()).code, 0);
  const token = (await confidential(plain).acquireTokenByClientCredential({ scopes: [`${GRAPH}/.default`] })).accessToken;
  const ended = await fetch(`${plain.url}/v1.0/users/${plain.user.oid}/revokeSignInSessions`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([ended.status, (await ended.json()).value], [200, true]);
  assert.deepEqual(await python(plain, folder, cache, `
told = app.acquire_token_silent_with_error(["User.Read"], account=account, force_refresh=True)
print(json.dumps({name: told[name] for name in ("error", "suberror", "error_codes")}))
`), { error: 'invalid_grant', suberror: 'bad_token', error_codes: [50173] });
  const kept = JSON.parse(readFileSync(cache, 'utf8'));
  kept.AccessToken = {};
  writeFileSync(cache, JSON.stringify(kept));
  assert.match((await ours()).printed, /F7KQ2MZTC/);
});

// ---- userinfo (1.20) ----

async function openid(response) {
  const config = await oidc.discovery(new URL(`${plain.issuer(TENANT)}/.well-known/openid-configuration`), CLIENT_ID, CLIENT_SECRET, undefined,
    { execute: [oidc.allowInsecureRequests, ...(response ? [response] : [])] });
  const code_verifier = oidc.randomPKCECodeVerifier();
  const walk = async (scope, more = {}) => {
    const url = oidc.buildAuthorizationUrl(config, { redirect_uri: 'https://app.test/cb', scope, nonce: 'n-1', state: 's-1', code_challenge_method: 'S256',
      code_challenge: await oidc.calculatePKCECodeChallenge(code_verifier), ...more });
    const there = await fetch(url, { redirect: 'manual' });
    assert.equal(there.status, 302, await there.text());
    return new URL(there.headers.get('location'));
  };
  return { config, walk, checks: { pkceCodeVerifier: code_verifier, expectedNonce: 'n-1', expectedState: 's-1' } };
}

test('userinfo: an OpenID client is told about whom the ID token is, and no more than it may', async () => {
  plain.user.email = 'alice@contoso.example';
  const { config, walk, checks } = await openid();
  const got = await oidc.authorizationCodeGrant(config, await walk('openid profile email'), checks);
  const { sub } = got.claims();
  const told = await oidc.fetchUserInfo(config, got.access_token, sub);
  assert.deepEqual(told, { sub: plain.user.sub, name: 'Alice Example', given_name: 'Alice', family_name: 'Example', picture: `${plain.url}/v1.0/me/photo/$value`, email: 'alice@contoso.example' });
  await assert.rejects(oidc.fetchUserInfo(config, got.access_token, 'somebody-else'));
  const posted = await fetch(`${plain.url}/oidc/userinfo`, { method: 'POST', headers: { authorization: `Bearer ${got.access_token}` } });
  assert.deepEqual(await posted.json(), told);
  const less = await oidc.authorizationCodeGrant(config, await walk('openid'), checks);
  assert.equal((await oidc.fetchUserInfo(config, less.access_token, sub)).email, undefined);
  assert.equal((await fetch(`${plain.url}/oidc/userinfo`)).status, 401);
  plain.script.userinfo = { status: 503, body: '' };
  await assert.rejects(oidc.fetchUserInfo(config, got.access_token, sub));
});

test('fragment: an OpenID client takes code and ID token, or an ID token alone, where the application may', async () => {
  const hybrid = await openid(oidc.useCodeIdTokenResponseType);
  const refused = await hybrid.walk('openid');
  assert.match(refused.hash, /^#error=unsupported_response_type&error_description=AADSTS700054/);
  plain.registration.implicit = true;
  const back = await hybrid.walk('openid profile');
  assert.equal(back.search, '');
  const { pkceCodeVerifier, ...rest } = hybrid.checks;
  const got = await oidc.authorizationCodeGrant(hybrid.config, back, { pkceCodeVerifier, ...rest });
  assert.equal(got.claims().oid, plain.user.oid);
  const implicit = await openid(oidc.useIdTokenResponseType);
  const claims = await oidc.implicitAuthentication(implicit.config, await implicit.walk('openid'), 'n-1', { expectedState: 's-1' });
  assert.equal(claims.oid, plain.user.oid);
  const both = await implicit.walk('openid User.Read', { response_type: 'id_token token' });
  const shown = Object.fromEntries(new URLSearchParams(both.hash.slice(1)));
  assert.equal((await fetch(`${plain.url}/v1.0/me`, { headers: { authorization: `Bearer ${shown.access_token}` } })).status, 200);
});
