// SPDX-License-Identifier: Apache-2.0
// Tokens of Azure from where a program runs: `uauth token azure` and Microsoft's own @azure/identity at the same places, so
// that what ours meets is what theirs meets.  Of entra.md 7.3: 13, 14, 15; of 9.2: the pin of Service Fabric.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, test } from 'node:test';
import { AzurePlatform, EntraTls, HEADER, IDENTITY, certificate } from './azure_platform.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, OTHER_TENANT, TENANT } from './entra.mjs';

const VAULT = 'https://vault.azure.net', SCOPE = `${VAULT}/.default`;
const here = dirname(fileURLToPath(import.meta.url));
let folder, platform, entra, uploaded;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-azure-'));
  platform = await new AzurePlatform().start(folder);
  entra = await new EntraTls().startTls(folder);
  uploaded = certificate(folder, 'application', 'application');
  entra.uploaded = uploaded.x509;
});
after(async () => {
  platform?.close();
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { platform.reset(); entra.reset(); });

const ours = (env, ...args) => command(['token', 'azure', '--scope', SCOPE, '--json', ...args],
  { env: { AUTH_OUTBOUND_CA: entra.own.certPath, AZURE_CLIENT_ID: '', ...env } });

// What Microsoft's credential gives in the same environment.
const theirs = (name, options, env) => new Promise((done, failed) => {
  execFile(process.execPath, [join(here, 'azure_client.mjs'), name, JSON.stringify(options), SCOPE],
    { env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: entra.own.certPath, ...env }, timeout: 60000 },
    (error, stdout) => { try { done(JSON.parse(stdout)); } catch { failed(error ?? new Error(stdout)); } });
});

const PLACES = [
  ['a virtual machine', () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url })],
  ['App Service', () => ({ IDENTITY_ENDPOINT: `${platform.url}/msi/token`, IDENTITY_HEADER: HEADER })],
  ['Cloud Shell', () => ({ MSI_ENDPOINT: `${platform.url}/shell` })],
];
for (const [name, place] of PLACES) {
  test(`${name} gives a token to ours and to Microsoft's, for half a day at least`, async () => {
    const own = await ours(place(), '--credential', 'managed-identity');
    assert.equal(own.code, 0, own.stderr);
    assert.equal(own.json.access_token, `at for ${VAULT}`);
    assert.equal(own.json.credential, 'managed-identity');
    const half = Date.parse(own.json.refresh_at) / 1000 - Date.now() / 1000;
    assert.ok(Math.abs(half - 43200) < 60, String(half));
    const { token, refresh, message } = await theirs('ManagedIdentityCredential', {}, place());
    assert.equal(token, `at for ${VAULT}`, message);
    if (refresh) assert.ok(Math.abs(refresh / 1000 - Date.parse(own.json.refresh_at) / 1000) < 60);
    assert.equal(platform.calls.length, 2);
    assert.deepEqual(platform.calls[0].query, platform.calls[1].query);
    assert.deepEqual(platform.calls[0].form, platform.calls[1].form);
  });
}

test('Azure ML gives a token', async () => {
  const own = await ours({ MSI_ENDPOINT: `${platform.url}/ml`, MSI_SECRET: HEADER });
  assert.equal(own.json?.access_token, `at for ${VAULT}`, own.stderr);
});

test('an identity of several is chosen, and one that is not there is said', async () => {
  const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url };
  for (const args of [['--client-id', IDENTITY.client_id], ['--resource-id', IDENTITY.msi_res_id]]) {
    const own = await ours(env, '--credential', 'managed-identity', ...args);
    assert.equal(own.code, 0, own.stderr);
  }
  const own = await ours(env, '--credential', 'managed-identity', '--client-id', 'other');
  assert.equal(own.code, 1);
  assert.match(own.stderr, /Identity not found.*AZURE_CLIENT_ID/s);
  const { error } = await theirs('ManagedIdentityCredential', { clientId: 'other' }, env);
  assert.equal(error, 'CredentialUnavailableError');
});

test('Service Fabric is known by its certificate: another one is sent nothing', async () => {
  const env = { IDENTITY_ENDPOINT: `${platform.fabricUrl}/fabric`, IDENTITY_HEADER: HEADER };
  const good = await ours({ ...env, IDENTITY_SERVER_THUMBPRINT: platform.thumbprint });
  assert.equal(good.json?.access_token, `at for ${VAULT}`, good.stderr);
  assert.equal(platform.calls.length, 1);
  const other = platform.thumbprint.replace(/^../, (first) => (first === 'AA' ? 'AB' : 'AA'));
  for (const thumbprint of [other, '0'.repeat(40)]) {
    const bad = await ours({ ...env, IDENTITY_SERVER_THUMBPRINT: thumbprint });
    assert.equal(bad.code, 1);
  }
  const unreadable = await ours({ ...env, IDENTITY_SERVER_THUMBPRINT: 'xx' });
  assert.match(unreadable.stderr, /IDENTITY_SERVER_THUMBPRINT/);
  const plain = await ours({ ...env, IDENTITY_ENDPOINT: `${platform.url}/fabric`, IDENTITY_SERVER_THUMBPRINT: platform.thumbprint });
  assert.match(plain.stderr, /https/);
  assert.equal(platform.calls.length, 1);
});

