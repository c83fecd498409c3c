// SPDX-License-Identifier: Apache-2.0
// Providers that are made by command: another uauth as a real OpenID provider, and Google, Apple and GitHub as they speak.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Client, PASSWORD, makeUser } from './client.mjs';
import { commandOf } from './command.mjs';
import { me } from './federation.mjs';
import { Provider } from './provider_emulator.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const SECRET = 'CANARY-provider-secret';
let server, up, sink, other;

before(async () => {
  sink = await startSmtpSink();
  const env = {
    AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
    AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_LOG_LEVEL: 'debug',
  };
  [server, up, other] = await Promise.all([startServer({ env }), startServer({ env }), new Provider().start()]);
});
after(async () => {
  await server?.stop();
  await up?.stop();
  await sink?.close();
  await other?.close();
});
beforeEach(() => other.reset());

const browser = (at = server) => new Client(at.url, { jar: true });
const callback = (id) => `${server.url}/auth/oauth/${id}/callback`;

function run(args, { at = server, ...options } = {}) { return commandOf(at, args, options); }
const create = async (id, kind, ...more) =>
  (await run(['provider', 'create', '--kind', kind, '--client-id', 'rp', '--client-secret-stdin', ...more, id], { input: `${SECRET}\n` })).json;

// There and back at the emulator; what comes back is sent as the provider's page would.
async function signIn(b, id) {
  const begun = await b.get(`/auth/oauth/${id}`);
  if (begun.status !== 303) return begun;
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  if (there.status === 302) return b.get(there.headers.get('location').slice(server.url.length));
  const { action, fields } = await there.json();
  return b.send('POST', action.slice(server.url.length), { form: fields, headers: { origin: 'https://appleid.apple.com', 'sec-fetch-site': 'cross-site' } });
}

async function told(from, why) {
  for (let i = 0; i < 100 && !why.test(server.log.slice(from)); i++) await new Promise((done) => setTimeout(done, 10));
  assert.match(server.log.slice(from), why);
}

async function refused(id, status, why) {
  const from = server.log.length;
  const b = browser();
  const answer = await signIn(b, id);
  assert.equal(answer.status, status, `${answer.text}\n${server.log.slice(from)}`);
  assert.equal(b.jar.has('session'), false);
  await told(from, why);
}

test('another uauth is a provider: PKCE, Basic, iss, userinfo', async () => {
  const client = await run(['client', 'create', '--id', 'rp', '--type', 'confidential', '--first-party', '--redirect-uri', callback('up')], { at: up });
  up.forbid(client.json.client_secret);
  server.forbid(client.json.client_secret);
  await makeUser(new Client(up.url), sink, 'zoe@up.example', { full_name: 'Zoë' });
  const made = await run(['provider', 'create', '--kind', 'openid', '--issuer', up.url, '--client-id', 'rp', '--client-secret-stdin',
    '--name', 'Up <b>', '--create-users', '--trust-email', 'up'], { input: client.json.client_secret });
  assert.equal(made.json.callback, callback('up'));
  assert.ok(!made.stdout.includes(client.json.client_secret));
  assert.match((await browser().get('/sign-in')).text, /href="\/auth\/oauth\/up"[^>]*>Continue with Up &lt;b&gt;/);
  const there = browser(up);
  assert.equal((await there.post('/auth/login', { email: 'zoe@up.example', password: PASSWORD, mode: 'session' })).status, 200);
  const b = browser();
  const begun = await b.get('/auth/oauth/up');
  assert.equal(begun.status, 303, begun.text);
  let answer = await there.get(begun.headers.get('location').slice(up.url.length));
  while (answer.status === 303 && answer.headers.get('location').startsWith('/')) answer = await there.get(answer.headers.get('location'));
  const back = answer.headers.get('location');
  assert.ok(back.startsWith(`${callback('up')}?`), `${answer.status} ${back} ${answer.text}`);
  assert.equal(new URL(back).searchParams.get('iss'), up.url);
  // RFC 9207: it says that it says so, so an answer without is refused, and one of another is.
  for (const iss of [undefined, 'https://evil.example']) {
    const c = browser();
    const again = await c.get('/auth/oauth/up');
    let next = await there.get(again.headers.get('location').slice(up.url.length));
    while (next.headers.get('location').startsWith('/')) next = await there.get(next.headers.get('location'));
    const url = new URL(next.headers.get('location'));
    if (iss) url.searchParams.set('iss', iss); else url.searchParams.delete('iss');
    assert.equal((await c.get(url.href.slice(server.url.length))).status, 403);
  }
  const done = await b.get(back.slice(server.url.length));
  assert.equal(done.status, 303, done.text);
  const who = await me(b);
  assert.equal(who.email, 'zoe@up.example');
  assert.equal(who.full_name, 'Zoë');
  assert.equal(who.email_verified, true);
});

