// SPDX-License-Identifier: Apache-2.0
// Every forgery of a JWT (forgeries.mjs) as what an upstream provider sends: ID tokens of a sign-in, and logout tokens.  What
// applications send is in forged.test.mjs.
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Client } from './client.mjs';
import { command } from './command.mjs';
import { forgeries, good } from './forgeries.mjs';
import { Provider } from './provider_emulator.mjs';
import { startServer } from './server.mjs';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const START = '/auth/oauth/other';
let server, other, key, trap, asked = 0;

before(async () => {
  trap = http.createServer((request, response) => { asked++; response.end(); });
  await new Promise((done) => { trap.listen(0, '127.0.0.1', done); });
  other = await new Provider().start();
  server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_INTERNAL_HOSTS: '127.0.0.1', AUTH_JWT_ALGORITHM: 'ES256' } });
  const done = await command(['provider', 'create', '--kind', 'openid', '--client-id', 'rp', '--client-secret-stdin', '--issuer', other.url, '--create-users', '--email-domain', 'example.net', 'other'],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url, AUTH_INTERNAL_HOSTS: '127.0.0.1', AUTH_JWT_ALGORITHM: 'ES256' }, input: 'CANARY-provider-secret' });
  assert.equal(done.code, 0, done.stderr);
  key = { alg: 'ES256', privateKey: other.key, publicKey: createPublicKey(other.key), jwk: other.jwk, kid: other.jwk.kid };
});
after(async () => {
  await server?.stop();
  await other?.close();
  trap?.closeAllConnections();
  trap?.close();
});

const now = () => Math.floor(Date.now() / 1000);
const of = (claims) => ({ header: { kid: key.kid }, claims, key });
// But for an end that is far away, which a provider may choose.
const all = () => Object.entries(forgeries(`http://127.0.0.1:${trap.address().port}/keys`)).filter(([what]) => what !== 'exp of 1e300');

// Somebody signs in with an ID token that `make` makes of the true one; resolves to the browser.
async function signIn(make) {
  const b = new Client(server.url, { jar: true });
  other.jwt = (claims) => make(of(claims));
  const begun = await b.get(START);
  assert.equal(begun.status, 303, begun.text);
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  b.answer = await b.get(there.headers.get('location').slice(server.url.length), { headers: { 'sec-fetch-site': 'cross-site' } });
  return b;
}
const lives = async (b) => (await b.get('/auth/me')).status === 200;

test('JOSE-01, JOSE-29: no forgery is taken as the ID token of a provider', async () => {
  other.claims = { sub: `them-${randomUUID()}`, email: 'them@example.net' };
  assert.ok(await lives(await signIn(good)), 'a good one is refused');
  for (const [what, forge] of all()) {
    const b = await signIn(forge);
    assert.ok(b.answer.status >= 400 && b.answer.status < 500, `${what}: ${b.answer.status} ${b.answer.headers.get('location')} ${b.answer.text.slice(0, 300)}`);
    assert.ok(!b.jar.has('session') && !await lives(b), what);
  }
  assert.ok(await lives(await signIn(good)), 'a good one is refused');
  assert.equal(asked, 0, 'somebody has come to the address in a header');
});

test('JOSE-01, JOSE-29: no forgery is taken as a logout token', async () => {
  other.claims = { sub: `them-${randomUUID()}`, sid: randomUUID(), email: `${randomUUID()}@example.net` };
  const token = () => of({ iss: other.url, aud: 'rp', iat: now(), exp: now() + 120, jti: randomUUID(), sid: other.claims.sid, events: { [EVENT]: {} } });
  const tell = (logout_token) => new Client(server.url).send('POST', `${START}/backchannel-logout`, { form: { logout_token } });
  const b = await signIn(good);
  assert.ok(await lives(b));
  for (const [what, forge] of all()) {
    if (what === 'typ of another kind') continue; // which is that of this one
    const answer = await tell(await forge(token()));
    assert.deepEqual([answer.status, answer.json?.error], [400, 'invalid_request'], `${what}: ${answer.text}`);
    assert.ok(await lives(b), what);
  }
  assert.equal((await tell(good(token()))).status, 200);
  assert.ok(!await lives(b));
  assert.equal(asked, 0, 'somebody has come to the address in a header');
});
