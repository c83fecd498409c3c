// SPDX-License-Identifier: Apache-2.0
// Signing in with Entra ID, on the wire: what works, and every way in which somebody else's answer is not to be believed.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, CLIENT_SECRET, CONSUMERS, Entra, OTHER_TENANT, TENANT } from './entra.mjs';
import { Client, makeUser } from './client.mjs';
import { GROUP, START, Stage, me, person } from './federation.mjs';

let stage, server, entra, sink;
before(async () => {
  stage = await new Stage().open();
  ({ server, entra, sink } = stage);
});
after(() => stage?.close());
beforeEach(() => stage.begin());

const browser = () => stage.browser();
const go = (...args) => stage.go(...args);
const signIn = (...args) => stage.signIn(...args);
const refused = (...args) => stage.refused(...args);

// ---- what works ----

test('somebody of an allowed tenant signs in, and is the same person the next time', async () => {
  const b = browser();
  const begun = await b.get(`${START}?then=password`);
  const url = new URL(begun.headers.get('location'));
  assert.equal(url.origin, entra.url);
  assert.equal(url.pathname, '/organizations/oauth2/v2.0/authorize');
  const asked = Object.fromEntries(url.searchParams);
  assert.equal(asked.response_type, 'code');
  assert.equal(asked.client_id, CLIENT_ID);
  assert.equal(asked.redirect_uri, `${server.url}${START}/callback`);
  assert.equal(asked.code_challenge_method, 'S256');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked[name], /^[\w-]{43}$/);
  assert.deepEqual(asked.scope.split(' ').sort(), ['User.Read', 'email', 'openid', 'profile']);
  const cookie = b.jar.get('federation').line;
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /Max-Age=600/);
  const back = await signIn(b, `${START}?then=password`);
  assert.equal(back.status, 303, back.text);
  assert.equal(back.headers.get('location'), '/account/password');
  const who = await me(b);
  assert.equal(who.email, entra.user.preferred_username);
  assert.equal(who.full_name, 'Alice Example');
  const call = entra.calls.find(({ path }) => /token$/.test(path));
  assert.equal(call.form.client_secret, CLIENT_SECRET);
  assert.match(call.form.code_verifier, /^[\w-]{43}$/);
  const again = browser();
  assert.equal((await signIn(again)).status, 303);
  assert.equal((await me(again)).id, who.id);
  // I9, SS-10: another sign-in in the same browser ends the session before.
  const old = { ...b.jar.get('session') };
  assert.equal((await signIn(b)).status, 303);
  assert.notEqual(b.jar.get('session').value, old.value);
  const thief = browser();
  thief.jar.set('session', old);
  assert.equal((await thief.get('/auth/me')).status, 401);
});

test('who somebody is does not hang on their address, name or sub', async () => {
  const b = browser();
  await signIn(b);
  const { id } = await me(b);
  entra.user = { ...entra.user, preferred_username: 'renamed@contoso.example', email: 'else@contoso.example', name: 'Al' };
  const again = browser();
  await signIn(again);
  assert.equal((await me(again)).id, id);
});

test('who has no password proves again at the provider who they are', async () => {
  const b = browser();
  await signIn(b);
  const page = await b.get('/account/confirm?then=export');
  assert.match(page.text, /<form method="get" action="\/auth\/oauth\/entra">\s*<input type="hidden" name="fresh" value="yes">\s*<input type="hidden" name="then" value="export">/);
  assert.doesNotMatch(page.headers.get('content-security-policy'), /form-action/);
  const begun = await b.get(`${START}?fresh=yes&then=export`);
  assert.equal(new URL(begun.headers.get('location')).searchParams.get('prompt'), 'login');
  assert.equal(new URL(begun.headers.get('location')).searchParams.get('max_age'), '0');
  assert.equal((await signIn(b, `${START}?fresh=yes&then=export`)).headers.get('location'), '/account/export');
  const stranger = await browser().get('/sign-in');
  assert.match(stranger.text, /Continue with Microsoft/);
});

