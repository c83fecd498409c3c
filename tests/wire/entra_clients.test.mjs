// SPDX-License-Identifier: Apache-2.0
// Rows of entra.md 7.3 that have no test elsewhere: Microsoft's clients at the emulator, and ours beside them.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, test } from 'node:test';
import { decodeJwt } from 'jose';
import { AzurePlatform, EntraTls, HEADER, IDENTITY, certificate } from './azure_platform.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, OTHER_TENANT, TENANT } from './entra.mjs';
import { noPython } from './installed.mjs';
import { HOST, confidential, signInCarried } from './msal_carried.mjs';

const VAULT = 'https://vault.azure.net/.default';
const here = dirname(fileURLToPath(import.meta.url));
let folder, entra, tls, platform, uploaded;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-clients-'));
  entra = await new EntraTls().start(`https://${HOST}`);
  tls = await new EntraTls().startTls(folder);
  platform = await new AzurePlatform().start(folder);
  uploaded = certificate(folder, 'application', 'application');
  entra.uploaded = uploaded.x509;
  tls.uploaded = uploaded.x509;
});
after(async () => {
  await entra?.close();
  await tls?.close();
  platform?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { entra.reset(); tls.reset(); platform.reset(); tls.older = false; });

// ---- MSAL for Node.js ----

test('7.3, 2: an application has no tokens of its own of many tenants; nobody is asked', async () => {
  for (const authority of ['common', 'organizations', 'consumers'])
    await assert.rejects(confidential(entra, { authority }).acquireTokenByClientCredential({ scopes: [VAULT] }), (error) => error.errorCode === 'missing_tenant_id_error');
  assert.equal(entra.count(/token$/), 0);
});

test('7.3, 4: a certificate is shown as PS256 with x5t#S256, and the token says that it was', async () => {
  entra.registration.apis = { 'api://tasks': { id: 'tasks', version: 1 } };
  const credential = { thumbprintSha256: uploaded.x509.fingerprint256.replaceAll(':', ''), privateKey: uploaded.key.toString() };
  const { accessToken } = await confidential(entra, { certificate: credential }).acquireTokenByClientCredential({ scopes: ['api://tasks/.default'] });
  assert.equal(decodeJwt(accessToken).appidacr, '2');
  const other = certificate(folder, 'other', 'other');
  await assert.rejects(confidential(entra, { certificate: { ...credential, privateKey: other.key.toString() } }).acquireTokenByClientCredential({ scopes: [VAULT] }),
    (error) => String(error.errorNo) === '700027');
});

test('7.3, 5: by form_post, then silently, then by the refresh token', async () => {
  const app = confidential(entra);
  const { account } = await signInCarried(entra, app, { scopes: ['User.Read', 'offline_access'], responseMode: 'form_post' });
  assert.deepEqual([account.homeAccountId, account.environment, account.username], [`${entra.user.oid}.${TENANT}`, HOST, 'alice@contoso.example']);
  assert.equal((await app.acquireTokenSilent({ account, scopes: ['User.Read'] })).fromCache, true);
  assert.equal((await app.acquireTokenSilent({ account, scopes: ['User.Read'], forceRefresh: true })).fromCache, false);
  assert.equal(entra.calls.findLast(({ path }) => /token$/.test(path)).form.grant_type, 'refresh_token');
});

test('7.3, 6: a nonce that is missing is no nonce', async () => {
  entra.script.claims = ({ nonce, ...claims }) => claims;
  await assert.rejects(signInCarried(entra, confidential(entra)), /nonce/i);
});

test('7.3, 12: what ends soon is got anew each time; what has aged is given out and got anew beside it', async () => {
  const scopes = ['User.Read', 'offline_access'];
  entra.script.tokens = (answer) => ({ ...answer, expires_in: 200 });
  entra.script.refreshed = (answer) => ({ ...answer, expires_in: 200 });
  const app = confidential(entra);
  const { account } = await signInCarried(entra, app, { scopes });
  for (let i = 0; i < 2; i++) assert.equal((await app.acquireTokenSilent({ account, scopes })).fromCache, false);
  assert.equal(entra.count(/token$/), 3);
  entra.script.refreshed = undefined;
  entra.script.tokens = (answer) => ({ ...answer, expires_in: 3600, refresh_in: 1 });
  const aged = confidential(entra);
  const { account: again } = await signInCarried(entra, aged, { scopes });
  const asked = entra.count(/token$/);
  await until(async () => { assert.equal((await aged.acquireTokenSilent({ account: again, scopes })).fromCache, true); return entra.count(/token$/) > asked; }, 'a token is fetched beside');
});

// ---- @azure/identity ----

const theirs = (name, options, env = {}, scope = VAULT) => new Promise((done, failed) => {
  execFile(process.execPath, [join(here, 'azure_client.mjs'), name, JSON.stringify(options), scope],
    { env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: tls.own.certPath, ...env }, timeout: 60000 },
    (error, stdout) => { try { done(JSON.parse(stdout)); } catch { failed(error ?? new Error(stdout)); } });
});
const ours = (env, ...args) => command(['token', 'azure', '--scope', VAULT, '--json', ...args], { env: { AUTH_OUTBOUND_CA: tls.own.certPath, AZURE_CLIENT_ID: '', ...env } });
const direct = () => ({ authorityHost: tls.url, disableInstanceDiscovery: true });

