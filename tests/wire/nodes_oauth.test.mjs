// SPDX-License-Identifier: Apache-2.0
// Two nodes on one PostgreSQL and one Redis, as the authorization server: what is good once is good once for both together,
// however many come to both at the same moment; and a code that comes again ends on both what it gave.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { Client, PASSWORD } from './client.mjs';
import { commandOf } from './command.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { Redis } from './redis.mjs';

const ADA = 'ada@example.com';
const URL = 'http://localhost:8080'; // of both, as a balancer has it
const CALLBACK = 'https://app.test/cb';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const TIMES = 32, REVOKED_MS = 3000, YOUNG_MS = 10000;
const settings = { AUTH_PUBLIC_URL: URL, AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };
let postgres, redis, nodes, a, b, key;

before(async () => {
  [postgres, redis] = await Promise.all([new Postgres().start(), new Redis().start()]);
  nodes = await startNodes(postgres, 2, { ...settings, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_REDIS_URL: redis.url, AUTH_WORKERS: '8' });
  [a, b] = nodes.map((node) => new Client(node.url));
  key = await jose.generateKeyPair('ES256', { extractable: true });
  key.jwk = await jose.exportJWK(key.publicKey);
  await run(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], PASSWORD);
  await make('app', { redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token', DEVICE], token_endpoint_auth_method: 'none', first_party: true }, 'public');
  await make('job', { grant_types: ['client_credentials'], scope: 'x', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...key.jwk, kid: 'k', alg: 'ES256', use: 'sig' }] } });
});
after(async () => {
  for (const node of nodes ?? []) await node.stop();
  await Promise.all([postgres?.remove(), redis?.remove()]);
});

async function run(words, input) {
  return (await commandOf(nodes[0], words, { input, env: { ...settings, AUTH_DATABASE_URL: postgres.url } })).json;
}

