// SPDX-License-Identifier: Apache-2.0
// As remote.test.mjs: clients, providers, the audit, and all that is configured as one file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { done, on, Places } from './remote.mjs';

let places;
const here = (...args) => places.here(...args), there = (...args) => places.there(...args);
const same = (...args) => places.same(...args), sameChange = (...args) => places.sameChange(...args);
const sameRefusal = (...args) => places.sameRefusal(...args);

before(async () => { places = await Places.open(); });
beforeEach(() => places.signInAgain());
after(() => places?.close());

test('clients are the same in both places', async () => {
  const made = await done(there(['client', 'create', '--id', 'shop', '--type', 'confidential', '--redirect-uri', 'https://shop.example/callback', '--scope', 'openid', '--json']));
  assert.equal(made.client_secret.length, 43);
  assert.equal(made.tenant_id, null);
  const { client_secret: secret, ...rest } = made;
  assert.ok(secret);
  assert.deepEqual(await done(here(['client', 'show', 'shop', '--json'])), rest);
  await done(here(['client', 'create', '--id', 'app', '--type', 'public', '--redirect-uri', 'https://app.example/callback', '--grant', 'authorization_code', '--grant', 'refresh_token']));
  await same('client', 'list');
  await same('client', 'list', '--limit', '1');
  await same('client', 'list', '--after', 'app');
  await same('client', 'show', 'app');
  await sameChange(['client', 'update', 'app', '--name', 'App', '--require-pkce', '--json']);
  await sameChange(['client', 'update', 'app', '--post-logout-redirect-uri', 'https://app.example/', '--origin', 'https://app.example']);
  for (const form of [[], ['--json']]) {
    await sameChange(['client', 'disable', 'shop', ...form]);
    await sameChange(['client', 'enable', 'shop', ...form]);
  }
  const other = await done(there(['client', 'rotate-secret', 'shop', '--overlap-hours', '1', '--json']));
  assert.notEqual(other.client_secret, secret);
  await sameRefusal(['client', 'create', '--id', 'shop', '--type', 'confidential', '--redirect-uri', 'https://shop.example/callback'], 1);
  await sameRefusal(['client', 'create', '--type', 'both'], 2);
  await sameRefusal(['client', 'rotate-secret', 'shop', '--overlap-hours', 'x'], 2);
  assert.equal((await there(['client', 'show', 'none'])).code, (await here(['client', 'show', 'none'])).code);
  assert.equal((await there(['client', 'delete', '..', '--yes'])).code, 1);
  await sameChange(['client', 'delete', 'app', '--yes'], { again: () => here(['client', 'create', '--id', 'app', '--type', 'public', '--redirect-uri', 'https://app.example/callback']) });
});

test('providers are the same in both places', async () => {
  const secret = places.file('secret', 'CANARY-provider-secret');
  const made = await done(there(['provider', 'create', 'corp', '--kind', 'openid', '--issuer', 'https://login.example.com', '--client-id', 'us', '--client-secret-file', secret, '--json']));
  assert.deepEqual(made, await done(here(['provider', 'show', 'corp', '--json'])));
  await same('provider', 'list');
  await same('provider', 'show', 'corp');
  await sameChange(['provider', 'update', 'corp', '--name', 'Corp', '--create-users', '--email-domain', 'example.com', '--json']);
  await sameChange(['provider', 'update', 'corp', '--disable']);
  assert.equal((await there(['provider', 'create', 'corp', '--kind', 'openid', '--issuer', 'https://login.example.com', '--client-id', 'us', '--client-secret-file', secret])).code, 1);
  assert.equal(await done(there(['provider', 'delete', 'corp', '--yes'])), 'corp is removed.\n');
  assert.equal((await there(['provider', 'show', 'corp'])).code, (await here(['provider', 'show', 'corp'])).code);
});

