// SPDX-License-Identifier: Apache-2.0
// Providers whose URLs the API has named: nothing of them is called inside but what the operator lists, on whichever of the
// ways on which a provider is called.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from './entra.mjs';
import { person } from './federation.mjs';
import { Provider } from './provider_emulator.mjs';
import { freePort, startServer } from './server.mjs';
import { until } from './until.mjs';

const SECRET = 'CANARY-provider-secret';
let server, other, entra, trap, op;
const trapped = [];

before(async () => {
  [other, entra] = await Promise.all([new Provider().start(), new Entra().start()]);
  // Another name of the same address, with the answers of `other`: it would let people in.
  trap = http.createServer((request, response) => { trapped.push(request.url); other.answer(request, response); });
  await new Promise((done) => trap.listen(0, '127.0.0.1', done));
  server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_LOG_LEVEL: 'debug' } });
  const made = await command(['user', 'create', '--email', 'op@example.com', '--name', 'Op', '--role', 'admin', '--password-stdin'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
});
after(async () => {
  await server?.stop();
  await Promise.all([other?.close(), entra?.close()]);
  trap?.closeAllConnections();
  trap?.close();
});
beforeEach(() => { other.reset(); trapped.length = 0; });

// The service with these hosts listed, and an operator who has just signed in.
async function listing(hosts) {
  server.env.AUTH_INTERNAL_HOSTS = hosts;
  await server.restart();
  const c = new Client(server.url);
  const { access_token: token } = (await c.post('/auth/login', { email: 'op@example.com', password: PASSWORD })).json;
  op = { post: (path, json) => c.post(path, json, { token }), get: (path) => c.get(path, { token }) };
}

async function name(id, kind, metadata, secret = SECRET) {
  const made = await op.post('/admin/providers', { id, kind, client_secret: secret, metadata: { client_id: 'rp', create_users: true, email_domains: ['example.net'], trust_email: true, ...metadata } });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json.urls_named_by, 'api');
}

const trapUrl = () => `http://localhost:${trap.address().port}`;
const browser = () => new Client(server.url, { jar: true });

async function signIn(id) {
  const b = browser();
  const begun = await b.get(`/auth/oauth/${id}`);
  if (begun.status !== 303) return begun.status;
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  const done = await b.get(there.headers.get('location').slice(server.url.length));
  return done.status === 303 && b.jar.has('session') ? 'in' : done.status;
}

// Nobody comes in by it, and the log says why.
async function refused(id, why) {
  const from = server.log.length;
  const status = await signIn(id);
  assert.ok([403, 502].includes(status), `${id}: ${status}`);
  await until(() => why.test(server.log.slice(from)), () => `${why} in ${server.log.slice(from)}`);
}

test('SR-02: what is not listed is refused where it is named', async () => {
  await listing('');
  for (const url of [other.url, 'https://127.0.0.1', 'https://[::ffff:127.0.0.1]', 'https://[::1]', 'https://2130706433', 'https://0x7f.1', 'https://localhost', 'https://idp.example.com:8443', 'https://169.254.169.254', 'http://idp.example.com']) {
    const made = await op.post('/admin/providers', { id: 'bad', kind: 'openid', client_secret: SECRET, metadata: { issuer: url, client_id: 'rp' } });
    assert.equal(made.status, 400, `${url}: ${made.text}`);
    assert.equal(made.json.errors?.[0]?.field ?? made.json.field, 'issuer', made.text);
  }
  assert.equal(other.calls.length, 0);
});

test('SR-02: a host that is listed is called, and no longer once it is not', async () => {
  await listing('127.0.0.1');
  other.claims = { sub: 'open-1', email: 'open@example.net', email_verified: true };
  await name('open', 'openid', { issuer: other.url });
  assert.equal(await signIn('open'), 'in');
  await listing('');
  other.calls.length = 0;
  // Discovery is the first of the ways; the callback, a refresh token, a logout token and one that is exchanged begin with it, too.
  await refused('open', /only https on port 443 is called for others/);
  const told = await browser().send('POST', '/auth/oauth/open/backchannel-logout', { form: { logout_token: other.jwt({ iss: other.url, aud: 'rp', sid: 'x' }) } });
  assert.notEqual(told.status, 200, told.text);
  assert.equal(other.calls.length, 0);
});

test('SR-02: what the metadata of a listed host names elsewhere inside is not called: token, keys, userinfo', async () => {
  await listing('127.0.0.1');
  for (const member of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
    const one = await new Provider().start();
    one.claims = { sub: `them-${member}` };
    one.script.document = { [member]: `${trapUrl()}/${{ token_endpoint: 'token', jwks_uri: 'keys', userinfo_endpoint: 'userinfo' }[member]}` };
    const id = member.replaceAll('_', '-');
    await name(id, 'openid', { issuer: one.url });
    await refused(id, /only https on port 443 is called for others/);
    assert.deepEqual(trapped, [], member);
    await one.close();
  }
});

