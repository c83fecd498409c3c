// SPDX-License-Identifier: Apache-2.0
// Tokens that are signed in a key vault: they verify with jose by the published keys; a new version is published before it
// signs; and what happens while the vault is slow, busy, away or refuses.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { EntraTls } from './azure_platform.mjs';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';
import { KeyVault } from './key_vault.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { freePort, startServer } from './server.mjs';
import { within } from './until.mjs';

let folder, ca, entra, vault, server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-vault-signing-'));
  entra = await new EntraTls().startTls(folder);
  vault = await new KeyVault().start({ entra });
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, readFileSync(entra.own.certPath, 'utf8') + readFileSync(vault.own.certPath, 'utf8'));
});
after(async () => {
  await vault?.close();
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { vault.reset(); entra.reset(); });
afterEach(async () => { if (server?.running()) await server.stop(); server = undefined; });

const settings = (more) => ({ AUTH_OUTBOUND_CA: ca, AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID,
  AZURE_CLIENT_SECRET: CLIENT_SECRET, AUTH_JWT_KEY_VAULT_KEY: vault.reference('jwt'), AUTH_KEY_PUBLISH_SECONDS: '0', AUTH_KEY_VAULT_TIMEOUT_MS: '5000', ...more });

const minute = within(60000, 50);
const until = (holds, what) => minute(holds, () => `${what}\n${server.log.slice(-3000)}`);

// A client of its own for the server that runs.
async function client() {
  const made = await command(['client', 'create', '--id', 'nightly', '--type', 'confidential', '--grant', 'client_credentials', '--scope', 'reports:read', '--json'],
    { data: server.data, env: settings() });
  assert.equal(made.code, 0, made.stderr);
  return made.json.client_secret;
}

const asked = (secret, at = server) => fetch(`${at.url}/oauth2/token`, {
  method: 'POST', headers: { authorization: `Basic ${btoa(`nightly:${secret}`)}` }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'reports:read' }),
});

async function tokenOf(secret, at = server) {
  const answer = await asked(secret, at);
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body.access_token;
}

// Whether jose takes it, by the keys of now; resolves to its kid.
async function verified(token, at = server) {
  const { protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(`${at.url}/.well-known/jwks.json`)), { issuer: server.issuer });
  return protectedHeader.kid;
}

const published = async (at = server) => (await (await fetch(`${at.url}/.well-known/jwks.json`)).json()).keys.map(({ kid }) => kid);
const ready = async () => (await fetch(`${server.url}/readyz`)).json();

async function assertUnavailable(secret) {
  const answer = await asked(secret);
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  await answer.text();
  return Number(answer.headers.get('retry-after'));
}

for (const [algorithm, type, hsm] of [['RS256', 'rsa', false], ['PS256', 'rsa', true], ['ES256', 'P-256', true], ['ES384', 'P-384', false]]) {
  test(`tokens are signed with ${algorithm} in the vault, and verify by the published key`, async () => {
    const key = vault.key('jwt', { type, hsm });
    server = await startServer({ env: settings({ AUTH_JWT_ALGORITHM: algorithm }) });
    const secret = await client();
    const token = await tokenOf(secret);
    assert.equal(decodeProtectedHeader(token).alg, algorithm);
    assert.equal(await verified(token), key.kid);
    assert.equal(vault.calls.findLast(({ operation }) => operation === 'sign').path, `/keys/jwt/${key.version}/sign`);
    assert.equal((await ready()).key_vault, 'ok');
    const many = await Promise.all(Array.from({ length: 8 }, () => tokenOf(secret)));
    for (const one of many) assert.equal(await verified(one), key.kid);
  });
}

test('a key that cannot do it ends the start, and says so', async () => {
  const data = mkdtempSync(join(folder, 'data-'));
  const refused = async (more, pattern) => {
    const { code, stderr } = await command(['serve'], { data, env: settings({ AUTH_LISTEN: `127.0.0.1:${await freePort()}`, ...more }) });
    assert.notEqual(code, 0);
    assert.match(stderr, pattern);
  };
  await refused({}, /KeyNotFound/);
  const key = vault.key('jwt', { type: 'P-256' });
  await refused({}, /cannot sign with RS256.*AUTH_JWT_ALGORITHM/);
  await refused({ AUTH_JWT_ALGORITHM: 'EdDSA' }, /no key vault signs with/);
  await refused({ AUTH_JWT_KEY_VAULT_KEY: 'jwt' }, /must be as keyvault:/);
  await refused({ AUTH_JWT_KEY_VAULT_KEY: 'keyvault://kv1' }, /AUTH_JWT_KEY_VAULT_KEY: write it as/);
  key.ops = ['verify'];
  await refused({ AUTH_JWT_ALGORITHM: 'ES256' }, /is not for signing/);
  key.attributes.enabled = false;
  await refused({ AUTH_JWT_ALGORITHM: 'ES256' }, /no version of the key .* may sign/);
  vault.denied.add('versions');
  await refused({}, /ForbiddenByRbac.*Key Vault Crypto User/);
});

