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
  uauth = await new Provider().start({ AUTH_INTERNAL_HOSTS: '127.0.0.1' });
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

// A browser that keeps the cookies of the application, and nothing else.
class Browser {
  constructor(url) { Object.assign(this, { url, cookies: new Map() }); }

  async send(path, { form, method = form === undefined ? 'GET' : 'POST' } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.url + path, { method, redirect: 'manual', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' }, body: form });
    for (const line of answer.headers.getSetCookie()) this.cookies.set(...line.split(';')[0].split('='));
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  }
}

async function startWeb(t, issuer, secret, port, ...more) {
  writeFileSync(join(folder, `web-${port}`), secret, { mode: 0o600 });
  const program = start('web', issuer, 'my-web', `web-${port}`, port, ...more);
  t.after(() => program.child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 200 && !await fetch(url).then(() => true, () => false); i++) await new Promise((done) => setTimeout(done, 50));
  return url;
}

const webClient = (port) => ({
  client_id: 'my-web', client_secret: SECRET, redirect_uris: [`http://127.0.0.1:${port}/callback`],
  post_logout_redirect_uris: [`http://127.0.0.1:${port}/`], backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel`,
  backchannel_logout_session_required: true,
});

test('oidc-provider: a web application, by query and form; the server ends its sessions', async (t) => {
  const ports = [String(await freePort()), String(await freePort())];
  for (const [i, mode] of ['query', 'form_post'].entries()) {
    const up = await new OidcProvider().start({ clients: [webClient(ports[i])], features: { backchannelLogout: { enabled: true } } });
    t.after(() => up.close());
    const url = await startWeb(t, up.url, SECRET, ports[i], ...(mode === 'query' ? [] : [mode]));
    const [b, jar] = [new Browser(url), new Map()];
    assert.match((await b.send('/')).text, /^Nobody is signed in/);
    const back = await up.walk((await b.send('/login')).location, 'frida', jar);
    const bring = (from) => (mode === 'query' ? from.send(back.slice(url.length)) : from.send('/callback', { form: String(back.form) }));
    // CD-19: without what was kept in this browser it is nobody's answer.
    assert.equal((await bring(new Browser(url))).status, 400);
    const done = await bring(b);
    assert.deepEqual([done.status, done.location], [303, '/'], done.text);
    assert.match((await b.send('/')).text, /^Signed in as frida\./);
    // CD-01: once.
    assert.equal((await bring(b)).status, 400);
    // What others send is no logout.
    for (const form of ['', 'logout_token=', 'logout_token=a.b.c', `logout_token=${'x'.repeat(4000)}`]) assert.equal((await new Browser(url).send('/backchannel', { form })).status, 400);
    assert.match((await b.send('/')).text, /^Signed in as frida\./);
    // Signing out here leads there, where the session ends, and the application is told of it.
    const other = new Browser(url);
    const again = await up.walk((await other.send('/login')).location, 'frida', jar);
    await (mode === 'query' ? other.send(again.slice(url.length)) : other.send('/callback', { form: String(again.form) }));
    const out = await b.send('/logout', { form: '' });
    const { pathname, searchParams } = new URL(out.location);
    assert.equal(pathname, '/session/end');
    assert.equal(searchParams.get('post_logout_redirect_uri'), `${url}/`);
    assert.match((await b.send('/')).text, /^Nobody is signed in/);
    assert.match((await other.send('/')).text, /^Signed in as frida\./);
    assert.equal(await up.walk(out.location, 'frida', jar), `${url}/`);
    let text = '';
    for (let i = 0; i < 50 && !/^Nobody/.test(text); i++) { ({ text } = await other.send('/')); await new Promise((wait) => setTimeout(wait, 50)); }
    assert.deepEqual(up.errors, []);
    assert.match(text, /^Nobody is signed in/);
  }
});

test('uauth: a web application, which is told by the server that a session has ended', async (t) => {
  const port = String(await freePort());
  const home = `http://127.0.0.1:${port}/`;
  const secret = await uauth.client('my-web', 'confidential', `${home}callback`, '--post-logout-redirect-uri', home, '--backchannel-logout-uri', `${home}backchannel`);
  const url = await startWeb(t, uauth.url, secret, port);
  const b = new Browser(url);
  const ada = uauth.person();
  const page = await ada.signIn((await b.send('/login')).location, { until: `${home}callback` });
  const done = await b.send(page.url.href.slice(url.length));
  assert.deepEqual([done.status, done.location], [303, '/'], done.text);
  assert.match((await b.send('/')).text, /^Signed in as /);
  await uauth.run(['user', 'sessions', '--end', ADA]);
  let text = '';
  for (let i = 0; i < 100 && !/^Nobody/.test(text); i++) { ({ text } = await b.send('/')); await new Promise((wait) => setTimeout(wait, 100)); }
  assert.match(text, /^Nobody is signed in/, uauth.server.log.slice(-2000));
});
