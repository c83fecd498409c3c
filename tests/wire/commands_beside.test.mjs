// SPDX-License-Identifier: Apache-2.0
// What a command on the data folder changes, it changes in one transaction: what others change meanwhile stays, and what is
// wrong changes nothing at all.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command } from './command.mjs';
import { Postgres } from './postgres.mjs';

const KEY = { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: 'one', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' };
let postgres;
const places = [];

// A data folder with SQLite, and one with PostgreSQL.
before(async () => {
  postgres = await new Postgres().start();
  for (const env of [{}, { AUTH_DATABASE_URL: postgres.url }]) {
    const data = mkdtempSync(join(tmpdir(), 'uauth-beside-'));
    places.push({ data, env });
    assert.equal((await run(places.at(-1), 'init')).code, 0);
  }
});
after(async () => {
  for (const { data } of places) rmSync(data, { recursive: true, force: true });
  await postgres?.remove();
});

const run = ({ data, env }, ...words) => command([...words, '--json'], { data, env });
async function does(place, ...words) {
  const done = await run(place, ...words);
  assert.equal(done.code, 0, done.stderr);
  return done.json;
}

// Runs `words` and a file that nobody has written yet; `meanwhile` is done when it waits for that.
async function beside(place, words, text, meanwhile) {
  const file = join(place.data, `file-${Math.random()}`);
  execFileSync('mkfifo', [file]);
  const running = run(place, ...words, file);
  const written = await open(file, 'w'); // when it is open at the other end
  await meanwhile();
  await written.writeFile(text);
  await written.close();
  const done = await running;
  assert.equal(done.code, 0, done.stderr);
}

const onBoth = (name, work) => {
  test(name, async (t) => {
    for (const [i, database] of ['SQLite', 'PostgreSQL'].entries()) await t.test(`on ${database}`, () => work(places[i]));
  });
};

onBoth('what others change of a client while a command reads a file stays', async (place) => {
  await does(place, 'client', 'create', '--id', 'shop', '--type', 'confidential', '--auth-method', 'private_key_jwt', '--redirect-uri', 'https://shop.example/cb', '--jwks-file', keys(place));
  await beside(place, ['client', 'update', 'shop', '--jwks-file'], JSON.stringify({ keys: [{ ...KEY, kid: 'two' }] }),
    () => does(place, 'client', 'update', 'shop', '--require-pkce'));
  const { metadata } = await does(place, 'client', 'show', 'shop');
  assert.equal(metadata.jwks.keys[0].kid, 'two');
  assert.equal(metadata.require_pkce, true);
});

onBoth('a provider that is disabled while a command reads a secret stays disabled', async (place) => {
  await does(place, 'provider', 'create', 'idp', '--kind', 'openid', '--issuer', 'https://idp.example', '--client-id', 'us', '--client-secret-file', secret(place));
  await beside(place, ['provider', 'update', 'idp', '--client-secret-file'], 'another-secret-of-ours\n',
    () => does(place, 'provider', 'update', 'idp', '--disable', '--name', 'Closed'));
  const shown = await does(place, 'provider', 'show', 'idp');
  assert.equal(shown.status, 'disabled');
  assert.equal(shown.name, 'Closed');
});

onBoth('what others change of a resource while a command reads a file stays', async (place) => {
  const uri = 'https://api.example/';
  await does(place, 'resource', 'set', uri, '--scope', 'read', '--scope', 'write');
  await beside(place, ['resource', 'set', uri, '--metadata-file'], JSON.stringify({ resource_documentation: 'https://api.example/doc' }),
    () => does(place, 'resource', 'set', uri, '--scope', 'read'));
  const [resource] = await does(place, 'resource', 'list');
  assert.deepEqual(resource.scopes_supported, ['read']);
  assert.equal(resource.metadata.resource_documentation, 'https://api.example/doc');
});

onBoth('a tenant is made with all that the command says, or not at all', async (place) => {
  const made = ['tenant', 'create', '--slug', 'acme', '--name', 'Acme', '--require-mfa'];
  for (const wrong of [['--set', 'access_token_minutes=999999'], ['--logo', keys(place)]])
    assert.notEqual((await run(place, ...made, ...wrong)).code, 0, wrong.join(' '));
  assert.equal((await does(place, 'tenant', 'list')).find(({ slug }) => slug === 'acme'), undefined);
  await does(place, ...made);
  assert.notEqual((await run(place, 'tenant', 'update', 'acme', '--no-require-mfa', '--set', 'access_token_minutes=999999')).code, 0);
  assert.equal((await does(place, 'tenant', 'list')).find(({ slug }) => slug === 'acme').require_mfa, true);
});

onBoth('of several roles all are given, or none', async (place) => {
  const ada = 'ada@example.com';
  const added = await command(['user', 'create', '--email', ada, '--name', 'Ada', '--password-stdin'], { ...place, input: 'Mortar-and-pestle-9\n' });
  assert.equal(added.code, 0, added.stderr);
  assert.notEqual((await run(place, 'user', 'role', ada, '--give', 'moderator', '--give', 'nobody-made-this')).code, 0);
  const member = (await does(place, 'tenant', 'members')).find(({ email }) => email === ada);
  assert.deepEqual(member.roles.filter((role) => role !== 'user'), []);
});

function keys({ data }) {
  const file = join(data, 'keys.json');
  writeFileSync(file, JSON.stringify({ keys: [KEY] }));
  return file;
}
function secret({ data }) {
  const file = join(data, 'secret');
  closeSync(openSync(file, 'w', 0o600));
  writeFileSync(file, 'a-secret-of-ours-there\n');
  return file;
}
