// SPDX-License-Identifier: Apache-2.0
// The commands on a service that runs (--server URL --token-file F): the same output as on its data folder, the same
// exit codes, and of what the service refuses what, which request, and what to do.
import assert from 'node:assert/strict';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { done, on, PASSWORD, Places } from './remote.mjs';
import { freePort } from './server.mjs';

let places, url;
const here = (...args) => places.here(...args), there = (...args) => places.there(...args);
const same = (...args) => places.same(...args), sameChange = (...args) => places.sameChange(...args);
const sameRefusal = (...args) => places.sameRefusal(...args), person = (...args) => places.person(...args);
const signIn = (...args) => places.signIn(...args), tokenFile = (...args) => places.file(...args);

before(async () => {
  places = await Places.open();
  url = places.url;
  await person('bob@example.com');
});
beforeEach(() => places.signInAgain());
after(() => places?.close());

test('users are listed and shown as in the data folder', async () => {
  await person('zoe@example.com', '--unverified');
  await person('berta@example.com');
  await same('user', 'list');
  await same('user', 'list', '--email-starts', 'b');
  await same('user', 'list', '--limit', '2');
  const [first] = await done(there(['user', 'list', '--json', '--limit', '1']));
  await same('user', 'list', '--after', first.id);
  await same('user', 'show', 'ada@example.com');
  await same('user', 'show', 'Zoe@Example.com');
  await same('user', 'show', first.id);
  await same('user', 'mfa', 'bob@example.com');
  await same('user', 'sessions', 'ada@example.com');
  await sameRefusal(['user', 'show', 'nobody@example.com'], 1);
  await sameRefusal(['user', 'show', '00000000-0000-7000-8000-00000000ffff'], 1);
  await sameRefusal(['user', 'show', '../keys'], 1);
  await sameRefusal(['user', 'show'], 2);
  await sameRefusal(['user', 'list', '--limit', '0'], 2);
  await sameRefusal(['user', 'mfa', 'bob@example.com', '--remove'], 1);
});

test('users are changed as in the data folder', async () => {
  const made = await done(there(['user', 'create', '--email', 'carl@example.com', '--name', 'Carl', '--role', 'moderator', '--password-stdin', '--json'], `${PASSWORD}\n`));
  const shown = await done(here(['user', 'show', 'carl@example.com', '--json']));
  const { permissions: allowed, recovery_codes_left: codes, roles, ...rest } = shown;
  assert.deepEqual({ roles: ['moderator'], ...rest }, { ...made });
  assert.deepEqual([roles, codes, allowed.includes('users:list')], [['moderator', 'user'], 0, true]);
  assert.ok(await signIn('carl@example.com'));
  for (const form of [[], ['--json']]) {
    await sameChange(['user', 'disable', 'carl@example.com', ...form], { again: () => here(['user', 'enable', 'carl@example.com']) });
    await sameChange(['user', 'enable', 'carl@example.com', ...form]);
    await sameChange(['user', 'role', 'carl@example.com', '--give', 'admin', ...form], { again: () => here(['user', 'role', 'carl@example.com', '--take', 'admin']) });
    await sameChange(['user', 'role', 'carl@example.com', '--take', 'moderator', ...form], { again: () => here(['user', 'role', 'carl@example.com', '--give', 'moderator']) });
    await sameChange(['user', 'sessions', 'carl@example.com', '--end', ...form], { again: () => signIn('carl@example.com').then(() => here(['user', 'sessions', 'carl@example.com', '--end'])) });
  }
  await sameRefusal(['user', 'create', '--email', 'carl@example.com', '--name', 'C', '--password-stdin'], 1, `${PASSWORD}\n`);
  await sameRefusal(['user', 'create', '--email', 'no address', '--name', 'C', '--password-stdin'], 2, `${PASSWORD}\n`);
  await sameRefusal(['user', 'role', 'carl@example.com'], 2);
  assert.equal((await there(['user', 'role', 'carl@example.com', '--give', 'no-such-role'])).code, 1);
  assert.match(await done(there(['user', 'delete', 'carl@example.com', '--yes'])), /^carl@example.com is erased.$/m);
  await sameRefusal(['user', 'show', 'carl@example.com'], 1);
});

