// SPDX-License-Identifier: Apache-2.0
// MSAL for Node.js and @azure/identity as they are: no authority but the real one, no option that a test needs.
//     entra_world.mjs CLIENT_ID SECRET TENANT SCOPE
import { ClientSecretCredential } from '@azure/identity';
import { ConfidentialClientApplication } from '@azure/msal-node';

const [clientId, clientSecret, tenant, scope] = process.argv.slice(2);
const redirectUri = 'https://app.test/cb', scopes = ['User.Read'];
const app = new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority: `https://login.microsoftonline.com/${tenant}` } });
const asked = { scopes, redirectUri, nonce: 'n-1', state: 's-1', codeChallenge: 'iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ', codeChallengeMethod: 'S256' };
const there = await fetch(await app.getAuthCodeUrl(asked), { redirect: 'manual' });
const back = new URL(there.headers.get('location'));
const answer = Object.fromEntries(back.searchParams);
const { account, idTokenClaims } = await app.acquireTokenByCode({ scopes, redirectUri, code: answer.code, codeVerifier: 'verifier', nonce: 'n-1', state: 's-1' }, answer);
const again = await app.acquireTokenSilent({ account, scopes });
const own = await new ClientSecretCredential(tenant, clientId, clientSecret).getToken(scope);
console.log(JSON.stringify({ username: account.username, environment: account.environment, iss: idTokenClaims.iss, fromCache: again.fromCache, own: own.token }));
process.exit(0);
