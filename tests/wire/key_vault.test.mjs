// SPDX-License-Identifier: Apache-2.0
// Key Vault: Microsoft's clients and ours at the same vault, so that what ours meets is what theirs meet; settings that
// refer to secrets in it.  Of entra.md: 4.1, 4.3, 4.4; of 7.3: 16.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, constants, verify } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, test } from 'node:test';
import { AzurePlatform, EntraTls } from './azure_platform.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';
import { KeyVault } from './key_vault.mjs';
import { binary, startServer } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
let folder, ca, entra, platform, vault;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-keyvault-'));
  entra = await new EntraTls().startTls(folder);
  platform = await new AzurePlatform().start(folder);
  vault = await new KeyVault().start({ entra });
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, readFileSync(entra.own.certPath, 'utf8') + readFileSync(vault.own.certPath, 'utf8'));
});
after(async () => {
  await vault?.close();
  platform?.close();
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { vault.reset(); entra.reset(); platform.reset(); });

// Who we are: an application by its secret, or the machine.
const byEntra = () => ({ AUTH_OUTBOUND_CA: ca, AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET });
const byMachine = () => ({ AUTH_OUTBOUND_CA: ca, AZURE_AUTHORITY_HOST: entra.url, AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url });

// ---- the vault, by Microsoft's clients ----

const theirs = (...steps) => new Promise((done, failed) => {
  const credential = { tenant: TENANT, client: CLIENT_ID, secret: CLIENT_SECRET, authorityHost: entra.url };
  execFile(process.execPath, [join(here, 'key_vault_client.mjs'), vault.url, JSON.stringify(credential), JSON.stringify(steps)],
    { env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca }, timeout: 60000 },
    (error, stdout) => { try { done(JSON.parse(stdout)); } catch { failed(error ?? new Error(stdout)); } });
});

test('Microsoft\'s clients read secrets and keys, sign, and are refused, at the vault that ours meets', async () => {
  const old = vault.secret('db', 'first');
  const secret = vault.secret('db', 'hunter2');
  const keys = [vault.key('jwt'), vault.key('jwt'), vault.key('jwt')];
  const curve = vault.key('curve', { type: 'P-256' });
  const digest = createHash('sha256').update('hello').digest();
  vault.script.keys = [{ status: 429, headers: { 'retry-after': '0' }, body: { error: { code: 'Throttled', message: 'wait' } } }];
  const [newest, first, missing, key, versions, rsa, pss, ec, wrong] = await theirs(['secret', 'db'], ['secret', 'db', old.version], ['secret', 'no'],
    ['key', 'jwt'], ['versions', 'jwt'], ['sign', 'jwt', 'RS256', digest.toString('base64url')], ['sign', 'jwt', 'PS256', digest.toString('base64url')],
    ['sign', 'curve', 'ES256', digest.toString('base64url')], ['sign', 'curve', 'ES256', 'AAAA']);
  assert.deepEqual(newest, { value: 'hunter2', version: secret.version, enabled: true });
  assert.equal(first.value, 'first');
  assert.equal(missing.status, 404);
  assert.equal(missing.code, 'SecretNotFound');
  assert.equal(key.n, keys[2].public.n, JSON.stringify(key));
  assert.deepEqual(new Set(versions), new Set(keys.map(({ version }) => version)));
  const holds = (one, signature, more) => verify('sha256', Buffer.from('hello'), { key: createPublicKey({ key: one.public, format: 'jwk' }), ...more }, Buffer.from(signature, 'base64url'));
  assert.ok(holds(keys[2], rsa.signature), JSON.stringify(rsa));
  assert.equal(rsa.keyID, `${vault.url}/keys/jwt/${keys[2].version}`);
  assert.ok(holds(keys[2], pss.signature, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }), JSON.stringify(pss));
  assert.ok(holds(curve, ec.signature, { dsaEncoding: 'ieee-p1363' }), JSON.stringify(ec));
  assert.equal(wrong.status, 400);
});

test('a vault that asks for a token of somebody else gets none from theirs', async () => {
  vault.secret('db', 'hunter2');
  vault.challenge = `Bearer authorization="${entra.url}/${TENANT}", resource="https://vault.azure.net"`;
  const [refused] = await theirs(['secret', 'db']);
  assert.match(refused.message, /challenge resource/);
  assert.equal(entra.calls.length, 0);
});

// ---- programs in C ----