test('AT-10: a provider that is disabled lets nobody in, and what is linked stays', async () => {
  await create('off', 'openid', '--issuer', other.url, '--create-users', '--email-domain', 'example.net');
  other.claims = { sub: 'off-1', email: 'off@example.net' };
  const b = browser();
  assert.equal((await signIn(b, 'off')).status, 303);
  const { id } = await me(b);
  const begun = browser();
  const path = await begun.get('/auth/oauth/off');
  const there = await fetch(path.headers.get('location'), { redirect: 'manual' });
  await run(['provider', 'update', '--disable', 'off']);
  assert.equal((await browser().get('/auth/oauth/off')).status, 404);
  assert.equal((await begun.get(there.headers.get('location').slice(server.url.length))).status, 404);
  assert.equal((await browser().post('/auth/oauth/off/token', { attempt: 'A'.repeat(43), code: 'x' })).status, 404);
  assert.doesNotMatch((await browser().get('/sign-in')).text, /oauth\/off"/);
  await run(['provider', 'update', '--enable', 'off']);
  const again = browser();
  assert.equal((await signIn(again, 'off')).status, 303);
  assert.equal((await me(again)).id, id);
  await run(['provider', 'delete', '--yes', 'off']);
  assert.equal((await browser().get('/auth/oauth/off')).status, 404);
  assert.equal((await b.get('/auth/me/identities')).json.identities.length, 0);
});

test('AT-02: email_verified is true, of a provider that is trusted with it, and nothing else', async () => {
  await create('mail', 'openid', '--issuer', other.url, '--create-users', '--trust-email');
  let n = 0;
  for (const email_verified of ['true', 'false', 0, 1, null, undefined, [], {}, false]) {
    other.claims = { sub: `mail-${n++}`, email: `mail${n}@example.net`, email_verified };
    await refused('mail', 403, /does not vouch for an address/);
  }
  other.claims = { sub: 'mail-good', email: 'good@example.net', email_verified: true };
  assert.equal((await signIn(browser(), 'mail')).status, 303);
  await run(['provider', 'update', '--no-trust-email', 'mail']);
  other.claims = { sub: 'mail-late', email: 'late@example.net', email_verified: true };
  await refused('mail', 403, /does not vouch for an address/);
});

// nOAuth: an operator's word about a domain is none about an address that its provider does not stand by.
test('AT-02: a domain vouches for no address that the provider calls unverified', async () => {
  await create('domain', 'openid', '--issuer', other.url, '--create-users', '--email-domain', 'example.net');
  for (const email_verified of [false, 'false', 'true', 0, 1, null, [], {}]) {
    other.claims = { sub: 'domain-1', email: 'doubtful@example.net', email_verified };
    await refused('domain', 403, /does not vouch for an address/);
    other.claims = { sub: 'domain-1' };
    other.userinfo = { sub: 'domain-1', email: 'doubtful@example.net', ...(typeof email_verified === 'boolean' && { email_verified }) };
    if (typeof email_verified === 'boolean') await refused('domain', 403, /does not vouch for an address/);
    other.userinfo = undefined;
  }
  other.claims = { sub: 'domain-2', email: 'silent@example.net' };
  assert.equal((await signIn(browser(), 'domain')).status, 303);
});

test('a crowd that comes for the first time is one person', async () => {
  await create('crowd', 'openid', '--issuer', other.url, '--create-users', '--email-domain', 'example.net');
  other.claims = { sub: 'crowd-1', email: 'crowd@example.net' };
  const crowd = Array.from({ length: 6 }, () => browser());
  const answers = await Promise.all(crowd.map((b) => signIn(b, 'crowd')));
  for (const answer of answers) assert.equal(answer.status, 303, answer.text);
  const ids = new Set(await Promise.all(crowd.map(async (b) => (await me(b)).id)));
  assert.equal(ids.size, 1);
});

test('userinfo is of the same person, or of nobody', async () => {
  await create('info', 'openid', '--issuer', other.url, '--create-users', '--email-domain', 'example.net');
  other.claims = { sub: 'info-1' };
  other.userinfo = { sub: 'info-2', email: 'info@example.net' };
  await refused('info', 403, /userinfo of info is of somebody else/);
  other.userinfo = { sub: 'info-1', email: 'info@example.net' };
  assert.equal((await signIn(browser(), 'info')).status, 303);
  delete other.userinfo;
});

test('AT-19, SR-02: metadata that is hostile', async () => {
  const cases = [
    [{ issuer: 'https://evil.example' }, /calls itself https:\/\/evil\.example/],
    [{ issuer: `${other.url}/` }, /calls itself/],
    [{ jwks_uri: 'https://169.254.169.254/keys' }, /address that is not public/],
    [{ token_endpoint: 'https://10.0.0.1/token' }, /address that is not public/],
    [{ token_endpoint: 'https://[::ffff:127.0.0.1]/token' }, /address that is not public/],
    [{ jwks_uri: 'http://127.0.0.1:1/keys' }, /only https on port 443/],
    [{ jwks_uri: 'file:///etc/passwd' }, /not a usable provider metadata/],
    [{ authorization_endpoint: 'javascript:alert(1)' }, /not a usable provider metadata/],
    [{ id_token_signing_alg_values_supported: ['none', 'HS256'] }, /not a usable provider metadata/],
  ];
  for (const [i, [document, why]] of cases.entries()) {
    const one = await new Provider().start();
    if (document.issuer === `${other.url}/`) document.issuer = `${one.url}/`;
    one.script.document = document;
    await create(`bad${i}`, 'openid', '--issuer', one.url);
    const from = server.log.length;
    const answer = await signIn(browser(), `bad${i}`);
    assert.ok([403, 502].includes(answer.status), `${answer.status} ${JSON.stringify(document)}`);
    await told(from, why);
    await one.close();
  }
});

test('JOSE upstream: key sets that are hostile', async () => {
  const { d, ...rest } = { ...other.key.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' };
  const sets = [{ keys: [{ ...rest, d }] }, { keys: [] }, { keys: [other.jwk, other.jwk] }, { keys: Array.from({ length: 600 }, () => other.jwk) },
    { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k1' }] }, 'x'.repeat(70000), '<html>', { status: 302, body: '' }, { status: 500, body: '' }];
  for (const [i, set] of sets.entries()) {
    const one = await new Provider().start();
    one.script['/keys'] = set;
    await create(`keys${i}`, 'openid', '--issuer', one.url);
    await refused(`keys${i}`, 502, /\/keys|larger than is taken/);
    await one.close();
  }
});

test('SR-07, SR-09: metadata that never ends, and a server that does not prove its name', async () => {
  const drip = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
  });
  const folder = mkdtempSync(join(tmpdir(), 'uauth-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  assert.equal(spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost']).status, 0);
  let asked = 0;
  const unproven = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => { asked++; response.end('{}'); });
  for (const [id, scheme, one, why] of [['drip', 'http', drip, /localhost/], ['unproven', 'https', unproven, /certificate/i]]) {
    await new Promise((done) => one.listen(0, '127.0.0.1', done));
    await create(id, 'openid', '--issuer', `${scheme}://localhost:${one.address().port}`);
    const began = performance.now();
    const from = server.log.length;
    assert.equal((await browser().get(`/auth/oauth/${id}`)).status, 502);
    assert.ok(performance.now() - began < 8000);
    await told(from, why);
    one.closeAllConnections();
    await new Promise((done) => one.close(done));
  }
  assert.equal(asked, 0);
  rmSync(folder, { recursive: true });
});

