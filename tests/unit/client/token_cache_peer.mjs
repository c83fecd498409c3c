// SPDX-License-Identifier: Apache-2.0
// A cache file of MSAL for Node.js: written, or used to get tokens without a network.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as msal from '@azure/msal-node';

const [action, path] = process.argv.slice(2);
const CLIENT = '00001111-aaaa-2222-bbbb-3333cccc4444', TENANT = '11111111-2222-3333-4444-555555555555';
const HOST = 'login.microsoftonline.com', AUTHORITY = `https://${HOST}/${TENANT}`;
const b64u = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);

const claims = { aud: CLIENT, iss: `${AUTHORITY}/v2.0`, sub: 's', oid: 'aaaa', tid: TENANT, exp: now + 3600, iat: now, preferred_username: 'alice@contoso.example' };
const answer = { access_token: 'at-of-msal', refresh_token: 'rt-of-msal', expires_in: 4000, ext_expires_in: 4000, refresh_in: 2000, token_type: 'Bearer',
  scope: 'User.Read openid profile', id_token: `${b64u({})}.${b64u(claims)}.x`, client_info: b64u({ uid: 'aaaa', utid: TENANT }) };
const cachePlugin = {
  async beforeCacheAccess(context) { if (existsSync(path)) context.tokenCache.deserialize(readFileSync(path, 'utf8')); },
  async afterCacheAccess(context) {
    if (!context.cacheHasChanged) return;
    writeFileSync(path, context.tokenCache.serialize());
    chmodSync(path, 0o600);
  },
};
const nobody = () => { if (action !== 'write') throw new Error('no network'); return { headers: {}, status: 200, body: answer }; };
const app = new msal.PublicClientApplication({
  auth: { clientId: CLIENT, authority: AUTHORITY }, cache: { cachePlugin },
  system: { networkClient: { sendGetRequestAsync: async () => nobody(), sendPostRequestAsync: async () => nobody() } },
});
if (action === 'write') {
  await app.acquireTokenByCode({ code: 'c', scopes: ['User.Read'], redirectUri: 'http://localhost', codeVerifier: 'v' });
} else {
  const silent = {};
  for (const account of await app.getTokenCache().getAllAccounts())
    silent[account.username] = (await app.acquireTokenSilent({ account, scopes: ['User.Read'] }).catch((error) => ({ accessToken: error.errorCode }))).accessToken;
  console.log(JSON.stringify(silent, Object.keys(silent).sort()));
}