test('a new version is published before it signs; one that was disabled is replaced at once', async () => {
  const first = vault.key('jwt');
  server = await startServer({ env: settings() });
  const secret = await client();
  const old = await tokenOf(secret);
  const second = vault.key('jwt');
  process.kill(server.pid, 'SIGHUP'); // which asks the vault, as time does
  await until(async () => (await published()).includes(second.kid), 'it is published');
  assert.equal(decodeProtectedHeader(await tokenOf(secret)).kid, first.kid);
  await until(async () => decodeProtectedHeader(await tokenOf(secret)).kid === second.kid, 'it signs');
  assert.equal(await verified(old), first.kid);
  const third = vault.key('jwt');
  second.attributes.enabled = false;
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await asked(secret)).status === 200 && decodeProtectedHeader(await tokenOf(secret)).kid === third.kid, 'the third signs');
  assert.deepEqual((await published()).filter((kid) => kid === second.kid), []);
  const rotated = await command(['key', 'rotate'], { data: server.data, env: settings() });
  assert.match(rotated.stderr, /in a key vault: make a new version there/);
});

test('versions that cannot sign are passed over, and asked for once', async () => {
  const versions = [vault.key('jwt', { type: 'P-256' })];
  const first = vault.key('jwt');
  server = await startServer({ env: settings() });
  const secret = await client();
  assert.equal(await verified(await tokenOf(secret)), first.kid);
  const second = vault.key('jwt');
  versions.push(vault.key('jwt', { ops: ['verify'] }), vault.key('jwt', { type: 'P-384' }));
  process.kill(server.pid, 'SIGHUP');
  await until(async () => decodeProtectedHeader(await tokenOf(secret)).kid === second.kid, 'the second signs');
  second.attributes.enabled = false;
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await asked(secret)).status === 200 && decodeProtectedHeader(await tokenOf(secret)).kid === first.kid, 'the first signs again');
  assert.deepEqual((await published()).filter((kid) => kid === second.kid), []);
  for (const { version } of versions)
    assert.equal(vault.calls.filter(({ path }) => path === `/keys/jwt/${version}`).length, 1);
});

test('while the vault is away no token is signed; those that there are are good, and a restart changes nothing', async () => {
  const key = vault.key('jwt');
  server = await startServer({ env: settings({ AUTH_KEY_VAULT_TIMEOUT_MS: '300' }) });
  const secret = await client();
  let token;
  await until(async () => { const answer = await asked(secret); const body = await answer.json(); token = body.access_token; return answer.status === 200; }, 'a token');
  await vault.away();
  try {
    for (let i = 0; i < 6; i++) await assertUnavailable(secret);
    assert.equal((await ready()).status, 'ok');
    assert.equal((await ready()).key_vault, 'unavailable');
    assert.equal(await verified(token), key.kid);
    await server.restart();
    assert.deepEqual(await published(), [key.kid]);
    await assertUnavailable(secret);
  } finally {
    await vault.back();
  }
  await until(async () => (await asked(secret)).status === 200, 'it signs again');
  assert.equal((await ready()).key_vault, 'ok');
});

