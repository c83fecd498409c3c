// SPDX-License-Identifier: Apache-2.0
// Signing in here with providers that others have written: panva's oidc-provider, and Glewlwyd.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client } from './client.mjs';
import { command } from './command.mjs';
import { me } from './federation.mjs';
import { GLEWLWYD, GLEWLWYD_SECRET, GWEN, Glewlwyd } from './glewlwyd.mjs';
import { OidcProvider, SECRET } from './oidc_provider.mjs';
import { startServer } from './server.mjs';

let server, op, jwk;

before(async () => {
  server = await startServer({
    env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_LOG_LEVEL: 'debug' },
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'rp-1', alg: 'ES256', use: 'sig' };
  const { d, ...shown } = jwk;
  const client = (id, more) => ({ client_id: id, redirect_uris: [`${server.url}/auth/oauth/${id}/callback`], ...more });
  op = await new OidcProvider().start({
    clients: [
      client('basic', { client_secret: SECRET }),
      client('posted', { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'RS256' }),
      client('keyed', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [shown] } }),
      client('form', { client_secret: SECRET }),
    ],
  });
});
after(async () => {
  await server?.stop();
  await op?.close();
});

async function create(id, input, { issuer = op.url } = {}, ...more) {
  const args = ['provider', 'create', '--kind', 'openid', '--issuer', issuer, '--client-id', id, '--client-secret-stdin', '--create-users', '--trust-email', ...more, id];
  const done = await command(args, { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: `${input}\n` });
  assert.equal(done.code, 0, done.stderr);
}

// To the provider, through its pages as `name`, and back.
async function signIn(b, id, name) {
  const begun = await b.get(`/auth/oauth/${id}`);
  assert.equal(begun.status, 303, begun.text);
  const back = await op.walk(begun.headers.get('location'), name);
  if (typeof back === 'string') return b.get(back.slice(server.url.length));
  return b.send('POST', back.action.slice(server.url.length), {
    form: Object.fromEntries(back.form), headers: { origin: op.url, 'sec-fetch-site': 'cross-site' },
  });
}

const browser = () => new Client(server.url, { jar: true });

test('oidc-provider: by each way of showing who we are, and by query and form', async () => {
  const ways = [
    ['basic', SECRET, []],
    ['posted', SECRET, ['--auth-method', 'client_secret_post']],
    ['keyed', JSON.stringify(jwk), ['--auth-method', 'private_key_jwt']],
    ['form', SECRET, ['--response-mode', 'form_post']],
  ];
  for (const [id, secret, more] of ways) {
    await create(id, secret, {}, ...more);
    const b = browser();
    const done = await signIn(b, id, `dora-${id}`);
    assert.equal(done.status, 303, `${id}: ${done.text}\n${server.log.slice(-3000)}`);
    const who = await me(b);
    assert.equal(who.email, `dora-${id}@op.example`);
    assert.equal(who.email_verified, true);
    const again = browser();
    assert.equal((await signIn(again, id, `dora-${id}`)).status, 303);
    assert.equal((await me(again)).id, who.id);
  }
  assert.deepEqual(op.errors, []);
});

// RFC 9207, RFC 9700 4.4.
test('CD-01, CD-07, oidc-provider: an answer of another server, of another attempt, or a second time', async () => {
  const b = browser();
  const begun = await b.get('/auth/oauth/basic');
  const back = new URL(await op.walk(begun.headers.get('location'), 'eve'));
  assert.equal(back.searchParams.get('iss'), op.url);
  const bring = (change, from = b) => {
    const url = new URL(back);
    for (const [name, value] of Object.entries(change)) if (value === null) url.searchParams.delete(name); else url.searchParams.set(name, value);
    return from.get(url.href.slice(server.url.length));
  };
  assert.equal((await bring({}, browser())).status, 400);
  assert.equal((await bring({ state: 'A'.repeat(43) })).status, 400);
  const done = await bring({});
  assert.equal(done.status, 303, done.text);
  assert.equal((await bring({})).status, 400);
  for (const iss of ['https://evil.example', `${op.url}/`, null]) {
    const other = browser();
    const start = await other.get('/auth/oauth/basic');
    const url = new URL(await op.walk(start.headers.get('location'), 'eve'));
    if (iss === null) url.searchParams.delete('iss'); else url.searchParams.set('iss', iss);
    assert.equal((await other.get(url.href.slice(server.url.length))).status, 403);
    assert.equal(other.jar.has('session'), false);
  }
});

test('Glewlwyd: by the header, in the body, and the same person the next time', { skip: GLEWLWYD }, async (t) => {
  const glewlwyd = await new Glewlwyd().start();
  t.after(() => glewlwyd.close());
  for (const [id, ...more] of [['g-basic'], ['g-posted', '--auth-method', 'client_secret_post']]) {
    await glewlwyd.client(id, GLEWLWYD_SECRET, [`${server.url}/auth/oauth/${id}/callback`]);
    await create(id, GLEWLWYD_SECRET, { issuer: glewlwyd.url }, '--scope', 'openid', '--email-domain', 'glewlwyd.example', ...more);
  }
  const [first, again] = [browser(), browser()];
  for (const b of [first, again]) {
    const begun = await b.get('/auth/oauth/g-basic');
    const done = await b.get((await glewlwyd.walk(begun.headers.get('location'))).slice(server.url.length));
    assert.equal(done.status, 303, `${done.text}\n${server.log.slice(-3000)}\n${glewlwyd.log}`);
  }
  const who = await me(first);
  assert.equal(who.email, GWEN);
  assert.equal(who.id, (await me(again)).id);
  // AT-01: the same address by another provider is no other way to this account.
  const b = browser();
  const begun = await b.get('/auth/oauth/g-posted');
  const other = await b.get((await glewlwyd.walk(begun.headers.get('location'))).slice(server.url.length));
  assert.equal(other.status, 409, other.text);
});
