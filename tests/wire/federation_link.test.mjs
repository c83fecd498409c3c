// SPDX-License-Identifier: Apache-2.0
// Accounts elsewhere that are linked to one here, and programs that bring what they got there.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, CLIENT_SECRET, OTHER_TENANT, TENANT } from './entra.mjs';
import { Client, totp } from './client.mjs';
import { command } from './command.mjs';
import { START, Stage, me, person } from './federation.mjs';

let stage, server, entra;
before(async () => {
  stage = await new Stage().open();
  ({ server, entra } = stage);
});
after(() => stage?.close());
beforeEach(() => stage.begin());

const browser = () => stage.browser();
const signIn = (...args) => stage.signIn(...args);
const refused = (...args) => stage.refused(...args);

// ---- linking ----

const csrf = async (b) => ({ 'x-csrf-token': /name="csrf_token" value="([^"]+)"/.exec((await b.get('/account')).text)[1] });

async function linkUp(b) {
  const begun = await b.post('/auth/me/identities', { provider: 'entra' });
  assert.equal(begun.status, 201, begun.text);
  const there = await fetch(begun.json.authorization_url, { redirect: 'manual' });
  return stage.local(there.headers.get('location'));
}

test('AT-21: an account is linked from a signed-in session, then signs in, and is unlinked', async () => {
  const b = await stage.localPerson('linker@example.org');
  assert.equal((await b.get('/auth/me/identities')).json.identities.length, 0);
  const back = await b.get(await linkUp(b));
  assert.equal(back.status, 303, back.text);
  assert.equal(back.headers.get('location'), '/account?done=linked');
  await stage.letter('linker@example.org', /can be used to sign in/);
  const { identities } = (await b.get('/auth/me/identities')).json;
  assert.equal(identities.length, 1);
  assert.equal(identities[0].provider, 'entra');
  assert.equal(identities[0].subject, entra.user.oid);
  assert.equal(identities[0].issuer, entra.issuer(TENANT));
  const other = browser();
  assert.equal((await signIn(other)).status, 303);
  assert.equal((await me(other)).email, 'linker@example.org');
  // It is nobody else's then.
  const eve = await stage.localPerson('eve@example.org');
  assert.equal((await eve.get(await linkUp(eve))).status, 409);
  assert.equal((await eve.delete(`/auth/me/identities/${identities[0].id}`)).status, 404);
  assert.equal((await b.delete(`/auth/me/identities/${identities[0].id}`)).status, 204);
  await stage.letter('linker@example.org', /no longer be used/);
  entra.user.preferred_username = 'linker@evil.example';
  await refused(403, /does not vouch/);
});

test('AT-21: the page of the account links and unlinks, with its token', async () => {
  const b = await stage.localPerson('pages@example.org');
  b.headers = {};
  const token = async () => /name="csrf_token" value="([^"]+)"/.exec((await b.get('/account')).text)[1];
  const form = async (path, fields) => b.send('POST', path, { form: { csrf_token: await token(), ...fields } });
  assert.equal((await b.send('POST', '/account/identities/link', { form: { csrf_token: 'x', provider: 'entra' } })).status, 403);
  const begun = await form('/account/identities/link', { provider: 'entra' });
  assert.equal(begun.status, 303, begun.text);
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  assert.equal((await b.get(stage.local(there.headers.get('location')))).headers.get('location'), '/account?done=linked');
  const page = await b.get('/account?done=linked');
  assert.match(page.text, /The account was linked/);
  const id = /identities\/unlink">[\s\S]*?name="id" value="([^"]+)"/.exec(page.text)[1];
  assert.equal((await form('/account/identities/unlink', { id })).headers.get('location'), '/account?done=unlinked');
});

test('AT-21: what is the only way in stays', async () => {
  const b = browser();
  await signIn(b, `${START}?fresh=yes`);
  const token = /name="csrf_token" value="([^"]+)"/.exec((await b.get('/account')).text)[1];
  const { identities } = (await b.get('/auth/me/identities')).json;
  const answer = await b.send('POST', '/account/identities/unlink', { form: { csrf_token: token, id: identities[0].id } });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /only way in which you can sign in/);
});