test('a metadata service that is busy is asked again', async () => {
  platform.script.imds = [{ status: 429, headers: { 'retry-after': '1' } }];
  const own = await ours({ AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url });
  assert.equal(own.code, 0, own.stderr);
  assert.equal(platform.calls.length, 2);
});

// ---- at Entra ID ----

const application = (more) => ({ AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, ...more });
const DIRECT = { disableInstanceDiscovery: true };

test('a secret of the environment gives a token to both', async () => {
  const env = application({ AZURE_CLIENT_SECRET: CLIENT_SECRET });
  const own = await ours(env);
  assert.equal(own.json?.access_token, `app ${SCOPE}`, own.stderr);
  assert.equal(own.json.credential, 'environment');
  const { token, message } = await theirs('DefaultAzureCredential', DIRECT, env);
  assert.equal(token, `app ${SCOPE}`, message);
});

test('a wrong secret ends the chain, though App Service would give a token', async () => {
  const env = application({ AZURE_CLIENT_SECRET: 'wrong', IDENTITY_ENDPOINT: `${platform.url}/msi/token`, IDENTITY_HEADER: HEADER });
  const own = await ours(env);
  assert.equal(own.code, 1);
  assert.match(own.stderr, /environment: Entra ID refused with status 401: invalid_client: AADSTS7000215: /);
  assert.doesNotMatch(own.stderr, /CANARY/);
  const { error } = await theirs('DefaultAzureCredential', DIRECT, env);
  assert.equal(error, 'AuthenticationError');
  assert.equal(platform.calls.length, 0);
});

test('a certificate is shown as PS256 with x5t#S256, by both', async () => {
  const own = await ours(application({ AZURE_CLIENT_CERTIFICATE_PATH: uploaded.pemPath }));
  assert.equal(own.json?.access_token, `app ${SCOPE}`, own.stderr);
  const { token, message } = await theirs('ClientCertificateCredential',
    { args: [TENANT, CLIENT_ID, uploaded.pemPath], authorityHost: entra.url, ...DIRECT }, {});
  assert.equal(token, `app ${SCOPE}`, message);
  chmodSync(uploaded.pemPath, 0o644);
  const open = await ours(application({ AZURE_CLIENT_CERTIFICATE_PATH: uploaded.pemPath }));
  assert.match(open.stderr, /chmod 600/);
  chmodSync(uploaded.pemPath, 0o600);
});

test('workload identity: the file is read, and both get a token', async () => {
  const file = join(folder, 'federated');
  writeFileSync(file, 'federated.to.ken\n');
  const env = application({ AZURE_FEDERATED_TOKEN_FILE: file });
  const own = await ours(env);
  assert.equal(own.json?.access_token, `app ${SCOPE}`, own.stderr);
  assert.equal(own.json.credential, 'workload-identity');
  const { token, message } = await theirs('WorkloadIdentityCredential', DIRECT, env);
  assert.equal(token, `app ${SCOPE}`, message);
});

test('another tenant is asked where it is named, and allowed', async () => {
  const env = application({ AZURE_CLIENT_SECRET: CLIENT_SECRET });
  const own = await ours(env, '--tenant', OTHER_TENANT);
  assert.equal(own.code, 0, own.stderr);
  assert.equal(entra.calls.at(-1).path, `/${OTHER_TENANT}/oauth2/v2.0/token`);
});

test('the Azure CLI answers both', async () => {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, 'az'), `#!/bin/sh\necho '{"accessToken":"at of az","expires_on":${Math.floor(Date.now() / 1000) + 3600},"expiresOn":"2036-01-05 12:34:56.000000"}'\n`, { mode: 0o755 });
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const own = await ours(env, '--credential', 'azure-cli');
  assert.equal(own.json?.access_token, 'at of az', own.stderr);
  const { token, message } = await theirs('AzureCliCredential', {}, env);
  assert.equal(token, 'at of az', message);
});

test('where nothing is, each source says what it misses', async () => {
  const own = await ours({ PATH: '/nonexistent', AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' });
  assert.equal(own.code, 1);
  assert.equal(own.stdout, '');
  for (const name of ['environment', 'workload-identity', 'managed-identity', 'azure-cli']) assert.match(own.stderr, new RegExp(`\\b${name}: `));
  const wrong = await ours({}, '--credential', 'nobody');
  assert.match(wrong.stderr, /environment, workload-identity, managed-identity, azure-cli/);
});

test('without --json the token alone is printed', async () => {
  const plain = await command(['token', 'azure', '--scope', SCOPE], { env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url } });
  assert.equal(plain.stdout, `at for ${VAULT}\n`);
});