test('resources are the same in both places', async () => {
  const metadata = places.file('metadata.json', Buffer.from('{"resource_documentation":"https://api.example.com/docs"}'));
  for (const form of [[], ['--json']]) {
    await sameChange(['resource', 'set', 'https://api.example.com', '--name', 'API', '--scope', 'bills:read', '--metadata-file', metadata, ...form]);
    await sameChange(['resource', 'set', 'https://api.example.com', '--scope', 'bills:read', '--scope', 'bills:pay', ...form]);
    await same('resource', 'list');
    await sameChange(['resource', 'remove', 'https://api.example.com', ...form], { again: () => here(['resource', 'set', 'https://api.example.com', '--name', 'API']) });
  }
  await sameRefusal(['resource', 'set', 'no URI'], 2);
  assert.equal((await there(['resource', 'remove', 'https://none.example.com'])).code, 1);
});

test('the audit is the same in both places', async () => {
  await same('audit', 'list', '--name', 'user.created');
  const [newest] = await done(here(['audit', 'list', '--json', '--limit', '1']));
  await same('audit', 'list', '--limit', '3', '--before', newest.id);
  await same('audit', 'list', '--user', 'ada@example.com', '--name', 'client.created', '--since', '2026-01-01T00:00:00Z', '--until', '2126-01-01T00:00:00Z');
  await same('audit', 'list', '--tenant', 'default', '--limit', '5');
  await sameRefusal(['audit', 'list', '--since', 'yesterday'], 2);
  await sameRefusal(['audit', 'list', '--limit', '201'], 2);
  assert.equal((await there(['audit', 'list', '--user', 'nobody@example.com'])).code, 1);
  // What is exported there is verified as what the folder exports is.
  const ended = await done(there(['audit', 'export']));
  const file = places.file('audit.jsonl', ended.trimEnd());
  const key = places.file('audit.key', (await here(['audit', 'key'])).stdout.trimEnd());
  assert.match(await done(command(['audit', 'verify', file, '--key', key])), /./);
  assert.equal((await there(['audit', 'export', '--format', 'xml'])).code, 2);
  assert.match(await done(there(['audit', 'export', '--format', 'cef'])), /^CEF:/m);
});

const REALM = {
  tenants: [{ slug: 'acme', name: 'Acme' }],
  roles: [{ name: 'clerk', permissions: ['bills:read'] }],
  clients: [{ client_id: 'till', metadata: { redirect_uris: ['https://till.example/callback'], token_endpoint_auth_method: 'none' } }],
  scenarios: [{ name: 'clerks read bills', roles: ['clerk'], permission: 'bills:read', expect: 200 }],
};

test('what is configured is exported, planned and applied as where the data folder is', async () => {
  await same('export');
  await same('export', '--members', '--secrets-from-env');
  const file = places.file('realm.json', JSON.stringify(REALM));
  await same('apply', file, '--plan');
  const planned = await there(['apply', file, '--plan', '--exit-code', '--json']);
  assert.equal(planned.code, 2);
  assert.deepEqual([planned.json.applied, planned.json.proven, planned.json.changes.map(({ op, kind, key }) => [op, kind, key])],
    [false, true, [['add', 'tenant', 'acme'], ['add', 'role', 'clerk'], ['add', 'client', 'till']]]);
  const wrong = await there(['apply', file, '--if-version', '000000000000000000000000']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^uauth: The configuration has changed since it was planned for: plan again.$/m);
  const applied = await there(['apply', file, '--if-version', planned.json.version]);
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(applied.stdout, /3 to add, 0 to change, 0 to remove: done\./);
  assert.match(await done(here(['apply', file, '--plan', '--exit-code'])), /Nothing to do/);
  assert.equal((await there(['apply', file, '--plan', '--exit-code'])).code, 0);
  // Who did it is in the audit.
  const ada = await done(here(['user', 'show', 'ada@example.com', '--json']));
  for (const name of ['tenant.created', 'realm.applied']) {
    const [event] = await done(here(['audit', 'list', '--name', name, '--limit', '1', '--json']));
    assert.equal(event.actor_id, ada.id);
  }
  const exported = places.file('now.json', (await there(['export'])).stdout.trimEnd());
  assert.match(await done(there(['apply', exported, '--plan', '--prune'])), /Nothing to do/);
});