async function make(id, metadata, type = 'confidential') {
  const file = join(nodes[0].data, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  return run(['client', 'create', '--id', id, '--type', type, '--metadata-file', file]);
}

// The same at both nodes at once; one wins, the others are told `error`, at any node.
async function once(call, error, won = ({ status }) => status < 300) {
  const answers = await Promise.all(Array.from({ length: TIMES }, (_, i) => call(i % 2 ? a : b)));
  assert.equal(answers.filter(won).length, 1, answers.map(({ status, text }) => `${status} ${text}`).join('\n'));
  for (const answer of answers) if (!won(answer)) assert.match(answer.json?.error ?? answer.headers.get('location') ?? answer.text, error);
  for (const node of [a, b]) assert.ok(!won(await call(node)), 'it is good again');
  return answers.find(won);
}

const token = (node, form, headers) => node.send('POST', '/oauth2/token', { form, headers });
const asking = { client_id: 'app', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid email', state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
const redeem = (node, code) => token(node, { grant_type: 'authorization_code', client_id: 'app', code, redirect_uri: CALLBACK, code_verifier: VERIFIER });
const userinfo = (node, bearer) => node.get('/oauth2/userinfo', { token: bearer });

// Ada in a browser of one node.
async function browser(node) {
  const its = new Client(node.url, { jar: true, headers: { origin: URL } });
  assert.equal((await its.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' })).status, 200);
  return its;
}

const authorize = (its, params) => its.get(`/oauth2/authorize?${new URLSearchParams(params)}`);
const codeIn = (answer) => /[?&]code=([^&]+)/.exec(answer.headers.get('location') ?? '')?.[1];

async function codeOf(node) {
  const answer = await authorize(await browser(node), asking);
  assert.ok(codeIn(answer), `${answer.status} ${answer.headers.get('location')} ${answer.text}`);
  return codeIn(answer);
}

// Until both nodes answer so.
async function bothSay(status, bearer) {
  for (const end = Date.now() + REVOKED_MS; ;) {
    const found = await Promise.all([a, b].map(async (node) => (await userinfo(node, bearer)).status));
    if (found.every((one) => one === status)) return;
    assert.ok(Date.now() < end, `${found} instead of ${status}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

test('CD-01: an authorization code is redeemed at one of both nodes, and coming again it ends what it gave on both', async () => {
  const code = await codeOf(a);
  const first = await redeem(b, code);
  assert.equal(first.status, 200, first.text);
  await bothSay(200, first.json.access_token);
  const again = await redeem(a, code);
  assert.deepEqual([again.status, again.json.error], [400, 'invalid_grant']);
  await bothSay(401, first.json.access_token);
  for (const node of [a, b]) {
    const refreshed = await token(node, { grant_type: 'refresh_token', client_id: 'app', refresh_token: first.json.refresh_token });
    assert.equal(refreshed.json.error, 'invalid_grant');
  }
});

test('CD-02: of many at once one gets tokens for a code, and the others have revoked them', async () => {
  const code = await codeOf(b);
  const won = await once((node) => redeem(node, code), /invalid_grant/);
  await bothSay(401, won.json.access_token);
});

test('CD-14: a pushed request is used once', async () => {
  const { status, json, text } = await a.send('POST', '/oauth2/par', { form: asking });
  assert.equal(status, 201, text);
  const browsers = new Map([[a, await browser(a)], [b, await browser(b)]]);
  await once((node) => authorize(browsers.get(node), { client_id: 'app', request_uri: json.request_uri }), /invalid|request/, (answer) => codeIn(answer) !== undefined);
});

test('DV-07: a device that was allowed at one node gets its tokens once from both', async () => {
  const begun = await a.send('POST', '/oauth2/device_authorization', { form: { client_id: 'app', scope: 'openid' } });
  assert.equal(begun.status, 200, begun.text);
  const its = await browser(b);
  const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
  const entry = await its.get(`/device?user_code=${begun.json.user_code}`);
  const asked = await its.send('POST', '/device', { form: { csrf_token: field(entry.text, 'csrf_token'), user_code: begun.json.user_code } });
  const done = await its.send('POST', '/device/answer', { form: { csrf_token: field(asked.text, 'csrf_token'), user_code: begun.json.user_code, answer: 'allow' } });
  assert.equal(done.status, 200, done.text);
  await once((node) => token(node, { grant_type: DEVICE, client_id: 'app', device_code: begun.json.device_code }), /invalid_grant|slow_down/);
});

test('CL-01: an assertion of a client is shown once', async () => {
  const assertion = await new jose.SignJWT({ iss: 'job', sub: 'job', aud: URL, jti: randomUUID() }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuedAt().setExpirationTime('1m').sign(key.privateKey);
  await once((node) => token(node, { grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion: assertion }), /invalid_client/);
});

test('DP-01: a proof of a key is shown once', async () => {
  const proof = (nonce) => new jose.SignJWT({ htm: 'POST', htu: `${URL}/oauth2/token`, jti: randomUUID(), ...(nonce && { nonce }) })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk }).setIssuedAt().sign(key.privateKey);
  const assertion = () => new jose.SignJWT({ iss: 'job', sub: 'job', aud: URL, jti: randomUUID() }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuedAt().setExpirationTime('1m').sign(key.privateKey);
  let nonce;
  const ask = async (node, dpop) => token(node, { grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion: await assertion() }, { dpop });
  // The memory of proofs begins with the first one: what is older, or of the same moment, has to come with a later nonce.
  let answer = await ask(a, await proof());
  for (const end = Date.now() + YOUNG_MS; answer.status !== 200; answer = await ask(b, await proof(answer.headers.get('dpop-nonce')))) {
    assert.equal(answer.json.error, 'use_dpop_nonce');
    assert.ok(Date.now() < end, 'no nonce is new enough');
    await new Promise((done) => setTimeout(done, 100));
    nonce = answer.headers.get('dpop-nonce');
  }
  const shown = await proof(nonce);
  await once((node) => ask(node, shown), /invalid_dpop_proof/);
});
