// SPDX-License-Identifier: Apache-2.0
// One file of tokens for ours, MSAL for Node.js and MSAL for Python, which all stand at the same address: what one has got
// the others find, whether the tenant is named by its id, by a domain, or not at all (entra.md 3.1, 3.3).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import * as msal from '@azure/msal-node';
import { EntraTls } from './azure_platform.mjs';
import { CLIENT_ID, DOMAIN, TENANT } from './entra.mjs';
import { noPython } from './installed.mjs';
import { example, python as carried } from './msal_carried.mjs';

const SCOPES = ['User.Read'];
let folder, entra, cache;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-cache-'));
  entra = await new EntraTls().start();
});
after(async () => {
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  entra.reset();
  cache = join(folder, 'shared.json');
  keep('{}');
});

const keep = (text) => writeFileSync(cache, text, { mode: 0o600 });

// MSAL for Node.js speaks https only, and keeps the port of an authority as nobody else does: its calls are carried to the
// port, and what comes back is told of https.
function node(authority) {
  const host = '127.0.0.1';
  const carry = async (method, url, { headers, body } = {}) => {
    const response = await fetch(url.replace(`https://${host}`, entra.url), { method, headers, body });
    return { headers: Object.fromEntries(response.headers), status: response.status, body: JSON.parse((await response.text()).replaceAll(entra.url, `https://${host}`)) };
  };
  const cachePlugin = {
    async beforeCacheAccess({ tokenCache }) { tokenCache.deserialize(readFileSync(cache, 'utf8')); },
    async afterCacheAccess({ tokenCache, cacheHasChanged }) { if (cacheHasChanged) keep(tokenCache.serialize()); },
  };
  return new msal.PublicClientApplication({ auth: { clientId: CLIENT_ID, authority: `https://${host}/${authority}`, knownAuthorities: [host] }, cache: { cachePlugin },
    system: { networkClient: { sendGetRequestAsync: (url, options) => carry('GET', url, options), sendPostRequestAsync: (url, options) => carry('POST', url, options) } } });
}

// Each signs in, with a device, and asks silently: true if nobody was asked.
const clients = {
  ours: {
    signIn: (authority) => clients.ours.run(authority, /fresh\.\n$/),
    silent: (authority) => clients.ours.run(authority, /^alice@contoso\.example, from the cache\.\n$/),
    async run(authority, expected) {
      const { printed } = await example('entra', [`${entra.url}/${authority}`, CLIENT_ID, 'User.Read', cache]);
      assert.match(printed, expected);
      return true;
    },
  },
  node: {
    signIn: (authority) => node(authority).acquireTokenByDeviceCode({ scopes: SCOPES, deviceCodeCallback() {} }),
    async silent(authority) {
      const app = node(authority);
      const [account] = await app.getTokenCache().getAllAccounts();
      return (await app.acquireTokenSilent({ account, scopes: SCOPES })).fromCache;
    },
  },
  python: {
    run: (authority, text) => carried(entra, folder, cache, text, authority),
    signIn: (authority) => clients.python.run(authority, `
flow = app.initiate_device_flow(["User.Read"])
assert "access_token" in app.acquire_token_by_device_flow(flow)
with open(path, "w") as file:
    file.write(cache.serialize())
print("true")
`),
    silent: (authority) => clients.python.run(authority, `
print(json.dumps("access_token" in app.acquire_token_silent(["User.Read"], account=account)))
`),
  },
};

const REALMS = [TENANT, DOMAIN, 'organizations'];
// MSAL for Python keeps under organizations what it got there, and looks nowhere else; ours and Node's keep the tenant.
const isApart = (reader, one, other) => reader === 'python' && (one === 'organizations') !== (other === 'organizations');

for (const [writer, reader] of [['ours', 'node'], ['node', 'ours'], ['ours', 'python'], ['python', 'ours'], ['ours', 'ours']]) {
  const skip = [writer, reader].includes('python') && noPython('msal');
  for (const signedIn of REALMS)
    test(`${writer} signs in at ${signedIn}: ${reader} finds it, whatever the tenant is called`, { skip }, async () => {
      await clients[writer].signIn(signedIn);
      const kept = JSON.parse(readFileSync(cache, 'utf8'));
      if (writer === 'ours')
        for (const kind of ['AccessToken', 'IdToken', 'Account'])
          assert.deepEqual(Object.values(kept[kind]).map(({ realm }) => realm), [TENANT], kind);
      const asked = entra.count(/token$/);
      const wrote = writer === 'python' ? signedIn : TENANT;
      for (const authority of REALMS) {
        if (isApart(reader, authority, wrote) || isApart(writer, authority, wrote)) continue;
        assert.equal(await clients[reader].silent(authority), true, authority);
        assert.equal(entra.count(/token$/), asked, `${authority}: somebody was asked`);
      }
      return undefined;
    });
}

// What is left over: the others go by the refresh token, and nobody is asked to sign in.
test('python signs in at organizations: ours at the tenant has a token without a person, and the reverse', { skip: noPython('msal') }, async () => {
  await clients.python.signIn('organizations');
  await clients.ours.run(DOMAIN, /^alice@contoso\.example, fresh\.\n$/);
  assert.equal(await clients.python.silent('organizations'), true);
  keep('{}');
  await clients.ours.signIn(TENANT);
  assert.equal(await clients.python.silent('organizations'), true);
  assert.equal(entra.count(/devicecode$/), 2);
});
