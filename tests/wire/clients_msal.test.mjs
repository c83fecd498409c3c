// SPDX-License-Identifier: Apache-2.0
// MSAL for Node with uauth as its authority, by TLS, without which it does nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { ADA, Provider } from './provider.mjs';
import { serveTls } from './tls_server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const CALLBACK = 'https://app.test/cb';
let provider;

before(async () => { provider = await new Provider().start({}, serveTls); });
after(() => provider?.stop());

test('MSAL signs Ada in, refreshes, and gets a token for a service', { timeout: 60000 }, async () => {
  const secret = await provider.client('msal', 'confidential', CALLBACK, '--auth-method', 'client_secret_post', '--grant', 'client_credentials',
    ...['openid', 'profile', 'email', 'offline_access', 'reports:read'].flatMap((scope) => ['--scope', scope]));
  const child = spawn(process.execPath, [join(here, 'msal_client.mjs'), provider.url, 'msal', CALLBACK],
    { env: { PATH: process.env.PATH, CLIENT_SECRET: secret, NODE_EXTRA_CA_CERTS: provider.server.env.AUTH_TLS_CERT }, timeout: 50000 });
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { trouble += text; });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? assert.fail(trouble);
  const page = await provider.person().signIn(await line(), { until: CALLBACK });
  child.stdin.end(`${page.url.href}\n`);
  const told = JSON.parse(await line());
  assert.equal(told.otherState, 'state_mismatch');
  assert.equal(told.claims.email, ADA);
  assert.equal(told.nonce, true);
  assert.equal(told.refreshed, true);
  assert.equal(told.cached, true);
  assert.equal(told.userinfo.sub, told.claims.sub);
  assert.deepEqual(told.service, ['reports:read']);
  assert.equal(told.usedCode, 'invalid_grant');
});
