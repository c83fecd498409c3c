// SPDX-License-Identifier: Apache-2.0
// Conditional Access and continuous access evaluation (entra.md 1.19): what a policy wants comes to whom it concerns, by
// MSAL, by the library and at the service; what Entra's numbers mean (1.11) is told.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import { EntraTls } from './azure_platform.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from './entra.mjs';
import { Stage, person } from './federation.mjs';
import { noPython } from './installed.mjs';
import { confidential, example, open, python } from './msal_carried.mjs';

let folder, stage, devices;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-policy-'));
  stage = await new Stage().open();
  devices = await new EntraTls().start();
});
after(async () => {
  await stage?.close();
  await devices?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => { stage.begin(); devices.reset(); });

const wants = (claims) => JSON.parse(claims).access_token;
const runEntra = (cache) => example('entra', [`${devices.url}/${TENANT}`, CLIENT_ID, 'User.Read', cache]);
// What is kept ends soon, so that it is got anew.
function age(cache) {
  const kept = JSON.parse(readFileSync(cache, 'utf8'));
  for (const token of Object.values(kept.AccessToken)) token.expires_on = String(Math.floor(Date.now() / 1000) + 200);
  writeFileSync(cache, JSON.stringify(kept));
}

// ---- Conditional Access ----

test('a policy that came later: the library asks the person with its claims, once', async () => {
  const cache = join(folder, 'library.json');
  assert.equal((await runEntra(cache)).code, 0);
  devices.policy = {};
  age(cache);
  const again = await runEntra(cache);
  assert.match(again.printed, /F7KQ2MZTC to authenticate\.\nalice@contoso\.example, fresh\.\n$/);
  const asked = devices.calls.filter(({ path }) => /devicecode$/.test(path));
  assert.equal(asked.length, 2);
  assert.deepEqual(wants(asked[0].form.claims), { xms_cc: { values: ['cp1'] } });
  assert.deepEqual(wants(asked[1].form.claims), { xms_cc: { values: ['cp1'] }, capolids: { essential: true, values: ['p-1'] } });
  // Who has met it is not asked again.
  age(cache);
  assert.equal((await runEntra(cache)).printed, 'alice@contoso.example, fresh.\n');
});

test('a policy that came later: MSAL for Node.js is told of its claims, and meets it with them', async () => {
  const app = open(devices);
  const scopes = ['User.Read'], deviceCodeCallback = () => {};
  const { account } = await app.acquireTokenByDeviceCode({ scopes, deviceCodeCallback });
  devices.policy = { ids: ['p-1', 'p-2'] };
  let told;
  await assert.rejects(app.acquireTokenSilent({ account, scopes, forceRefresh: true }), (error) => { told = error; return error instanceof InteractionRequiredAuthError; });
  assert.equal(told.subError, 'basic_action');
  assert.deepEqual(wants(told.claims), { capolids: { essential: true, values: ['p-1', 'p-2'] } });
  const met = await app.acquireTokenByDeviceCode({ scopes, deviceCodeCallback, claims: told.claims });
  assert.equal((await app.acquireTokenSilent({ account: met.account, scopes, forceRefresh: true })).fromCache, false);
});

const PY = `
told = app.acquire_token_silent_with_error(["User.Read"], account=account, force_refresh=True)
flow = app.initiate_device_flow(["User.Read"])
met = app.acquire_token_by_device_flow(flow, claims_challenge=told["claims"])
again = app.acquire_token_silent(["User.Read"], account=app.get_accounts()[0], force_refresh=True)
print(json.dumps({**{name: told[name] for name in ("error", "suberror", "classification")}, "met": "access_token" in met, "again": "access_token" in (again or {})}))
`;
test('a policy that came later: MSAL for Python, on the file that the library has written', { skip: noPython('msal') }, async () => {
  const cache = join(folder, 'python.json');
  assert.equal((await runEntra(cache)).code, 0);
  devices.policy = {};
  assert.deepEqual(await python(devices, folder, cache, PY),
    { error: 'interaction_required', suberror: 'basic_action', classification: 'basic_action', met: true, again: true });
});

test('a policy that blocks, or wants more than a sign-in here brings, lets nobody in', async () => {
  for (const policy of [{}, { code: 50079 }, { code: 53003, suberror: 'message_only' }]) {
    stage.entra.policy = policy;
    for (let i = 0; i < 3; i++) await stage.refused(403, /wants its user to be there: interaction_required/);
  }
  // Of one person it says nothing about the next: nine refusals do not close the way.
  stage.entra.policy = undefined;
  assert.equal((await stage.signIn(stage.browser())).status, 303);
});

// ---- continuous access evaluation ----

test('a resource that wants a newer token: its claims pass by what MSAL keeps, and ours asks with them', async () => {
  const { entra } = stage;
  const scope = 'https://graph.microsoft.com/.default';
  const read = (token) => fetch(`${entra.url}/v1.0/applications(appId='${CLIENT_ID}')`, { headers: { authorization: `Bearer ${token}` } });
  const ours = async (...more) => {
    const done = await command(['token', 'azure', '--scope', scope, '--credential', 'environment', ...more],
      { env: { AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET } });
    assert.equal(done.code, 0, done.stderr);
    return done.stdout.trim();
  };
  const app = confidential(entra);
  const theirs = async (claims) => (await app.acquireTokenByClientCredential({ scopes: [scope], claims })).accessToken;
  for (const token of [await ours(), await theirs()]) assert.equal((await read(token)).status, 200);
  entra.revokedAt = 1700000000;
  for (const token of [await ours(), await theirs()]) assert.equal((await read(token)).status, 401);
  const challenge = (await read(await theirs())).headers.get('www-authenticate');
  assert.match(challenge, /error="insufficient_claims"/);
  const claims = Buffer.from(/claims="([^"]+)"/.exec(challenge)[1], 'base64').toString();
  for (const token of [await ours('--claims', claims), await theirs(claims)]) assert.equal((await read(token)).status, 200);
});

