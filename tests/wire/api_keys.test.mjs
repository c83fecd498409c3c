// SPDX-License-Identifier: Apache-2.0
// API keys as an operator meets them: commands beside a service that runs; and that the key itself is nowhere but in the
// hand of who made it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, PASSWORD } from './client.mjs';
import { command } from './command.mjs';
import { startServer } from './server.mjs';

const EMAIL = 'ada@example.com';
const ENV = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_LOG_LEVEL: 'debug' };
let server, client;

before(async () => {
  server = await startServer({ env: ENV });
  client = new Client(server.url);
  await done(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--role', 'admin', '--password-stdin'], `${PASSWORD}\n`);
});
after(() => server?.stop());

async function done(args, input) {
  const answer = await command(args, { data: server.data, env: ENV, input });
  assert.equal(answer.code, 0, answer.stderr);
  return answer;
}
const users = (key) => client.get('/admin/users', { token: key });
const create = (...more) => done(['api-key', 'create', '--user', EMAIL, '--name', 'Night job', '--permission', 'users:list', '--days', '7', ...more]);

test('a key is made, listed, shown and revoked by commands, at once', async () => {
  const { stdout } = await create();
  const key = /^uauth_k_[0-9a-f]{32}_[0-9a-f]{48}$/m.exec(stdout)?.[0];
  assert.ok(key, stdout);
  assert.equal((await users(key)).status, 200);
  const [listed] = (await done(['api-key', 'list', '--json'])).json;
  assert.deepEqual([listed.name, listed.permissions, listed.key], ['Night job', ['users:list'], undefined]);
  assert.ok(listed.last_used_at);
  assert.deepEqual((await done(['api-key', 'show', listed.id, '--json'])).json, listed);
  await done(['api-key', 'revoke', listed.id]);
  assert.equal((await users(key)).status, 401);
  assert.equal((await command(['api-key', 'show', listed.id], { data: server.data, env: ENV })).code, 1);
});

test('AZ-04: no command makes a key that may more than the user', async () => {
  await done(['user', 'create', '--email', 'bob@example.com', '--name', 'Bob', '--password-stdin'], `${PASSWORD}\n`);
  for (const permission of ['users:list', 'users:*', 'admin:*']) {
    const answer = await command(['api-key', 'create', '--user', 'bob@example.com', '--name', 'x', '--permission', permission, '--days', '7'], { data: server.data, env: ENV });
    assert.equal(answer.code, 1, answer.stdout);
  }
});

test('AU-01, SS-06: neither the log nor any file of the service has the key', async () => {
  const { json } = await create('--json');
  assert.equal((await users(json.key)).status, 200);
  assert.equal((await users(`${json.key}0`)).status, 401);
  assert.equal((await client.get('/oauth2/userinfo', { token: json.key })).status, 401);
  const secret = json.key.split('_')[3];
  const files = readdirSync(server.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some((entry) => entry.name.endsWith('.db')));
  for (const entry of files) assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(secret), entry.name);
  assert.ok(server.log.includes(json.id), 'the log says which key it was');
  assert.ok(!server.log.includes(secret));
});
