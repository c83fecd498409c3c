// SPDX-License-Identifier: Apache-2.0
// What a newcomer does: register, sign in, call with the token, refresh, sign out; then what else one does with an
// account.  Against the built binary, with mails by SMTP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, assertProblem, makeUser, signIn, tokenIn, totp } from './client.mjs';

let server, sink, client;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off' },
  });
  client = new Client(server.url);
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

test('one registers, verifies, signs in, calls, refreshes and signs out', async () => {
  const email = 'ada@example.com';
  const registered = await client.post('/auth/register', { email, password: PASSWORD, full_name: 'Ada L.' });
  assert.equal(registered.status, 201, registered.text);
  assert.deepEqual(Object.keys(registered.json).sort(), ['created_at', 'email', 'email_verified', 'full_name', 'id']);
  assert.equal(registered.json.email_verified, false);

  assertProblem(await client.post('/auth/login', { email, password: PASSWORD }), 401, 'invalid-credentials');
  assert.equal((await client.post('/auth/verify-email', { token: tokenIn(await sink.mailTo(email)) })).status, 204);

  const tokens = await signIn(client, email);
  assert.equal(tokens.token_type, 'Bearer');
  assert.equal(tokens.expires_in, 900);

  const me = await client.get('/auth/me', { token: tokens.access_token });
  assert.equal(me.status, 200, me.text);
  assert.equal(me.json.email, email);
  assert.equal(me.json.email_verified, true);
  assert.equal(me.json.mfa_enabled, false);
  assert.deepEqual(me.json.roles, ['user']);
  assert.equal(me.headers.get('cache-control'), 'no-store');

  const next = await client.post('/auth/refresh', { refresh_token: tokens.refresh_token });
  assert.equal(next.status, 200, next.text);
  assert.notEqual(next.json.refresh_token, tokens.refresh_token);
  assert.equal((await client.get('/auth/me', { token: next.json.access_token })).status, 200);

  const out = await client.post('/auth/logout', {}, { token: next.json.access_token });
  assert.equal(out.status, 204, out.text);
  assertProblem(await client.get('/auth/me', { token: next.json.access_token }), 401, 'invalid-token');
  assertProblem(await client.post('/auth/refresh', { refresh_token: next.json.refresh_token }), 400, 'invalid-grant');
});

test('the access token is a JWT of RFC 9068 that jose verifies with the published keys', async () => {
  const email = await makeUser(client, sink, 'grace@example.com');
  const tokens = await signIn(client, email);
  const jwks = jose.createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jose.jwtVerify(tokens.access_token, jwks, {
    issuer: server.issuer, audience: server.issuer, typ: 'at+jwt', algorithms: ['RS256'],
  });
  for (const claim of ['sub', 'exp', 'iat', 'nbf', 'jti', 'client_id', 'scope', 'auth_time', 'sid'])
    assert.ok(payload[claim] !== undefined, `claim ${claim} is missing`);
  assert.equal(payload.client_id, 'first-party');
  assert.equal(payload.type, 'access');
  assert.deepEqual(payload.scope.split(' '), payload.scopes);
  assert.ok(payload.permissions.includes('users:read'));
  const { keys } = (await client.get('/.well-known/jwks.json')).json;
  const own = keys.find((key) => key.kid === protectedHeader.kid);
  assert.equal(await jose.calculateJwkThumbprint(own), own.kid);
  for (const key of keys)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[secret], undefined);
});

test('EN-10: registering a taken address looks the same, and its owner is told', async () => {
  const email = await makeUser(client, sink, 'alan@example.com');
  const again = await client.post('/auth/register', { email, password: PASSWORD, full_name: 'Mallory' });
  assert.equal(again.status, 201);
  assert.deepEqual(Object.keys(again.json).sort(), ['created_at', 'email', 'email_verified', 'full_name', 'id']);
  assert.equal(again.json.full_name, 'Mallory');
  const told = await sink.mailTo(email, 2);
  assert.doesNotMatch(told.text, /token=/);
  const tokens = await signIn(client, email);
  const me = await client.get('/auth/me', { token: tokens.access_token });
  assert.equal(me.json.full_name, 'Test Person');
});

