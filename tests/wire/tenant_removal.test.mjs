// SPDX-License-Identifier: Apache-2.0
// A large tenant is removed: gone for everybody at once, and what is left of it goes bit by bit, also when the service is
// killed amid it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { until, within } from './until.mjs';

const MEMBERS = 1000, KILLS = 3;
const HASH = '$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
let server, op;

async function run(args, input) {
  const done = await command([...args, '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input });
  assert.equal(done.code, 0, done.stderr || done.stdout);
  return done.json;
}

async function signIn() {
  const c = new Client(server.url);
  // Whoever is too busy says so.
  const { access_token: token } = await until(async () => {
    const done = await c.post('/auth/login', { email: 'op@example.com', password: PASSWORD });
    return done.status === 503 ? undefined : done.json;
  }, 'nobody is let in', 30000);
  op = { get: (path) => c.get(path, { token }), post: (path, json) => c.post(path, json, { token }), delete: (path) => c.send('DELETE', path, { token }) };
}

// What the file of the database has of the tenant, beside the service.
function left(id) {
  const db = new DatabaseSync(join(server.data, 'uauth.db'), { readOnly: true });
  // The service has the collation of its columns, and nobody else.
  const count = (table, column) => db.prepare(`SELECT count(*) AS n FROM ${table} NOT INDEXED WHERE ${column} COLLATE BINARY = ?`).get(id).n;
  const found = {
    members: count('memberships', 'tenant_id'), homes: count('users', 'default_tenant_id'), roles: count('user_roles', 'given_in'), keys: count('keys', 'tenant_id'),
    clients: count('clients', 'tenant_id'), tenant: count('tenants', 'id'),
  };
  db.close();
  return found;
}
const sum = (found) => Object.values(found).reduce((a, b) => a + b);

before(async () => {
  server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1' } });
  await run(['user', 'create', '--email', 'op@example.com', '--name', 'Op', '--role', 'admin', '--password-stdin'], PASSWORD);
});
after(() => server?.stop());

test('a large tenant is gone at once, and what is left of it goes although the service is killed amid it', async () => {
  const { id } = await run(['tenant', 'create', '--slug', 'big', '--set', 'issuer=own']);
  await run(['client', 'create', '--id', 'theirs', '--type', 'confidential', '--tenant', id, '--grant', 'client_credentials', '--scope', 'jobs']);
  const file = join(server.data, 'people.jsonl');
  writeFileSync(file, Array.from({ length: MEMBERS }, (_, i) => JSON.stringify({ email: `m${i}@big.example`, full_name: `M ${i}`, password_hash: HASH, roles: ['moderator'] })).join('\n'));
  await run(['user', 'import', file, '--tenant', 'big']);
  assert.equal((await fetch(`${server.url}/t/big/.well-known/jwks.json`)).status, 200);
  await signIn();
  const whole = left(id);
  assert.deepEqual([whole.members, whole.homes, whole.clients], [MEMBERS, MEMBERS, 1]);
  assert.ok(whole.keys > 0);
  assert.equal((await op.delete(`/admin/tenants/${id}`)).status, 409);
  assert.equal((await op.post(`/admin/tenants/${id}/disable`, {})).status, 204);
  assert.equal((await op.delete(`/admin/tenants/${id}`)).status, 204);
  // Gone for whoever looks, whatever is left of it.
  for (const path of [`/admin/tenants/${id}`, `/admin/tenants/${id}/members`]) assert.equal((await op.get(path)).status, 404, path);
  assert.equal((await op.post(`/admin/tenants/${id}/enable`, {})).status, 404);
  assert.equal((await op.delete(`/admin/tenants/${id}`)).status, 404);
  assert.ok((await op.get('/admin/tenants')).json.tenants.every((tenant) => tenant.id !== id));
  assert.equal((await fetch(`${server.url}/t/big/.well-known/jwks.json`)).status, 404);
  assert.equal((await op.get('/admin/keys?tenant=big')).status, 404);
  let rest = sum(whole), kills = 0;
  while (kills < KILLS) {
    const before = rest;
    await within(20000, 1)(() => { rest = sum(left(id)); return rest < before; }, 'nothing goes');
    await server.kill9();
    const now = left(id);
    if (sum(now) === 0) break;
    // By whole steps: the row of the tenant is the last one to go.
    assert.equal(now.tenant, 1);
    kills++;
    rest = sum(now);
    await server.restart();
  }
  assert.ok(kills > 0, 'it was never killed amid it');
  if (!server.running()) await server.restart();
  await until(() => sum(left(id)) === 0, () => JSON.stringify(left(id)), 60000);
  await signIn();
  // Its people are there, without a home; its slug is free; the audit tells of one removal.
  assert.equal((await run(['user', 'show', 'm7@big.example'])).email, 'm7@big.example');
  const again = await op.post('/admin/tenants', { slug: 'big', name: 'Big' });
  assert.equal(again.status, 201, again.text);
  assert.equal((await op.get('/admin/audit?name=tenant.deleted')).json.events.length, 1);
});

test('a command removes all of it before it says so', async () => {
  const { id } = await run(['tenant', 'create', '--slug', 'small']);
  await run(['tenant', 'member', 'op@example.com', '--tenant', 'small']);
  await run(['tenant', 'disable', 'small']);
  await run(['tenant', 'delete', 'small', '--yes']);
  assert.equal(sum(left(id)), 0);
});
