// SPDX-License-Identifier: Apache-2.0
// What a tenant was is written before it is removed: the same on the data folder and on a service that runs.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { done, on, Places } from './remote.mjs';

let places;
const here = (...args) => places.here(...args), there = (...args) => places.there(...args);
const inFolder = (name) => join(places.folder, name);

before(async () => { places = await Places.open(); });
beforeEach(() => places.signInAgain());
after(() => places?.close());

// A tenant with something in each of its lists, and `members` members.
async function tenant(slug, members = 1) {
  const { id } = await done(here(['tenant', 'create', '--slug', slug, '--set', 'session_idle_minutes=15', '--json']));
  await done(here(['role', 'create', 'clerk', '--tenant', slug, '--permission', 'users:read']));
  const client = await done(here(['client', 'create', '--id', `${slug}-worker`, '--type', 'confidential', '--tenant', id, '--grant', 'client_credentials', '--scope', 'jobs:run', '--json']));
  for (let i = 0; i < members; i++) {
    await places.person(`${slug}-${i}@example.com`);
    await done(here(['tenant', 'member', `${slug}-${i}@example.com`, '--tenant', slug, '--role', 'admin']));
  }
  await done(here(['tenant', 'invite', `new@${slug}.example`, '--tenant', slug]));
  const key = await done(here(['api-key', 'create', '--tenant', slug, '--user', `${slug}-0@example.com`, '--name', 'nightly', '--permission', 'users:list', '--days', '9', '--json']));
  return { id, secrets: [client.client_secret, key.key] };
}

test('an export has what a tenant has, the same in both places, and no secret', async () => {
  const { id, secrets } = await tenant('acme', 2);
  const one = await done(here(['tenant', 'export', 'acme'])), other = await done(there(['tenant', 'export', id]));
  assert.deepEqual(other, one);
  assert.deepEqual(Object.keys(one), ['tenant', 'settings', 'roles', 'members', 'clients', 'invitations', 'api_keys']);
  assert.deepEqual([one.tenant.slug, one.settings.session_idle_minutes], ['acme', 15]);
  assert.deepEqual(one.roles.map((role) => role.name), ['clerk']);
  assert.deepEqual(one.members.map((member) => [member.email, member.roles]), [0, 1].map((i) => [`acme-${i}@example.com`, ['admin', 'user']]));
  assert.deepEqual(one.clients.map((client) => [client.client_id, client.metadata.scope]), [['acme-worker', 'jobs:run']]);
  assert.deepEqual(one.invitations.map((invitation) => invitation.email), ['new@acme.example']);
  assert.deepEqual(one.api_keys.map((key) => [key.name, key.permissions]), [['nightly', ['users:list']]]);
  assert.ok(Date.parse(one.api_keys[0].expires_at) > Date.now());
  for (const secret of secrets) assert.ok(secret.length > 20 && !JSON.stringify(one).includes(secret));
  assert.doesNotMatch(JSON.stringify(one), /hash|"(client_secret|key)":/);
  await places.sameRefusal(['tenant', 'export', 'nothing'], 1);
  await places.sameRefusal(['tenant', 'export'], 2);
});

test('an export of several pages is one document with each entry once', async () => {
  const { id } = await tenant('wide');
  const lines = Array.from({ length: 420 }, (_, i) => JSON.stringify({ email: `w${i}@wide.example`, full_name: 'W' }));
  await done(here(['user', 'import', '--tenant', 'wide', places.file('people.jsonl', lines.join('\n'))]));
  const one = await done(here(['tenant', 'export', 'wide'])), other = await done(there(['tenant', 'export', id]));
  assert.deepEqual(other, one);
  assert.equal(new Set(one.members.map((member) => member.email)).size, 421);
  assert.deepEqual([one.members, one.roles, one.clients, one.invitations, one.api_keys].map((list) => list.length), [421, 1, 1, 1, 1]);
});

test('what a tenant was is in a file of its owner alone before it is removed', async () => {
  const ids = [];
  for (const [run, slug] of [[here, 'one'], [there, 'two']]) {
    ids.push((await tenant(slug)).id);
    await done(here(['tenant', 'disable', slug]));
    const shown = await done(run(['tenant', 'export', slug])), file = inFolder(`${slug}.json`);
    assert.equal(await done(run(['tenant', 'delete', slug, '--yes', '--export', file])), `${slug} is removed.\n`);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), shown);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await here(['tenant', 'export', slug])).code, 1);
  }
  // Each was exported by hand, and once more before it was removed.
  for (const name of ['tenant.exported', 'tenant.deleted']) {
    const events = await done(here(['audit', 'list', '--name', name, '--json']));
    for (const id of ids) assert.equal(events.filter((event) => event.tenant_id === id).length, name === 'tenant.exported' ? 2 : 1, name);
  }
});

test('nothing is removed where the export cannot be written', async () => {
  await tenant('stays');
  await done(here(['tenant', 'disable', 'stays']));
  const there_is = inFolder('there-is'), folder = inFolder('folder');
  writeFileSync(there_is, 'precious');
  mkdirSync(folder);
  const remove = (file) => ['tenant', 'delete', 'stays', '--yes', '--export', file];
  await places.sameRefusal(remove(there_is), 2);
  await places.sameRefusal(remove(folder), 2);
  await places.sameRefusal(remove(join(folder, 'none', 'file')), 1);
  await places.sameRefusal(remove('/dev/full'), 2);
  assert.equal(readFileSync(there_is, 'utf8'), 'precious');
  assert.equal((await done(here(['tenant', 'export', 'stays']))).tenant.slug, 'stays');
  await done(here(['tenant', 'enable', 'stays']));
  await places.sameRefusal(['tenant', 'delete', 'stays', '--export', inFolder('new')], 2);
  for (const run of [here, there]) {
    const active = await run(remove(inFolder('new')));
    assert.equal(active.code, 1);
    assert.match(active.stderr, /Suspend the tenant first/);
  }
  assert.ok(!existsSync(inFolder('new')));
});

test('who may not export a tenant removes none by this', async () => {
  const { id } = await tenant('kept');
  await done(here(['role', 'create', 'remover', '--permission', 'tenants:delete', '--permission', 'tenants:read', '--permission', 'tenants:list']));
  await places.person('remover@example.com', '--role', 'remover');
  await done(here(['tenant', 'disable', 'kept']));
  const token = places.file('remover', await places.signIn('remover@example.com')), file = inFolder('kept.json');
  const refused = await on(places.url, token, ['tenant', 'delete', id, '--yes', '--export', file]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^uauth: 403 /m);
  assert.ok(!existsSync(file));
  assert.equal((await done(here(['tenant', 'export', 'kept']))).tenant.status, 'disabled');
});
