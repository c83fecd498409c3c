// SPDX-License-Identifier: Apache-2.0
// Authlib, as Debian has it, against the built binary: as a library by hand, with each way to prove who a client is; and
// in the application of the guide.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { noPython } from './installed.mjs';
import { ADA, Provider } from './provider.mjs';
import { freePort } from './server.mjs';
import { startProgram } from './program.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PYTHON = '/usr/bin/python3';
const CALLBACK = 'https://app.test/cb';
let provider;

before(async () => { provider = await new Provider().start(); });
after(() => provider?.stop());

const skip = noPython('authlib', 'httpx', 'fastapi', 'uvicorn', 'itsdangerous');
const environment = (more) => ({ PATH: process.env.PATH, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...more });

// Runs authlib_client.py with a browser that Ada signs in by; resolves to what it told.
async function authlib(id, method, secret) {
  const child = spawn(PYTHON, [join(root, 'tests/wire/authlib_client.py'), provider.url, id, method, CALLBACK],
    { env: environment(secret && { CLIENT_SECRET: secret }), stdio: ['pipe', 'pipe', 'pipe'], timeout: 60000 });
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { trouble += text; });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value ?? assert.fail(`${method}:\n${trouble}`);
  const page = await provider.person().signIn(await line(), { until: CALLBACK });
  assert.equal(page.url.origin + page.url.pathname, CALLBACK, page.text);
  child.stdin.end(`${page.url.href}\n`);
  return JSON.parse(await line());
}

test('Authlib signs Ada in, refreshes, asks and revokes, by each way to prove who a client is', { skip }, async () => {
  const methods = ['none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = join(provider.server.data, 'authlib.json');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...key.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] }));
  await Promise.all(methods.map(async (method) => {
    const id = `authlib-${method.replaceAll('_', '-')}`;
    const secret = await provider.client(id, method === 'none' ? 'public' : 'confidential', CALLBACK, '--auth-method', method,
      ...(method === 'private_key_jwt' ? ['--jwks-file', jwks] : []));
    const told = await authlib(id, method, secret ?? (method === 'none' ? undefined : key.privateKey.export({ format: 'pem', type: 'pkcs8' })));
    assert.equal(told['other state'], 'mismatching_state', method);
    assert.equal(told.name, 'Ada L.');
    assert.equal(told['other nonce'], 'invalid_claim');
    assert.equal(told.userinfo.email, ADA);
    assert.equal(told.refreshed, true);
    assert.equal(told['userinfo again'], true);
    assert.equal(told.introspected?.active, method === 'none' ? undefined : true, JSON.stringify(told));
    assert.equal(told['after revocation'], 'invalid_grant');
    assert.equal(told['userinfo after revocation'], 401);
  }));
});

test('the application of the guide signs Ada in and out', { skip }, async (t) => {
  const port = await freePort();
  const home = `http://127.0.0.1:${port}/`;
  const secret = await provider.client('my-python-app', 'confidential', `${home}callback`, '--post-logout-redirect-uri', home);
  const program = await startProgram(PYTHON, [join(root, 'examples/python/app.py'), '--port', String(port)], home,
    { env: environment({ ISSUER: provider.url, CLIENT_SECRET: secret }) });
  t.after(program.stop);
  const ada = provider.person();
  assert.match((await ada.open(home)).text, /Nobody is signed in/);
  assert.equal((await ada.signIn(`${home}login`)).text, `Signed in as Ada L. <${ADA}>.\n`);
  // A callback that nobody began.
  assert.equal((await provider.person().open(`${home}callback?code=x&state=y`)).status, 400);
  assert.match((await ada.open(`${home}logout`)).text, /Nobody is signed in/);
  assert.equal((await ada.open(`${home}login`)).url.pathname, '/sign-in');
});
