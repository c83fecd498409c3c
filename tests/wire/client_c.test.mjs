// SPDX-License-Identifier: Apache-2.0
// The examples in C, which are programs that use the library: at uauth itself, at oidc-provider and at Glewlwyd.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { GLEWLWYD, GLEWLWYD_SECRET, GWEN, Glewlwyd } from './glewlwyd.mjs';
import { OidcProvider, SECRET } from './oidc_provider.mjs';
import { ADA, Provider } from './provider.mjs';
import { binary, freePort } from './server.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const examples = join(dirname(binary), 'examples/c');
let folder, op, uauth;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-c-'));
  op = await new OidcProvider().start({
    config: { conformIdTokenClaims: false },
    clients: [
      { client_id: 'my-desktop', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'] },
      { client_id: 'my-device', token_endpoint_auth_method: 'none', grant_types: [DEVICE, 'refresh_token'], redirect_uris: [], response_types: [] },
      { client_id: 'my-job', client_secret: SECRET, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    ],
  });
  uauth = await new Provider().start();
});
after(async () => {
  await uauth?.stop();
  await op?.close();
  rmSync(folder, { recursive: true, force: true });
});

// Starts an example; `shown(pattern)` resolves to what it has printed that fits, `ended` to its code and all it printed.
function start(name, ...args) {
  const { PATH, ASAN_OPTIONS = '' } = process.env;
  const child = spawn(join(examples, name), args, { cwd: folder, env: { PATH, ASAN_OPTIONS }, timeout: 60000 });
  let printed = '';
  const waiting = [];
  const look = () => { for (const one of waiting) { const found = one.pattern.exec(printed); if (found) one.done(found); } };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { printed += text; look(); });
  const ended = new Promise((done) => child.on('close', (code) => done({ code, printed })));
  const shown = (pattern) => new Promise((done, failed) => {
    waiting.push({ pattern, done });
    look();
    ended.then(() => failed(new Error(printed)));
  });
  return { shown, ended, child };
}

async function signedIn(issuer, walk, ...port) {
  const program = start('sign_in', issuer, 'my-desktop', ...port);
  const [, url] = await program.shown(/Open (\S+)\n/);
  const { searchParams } = new URL(url);
  assert.equal(searchParams.get('code_challenge_method'), 'S256');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.match(searchParams.get(name), /^[\w-]{43}$/);
  await walk(url, searchParams.get('redirect_uri'));
  return program.ended;
}

test('uauth: somebody signs in at a program on their machine', async () => {
  await uauth.client('my-desktop', 'public', 'http://127.0.0.1/callback');
  const done = await signedIn(uauth.url, async (url) => {
    const ada = uauth.person();
    const page = await ada.signIn(url);
    assert.equal(page.text, 'You may close this window.\n');
  });
  assert.deepEqual(done, { code: 0, printed: done.printed });
  assert.match(done.printed, new RegExp(`\nSigned in as ${ADA}\\.\n$`));
});

test('oidc-provider: somebody signs in at a program on their machine', async () => {
  const done = await signedIn(op.url, async (url) => {
    const back = await op.walk(url, 'carol');
    assert.match(back, /^http:\/\/127\.0\.0\.1:\d+\/callback\?code=/);
    assert.equal((await fetch(back)).status, 200);
  });
  assert.equal(done.code, 0, done.printed);
  assert.match(done.printed, /\nSigned in as carol@op\.example\.\n$/);
});

// RFC 9126: a server that takes nothing else says so, and the library does it.
test('oidc-provider: a request is pushed where it has to be', async (t) => {
  const strict = await new OidcProvider().start({
    features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } },
    clients: [{ client_id: 'my-desktop', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'] }],
  });
  t.after(() => strict.close());
  const program = start('sign_in', strict.url, 'my-desktop');
  const [, url] = await program.shown(/Open (\S+)\n/);
  assert.deepEqual([...new URL(url).searchParams.keys()].sort(), ['client_id', 'request_uri']);
  assert.equal((await fetch(await strict.walk(url, 'erin'))).status, 200);
  const done = await program.ended;
  assert.match(done.printed, /\nSigned in as erin@op\.example\.\n$/);
  assert.equal(done.code, 0);
});