test('nobody is asked for a password that they do not have', async () => {
  const b = browser();
  await signIn(b, `${START}?fresh=yes`);
  for (const path of ['/account/password', '/account/email', '/account/erase']) {
    const page = await b.get(path);
    assert.match(page.text, /action="\/account\/password\/first"/, path);
    assert.doesNotMatch(page.text, /type="password"/, path);
  }
  const confirm = await b.get('/account/confirm?then=factor');
  assert.match(confirm.text, /action="\/auth\/oauth\/entra"/);
  assert.doesNotMatch(confirm.text, /type="password"/);
});

test('AT-21: a password comes by mail to who is signed in, and is another way in', async () => {
  const b = browser();
  await signIn(b, `${START}?fresh=yes`);
  const email = entra.user.preferred_username;
  const page = await b.get('/account/password');
  assert.match(page.text, /have no password here/);
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text)[1];
  assert.equal((await b.send('POST', '/account/password/first', { form: { csrf_token: 'x' } })).status, 403);
  const asked = await b.send('POST', '/account/password/first', { form: { csrf_token } });
  assert.equal(asked.headers.get('location'), '/check-mail?about=reset');
  await stage.letter(email, /\/reset-password/);
  const mail = stage.sink.mails.find(({ to, text }) => to.includes(email) && /reset-password/.test(text));
  const token = /reset-password\?token=([\w-]+)/.exec(mail.text)[1];
  const reset = await new Client(server.url).post('/auth/reset-password', { token, password: 'Another-Passw0rd-77' });
  assert.equal(reset.status, 204, reset.text);
  const c = browser();
  assert.equal((await c.post('/auth/login', { email, password: 'Another-Passw0rd-77', mode: 'session' })).status, 200);
  const again = browser();
  await signIn(again, `${START}?fresh=yes`);
  const token2 = /name="csrf_token" value="([^"]+)"/.exec((await again.get('/account')).text)[1];
  const conflict = await again.send('POST', '/account/password/first', { form: { csrf_token: token2 } });
  assert.equal(conflict.status, 409, conflict.text);
  const { identities } = (await again.get('/auth/me/identities')).json;
  const answer = await again.send('POST', '/account/identities/unlink', { form: { csrf_token: token2, id: identities[0].id } });
  assert.equal(answer.headers.get('location'), '/account?done=unlinked', answer.text);
});

test('PR-14: the link for who has forgotten a password makes none where there is none', async () => {
  await signIn(browser());
  const email = entra.user.preferred_username;
  assert.equal((await new Client(server.url).post('/auth/forgot-password', { email })).status, 202);
  await new Promise((done) => setTimeout(done, 300));
  assert.ok(!stage.sink.mails.some(({ to, text }) => to.includes(email) && /reset-password/.test(text)));
});

// Who is signed in there for days has proven nothing now.
test('to be signed in elsewhere is no recent sign-in', async () => {
  const b = browser();
  await signIn(b);
  const stepUp = async (c) => c.post('/auth/me/identities', { provider: 'entra' }, { headers: await csrf(c) });
  assert.equal((await stepUp(b)).status, 401, 'without auth_time');
  entra.user = { ...entra.user, auth_time: Math.floor(Date.now() / 1000) - 3600 };
  const old = browser();
  await signIn(old);
  assert.equal((await stepUp(old)).status, 401, 'an hour ago');
  entra.user.auth_time = Math.floor(Date.now() / 1000) - 10;
  const recent = browser();
  await signIn(recent);
  assert.equal((await stepUp(recent)).status, 201, 'ten seconds ago');
});

