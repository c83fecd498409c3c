// SPDX-License-Identifier: Apache-2.0
// three nodes, of which one is five minutes ahead and one five minutes behind.  What ends at any of them, a token or a session
// with its token, is refused by the others a second later; with Redis, and without.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import * as jose from 'jose';
import { Client, PASSWORD, signIn } from './client.mjs';
import { command } from './command.mjs';
import { missing } from './installed.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { Redis } from './redis.mjs';
import { binary } from './server.mjs';

const ADA = 'ada@example.com';
const REVOKED_MS = 1000;
const CLOCKS = [0, 300, -300], BEHIND = 2;
const settings = {
  AUTH_PUBLIC_URL: 'http://localhost:8080', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off',
  AUTH_CHALLENGE: 'off', AUTH_WORKERS: '4',
};
const library = join(dirname(binary), 'tests', 'preload', 'libclock.so');
const folder = mkdtempSync(join(tmpdir(), 'uauth-clocks-'));
const open = [() => rmSync(folder, { recursive: true })];
after(async () => { for (const close of open.reverse()) await close(); });

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// What makes a program's clock wrong by `seconds`.
function clock(seconds) {
  const offset = Buffer.alloc(8), file = join(folder, String(seconds));
  offset.writeBigInt64LE(BigInt(seconds));
  writeFileSync(file, offset);
  return { LD_PRELOAD: library, CLOCK_OFFSET: file, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0` };
}

async function start(more) {
  missing(existsSync(library), `${library} is not made`);
  const postgres = await new Postgres().start();
  open.push(() => postgres.remove());
  const nodes = await startNodes(postgres, CLOCKS.length, { ...settings, ...more }, (i) => clock(CLOCKS[i]));
  open.push(async () => { for (const node of nodes) await node.stop(); });
  const made = await command(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], { data: nodes[0].data, input: PASSWORD, env: { ...settings, AUTH_DATABASE_URL: postgres.url } });
  assert.equal(made.code, 0, made.stderr);
  return nodes.map((node) => new Client(node.url));
}

async function each(nodes, token, status, when) {
  for (const [i, node] of nodes.entries()) assert.equal((await node.get('/auth/me', { token })).status, status, `${when}: the node at ${CLOCKS[i]} s`);
}

async function endsEverywhere(nodes) {
  // A node whose clock is right takes no token of the future; what is made behind all others is good at each.
  const make = async () => (await signIn(nodes[BEHIND], ADA)).access_token;
  for (const [i, node] of nodes.entries()) {
    const token = await make(), other = await make(), kept = await make();
    for (const good of [token, other, kept]) await each(nodes, good, 200, 'before');
    assert.equal((await node.post('/auth/logout', undefined, { token })).status, 204);
    await pause(REVOKED_MS);
    await each(nodes, token, 401, `a token that ended at ${CLOCKS[i]} s`);
    assert.equal((await node.send('DELETE', `/auth/me/sessions/${jose.decodeJwt(other).sid}`, { token: kept })).status, 204);
    await pause(REVOKED_MS);
    await each(nodes, other, 401, `a session that ended at ${CLOCKS[i]} s`);
    await each(nodes, kept, 200, 'what has not ended');
  }
}

test('R-16: what ends at a node is refused by others within a second, whatever their clocks say', async () => {
  await endsEverywhere(await start());
});

test('R-16: so it is with Redis', async () => {
  const redis = await new Redis().start();
  open.push(() => redis.remove());
  await endsEverywhere(await start({ AUTH_REDIS_URL: redis.url }));
});
