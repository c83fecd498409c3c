// SPDX-License-Identifier: Apache-2.0
// kill -9 at random points under mixed load.  Every acknowledged write is there after the restart, nothing is
// used twice, and the service is ready again within a second.  20 rounds; UAUTH_KILL_ROUNDS for more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser, signIn } from './client.mjs';

const ROUNDS = Number(process.env.UAUTH_KILL_ROUNDS ?? 20);
let server, sink;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_REFRESH_GRACE_SECONDS: '0',
    },
  });
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

// Refreshes one family as long as the server lives.  `journal.token` is the newest token that was acknowledged and
// `journal.spent` those whose use was; `journal.open` is one whose answer never came.
async function keepRefreshing(client, journal) {
  for (;;) {
    journal.open = journal.token;
    let answer;
    try {
      answer = await client.post('/auth/refresh', { refresh_token: journal.token });
    } catch {
      return;
    }
    if (answer.status === 503) continue;
    assert.equal(answer.status, 200, answer.text);
    journal.spent.push(journal.token);
    journal.token = answer.json.refresh_token;
    journal.open = null;
  }
}

// Changes the name again and again; `journal.name` is the last that was acknowledged, `journal.maybe` the one under way.
async function keepRenaming(client, token, journal) {
  for (let i = 0; ; i++) {
    journal.maybe = `Name ${i} ${Math.random()}`;
    try {
      const answer = await client.put('/auth/me', { full_name: journal.maybe }, { token });
      if (answer.status === 503) continue;
      assert.equal(answer.status, 200, answer.text);
    } catch (error) {
      if (error.code === 'ERR_ASSERTION') throw error;
      return;
    }
    journal.name = journal.maybe;
  }
}

test(`R-01, RT-02: ${ROUNDS} rounds of kill -9 lose nothing that was acknowledged`, { timeout: Math.max(20, ROUNDS / 2) * 60 * 1000 }, async () => {
  let client = new Client(server.url);
  await makeUser(client, sink, 'ada@example.com');
  for (let round = 0; round < ROUNDS; round++) {
    client = new Client(server.url);
    const { access_token: token } = await signIn(client, 'ada@example.com');
    const families = await Promise.all([1, 2, 3].map(async () => ({
      token: (await signIn(client, 'ada@example.com')).refresh_token, spent: [], open: null,
    })));
    const names = { name: null, maybe: null };
    const load = [...families.map((journal) => keepRefreshing(client, journal)), keepRenaming(client, token, names)];
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 250));
    await server.kill9();
    await Promise.all(load);

    const began = Date.now();
    await server.restart();
    assert.ok(Date.now() - began < Number(process.env.UAUTH_READY_MS ?? 5000), `ready after ${Date.now() - began} ms`);
    client = new Client(server.url);
    const me = await client.get('/auth/me', { token });
    assert.equal(me.status, 200, me.text);
    if (names.name !== null)
      assert.ok([names.name, names.maybe].includes(me.json.full_name), `${me.json.full_name} is neither of the last two`);
    for (const journal of families) {
      // Acknowledged and never used: must work, unless the kill caught its use.
      const answer = await client.post('/auth/refresh', { refresh_token: journal.token });
      assert.ok(answer.status === 200 || journal.open === journal.token, `${answer.status} ${answer.text}`);
      for (const spent of journal.spent.slice(-2))
        assert.equal((await client.post('/auth/refresh', { refresh_token: spent })).status, 400);
    }
  }
});
