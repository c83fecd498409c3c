// SPDX-License-Identifier: Apache-2.0
// Clients whose client_id is the URL of what they say of themselves (Client ID Metadata Documents), served by a real https
// server on this machine; with oauth4webapi.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const insecure = { [oauth.allowInsecureRequests]: true };
const env = (more) => ({
  AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
  AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_CLIENT_DOCUMENT_HOSTS: 'localhost', AUTH_OUTBOUND_CA: join(folder, 'tls.crt'),
  ...more,
});
let server, sink, folder, site, as;
const asked = [];

// What stands at each path: a document, or a function of the answer.
const pages = new Map();
const at = (path) => `https://localhost:${site.address().port}${path}`;
function publish(path, metadata) {
  const url = at(path);
  const document = { client_id: url, client_name: 'Notes', redirect_uris: [CALLBACK], ...metadata };
  pages.set(path, typeof metadata === 'function' ? metadata
    : (answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document)));
  return url;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-document-'));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
    '-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')], { stdio: 'pipe' });
  site = createServer({ key: readFileSync(join(folder, 'tls.key')), cert: readFileSync(join(folder, 'tls.crt')) }, (request, answer) => {
    asked.push(request.url);
    const page = pages.get(request.url);
    if (page) page(answer);
    else answer.writeHead(404).end();
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  sink = await startSmtpSink();
  server = await startServer({ env: env({ AUTH_CLIENT_ID_METADATA_DOCUMENTS: 'on' }) });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  const issuer = new URL(server.url);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
});
after(async () => {
  await server?.stop();
  await sink?.close();
  site?.closeAllConnections();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

const signedIn = async (url = server.url) => {
  const browser = new Client(url, { jar: true });
  assert.equal((await browser.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' })).status, 200);
  return browser;
};
const request = async (clientId, verifier = oauth.generateRandomCodeVerifier(), more = {}) => `/oauth2/authorize?${new URLSearchParams({
  client_id: clientId, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 's', code_challenge_method: 'S256',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), ...more,
})}`;
const field = (page, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)[1];
const refused = async (clientId) => {
  const answer = await (await signedIn()).get(await request(clientId));
  assert.equal(answer.status, 400, `${clientId}: ${answer.status} ${answer.headers.get('location')}`);
  assert.equal(answer.headers.get('location'), null);
  return answer;
};

test('decision 13: somebody signs in to an application that nobody has registered, and sees its host', async () => {
  assert.equal(as.client_id_metadata_document_supported, true);
  const id = publish('/notes.json', { client_name: 'Notes <b>', scope: 'openid admin:all', first_party: true, logo_uri: at('/logo.png'), may_act: 'x' });
  const verifier = oauth.generateRandomCodeVerifier();
  const browser = await signedIn();
  const asks = await browser.get(await request(id, verifier));
  assert.equal(asks.status, 303, asks.text);
  const page = await browser.get(asks.headers.get('location'));
  assert.match(page.text, /Notes &lt;b&gt;/);
  assert.match(page.text, /comes from localhost\./);
  assert.ok(!page.text.includes('logo.png') && !asked.includes('/logo.png'));
  assert.ok(!/img-src[^;]*https/.test(page.headers.get('content-security-policy')));
  const allowed = await browser.send('POST', '/consent', {
    form: { csrf_token: field(page, 'csrf_token'), request: field(page, 'request'), answer: 'allow' },
  });
  const done = await browser.get(allowed.headers.get('location'));
  const back = new URL(done.headers.get('location'));
  const client = { client_id: id };
  const parameters = oauth.validateAuthResponse(as, client, back, 's');
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer);
  assert.equal(oauth.getValidatedIdTokenClaims(tokens).aud, id);
  const consents = async () => (await browser.get('/auth/me/consents')).json.consents.map((consent) => consent.client_id);
  assert.deepEqual(await consents(), [id]);
  /* Asked once, kept afterwards. */
  assert.equal(asked.filter((path) => path === '/notes.json').length, 1);
  assert.equal((await browser.get(await request(id))).status, 303);
  assert.equal(asked.filter((path) => path === '/notes.json').length, 1);
  const csrf = browser.jar.get('csrf').value;
  const withdrawn = await browser.delete(`/auth/me/consents?${new URLSearchParams({ client_id: id })}`, { headers: { 'x-csrf-token': csrf } });
  assert.equal(withdrawn.status, 204, withdrawn.text);
  assert.deepEqual(await consents(), []);
});

test('a pushed request comes from such an application, too', async () => {
  const id = publish('/pushes.json', {});
  const answer = await new Client(server.url).send('POST', '/oauth2/par', {
    form: { client_id: id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid',
      code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()), code_challenge_method: 'S256' },
  });
  assert.equal(answer.status, 201, answer.text);
});

test('SR-05, SR-06, SR-07: what is no such document is refused, and what it was is not told', async () => {
  const endless = (answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.write('{"client_id":"');
  };
  const bad = {
    '/other.json': { client_id: 'https://localhost/other.json' },
    '/secret.json': { client_secret: 'x' },
    '/expiring.json': { client_secret_expires_at: 1 },
    '/basic.json': { token_endpoint_auth_method: 'client_secret_basic' },
    '/post.json': { token_endpoint_auth_method: 'client_secret_post' },
    '/script.json': { redirect_uris: ['javascript://app.test/%0aalert(1)'] },
    '/none.json': { redirect_uris: [] },
    '/itself.json': { grant_types: ['client_credentials'] },
    '/large.json': { client_name: 'a', policy_uri: `https://app.test/${'a'.repeat(800)}`, contacts: Array(5).fill('a'.repeat(1000)) },
    '/redirect.json': (answer) => answer.writeHead(302, { location: at('/notes.json') }).end(),
    '/html.json': (answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>CANARY</p>'),
    '/failed.json': (answer) => answer.writeHead(500).end('{}'),
    '/list.json': (answer) => answer.writeHead(200).end('[]'),
    '/endless.json': endless,
  };
  for (const [path, metadata] of Object.entries(bad)) {
    const began = Date.now();
    const page = await refused(publish(path, metadata));
    assert.ok(!page.text.includes('CANARY') && !page.text.includes('Connection'));
    assert.ok(Date.now() - began < 4500, path);
  }
  /* What was not good is not asked for again. */
  const times = asked.filter((path) => path === '/failed.json').length;
  await refused(at('/failed.json'));
  assert.equal(asked.filter((path) => path === '/failed.json').length, times);
});

test('SR-01, SR-02, SR-12: no other URL is fetched', async () => {
  const before = asked.length;
  const { port } = site.address();
  const urls = [
    'https://localhost', `https://localhost:${port}`, `https://localhost:${port}/`, `https://localhost:${port}/a/../notes.json`,
    `https://localhost:${port}/%2e%2e/notes.json`, `https://localhost:${port}/notes.json#x`, `https://a@localhost:${port}/notes.json`,
    `http://localhost:${port}/notes.json`, `https://127.0.0.1:${port}/notes.json`, `https://127.0.0.1/notes.json`,
    `https://[::1]:${port}/notes.json`, 'https://10.0.0.1/notes.json', 'https://169.254.169.254/latest', 'https://2130706433/notes.json',
    `HTTPS://localhost:${port}/notes.json`, 'https://example.com:8443/notes.json', `https://localhost:${port}/${'a'.repeat(300)}`,
    'file:///etc/passwd', 'https://localhost.:443/notes.json',
  ];
  for (const url of urls) {
    const answer = await (await signedIn()).get(await request(url));
    assert.ok([400, 303].includes(answer.status) && !(answer.headers.get('location') ?? '').startsWith('/consent'), url);
    assert.equal(answer.status, 400, url);
  }
  assert.equal(asked.length, before);
  /* Who is not known is not fetched where nothing begins. */
  const fresh = publish('/fresh.json', {});
  for (const [path, form] of [['/oauth2/token', { grant_type: 'authorization_code', code: 'x' }], ['/oauth2/revoke', { token: 'x' }]]) {
    const answer = await new Client(server.url).send('POST', path, { form: { client_id: fresh, ...form } });
    assert.equal(answer.status, 401);
  }
  assert.ok(!asked.includes('/fresh.json'));
});

test('hosts and callers are limited', async () => {
  const limited = await startServer({ env: env({ AUTH_CLIENT_ID_METADATA_DOCUMENTS: 'on', AUTH_LOGIN_PER_MINUTE: '100', AUTH_RATE_LIMIT: 'on' }) });
  try {
    const anonymous = new Client(limited.url);
    const statuses = [];
    for (let i = 0; i < 12; i++) statuses.push((await anonymous.get(await request(publish(`/one${i}.json`, {})))).status);
    assert.deepEqual(statuses, [...Array(10).fill(303), 400, 400]);
  } finally {
    await limited.stop();
  }
});

test('SR-02: a host that operators register URLs of is no place for the documents of anybody', async () => {
  const inside = await startServer({ env: { ...env({ AUTH_CLIENT_ID_METADATA_DOCUMENTS: 'on', AUTH_CLIENT_DOCUMENT_HOSTS: '' }), AUTH_INTERNAL_HOSTS: 'localhost' } });
  try {
    assert.equal((await new Client(inside.url).get(await request(publish('/inside.json', {})))).status, 400);
    assert.ok(!asked.includes('/inside.json'));
  } finally {
    await inside.stop();
  }
});

test('it is off unless the operator says so', async () => {
  const plain = await startServer({ env: env({}) });
  try {
    const anonymous = new Client(plain.url);
    assert.equal((await anonymous.get('/.well-known/oauth-authorization-server')).json.client_id_metadata_document_supported, undefined);
    assert.equal((await anonymous.get(await request(publish('/off.json', {})))).status, 400);
    assert.ok(!asked.includes('/off.json'));
  } finally {
    await plain.stop();
  }
});
