// SPDX-License-Identifier: Apache-2.0
// Signing out across providers, and providers that are asked again about people who are signed in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, TENANT } from './entra.mjs';
import { Client, totp } from './client.mjs';
import { commandOf } from './command.mjs';
import { START, Stage, me, person } from './federation.mjs';
import { Provider } from './provider_emulator.mjs';
import { within } from './until.mjs';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
let stage, server, entra, other;
before(async () => {
  stage = await new Stage().open({ AUTH_AZURE_SIGN_OUT: 'on' });
  ({ server, entra } = stage);
  other = await new Provider().start();
  await run(['provider', 'create', '--kind', 'openid', '--client-id', 'rp', '--client-secret-stdin', '--issuer', other.url, '--create-users',
    '--email-domain', 'example.net', '--sign-out', 'other'], 'CANARY-provider-secret');
});
after(async () => {
  await stage?.close();
  await other?.close();
});
beforeEach(() => {
  stage.begin();
  other.reset();
  other.claims = { sub: `them-${randomUUID()}`, sid: randomUUID(), email: `${randomUUID()}@example.net` };
});

const browser = () => stage.browser();
async function run(args, input) { return (await commandOf(server, args, { input })).json; }
async function signedIn(start) {
  const b = browser();
  const answer = await stage.signIn(b, start);
  assert.equal(answer.status, 303, answer.text);
  return b;
}
const lives = async (b) => (await b.get('/auth/me')).status === 200;
// The time at which they are due is now.
const due = () => execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(server.data, 'uauth.db'), 'UPDATE upstream_sessions SET check_at = 1 WHERE check_at IS NOT NULL']);
const soon = within(15000, 50);

// ---- the front channel (entra.md 1.17) ----

test('front-channel logout ends the sessions of exactly this sid', async () => {
  const sid = randomUUID();
  entra.user = person({ sid });
  const b = await signedIn();
  const same = await signedIn();
  entra.user = { ...entra.user, sid: randomUUID() };
  const elsewhere = await signedIn();
  const from = (query) => new Client(server.url).get(`${START}/frontchannel-logout${query}`);
  for (const query of ['', '?sid=', `?sid=${randomUUID()}`, `?sid=${sid.slice(0, 20)}`, `?sid=${sid.toUpperCase()}`, `?sid=${sid}&iss=https://evil.example`, '?sid=%25', `?sid=${'x'.repeat(2000)}`]) {
    const answer = await from(query);
    assert.equal(answer.status, query.length > 2500 ? 400 : 200, query);
    assert.ok(await lives(b), query);
  }
  const other = await new Client(server.url).get(`/auth/oauth/other/frontchannel-logout?sid=${sid}`);
  assert.equal(other.status, 200);
  assert.ok(await lives(b), 'of another provider');
  const done = await from(`?sid=${sid}&iss=${encodeURIComponent(entra.issuer(TENANT))}`);
  assert.equal(done.status, 200);
  assert.match(done.headers.get('cache-control'), /no-store/);
  assert.equal(await lives(b), false);
  assert.equal(await lives(same), false);
  assert.ok(await lives(elsewhere));
});

test('a sid that could be guessed ends nothing', async () => {
  entra.user = person({ sid: '7' });
  const b = await signedIn();
  await new Client(server.url).get(`${START}/frontchannel-logout?sid=7`);
  assert.ok(await lives(b));
});

test('the second factor here keeps the session of there', async () => {
  const sid = randomUUID();
  entra.user = person({ sid });
  const b = browser();
  await stage.signIn(b, `${START}?fresh=yes`);
  b.headers = { 'x-csrf-token': /name="csrf_token" value="([^"]+)"/.exec((await b.get('/account')).text)[1] };
  const made = await b.post('/auth/me/mfa/totp');
  assert.equal((await b.post('/auth/me/mfa/totp/confirm', { code: await totp(made.json.secret) })).status, 200);
  const c = browser();
  await stage.signIn(c);
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec((await c.get('/sign-in/code')).text)[1];
  assert.equal((await c.send('POST', '/sign-in/code', { form: { csrf_token, code: await totp(made.json.secret, 1) } })).status, 303);
  assert.ok(await lives(c));
  await new Client(server.url).get(`${START}/frontchannel-logout?sid=${sid}`);
  assert.equal(await lives(c), false);
});

// ---- the back channel ----

const token = (own = {}) => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: other.url, aud: 'rp', iat: now, exp: now + 120, jti: randomUUID(), sid: other.claims.sid, events: { [EVENT]: {} }, ...own };
};
const tell = (jwt, id = 'other') => new Client(server.url).send('POST', `/auth/oauth/${id}/backchannel-logout`, { form: { logout_token: jwt } });

test('back-channel logout ends the session that it names, once', async () => {
  const b = await signedIn('/auth/oauth/other');
  const jwt = other.jwt(token());
  const done = await tell(jwt);
  assert.equal(done.status, 200, done.text);
  assert.match(done.headers.get('cache-control'), /no-store/);
  assert.equal(await lives(b), false);
  const again = await tell(jwt);
  assert.equal(again.status, 400);
  assert.equal(again.json.error, 'invalid_request');
});

