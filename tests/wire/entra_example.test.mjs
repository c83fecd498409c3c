// SPDX-License-Identifier: Apache-2.0
// The example in C that signs somebody in at Entra ID, its cache, and MSAL for Node.js and Python beside it: one person,
// one file, and each finds what the other has got.  Of entra.md 7.3: 1, 3, 7, 8, 12, 17.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import * as msal from '@azure/msal-node';
import { EntraTls } from './azure_platform.mjs';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';
import { noPython } from './installed.mjs';
import { binary } from './server.mjs';

const PYTHON = '/usr/bin/python3';
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

const example = (cache, ...more) => new Promise((done) => {
  const { PATH, ASAN_OPTIONS = '' } = process.env;
  const child = spawn(join(dirname(binary), 'examples/c/entra'), [`${entra.url}/${TENANT}`, CLIENT_ID, 'User.Read', cache, ...more],
    { env: { PATH, ASAN_OPTIONS }, timeout: 60000 });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { printed += text; });
  child.on('close', (code) => done({ code, printed }));
});

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

// A network client that carries the calls of MSAL to the port of the emulator.
const HOST = 'login.entra.test';
const carry = async (method, url, { headers, body } = {}) => {
  const response = await fetch(url.replace(`https://${HOST}`, entra.url), { method, headers, body });
  return { headers: Object.fromEntries(response.headers), body: await response.json(), status: response.status };
};
const confidential = (secret = CLIENT_SECRET) => new msal.ConfidentialClientApplication({
  auth: { clientId: CLIENT_ID, authority: `https://${HOST}/${TENANT}`, knownAuthorities: [HOST], clientSecret: secret },
  system: { networkClient: { sendGetRequestAsync: (url, options) => carry('GET', url, options), sendPostRequestAsync: (url, options) => carry('POST', url, options) } },
});
const metadata = (document) => JSON.parse(JSON.stringify(document).replaceAll(entra.url, `https://${HOST}`));

test('MSAL for Node.js gets its own tokens, those on behalf of somebody, and is told what is wrong', async () => {
  entra.script.document = metadata;
  const app = confidential();
  const scopes = ['https://vault.azure.net/.default'];
  assert.equal((await app.acquireTokenByClientCredential({ scopes })).fromCache, false);
  assert.equal((await app.acquireTokenByClientCredential({ scopes })).fromCache, true);
  await assert.rejects(confidential('wrong').acquireTokenByClientCredential({ scopes }), (error) => String(error.errorNo) === '7000215');
  const { accessToken } = await app.acquireTokenOnBehalfOf({ oboAssertion: 'user.to.ken', scopes: ['User.Read'] });
  assert.equal(accessToken, 'for user.to.ken');
  entra.needsFactor = true;
  await assert.rejects(app.acquireTokenOnBehalfOf({ oboAssertion: 'other.to.ken', scopes: ['User.Read'] }),
    (error) => error instanceof msal.InteractionRequiredAuthError && error.subError === 'basic_action' && error.claims.includes('capolids'));
  entra.needsFactor = false;
});

const PY = `
import json, sys, msal
url, client, tenant, path = sys.argv[1:]
cache = msal.SerializableTokenCache()
cache.deserialize(open(path).read())
class Carried:  # MSAL takes no authority but https
    def __init__(self):
        import requests
        self.session = requests.Session()
    def get(self, target, **more):
        answer = self.session.get(target.replace("https://127.0.0.1", "http://127.0.0.1"), **more)
        answer._content = answer.content.replace(b"http://127.0.0.1", b"https://127.0.0.1")
        return answer
    def post(self, target, **more):
        return self.session.post(target.replace("https://127.0.0.1", "http://127.0.0.1"), **more)
    def close(self):
        pass
app = msal.PublicClientApplication(client, authority=url.replace("http", "https", 1) + "/" + tenant, token_cache=cache, http_client=Carried(), instance_discovery=False)
account = app.get_accounts()[0]
kept = app.acquire_token_silent(["User.Read"], account=account)
fresh = app.acquire_token_silent(["User.Read"], account=account, force_refresh=True)
print(json.dumps({"username": account["username"], "kept": kept["access_token"], "fresh": fresh["access_token"][:5]}))
`;

test('MSAL for Python goes on with what ours has got', { skip: noPython('msal') }, async () => {
  const cache = join(folder, 'three.json');
  assert.equal((await example(cache)).code, 0);
  const script = join(folder, 'silent.py');
  writeFileSync(script, PY);
  // The emulator answers while Python asks.
  const out = await new Promise((done, failed) => {
    const child = spawn(PYTHON, [script, entra.url, CLIENT_ID, TENANT, cache], { env: { PATH: process.env.PATH }, timeout: 60000 });
    let [text, trouble] = ['', ''];
    child.stdout.on('data', (part) => { text += part; });
    child.stderr.on('data', (part) => { trouble += part; });
    child.on('close', () => { try { done(JSON.parse(text)); } catch { failed(new Error(trouble)); } });
  });
  assert.deepEqual(out, { username: 'alice@contoso.example', kept: `at of ${entra.user.oid}`, fresh: 'graph' });
  return undefined;
});
