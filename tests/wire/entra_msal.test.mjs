// SPDX-License-Identifier: Apache-2.0
// Microsoft's own client signs in at the emulator, so that what our client meets is what theirs meets.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { ProtocolMode } from '@azure/msal-node';
import { DOMAIN, Entra, TENANT } from './entra.mjs';
import { HOST, confidential, example, signInCarried } from './msal_carried.mjs';

let entra;
before(async () => { entra = await new Entra().start(`https://${HOST}`); });
after(() => entra?.close());
beforeEach(() => entra.reset());

const application = (more) => confidential(entra, more);

const signIn = (app, options) => signInCarried(entra, app, options);

for (const authority of [TENANT, 'organizations', DOMAIN]) {
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

// entra.md 1.1: the issuer of version 1 is of another host than its metadata.
test('version 1: MSAL signs in as at any OpenID provider; ours takes no metadata of a foreign issuer', async () => {
  const { account, idTokenClaims } = await signIn(application({ system: { protocolMode: ProtocolMode.OIDC } }));
  assert.equal(idTokenClaims.iss, `https://sts.windows.net/${TENANT}/`);
  assert.equal(idTokenClaims.ver, '1.0');
  assert.equal(account.username, entra.user.preferred_username);
  assert.deepEqual(entra.calls.map(({ path }) => path), [`/${TENANT}/.well-known/openid-configuration`, `/${TENANT}/oauth2/authorize`, `/${TENANT}/oauth2/token`]);
  entra.url = `http://127.0.0.1:${entra.port}`;
  const { printed } = await example('verify', [`${entra.url}/${TENANT}`, 'api://x'], `Bearer ${entra.jwt({ ...entra.claims(), iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0' })}\n`);
  entra.url = `https://${HOST}`;
  assert.doesNotMatch(printed, /^200/m);
  assert.match(printed, /calls itself https:\/\/sts\.windows\.net/);
  assert.equal(entra.count(/keys$/), 0);
});

// entra.md 6.6: sets of keys that are odd, met by the library; the good set is the first.
test('a set of keys: none of another use, too short or of another kind opens anything', async (context) => {
  const plain = await new Entra().start();
  context.after(() => plain.close());
  const { publicKey: short } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const { publicKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [{ jwk, kid }] = plain.keys;
  const good = { ...jwk, issuer: plain.template };
  const sets = [
    [/^200/m, [good]], [/^(401|502)/m, [{ ...good, use: 'enc' }]], [/^(401|502)/m, []], [/^(401|502)/m, [{ ...short.export({ format: 'jwk' }), kid, use: 'sig' }]],
    [/^(401|502)/m, [{ ...curve.export({ format: 'jwk' }), kid, use: 'sig' }]],
  ];
  const token = plain.jwt({ ...plain.claims(), aud: 'api://x' }, { header: { typ: 'at+jwt' } });
  for (const [expected, keys] of sets) {
    plain.script.jwks = { body: { keys } };
    const { printed } = await example('verify', [plain.issuer(TENANT), 'api://x'], `Bearer ${token}\n`);
    assert.match(printed, expected, JSON.stringify(keys));
  }
});
