// SPDX-License-Identifier: Apache-2.0
// R-15: servers that do not give their keys.  Whoever has a token of which nobody here knows the key makes us ask for keys, on
// a thread that everybody needs: some of those threads may wait, the others serve.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, PASSWORD, signIn } from './client.mjs';
import { commandOf } from './command.mjs';
import { Provider } from './provider_emulator.mjs';
import { startServer } from './server.mjs';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';
const ADA = 'ada@example.com';
// Threads that everybody needs, servers that do not answer, when a server may be asked again, what a document may take, and how
// long others may be held up.
const WORKERS = 8, SERVERS = 12, REST_MS = 31000, LIMIT_MS = 5000, HELD_UP_MS = 1000;
const IDS = Array.from({ length: SERVERS }, (_, i) => `slow-${i}`);

// One that keeps who asks for its keys waiting, for as long as it is `silent`.
class Slow extends Provider {
  asked = 0;

  answer(request, response) {
    if (request.url !== '/keys' || !this.silent) return super.answer(request, response);
    this.asked++;
    return new Promise(() => {});
  }
}

const providers = new Map();
let server, secret;

before(async () => {
  server = await startServer({
    env: {
      AUTH_WORKERS: String(WORKERS), AUTH_IO_THREADS: '1', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    },
  });
  await run(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], `${PASSWORD}\n`);
  for (const id of IDS) {
    const at = await new Slow().start();
    providers.set(id, at);
    await run(['provider', 'create', '--kind', 'openid', '--issuer', at.url, '--client-id', 'rp', '--client-secret-stdin', '--create-users', '--trust-email', id], 'CANARY-provider-secret\n');
  }
  const file = join(server.data, 'orders.json');
  writeFileSync(file, JSON.stringify({ grant_types: [EXCHANGE], scope: 'users:read', audiences: ['https://stock.example.com'], token_exchange_audiences: ['https://stock.example.com'], token_exchange_providers: IDS }));
  secret = (await run(['client', 'create', '--id', 'orders', '--type', 'confidential', '--metadata-file', file])).client_secret;
});
after(async () => {
  await server?.stop();
  for (const at of providers.values()) await at.close();
});

async function run(words, input) { return (await commandOf(server, words, { input })).json; }

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function timed(ask) {
  const began = performance.now();
  const { status, text } = await ask();
  return { status, text, ms: performance.now() - began };
}

function exchange(id, kid) {
  const at = providers.get(id), now = Math.floor(Date.now() / 1000);
  const subject_token = at.jwt({ iss: at.url, aud: 'rp', sub: 's', iat: now, exp: now + 300 }, kid);
  return new Client(server.url).send('POST', '/oauth2/token', {
    form: { grant_type: EXCHANGE, subject_token_type: ID_TOKEN, subject_token }, headers: { authorization: `Basic ${Buffer.from(`orders:${secret}`).toString('base64')}` },
  });
}

test('R-15: tokens by unknown keys of servers that are silent hold up those who show them, and no others', async (t) => {
  const { access_token } = await signIn(new Client(server.url), ADA);
  // Their keys are known, and may be asked for again.
  for (const id of IDS) assert.equal((await exchange(id)).status, 400);
  await pause(REST_MS);
  for (const at of providers.values()) at.silent = true;
  const shown = IDS.map((id) => timed(() => exchange(id, 'k2')));
  await pause(100);
  let most = 0;
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await pause(20))
    for (const path of ['/auth/me', '/auth/verify']) {
      const { status, text, ms } = await timed(() => new Client(server.url).get(path, { token: access_token }));
      assert.ok([200, 204].includes(status), text);
      assert.ok(ms < HELD_UP_MS, `${path}: ${ms} ms`);
      most = Math.max(most, ms);
    }
  for (const { status, text, ms } of await Promise.all(shown)) {
    assert.equal(status, 400, text);
    assert.ok(ms < 2 * LIMIT_MS, `${ms} ms`);
  }
  const asked = [...providers.values()].reduce((n, at) => n + at.asked, 0);
  t.diagnostic(`of ${SERVERS} servers ${asked} were asked; others waited ${most.toFixed(0)} ms at most`);
  assert.ok(asked > 0 && asked <= WORKERS / 4, `${asked} were asked at once`);
});
