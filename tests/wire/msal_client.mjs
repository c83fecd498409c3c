// SPDX-License-Identifier: Apache-2.0
// MSAL as the client of an authority that is not Entra: msal_client.mjs ISSUER CLIENT_ID REDIRECT_URI, the secret in
// CLIENT_SECRET.  Prints where the browser has to go, reads where it was sent, and prints as JSON what came of it.
import { createInterface } from 'node:readline/promises';
import { ConfidentialClientApplication, CryptoProvider, ProtocolMode } from '@azure/msal-node';

const [issuer, clientId, redirectUri] = process.argv.slice(2);
const client = new ConfidentialClientApplication({
  auth: { clientId, authority: issuer, clientSecret: process.env.CLIENT_SECRET, knownAuthorities: [new URL(issuer).host] },
  system: { protocolMode: ProtocolMode.OIDC },
});
const crypto = new CryptoProvider();
const { verifier, challenge } = await crypto.generatePkceCodes();
const state = crypto.createNewGuid(), nonce = crypto.createNewGuid();
const scopes = ['openid', 'profile', 'email', 'offline_access'];
const refusal = (work) => work.then(() => 'none', (error) => error.errorCode ?? error.message);

console.log(await client.getAuthCodeUrl({ scopes, redirectUri, state, nonce, codeChallenge: challenge, codeChallengeMethod: 'S256' }));
const back = new URL(await createInterface(process.stdin).question(''));
const answer = { code: back.searchParams.get('code'), state: back.searchParams.get('state') };
const asked = { scopes, redirectUri, codeVerifier: verifier, code: answer.code, state, nonce };

const told = {};
told.otherState = await refusal(client.acquireTokenByCode({ ...asked, state: 'other' }, answer));
const first = await client.acquireTokenByCode(asked, answer);
told.claims = first.idTokenClaims;
told.nonce = first.idTokenClaims.nonce === nonce;
const next = await client.acquireTokenSilent({ account: first.account, scopes, forceRefresh: true });
told.refreshed = next.accessToken !== first.accessToken && !next.fromCache;
told.cached = (await client.acquireTokenSilent({ account: first.account, scopes })).fromCache;
const userinfo = await fetch(`${issuer}/oauth2/userinfo`, { headers: { authorization: `Bearer ${next.accessToken}` } });
told.userinfo = await userinfo.json();
told.service = (await client.acquireTokenByClientCredential({ scopes: ['reports:read'] })).scopes;
told.usedCode = await refusal(client.acquireTokenByCode(asked, answer));
console.log(JSON.stringify(told));
