// SPDX-License-Identifier: Apache-2.0
// Azure AD B2C and Entra External ID (entra.md 1.22), whose metadata stands elsewhere than it calls itself; and what is
// peculiar to Google, Apple and Keycloak.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CLIENT_ID, CONSUMERS, TENANT } from './entra.mjs';
import { commandOf } from './command.mjs';
import { Stage, me, person } from './federation.mjs';
import { Provider } from './provider_emulator.mjs';

const GUID = '77777777-2222-3333-4444-555555555555';
const OTHER = '88888888-2222-3333-4444-555555555555';
const POLICY = 'B2C_1_signin';
let stage, server, other, n = 0;

before(async () => {
  stage = await new Stage().open();
  ({ server } = stage);
  other = await new Provider().start();
  await create('b2c', 'b2c', '--authority', `${other.url}/contoso.onmicrosoft.com/${POLICY}`);
  await create('ciam', 'ciam', '--authority', `${other.url}/`, '--tenant', GUID);
});
after(async () => {
  await stage?.close();
  await other?.close();
});
beforeEach(() => { other.reset(); stage.begin(); });

function run(args, options) { return commandOf(server, args, options); }
const create = (id, kind, ...more) => run(['provider', 'create', '--kind', kind, '--client-id', 'rp', '--client-secret-stdin', '--create-users', '--email-domain', 'example.net', ...more, id], { input: 'CANARY-provider-secret\n' });

// Metadata at `path` that calls itself `issuer`.
const says = (path, issuer) => {
  other.script[`${path}/v2.0/.well-known/openid-configuration`] = { body: {
    issuer, authorization_endpoint: `${other.url}/authorize`, token_endpoint: `${other.url}/token`, jwks_uri: `${other.url}/keys`, id_token_signing_alg_values_supported: ['ES256'],
  } };
};
async function signIn(id) {
  const b = stage.browser();
  const begun = await b.get(`/auth/oauth/${id}`);
  if (begun.status !== 303) return begun;
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  const back = await b.get(stage.local(there.headers.get('location')));
  back.browser = b;
  return back;
}
// Metadata is kept: each test that changes it has a provider of its own.
const fresh = async (kind, ...more) => { const id = `${kind}${++n}`; await create(id, kind, ...more); return id; };

const b2c = (own = {}) => ({ iss: `${other.url}/${GUID}/v2.0/`, sub: `customer-${++n}`, tfp: POLICY.toLowerCase(), emails: [`c${n}@example.net`], ver: '1.0', ...own });

test('B2C: the issuer of the metadata, letter by letter, and the policy', async () => {
  says(`/contoso.onmicrosoft.com/${POLICY}`, `${other.url}/${GUID}/v2.0/`);
  other.claims = b2c();
  const done = await signIn('b2c');
  assert.equal(done.status, 303, done.text);
  assert.equal((await me(done.browser)).email, other.claims.emails[0]);
  other.claims = b2c({ tfp: undefined, acr: POLICY });
  assert.equal((await signIn('b2c')).status, 303, 'older tokens have it as acr');
  for (const [name, own] of Object.entries({
    'another policy': { tfp: 'B2C_1_passwordreset' }, 'no policy': { tfp: undefined }, 'two policies': { TFP: 'x' },
    'no slash': { iss: `${other.url}/${GUID}/v2.0` }, 'another tenant': { iss: `${other.url}/${OTHER}/v2.0/` }, 'another audience': { aud: 'else' },
  })) {
    other.claims = b2c(own);
    assert.equal((await signIn('b2c')).status, 403, name);
  }
});

test('B2C: the metadata is of the host that was asked, and of the policy', async () => {
  for (const [good, issuer] of [
    [true, (id, policy) => `${other.url}/tfp/${GUID}/${policy}/v2.0/`],
    [false, (id, policy) => `${other.url}/tfp/${GUID}/B2C_1_other/v2.0/`], [false, () => `https://evil.b2clogin.com/${GUID}/v2.0/`],
    [false, () => `${other.url}/organizations/v2.0/`], [false, () => `${other.url}/${GUID}/v1.0/`], [false, () => other.url],
  ]) {
    const policy = `B2C_1_${++n}`;
    const id = await fresh('b2c', '--authority', `${other.url}/contoso.onmicrosoft.com/${policy}`);
    says(`/contoso.onmicrosoft.com/${policy}`, issuer(id, policy));
    other.claims = b2c({ iss: issuer(id, policy), tfp: policy });
    assert.equal((await signIn(id)).status, good ? 303 : 502, issuer(id, policy));
  }
  await run(['provider', 'create', '--kind', 'b2c', '--client-id', 'x', '--client-secret-stdin', '--authority', 'https://contoso.b2clogin.com/contoso.onmicrosoft.com', 'bad'], { input: 's', code: 2 });
  await run(['provider', 'create', '--kind', 'b2c', '--client-id', 'x', '--client-secret-stdin', 'bad'], { input: 's', code: 2 });
});