test('Google: the domain is what the token says', async () => {
  await create('google', 'google', '--issuer', other.url, '--hosted-domain', 'corp.example', '--create-users', '--trust-email');
  const b = browser();
  assert.equal(new URL((await b.get('/auth/oauth/google')).headers.get('location')).searchParams.get('hd'), 'corp.example');
  other.claims = { sub: 'g-1', email: 'g@corp.example', email_verified: true };
  await refused('google', 403, /of the domain \(none\)/);
  other.claims.hd = 'evil.example';
  await refused('google', 403, /of the domain evil\.example/);
  other.claims.hd = 'corp.example';
  assert.equal((await signIn(browser(), 'google')).status, 303);
});

test('Apple: a form from another site, a secret that is a JWT, booleans as texts', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'KEYID12345', alg: 'ES256' };
  await run(['provider', 'create', '--kind', 'apple', '--issuer', other.url, '--client-id', 'com.example.web', '--team-id', 'TEAM123456',
    '--client-secret-stdin', '--create-users', '--trust-email', 'apple'], { input: JSON.stringify(jwk) });
  other.claims = { sub: 'a-1', email: 'x@privaterelay.appleid.com', email_verified: 'true', is_private_email: 'true' };
  const b = browser();
  assert.equal(new URL((await b.get('/auth/oauth/apple')).headers.get('location')).searchParams.get('response_mode'), 'form_post');
  // What they are called comes once, beside the code; the address there is nobody's word.
  other.script.answer = { user: JSON.stringify({ name: { firstName: 'Ann', lastName: 'Apple' }, email: 'evil@example.net' }) };
  assert.equal((await signIn(b, 'apple')).status, 303);
  const who = await me(b);
  assert.deepEqual([who.full_name, who.email], ['Ann Apple', 'x@privaterelay.appleid.com']);
  const call = other.calls.find(({ path }) => path === '/token');
  const claims = Provider.claimsOf(call.form.client_secret, jwk);
  assert.equal(claims.header.kid, 'KEYID12345');
  assert.deepEqual([claims.iss, claims.sub, claims.aud], ['TEAM123456', 'com.example.web', other.url]);
  assert.ok(claims.exp - claims.iat <= 300);
});