test('7.3, 13: on behalf of somebody; another tenant is asked where it is allowed, by theirs and by ours', async () => {
  const user = { tenantId: TENANT, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, userAssertionToken: 'user.to.ken' };
  const got = await theirs('OnBehalfOfCredential', { args: [{ ...user, ...direct() }] });
  assert.equal(got.token, 'for user.to.ken', got.message);
  const elsewhere = (allowed) => theirs('ClientSecretCredential', { args: [TENANT, CLIENT_ID, CLIENT_SECRET], ...direct(), ...allowed, tenant: OTHER_TENANT });
  const asked = tls.count(/token$/);
  assert.equal((await elsewhere({})).error, 'CredentialUnavailableError');
  assert.equal(tls.count(/token$/), asked);
  assert.equal((await elsewhere({ additionallyAllowedTenants: ['*'] })).token, `app ${VAULT}`);
  assert.equal(tls.calls.at(-1).path, `/${OTHER_TENANT}/oauth2/v2.0/token`);
  const env = { AZURE_AUTHORITY_HOST: tls.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET };
  assert.equal((await ours(env, '--tenant', OTHER_TENANT)).json.access_token, `app ${VAULT}`);
});

const NOWHERE = { PATH: '/nonexistent', HOME: '/nonexistent', AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1' };
test('7.3, 14: where nothing is configured each source is told of', async () => {
  const { error, message } = await theirs('DefaultAzureCredential', direct(), NOWHERE);
  assert.equal(error, 'AggregateAuthenticationError');
  for (const name of ['EnvironmentCredential', 'ManagedIdentityCredential', 'Azure CLI']) assert.match(message, new RegExp(name));
  const own = await ours(NOWHERE);
  for (const name of ['environment', 'workload-identity', 'managed-identity', 'azure-cli']) assert.match(own.stderr, new RegExp(`\\b${name}: `));
});

test('7.3, 15: an identity by its id and by its resource, and the whole chain at App Service', async () => {
  const machine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url };
  for (const [options, args] of [[{ clientId: IDENTITY.client_id }, ['--client-id', IDENTITY.client_id]], [{ resourceId: IDENTITY.msi_res_id }, ['--resource-id', IDENTITY.msi_res_id]]]) {
    const got = await theirs('ManagedIdentityCredential', options, machine);
    assert.equal(got.token, 'at for https://vault.azure.net', got.message);
    assert.equal((await ours(machine, '--credential', 'managed-identity', ...args)).json.access_token, got.token);
    assert.deepEqual(platform.calls.at(-1).query, platform.calls.at(-2).query);
  }
  const service = { IDENTITY_ENDPOINT: `${platform.url}/msi/token`, IDENTITY_HEADER: HEADER };
  const got = await theirs('DefaultAzureCredential', direct(), service);
  assert.equal(got.token, 'at for https://vault.azure.net', got.message);
  const own = await ours(service);
  assert.deepEqual([own.json.access_token, own.json.credential], [got.token, 'managed-identity']);
});

test('7.3, 15: two scopes at once are refused before anybody is asked', async () => {
  const machine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url };
  const { error } = await theirs('ManagedIdentityCredential', {}, machine, `${VAULT},https://graph.microsoft.com/.default`);
  assert.ok(error, 'a token of two resources');
  const own = await command(['token', 'azure', '--scope', `${VAULT} https://graph.microsoft.com/.default`, '--credential', 'managed-identity'], { env: machine });
  assert.notEqual(own.code, 0);
  assert.equal(platform.calls.length, 0);
});

