// SPDX-License-Identifier: Apache-2.0
// The example in C that signs somebody in at Entra ID, its cache, and MSAL for Node.js and Python beside it: one person,
// one file, and each finds what the other has got.  Of entra.md 7.3: 1, 3, 7, 8, 12, 17.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import * as msal from '@azure/msal-node';
import { EntraTls } from './azure_platform.mjs';
import { CLIENT_ID, DOMAIN, TENANT } from './entra.mjs';
import { noPython } from './installed.mjs';
import { confidential, example as run, python } from './msal_carried.mjs';

let folder, entra;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-entra-'));
  // Plain http on this host, which ours and Python's take; MSAL for Node.js speaks https only, and is carried.
  entra = await new EntraTls().start();
});
after(async () => {
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => entra.reset());

const example = (cache, ...more) => run('entra', [`${entra.url}/${TENANT}`, CLIENT_ID, 'User.Read', cache, ...more]);

test('somebody signs in at a device once; then silently, by the refresh token, and out', async () => {
  const cache = join(folder, 'one.json');
  const first = await example(cache);
  assert.equal(first.code, 0, first.printed);
  assert.match(first.printed, /enter the code F7KQ2MZTC to authenticate\.\nalice@contoso\.example, fresh\.\n$/);
  assert.equal(statSync(cache).mode & 0o777, 0o600);
  const asked = entra.count(/token$/);
  assert.equal(asked, 2); // one that was pending
  const second = await example(cache);
  assert.equal(second.printed, 'alice@contoso.example, from the cache.\n');
  assert.equal(entra.count(/token$/), asked);
  // 12: what is about to end is got anew, without anybody.
  const kept = JSON.parse(readFileSync(cache, 'utf8'));
  for (const token of Object.values(kept.AccessToken)) token.expires_on = String(Math.floor(Date.now() / 1000) + 200);
  writeFileSync(cache, JSON.stringify(kept));
  const third = await example(cache);
  assert.equal(third.printed, 'alice@contoso.example, fresh.\n');
  assert.equal(entra.count(/devicecode$/), 1);
  assert.equal((await example(cache, 'sign-out')).code, 0);
  assert.doesNotMatch(readFileSync(cache, 'utf8'), new RegExp(entra.user.oid));
  assert.equal(existsSync(`${cache}.lockfile`), false);
});

test('an authority that is named by a domain: what was got is found again', async () => {
  const args = [`${entra.url}/${DOMAIN}`, CLIENT_ID, 'User.Read', join(folder, 'domain.json')];
  const first = await run('entra', args);
  assert.equal(first.code, 0, first.printed);
  const asked = entra.count(/token$/);
  assert.equal((await run('entra', args)).printed, 'alice@contoso.example, from the cache.\n');
  assert.equal(entra.count(/token$/), asked);
});

test('a refresh token that was revoked needs a person again, and is forgotten', async () => {
  const cache = join(folder, 'two.json');
  assert.equal((await example(cache)).code, 0);
  for (const known of entra.refreshTokens.values()) known.revoked = true;
  const kept = JSON.parse(readFileSync(cache, 'utf8'));
  kept.AccessToken = {};
  writeFileSync(cache, JSON.stringify(kept));
  const again = await example(cache);
  assert.match(again.printed, /F7KQ2MZTC/);
  assert.equal(entra.count(/devicecode$/), 2);
});

test('MSAL for Node.js gets its own tokens, those on behalf of somebody, and is told what is wrong', async () => {
  const app = confidential(entra);
  const scopes = ['https://vault.azure.net/.default'];
  assert.equal((await app.acquireTokenByClientCredential({ scopes })).fromCache, false);
  assert.equal((await app.acquireTokenByClientCredential({ scopes })).fromCache, true);
  await assert.rejects(confidential(entra, { secret: 'wrong' }).acquireTokenByClientCredential({ scopes }), (error) => String(error.errorNo) === '7000215');
  const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion: 'user.to.ken', scopes: ['User.Read'] });
  assert.equal(accessToken, 'for user.to.ken');
  entra.policy = {};
  await assert.rejects(app.acquireTokenOnBehalfOf({ oboAssertion: 'other.to.ken', scopes: ['User.Read'] }),
    (error) => error instanceof msal.InteractionRequiredAuthError && error.subError === 'basic_action' && error.claims.includes('capolids'));
});

const PY = `
kept = app.acquire_token_silent(["User.Read"], account=account)
fresh = app.acquire_token_silent(["User.Read"], account=account, force_refresh=True)
print(json.dumps({"username": account["username"], "kept": kept["access_token"][:7], "fresh": fresh["access_token"][:7]}))
`;

test('MSAL for Python goes on with what ours has got', { skip: noPython('msal') }, async () => {
  const cache = join(folder, 'three.json');
  assert.equal((await example(cache)).code, 0);
  const out = await python(entra, folder, cache, PY);
  assert.deepEqual(out, { username: 'alice@contoso.example', kept: 'graph-0', fresh: 'graph-1' });
  return undefined;
});
