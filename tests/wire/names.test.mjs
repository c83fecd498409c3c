// SPDX-License-Identifier: Apache-2.0
// R-15: names of others do not resolve, or nobody answers, or late, or with what is no answer.  Providers, keys of others, mail
// and applications that are told are refused or tried again in their time, no thread is made for them, and everybody else goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { Client, PASSWORD, signIn } from './client.mjs';
import { commandOf } from './command.mjs';
import { Names } from './names.mjs';
import { Provider } from './provider_emulator.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { until } from './until.mjs';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CALLBACK = 'https://app.test/cb', VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ADA = 'ada@example.com';
// What a call to another server may take with what it waits before, who may call a server again that did not answer, when what
// waits is tried again, what a busy machine takes, and how long others may be held up.
const LIMIT_MS = 18000, RETRY_MS = 35000, AGAIN_MS = 60000, SLACK_MS = 4000, P99_MS = 250;
const TROUBLES = ['none', 'failing', 'silent', 'garbage', 'slow'];
const how = (trouble) => (trouble === 'slow' ? 1500 : trouble);

const KEYS_DEAD = ['keys-dead-1', 'keys-dead-2'];
const IDS = ['calm', 'dead', ...TROUBLES];
const INTERNAL = ['app.test', ...TROUBLES.map((trouble) => `keys-${trouble}.test`), ...KEYS_DEAD.map((id) => `${id}.test`)];

let folder, own, names, sink, server, application, key;
const secrets = {}, providers = new Map(), told = [];

