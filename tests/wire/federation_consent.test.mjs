// SPDX-License-Identifier: Apache-2.0
// Letting a tenant of Entra in by its administrator's consent: what comes back is a hint, and a sign-in the proof.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, OTHER_TENANT, TENANT } from './entra.mjs';
import { PASSWORD } from './client.mjs';
import { commandOf } from './command.mjs';
import { Stage, person } from './federation.mjs';

const ADMIN = '62e90394-69f5-4237-9190-012177145e10';
const MEMBER = 'b79fbf4d-3ef9-4689-8143-76b194e85509';
const SHOP = '/auth/oauth/shop';
let stage, server, entra;
before(async () => {
  stage = await new Stage().open();
  ({ server, entra } = stage);
  await run(['user', 'create', '--email', 'op@example.com', '--name', 'Op', '--role', 'admin', '--password-stdin'], PASSWORD);
});
after(() => stage?.close());
beforeEach(async () => {
  stage.begin();
  await run(['provider', 'delete', '--yes', 'shop']).catch(() => undefined);
  await run(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', entra.url, '--tenant', 'organizations',
    '--allowed-tenant', TENANT, '--create-users', '--email-domain', 'fabrikam.example', '--role', 'Mods=moderator', 'shop'], 'CANARY-s3cr3t~.+&');
});

async function run(args, input) { return (await commandOf(server, args, { input })).json; }
const tenants = async () => (await run(['provider', 'show', 'shop'])).metadata.tenants;

async function operator() {
  const b = stage.browser();
  const answer = await b.post('/auth/login', { email: 'op@example.com', password: PASSWORD, mode: 'session' });
  assert.equal(answer.status, 200, answer.text);
  b.headers = { 'x-csrf-token': answer.json.csrf_token };
  return b;
}
async function asked(b, id = 'shop') {
  const begun = await b.post(`/admin/providers/${id}/admin-consent`, {});
  assert.equal(begun.status, 201, begun.text);
  return begun.json.authorization_url;
}
const there = async (url) => {
  const answer = await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 302, await answer.text());
  return stage.local(answer.headers.get('location'));
};
const theirs = (own = {}) => person({ tid: OTHER_TENANT, wids: [MEMBER, ADMIN], preferred_username: 'boss@fabrikam.example', ...own });

test('a tenant is let in after its administrator has consented and signed in', async () => {
  entra.user = theirs();
  assert.equal((await stage.signIn(stage.browser(), SHOP)).status, 403);
  const b = await operator();
  const url = new URL(await asked(b));
  assert.equal(url.pathname, '/organizations/v2.0/adminconsent');
  assert.equal(url.searchParams.get('client_id'), CLIENT_ID);
  assert.equal(url.searchParams.get('redirect_uri'), `${server.url}${SHOP}/callback`);
  const hint = await there(url);
  assert.match(hint, /admin_consent=True/);
  const proof = await b.get(hint);
  assert.equal(proof.status, 303, proof.text);
  assert.deepEqual(await tenants(), [TENANT], 'the hint alone lets nobody in');
  const sent = new URL(proof.headers.get('location'));
  assert.equal(sent.searchParams.get('prompt'), 'login');
  const done = await b.get(await there(sent));
  assert.equal(done.status, 303, done.text);
  assert.equal(done.headers.get('location'), '/account');
  assert.deepEqual(await tenants(), [TENANT, OTHER_TENANT]);
  // The operator is still who they were, and nobody was made.
  assert.equal((await b.get('/auth/me')).json.email, 'op@example.com');
  // No list of domains vouches for addresses of several tenants; that is another matter.
  entra.user = theirs({ email: 'boss@fabrikam.example', xms_edov: true });
  assert.equal((await stage.signIn(stage.browser(), SHOP)).status, 303);
  const log = await run(['audit', 'list']).catch(() => undefined);
  if (log) assert.match(JSON.stringify(log), /provider\.updated/);
});

test('forged admin consent: what nobody has asked for does nothing', async () => {
  const b = await operator();
  for (const state of ['', '&state=', `&state=${'A'.repeat(43)}`])
    assert.equal((await b.get(`${SHOP}/callback?admin_consent=True&tenant=${OTHER_TENANT}${state}`)).status, 400);
  // The state of a sign-in is none of a consent.
  const begun = await b.get(SHOP);
  const state = new URL(begun.headers.get('location')).searchParams.get('state');
  assert.equal((await b.get(`${SHOP}/callback?admin_consent=True&tenant=${OTHER_TENANT}&state=${state}`)).status, 400);
  assert.deepEqual(await tenants(), [TENANT]);
});

test('forged admin consent: another tenant in the hint needs its own administrator', async () => {
  const b = await operator();
  entra.user = theirs({ tid: TENANT });
  entra.script.consented = () => ({ tenant: OTHER_TENANT });
  const proof = await b.get(await there(await asked(b)));
  const done = await b.get(await there(proof.headers.get('location')));
  assert.equal(done.status, 403, done.text);
  assert.deepEqual(await tenants(), [TENANT]);
});

test('forged admin consent: who consented is no administrator there', async () => {
  for (const wids of [[], [MEMBER], [ADMIN.slice(0, 35)], undefined]) {
    const b = await operator();
    entra.user = theirs({ wids });
    const proof = await b.get(await there(await asked(b)));
    const done = await b.get(await there(proof.headers.get('location')));
    assert.equal(done.status, 403, JSON.stringify(wids));
    assert.match(done.text, /Global Administrator/);
  }
  assert.deepEqual(await tenants(), [TENANT]);
});

test('an error comes first, also with admin_consent=True; a hint that is no tenant', async () => {
  const b = await operator();
  entra.user = theirs();
  for (const said of [{ error: 'consent_required', error_description: 'AADSTS65004' }, { tenant: 'organizations' }, { tenant: '' }, { tenant: '{tenantid}' }, { admin_consent: 'False' }]) {
    entra.script.consented = () => said;
    const answer = await b.get(await there(await asked(b)));
    assert.ok([400, 403].includes(answer.status), `${JSON.stringify(said)} ${answer.status}`);
  }
  assert.deepEqual(await tenants(), [TENANT]);
});

test('a hint is used once, in the browser that asked, while its session lives', async () => {
  const b = await operator();
  entra.user = theirs();
  const hint = await there(await asked(b));
  assert.equal((await stage.browser().get(hint)).status, 400);
  assert.equal((await b.get(hint)).status, 303);
  assert.equal((await b.get(hint)).status, 400);
  const proof = await b.get(await there(await asked(b)));
  const last = await there(proof.headers.get('location'));
  assert.equal((await b.post('/auth/logout')).status, 204);
  assert.equal((await b.get(last)).status, 401);
  assert.deepEqual(await tenants(), [TENANT]);
});

test('it is begun by operators, for a provider of several tenants', async () => {
  const b = await stage.localPerson('nobody@example.org');
  assert.equal((await b.post('/admin/providers/shop/admin-consent', {})).status, 403);
  const op = await operator();
  assert.equal((await op.post('/admin/providers/none/admin-consent', {})).status, 404);
  assert.equal((await op.post('/admin/providers/entra/admin-consent', {})).status, 400);
  await run(['provider', 'update', '--tenant', TENANT, 'shop']);
  assert.equal((await op.post('/admin/providers/shop/admin-consent', {})).status, 400);
});