test('the sign-in page offers it', async () => {
  const page = await browser().get('/sign-in?then=device');
  assert.match(page.text, /<a class="button plain" href="\/auth\/oauth\/entra\?then=device"[^>]*>Continue with Microsoft<\/a>/);
});

test('where to go afterwards is one of our own places', async () => {
  for (const then of ['https://evil.example/', '//evil.example', '/account', 'javascript:alert(1)', 'none'])
    assert.equal((await signIn(browser(), `${START}?then=${encodeURIComponent(then)}`)).headers.get('location'), '/account');
});

test('somebody who gives up there is back at the sign-in page', async () => {
  entra.script.answer = () => ({ error: 'access_denied', error_description: 'AADSTS65004', admin_consent: 'True' });
  const answer = await signIn(browser(), `${START}?then=device`);
  assert.equal(answer.status, 303, answer.text);
  assert.equal(answer.headers.get('location'), '/sign-in?then=device&done=cancelled');
  assert.equal(entra.count(/token$/), 0);
  assert.match((await browser().get('/sign-in?done=cancelled')).text, /not completed there/);
});

test('roles come from app roles and groups, and go with them', async () => {
  entra.user = person({ roles: ['Mods', 'Unknown'] });
  const roles = async () => { const b = browser(); assert.equal((await signIn(b)).status, 303); return (await me(b)).roles; };
  assert.ok((await roles()).includes('moderator'));
  entra.user.roles = [];
  entra.user.groups = [GROUP];
  const after = await roles();
  assert.ok(after.includes('admin'));
  assert.ok(!after.includes('moderator'));
});

test('groups that the token does not hold are asked of Graph at its fixed address, never at the one in the token', async () => {
  let trapped = 0;
  const trap = await new Entra().start();
  trap.script.graph = () => { trapped++; return {}; };
  entra.user = person({ _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: `${trap.url}/v1.0/me/getMemberGroups` } } });
  entra.memberOf = [GROUP];
  const b = browser();
  assert.equal((await signIn(b)).status, 303);
  assert.ok((await me(b)).roles.includes('admin'));
  assert.equal(entra.count(/getMemberGroups$/), 1);
  assert.equal(trapped, 0);
  // People who are in very many.
  const many = Array.from({ length: 3000 }, (_, i) => `33333333-0000-0000-0000-${String(i).padStart(12, '0')}`);
  entra.memberOf = [...many, GROUP];
  assert.equal((await signIn(browser())).status, 303);
  entra.user = person({ groups: [...many.slice(0, 199), GROUP] });
  assert.equal((await signIn(browser())).status, 303);
  entra.user = person({ hasgroups: true });
  // Whoever's groups are not known does not come in.
  entra.script.graph = { status: 400, body: { error: { code: 'Directory_ResultSizeLimitExceeded' } } };
  await refused(502, /getMemberGroups answered with status 400/);
  entra.script.graph = { body: '<html>' };
  await refused(502, /Graph did not answer with groups/);
  await trap.close();
});

// ---- whose account it is ----

// AT-01, nOAuth: somebody in a tenant of theirs gives themselves another's address.
test('AT-01: an address selects no account', async () => {
  const victim = await makeUser(new Client(server.url), sink, 'victim@contoso.example');
  entra.user = person({ email: 'victim@contoso.example', preferred_username: 'victim@contoso.example', xms_edov: true });
  const b = browser();
  const answer = await refused(409, /the address that entra vouches for is taken/, b);
  assert.match(answer.text, /There is an account with your e-mail address/);
  void victim;
});