before(async () => {
  names = await new Names().start();
  sink = await startSmtpSink();
  key = await jose.generateKeyPair('ES256', { extractable: true });
  // An application: its keys, and where it is told that somebody has signed out.
  folder = mkdtempSync(join(tmpdir(), 'uauth-names-'));
  const [cert, certKey] = ['tls.crt', 'tls.key'].map((name) => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=app.test',
    '-addext', `subjectAltName=${[...INTERNAL, ...IDS.map((id) => `${id}.test`)].map((host) => `DNS:${host}`)}`, '-keyout', certKey, '-out', cert], { stdio: 'pipe' });
  application = https.createServer({ cert: readFileSync(cert), key: readFileSync(certKey) }, async (request, response) => {
    const provider = providers.get(request.headers.host.split('.')[0]);
    if (provider) return provider.answer(request, response);
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'POST') told.push(jose.decodeJwt(new URLSearchParams(body).get('logout_token')).sid);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [{ ...await jose.exportJWK(key.publicKey), kid: 'k', alg: 'ES256' }] }));
  });
  await new Promise((done) => application.listen(0, '127.0.0.1', done));
  const { port } = application.address();
  own = { AUTH_INTERNAL_HOSTS: INTERNAL.join(', '), AUTH_OUTBOUND_CA: cert };
  server = await startServer({
    env: {
      ...names.env, AUTH_SMTP_URL: `smtp://mail.test:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: '8', AUTH_IO_THREADS: '1',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', ...own,
    },
  });
  await run(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], `${PASSWORD}\n`);
  await client('app', 'public', { redirect_uris: [CALLBACK], grant_types: ['authorization_code'], token_endpoint_auth_method: 'none', first_party: true, backchannel_logout_uri: `https://app.test:${port}/told` });
  await client('orders', 'confidential', { grant_types: [EXCHANGE], scope: 'users:read', audiences: ['https://stock.example.com'], token_exchange_audiences: ['https://stock.example.com'], token_exchange_providers: IDS });
  for (const trouble of TROUBLES)
    await ownKeys(`job-${trouble}`, `keys-${trouble}`);
  for (const id of KEYS_DEAD) await ownKeys(id, id);
  for (const id of IDS) {
    const at = await new Provider().start();
    at.url = `https://${id}.test:${port}`;
    providers.set(id, at);
    await run(['provider', 'create', '--kind', 'openid', '--issuer', at.url, '--client-id', 'rp', '--client-secret-stdin', '--create-users', '--trust-email', id], 'CANARY-provider-secret\n');
  }
});
after(async () => {
  await server?.stop();
  for (const at of providers.values()) await at.close();
  await new Promise((done) => application.close(done));
  await sink?.close();
  await names?.close();
  rmSync(folder, { recursive: true });
});

async function run(words, input) { return (await commandOf(server, words, { input, env: { ...names.env, ...own } })).json; }

const ownKeys = (id, host) => client(id, 'confidential', { grant_types: ['client_credentials'], scope: 'x', token_endpoint_auth_method: 'private_key_jwt', jwks_uri: `https://${host}.test:${application.address().port}/keys` });

async function client(id, type, metadata) {
  const file = join(server.data, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  secrets[id] = (await run(['client', 'create', '--id', id, '--type', type, '--metadata-file', file])).client_secret;
}

const seconds = () => Math.floor(Date.now() / 1000);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const threads = () => readdirSync(`/proc/${server.pid}/task`).length;
const post = (path, form, headers) => new Client(server.url).send('POST', path, { form, headers });

// ---- what asks for a name ----

const discover = (id) => new Client(server.url).get(`/auth/oauth/${id}`);

function exchange(id) {
  const at = providers.get(id);
  const subject_token = at.jwt({ iss: at.url, aud: 'rp', sub: 's', iat: seconds(), exp: seconds() + 300 });
  return post('/oauth2/token', { grant_type: EXCHANGE, subject_token_type: ID_TOKEN, subject_token }, { authorization: `Basic ${Buffer.from(`orders:${secrets.orders}`).toString('base64')}` });
}

async function provenByKeys(id) {
  const client_assertion = await new jose.SignJWT({ iss: id, sub: id, aud: server.url, jti: crypto.randomUUID() }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuedAt().setExpirationTime('5m').sign(key.privateKey);
  return post('/oauth2/token', { grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion });
}

const EACH = [(id) => discover(id), (id) => exchange(id), (id) => provenByKeys(`job-${id}`)];
const GOOD = [303, 400, 200]; // the exchange comes as far as its account, which there is none of

// Somebody signs in with the application and out; it has to be told of the session.
async function signOut() {
  const browser = new Client(server.url, { jar: true });
  browser.headers = { 'x-csrf-token': (await signIn(browser, ADA, { mode: 'session' })).csrf_token };
  const query = { client_id: 'app', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  const code = /[?&]code=([^&]+)/.exec((await browser.get(`/oauth2/authorize?${new URLSearchParams(query)}`)).headers.get('location'))[1];
  const { json } = await post('/oauth2/token', { grant_type: 'authorization_code', client_id: 'app', code, redirect_uri: CALLBACK, code_verifier: VERIFIER });
  assert.equal((await browser.post('/auth/logout', {})).status, 204);
  return jose.decodeJwt(json.id_token).sid;
}

const register = async (email) => {
  const { status, text } = await new Client(server.url).post('/auth/register', { email, password: PASSWORD, full_name: 'Some Body' });
  assert.equal(status, 201, text);
};

async function timed(ask) {
  const began = performance.now();
  const { status, text, headers } = await ask();
  return { status, text, retry: headers.get('retry-after'), ms: performance.now() - began };
}

// ---- who asks for none ----

class Others {
  took = { '/.well-known/jwks.json': [], '/auth/me': [], '/readyz': [] };
  threads = 0;

  constructor(token) { this.done = this.go(token); }

  async go(token) {
    while (!this.over) {
      for (const [path, took] of Object.entries(this.took)) {
        const { status, text, ms } = await timed(() => new Client(server.url).get(path, { token }));
        assert.equal(status, 200, text);
        took.push(ms);
      }
      this.threads = Math.max(this.threads, threads());
      await pause(10);
    }
  }

  // What they were held up by, at most; by one in a hundred more.
  async end(t) {
    this.over = true;
    await this.done;
    for (const [path, took] of Object.entries(this.took)) {
      took.sort((a, b) => a - b);
      const p99 = took[Math.floor(took.length * 0.99)];
      t.diagnostic(`${path}: ${took.length} times, p99 ${p99.toFixed(1)} ms, at most ${took.at(-1).toFixed(1)}`);
      assert.ok(p99 < P99_MS, `${path}: p99 ${p99} ms`);
    }
    return this.threads;
  }
}

test('R-15: whatever is wrong with names, who needs them is told in time, and nobody else notices', async (t) => {
  const before = threads(), waiting = [];
  const { access_token } = await signIn(new Client(server.url), ADA);
  for (const trouble of TROUBLES) {
    names.how.set('*', how(trouble));
    const others = new Others(access_token);
    const email = `${trouble}@example.com`;
    const sid = await signOut();
    await register(email);
    waiting.push({ trouble, sid, email });
    const answers = await Promise.all(EACH.map((ask) => timed(() => ask(trouble))));
    await pause(500);
    assert.equal(await others.end(t), before, 'no thread was made');
    t.diagnostic(`${trouble}: ${answers.map(({ status, ms }) => `${status} in ${Math.round(ms)} ms`).join(', ')}`);
    for (const [i, { status, text, ms }] of answers.entries()) {
      assert.ok(trouble === 'slow' ? status === GOOD[i] : [502, 503].includes(status), `${trouble} ${i}: ${status} ${text}`);
      assert.ok(ms < LIMIT_MS, `${trouble} ${i}: ${ms} ms`);
    }
  }
  // Names are there again: what waited goes, and who was refused is served.
  names.how.clear();
  for (const { trouble, sid, email } of waiting) {
    await sink.mailTo(email, 1, AGAIN_MS);
    await until(() => told.includes(sid), `the application is told of ${trouble}`, AGAIN_MS);
    for (const [i, ask] of EACH.entries()) await until(async () => (await ask(trouble)).status === GOOD[i], `${trouble} ${i} is well`, RETRY_MS);
  }
});

test('R-15: a name that nobody answers for holds up those who need it, and no others', async (t) => {
  for (const id of ['dead', ...KEYS_DEAD]) names.how.set(`${id}.test`, 'silent');
  const before = threads();
  const { access_token } = await signIn(new Client(server.url), ADA);
  const others = new Others(access_token);
  // More than there are threads that answer, of one name, and of another at each client.
  const stuck = [...Array.from({ length: 24 }, () => exchange('dead')), discover('dead'), ...KEYS_DEAD.map((id) => provenByKeys(id))].map((answer) => timed(() => answer));
  await pause(200);
  const calm = await timed(() => discover('calm'));
  assert.equal(calm.status, 303, calm.text);
  assert.ok(calm.ms < SLACK_MS, `${calm.ms} ms`);
  const sid = await signOut();
  await register('calm@example.com');
  await sink.mailTo('calm@example.com', 1, SLACK_MS);
  await until(() => told.includes(sid), 'the application is told', SLACK_MS);
  const answers = await Promise.all(stuck);
  assert.equal(await others.end(t), before, 'no thread was made');
  for (const { status, ms, text } of answers) {
    assert.ok([502, 503].includes(status), text);
    assert.ok(ms < LIMIT_MS, `${ms} ms`);
  }
  assert.ok(names.asked.filter((name) => name === 'dead.test').length <= 8, 'one look-up serves all who ask for a name');
});