const sql = (text) => execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(server.data, 'uauth.db'), text]);
test('a logout token that we failed at is good when it comes again', async () => {
  const b = await signedIn('/auth/oauth/other');
  const jwt = other.jwt(token());
  // From the next second on no session can end: abs() has no answer.
  sql(`CREATE INDEX stuck ON sessions (abs(CASE WHEN ended_at > ${now()} THEN -9223372036854775807 - 1 ELSE 0 END))`);
  await new Promise((done) => setTimeout(done, 1100));
  const failed = await tell(jwt);
  sql('DROP INDEX stuck');
  assert.ok(failed.status >= 500, failed.text);
  assert.ok(await lives(b));
  assert.equal((await tell(jwt)).status, 200);
  assert.equal(await lives(b), false);
  assert.equal((await tell(jwt)).status, 400);
});

test('back-channel logout of a person ends all of their sessions, and nobody else\'s', async () => {
  const b = await signedIn('/auth/oauth/other');
  other.claims.sid = randomUUID();
  const c = await signedIn('/auth/oauth/other');
  const { sub } = other.claims;
  other.claims = { sub: 'them-else', email: 'else@example.net', sid: randomUUID() };
  const d = await signedIn('/auth/oauth/other');
  assert.equal((await tell(other.jwt(token({ sid: undefined, sub })))).status, 200);
  assert.deepEqual([await lives(b), await lives(c), await lives(d)], [false, false, true]);
});

const now = () => Math.floor(Date.now() / 1000);
for (const [name, forge] of Object.entries({
  'another issuer': () => ({ iss: 'https://evil.example' }),
  'another audience': () => ({ aud: 'somebody' }),
  'no event': () => ({ events: undefined }),
  'another event': () => ({ events: { 'http://schemas.openid.net/event/other': {} } }),
  'an event that is no object': () => ({ events: { [EVENT]: 'yes' } }),
  'events as text': () => ({ events: EVENT }),
  'a nonce: it is an ID token': () => ({ nonce: 'n' }),
  'neither sub nor sid': () => ({ sid: undefined }),
  'no jti': () => ({ jti: undefined }),
  'no iat': () => ({ iat: undefined }),
  'no exp': () => ({ exp: undefined }),
  'expired': () => ({ exp: now() - 120 }),
  'old': () => ({ iat: now() - 3600 }),
  'of tomorrow': () => ({ iat: now() + 86400, exp: now() + 90000 }),
  'a sid that is no text': () => ({ sid: 7 }),
})) {
  test(`back-channel logout refused: ${name}`, async () => {
    const b = await signedIn('/auth/oauth/other');
    const answer = await tell(other.jwt(token(forge())));
    assert.equal(answer.status, 400, answer.text);
    assert.ok(await lives(b));
  });
}

test('back-channel logout refused: the ID token, another key, no signature, rubbish', async () => {
  const b = await signedIn('/auth/oauth/other');
  const good = other.jwt(token());
  const [head, payload, signature] = good.split('.');
  const idToken = other.jwt({ iss: other.url, aud: 'rp', iat: now(), exp: now() + 60, sub: other.claims.sub, sid: other.claims.sid });
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  const typed = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' })).toString('base64url');
  for (const jwt of [idToken, `${head}.${payload}.${signature.slice(0, -4)}AAAA`, `${none}.${payload}.`, `${typed}.${payload}.${signature}`, 'x', 'a.b.c', entra.jwt(token())])
    assert.equal((await tell(jwt)).status, 400, jwt);
  assert.equal((await tell(good, 'none-such')).status, 404);
  // A registration that is open to many tenants has no one issuer whose tokens would be taken.
  assert.equal((await tell(good, 'entra')).status, 400);
  assert.ok(await lives(b));
  // Its own application tells of it as before.
  assert.equal((await tell(good)).status, 200);
});

// ---- signing out there ----

async function signOut(b) {
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec((await b.get('/sign-out')).text)[1];
  const answer = await b.send('POST', '/sign-out', { form: { csrf_token } });
  assert.equal(answer.status, 303, answer.text);
  assert.equal(await lives(b), false);
  return answer.headers.get('location');
}

test('who signs out here signs out at the provider that wants it', async () => {
  const hint = 'O.CiQ-opaque-hint';
  entra.user = person({ login_hint: hint });
  const b = await signedIn();
  const there = await signOut(b);
  assert.equal(there, '/signed-out/entra');
  const url = new URL((await b.get(there)).headers.get('location'));
  assert.equal(url.origin + url.pathname, `${entra.url}/organizations/oauth2/v2.0/logout`);
  assert.equal(url.searchParams.get('logout_hint'), hint);
  assert.equal(url.searchParams.get('post_logout_redirect_uri'), `${server.url}/signed-out`);
  const c = await signedIn('/auth/oauth/other');
  const other_url = new URL((await c.get(await signOut(c))).headers.get('location'));
  assert.equal(other_url.searchParams.get('x'), '1');
  assert.equal(other_url.searchParams.get('client_id'), 'rp');
  const claims = JSON.parse(Buffer.from(other_url.searchParams.get('id_token_hint').split('.')[1], 'base64url'));
  assert.equal(claims.sub, other.claims.sub);
});

