// SPDX-License-Identifier: Apache-2.0
// Token exchange (RFC 8693) of a provider's ID token: an application has signed its user in at the provider, and calls an API
// here for them.  What is refused is refused with the rule that `uauth explain` tells.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { Client, totp } from './client.mjs';
import { commandOf } from './command.mjs';
import { OTHER_TENANT, TENANT } from './entra.mjs';
import { Stage, person } from './federation.mjs';
import { Provider } from './provider_emulator.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const STOCK = 'https://stock.example.com';
const stage = new Stage();
const one = new Provider(), two = new Provider();
const secrets = {};
let server, people = 0;

async function run(args, input) { return (await commandOf(server, args, { input })).json; }
const provider = (id, at) => run(['provider', 'create', '--kind', 'openid', '--issuer', at.url, '--client-id', 'rp', '--client-secret-stdin',
  '--create-users', '--trust-email', id], 'CANARY-provider-secret\n');

async function makeClient(id, providers, more = {}, ...options) {
  const file = join(mkdtempSync(join(tmpdir(), 'uauth-')), 'client.json');
  writeFileSync(file, JSON.stringify({
    grant_types: [GRANT], scope: 'users:read', audiences: [STOCK], token_exchange_audiences: [STOCK], token_exchange_providers: providers, ...more,
  }));
  secrets[id] = (await run(['client', 'create', '--id', id, '--type', 'confidential', '--metadata-file', file, ...options])).client_secret;
}

before(async () => {
  await stage.open();
  ({ server } = stage);
  await Promise.all([one.start(), two.start()]);
  await provider('one', one);
  await provider('two', two);
  await makeClient('orders', ['two-that-is-not', 'one', 'entra']);
  await makeClient('none', []);
  await makeClient('elsewhere', ['two']);
});
after(async () => {
  await stage.close();
  await one.close();
  await two.close();
});
beforeEach(() => { stage.begin(); one.reset(); });

const seconds = () => Math.floor(Date.now() / 1000);
const tokenOf = (sub, more = {}, at = one) => at.jwt({ iss: at.url, aud: 'rp', sub, iat: seconds(), exp: seconds() + 300, nonce: `n-${Math.random()}`, ...more });

const post = (client, path, form) => new Client(server.url).send('POST', path, {
  form, headers: { authorization: `Basic ${Buffer.from(`${client}:${secrets[client]}`).toString('base64')}` },
});
const exchange = (subject_token, { client = 'orders', ...more } = {}) =>
  post(client, '/oauth2/token', { grant_type: GRANT, subject_token_type: ID_TOKEN, subject_token, ...more });
const isActive = async (token) => (await post('orders', '/oauth2/introspect', { token })).json.active;

// What a command ends is over in the running server within a second.
async function ends(token) {
  for (let i = 0; i < 150 && await isActive(token); i++) await new Promise((done) => setTimeout(done, 10));
  assert.equal(await isActive(token), false);
}

async function ruleOf(answer) {
  const id = answer.headers.get('x-request-id');
  const line = () => server.log.split('\n').find((text) => text.includes(id) && text.includes('"status"'));
  for (let i = 0; i < 200 && !line(); i++) await new Promise((done) => setTimeout(done, 10));
  return JSON.parse(line().slice(line().indexOf('{'))).rule;
}
async function refused(answer, rule, error = 'invalid_request') {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.error, error, answer.text);
  assert.equal(answer.json.access_token, undefined);
  assert.equal(await ruleOf(answer), rule, server.log.slice(-3000));
}

// Somebody with a password here, whose account is linked to `sub` at provider one.
async function linked(sub = `sub-${++people}`) {
  const email = `${sub}@example.org`;
  const b = await stage.localPerson(email);
  one.claims = { sub };
  const begun = await b.post('/auth/me/identities', { provider: 'one' });
  assert.equal(begun.status, 201, begun.text);
  const there = await fetch(begun.json.authorization_url, { redirect: 'manual' });
  assert.equal((await b.get(stage.local(there.headers.get('location')))).headers.get('location'), '/account?done=linked');
  return { b, sub, email, id: (await b.get('/auth/me')).json.id };
}
async function exchanged(token, options) {
  const answer = await exchange(token, options);
  assert.equal(answer.status, 200, answer.text + server.log.slice(-2000));
  return answer.json;
}