test('who is asked for proof and brings that of yesterday does not get in', async () => {
  const fresh = `${START}?fresh=yes`;
  for (const proven of [1, Math.floor(Date.now() / 1000) - 3600]) {
    entra.proven = proven;
    assert.equal((await signIn(browser(), fresh)).status, 403);
  }
  entra.script.claims = ({ auth_time, ...rest }) => rest;
  assert.equal((await signIn(browser(), fresh)).status, 403, 'it does not say when');
  entra.script.claims = (claims) => ({ ...claims, auth_time: 'now' });
  assert.equal((await signIn(browser(), fresh)).status, 403, 'no number');
  entra.script.claims = (claims) => ({ ...claims, auth_time: claims.iat + 86400 });
  assert.equal((await signIn(browser(), fresh)).status, 303, 'their clock is ahead');
});

test('AT-09: a linking belongs to its session, and ends with it', async () => {
  const b = await stage.localPerson('session@example.org');
  const path = await linkUp(b);
  assert.equal((await b.post('/auth/logout')).status, 204);
  assert.equal((await b.get(path)).status, 401);
  const again = await stage.localPerson('session2@example.org');
  // What was begun as a linking is no sign-in of whoever is linked, and the reverse.
  await signIn(browser());
  assert.equal((await again.get(await linkUp(again))).status, 409);
  assert.equal((await me(again)).email, 'session2@example.org');
});

test('linking is begun by a caller of ours, recently signed in', async () => {
  const b = await stage.localPerson('late@example.org');
  const stranger = browser();
  assert.equal((await stranger.post('/auth/me/identities', { provider: 'entra' })).status, 401);
  const { headers } = b;
  b.headers = {};
  assert.equal((await b.post('/auth/me/identities', { provider: 'entra' })).status, 403);
  b.headers = headers;
  assert.equal((await b.post('/auth/me/identities', { provider: 'other' })).status, 404);
});

// ---- programs ----

async function begin(own = {}) {
  const c = new Client(server.url);
  const begun = await c.get(START, { headers: { accept: 'application/json' }, ...own });
  assert.equal(begun.status, 200, begun.text);
  return { c, ...begun.json };
}

test('a program brings an ID token with the nonce of its attempt, once', async () => {
  const { c, attempt, nonce, authorization_url } = await begin();
  assert.equal(new URL(authorization_url).searchParams.get('nonce'), nonce);
  assert.equal(new URL(authorization_url).searchParams.has('attempt'), false);
  assert.ok(!authorization_url.includes(attempt));
  const id_token = entra.idToken(nonce);
  const done = await c.post(`${START}/token`, { attempt, id_token });
  assert.equal(done.status, 200, done.text);
  const claims = JSON.parse(Buffer.from(done.json.access_token.split('.')[1], 'base64url'));
  assert.deepEqual(claims.amr, ['fed']);
  assert.equal((await c.get('/auth/me', { token: done.json.access_token })).json.email, entra.user.preferred_username);
  assert.equal((await c.post(`${START}/token`, { attempt, id_token })).status, 400);
});

test('AT-15, nonce replay: what a program brings is of its own attempt', async () => {
  const one = await begin();
  const two = await begin();
  const id_token = entra.idToken(one.nonce);
  assert.equal((await two.c.post(`${START}/token`, { attempt: two.attempt, id_token })).status, 403);
  assert.equal((await one.c.post(`${START}/token`, { attempt: 'A'.repeat(43), id_token })).status, 400);
  assert.equal((await one.c.post(`${START}/token`, { id_token })).status, 400);
  assert.equal((await one.c.post(`${START}/token`, { attempt: one.attempt, access_token: 'x' })).status, 400);
  assert.equal((await one.c.post(`${START}/token`, { attempt: one.attempt })).status, 400);
  assert.equal((await one.c.post(`${START}/token`, { attempt: one.attempt, id_token, code: 'x' })).status, 400);
  const third = await begin();
  assert.equal((await third.c.get(`${START}?redirect_uri=https://evil.example/`, { headers: { accept: 'application/json' } })).status, 400);
  // A program's attempt is not a browser's.
  assert.equal((await browser().get(`${START}/callback?code=x&state=${third.attempt}`)).status, 400);
});