test('SR-02: each of the URLs of a plain OAuth 2.0 provider is looked at for itself', async () => {
  const urls = { authorization_endpoint: `${other.url}/login/oauth/authorize`, token_endpoint: `${other.url}/login/oauth/access_token`, userinfo_endpoint: `${other.url}/user`, emails_endpoint: `${other.url}/user/emails` };
  await listing('127.0.0.1,localhost');
  const ids = [];
  for (const member of ['token_endpoint', 'userinfo_endpoint', 'emails_endpoint']) {
    const id = `plain-${member.replaceAll('_', '-')}`;
    await name(id, 'oauth2', { ...urls, [member]: urls[member].replace(other.url, trapUrl()) });
    ids.push(id);
  }
  assert.equal(await signIn(ids[1]), 'in');
  assert.deepEqual(trapped, ['/user']);
  trapped.length = 0;
  await listing('127.0.0.1');
  for (const id of ids) await refused(id, /only https on port 443 is called for others/);
  assert.deepEqual(trapped, []);
  await listing('localhost');
  await refused(ids[1], /only https on port 443 is called for others/);
  assert.deepEqual(trapped, []);
});

test('SR-02: nor is Microsoft Graph at an address inside', async () => {
  await listing('127.0.0.1,localhost');
  const metadata = { issuer: entra.url, tenant: TENANT, client_id: CLIENT_ID, email_domains: ['contoso.example'], roles: ['22222222-0000-0000-0000-000000000001=moderator'] };
  await name('graph', 'entra', { ...metadata, graph: trapUrl() }, CLIENT_SECRET);
  entra.user = person({ hasgroups: true });
  await listing('127.0.0.1');
  await refused('graph', /only https on port 443 is called for others/);
  assert.deepEqual(trapped, []);
});

test('SR-11: an open port inside, a closed one and none look the same', async () => {
  await listing('127.0.0.1,localhost,10.255.255.1');
  const ports = { opened: trapUrl(), closed: `http://localhost:${await freePort()}`, none: 'https://10.255.255.1' };
  for (const [id, issuer] of Object.entries(ports)) await name(id, 'openid', { issuer });
  await listing('');
  const seen = new Set();
  for (const [id, issuer] of Object.entries(ports)) {
    const tried = await op.post(`/admin/providers/${id}/test`, {});
    assert.equal(tried.status, 200, tried.text);
    const [check] = tried.json.checks;
    assert.deepEqual([tried.json.checks.length, check.name, check.outcome], [1, 'metadata', 'failed']);
    seen.add(check.text.replaceAll(new URL(issuer).hostname, 'HOST'));
  }
  assert.equal([...seen].filter((text) => /443/.test(text)).length, 1, [...seen].join(' | '));
  assert.ok([...seen].every((text) => /only https on port 443|address that is not public/.test(text)), [...seen].join(' | '));
  assert.deepEqual(trapped, []);
});

test('what a command on the machine names may be anywhere, and stays so until the API names another', async () => {
  await listing('');
  const made = await command(['provider', 'create', '--kind', 'openid', '--client-id', 'rp', '--client-secret-stdin', '--issuer', other.url, '--create-users', '--email-domain', 'example.net', 'own', '--json'],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url }, input: SECRET });
  assert.equal(made.code, 0, made.stderr);
  assert.equal(JSON.parse(made.stdout).urls_named_by, 'machine');
  other.claims = { sub: 'own-1', email: 'own@example.net', email_verified: true };
  assert.equal(await signIn('own'), 'in');
  // A whole configuration that is sent is the API, too.
  const applied = await op.post('/admin/apply', { providers: [{ id: 'own', kind: 'openid', metadata: { issuer: trapUrl(), client_id: 'rp', token_endpoint_auth_method: 'none' } }] });
  assert.equal(applied.status, 400, applied.text);
  assert.match(applied.text, /AUTH_INTERNAL_HOSTS/);
  // Nor does it say of another URL that the machine has named it; what is exported applies where it was.
  const exported = (await op.get('/admin/realm')).json.providers.filter(({ id }) => id === 'own');
  assert.equal(exported[0].urls_named_by, 'machine');
  const moved = [{ ...exported[0], metadata: { ...exported[0].metadata, issuer: 'https://idp.example.org', token_endpoint_auth_method: 'none' } }];
  const vouched = await op.post('/admin/apply', { providers: moved });
  assert.equal(vouched.status, 400, vouched.text);
  assert.match(vouched.text, /provider own: urls_named_by/);
  const again = await op.post('/admin/apply', { providers: exported });
  assert.deepEqual([again.status, again.json.changes], [200, []]);
  assert.equal(await signIn('own'), 'in');
});