test('B2C: who gives up or forgot the password is back at the sign-in page', async () => {
  says(`/contoso.onmicrosoft.com/${POLICY}`, `${other.url}/${GUID}/v2.0/`);
  for (const code of ['AADB2C90118', 'AADB2C90091']) {
    other.script.answer = { error: 'access_denied', error_description: `${code}: x` };
    assert.equal((await signIn('b2c')).headers.get('location'), '/sign-in?done=cancelled');
  }
});

const customer = (own = {}) => ({ iss: `https://${GUID}.ciamlogin.com/${GUID}/v2.0`, tid: GUID, ver: '2.0', oid: `aaaaaaaa-0000-0000-0001-${String(++n).padStart(12, '0')}`,
  sub: `s-${n}`, email: `x${n}@example.net`, ...own });

test('External ID: it calls itself by the id of the tenant, wherever it stands', async () => {
  says(`/${GUID}`, `https://${GUID}.ciamlogin.com/${GUID}/v2.0`);
  other.claims = customer();
  const done = await signIn('ciam');
  assert.equal(done.status, 303, done.text);
  assert.equal((await me(done.browser)).email, other.claims.email);
  for (const [name, own] of Object.entries({
    'another tenant': { tid: OTHER }, 'no tenant': { tid: undefined }, 'two tenants': { TID: OTHER }, 'version 1': { ver: '1.0' }, 'no oid': { oid: undefined },
    'the host that was asked': { iss: `${other.url}/${GUID}/v2.0` }, 'another issuer': { iss: `https://${OTHER}.ciamlogin.com/${OTHER}/v2.0` },
  })) {
    other.claims = customer(own);
    assert.equal((await signIn('ciam')).status, 403, name);
  }
});

test('External ID: metadata of another tenant is refused', async () => {
  for (const issuer of [`https://${OTHER}.ciamlogin.com/${OTHER}/v2.0`, `https://${GUID}.ciamlogin.com.evil.example/${GUID}/v2.0`, 'https://evil.example', `https://${GUID}.ciamlogin.com/{tenantid}/v2.0`]) {
    const id = await fresh('ciam', '--authority', `${other.url}/a${++n}`, '--tenant', GUID);
    says(`/a${n - 1}/${GUID}`, issuer);
    says(`/a${n}/${GUID}`, issuer);
    other.claims = customer({ iss: issuer });
    assert.equal((await signIn(id)).status, 502, issuer);
  }
});

test('personal accounts alone: the tenant of consumers and no other', async () => {
  const { entra } = stage;
  await run(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--client-secret-stdin', '--issuer', entra.url, '--tenant', 'consumers', '--create-users',
    '--email-domain', 'outlook.example', 'personal'], { input: 'CANARY-s3cr3t~.+&' });
  entra.user = person({ tid: CONSUMERS, preferred_username: `p${++n}@outlook.example` });
  entra.script.sign = () => ({ key: entra.keys[2] });
  assert.equal((await stage.signIn(stage.browser(), '/auth/oauth/personal')).status, 303);
  entra.user = person({ tid: TENANT, preferred_username: `p${++n}@outlook.example` });
  entra.script.sign = undefined;
  assert.equal((await stage.signIn(stage.browser(), '/auth/oauth/personal')).status, 403);
});

test('Keycloak: the roles of the realm are mapped', async () => {
  const id = await fresh('openid', '--issuer', other.url, '--role', 'mods=moderator');
  other.claims = { sub: `kc-${++n}`, email: `kc${n}@example.net`, realm_access: { roles: ['offline_access', 'mods'] } };
  const done = await signIn(id);
  assert.equal(done.status, 303, done.text);
  assert.ok((await me(done.browser)).roles.includes('moderator'));
  for (const realm_access of ['mods', { roles: 'mods' }, { roles: [1] }, { roles: {} }, null]) {
    other.claims.realm_access = realm_access;
    const again = await signIn(id);
    assert.equal(again.status, 303, JSON.stringify(realm_access));
    assert.ok(!(await me(again.browser)).roles.includes('moderator'), JSON.stringify(realm_access));
  }
});

test('Google: its issuer without the scheme is the same, and nobody else\'s', async () => {
  const id = await fresh('google', '--issuer', other.url);
  other.claims = { sub: `g-${++n}`, email: `g${n}@example.net`, email_verified: true };
  const one = await signIn(id);
  assert.equal(one.status, 303, one.text);
  other.claims.iss = other.url.replace('http://', '');
  const bare = other.claims.iss;
  const same = await signIn(id);
  assert.equal(same.status, 303, same.text);
  assert.equal((await me(same.browser)).id, (await me(one.browser)).id);
  other.claims.iss = `https://${bare}`;
  assert.equal((await signIn(id)).status, 403);
});
