// SPDX-License-Identifier: Apache-2.0
// TN-01: a command that names a tenant by its id means that one, on the database and on a server, also where another tenant
// is called so: from before slugs of that form were refused, which only somebody beside the service can make now.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Postgres } from './postgres.mjs';
import { done, on, Places } from './remote.mjs';

let postgres, places, acme, other;

before(async () => {
  postgres = await new Postgres().start();
  places = await Places.open({ env: { AUTH_DATABASE_URL: postgres.url } });
  acme = await done(places.here(['tenant', 'create', '--slug', 'acme', '--json']));
  other = await done(places.here(['tenant', 'create', '--slug', 'other', '--json']));
  await promisify(execFile)('psql', [postgres.url, '-c', `UPDATE tenants SET slug = '${acme.id}' WHERE id = '${other.id}'`]);
});
after(async () => {
  await places?.close();
  await postgres?.remove();
});

test('an id is refused as a slug in both places', async () => {
  await places.sameRefusal(['tenant', 'create', '--slug', acme.id, '--name', 'x'], 2);
  await places.sameRefusal(['tenant', 'update', 'acme', '--slug', other.id], 2);
  // Who has one from before keeps it while it changes something else.
  assert.equal((await done(places.there(['tenant', 'update', other.id, '--name', 'Other', '--json']))).slug, acme.id);
});

test('a tenant that is named by its id is that one', async () => {
  for (const place of [places.here, places.there]) {
    const by = (...args) => done(place.call(places, args));
    for (const name of [acme.id, 'acme']) assert.equal((await by('tenant', 'update', name, '--name', `By ${name}`, '--json')).id, acme.id);
    assert.equal((await by('tenant', 'update', other.id, '--name', 'Other', '--json')).id, other.id);
  }
  // Who makes a client of a tenant on a server acts in it.
  await done(places.here(['tenant', 'member', 'ada@example.com', '--tenant', acme.id, '--role', 'admin']));
  const there = places.file('there', await places.signIn('ada@example.com', { tenant_id: acme.id }));
  for (const make of [(args) => places.here(args), (args) => on(places.url, there, args)]) {
    const { client_id: id } = await done(make(['client', 'create', '--type', 'confidential', '--tenant', acme.id, '--grant', 'client_credentials', '--json']));
    assert.equal((await done(places.here(['client', 'show', id, '--json']))).tenant_id, acme.id);
  }
  await places.person('olga@example.com');
  await done(places.here(['tenant', 'member', 'olga@example.com', '--tenant', other.id, '--role', 'admin']));
  const olga = places.file('olga', await places.signIn('olga@example.com', { tenant_id: other.id }));
  // To its own administrator it is called so, and nobody else's is theirs.
  assert.equal((await done(on(places.url, olga, ['tenant', 'update', acme.id, '--name', 'Mine', '--json']))).id, other.id);
  assert.equal((await done(places.here(['tenant', 'update', acme.id, '--json']))).name, 'By acme');
});

test('the tenant whose id is a slug elsewhere is suspended and removed', async () => {
  await places.signInAgain();
  assert.equal((await places.there(['tenant', 'disable', acme.id])).code, 0);
  assert.equal((await places.there(['tenant', 'delete', acme.id, '--yes'])).code, 0);
  const left = await done(places.here(['tenant', 'list', '--json']));
  assert.deepEqual(left.map(({ id, status }) => [id, status]).slice(1), [[other.id, 'active']]);
  // Now it is a name and no id.
  for (const place of [places.here, places.there]) assert.equal((await done(place.call(places, ['tenant', 'update', acme.id, '--json']))).id, other.id);
});
