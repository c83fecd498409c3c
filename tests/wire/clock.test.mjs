// SPDX-License-Identifier: Apache-2.0
// the wall clock of the machine jumps, by an hour, by years, back to 1970, while the service runs.  What is over
// stays over once the clock is right again, what was used stays used, and nothing holds a request up.
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Client, PASSWORD, signIn, totp } from './client.mjs';
import { command } from './command.mjs';
import { binary, startServer } from './server.mjs';

const HOUR = 3600, DAY = 24 * HOUR;
const library = join(dirname(binary), 'tests', 'preload', 'libclock.so');
const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const EMAIL = 'ada@example.com';

// A service whose clock goes wrong by server.jump(seconds), counted from the right time.
async function begin() {
  assert.ok(existsSync(library), `${library} is made with the tests`);
  const folder = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
  const file = openSync(join(folder, 'offset'), 'w+');
  const jump = (seconds) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeSync(file, bytes, 0, 8, 0);
  };
  jump(0);
  const options = `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0`;
  const server = await startServer({ env: { ...CHEAP, LD_PRELOAD: library, CLOCK_OFFSET: join(folder, 'offset'), ASAN_OPTIONS: options } });
  const end = async () => {
    await server.stop();
    closeSync(file);
    rmSync(folder, { recursive: true });
  };
  const made = await command(['user', 'create', '--email', EMAIL, '--name', 'Ada L.', '--password-stdin'], { data: server.data, env: CHEAP, input: PASSWORD });
  assert.equal(made.code, 0, made.stderr);
  return { server, client: new Client(server.url), jump, end };
}

const refresh = (client, token) => client.post('/auth/refresh', { refresh_token: token });
const me = (client, token) => client.get('/auth/me', { token });
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

test('R-20: a clock that is an hour fast and then right again makes nothing that was used good once more', async () => {
  const { client, jump, end } = await begin();
  const first = await signIn(client, EMAIL);
  jump(HOUR);
  assert.equal((await me(client, first.access_token)).status, 401, 'the access token is over');
  const second = (await refresh(client, first.refresh_token)).json;
  const third = (await refresh(client, second.refresh_token)).json;
  assert.equal((await me(client, third.access_token)).status, 200);
  jump(0);
  assert.equal((await me(client, third.access_token)).status, 401, 'it is of a time that has not come');
  const fourth = await refresh(client, third.refresh_token);
  assert.equal(fourth.status, 200, 'who is signed in stays so');
  assert.equal((await refresh(client, second.refresh_token)).status, 400, 'the second was used');
  assert.equal((await refresh(client, fourth.json.refresh_token)).status, 400, 'and its use again ended them all');
  await end();
});

test('R-20: what was revoked in the future stays revoked', async () => {
  const { client, jump, end } = await begin();
  const tokens = await signIn(client, EMAIL);
  jump(5 * 60);
  assert.equal((await client.post('/auth/logout', {}, { token: tokens.access_token })).status, 204);
  jump(0);
  assert.equal((await me(client, tokens.access_token)).status, 401);
  assert.equal((await refresh(client, tokens.refresh_token)).status, 400);
  jump(-HOUR);
  assert.equal((await refresh(client, tokens.refresh_token)).status, 400);
  await end();
});

test('R-20: years that pass end everything, and a clock that comes back brings nothing back', async () => {
  const { client, jump, end } = await begin();
  const tokens = await signIn(client, EMAIL);
  jump(400 * DAY);
  assert.equal((await me(client, tokens.access_token)).status, 401);
  assert.equal((await refresh(client, tokens.refresh_token)).status, 400);
  for (let i = 0; i < 2; i++) assert.equal((await client.get('/readyz')).status, 200);
  jump(0);
  assert.ok((await signIn(client, EMAIL)).access_token, 'people sign in as before');
  await end();
});

test('R-20: a step of a one-time code that was used stays used when the clock goes back', async () => {
  const { client, jump, end } = await begin();
  const { access_token: token } = await signIn(client, EMAIL);
  const { json: { secret } } = await client.post('/auth/me/mfa/totp', {}, { token });
  assert.equal((await client.post('/auth/me/mfa/totp/confirm', { code: await totp(secret, -1) }, { token })).status, 200);
  const code = await totp(secret);
  const login = () => client.post('/auth/login', { email: EMAIL, password: PASSWORD, mfa_code: code });
  assert.equal((await login()).status, 200);
  jump(20);
  assert.equal((await login()).status, 401);
  jump(-20);
  assert.equal((await login()).status, 401);
  await end();
});

// ME-10
test('R-20: in 1970, 2038, 2106 and 9999 people sign in, and each token lives as long as it should', async () => {
  const { client, jump, end } = await begin();
  const now = Math.floor(Date.now() / 1000);
  for (const moment of [DAY, 2 ** 31 - 30, 2 ** 32 - 30, 253402300799 - 2 * DAY]) {
    jump(moment - now);
    const tokens = await signIn(client, EMAIL);
    const { iat, exp } = claims(tokens.access_token);
    assert.equal(exp - iat, 900);
    assert.ok(Math.abs(iat - moment) < 60, `${iat} is near ${moment}`);
    assert.equal((await me(client, tokens.access_token)).status, 200);
    assert.equal((await refresh(client, tokens.refresh_token)).status, 200);
  }
  jump(0);
  assert.ok((await signIn(client, EMAIL)).access_token);
  await end();
});

test('R-20: the clock jumps to and fro amid requests, and none is held up or lost', async () => {
  const { client, jump, end } = await begin();
  let over = false;
  const jumper = (async () => {
    for (let i = 0; !over; i++) {
      jump([0, HOUR, -HOUR, 30 * DAY, -DAY][i % 5]);
      await new Promise((done) => setTimeout(done, 15));
    }
  })();
  const seen = new Set();
  let longest = 0;
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let i = 0; i < 25; i++) {
      const began = Date.now();
      seen.add((await client.post('/auth/login', { email: EMAIL, password: PASSWORD })).status);
      longest = Math.max(longest, Date.now() - began);
    }
  }));
  over = true;
  await jumper;
  assert.deepEqual([...seen], [200]);
  assert.ok(longest < 10000, `one took ${longest} ms`);
  await end();
});
