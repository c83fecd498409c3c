// SPDX-License-Identifier: Apache-2.0
// Realms of Keycloak and users of Auth0 are sent to a service that runs: with what is left out said as on the data folder,
// whole also when the command is killed amid it, on both databases.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from './client.mjs';
import { Postgres } from './postgres.mjs';
import { done, on, PASSWORD, Places } from './remote.mjs';

const files = join(dirname(fileURLToPath(import.meta.url)), '..', 'data');
const realm = join(files, 'keycloak-realm.json'), users = join(files, 'auth0-users.jsonl'), hashes = join(files, 'auth0-hashes.jsonl');
const PEOPLE = Number(process.env.UAUTH_IMPORT_PEOPLE ?? 1500), KILLS = 3;
const HASH = '$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const kinds = ['SQLite', 'PostgreSQL'], all = {};
let postgres;

before(async () => {
  postgres = await new Postgres().start();
  all.SQLite = await Places.open();
  all.PostgreSQL = await Places.open({ env: { AUTH_DATABASE_URL: postgres.url } });
});
beforeEach(() => Promise.all(kinds.map((kind) => all[kind].signInAgain())));
after(async () => {
  await Promise.all(kinds.map((kind) => all[kind]?.close()));
  await postgres?.remove();
});

// The same in both places, tried: what is printed, and the report.
async function sameTried(places, args) {
  const reports = [places.file('one', ''), places.file('other', '')];
  for (const form of [[], ['--json']]) {
    const ran = (place, i) => done(place.call(places, [...args, '--dry-run', '--report', reports[i], ...form]));
    const one = await ran(places.here, 0), other = await ran(places.there, 1);
    if (form.length) assert.deepEqual({ ...other, report: '' }, { ...one, report: '' });
    else assert.equal(other.replace('other says', 'one says'), one);
    assert.equal(readFileSync(reports[1], 'utf8'), readFileSync(reports[0], 'utf8'));
  }
  return readFileSync(reports[1], 'utf8');
}