test('a refresh token is not used up for a token that cannot be signed', async () => {
  vault.key('jwt');
  const cheap = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_CHALLENGE: 'off', AUTH_REFRESH_GRACE_SECONDS: '0' };
  server = await startServer({ env: settings(cheap) });
  const secret = await client();
  const made = await command(['user', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--password-stdin'], { data: server.data, env: settings(cheap), input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  const ada = new Client(server.url);
  const first = await ada.post('/auth/login', { email: 'ada@example.com', password: PASSWORD });
  assert.equal(first.status, 200, first.text);
  vault.denied.add('sign');
  await assertUnavailable(secret);
  for (let i = 0; i < 3; i++) assert.equal((await ada.post('/auth/refresh', { refresh_token: first.json.refresh_token })).status, 503);
  vault.denied.clear();
  const second = await ada.post('/auth/refresh', { refresh_token: first.json.refresh_token });
  assert.equal(second.status, 200, second.text);
});

test('a vault that is busy, slow or refuses is told of as 503, and asked no more than it wants', async () => {
  vault.key('jwt');
  server = await startServer({ env: settings({ AUTH_KEY_VAULT_TIMEOUT_MS: '1500' }) });
  const secret = await client();
  await until(async () => (await asked(secret)).status === 200, 'a token');
  vault.script.sign = [{ status: 429, headers: { 'retry-after': '2' }, body: { error: { code: 'Throttled', message: 'wait' } } }];
  const signs = () => vault.count('sign');
  const before = signs();
  assert.equal(await assertUnavailable(secret), 2);
  await assertUnavailable(secret);
  assert.equal(signs(), before + 1);
  await until(async () => (await asked(secret)).status === 200, 'it signs again');
  vault.denied.add('sign');
  await assertUnavailable(secret);
  vault.denied.clear();
  await until(async () => (await asked(secret)).status === 200, 'it signs again');
  vault.script.sign = { delay: 20000 };
  await assertUnavailable(secret);
  vault.script = {};
  await until(async () => (await asked(secret)).status === 200, 'it signs again');
  // What another key signed is not handed on.
  const wrong = vault.key('other');
  const [own] = vault.things.keys.get('jwt');
  const file = own.file;
  own.file = wrong.file;
  await assertUnavailable(secret);
  own.file = file;
});

test('a connection to the vault serves many signatures, and when it has ended another one is made', async () => {
  vault.key('jwt');
  server = await startServer({ env: settings() });
  const secret = await client();
  await tokenOf(secret);
  let handshakes = 0;
  const count = () => { handshakes += 1; };
  vault.server.on('secureConnection', count);
  try {
    const before = vault.count('sign');
    for (let i = 0; i < 10; i++) await tokenOf(secret);
    assert.equal(vault.count('sign'), before + 10);
    assert.ok(handshakes <= 1, `${handshakes} for 10 signatures`); // one, if versions were asked for meanwhile
    await Promise.all(Array.from({ length: 8 }, () => tokenOf(secret)));
    await vault.away();
    await vault.back();
    await Promise.all(Array.from({ length: 4 }, () => tokenOf(secret)));
  } finally {
    vault.server.off('secureConnection', count);
  }
});

test('doctor has the vault sign once, and says why it does not', async () => {
  vault.key('jwt');
  server = await startServer({ env: settings() });
  await tokenOf(await client());
  const look = async () => {
    const done = await command(['doctor', '--json'], { data: server.data, env: settings({ AUTH_PUBLIC_URL: server.url }) });
    assert.ok(!(done.stdout + done.stderr).includes(CLIENT_SECRET));
    return { ...done.json.checks.find(({ check }) => check === 'key_vault'), code: done.code, wrong: done.json.checks.filter(({ verdict }) => verdict === 'wrong').map(({ check }) => check) };
  };
  const before = vault.count('sign');
  const fine = await look();
  assert.deepEqual([fine.verdict, fine.code], ['ok', 0], fine.found);
  assert.equal(vault.count('sign'), before + 1);
  vault.denied.add('sign');
  const denied = await look();
  assert.deepEqual([denied.wrong, denied.code], [['key_vault'], 1]);
  assert.match(denied.found, /403.*Forbidden/);
  assert.match(denied.fix, /Key Vault Crypto User/);
  vault.denied.clear();
  await vault.away();
  try {
    assert.ok((await look()).wrong.includes('key_vault'));
  } finally {
    await vault.back();
  }
  assert.equal((await look()).verdict, 'ok');
});

test('two nodes sign with one key, and learn of a new version from each other', async () => {
  const first = vault.key('jwt');
  const postgres = await new Postgres().start();
  const nodes = await startNodes(postgres, 2, settings({ AUTH_JWT_ISSUER: 'http://localhost:8080' }));
  try {
    [server] = nodes;
    const made = await command(['client', 'create', '--id', 'nightly', '--type', 'confidential', '--grant', 'client_credentials', '--scope', 'reports:read', '--json'],
      { data: server.data, env: settings({ AUTH_DATABASE_URL: postgres.url }) });
    const secret = made.json.client_secret;
    for (const node of nodes) assert.equal(decodeProtectedHeader(await tokenOf(secret, node)).kid, first.kid);
    const second = vault.key('jwt');
    process.kill(nodes[0].pid, 'SIGHUP'); // the other one is not told
    for (const node of nodes)
      await until(async () => { const answer = await asked(secret, node); return answer.status === 200 && decodeProtectedHeader((await answer.json()).access_token).kid === second.kid; }, 'it signs');
    const token = await tokenOf(secret, nodes[1]);
    await jwtVerify(token, createRemoteJWKSet(new URL(`${nodes[0].url}/.well-known/jwks.json`)));
  } finally {
    for (const node of nodes) await node.stop();
    await postgres.remove();
  }
});