test('PR-02, PR-05, RT-11: a reset works once and ends every other session', async () => {
  const email = await makeUser(client, sink, 'edsger@example.com');
  const tokens = await signIn(client, email);
  for (const address of [email, 'nobody@example.com']) {
    const asked = await client.post('/auth/forgot-password', { email: address });
    assert.equal(asked.status, 202);
    assert.equal(asked.text, (await client.post('/auth/forgot-password', { email: 'other@example.com' })).text);
  }
  const token = tokenIn(await sink.mailTo(email, 2));
  const weak = await client.post('/auth/reset-password', { token, password: 'short' });
  assert.equal(weak.status, 400);
  const changed = 'Another-horse-8-staple';
  assert.equal((await client.post('/auth/reset-password', { token, password: changed })).status, 204);
  assert.equal((await client.post('/auth/reset-password', { token, password: changed })).status, 400);
  assert.equal((await client.get('/auth/me', { token: tokens.access_token })).status, 401);
  assert.equal((await client.post('/auth/refresh', { refresh_token: tokens.refresh_token })).status, 400);
  assertProblem(await client.post('/auth/login', { email, password: PASSWORD }), 401, 'invalid-credentials');
  await signIn(client, email, { password: changed });
  assert.equal(sink.mails.filter((mail) => mail.to.includes('nobody@example.com')).length, 0);
});