const example = (env, ...args) => new Promise((done) => {
  execFile(join(dirname(binary), 'examples/c/keyvault'), [vault.url, ...args], { env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', CA_FILE: ca, ...env }, timeout: 60000 },
    (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
});

test('the example in C reads a secret and signs, by either credential', async () => {
  vault.secret('db', 'hunter2');
  vault.key('jwt');
  for (const env of [byEntra(), byMachine()]) {
    const { code, stdout, stderr } = await example(env, 'db', 'jwt');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^The secret has 7 bytes, version [0-9a-f]{32}\.\n\{"kty":"RSA",.*\}\nA signature of 256 bytes\.\n$/);
  }
  assert.equal((await example(byEntra(), 'no')).stderr.split(':')[0], 'NOT_FOUND');
  vault.denied.add('secrets');
  assert.equal((await example(byEntra(), 'db')).stderr.split(':')[0], 'REFUSED');
});

// ---- settings ----

test('a setting refers to a secret; the service has it, and nothing shows it', async () => {
  vault.secret('csrf', 'CANARY-csrf-0123456789abcdefghijklmnopqrstuvwxyz\n');
  const env = { ...byMachine(), AUTH_CSRF_SECRET: vault.reference('csrf') };
  const data = mkdtempSync(join(folder, 'data-'));
  const shown = await command(['config', '--changed', '--json'], { data, env });
  const row = shown.json.find(({ variable }) => variable === 'AUTH_CSRF_SECRET');
  assert.equal(row.value, env.AUTH_CSRF_SECRET);
  assert.equal(vault.calls.length, 0); // to show a reference nobody is asked
  const server = await startServer({ env });
  try {
    assert.equal(vault.count('secrets'), 1);
    assert.doesNotMatch(server.log, /CANARY/);
  } finally {
    await server.stop();
  }
});

test('a secret that cannot be had ends the start: the setting, the reference and the fix are said, and no value', async () => {
  vault.secret('short', 'CANARY-short');
  vault.secret('other', 'keyvault://kv2/x');
  const off = vault.secret('off', 'CANARY-off');
  off.attributes.enabled = false;
  const data = mkdtempSync(join(folder, 'data-'));
  const tried = async (value, env = byEntra()) => {
    const { code, stderr } = await command(['init'], { data, env: { ...env, AUTH_SESSION_SECRET: value } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /AUTH_SESSION_SECRET: /);
    assert.doesNotMatch(stderr, /CANARY/);
    return stderr;
  };
  assert.match(await tried(vault.reference('no')), /keyvault:\/\/\S+\/no cannot be read: .*SecretNotFound/);
  assert.match(await tried(vault.reference('short')), /is shorter than 32 bytes/);
  assert.match(await tried(vault.reference('other')), /another reference/);
  assert.match(await tried(vault.reference('off')), /SecretDisabled/);
  assert.match(await tried('keyvault://kv1'), /write it as keyvault:\/\/VAULT\/NAME/);
  assert.match(await tried(vault.reference('short'), { ...byMachine(), AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' }), /wants to know who we are/);
  vault.denied.add('secrets');
  assert.match(await tried(vault.reference('short')), /ForbiddenByRbac.*Key Vault Secrets User/);
  vault.denied.clear();
  vault.challenge = `Bearer authorization="${entra.url}/${TENANT}", resource="https://vault.azure.net"`;
  const before = entra.calls.length;
  assert.match(await tried(vault.reference('short')), /challenge .* is not followed/);
  assert.equal(entra.calls.length, before);
});

test('at a reload the secret of now is taken; where it cannot be had, that of before stays', async () => {
  vault.secret('csrf', 'CANARY-csrf-0123456789abcdefghijklmnopqrstuvwxyz');
  const server = await startServer({ env: { ...byEntra(), AUTH_CSRF_SECRET: vault.reference('csrf') } });
  const reloads = async (pattern) => {
    process.kill(server.pid, 'SIGHUP');
    for (const end = Date.now() + 30000; !pattern.test(server.log); await new Promise((done) => setTimeout(done, 20)))
      assert.ok(Date.now() < end, server.log);
  };
  try {
    vault.secret('csrf', 'CANARY-next-0123456789abcdefghijklmnopqrstuvwxyz');
    await reloads(/the settings were read anew","outcome":"done"/);
    assert.equal(vault.count('secrets'), 2);
    vault.denied.add('secrets');
    await reloads(/the settings were read anew and not taken.*AUTH_CSRF_SECRET/);
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    assert.doesNotMatch(server.log, /CANARY/);
  } finally {
    await server.stop();
  }
});