for (const kind of kinds)
  test(`a realm of Keycloak goes on on a server: its users sign in, its clients get tokens: ${kind}`, async () => {
    const places = all[kind];
    await done(places.here(['tenant', 'create', '--slug', 'acme']));
    const args = ['import', 'keycloak', realm, '--tenant', 'acme'];
    assert.match(await sameTried(places, args), /"where":"users 9","left_out":"user","field":"password_hash"/);
    assert.match(await sameTried(places, [...args, '--drop-bad-passwords']), /"where":"users 9","left_out":"password","why"/);
    assert.deepEqual((await done(places.here(['client', 'list', '--json']))).map((one) => one.client_id).filter((id) => id === 'shop'), []);
    const report = places.file('took', '');
    const took = await done(places.there([...args, '--report', report, '--json']));
    assert.deepEqual([took.records, took.added, took.left_out], [10, 7, 2]);
    const made = Object.fromEntries(took.configuration.map((one) => [`${one.kind} ${one.key}`, one.secret]));
    assert.ok(made['client worker'].length >= 32 && made['client shop'] === undefined, JSON.stringify(made));
    const client = new Client(places.url);
    for (const name of ['argon', 'sha512', 'sha1']) {
      const answer = await client.post('/auth/login', { email: `${name}@acme.example`, password: PASSWORD });
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    }
    const claims = JSON.parse(Buffer.from((await places.signIn('argon@acme.example')).split('.')[1], 'base64url'));
    assert.deepEqual(claims.roles, ['shop-orders', 'support', 'user']);
    const token = (id, secret) => client.send('POST', '/oauth2/token', { form: { grant_type: 'client_credentials', scope: 'jobs' },
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` } });
    assert.equal((await token('worker', made['client worker'])).status, 200);
    // Its own secret came with it; the grant is none of this client's.
    assert.equal((await token('shop', 'Yb3k9fQzT1xW7uLmN0pRsVcA5eHgJdKo')).json.error, 'unauthorized_client');
    assert.equal((await token('shop', 'wrong')).json.error, 'invalid_client');
    // What is here stays as it is.
    await sameTried(places, args);
    const again = await done(places.there([...args, '--report', report, '--json']));
    assert.deepEqual([again.added, again.left_out, again.configuration], [0, 9, []]);
    assert.equal((await token('worker', made['client worker'])).status, 200);
  });

for (const kind of kinds)
  test(`users of Auth0 are sent with the hashes of the other file: ${kind}`, async () => {
    const places = all[kind], args = ['import', 'auth0', users, '--hashes', hashes];
    assert.match(await sameTried(places, args), /"left_out":"second factor"/);
    assert.match(await sameTried(places, ['import', 'auth0', users]), /"left_out":"metadata"/);
    const took = await done(places.there([...args, '--report', places.file('took', ''), '--json']));
    assert.deepEqual([took.records, took.added, took.left_out], [4, 3, 1]);
    const ada = await new Client(places.url).post('/auth/login', { email: 'ada@acme.example', password: PASSWORD });
    assert.equal(ada.status, 200, ada.text);
    assert.equal((await done(places.here(['user', 'show', 'grace@acme.example', '--json']))).status, 'disabled');
  });

// One in 50 has no address, and one in 50 is a client.
const person = (i, of) => ({ username: `user${i}`, ...(i % 50 === 49 ? {} : { email: `${of}${i}@example.com` }), enabled: true, emailVerified: true,
  ...(i % 50 === 48 ? { serviceAccountClientId: 'worker' } : {}), realmRoles: i % 10 ? ['nosuch'] : ['Support'],
  credentials: [{ type: 'password', secretData: JSON.stringify({ value: 'A'.repeat(43) + '=', salt: 'c2FsdHNhbHRzYWx0' }),
    credentialData: JSON.stringify({ hashIterations: 1000, algorithm: 'pbkdf2-sha256' }) }] });
const exported = (of) => JSON.stringify({ realm: of, roles: { realm: [{ name: 'Support' }] },
  clients: [{ clientId: `${of}-app`, enabled: true, standardFlowEnabled: true, publicClient: true, redirectUris: ['https://app.example.com/cb'],
    protocolMappers: Array.from({ length: 2000 }, (_, i) => ({ name: `mapper ${i}`, config: { 'x.y': 'z'.repeat(300) } })) }],
  users: Array.from({ length: PEOPLE }, (_, i) => person(i, of)) });

for (const kind of kinds)
  test(`an import of a realm to a server that is killed is gone on with, and nobody is taken over by half: ${kind}`, async () => {
    const places = all[kind], of = kind.toLowerCase(), file = places.file(`${of}.json`, exported(of));
    await places.killedAmid(['import', 'keycloak'], file, KILLS);
    const last = await done(places.there(['import', 'keycloak', file, '--json']));
    const bad = PEOPLE / 50;
    assert.ok(last.resumed_at > 0, JSON.stringify(last));
    assert.deepEqual([last.records, last.added, last.left_out], [PEOPLE, PEOPLE - 2 * bad, bad]);
    const lines = places.report(file);
    assert.deepEqual(lines.filter((line) => line.left_out === 'user').map((line) => line.where), Array.from({ length: bad }, (_, i) => `users ${i * 50 + 50}`));
    assert.deepEqual(lines.filter((line) => line.left_out === 'role').map((line) => line.where),
      Array.from({ length: PEOPLE }, (_, i) => i).filter((i) => i % 10 && i % 50 < 48).map((i) => `users ${i + 1}`));
    for (const i of [0, 1, 47, 50, PEOPLE / 2, PEOPLE - 3]) {
      const shown = await done(places.here(['user', 'show', `${of}${i}@example.com`, '--json']));
      assert.deepEqual(shown.roles, i % 10 ? ['user'] : ['support', 'user']);
    }
    assert.equal((await done(places.here(['client', 'list', '--json']))).filter((one) => one.client_id === `${of}-app`).length, 1);
  });

test('an import of Auth0 to a server that is killed is gone on with', async () => {
  const places = all.SQLite;
  const file = places.file('many.jsonl', Array.from({ length: PEOPLE }, (_, i) => JSON.stringify({ user_id: `auth0|${i}`, email: i % 50 === 49 ? undefined : `auth${i}@example.com`,
    email_verified: true, passwordHash: HASH, identities: [{ connection: 'github', isSocial: true }] })).join('\n'));
  await places.killedAmid(['import', 'auth0'], file, KILLS);
  const last = await done(places.there(['import', 'auth0', file, '--json']));
  assert.ok(last.resumed_at > 0, JSON.stringify(last));
  assert.deepEqual([last.records, last.added, last.left_out], [PEOPLE, PEOPLE * 49 / 50, PEOPLE / 50]);
  assert.deepEqual(places.report(file).map((line) => line.where), Array.from({ length: PEOPLE }, (_, i) => `record ${i + 1}`));
});

test('what is no export, or names no tenant, is refused as on the data folder, and who may not import is told so', async () => {
  const places = all.SQLite, args = ['import', 'keycloak'];
  const configured = await done(places.here(['export']));
  await places.sameRefusal([...args, places.file('cut.json', '{"roles":{"realm":[{"name":"half"')], 2);
  await places.sameRefusal([...args, join(places.folder, 'nothing')], 2);
  await places.sameRefusal([...args, realm, '--tenant', 'nowhere'], 2);
  await places.sameRefusal(['import', 'auth0', users, '--hashes', places.file('bad', 'x')], 2);
  // Too long a body, and one that needs too much memory there.
  for (const n of [20000, 40000]) {
    const large = await places.there([...args, places.file('large.json', JSON.stringify({ roles: { realm: Array.from({ length: n }, (_, i) => ({ name: `role-${i}` })) } }))]);
    assert.equal(large.code, 1);
    assert.match(large.stderr, /more roles and clients than a server takes at once .*: import this realm where the data folder is/);
  }
  await places.person('mod@example.com', '--role', 'moderator');
  const mod = places.file('mod', await places.signIn('mod@example.com'));
  const key = places.file('key', (await done(places.there(['api-key', 'create', '--user', 'ada@example.com', '--name', 'robot', '--permission', 'admin:*', '--days', '1', '--json']))).key);
  for (const [who, refusal] of [[mod, /403/], [key, /recent|sign in|401|403/i]])
    for (const sent of [[...args, realm], ['import', 'auth0', users, '--report', places.file('none', '')]]) {
      const refused = await on(places.url, who, sent);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, refusal);
    }
  // An operator of a tenant of their own operates no service.
  await done(places.here(['tenant', 'create', '--slug', 'owned']));
  const person = await done(places.here(['user', 'show', 'mod@example.com', '--json']));
  await done(places.here(['tenant', 'member', person.id, '--tenant', 'owned', '--role', 'admin']));
  const { json } = await new Client(places.url).get('/auth/tenants', { token: await places.signIn('mod@example.com') });
  const owner = places.file('owner', await places.signIn('mod@example.com', { tenant_id: json.tenants.find((one) => one.slug === 'owned').id }));
  const refused = await on(places.url, owner, [...args, realm, '--tenant', 'owned']);
  assert.equal(refused.code, 1, refused.stdout);
  assert.match(refused.stderr, /403/);
  const { tenants, ...others } = await done(places.here(['export']));
  assert.deepEqual({ ...others, tenants: tenants.filter(({ slug }) => slug !== 'owned') }, configured);
});