test('GitHub: the number is who it is, the verified primary address is theirs', async () => {
  const at = ['--authorization-endpoint', `${other.url}/login/oauth/authorize`, '--token-endpoint', `${other.url}/login/oauth/access_token`,
    '--userinfo-endpoint', `${other.url}/user`, '--emails-endpoint', `${other.url}/user/emails`];
  await create('github', 'oauth2', ...at, '--create-users', '--trust-email');
  const b = browser();
  assert.equal((await signIn(b, 'github')).status, 303);
  assert.equal((await me(b)).email, 'octo@example.net');
  assert.equal((await b.get('/auth/me/identities')).json.identities[0].subject, '4711');
  const call = other.calls.find(({ path }) => path === '/login/oauth/access_token');
  assert.equal(call.form.client_secret, SECRET);
  assert.match(call.form.code_verifier, /^[\w-]{43}$/);
  // A name that was given up is somebody else's.
  other.user = { id: 4712, login: 'octo', name: 'Eve' };
  await refused('github', 409, /is taken/);
  other.emails = [{ email: 'eve@example.net', primary: true, verified: false }];
  await refused('github', 403, /does not vouch/);
  for (const user of [{}, { id: '4711' }, { id: -1 }, { id: 1.5 }, [], '<html>', { login: 'octo' }]) {
    other.user = user;
    await refused('github', 502, /provider did not/);
  }
  // Errors come with status 200; tokens that a client brings are never taken.
  other.reset();
  other.script.answer = { code: 'unknown' };
  await refused('github', 403, /does not take the code/);
  const begun = (await new Client(server.url).get('/auth/oauth/github', { headers: { accept: 'application/json' } })).json;
  assert.equal(begun.nonce, undefined);
  assert.equal((await new Client(server.url).post('/auth/oauth/github/token', { attempt: begun.attempt, id_token: 'x' })).status, 400);
});