test('the ID token of a provider gives an access token for the account that is linked to it', async () => {
  const { id, sub } = await linked();
  const shown = tokenOf(sub, { auth_time: seconds() - 40, exp: seconds() + 100 });
  const got = await exchanged(shown);
  assert.deepEqual(Object.keys(got).sort(), ['access_token', 'expires_in', 'issued_token_type', 'scope', 'token_type']);
  assert.equal(got.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const { payload } = await jwtVerify(got.access_token, keys, { issuer: server.url, audience: STOCK, typ: 'at+jwt' });
  assert.equal(payload.sub, id);
  assert.equal(payload.client_id, 'orders');
  assert.deepEqual(payload.act, { sub: 'orders' });
  assert.deepEqual(payload.amr, ['fed']);
  assert.equal(payload.acr, 'urn:uauth:acr:pwd');
  assert.equal(payload.auth_time, decodeJwt(shown).auth_time);
  assert.ok(payload.exp <= decodeJwt(shown).exp, 'TX-05');
  assert.equal(await isActive(got.access_token), true);
});

test('a provider that does not say when they signed in there makes no recent sign-in', async () => {
  const { sub } = await linked();
  assert.ok(decodeJwt((await exchanged(tokenOf(sub))).access_token).auth_time < seconds() - 300);
});

test('Entra, whose issuer has the tenant in it', async () => {
  const b = stage.browser();
  assert.equal((await stage.signIn(b)).status, 303);
  const got = await exchanged(stage.entra.idToken());
  assert.equal(decodeJwt(got.access_token).sub, (await b.get('/auth/me')).json.id);
  stage.entra.user = person({ tid: OTHER_TENANT });
  await refused(await exchange(stage.entra.idToken()), 'provider-tenant');
  stage.entra.user = person({ acct: 1 });
  await refused(await exchange(stage.entra.idToken()), 'provider-guest');
  assert.notEqual(OTHER_TENANT, TENANT);
});

// TX-01: what the policy does not name is refused, and nothing is used up by it.
test('TX-01: only the providers, audiences and scopes of the policy', async () => {
  const { sub } = await linked();
  const token = tokenOf(sub);
  await refused(await exchange(token, { client: 'none' }), 'exchange');
  await refused(await exchange(token, { client: 'elsewhere' }), 'exchange');
  await refused(await exchange(tokenOf(sub, {}, two)), 'exchange');
  await refused(await exchange(token, { audience: 'https://other.example' }), 'exchange', 'invalid_target');
  assert.equal((await exchange(token, { scope: 'users:delete' })).json.error, 'invalid_scope');
  await exchanged(token);
});

// TX-02: a provider that is closed is closed at this door, too.
test('TX-02: a provider that was closed meanwhile', async () => {
  const { sub } = await linked();
  const token = tokenOf(sub);
  await run(['provider', 'update', '--disable', 'one']);
  await refused(await exchange(token), 'exchange');
  await run(['provider', 'update', '--enable', 'one']);
  await exchanged(token);
});

// TX-07: what was not made for us, or is not what it was, or is old.
for (const [name, rule, make] of [
  ['a token for another application', 'provider-answer', (sub) => tokenOf(sub, { aud: 'other' })],
  ['one for us and another', 'provider-answer', (sub) => tokenOf(sub, { aud: ['rp', 'other'] })],
  ['one that was issued to another', 'provider-answer', (sub) => tokenOf(sub, { azp: 'other' })],
  ['an iat of two hours ago', 'provider-answer', (sub) => tokenOf(sub, { iat: seconds() - 7200 })],
  ['no iat', 'provider-answer', (sub) => tokenOf(sub, { iat: undefined })],
  ['an expired token', 'provider-answer', (sub) => tokenOf(sub, { iat: seconds() - 400, exp: seconds() - 90 })],
  ['a token of another key', 'provider-answer', (sub) => tokenOf(sub, { iss: one.url }, two)],
  ['a token that was changed', 'provider-answer', (sub) => {
    const [head, , signature] = tokenOf('somebody-else').split('.');
    return `${head}.${tokenOf(sub).split('.')[1]}.${signature}`;
  }],
  ['an issuer of nobody', 'exchange', (sub) => tokenOf(sub, { iss: 'https://nobody.example' })],
]) {
  test(`TX-07: ${name}`, async () => {
    const { sub } = await linked();
    await refused(await exchange(make(sub)), rule);
    await exchanged(tokenOf(sub));
  });
}

// The order of P-256: with s also n - s is a signature.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
function otherwiseSigned(token) {
  const [head, payload, signature] = token.split('.');
  const raw = Buffer.from(signature, 'base64url').toString('hex');
  const s = (ORDER - BigInt(`0x${raw.slice(64)}`)).toString(16).padStart(64, '0');
  return `${head}.${payload}.${Buffer.from(raw.slice(0, 64) + s, 'hex').toString('base64url')}`;
}

test('TX-07, SD-20: each is good once, however it is signed and however many come at once', async () => {
  const { sub } = await linked();
  const token = tokenOf(sub);
  const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(token)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400, 400, 400]);
  await refused(await exchange(token), 'assertion-replay');
  await refused(await exchange(token, { client: 'none' }), 'exchange');
  await refused(await exchange(otherwiseSigned(token)), 'assertion-replay');
  await exchanged(otherwiseSigned(tokenOf(sub)));
});