test('the second factor here is asked for, whoever the provider is', async () => {
  const b = await stage.localPerson('factor@example.org');
  await b.get(await linkUp(b));
  const made = await b.post('/auth/me/mfa/totp');
  assert.equal(made.status, 201, made.text);
  const confirmed = await b.post('/auth/me/mfa/totp/confirm', { code: await totp(made.json.secret) });
  assert.equal(confirmed.status, 200, confirmed.text);
  const c = browser();
  const answer = await signIn(c, `${START}?then=email`);
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.headers.get('location'), '/sign-in/code?then=email');
  assert.equal(c.jar.has('session'), false);
  const page = await c.get('/sign-in/code?then=email');
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text)[1];
  const done = await c.send('POST', '/sign-in/code', { form: { csrf_token, then: 'email', code: await totp(made.json.secret, 1) } });
  assert.equal(done.status, 303, done.text);
  assert.equal(done.headers.get('location'), '/account/email');
  const { attempt, nonce } = await begin();
  const api = await new Client(server.url).post(`${START}/token`, { attempt, id_token: entra.idToken(nonce) });
  assert.equal(api.status, 401);
  assert.ok(api.json.mfa_token);
});

// ---- what a program may not bring ----

// TX-07: the door takes what was made for us, for this attempt, and nothing that merely came from the provider.
for (const [name, bring] of [
  ['a token for another application', (nonce) => ({ id_token: entra.jwt({ ...entra.claims(nonce), aud: '11112222-aaaa-2222-bbbb-3333cccc4444' }) })],
  ['an access token of Graph in its place', () => ({ id_token: `graph-${'y'.repeat(200)}` })],
  ['an access token for an API', (nonce) => ({ id_token: entra.jwt({ ...entra.claims(nonce), aud: 'https://graph.microsoft.com', scp: 'User.Read' }) })],
  ['no nonce', () => ({ id_token: entra.idToken() })],
  ['a foreign tenant', (nonce) => { entra.user = person({ tid: OTHER_TENANT }); return { id_token: entra.idToken(nonce) }; }],
  ['an expired token', (nonce) => ({ id_token: entra.jwt({ ...entra.claims(nonce), iat: 1700000000, nbf: 1700000000, exp: 1700003600 }) })],
  ['a code of another redirect URI', () => ({ code: 'made-up' })],
  ['a provider access token by its own name', () => ({ access_token: `graph-${'y'.repeat(200)}` })],
]) {
  test(`TX-07: a program does not sign in with ${name}`, async () => {
    const { c, attempt, nonce } = await begin();
    const answer = await c.post(`${START}/token`, { attempt, ...bring(nonce) });
    assert.ok([400, 403].includes(answer.status), `${answer.status} ${answer.text}`);
    assert.equal(answer.json.access_token, undefined);
  });
}

// TX-02: a provider that is closed is closed at this door, too.
test('TX-02: a program does not sign in with a provider that was closed meanwhile', async () => {
  const run = (...args) => command([...args], { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: CLIENT_SECRET });
  const made = await run('provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', entra.url, '--tenant', TENANT,
    '--create-users', '--email-domain', 'contoso.example', 'closing');
  assert.equal(made.code, 0, made.stderr);
  const at = '/auth/oauth/closing';
  const c = new Client(server.url);
  const begun = (await c.get(at, { headers: { accept: 'application/json' } })).json;
  assert.equal((await run('provider', 'update', '--disable', 'closing')).code, 0);
  const body = { attempt: begun.attempt, id_token: entra.idToken(begun.nonce) };
  assert.equal((await c.post(`${at}/token`, body)).status, 404);
  assert.equal((await c.get(at, { headers: { accept: 'application/json' } })).status, 404);
  assert.equal((await c.post(`${START}/token`, body)).status, 400, 'nor at the door of another');
  assert.equal((await run('provider', 'update', '--enable', 'closing')).code, 0);
  assert.equal((await c.post(`${at}/token`, body)).status, 200);
});
