// SPDX-License-Identifier: Apache-2.0
// Microsoft's own client signs in at the emulator, so that what our client meets is what theirs meets.  MSAL speaks https
// only; its network client carries the calls to the port of the emulator.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import * as msal from '@azure/msal-node';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from './entra.mjs';

const HOST = 'login.entra.test';
const REDIRECT = 'https://app.test/cb';
let entra;
before(async () => { entra = await new Entra().start(`https://${HOST}`); });
after(() => entra?.close());
beforeEach(() => entra.reset());

const carried = (url) => `http://127.0.0.1:${entra.port}${url.slice(`https://${HOST}`.length)}`;

async function call(method, url, { headers, body } = {}) {
  assert.equal(new URL(url).host, HOST);
  const response = await fetch(carried(url), { method, headers, body });
  const text = await response.text();
  let parsed = {};
  try { parsed = JSON.parse(text); } catch { parsed = text; }
  return { headers: Object.fromEntries(response.headers), body: parsed, status: response.status };
}

const application = ({ authority = TENANT, secret = CLIENT_SECRET } = {}) => new msal.ConfidentialClientApplication({
  auth: { clientId: CLIENT_ID, authority: `https://${HOST}/${authority}`, knownAuthorities: [HOST], clientSecret: secret },
  system: {
    networkClient: {
      sendGetRequestAsync: (url, options) => call('GET', url, options),
      sendPostRequestAsync: (url, options) => call('POST', url, options),
    },
  },
});

// The walk that a browser would make, and the exchange; `expected` is the nonce that MSAL is told to look for.
async function signIn(app, { nonce = 'n-1', expected = nonce } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const asked = { scopes: ['User.Read'], redirectUri: REDIRECT };
  const url = await app.getAuthCodeUrl({
    ...asked, state: 's-1', nonce, codeChallengeMethod: 'S256',
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const there = await fetch(carried(url), { redirect: 'manual' });
  const back = new URL(there.headers.get('location'));
  assert.equal(back.searchParams.get('state'), 's-1');
  return app.acquireTokenByCode({ ...asked, code: back.searchParams.get('code'), codeVerifier: verifier, state: 's-1', nonce: expected },
    { code: back.searchParams.get('code'), state: 's-1', client_info: back.searchParams.get('client_info') });
}

for (const authority of [TENANT, 'organizations']) {
  test(`MSAL signs in at ${authority}: account, claims, then silently from its cache`, async () => {
    const app = application({ authority });
    const { account, idTokenClaims, fromCache } = await signIn(app);
    assert.equal(fromCache, false);
    assert.equal(account.homeAccountId, `${entra.user.oid}.${TENANT}`);
    assert.equal(account.tenantId, TENANT);
    assert.equal(account.environment, HOST);
    assert.equal(account.username, entra.user.preferred_username);
    assert.equal(idTokenClaims.iss, entra.issuer(TENANT));
    const asked = entra.count(/token$/);
    const again = await app.acquireTokenSilent({ account, scopes: ['User.Read'] });
    assert.equal(again.fromCache, true);
    assert.equal(entra.count(/token$/), asked);
  });
}

test('MSAL refuses another nonce', async () => {
  await assert.rejects(signIn(application(), { expected: 'n-2' }), /nonce/i);
});

test('MSAL is told of a bad secret and of a code that was used', async () => {
  await assert.rejects(signIn(application({ secret: 'wrong' })), (error) => error.errorCode === 'invalid_client' && String(error.errorNo) === '7000215');
  entra.script.token = Entra.error(400, 'invalid_grant', 54005, 'The code was already redeemed.');
  await assert.rejects(signIn(application()), (error) => error.errorCode === 'invalid_grant' && String(error.errorNo) === '54005');
});

test('MSAL refuses metadata of a foreign issuer, and calls no more after a 429', async () => {
  entra.script.document = (document) => ({ ...document, issuer: 'https://evil.example/x/v2.0' });
  await assert.rejects(signIn(application()), /endpoints_resolution_error|issuer/i);
  entra.script.document = undefined;
  const app = application();
  entra.script.token = { status: 429, headers: { 'retry-after': '7' }, body: { error: 'temporarily_unavailable', error_codes: [90055] } };
  await assert.rejects(signIn(app));
  entra.script.token = undefined;
  const asked = entra.count(/token$/);
  await assert.rejects(signIn(app));
  assert.equal(entra.count(/token$/), asked);
});