// AT-01: an address selects no account, and none is made, though this provider may make them at a sign-in.
test('AT-01: who is not linked is nobody', async () => {
  const { email } = await linked();
  await refused(await exchange(tokenOf('stranger', { email, email_verified: true })), 'provider-unlinked');
  await refused(await exchange(tokenOf('stranger', { email: 'new@example.org', email_verified: true })), 'provider-unlinked');
  assert.ok(!JSON.stringify(await run(['user', 'list'])).includes('new@example.org'));
});

test('what was given ends with the link', async () => {
  const { b, sub } = await linked();
  const other = await linked();
  const got = await exchanged(tokenOf(sub)), theirs = await exchanged(tokenOf(other.sub));
  const [{ id }] = (await b.get('/auth/me/identities')).json.identities;
  assert.equal((await b.delete(`/auth/me/identities/${id}`)).status, 204);
  assert.equal(await isActive(got.access_token), false);
  assert.equal(await isActive(theirs.access_token), true);
  assert.equal((await b.get('/auth/me')).status, 200, 'the session stays');
  await refused(await exchange(tokenOf(sub)), 'provider-unlinked');
});

test('a disabled account gets nothing, and what it got ends', async () => {
  const { email, sub } = await linked();
  const got = await exchanged(tokenOf(sub));
  await run(['user', 'disable', email]);
  await ends(got.access_token);
  await refused(await exchange(tokenOf(sub)), 'exchange');
});

test('a second factor cannot be shown here', async () => {
  const { b, sub } = await linked();
  const made = await b.post('/auth/me/mfa/totp');
  assert.equal((await b.post('/auth/me/mfa/totp/confirm', { code: await totp(made.json.secret) })).status, 200);
  await refused(await exchange(tokenOf(sub)), 'sign-in-class');
});

test('TX-04, TN-10: a client of a tenant is for its members, under its rules', async () => {
  const { email, sub } = await linked();
  const { id } = await run(['tenant', 'create', '--slug', 'acme']);
  await makeClient('acme-orders', ['one'], {}, '--tenant', id);
  const asked = () => exchange(tokenOf(sub), { client: 'acme-orders' });
  await refused(await asked(), 'tenant');
  await run(['tenant', 'member', '--tenant', 'acme', email]);
  assert.equal(decodeJwt((await asked()).json.access_token).tenant_id, id);
  await run(['tenant', 'update', '--require-mfa', 'acme']);
  await refused(await asked(), 'sign-in-class');
  await run(['tenant', 'update', '--no-require-mfa', 'acme']);
  const got = (await asked()).json.access_token;
  await run(['tenant', 'disable', 'acme']);
  await ends(got);
  assert.ok([400, 401].includes((await asked()).status));
});

test('a provider that does not answer is no refusal of the token', async () => {
  const { sub } = await linked();
  const gone = await new Provider().start();
  await provider('gone', gone);
  await makeClient('both', ['gone', 'one']);
  const token = tokenOf(sub, {}, gone);
  await gone.close();
  assert.ok((await exchange(token, { client: 'both' })).status >= 500);
  await exchanged(tokenOf(sub), { client: 'both' });
});
