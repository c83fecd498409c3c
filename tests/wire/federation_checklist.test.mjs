// SPDX-License-Identifier: Apache-2.0
// entra.md 9.2, lines of sign-in that have no test elsewhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, CONSUMERS, OTHER_TENANT, TENANT } from './entra.mjs';
import { START, Stage, me, person } from './federation.mjs';

let stage, server, entra;
before(async () => {
  stage = await new Stage().open();
  ({ server, entra } = stage);
});
after(() => stage?.close());
beforeEach(() => stage.begin());
const browser = () => stage.browser();

test('9.2: state, nonce and verifier have 256 bits, differ each time, and stand nowhere as they are', async () => {
  const seen = new Set();
  for (let i = 0; i < 4; i++) {
    const b = browser();
    const asked = new URL((await b.get(START)).headers.get('location')).searchParams;
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.equal(Buffer.from(asked.get(name), 'base64url').length, 32);
      seen.add(asked.get(name));
    }
    seen.add(b.jar.get('federation').value);
  }
  assert.equal(seen.size, 16);
  for (const file of ['uauth.db', 'uauth.db-wal']) {
    const text = readFileSync(join(server.data, file)).toString('latin1');
    for (const value of seen) assert.ok(!text.includes(value), `${file} holds what is secret`);
  }
});

test('9.2: an error comes before a code, and the code is not redeemed', async () => {
  entra.script.answer = () => ({ error: 'access_denied', error_subcode: 'cancel' });
  const answer = await stage.signIn(browser());
  assert.equal(answer.headers.get('location'), '/sign-in?done=cancelled');
  assert.equal(entra.count(/token$/), 0);
});

test('9.2: parameters that nobody knows are ignored', async () => {
  entra.script.answer = () => ({ session_state: 'x'.repeat(200), client_info: 'e30', 'x-client-brkrver': '1', unknown: '' });
  assert.equal((await stage.signIn(browser())).status, 303);
});

test('9.2: parameters that come twice are refused', async () => {
  for (const name of ['code', 'state', 'error', 'iss']) {
    const b = browser();
    const path = await stage.go(b);
    assert.equal((await b.get(`${path}&${name}=x&${name}=y`)).status, 400, name);
  }
});

test('9.2: codes have the characters and the length that they please', async () => {
  for (const code of ['M.C107_BAY.2.U.!*$-._~()', 'c'.repeat(8000)]) {
    entra.script.answer = () => ({ code });
    const b = browser();
    const path = await stage.go(b);
    entra.codes.set(code, [...entra.codes.values()].at(-1));
    const answer = await b.get(path);
    assert.equal(answer.status, 303, answer.text);
  }
});

test('9.2: form_post has a limit and a type, and needs the cookie of its browser', async () => {
  const b = browser();
  const form = Object.fromEntries(new URL(await stage.go(b), server.url).searchParams);
  const post = (who, own) => who.send('POST', `${START}/callback`, { headers: { origin: entra.url, 'sec-fetch-site': 'cross-site' }, ...own });
  assert.equal((await post(b, { form: { ...form, more: 'x'.repeat(200000) } })).status, 413);
  assert.equal((await post(b, { body: JSON.stringify(form), headers: { 'content-type': 'application/json' } })).status, 415);
  assert.equal((await post(browser(), { form })).status, 400);
  assert.equal((await post(b, { form })).status, 303);
});

test('9.2: the list of tenants: letters in any case; whoever is not on it stays outside', async () => {
  // The setting has it in capitals (federation.mjs).
  assert.match(TENANT.toUpperCase(), /^[0-9A-F-]{36}$/);
  assert.equal((await stage.signIn(browser())).status, 303);
});

