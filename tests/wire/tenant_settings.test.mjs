// SPDX-License-Identifier: Apache-2.0
// What a tenant asks for beyond the service: set by a command beside the running service, and met at once.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import * as openid from 'openid-client';
import { decodeJwt } from 'jose';
import { command } from './command.mjs';
import { startServer } from './server.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const data = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
const run = (...args) => command(args, { data, env: CHEAP });
let server, secret;

const settings = async (...args) => {
  const { code, json, stderr } = await run('tenant', 'update', 'acme', ...args, '--json');
  assert.equal(code, 0, stderr);
  return json.settings;
};

before(async () => {
  assert.equal((await run('init')).code, 0);
  const { json: acme } = await run('tenant', 'create', '--slug', 'acme', '--set', 'access_token_minutes=7', '--json');
  const made = await run('client', 'create', '--id', 'worker', '--type', 'confidential', '--tenant', acme.id, '--grant', 'client_credentials', '--scope', 'jobs:run', '--json');
  secret = made.json?.client_secret ?? assert.fail(made.stderr);
  server = await startServer({ data, env: CHEAP });
});
after(() => server?.stop());

test('a token lives as long as the tenant says from the next one on', async () => {
  const client = await openid.discovery(new URL(server.url), 'worker', undefined, openid.ClientSecretBasic(secret), { execute: [openid.allowInsecureRequests] });
  const life = async () => {
    const { access_token, expires_in } = await openid.clientCredentialsGrant(client, { scope: 'jobs:run' });
    const { exp, iat } = decodeJwt(access_token);
    assert.equal(exp - iat, expires_in);
    return expires_in;
  };
  assert.equal(await life(), 420);
  assert.deepEqual(await settings('--set', 'access_token_minutes=2', '--set', 'password_min_length=20'), { password_min_length: 20, access_token_minutes: 2 });
  assert.equal(await life(), 120);
  assert.deepEqual(await settings('--unset', 'access_token_minutes'), { password_min_length: 20 });
  assert.equal(await life(), 900);
});

test('what is weaker than the service, or no setting, is refused with what would do', async () => {
  for (const [args, why] of [
    [['--set', 'access_token_minutes=16'], /access_token_minutes: The service has 15: a tenant may have less/],
    [['--set', 'password_min_length=7'], /password_min_length: This must be a whole number: 8 to 128/],
    [['--set', 'registration=open'], /registration: This is invite, domains or closed/],
    [['--set', 'registration=domains'], /registration: The tenant has no allowed_domains yet/],
    [['--set', 'colour=red'], /colour: This field is not known here/],
    [['--set', 'access_token_minutes'], /--set: This is NAME=VALUE/],
    [['--unset', 'colour'], /--unset: There is no such setting/],
  ]) {
    const { code, stderr } = await run('tenant', 'update', 'acme', ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
  }
  assert.deepEqual(await settings(), { password_min_length: 20 });
});