test('CD-07, CD-12, AT-19: a program on a machine does not believe what is not its answer', async () => {
  const cases = [
    ['state=x&code=y', /state differs/],
    ['code=y', /state differs/],
    [(state) => `code=y&state=${state}`, /does not say whose it is/],
    [(state) => `code=y&state=${state}&iss=https%3A%2F%2Fevil.example`, /is of https:\/\/evil\.example/],
    [(state) => `error=access_denied&state=${state}&iss=${encodeURIComponent(op.url)}`, /did not sign in/],
    [(state) => `code=y&state=${state}&iss=${encodeURIComponent(op.url)}`, /does not take the code/],
  ];
  for (const [query, why] of cases) {
    const done = await signedIn(op.url, async (url, redirect) => {
      const state = new URL(url).searchParams.get('state');
      await fetch(`${redirect}?${typeof query === 'string' ? query : query(state)}`);
    });
    assert.equal(done.code, 1, done.printed);
    assert.match(done.printed, why);
  }
});

test('a service asks for one token, whatever its threads do', async () => {
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  let asked = 0;
  op.provider.on('client_credentials.saved', () => { asked++; });
  const done = await start('service', op.url, 'my-job', 'secret').ended;
  assert.deepEqual(done, { code: 0, printed: '80 calls, 0 without a token.\n' });
  assert.equal(asked, 1);
  const job = await uauth.run(['client', 'create', '--id', 'my-job', '--type', 'confidential', '--grant', 'client_credentials']);
  uauth.server.forbid(job.client_secret);
  writeFileSync(join(folder, 'job'), job.client_secret);
  assert.deepEqual(await start('service', uauth.url, 'my-job', 'job').ended, done);
  const wrong = await start('service', uauth.url, 'my-job', 'secret').ended;
  assert.equal(wrong.code, 1);
  assert.match(wrong.printed, /no token: REFUSED/);
  assert.ok(!wrong.printed.includes('CANARY'));
});

test('uauth: a device signs somebody in, renews what it got, and ends it', async () => {
  await uauth.run(['client', 'create', '--id', 'my-device', '--type', 'public', '--grant', DEVICE, '--grant', 'refresh_token']);
  const program = start('device', uauth.url, 'my-device');
  const [, uri, code] = await program.shown(/Open (\S+) and type (\S+)\.\n/);
  const ada = uauth.person();
  await ada.signIn(uri);
  await ada.submit('/device', { user_code: code });
  await ada.submit('/device/answer', { answer: 'allow' });
  const done = await program.ended;
  assert.equal(done.code, 0, done.printed);
  assert.match(done.printed, /Signed in as [\w-]+, with a DPoP token\.\nRenewed, and ended\.\n$/);
});

test('oidc-provider: a device signs somebody in, renews what it got, and ends it', async () => {
  const program = start('device', op.url, 'my-device');
  const [, uri, code] = await program.shown(/Open (\S+) and type (\S+)\.\n/);
  await op.walk(`${uri}?user_code=${code}`, 'carol');
  const done = await program.ended;
  assert.equal(done.code, 0, done.printed);
  assert.match(done.printed, /Signed in as carol, with a DPoP token\.\nRenewed, and ended\.\n$/);
});

test('Glewlwyd: a program on a machine, a service, and a device', { skip: GLEWLWYD }, async (t) => {
  const glewlwyd = await new Glewlwyd().start();
  t.after(() => glewlwyd.close());
  const port = String(await freePort());
  await glewlwyd.client('my-desktop', null, [`http://127.0.0.1:${port}/callback`]);
  await glewlwyd.client('my-job', GLEWLWYD_SECRET);
  await glewlwyd.client('my-device', null);
  const desktop = await signedIn(glewlwyd.url, async (url) => { await fetch(await glewlwyd.walk(url)); }, port);
  assert.equal(desktop.code, 0, desktop.printed);
  assert.match(desktop.printed, new RegExp(`\nSigned in as ${GWEN}\\.\n$`));
  writeFileSync(join(folder, 'glewlwyd'), GLEWLWYD_SECRET);
  assert.deepEqual(await start('service', glewlwyd.url, 'my-job', 'glewlwyd', 'openid').ended, { code: 0, printed: '80 calls, 0 without a token.\n' });
  const device = start('device', glewlwyd.url, 'my-device');
  const [, uri, code] = await device.shown(/Open (\S+) and type (\S+)\.\n/);
  await glewlwyd.walk(`${uri}?code=${code}`);
  const done = await device.ended;
  // What it got is renewed; there only confidential clients revoke.
  assert.match(done.printed, /with a DPoP token\.\n/, glewlwyd.log);
  assert.match(done.printed, /\/revoke refused with status 401/);
});