test('a scenario that does not hold changes nothing, here as there', async () => {
  const file = places.file('wrong.json', JSON.stringify({ roles: [{ name: 'other', permissions: [] }], scenarios: [{ roles: ['other'], permission: 'bills:read', expect: 200 }] }));
  const one = await here(['apply', file]), other = await there(['apply', file]);
  assert.deepEqual([one.code, other.code], [1, 1]);
  assert.equal(other.stdout, one.stdout);
  assert.match(other.stdout, /A scenario does not hold: nothing was changed/);
});

// AZ-04: what a file that was sent names is not read by the server.
test('a file that is sent has no secret read where the service runs', async () => {
  for (const secret of [{ env: 'AUTH_DATA_DIR' }, { file: '/etc/hostname' }, { file: '/nowhere' }]) {
    const file = places.file('secret.json', JSON.stringify({ providers: [{ id: 'x', kind: 'openid', secret, metadata: { issuer: 'https://x.example', client_id: 'x' } }] }));
    const { code, stderr } = await there(['apply', file, '--plan']);
    assert.equal(code, 1);
    assert.match(stderr, /^uauth: providers\[0\]\.secret: What this names is read where the data folder is, not by a server\.$/m);
  }
  const wrong = places.file('wrong.json', '{"clients":[{"client_id":"x"}]}');
  const here1 = await here(['apply', wrong, '--plan']), there1 = await there(['apply', wrong, '--plan']);
  assert.equal(there1.stderr.split('\n')[0], here1.stderr.split('\n')[0]);
});

test('only who may everything in the service plans and applies', async () => {
  await places.person('mod@example.com', '--role', 'moderator');
  const file = places.file('realm.json', JSON.stringify(REALM));
  const mod = places.file('mod', await places.signIn('mod@example.com'));
  await done(here(['tenant', 'create', '--slug', 'sub']));
  await places.person('sub@example.com');
  await done(here(['tenant', 'member', 'sub@example.com', '--tenant', 'sub', '--role', 'admin']));
  const tenants = await done(here(['tenant', 'list', '--json']));
  const sub = places.file('sub', await places.signIn('sub@example.com', { tenant_id: tenants.find(({ slug }) => slug === 'sub').id }));
  for (const token of [mod, sub])
    for (const args of [['export'], ['apply', file, '--plan'], ['apply', file]]) {
      const { code, stderr, stdout } = await on(places.url, token, args);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /^uauth: 403 /m);
    }
  assert.ok(readFileSync(join(places.folder, 'mod')).length > 0);
});

test('what is much comes whole: a plan of many changes, lists of many pages', async () => {
  const names = Array.from({ length: 450 }, (_, i) => `many-${i}`);
  const file = places.file('many.json', JSON.stringify({
    roles: names.map((name) => ({ name, description: 'One of many', permissions: ['bills:read', 'bills:pay'] })),
    clients: names.map((name) => ({ client_id: name, metadata: { redirect_uris: [`https://${name}.example/callback`], token_endpoint_auth_method: 'none' } })),
  }));
  const planned = await there(['apply', file, '--plan', '--json']);
  assert.equal(planned.code, 0, planned.stderr);
  assert.equal(planned.json.changes.length, 900);
  assert.equal(planned.stdout, (await here(['apply', file, '--plan', '--json'])).stdout);
  assert.match(await done(there(['apply', file])), /900 to add, 0 to change, 0 to remove: done/);
  await same('role', 'list');
  await same('client', 'list', '--limit', '10000');
  await same('export');
  const people = places.file('people.jsonl', names.map((name) => JSON.stringify({ email: `${name}@example.com`, full_name: name })).join('\n'));
  await done(here(['user', 'import', people]));
  await same('user', 'list', '--limit', '10000');
  await same('user', 'list', '--email-starts', 'many-1', '--limit', '60');
  await same('audit', 'list', '--limit', '200');
  const exported = await done(there(['audit', 'export']));
  assert.ok(exported.trimEnd().split('\n').length > 900);
});
