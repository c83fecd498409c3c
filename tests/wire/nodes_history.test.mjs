// SPDX-License-Identifier: Apache-2.0
// R-16: whatever is good once is asked for by many at once, on one node with SQLite and on two with PostgreSQL and Redis, while
// a node is killed, frozen or cut off from one of these.  What they were answered is checked as a history (history.mjs): used at most once, no
// acknowledged write lost, nothing alive a second after its end was acknowledged.  Then with clocks that are minutes apart.
// One round, and two nodes; UAUTH_HISTORY_ROUNDS and UAUTH_HISTORY_NODES for more.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import * as jose from 'jose';
import { Between } from './between.mjs';
import { Client, PASSWORD, patiently, signIn, tokenIn, totp } from './client.mjs';
import { command } from './command.mjs';
import { ENDS, History, MOST_ONCE, REGISTER, REVOCABLE, SINGLE_USE } from './history.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { Redis } from './redis.mjs';
import { binary, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const ROUNDS = Number(process.env.UAUTH_HISTORY_ROUNDS ?? 1), NODES = Number(process.env.UAUTH_HISTORY_NODES ?? 2);
const URL = 'http://localhost:8080'; // of all nodes, as a balancer has it
const CALLBACK = 'https://app.test/cb';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const REVOKED_MS = 1000, FORGOTTEN_MS = 5000, ANSWER_MS = 20000, SPREAD_MS = 700, AT_ONCE = 64;
const costs = { AUTH_PUBLIC_URL: URL, AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256' };
const settings = { ...costs, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_REFRESH_GRACE_SECONDS: '0', AUTH_WORKERS: '8' };
const sink = await startSmtpSink();
const open = [];
after(async () => {
  for (const close of open.reverse()) await close();
  await sink.close();
});

const FULL_NAME = 'Some Body';
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let people = 0;
const pick = (list) => list[Math.floor(Math.random() * list.length)];

// A place of the service: its nodes, and clients and people that every round uses.
class Place {
  // `cuts`: what is between the last node and others; `first`: the first node makes all that is asked for.
  constructor(nodes, env, { cuts = [], first = false } = {}) {
    Object.assign(this, { nodes, env, cuts, first });
    this.clients = nodes.map((node) => new Client(node.url));
  }

  async run(words, input) {
    const done = await command([...words, '--json'], { data: this.nodes[0].data, input, env: { ...costs, ...this.env } });
    assert.equal(done.code, 0, done.stderr);
    return done.json;
  }

  async make(id, type, metadata) {
    const file = join(this.nodes[0].data, `${id}.json`);
    writeFileSync(file, JSON.stringify(metadata));
    await this.run(['client', 'create', '--id', id, '--type', type, '--metadata-file', file]);
  }

  async begin() {
    this.key = await jose.generateKeyPair('ES256', { extractable: true });
    this.key.jwk = await jose.exportJWK(this.key.publicKey);
    const jwks = { keys: [{ ...this.key.jwk, kid: 'k', alg: 'ES256', use: 'sig' }] };
    await this.make('app', 'public', { redirect_uris: [CALLBACK], grant_types: ['authorization_code', DEVICE], token_endpoint_auth_method: 'none', first_party: true });
    await this.make('job', 'confidential', { grant_types: ['client_credentials'], scope: 'x', token_endpoint_auth_method: 'private_key_jwt', jwks });
    return this;
  }

  async person() {
    const email = `person${++people}@example.com`;
    await this.run(['user', 'create', '--email', email, '--name', FULL_NAME, '--password-stdin'], PASSWORD);
    return email;
  }

  get one() { return this.first ? this.clients[0] : pick(this.clients); }

  // Somebody's browser, of one node.
  async browser(email, node = this.one) {
    const its = new Client(node.url, { jar: true, headers: { origin: URL } });
    await signIn(its, email, { mode: 'session' });
    return its;
  }

  assertion() {
    return new jose.SignJWT({ iss: 'job', sub: 'job', aud: URL, jti: randomUUID() }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuedAt().setExpirationTime('5m').sign(this.key.privateKey);
  }

  proof(nonce) {
    return new jose.SignJWT({ htm: 'POST', htu: `${URL}/oauth2/token`, jti: randomUUID(), ...(nonce && { nonce }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: this.key.jwk }).setIssuedAt().sign(this.key.privateKey);
  }
}

// ---- what is good once: each resolves to what makes it when all is ready, since some are good for a minute; and that to how
// one asks for it, and the error that says that it has been used ----

const grant = (node, form, headers) => node.send('POST', '/oauth2/token', { form, headers });
const asking = { client_id: 'app', response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' };
const authorize = (its, params) => its.get(`/oauth2/authorize?${new URLSearchParams(params)}`);
const codeIn = (answer) => /[?&]code=([^&]+)/.exec(answer.headers.get('location') ?? '')?.[1];
const errorIn = (answer) => /[?&]error=([^&]+)/.exec(answer.headers.get('location') ?? '')?.[1];
const field = (html, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];

const KINDS = {
  async code(place) {
    const its = await place.browser(await place.person());
    return async () => {
      const code = codeIn(await authorize(its, asking));
      assert.ok(code);
      return { ask: (node) => grant(node, { grant_type: 'authorization_code', client_id: 'app', code, redirect_uri: CALLBACK, code_verifier: VERIFIER }), used: /invalid_grant/ };
    };
  },
  async 'refresh token'(place) {
    const { refresh_token } = await signIn(place.one, await place.person());
    return () => ({ ask: (node) => node.post('/auth/refresh', { refresh_token }), used: /invalid-grant/ });
  },
  async 'reset token'(place) {
    const email = await place.person();
    assert.equal((await patiently(() => place.one.post('/auth/forgot-password', { email }))).status, 202);
    const token = tokenIn(await sink.mailTo(email));
    return () => ({ ask: (node) => node.post('/auth/reset-password', { token, password: `Parallel-horse-${randomUUID()}` }), used: /invalid-token-link/ });
  },
  async 'one-time code'(place) {
    const email = await place.person();
    const { access_token: token } = await signIn(place.one, email);
    const { secret } = (await place.one.post('/auth/me/mfa/totp', {}, { token })).json;
    const confirmed = await patiently(async () => place.one.post('/auth/me/mfa/totp/confirm', { code: await totp(secret) }, { token }));
    assert.equal(confirmed.status, 200, confirmed.text);
    return async () => {
      const mfa_code = await totp(secret, 1); // good for 60 seconds at least, and for 90 at most
      return { ask: (node) => node.post('/auth/login', { email, password: PASSWORD, mfa_code }), used: /invalid-credentials/ };
    };
  },
  async 'device code'(place) {
    const { json: begun } = await place.one.send('POST', '/oauth2/device_authorization', { form: { client_id: 'app', scope: 'openid' } });
    const its = await place.browser(await place.person());
    const { user_code } = begun;
    const entry = await its.get(`/device?user_code=${user_code}`);
    const asked = await its.send('POST', '/device', { form: { csrf_token: field(entry.text, 'csrf_token'), user_code } });
    assert.equal((await its.send('POST', '/device/answer', { form: { csrf_token: field(asked.text, 'csrf_token'), user_code, answer: 'allow' } })).status, 200);
    return () => ({ ask: (node) => grant(node, { grant_type: DEVICE, client_id: 'app', device_code: begun.device_code }), used: /invalid_grant/ });
  },
  assertion: (place) => async () => {
    const client_assertion = await place.assertion();
    return { ask: (node) => grant(node, { grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion }), used: /invalid_client/ };
  },
  proof: (place) => async () => {
    const asked = async (node, dpop) => grant(node, { grant_type: 'client_credentials', client_assertion_type: ASSERTION, client_assertion: await place.assertion() }, { dpop });
    const { headers } = await asked(place.one, await place.proof());
    const dpop = await place.proof(headers.get('dpop-nonce'));
    return { ask: (node) => asked(node, dpop), used: /invalid_dpop_proof/ };
  },
  async 'pushed request'(place) {
    const email = await place.person();
    const browsers = new Map();
    for (const node of place.clients) browsers.set(node, await place.browser(email, node));
    return async () => {
      const { json } = await place.one.send('POST', '/oauth2/par', { form: asking });
      return { ask: (node) => authorize(browsers.get(node), { client_id: 'app', request_uri: json.request_uri }), used: /invalid_request|cannot be answered/, won: (answer) => codeIn(answer) !== undefined };
    };
  },
};

// What an answer says of the thing: null, if it was not looked at (too soon); "unknown", if it may have been used all the
// same: after a failure, and by a proof that has to come anew with another nonce.
function outcome(answer, { used, won = ({ status }) => status < 300 }) {
  if (won(answer)) return { outcome: 'ok' };
  if (answer.status >= 500) return { outcome: 'unknown' };
  const said = answer.json?.error ?? answer.json?.type ?? errorIn(answer) ?? answer.text;
  if (/server_error|temporarily_unavailable/.test(said)) return { outcome: 'unknown' };
  if (/slow_down/.test(said)) return null;
  if (/use_dpop_nonce/.test(said)) return { outcome: 'unknown' };
  assert.match(said, used, `${answer.status} ${answer.headers.get('location')} ${answer.text.slice(0, 500)}`);
  return { outcome: 'refused' };
}

const within = (work) => Promise.race([work, pause(ANSWER_MS).then(() => { throw new Error('no answer'); })]);

// ---- a round ----

// Many ask for one thing at moments of their own, at all nodes; then, when all is well again, each node twice.
async function useUp(history, place, name, thing, calm) {
  const refused = [];
  const use = (node) => history.note(name, 'use', async () => {
    const answer = await within(thing.ask(node));
    try {
      return outcome(answer, thing);
    } catch (error) {
      refused.push(`${name}: ${error.message}`);
      throw error;
    }
  });
  const n = Math.ceil(AT_ONCE / 4);
  await Promise.all(Array.from({ length: n }, async (_, i) => {
    await pause(i % 4 ? Math.random() * SPREAD_MS : 0);
    await use(place.clients[i % place.clients.length]);
  }));
  await calm;
  for (const node of [...place.clients, ...place.clients]) await use(node);
  assert.deepEqual(refused, []);
}

// Somebody renames themselves through any node, and reads their name at any.
async function rename(history, place, { name, token }, calm) {
  const write = (value) => history.note(name, 'write', async () => {
    const { status, text } = await within(place.one.put('/auth/me', { full_name: value }, { token }));
    assert.ok(status === 200 || status >= 500, text);
    return { outcome: status === 200 ? 'ok' : 'unknown' };
  }, { value });
  const read = () => history.note(name, 'read', async () => {
    const { status, json } = await within(place.one.get('/auth/me', { token }));
    return status === 200 ? { outcome: 'ok', value: json.full_name } : { outcome: 'unknown' };
  });
  await write('Name 0');
  await Promise.all([
    (async () => { for (let i = 1; i <= 12; i++) { await write(`Name ${i}`); await pause(SPREAD_MS / 12); } })(),
    (async () => { for (let i = 0; i < 12; i++) { await read(); await pause(SPREAD_MS / 12); } })(),
  ]);
  await calm;
  for (let i = 0; i < 4; i++) await read();
}

// Somebody signs out at one node, while all nodes are asked about the token.
async function signOut(history, place, { name, token }, calm) {
  const [first, ...others] = place.clients.toSorted(() => Math.random() - 0.5);
  const read = (node) => history.note(name, 'read', async () => {
    const { status } = await within(node.get('/auth/me', { token }));
    return { outcome: status === 200 ? 'ok' : status === 401 ? 'refused' : 'unknown' };
  }, { bound: node === first ? 0 : REVOKED_MS });
  const end = (node) => history.note(name, 'end', async () => {
    const { status } = await within(node.post('/auth/logout', undefined, { token }));
    return { outcome: status === 204 ? 'ok' : 'unknown' }; // 401: it has ended already
  });
  await Promise.all([
    (async () => { await pause(SPREAD_MS / 3); await end(first); })(),
    ...[first, ...others].map(async (node) => { for (let i = 0; i < 16; i++) { await read(node); await pause(SPREAD_MS / 8); } }),
  ]);
  await calm;
  await end(first);
  await pause(REVOKED_MS);
  for (const node of place.clients) await read(node);
}

// Resolves when all nodes answer again.
async function disturb(place) {
  const node = place.nodes.at(-1);
  const aWhile = () => pause(100 + Math.random() * 1500);
  const ways = [
    async () => { node.child.kill('SIGSTOP'); await aWhile(); node.child.kill('SIGCONT'); },
    async () => { await node.kill9(); await node.restart(); },
    ...place.cuts.flatMap((cut) => [
      async () => { cut.hold(); await aWhile(); cut.forward(); },
      async () => { cut.hold(); await aWhile(); cut.forget(); cut.forward(); await pause(FORGOTTEN_MS); },
    ]),
  ];
  await pause(Math.random() * SPREAD_MS);
  await pick(ways)();
  await pause(REVOKED_MS);
}

async function rounds(place, { once, ends } = { once: SINGLE_USE, ends: REVOCABLE }) {
  const history = new History();
  const anyhow = place.first ? { used: /./ } : {}; // who sees another time refuses for that, too
  for (let i = 0; i < ROUNDS; i++) {
    const prepared = [];
    for (const [kind, prepare] of Object.entries(KINDS)) prepared.push([history.thing(`${kind} ${i}`, once), await prepare(place)]);
    const signedIn = async (name, model) => ({ name: history.thing(name, model), token: (await signIn(place.one, await place.person())).access_token });
    const name = place.first ? undefined : await signedIn(`name ${i}`, { ...REGISTER, init: FULL_NAME }); // until a write was answered, it may still be that
    const session = ends && await signedIn(`session ${i}`, ends);
    const things = await Promise.all(prepared.map(async ([thing, make]) => [thing, { ...await make(), ...anyhow }]));
    const calm = disturb(place);
    await Promise.all([calm, ...things.map(([each, thing]) => useUp(history, place, each, thing, calm)), name && rename(history, place, name, calm), session && signOut(history, place, session, calm)]);
  }
  return history;
}

function judge(history, t) {
  assert.deepEqual(history.anomalies(), []);
  t.diagnostic(`${history.size} operations on ${history.things.size} things: ${['ok', 'refused', 'unknown'].map((how) => `${history.count(how)} ${how}`).join(', ')}`);
  assert.ok(history.count('ok') >= ROUNDS, 'nothing was answered');
}

test('R-16: one node with SQLite, killed and frozen, answers as one thing after another', async (t) => {
  const env = { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` };
  const server = await startServer({ env: { ...settings, ...env } });
  open.push(() => server.stop());
  judge(await rounds(await new Place([server], {}).begin()), t);
});

// Nodes on one PostgreSQL and one Redis; what `own` says is the last one's.
async function manyNodes(n, own) {
  const [postgres, redis] = await Promise.all([new Postgres().start(), new Redis().start()]);
  open.push(() => Promise.all([postgres.remove(), redis.remove()]));
  const cuts = await Promise.all([postgres.port, redis.port].map((port) => new Between().start(port)));
  open.push(() => Promise.all(cuts.map((cut) => cut.close())));
  const last = { AUTH_DATABASE_URL: postgres.urlAt(cuts[0].port), AUTH_REDIS_URL: `redis://127.0.0.1:${cuts[1].port}`, ...own };
  const nodes = await startNodes(postgres, n, { ...settings, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_REDIS_URL: redis.url }, (i) => (i === n - 1 ? last : {}));
  open.push(async () => { for (const node of nodes) await node.stop(); });
  return { nodes, cuts, env: { AUTH_DATABASE_URL: postgres.url } };
}

test('R-16: nodes with PostgreSQL and Redis, of which one is killed, frozen and cut off from these, answer as one', async (t) => {
  const { nodes, cuts, env } = await manyNodes(NODES);
  judge(await rounds(await new Place(nodes, env, { cuts }).begin()), t);
});

// Whose clock says something else refuses for that, too, and that is all that it may do.  That it learns of what others have ended
// is shown by nodes_clocks.test.mjs.
test('R-16: nodes whose clocks are minutes apart use nothing twice', async (t) => {
  const library = join(dirname(binary), 'tests', 'preload', 'libclock.so');
  const folder = mkdtempSync(join(tmpdir(), 'uauth-clock-'));
  open.push(() => rmSync(folder, { recursive: true }));
  for (const [seconds, ends] of [[300], [-300], [45, ENDS]]) {
    const offset = Buffer.alloc(8), file = join(folder, String(seconds));
    offset.writeBigInt64LE(BigInt(seconds));
    writeFileSync(file, offset);
    const { nodes, cuts, env } = await manyNodes(2, {
      LD_PRELOAD: library, CLOCK_OFFSET: file, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0`,
    });
    judge(await rounds(await new Place(nodes, env, { cuts, first: true }).begin(), { once: MOST_ONCE, ends }), t);
  }
});