// Entra calls what is registered in frames of its page (entra.md 1.17).
test('who signs out here is signed out there, and of there everywhere', async () => {
  entra.registration.logoutUrls = [`${server.url}${START}/frontchannel-logout`];
  const { user } = entra;
  entra.user = { ...user, sid: randomUUID() };
  const elsewhere = await signedIn();
  entra.user = { ...user, sid: randomUUID() };
  const b = await signedIn(), beside = await signedIn();
  const page = await (await fetch((await b.get(await signOut(b))).headers.get('location'))).text();
  assert.ok(await lives(beside));
  for (const [, src] of page.matchAll(/<iframe src="([^"]+)"/g)) assert.equal((await fetch(src)).status, 200);
  assert.equal(await lives(beside), false);
  assert.ok(await lives(elsewhere));
  assert.equal(/id="next" href="([^"]+)"/.exec(page)[1], `${server.url}/signed-out`);
});

test('whose browser it is not is sent to no provider', async () => {
  const b = await signedIn('/auth/oauth/other');
  assert.equal((await b.get('/signed-out/other')).headers.get('location'), '/signed-out');
  await signOut(b);
  assert.equal((await b.get('/signed-out/entra')).headers.get('location'), '/signed-out');
  assert.equal((await browser().get('/signed-out/other')).headers.get('location'), '/signed-out');
  await run(['provider', 'update', '--no-sign-out', 'other']);
  assert.equal((await b.get('/signed-out/other')).headers.get('location'), '/signed-out');
  const c = await signedIn('/auth/oauth/other');
  assert.equal(await signOut(c), '/signed-out');
});

test('who has signed out here is so, also where the provider is away', async () => {
  await run(['provider', 'update', '--sign-out', 'other']);
  const b = await signedIn('/auth/oauth/other');
  const there = await signOut(b);
  await run(['provider', 'update', '--issuer', 'http://127.0.0.1:1', 'other']);
  assert.equal((await b.get(there)).headers.get('location'), '/signed-out');
  await run(['provider', 'update', '--issuer', other.url, 'other']);
});

// ---- asked again ----

test('people are asked about again: roles follow, and whoever is gone there is gone here', async () => {
  const secret = 'CANARY-s3cr3t~.+&';
  await run(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', entra.url, '--graph-url', entra.url,
    '--tenant', TENANT, '--create-users', '--email-domain', 'contoso.example', '--role', 'Mods=moderator', '--recheck-minutes', '1', 'watched'], secret);
  entra.user = person({ roles: ['Mods'] });
  const begun = await browser().get('/auth/oauth/watched');
  assert.match(new URL(begun.headers.get('location')).searchParams.get('scope'), /offline_access/);
  const b = await signedIn('/auth/oauth/watched');
  const gone = await (async () => { const { user } = entra; entra.user = person(); const c = await signedIn('/auth/oauth/watched'); entra.user = user; return c; })();
  assert.ok((await me(b)).roles.includes('moderator'));
  assert.equal(entra.refreshTokens.size, 2);
  // Nothing of it can be read where it is stored.
  for (const file of ['uauth.db', 'uauth.db-wal']) {
    const text = readFileSync(`${server.data}/${file}`).toString('latin1');
    for (const refreshToken of entra.refreshTokens.keys()) assert.ok(!text.includes(refreshToken), `${file} holds a refresh token`);
  }
  const tokens = [...entra.refreshTokens.values()];
  tokens[0].user = { ...tokens[0].user, roles: [] };
  const ended = await fetch(`${entra.url}/v1.0/users/${tokens[1].user.oid}/revokeSignInSessions`, { method: 'POST', headers: { authorization: 'Bearer graph-own-1' } });
  assert.deepEqual([ended.status, tokens.map(({ revoked }) => Boolean(revoked))], [200, [false, true]]);
  due();
  await soon(async () => !(await lives(gone)), 'the session of a disabled account lives on');
  await soon(async () => !(await me(b)).roles?.includes('moderator'), 'a role that was taken stays');
  assert.ok(await lives(b));
  // A provider that does not answer ends nobody's session.
  entra.script.token = { status: 503, body: {} };
  const before = entra.count(/token$/);
  due();
  await soon(async () => entra.count(/token$/) > before, 'it was not asked again');
  assert.ok(await lives(b));
  // One that says that nothing is given any more without a person at hand ends it.
  entra.script.token = undefined;
  entra.policy = { code: 53003, suberror: 'message_only' };
  due();
  await soon(async () => !(await lives(b)), 'a session that a policy blocks there lives on here');
});
