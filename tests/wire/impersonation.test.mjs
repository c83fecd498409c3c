// SPDX-License-Identifier: Apache-2.0
// Acting as a user, as an operator meets it: by a command on a service that runs, which says so at once when it is turned off.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { Person } from './person.mjs';
import { startServer } from './server.mjs';
import { within } from './until.mjs';

const ENV = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };
let server, client, folder, token;

const settings = (impersonation) => {
  const file = join(folder, 'uauth.conf');
  writeFileSync(file, `impersonation = ${impersonation}\n`);
  return file;
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-impersonation-'));
  server = await startServer({ env: ENV, args: ['--config', settings('on')] });
  client = new Client(server.url);
  for (const [email, ...more] of [['ada@example.com', '--role', 'admin'], ['bob@example.com'], ['eve@example.com', '--role', 'admin']]) {
    const made = await command(['user', 'create', '--email', email, '--name', email.split('@')[0], '--password-stdin', ...more], { data: server.data, env: ENV, input: `${PASSWORD}\n` });
    assert.equal(made.code, 0, made.stderr);
  }
  token = await signIn('ada@example.com');
});
after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function signIn(email) {
  const answer = await client.post('/auth/login', { email, password: PASSWORD });
  assert.equal(answer.status, 200);
  return answer.json.access_token;
}

const act = (bearer, ...more) => {
  const file = join(folder, 'token');
  writeFileSync(file, `${bearer}\n`, { mode: 0o600 });
  return command(['user', 'impersonate', '--reason', 'Ticket 4711', '--server', server.url, '--token-file', file, ...more, 'bob@example.com']);
};
const me = (bearer) => client.get('/auth/me', { token: bearer });

const until = within(15000, 20);

test('TX-06: a command prints a token that says who acts, and the audit names both', async () => {
  const done = await act(token, '--minutes', '5');
  assert.equal(done.code, 0, done.stderr);
  const bearer = done.stdout.trim();
  const { json: body } = await me(bearer);
  assert.deepEqual([body.email, body.impersonator_id], ['bob@example.com', (await me(token)).json.id]);
  const claims = JSON.parse(Buffer.from(bearer.split('.')[1], 'base64url'));
  assert.deepEqual([claims.sub, claims.act], [body.id, { sub: body.impersonator_id }]);
  assert.ok(claims.exp - claims.iat <= 300);
  const listed = await command(['audit', 'list', '--json'], { data: server.data, env: ENV });
  const begun = listed.json.find(({ name }) => name === 'impersonation.begun');
  assert.deepEqual([begun.user_id, begun.actor_id], [body.id, body.impersonator_id]);
  assert.equal((await client.delete('/auth/me/impersonation', { token: bearer })).status, 204);
  assert.equal((await me(bearer)).status, 401);
});

test('AZ-04: the command says what is refused', async () => {
  const own = await act(await signIn('bob@example.com'));
  assert.equal(own.code, 1);
  const here = await command(['user', 'impersonate', '--reason', 'x', 'bob@example.com'], { data: server.data, env: ENV });
  assert.equal(here.code, 2);
  assert.match(here.stderr, /--server/);
});

// AZ-02: nor does an application that its user has given all there is, and whose token is bound to a key of its own.
test('an application acts as nobody, by a token that is bound to its key, either', async () => {
  const env = { ...ENV, AUTH_PUBLIC_URL: server.url };
  const made = await command(['client', 'create', '--id', 'console', '--type', 'public', '--first-party', '--redirect-uri', 'https://app.test/cb', '--grant', 'authorization_code',
    '--scope', 'openid admin:*', '--json'], { data: server.data, env });
  assert.equal(made.code, 0, made.stderr);
  const config = await oidc.discovery(new URL(server.url), 'console', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier(), expectedState = oidc.randomState();
  const ada = new Person({ email: 'ada@example.com' });
  const { url } = await ada.signIn(oidc.buildAuthorizationUrl(config, { redirect_uri: 'https://app.test/cb', scope: 'openid admin:*', state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256' }), { until: 'https://app.test/' });
  const tokens = await oidc.authorizationCodeGrant(config, url, { pkceCodeVerifier, expectedState }, undefined, { DPoP });
  const bob = await command(['user', 'show', 'bob@example.com', '--json'], { data: server.data, env });
  const call = (token, path, body) => oidc.fetchProtectedResource(config, token, new URL(`${server.url}${path}`), body ? 'POST' : 'GET', body && JSON.stringify(body),
    new Headers({ 'content-type': 'application/json' }), { DPoP });
  assert.equal((await call(tokens.access_token, `/admin/users/${bob.json.id}`)).status, 200);
  const answer = await call(tokens.access_token, `/admin/users/${bob.json.id}/impersonate`, { reason: 'Ticket 4712' });
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).detail, 'This is for somebody who is signed in here.');
});

test('SS-09, AZ-07: whoever signs out, or loses the role, acts no longer; nor does anybody when it is turned off', async () => {
  const eve = await signIn('eve@example.com');
  const { stdout: first } = await act(eve);
  assert.equal((await me(first.trim())).status, 200);
  assert.equal((await client.post('/auth/logout', {}, { token: eve })).status, 204);
  assert.equal((await me(first.trim())).status, 401);
  const again = await signIn('eve@example.com');
  const { stdout: second } = await act(again);
  assert.equal((await me(second.trim())).status, 200);
  const taken = await command(['user', 'role', '--take', 'admin', 'eve@example.com'], { data: server.data, env: ENV });
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal((await me(second.trim())).status, 401);
  const { stdout: third } = await act(token);
  assert.equal((await me(third.trim())).status, 200);
  settings('off');
  process.kill(server.pid, 'SIGHUP');
  await until(async () => (await me(third.trim())).status === 401, 'the end of it');
});
