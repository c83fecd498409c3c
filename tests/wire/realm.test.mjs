// SPDX-License-Identifier: Apache-2.0
// uauth export and uauth apply, as an operator and a pipeline call them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { command } from './command.mjs';
import { Client } from './client.mjs';
import { binary, startServer } from './server.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
const folder = () => mkdtempSync(join(tmpdir(), 'uauth-wire-'));
const realm = {
  $schema: './realm.schema.json',
  tenants: [{ slug: 'acme', name: 'Acme' }],
  roles: [{ tenant: 'acme', name: 'support', permissions: ['users:list'] }],
  resources: [{ resource: 'https://api.example.com', scopes_supported: ['read'] }],
  providers: [{ id: 'work', kind: 'openid', metadata: { issuer: 'https://idp.example.com', client_id: 'us', token_endpoint_auth_method: 'none' } }],
  clients: [{ client_id: 'worker', secret: { env: 'WORKER_SECRET' }, metadata: { grant_types: ['client_credentials'], scope: 'jobs:run' } }],
  scenarios: [{ name: 'support deletes nobody', roles: ['support'], tenant: 'acme', method: 'DELETE', route: '/admin/users/x', expect: 403 }],
};
const WORKER_SECRET = 'a-secret-of-thirty-two-characters';
let data, file, env;

before(async () => {
  data = folder();
  file = join(data, 'realm.json');
  env = { ...CHEAP, WORKER_SECRET };
  writeFileSync(file, JSON.stringify(realm));
  assert.equal((await command(['init'], { data, env })).code, 0);
});

test('the file and what is exported are valid by the published schema', async () => {
  const schema = JSON.parse((await command(['describe', 'realm.schema.json'])).stdout);
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  const valid = (document) => validate(document) || assert.fail(JSON.stringify(validate.errors));
  const other = folder();
  valid(realm);
  await command(['init'], { data: other, env });
  assert.equal((await command(['apply', file], { data: other, env })).code, 0);
  valid(JSON.parse((await command(['export', '--members'], { data: other, env })).stdout));
  const references = JSON.parse((await command(['export', '--secrets-from-env'], { data: other, env })).stdout);
  valid(references);
  assert.deepEqual(references.clients[0].secret, { env: 'UAUTH_CLIENT_WORKER_SECRET' });
  // What the reader refuses, the schema refuses, and the other way round.
  for (const wrong of [{ tennants: [] }, { tenants: [{}] }, { tenants: [{ slug: 'a', colour: 'red' }] }, { roles: {} },
    { clients: [{ client_id: 'a', metadata: { redirect_uri: 'https://x.example' } }] }, { scenarios: [{ route: '/', expect: 7 }] }]) {
    assert.equal(validate(wrong), false, JSON.stringify(wrong));
    const refused = await command(['apply', '-', '--plan'], { data: other, env, input: JSON.stringify(wrong) });
    assert.equal(refused.code, 1, refused.stderr);
  }
});

test('drift is told by the exit code', async () => {
  const plan = (more = []) => command(['apply', file, '--plan', ...more], { data, env });
  let planned = await plan();
  assert.equal(planned.code, 0);
  assert.match(planned.stdout, /^\+ tenant acme$/m);
  assert.match(planned.stdout, /^ok scenario 1 support deletes nobody: 403$/m);
  assert.doesNotMatch(planned.stdout + planned.stderr, new RegExp(WORKER_SECRET));
  assert.equal((await plan(['--exit-code'])).code, 2);
  const { version } = (await plan(['--json'])).json;
  assert.equal((await command(['apply', file, '--if-version', version], { data, env })).code, 0);
  planned = await plan(['--exit-code', '--prune']);
  assert.equal(planned.code, 0, planned.stdout + planned.stderr);
  assert.match(planned.stdout, /^Nothing to do\.$/m);
  // Planned for a state that is no more.
  const late = await command(['apply', file, '--if-version', version], { data, env });
  assert.equal(late.code, 1);
  assert.match(late.stderr, /plan again/);
  // Somebody changes something by hand.
  assert.equal((await command(['role', 'update', 'support', '--tenant', 'acme', '--permission', 'users:delete'], { data, env })).code, 0);
  planned = await plan(['--exit-code', '--json']);
  assert.equal(planned.code, 2);
  assert.deepEqual(planned.json.changes.map(({ op, kind, key }) => [op, kind, key]), [['change', 'role', 'acme/support']]);
  assert.deepEqual(planned.json.changes[0].differences, [{ name: 'permissions', before: ['users:delete'], after: ['users:list'] }]);
  // Without its secret a pipeline goes no further.
  const blind = await command(['apply', file, '--plan', '--exit-code'], { data, env: CHEAP });
  assert.equal(blind.code, 1);
  assert.match(blind.stderr, /clients\[0\]\.secret\.env: WORKER_SECRET is not in the environment/);
});

test('on a terminal a plan has colours, unless NO_COLOR says that it has none', async () => {
  const other = folder();
  await command(['init'], { data: other, env });
  const shown = (more) => execFileSync('script', ['-qec', `${binary} apply ${file} --plan`, '/dev/null'],
    { cwd: other, env: { PATH: process.env.PATH, AUTH_DATA_DIR: other, ...env, ...more }, encoding: 'utf8', input: '' });
  assert.match(shown({}), /^\u001b\[32m\+ tenant acme\u001b\[0m\r?$/m);
  assert.doesNotMatch(shown({ NO_COLOR: '1' }), /\u001b/);
  assert.doesNotMatch((await command(['apply', file, '--plan'], { data: other, env })).stdout, /\u001b/);
});

test('a scenario that does not hold leaves everything as it is', async () => {
  const wrong = { ...realm, roles: [{ tenant: 'acme', name: 'support', permissions: ['users:delete'] }, { name: 'more', permissions: ['a:b'] }] };
  const before = (await command(['export'], { data, env })).stdout;
  const refused = await command(['apply', '-'], { data, env, input: JSON.stringify(wrong) });
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^not ok scenario 1 support deletes nobody: 200, expected 403$/m);
  assert.equal((await command(['export'], { data, env })).stdout, before);
});

test('what a file says of a client that there is not is told with what there is', async () => {
  const refused = await command(['apply', '-'], { data, env, input: JSON.stringify({ clients: [{ client_id: 'odd', metadata: { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'magic' } }] }) });
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /token_endpoint_auth_method: The methods are none, client_secret_basic, .* and self_signed_tls_client_auth\./);
});

test('beside a server that runs, what is applied is served at once', async () => {
  const server = await startServer({ data, env });
  try {
    const client = new Client(server.url);
    const form = { grant_type: 'client_credentials', client_id: 'late', client_secret: WORKER_SECRET };
    assert.equal((await client.send('POST', '/oauth2/token', { form })).status, 401);
    const late = { clients: [{ client_id: 'late', secret: { env: 'WORKER_SECRET' },
      metadata: { grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post', scope: 'jobs:run' } }] };
    const applied = await command(['apply', '-'], { data, env, input: JSON.stringify(late) });
    assert.equal(applied.code, 0, applied.stderr);
    assert.equal((await client.send('POST', '/oauth2/token', { form })).status, 200);
  } finally {
    await server.stop();
  }
});