test('AT-02: an address that nobody vouches for makes no account', async () => {
  for (const xms_edov of [undefined, false, 'false', 0, '0', 'yes', null, [], {}, 1, true]) {
    entra.user = person({ email: 'someone@evil.example', preferred_username: 'someone@evil.example', xms_edov });
    await refused(403, /does not vouch for an address/);
  }
  for (const email of ['a@evil.example@contoso.example', '"a@contoso.example"@evil.example', 'a@contoso.example.evil.example', 'a@CONTOSO.example\r\nX: y']) {
    entra.user = person({ email });
    const answer = await signIn(browser());
    assert.notEqual(answer.status, 303, email);
  }
});

test('the same object in another tenant is somebody else', async () => {
  const b = browser();
  await signIn(b);
  entra.user = { ...entra.user, tid: OTHER_TENANT };
  await refused(403, /tenant 99999999-.* is not among those allowed/);
});

test('a disabled account stays closed', async () => {
  const b = browser();
  await signIn(b);
  const { command } = await import('./command.mjs');
  const { email } = await me(b);
  assert.equal((await command(['user', 'disable', email], { data: server.data })).code, 0);
  await refused(403, /sign-in refused: status/);
});

// ---- the attack corpus ----

const corpus = [
  ['AT-17: a foreign tenant', { user: { tid: OTHER_TENANT } }, 403, /is not among those allowed/],
  ['AT-17: personal accounts', { user: { tid: CONSUMERS }, sign: (e) => ({ key: e.keys[2] }) }, 403, /is not among those allowed/],
  ['AT-17: a guest by acct', { user: { acct: 1 } }, 403, /a guest of tenant/],
  ['AT-17: a guest by idp', { user: { idp: 'https://sts.windows.net/99999999-2222-3333-4444-555555555555/' } }, 403, /a guest of tenant/],
  ['AT-17: the template as issuer', { claims: (c, e) => ({ ...c, iss: e.template }) }, 403, /an ID token of tenant .* is of/],
  ['AT-17: no tid', { claims: ({ tid, ...c }) => c }, 403, /has no tid/],
  ['AT-17: an empty tid', { user: { tid: '' } }, 403, /has no tid/],
  ['AT-17: a tid that is none', { user: { tid: `${TENANT}/..` } }, 403, /has no tid/],
  ['AT-17: a tid that is the template', { user: { tid: '{tenantid}' } }, 403, /has no tid/],
  ['AT-17: several tids', { claims: (c) => ({ ...c, tid: [TENANT, OTHER_TENANT] }) }, 403, /tid .* wrong type/],
  ['AT-17: the issuer of another tenant', { claims: (c, e) => ({ ...c, iss: e.issuer(OTHER_TENANT) }) }, 403, /is of/],
  ['AT-17: the tid of ours in a token of another issuer', { claims: (c, e) => ({ ...c, iss: e.issuer(OTHER_TENANT), tid: TENANT }) }, 403, /is of/],
  ['AT-17: the issuer of version 1', { claims: (c) => ({ ...c, iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0' }) }, 403, /version 1\.0/],
  ['AT-17: version 1 with an issuer of version 2', { claims: (c) => ({ ...c, ver: '1.0' }) }, 403, /version 1\.0/],
  ['AT-17: version 2 with an issuer of version 1', { claims: (c) => ({ ...c, iss: `https://sts.windows.net/${TENANT}/` }) }, 403, /is of/],
  ['AT-17: no version', { claims: ({ ver, ...c }) => c }, 403, /version \(none\)/],
  ['AT-17: an issuer with a slash more', { claims: (c) => ({ ...c, iss: `${c.iss}/` }) }, 403, /is of/],
  ['AT-17: an issuer in other letters', { claims: (c) => ({ ...c, iss: c.iss.toUpperCase() }) }, 403, /is of/],
  ['AT-17: an issuer of another cloud', { claims: (c) => ({ ...c, iss: `https://login.windows-ppe.net/${TENANT}/v2.0` }) }, 403, /is of/],
  ['AT-17: two claims named tid', { raw: (c) => JSON.stringify(c).replace('{', `{"tid":"${OTHER_TENANT}",`) }, 403, /payload of a token is refused/],
  ['AT-17: two claims that read as tid', { claims: (c) => ({ ...c, TID: OTHER_TENANT }) }, 403, /claim tid twice/],
  ['AT-17: a key of personal accounts', { sign: (e) => ({ key: e.keys[2] }) }, 403, /the key .* is of/],
  ['AT-17: a key of another cloud', { sign: (e) => ({ key: e.keys[3] }) }, 403, /of the cloud microsoftonline\.us/],
  ['no oid', { claims: ({ oid, ...c }) => c }, 403, /has no oid/],
  ['JOSE-26: another audience', { claims: (c) => ({ ...c, aud: 'api://other' }) }, 403, /not for us/],
  ['JOSE-26: a further audience', { claims: (c) => ({ ...c, aud: [CLIENT_ID, 'api://other'] }) }, 403, /several audiences/],
  ['another azp', { claims: (c) => ({ ...c, azp: 'other' }) }, 403, /issued to other/],
  ['another nonce', { claims: (c) => ({ ...c, nonce: 'A'.repeat(43) }) }, 403, /nonce/],
  ['no nonce', { claims: ({ nonce, ...c }) => c }, 403, /nonce/],
  ['JOSE-27: no exp', { claims: ({ exp, ...c }) => c }, 403, /no exp/],
  ['JOSE-27: long ago', { claims: (c) => ({ ...c, exp: c.iat - 61 }) }, 403, /has expired/],
  ['JOSE-27: not good yet', { claims: (c) => ({ ...c, nbf: c.iat + 120 }) }, 403, /not good yet/],
  ['JOSE-01: alg none', { token: (t) => `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${t.split('.')[1]}.` }, 403, /algorithm none/],
  ['JOSE-02: a MAC by the public key', { sign: () => ({ header: { alg: 'HS256' } }) }, 403, /algorithm HS256/],
  ['JOSE-30: RS384', { sign: () => ({ header: { alg: 'RS384' } }) }, 403, /algorithm RS384/],
  ['JOSE-30: PS256, which was not announced', { sign: () => ({ header: { alg: 'PS256' } }) }, 403, /algorithm PS256/],
  ['JOSE-05: jku', { sign: () => ({ header: { jku: 'https://evil.example/keys' } }) }, 403, /token is refused/],
  ['JOSE-05: x5u', { sign: () => ({ header: { x5u: 'https://evil.example/keys' } }) }, 403, /token is refused/],
  ['JOSE-04: a key of its own', { sign: (e) => ({ header: { jwk: e.keys[0].jwk } }) }, 403, /key of its own/],
  ['JOSE-09: crit', { sign: () => ({ header: { crit: ['b64'], b64: false } }) }, 403, /token is refused/],
  ['JOSE-06: a kid that is a path', { sign: () => ({ header: { kid: '../../../../dev/null' } }) }, 403, /no key/],
  ['a signature of a stranger', { token: (t) => `${t.slice(0, -20)}${'A'.repeat(19)}${t.slice(-1)}` }, 403, /signature|base64url/],
  ['no ID token', { token: () => undefined }, 502, /gave no ID token/],
  ['an ID token of 200 KiB', { claims: (c) => ({ ...c, x: 'y'.repeat(200000) }) }, 502, /larger than is taken/],
];
for (const [name, made, status, why] of corpus) {
  test(`refused: ${name}`, async () => {
    if (made.user) entra.user = person(made.user);
    if (made.claims) entra.script.claims = (claims) => made.claims(claims, entra);
    if (made.sign) entra.script.sign = () => made.sign(entra);
    if (made.raw) entra.script.sign = (claims) => ({ raw: made.raw(claims) });
    if (made.token) entra.script.tokens = (answer) => ({ ...answer, id_token: made.token(answer.id_token) });
    await refused(status, why);
  });
}

// ---- the way back ----

test('state: used once, in its own browser, for its own provider, and not without its cookie', async () => {
  const b = browser();
  const path = await go(b);
  const stranger = browser();
  assert.equal((await stranger.get(path)).status, 400);
  await go(stranger);
  assert.equal((await stranger.get(path)).status, 400);
  assert.equal(stranger.jar.has('session'), false);
  assert.equal((await b.get(path)).status, 303);
  const again = await b.get(path);
  assert.equal(again.status, 400);
  assert.match(again.text, /Start again/);
  for (const query of ['', '?code=x', '?state=x', '?code=x&state=x&state=y', '?code=x&code=y', `?code=x&state=${'A'.repeat(43)}`])
    assert.equal((await b.get(`${START}/callback${query}`)).status, 400, query);
  assert.equal((await b.get(path.replace('/entra/', '/other/'))).status, 404);
  assert.equal(entra.count(/token$/), 1);
});

test('state: of 32 returns at once one comes in', async () => {
  const b = browser();
  const path = await go(b);
  const cookie = b.cookieHeader('/');
  const answers = await Promise.all(Array.from({ length: 32 }, () => fetch(server.url + path, { redirect: 'manual', headers: { cookie } })));
  const counts = Object.groupBy(answers, ({ status }) => status);
  assert.equal(counts[303].length, 1);
  assert.equal(counts[400].length, 31);
  assert.equal(entra.count(/token$/), 1);
});

test('mix-up: an answer that names another issuer', async () => {
  entra.script.answer = () => ({ iss: 'https://evil.example' });
  await refused(403, /the answer is of https:\/\/evil\.example/);
  entra.script.answer = () => ({ iss: entra.issuer(TENANT) });
  assert.equal((await signIn(browser())).status, 303);
});

test('a nonce of another sign-in', async () => {
  const first = browser();
  const path = await go(first);
  const stolen = entra.idToken(new URL((await browser().get(START)).headers.get('location')).searchParams.get('nonce'));
  entra.script.tokens = (answer) => ({ ...answer, id_token: stolen });
  assert.equal((await first.get(path)).status, 403);
});

test('an error that is the provider\'s, an answer without code', async () => {
  entra.script.answer = () => ({ error: 'server_error' });
  await refused(502, /answered with the error server_error/);
});

test('form_post from another site', async () => {
  const b = browser();
  const query = new URL(await go(b), server.url).searchParams;
  const answer = await b.send('POST', `${START}/callback`, { form: Object.fromEntries(query), headers: { origin: entra.url, 'sec-fetch-site': 'cross-site' } });
  assert.equal(answer.status, 303, answer.text);
  const text = await b.send('POST', `${START}/callback`, { body: 'code=x', headers: { 'content-type': 'text/plain' } });
  assert.equal(text.status, 415);
});

// ---- trouble over there ----

test('a code that they do not take, a secret that they do not know', async () => {
  entra.script.token = Entra.error(400, 'invalid_grant', 70008, 'expired');
  await refused(403, /does not take the code/);
  entra.script.token = Entra.error(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  await refused(502, /refused with status 401: invalid_client/);
  entra.script.token = { status: 200, body: '<html>' };
  await refused(502, /no proper JSON/);
  entra.script.token = { cut: 10, body: { access_token: 'abcdefgh' }, headers: { 'content-length': '500' } };
  await refused(502, /127\.0\.0\.1/);
});


// ---- the last: keys stay known for half a minute ----

test('JOSE-34: keys that are gone; strangers do not make us ask for more', async () => {
  entra.roll();
  const asked = entra.count(/keys$/);
  const answer = await signIn(browser());
  // Either the key set could be asked for anew, or it was just now: within the half minute it is refused.
  assert.ok([303, 403].includes(answer.status), answer.text);
  for (let i = 0; i < 5; i++) await signIn(browser());
  assert.ok(entra.count(/keys$/) - asked <= 1);
});