test('Graph that wants a newer token at a sign-in is asked once, and nobody comes in', async () => {
  stage.entra.user = person({ hasgroups: true });
  stage.entra.revokedAt = 1700000000;
  await stage.refused(502, /getMemberGroups answered with status 401/);
  assert.equal(stage.entra.count(/getMemberGroups$/), 1);
});

// ---- errors (entra.md 1.11, 6.6) ----

const ERRORS = [
  [50076, 'interaction_required', 'basic_action'], [50079, 'interaction_required', 'basic_action'], [53003, 'interaction_required', 'message_only'],
  [65001, 'consent_required'], [50173, 'invalid_grant', 'bad_token'], [700082, 'invalid_grant'], [70043, 'invalid_grant', 'bad_token'],
  [50105, 'invalid_grant'], [70011, 'invalid_scope'], [1002012, 'invalid_scope'], [500011, 'invalid_resource'], [70003, 'unsupported_grant_type'],
  [700016, 'unauthorized_client'], [7000218, 'invalid_client'], [7000222, 'invalid_client'], [700027, 'invalid_client'],
  [90002, 'invalid_tenant'], [9001023, 'invalid_request'], [900144, 'invalid_request'], [99999999, 'something_new'],
];
test('an error of Entra: MSAL and ours tell the same number, and ours what to do', async () => {
  const { entra } = stage;
  const scope = 'https://vault.azure.net/.default';
  for (const [code, error, suberror] of ERRORS) {
    entra.script.token = Entra.error(error === 'invalid_client' ? 401 : 400, error, code, 'CANARY text.', { suberror });
    await assert.rejects(confidential(entra).acquireTokenByClientCredential({ scopes: [scope] }), (told) => {
      assert.equal(told.errorCode, error);
      assert.equal(String(told.errorNo), String(code));
      return true;
    });
    const done = await command(['token', 'azure', '--scope', scope, '--credential', 'environment'],
      { env: { AZURE_AUTHORITY_HOST: entra.url, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET } });
    assert.equal(done.code, 1, String(code));
    assert.equal(done.stdout, '');
    assert.match(done.stderr, new RegExp(`${error}( \\(${suberror}\\))?: AADSTS${code}: ${code === 99999999 ? 'CANARY' : '[^;]+; \\w'}`));
  }
});
