// SPDX-License-Identifier: Apache-2.0
// Domains of addresses: whose people sign in where, and who may vouch for which.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, OTHER_TENANT, TENANT } from './entra.mjs';
import { Client, PASSWORD } from './client.mjs';
import { commandOf } from './command.mjs';
import { Stage, me, person } from './federation.mjs';

let stage, server, entra;
before(async () => {
  stage = await new Stage().open();
  ({ server, entra } = stage);
});
after(() => stage?.close());
beforeEach(() => stage.begin());

const browser = () => stage.browser();

function run(args, options) { return commandOf(server, args, { input: 'CANARY-s3cr3t~.+&\n', ...options }); }
const create = (id, ...more) => run(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin',
  '--issuer', entra.url, '--graph-url', entra.url, ...more, id]);

async function typed(b, email, query = '') {
  const page = await b.get(`/sign-in${query}`);
  const fields = Object.fromEntries([...page.text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  return b.send('POST', '/sign-in', { form: { ...fields, email } });
}

test('where no domain is anybody\'s, the page asks for address and password at once', async () => {
  const page = await browser().get('/sign-in');
  assert.match(page.text, /name="password"/);
  assert.doesNotMatch(page.text, /name="step"/);
});

test('home-realm discovery: an address of a domain goes to its provider, without JavaScript', async () => {
  await create('contoso', '--tenant', TENANT, '--create-users', '--email-domain', 'contoso.example', '--login-domain', 'Contoso.example', '--login-domain', 'contoso.test');
  const b = browser();
  const page = await b.get('/sign-in?then=email');
  assert.match(page.text, /name="step" value="address"/);
  assert.doesNotMatch(page.text, /name="password"/);
  assert.doesNotMatch(page.text, /<script(?! src)/);
  const sent = await typed(b, entra.user.preferred_username.toUpperCase(), '?then=email');
  assert.equal(sent.status, 303, sent.text);
  const there = new URL(sent.headers.get('location'), server.url);
  assert.equal(there.pathname, '/auth/oauth/contoso');
  assert.equal(there.searchParams.get('then'), 'email');
  const begun = await b.get(there.pathname + there.search);
  assert.equal(new URL(begun.headers.get('location')).searchParams.get('login_hint'), entra.user.preferred_username.toUpperCase());
  const back = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  const done = await b.get(stage.local(back.headers.get('location')));
  assert.equal(done.headers.get('location'), '/account/email', done.text);
  assert.equal((await me(b)).email, entra.user.preferred_username);
  for (const other of ['x@sub.contoso.example', 'x@contoso.example.evil.example', 'x@notcontoso.example', 'x', 'contoso.example', 'a@contoso.example@evil.example']) {
    const answer = await typed(browser(), other);
    assert.equal(answer.status, 200, other);
  }
});

// EN-09: a domain that nobody has leads to the password, as one whose people have accounts here.
test('home-realm discovery tells nothing about people', async () => {
  await stage.localPerson('here@fabrikam.example');
  const shown = async (email) => {
    const answer = await typed(browser(), email);
    return answer.text.replaceAll(email, 'ADDRESS').replace(/name="csrf_token" value="[^"]*"/g, '').replace(/nonce-[\w-]+|nonce="[^"]*"/g, '');
  };
  const known = await shown('here@fabrikam.example');
  assert.match(known, /name="password"/);
  assert.equal(known, await shown('gone@fabrikam.example'));
  // Whoever has an account and who has none go to the provider of the domain.
  for (const email of [entra.user.preferred_username, 'nobody@contoso.example'])
    assert.match((await typed(browser(), email)).headers.get('location'), /^\/auth\/oauth\/contoso\?login_hint=/);
});

test('home-realm discovery for applications', async () => {
  const c = new Client(server.url);
  const ask = async (email) => (await c.post('/auth/home-realm', { email })).json;
  assert.deepEqual(await ask('Some.One+x@CONTOSO.example'), { provider: 'contoso', start: '/auth/oauth/contoso?login_hint=Some.One%2Bx%40CONTOSO.example' });
  for (const email of ['here@fabrikam.example', 'gone@fabrikam.example', 'x@sub.contoso.example', 'contoso.example', '@contoso.example', 'a@b@contoso.example'])
    assert.deepEqual(await ask(email), { provider: null }, email);
  assert.equal((await c.post('/auth/home-realm', {})).status, 400);
});

test('who has a password may use it, whatever the domain', async () => {
  await stage.localPerson('breakglass@contoso.test');
  const b = browser();
  const link = /href="(\/sign-in\?with=password)"/.exec((await b.get('/sign-in')).text)[1];
  const page = await b.get(link);
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text)[1];
  const done = await b.send('POST', '/sign-in', { form: { csrf_token, email: 'breakglass@contoso.test', password: PASSWORD } });
  assert.equal(done.status, 303, done.text);
  assert.equal((await me(b)).email, 'breakglass@contoso.test');
});

test('a domain is one provider\'s, and is free when that is closed or gone', async () => {
  const taken = await create('second', '--tenant', OTHER_TENANT, '--login-domain', 'contoso.example').catch((error) => error);
  assert.match(taken.message ?? taken.stderr, /login_domains|taken/);
  for (const bad of ['@contoso.example', 'contoso', '.example', 'a b.example', 'exämple.org'])
    await run(['provider', 'update', '--login-domain', bad, 'contoso'], { code: 2 });
  await run(['provider', 'update', '--disable', 'contoso']);
  assert.match((await browser().get('/sign-in')).text, /name="password"/);
  await run(['provider', 'update', '--enable', 'contoso']);
  assert.equal((await typed(browser(), 'x@contoso.example')).status, 303);
  await run(['provider', 'delete', '--yes', 'contoso']);
  await create('second', '--tenant', OTHER_TENANT, '--login-domain', 'contoso.example');
  assert.match((await typed(browser(), 'x@contoso.example')).headers.get('location'), /second/);
  await run(['provider', 'delete', '--yes', 'second']);
});

// AT-01, nOAuth: with several tenants each could write the addresses of the others.
test('AT-01: of several tenants none vouches for a domain, but by the proof of Entra that it owns it', async () => {
  await create('many', '--tenant', 'organizations', '--allowed-tenant', TENANT, '--allowed-tenant', OTHER_TENANT, '--create-users', '--email-domain', 'contoso.example');
  const from = async (own) => { entra.user = person(own); return stage.signIn(browser(), '/auth/oauth/many'); };
  assert.equal((await from({ tid: OTHER_TENANT, preferred_username: 'boss@contoso.example' })).status, 403);
  assert.equal((await from({ tid: OTHER_TENANT, email: 'boss@contoso.example' })).status, 403);
  assert.equal((await from({ tid: OTHER_TENANT, email: 'boss@contoso.example', xms_edov: false })).status, 403);
  assert.equal((await from({ tid: TENANT, email: 'boss@contoso.example', xms_edov: '0' })).status, 403);
  assert.equal((await from({ tid: TENANT, email: 'boss@contoso.example', xms_edov: true })).status, 303);
  await run(['provider', 'delete', '--yes', 'many']);
});

test('AT-01: an address that Entra says is not the tenant\'s is not believed', async () => {
  for (const xms_edov of [false, 'false', 0, '0', 'yes']) {
    entra.user = person({ email: 'else@contoso.example', xms_edov });
    assert.equal((await stage.signIn(browser())).status, 403, String(xms_edov));
  }
});

test('people of a provider of a tenant become members there, with its roles', async () => {
  const tenant = JSON.parse((await run(['tenant', 'create', '--slug', 'contoso', '--name', 'Contoso'])).stdout);
  await run(['provider', 'update', '--home-tenant', 'none-such', 'contoso']).catch(() => undefined);
  await create('home', '--tenant', TENANT, '--create-users', '--email-domain', 'contoso.example', '--home-tenant', tenant.id, '--role', 'Mods=moderator', '--role', 'Boss=admin');
  entra.user = person({ roles: ['Mods'] });
  const b = browser();
  assert.equal((await stage.signIn(b, '/auth/oauth/home')).status, 303);
  const who = await me(b);
  assert.equal(who.tenant_id, tenant.id);
  assert.ok(who.roles.includes('moderator'));
  const { tenants } = (await b.get('/auth/tenants')).json;
  assert.deepEqual(tenants.map(({ id }) => id), [tenant.id]);
  // Nobody is made in a tenant that is suspended, or gone.
  const known = entra.user;
  await run(['tenant', 'disable', 'contoso']);
  entra.user = person();
  assert.equal((await stage.signIn(browser(), '/auth/oauth/home')).status, 403);
  await run(['tenant', 'enable', 'contoso']);
  // What is made within the second of the disabling counts as made before it.
  const disabled = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) <= disabled) await new Promise((go) => setTimeout(go, 20));
  assert.equal((await stage.signIn(browser(), '/auth/oauth/home')).status, 303);
  entra.user = known;
  // An administrator of a tenant is none of the service.
  entra.user.roles = ['Boss'];
  const boss = browser();
  const answer = await stage.signIn(boss, '/auth/oauth/home');
  assert.equal(answer.status, 303, answer.text);
  const administrator = await me(boss);
  assert.ok(administrator.roles?.includes('admin'), JSON.stringify(administrator));
  assert.equal((await boss.get('/admin/tenants')).status, 403);
  assert.equal((await new Client(server.url).get('/setup')).status, 200);
});