test('a second factor is enrolled, asked for, and used once', async () => {
  const email = await makeUser(client, sink, 'barbara@example.com');
  const { access_token: token } = await signIn(client, email);
  const enrolled = await client.post('/auth/me/mfa/totp', {}, { token });
  assert.equal(enrolled.status, 201, enrolled.text);
  assert.match(enrolled.json.otpauth_uri, /^otpauth:\/\/totp\//);
  const wrong = await client.post('/auth/me/mfa/totp/confirm', { code: '000000' }, { token });
  assert.ok(wrong.status === 400 || wrong.status === 401, wrong.text);
  const confirmed = await client.post('/auth/me/mfa/totp/confirm', { code: await totp(enrolled.json.secret, -1) }, { token });
  assert.equal(confirmed.status, 200, confirmed.text);
  assert.equal(confirmed.json.recovery_codes.length, 10);

  const asked = await client.post('/auth/login', { email, password: PASSWORD });
  assertProblem(asked, 401, 'mfa-required');
  assert.deepEqual([...asked.json.methods].sort(), ['recovery_code', 'totp']);
  // MF-02: the same code again is refused, also for another sign-in.
  const code = await totp(enrolled.json.secret);
  const second = await client.post('/auth/login', { mfa_token: asked.json.mfa_token, mfa_code: code });
  assert.equal(second.status, 200, second.text);
  const again = await client.post('/auth/login', { email, password: PASSWORD, mfa_code: code });
  assert.equal(again.status, 401);
  // MF-08: a recovery code works once.
  const [recovery] = confirmed.json.recovery_codes;
  assert.equal((await client.post('/auth/login', { email, password: PASSWORD, mfa_code: recovery })).status, 200);
  assert.equal((await client.post('/auth/login', { email, password: PASSWORD, mfa_code: recovery })).status, 401);
  const left = await client.get('/auth/me/recovery-codes', { token: second.json.access_token });
  assert.equal(left.json.remaining, 9);
});

test('one sees and ends one\'s sessions', async () => {
  const email = await makeUser(client, sink, 'donald@example.com');
  const here = await signIn(client, email);
  const there = await signIn(client, email);
  const listed = await client.get('/auth/me/sessions', { token: here.access_token });
  assert.equal(listed.json.sessions.length, 2);
  // SS-06: handles only, nothing that opens a session.
  const sids = listed.json.sessions.map((session) => session.sid);
  const other = listed.json.sessions.find((session) => !session.current);
  assert.ok(!JSON.stringify(listed.json).includes(here.refresh_token));
  assert.equal((await client.delete(`/auth/me/sessions/${other.sid}`, { token: here.access_token })).status, 204);
  assert.equal((await client.get('/auth/me', { token: there.access_token })).status, 401);
  assert.equal((await client.get('/auth/me', { token: here.access_token })).status, 200);
  // EN-07: somebody else's session is as absent as one that never was.
  const stranger = await signIn(client, await makeUser(client, sink, 'niklaus@example.com'));
  const foreign = await client.delete(`/auth/me/sessions/${sids[0]}`, { token: stranger.access_token });
  const absent = await client.delete('/auth/me/sessions/0190a1b2-0000-7000-8000-000000000000', { token: stranger.access_token });
  assert.equal(foreign.status, 404);
  assert.equal(absent.status, 404);
  assert.equal(foreign.json.title, absent.json.title);
});

test('AT-21, PR-11: one changes password and address only with the present password', async () => {
  const email = await makeUser(client, sink, 'tony@example.com');
  const { access_token: token } = await signIn(client, email);
  const changed = 'Changed-horse-9-tack';
  for (const current_password of ['', 'wrong-Password-1', undefined, ['a']]) {
    const refused = await client.post('/auth/me/password', { current_password, new_password: changed }, { token });
    assert.ok(refused.status === 400 || refused.status === 401, refused.text);
  }
  const done = await client.post('/auth/me/password', { current_password: PASSWORD, new_password: changed }, { token });
  assert.equal(done.status, 204, done.text);
  const fresh = await signIn(client, email, { password: changed });
  const asked = await client.post('/auth/change-email', { email: 'tony@new.example.com', password: changed }, { token: fresh.access_token });
  assert.equal(asked.status, 202, asked.text);
  const link = tokenIn(await sink.mailTo('tony@new.example.com'));
  assert.equal((await client.post('/auth/verify-email', { token: link })).status, 204);
  await signIn(client, 'tony@new.example.com', { password: changed });
  assert.equal((await client.post('/auth/login', { email, password: changed })).status, 401);
});

test('AZ-03: nothing but one\'s name can be set through the profile', async () => {
  const email = await makeUser(client, sink, 'ken@example.com');
  const { access_token: token } = await signIn(client, email);
  for (const more of [{ role: 'admin' }, { roles: ['admin'] }, { email_verified: true }, { id: 'x' }, { permissions: ['admin:*'] }]) {
    const refused = await client.put('/auth/me', { full_name: 'Ken', ...more }, { token });
    assertProblem(refused, 400, 'invalid-field');
    assert.equal(refused.json.errors[0].field, Object.keys(more)[0]);
  }
  const changed = await client.put('/auth/me', { full_name: 'Ken T.' }, { token });
  assert.equal(changed.json.full_name, 'Ken T.');
  assert.deepEqual(changed.json.roles, ['user']);
});

test('AZ-16: an account is exported and erased by its owner with the password', async () => {
  const email = await makeUser(client, sink, 'dennis@example.com');
  const { access_token: token } = await signIn(client, email);
  const exported = await client.get('/auth/me/export', { token });
  assert.equal(exported.status, 200, exported.text);
  assert.ok(exported.text.includes(email));
  assert.ok((await client.send('DELETE', '/auth/me', { json: { password: 'wrong-Password-1' }, token })).status >= 400);
  assert.equal((await client.send('DELETE', '/auth/me', { json: { password: PASSWORD }, token })).status, 204);
  assert.equal((await client.get('/auth/me', { token })).status, 401);
  assertProblem(await client.post('/auth/login', { email, password: PASSWORD }), 401, 'invalid-credentials');
  // AT-11: the address may be used anew, and nothing of the old account comes back.
  await makeUser(client, sink, 'dennis2@example.com');
});