test('tenants, their members and invitations are the same in both places', async () => {
  const logo = tokenFile('logo.png', Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
  const made = await done(there(['tenant', 'create', '--slug', 'acme', '--name', 'Acme', '--domain', 'example.com', '--accent', '#3046c5', '--logo', logo, '--require-mfa', '--json']));
  assert.deepEqual([made.slug, made.name, made.allowed_domains, made.accent, made.require_mfa], ['acme', 'Acme', ['example.com'], '#3046c5', true]);
  await same('tenant', 'list');
  await same('tenant', 'list', '--after', '00000000-0000-7000-8000-000000000001');
  for (const change of [['--name', 'Acme Ltd', '--no-logo', '--no-require-mfa'], ['--slug', 'acme-2', '--no-accent', '--any-domain'], ['--slug', 'acme', '--logo', logo]]) {
    const { updated_at: a, ...other } = await done(there(['tenant', 'update', made.id, '--json', ...change]));
    assert.deepEqual([other, a], [await done(here(['tenant', 'update', made.id, '--json', ...change])), undefined]);
  }
  for (const change of [['--refuse-device-grant'], ['--name', 'Acme Ltd'], ['--no-refuse-device-grant']]) {
    const other = await done(there(['tenant', 'update', made.id, '--json', ...change]));
    assert.equal(other.refuse_device_grant, change[0] !== '--no-refuse-device-grant', change[0]);
    assert.deepEqual(other, await done(here(['tenant', 'update', made.id, '--json', ...change])));
  }
  for (const change of [['--set', 'session_idle_minutes=30', '--set', 'registration=closed'], ['--unset', 'registration', '--set', 'id_token_minutes=5'], ['--unset', 'id_token_minutes'], []]) {
    const other = await done(there(['tenant', 'update', made.id, '--json', ...change]));
    assert.deepEqual(other, await done(here(['tenant', 'update', made.id, '--json', ...change])));
    assert.equal(other.settings.session_idle_minutes, 30);
  }
  await sameRefusal(['tenant', 'update', 'acme', '--set', 'session_idle_minutes=61'], 2);
  await sameRefusal(['tenant', 'create', '--slug', 'acme'], 1);
  await sameRefusal(['tenant', 'create', '--slug', 'No slug'], 2);
  await sameRefusal(['tenant', 'update', 'nothing', '--name', 'x'], 1);
  await sameRefusal(['tenant', 'members', '--tenant', '00000000-0000-7000-8000-00000000ffff'], 1);
  for (const form of [[], ['--json']]) {
    await sameChange(['tenant', 'member', 'bob@example.com', '--tenant', 'acme', '--role', 'moderator', ...form]);
    await same('tenant', 'members', '--tenant', 'acme', ...form.slice(1));
    await sameChange(['tenant', 'member', 'bob@example.com', '--tenant', made.id, '--remove', ...form], { again: () => here(['tenant', 'member', 'bob@example.com', '--tenant', 'acme']) });
    await sameChange(['tenant', 'invite', `new-${form.length}@example.com`, '--tenant', 'acme', '--role', 'admin', ...form]);
  }
  await same('tenant', 'invitations', '--tenant', 'acme');
  const invited = await done(there(['tenant', 'invitations', '--tenant', 'acme', '--json']));
  assert.deepEqual(invited.map(({ email, roles }) => [email, roles]), [['new-0@example.com', ['admin']], ['new-1@example.com', ['admin']]]);
  assert.equal(await done(there(['tenant', 'uninvite', invited[0].id, '--tenant', 'acme'])), `${invited[0].id} is taken back.\n`);
  assert.equal((await there(['tenant', 'uninvite', invited[0].id, '--tenant', 'acme'])).code, (await here(['tenant', 'uninvite', invited[0].id, '--tenant', 'acme'])).code);
  assert.equal((await there(['tenant', 'uninvite', invited[1].id])).code, 1);
  await same('tenant', 'members');
  await sameRefusal(['tenant', 'member', 'nobody@example.com', '--tenant', 'acme'], 1);
  await sameChange(['tenant', 'disable', 'acme'], { again: () => here(['tenant', 'enable', 'acme']) });
  await sameChange(['tenant', 'enable', 'acme']);
  await sameRefusal(['tenant', 'delete', 'acme', '--yes'], 1);
  await done(here(['tenant', 'disable', 'acme']));
  assert.equal(await done(there(['tenant', 'delete', 'acme', '--yes'])), 'acme is removed.\n');
});

test('API keys are made for oneself, and are the same in both places', async () => {
  const create = (user, permission = 'users:list', days = '9') => ['api-key', 'create', '--user', user, '--name', 'nightly', '--permission', permission, '--days', days];
  const { key, ...made } = await done(there([...create('Ada@example.com'), '--json']));
  const { key: hidden, ...shown } = await done(here(['api-key', 'show', made.id, '--json']));
  assert.deepEqual([hidden, shown], [undefined, made]);
  assert.equal((await fetch(`${url}/admin/users`, { headers: { authorization: `Bearer ${key}` } })).status, 200);
  assert.match(await done(there(create(made.user_id))), /^The key, which is shown this once:\n\nuauth_k_[0-9a-f_]{81}$/m);
  await same('api-key', 'list');
  await same('api-key', 'list', '--after', made.id);
  await same('api-key', 'show', made.id);
  // AZ-04: for nobody else, and with nothing that one has not.
  const other = await there(create('bob@example.com'));
  assert.equal(other.code, 2);
  assert.match(other.stderr, /--user: On a server one makes a key for oneself/);
  assert.notEqual((await there(create('ada@example.com', 'users'))).code, 0);
  for (const days of ['0', '366', '36500', '36501']) assert.equal((await there(create('ada@example.com', 'users:list', days))).code, 2);
  await person('clerk@example.com');
  const clerk = tokenFile('clerk', await signIn('clerk@example.com'));
  assert.match((await on(url, clerk, create('clerk@example.com'))).stderr, /^uauth: 403 /m);
  assert.equal((await on(url, clerk, ['api-key', 'revoke', made.id])).code, 1);
  assert.equal(await done(there(['api-key', 'revoke', made.id])), 'nightly is revoked.\n');
  assert.equal((await fetch(`${url}/admin/users`, { headers: { authorization: `Bearer ${key}` } })).status, 401);
  for (const verb of ['show', 'revoke']) {
    await sameRefusal(['api-key', verb], 2);
    assert.equal((await there(['api-key', verb, made.id])).code, 1);
  }
  assert.equal((await done(there(['api-key', 'list', '--json']))).length, 1);
  // A token of another tenant makes keys there, and one of this tenant does not.
  const { id } = await done(here(['tenant', 'create', '--slug', 'keys', '--json']));
  await done(here(['tenant', 'member', 'ada@example.com', '--tenant', 'keys', '--role', 'admin']));
  const token = tokenFile('keys', await signIn('ada@example.com', { tenant_id: id }));
  const { key: secret, ...elsewhere } = await done(on(url, token, [...create('ada@example.com'), '--json']));
  assert.ok(secret);
  assert.equal(elsewhere.tenant_id, id);
  assert.deepEqual(await done(here(['api-key', 'list', '--tenant', 'keys', '--json'])), [elsewhere]);
  assert.deepEqual(await done(on(url, token, ['api-key', 'list', '--tenant', 'keys', '--json'])), [elsewhere]);
  assert.match((await there(['api-key', 'list', '--tenant', 'keys'])).stderr, /^uauth: 403 /m);
  assert.equal((await there(['api-key', 'revoke', elsewhere.id])).code, 1);
  assert.equal(await done(on(url, token, ['api-key', 'revoke', elsewhere.id])), 'nightly is revoked.\n');
});

test('an administrator of a tenant finds it by its name, and no other', async () => {
  for (const slug of ['own', 'other']) await done(here(['tenant', 'create', '--slug', slug]));
  await person('own@example.com');
  await done(here(['tenant', 'member', 'own@example.com', '--tenant', 'own', '--role', 'admin']));
  await done(here(['tenant', 'member', 'own@example.com', '--remove']));
  const tenants = await done(here(['tenant', 'list', '--json']));
  const own = tokenFile('own', await signIn('own@example.com', { tenant_id: tenants.find((tenant) => tenant.slug === 'own').id }));
  const me = await done(on(url, own, ['tenant', 'members', '--tenant', 'own', '--json']));
  assert.deepEqual(me.map((member) => member.email), ['own@example.com']);
  assert.equal((await on(url, own, ['tenant', 'members', '--tenant', 'other'])).code, 1);
  assert.equal((await on(url, own, ['tenant', 'list'])).code, 1);
  assert.match(await done(on(url, own, ['role', 'create', 'clerk', '--tenant', 'own', '--permission', 'users:read'])), /clerk is made/);
  assert.match((await on(url, own, ['role', 'create', 'clerk', '--all-tenants', '--permission', 'users:read'])).stderr, /^uauth: 403 /m);
});

test('roles and keys are the same in both places', async () => {
  for (const where of [[], ['--all-tenants']]) {
    await sameChange(['role', 'create', 'clerk', '--permission', 'bills:read', '--permission', 'bills:pay', '--description', 'Pays', ...where], { again: () => here(['role', 'delete', 'clerk', '--yes', ...where]) });
    await done(here(['role', 'create', 'clerk', '--permission', 'bills:read', ...where]));
    await sameChange(['role', 'update', 'clerk', '--permission', 'bills:read', '--json', ...where]);
    await same('role', 'list');
    await sameRefusal(['role', 'create', 'clerk', ...where], 1);
    await sameChange(['role', 'delete', 'clerk', '--yes', ...where], { again: () => here(['role', 'create', 'clerk', ...where]) });
    await done(here(['role', 'delete', 'clerk', '--yes', ...where]));
  }
  assert.equal((await there(['role', 'delete', 'admin', '--yes', '--all-tenants'])).code, (await here(['role', 'delete', 'admin', '--yes', '--all-tenants'])).code);
  await sameRefusal(['role', 'create', 'No role'], 2);
  await same('permission', 'list');
  await same('key', 'list');
  const rotated = await done(there(['key', 'rotate', '--json']));
  assert.deepEqual(rotated, await done(here(['key', 'list', '--json'])));
  assert.ok(rotated.some((key) => key.state === 'next'));
});

test('what is refused says what, which request, and what to do', async () => {
  const twice = await there(['user', 'create', '--email', 'bob@example.com', '--name', 'B', '--password-stdin'], `${PASSWORD}\n`);
  assert.equal(twice.code, 1);
  const [, id] = /^uauth: 409 The request conflicts with the present state \(request (\w{26})\): uauth explain \1 --server \S+ --token-file \S+ tells why$/m.exec(twice.stderr) ?? assert.fail(twice.stderr);
  const why = await done(there(['explain', id, '--json']));
  assert.equal(why.status, 409);
  const asJson = JSON.parse((await there(['user', 'create', '--email', 'bob@example.com', '--name', 'B', '--password-stdin', '--json'], `${PASSWORD}\n`)).stderr);
  assert.deepEqual([asJson.error, asJson.title], ['conflict', 'The request conflicts with the present state']);
  assert.match(asJson.advice, new RegExp(`^uauth explain ${asJson.request_id} `));
});

test('a token that does not do is told apart: bad, of who may not, of a sign-in that is too old', async () => {
  const bad = await on(url, tokenFile('bad', 'opaque'), ['user', 'list']);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /^uauth: 401 The access token is missing, invalid, expired or revoked \(request \w{26}\): sign in again, and put the new access token into \S+bad$/m);
  const bob = await on(url, tokenFile('bob', await signIn('bob@example.com')), ['user', 'list']);
  assert.equal(bob.code, 1);
  assert.match(bob.stderr, /^uauth: 403 .*uauth explain \w{26}/m);
  const ended = tokenFile('ended', await signIn('ada@example.com'));
  await done(on(url, ended, ['user', 'show', 'bob@example.com']));
  await done(here(['user', 'sessions', 'ada@example.com', '--end']));
  const late = async () => {
    for (const end = Date.now() + 20000; Date.now() < end;) {
      const ran = await on(url, ended, ['user', 'show', 'bob@example.com']);
      if (ran.code !== 0) return ran;
    }
    throw new Error('the token of a session that has ended is still good');
  };
  assert.match((await late()).stderr, /^uauth: 401 /m);
});