test('9.2: of many tenants those that are listed, and a list there has to be; personal accounts are on none by themselves', async () => {
  const run = (...args) => command(['provider', ...args, '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: CLIENT_SECRET });
  const create = (id, ...more) => run('create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', entra.url, '--tenant', 'organizations', '--create-users',
    '--email-domain', 'contoso.example', ...more, id);
  const empty = await create('open');
  assert.deepEqual([empty.code, JSON.parse(empty.stdout || empty.stderr).field], [2, 'tenants']);
  assert.equal((await create('open', '--allowed-tenant', OTHER_TENANT)).code, 0);
  for (const [own, status] of [[{}, 403], [{ tid: CONSUMERS }, 403], [{ tid: OTHER_TENANT.toUpperCase() }, 303]]) {
    entra.user = person({ email: 'boss@contoso.example', xms_edov: true, ...own });
    entra.script.sign = () => (own.tid === CONSUMERS ? { key: entra.keys[2] } : {});
    const b = browser();
    const answer = await stage.signIn(b, '/auth/oauth/open');
    assert.equal(answer.status, status, `${JSON.stringify(own)} ${answer.text} ${server.log.slice(-600)}`);
    assert.equal(b.jar.has('session'), status === 303);
  }
});

test('9.2: clocks may differ by a minute, and no more', async () => {
  const at = (own) => { entra.user = person(); entra.script.claims = (claims) => ({ ...claims, ...own(claims) }); return stage.signIn(browser()); };
  assert.equal((await at(({ iat }) => ({ exp: iat - 30 }))).status, 303);
  assert.equal((await at(({ iat }) => ({ nbf: iat + 30, iat: iat + 30 }))).status, 303);
  assert.equal((await at(({ iat }) => ({ iat: iat + 120 }))).status, 403);
  assert.equal((await at(({ iat }) => ({ iat: iat - 7200 }))).status, 403);
  for (const own of [{ exp: 'tomorrow' }, { iat: null }, { nbf: {} }, { exp: -1 }]) assert.equal((await at(() => own)).status, 403, JSON.stringify(own));
});

test('9.2: the key of an account is issuer and object: a change of every other claim moves nobody', async () => {
  const b = browser();
  await stage.signIn(b);
  const { id } = await me(b);
  entra.user = { ...entra.user, sub: 'another-pairwise', email: 'victim@contoso.example', preferred_username: 'victim@contoso.example', upn: 'x', name: 'Else', oid: entra.user.oid.toUpperCase() };
  const again = browser();
  await stage.signIn(again);
  assert.equal((await me(again)).id, id);
});

test('9.2: what prompt=none would say leads to the sign-in page, which asks nobody by itself', async () => {
  for (const error of ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']) {
    entra.script.answer = () => ({ error });
    const b = browser();
    const answer = await stage.signIn(b);
    assert.equal(answer.headers.get('location'), '/sign-in?done=cancelled', error);
    entra.script.answer = undefined;
    const page = await b.get('/sign-in?done=cancelled');
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /http-equiv="refresh"|autosubmit/i);
  }
});

test('9.2: bodies of errors are whatever they are: no crash, no word of them to the browser', async () => {
  for (const body of ['', '<html>CANARY-told</html>', '{"error":"inval', '{"error":7}', '{"error":"x","error_codes":"y","expires_in":"1e99"}', '[]', 'null', `{"error":"${'e'.repeat(100000)}"}`]) {
    for (const status of [400, 401, 500]) {
      entra.script.token = { status, body };
      const answer = await stage.signIn(browser());
      assert.ok([403, 502, 503].includes(answer.status), `${status} ${body.slice(0, 40)}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /CANARY/);
      if (status === 500) { entra.script.token = undefined; await stage.signIn(browser()); }
    }
  }
  for (const expires_in of ['3600', 3600.5, -1, 1e99, null, {}]) {
    entra.script.token = undefined;
    entra.script.tokens = (answer) => ({ ...answer, expires_in });
    const { status } = await stage.signIn(browser());
    assert.ok([303, 502].includes(status), `${JSON.stringify(expires_in)}: ${status}`);
  }
});

test('9.2: one client id, whichever way it is asked', async () => {
  await stage.signIn(browser());
  const call = entra.calls.findLast(({ path }) => /token$/.test(path));
  assert.equal(call.form.client_id, CLIENT_ID);
  assert.equal(call.form.redirect_uri, `${server.url}${START}/callback`);
  assert.equal(call.headers.authorization, undefined);
});
