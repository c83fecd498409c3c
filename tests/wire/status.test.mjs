// SPDX-License-Identifier: Apache-2.0
// Status lists (Token Status List) as an API reads them, with jose and zlib: on two nodes of one PostgreSQL, which agree.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Client, PASSWORD, makeUser } from './client.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const EMAIL = 'ada@example.com';
const SECONDS = 2;
const PLACES = 1 << 20;
let sink, postgres, nodes, a, b;

before(async () => {
  sink = await startSmtpSink();
  postgres = await new Postgres().start();
  nodes = await startNodes(postgres, 2, {
    AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: '8',
    AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_STATUS_LIST_SECONDS: String(SECONDS),
  });
  [a, b] = nodes.map((node) => new Client(node.url));
  await makeUser(a, sink, EMAIL);
});
after(async () => {
  for (const node of nodes ?? []) await node.stop();
  await postgres?.remove();
  await sink?.close();
});

const signIn = async (client) => (await client.post('/auth/login', { email: EMAIL, password: PASSWORD, mode: 'token' })).json;
const keysOf = (client) => createRemoteJWKSet(new URL('/.well-known/jwks.json', client.url));

// What an API does: verifies the token, fetches the list that it names from `client`'s node, verifies that, looks.
async function statusOf(client, token) {
  const { payload } = await jwtVerify(token, keysOf(client), { typ: 'at+jwt' });
  const { idx, uri } = payload.status.status_list;
  const answer = await client.get(new URL(uri).pathname);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/statuslist+jwt');
  const list = (await jwtVerify(answer.text, keysOf(client), { typ: 'statuslist+jwt' })).payload;
  // These nodes have an address each; those of one service have one.
  assert.equal(new URL(list.sub).pathname, new URL(uri).pathname);
  assert.equal(list.ttl, SECONDS / 2);
  assert.ok(list.exp <= Math.floor(Date.now() / 1000) + SECONDS);
  assert.equal(list.status_list.bits, 1);
  const bits = inflateSync(Buffer.from(list.status_list.lst, 'base64url'));
  assert.equal(bits.length, PLACES / 8);
  return bits[idx >> 3] >> (idx & 7) & 1;
}

test('every token has a place of its own, which is good while it is', async () => {
  const places = new Set();
  for (let i = 0; i < 8; i++) {
    const { access_token } = await signIn(i % 2 ? a : b);
    places.add(JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url')).status.status_list.idx);
    assert.equal(await statusOf(b, access_token), 0);
  }
  assert.equal(places.size, 8);
});

test('signing out on one node shows in the lists of both within the time of the setting', async () => {
  const { access_token } = await signIn(a);
  const { access_token: other } = await signIn(a);
  assert.equal(await statusOf(a, access_token), 0);
  assert.equal(await statusOf(b, access_token), 0);
  assert.equal((await a.post('/auth/logout', undefined, { token: access_token })).status, 204);
  await new Promise((done) => setTimeout(done, SECONDS * 1000));
  for (const node of [a, b]) {
    assert.equal(await statusOf(node, access_token), 1);
    assert.equal(await statusOf(node, other), 0);
  }
});

test('a list is the same bytes until it is time, and not sent to who has it', async () => {
  const { access_token } = await signIn(a);
  const { uri } = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url')).status.status_list;
  const path = new URL(uri).pathname;
  const first = await a.get(path);
  const again = await a.get(path, { headers: { 'if-none-match': first.headers.get('etag') } });
  assert.ok([304, 200].includes(again.status));
  if (again.status === 200) assert.notEqual(again.text, first.text);
  assert.match(first.headers.get('cache-control'), /^public, max-age=\d+$/);
});