test('a token goes to no other place, and out of no other file, than is safe', async () => {
  for (const [where, says] of [['http://id.example.com', /--server: This is an https URL/], ['ftp://localhost', /https/], ['localhost', /https/], ['http://localhost.example.com', /https/], ['http://localhost@id.example.com', /https/]]) {
    const { code, stderr } = await on(where, places.token, ['user', 'list']);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
  }
  const readable = await on(url, tokenFile('readable', 'x', 0o644), ['user', 'list']);
  assert.equal(readable.code, 2);
  assert.match(readable.stderr, /readable/);
  assert.match((await on(url, join(places.folder, 'nothing'), ['user', 'list'])).stderr, /No such file/);
  const two = tokenFile('two', 'one token\nX-More: of another line');
  assert.match((await on(url, two, ['user', 'list'])).stderr, /--token-file: This is no access token/);
  const none = await command(['user', 'list', '--server', url]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--token-file: This goes with --server/);
});

test('whoever does not answer, or not as uauth does, is named', async () => {
  const nobody = `http://localhost:${await freePort()}`;
  const { code, stderr } = await on(nobody, places.token, ['user', 'list']);
  assert.equal(code, 1);
  assert.match(stderr, /localhost/);
  const answers = { text: '{"users":[', status: 200, waits: 0 };
  const other = http.createServer((request, response) => {
    const wait = answers.waits-- > 0;
    response.writeHead(wait ? 429 : answers.status, { 'content-type': 'application/json', ...(wait ? { 'retry-after': '1' } : {}), ...(answers.head ?? {}) });
    response.end(wait ? '{}' : answers.text);
    answers.asked = [...(answers.asked ?? []), request.url];
  });
  await new Promise((ready) => other.listen(0, '127.0.0.1', ready));
  const at = `http://127.0.0.1:${other.address().port}`;
  const ask = async (text, status = 200, more = {}) => {
    Object.assign(answers, { text, status, waits: 0, head: {}, asked: [], ...more });
    return on(at, places.token, ['user', 'list', '--json']);
  };
  try {
    assert.match((await ask('{"users":[')).stderr, /does not answer as uauth does/);
    assert.match((await ask('<html>', 502)).stderr, /502/);
    assert.match((await ask('', 302, { head: { location: 'http://127.0.0.1:1/' } })).stderr, /302/);
    assert.match((await ask('{"type":"https://id.example.com/problems/\\u001b[31m","title":"x"}', 400)).stderr, /400/);
    assert.doesNotMatch((await ask('{"type":"https://id.example.com/problems/conflict","detail":"\\u001b[31m"}', 409)).stderr, /\u001b/); // eslint-disable-line no-control-regex
    // What another version says beside is left out; a page that is asked to be waited for is waited for.
    const later = await ask('{"users":[],"total":0}', 200, { waits: 1 });
    assert.deepEqual([later.code, later.json, answers.asked.length], [0, [], 2]);
  } finally {
    other.close();
  }
});

test('what a server cannot do says so', async () => {
  for (const args of [['backup', 'x'], ['audit', 'rotate-key'], ['migrate'], ['restore', 'x']]) {
    const { code, stderr } = await there(args);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.match(stderr, /--server: this command does not act on a server: (it|the key) /);
  }
});