// What ours does is in tests/unit/client/azure_managed_test.c: each of them is asked six times.
test('7.3, 15: a metadata service that is broken for ever, or not there yet, is left by theirs after four or six requests', async () => {
  const machine = { AZURE_POD_IDENTITY_AUTHORITY_HOST: platform.url };
  try {
    for (const [status, requests] of [[500, 4], [404, 6]]) {
      platform.reset();
      platform.imds = () => ({ status, body: {} });
      assert.ok((await theirs('ManagedIdentityCredential', { hurried: true }, machine)).error);
      assert.equal(platform.calls.length, requests, String(status));
    }
  } finally {
    delete platform.imds;
  }
});

// ---- MSAL for Python ----

const python = (text, args) => new Promise((done, failed) => {
  const script = join(folder, 'clients.py');
  writeFileSync(script, text);
  const child = spawn('/usr/bin/python3', [script, tls.url, CLIENT_ID, CLIENT_SECRET, TENANT, ...args], { env: { PATH: process.env.PATH, REQUESTS_CA_BUNDLE: tls.own.certPath }, timeout: 60000 });
  let [out, trouble] = ['', ''];
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { trouble += part; });
  child.on('close', () => { try { done(JSON.parse(out)); } catch { failed(new Error(trouble || out)); } });
});
const HEAD = `
import json, sys, urllib.parse, msal, requests
url, client, secret, tenant, *more = sys.argv[1:]
def application(credential, tenant=tenant):
    return msal.ConfidentialClientApplication(client, client_credential=credential, authority=url + "/" + tenant, instance_discovery=False)
`;
import { until } from './until.mjs';

test('7.3, 17: MSAL for Python: its own tokens, a code, silence, force, and on behalf of somebody', { skip: noPython('msal') }, async () => {
  const told = await python(`${HEAD}
app = application(secret)
own = [app.acquire_token_for_client(["${VAULT}"])["access_token"] for i in range(2)]
flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="https://app.test/cb")
there = requests.get(flow["auth_uri"], allow_redirects=False)
answer = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(there.headers["location"]).query))
got = app.acquire_token_by_auth_code_flow(flow, answer)
account = app.get_accounts()[0]
silent = app.acquire_token_silent(["User.Read"], account=account)
forced = app.acquire_token_silent(["User.Read"], account=account, force_refresh=True)
behalf = app.acquire_token_on_behalf_of("user.to.ken", ["User.Read"])
wrong = application("wrong").acquire_token_for_client(["${VAULT}"])
print(json.dumps({"own": own, "username": account["username"], "home": account["home_account_id"], "silent": silent["access_token"] == got["access_token"],
  "forced": forced["access_token"] != got["access_token"], "behalf": behalf["access_token"], "wrong": wrong["error_codes"]}))
`, []);
  assert.deepEqual(told, { own: [`app ${VAULT}`, `app ${VAULT}`], username: 'alice@contoso.example', home: `${tls.user.oid}.${TENANT}`, silent: true, forced: true, behalf: 'for user.to.ken', wrong: [7000215] });
});

test('7.3, 17: MSAL for Python: a certificate as RS256 with x5t, a device, and a tenant that is not there', { skip: noPython('msal') }, async () => {
  tls.older = true;
  tls.pending = 0;
  tls.registration.tenants = [TENANT];
  const told = await python(`${HEAD}
key, print_ = more
own = application({"private_key": open(key).read(), "thumbprint": print_}).acquire_token_for_client(["${VAULT}"])
public = msal.PublicClientApplication(client, authority=url + "/" + tenant, instance_discovery=False)
device = public.acquire_token_by_device_flow(public.initiate_device_flow(["User.Read"]))
try:
    application(secret, "${OTHER_TENANT}").acquire_token_for_client(["${VAULT}"])
    nowhere = "none"
except ValueError:
    nowhere = "ValueError"
print(json.dumps({"own": own.get("access_token", own), "device": device["id_token_claims"]["oid"], "nowhere": nowhere}))
`, [join(folder, 'application.key'), uploaded.x509.fingerprint.replaceAll(':', '')]);
  assert.deepEqual(told, { own: `app ${VAULT}`, device: tls.user.oid, nowhere: 'ValueError' });
});