test('a program exchanges a code that came to a redirect URI of its own', async () => {
  await create('app', 'openid', '--issuer', other.url, '--create-users', '--email-domain', 'example.net', '--redirect-uri', 'com.example.app:/cb');
  other.claims = { sub: 'app-1', email: 'app@example.net' };
  const c = new Client(server.url);
  const begun = (await c.get('/auth/oauth/app?redirect_uri=com.example.app:/cb', { headers: { accept: 'application/json' } })).json;
  const there = await fetch(begun.authorization_url, { redirect: 'manual' });
  const back = new URL(there.headers.get('location'));
  assert.equal(back.protocol, 'com.example.app:');
  assert.equal(back.searchParams.get('state'), begun.state);
  const done = await c.post('/auth/oauth/app/token', { attempt: begun.attempt, code: back.searchParams.get('code') });
  assert.equal(done.status, 200, done.text);
  assert.equal((await c.get('/auth/me', { token: done.json.access_token })).json.email, 'app@example.net');
});

test('an operator tries a provider: metadata, keys, and whether it takes us for who we are', async () => {
  await run(['user', 'create', '--email', 'op@example.com', '--name', 'Op', '--role', 'admin', '--password-stdin'], { input: PASSWORD });
  const c = new Client(server.url);
  const { access_token: token } = (await c.post('/auth/login', { email: 'op@example.com', password: PASSWORD })).json;
  await create('tried', 'openid', '--issuer', other.url);
  const tried = async () => {
    const answer = await c.post('/admin/providers/tried/test', {}, { token });
    assert.equal(answer.status, 200, answer.text);
    return Object.fromEntries(answer.json.checks.map(({ name, outcome, text }) => [name, text ? `${outcome}: ${text}` : outcome]));
  };
  assert.deepEqual(await tried(), { metadata: 'ok', keys: 'ok', credential: 'ok' });
  other.script['/token'] = { status: 401, body: { error: 'invalid_client', error_description: 'CANARY-told' } };
  const { credential } = await tried();
  assert.match(credential, /^failed: .*invalid_client/);
  assert.doesNotMatch(credential, /CANARY/);
  await create('gone', 'openid', '--issuer', `${other.url}/elsewhere`);
  const gone = await c.post('/admin/providers/gone/test', {}, { token });
  assert.equal(gone.json.checks.length, 1);
  assert.equal(gone.json.checks[0].outcome, 'failed');
  assert.equal((await c.post('/admin/providers/none/test', {}, { token })).status, 404);
});

test('what a command does not take', async () => {
  const bad = async (...args) => (await run(['provider', 'create', ...args], { input: SECRET, code: args.at(-1) === 'twice' ? 1 : 2 })).stderr;
  const base = ['--client-id', 'rp', '--client-secret-stdin'];
  assert.match(await bad('--kind', 'saml', ...base, 'x'), /openid, entra, b2c, ciam, google, apple or oauth2/);
  assert.match(await bad('--kind', 'openid', ...base, 'x'), /issuer/);
  assert.match(await bad('--kind', 'openid', '--issuer', 'http://op.example', ...base, 'x'), /https/);
  assert.match(await bad('--kind', 'openid', '--issuer', 'https://op.example', ...base, 'X y'), /a-z/);
  assert.match(await bad('--kind', 'openid', '--issuer', 'https://op.example', '--client-id', 'rp', 'x'), /secret/);
  assert.match(await bad('--kind', 'entra', '--tenant', 'organizations', ...base, 'x'), /tenants/);
  assert.match(await bad('--kind', 'entra', '--tenant', 'contoso.example', ...base, 'x'), /tenant/);
  assert.match(await bad('--kind', 'apple', ...base, 'x'), /team/);
  assert.match(await bad('--kind', 'openid', '--issuer', 'https://op.example', '--role', 'admin', ...base, 'x'), /THEIRS=OURS/);
  await create('twice', 'openid', '--issuer', other.url);
  assert.match(await bad('--kind', 'openid', '--issuer', other.url, ...base, 'twice'), /already/);
  const shown = await run(['provider', 'show', 'twice']);
  assert.equal(shown.json.metadata.issuer, other.url);
  assert.ok(!shown.stdout.includes(SECRET));
  assert.ok((await run(['provider', 'list'])).json.some(({ id }) => id === 'twice'));
  await run(['provider', 'show', 'nobody'], { code: 1 });
});
