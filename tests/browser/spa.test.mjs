// SPDX-License-Identifier: Apache-2.0
// The single-page application of the guide, oidc-client-ts in Chromium: signing in, calls from another origin, renewal with
// a refresh token and by a hidden frame, signing out; and an origin that nobody has registered.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { PASSWORD } from '../wire/client.mjs';
import { startProgram } from '../wire/program.mjs';
import { ADA, Provider } from '../wire/provider.mjs';
import { freePort } from '../wire/server.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
let provider, browser, files, folder, home;

before(async () => {
  const port = await freePort();
  home = `http://localhost:${port}/`;
  folder = mkdtempSync(join(tmpdir(), 'uauth-spa-'));
  cpSync(join(root, 'examples/spa'), folder, { recursive: true });
  symlinkSync(join(root, 'tests/node_modules'), join(folder, 'node_modules'));
  [provider, browser, files] = await Promise.all([
    new Provider().start(), launch(), startProgram(process.execPath, [join(folder, 'serve.mjs'), '--port', String(port)], home),
  ]);
  await provider.client('my-spa', 'public', `${home}?callback`, '--redirect-uri', `${home}?silent`,
    '--post-logout-redirect-uri', home, '--first-party');
});
after(async () => {
  await browser?.close();
  await files?.stop();
  await provider?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

async function signedIn() {
  const context = await visit(browser, { scripts: true });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  await page.goto(`${home}?issuer=${encodeURIComponent(provider.url)}`);
  await page.getByText('Nobody is signed in.').waitFor();
  await page.click('#login');
  await page.fill('[name=email]', ADA);
  await page.fill('[name=password]', PASSWORD);
  await page.click('form[action="/sign-in"] [type=submit]');
  await page.getByText(`Signed in as Ada L. <${ADA}>.`).waitFor();
  return { context, page };
}

const user = (page) => page.evaluate(async () => {
  const { access_token, refresh_token, profile, expires_in } = await globalThis.users.getUser();
  return { access_token, refresh_token, profile, expires_in };
});

test('Ada signs in, the page calls, renews with its refresh token, and signs out', async () => {
  const { context, page } = await signedIn();
  assert.equal(page.url(), home);
  const first = await user(page);
  assert.ok(first.refresh_token);
  const renewed = page.waitForRequest((request) => request.url().endsWith('/oauth2/token'));
  await page.click('#renew');
  assert.match((await renewed).postData(), /grant_type=refresh_token/);
  const end = Date.now() + 20000;
  let next = await user(page);
  while (next.access_token === first.access_token && Date.now() < end) next = await user(page);
  assert.notEqual(next.access_token, first.access_token);
  assert.equal(next.profile.sid, first.profile.sid);
  await page.click('#logout');
  await page.waitForURL(home);
  await page.getByText('Nobody is signed in.').waitFor();
  assert.equal((await provider.get('/oauth2/userinfo', next.access_token)).status, 401);
  await page.click('#login');
  await page.locator('form[action="/sign-in"]').waitFor();
  await context.close();
});

test('without a refresh token a hidden frame renews, as long as she is signed in', async () => {
  const { context, page } = await signedIn();
  const silently = () => page.evaluate(async () => {
    const known = await globalThis.users.getUser();
    delete known.refresh_token;
    await globalThis.users.storeUser(known);
    const before = known.access_token;
    return globalThis.users.signinSilent().then((now) => (now.access_token === before ? 'the same' : 'renewed'), (error) => error.error ?? error.message);
  });
  assert.equal(await silently(), 'renewed');
  await context.clearCookies();
  assert.equal(await silently(), 'login_required');
  await context.close();
});

// WB-16: whose page may read an answer is what the client has registered.
test('a page of another origin may not read what tokens open, and a planted answer is refused', async () => {
  const { context, page } = await signedIn();
  const { access_token: token } = await user(page);
  const userinfo = ({ url, bearer }) => fetch(`${url}/oauth2/userinfo`, { headers: { authorization: `Bearer ${bearer}` } }).then((answer) => answer.status, () => 'not read');
  assert.equal(await page.evaluate(userinfo, { url: provider.url, bearer: token }), 200);
  const elsewhere = http.createServer((request, response) => response.end('elsewhere'));
  await new Promise((done) => elsewhere.listen(0, '127.0.0.1', done));
  const other = await context.newPage();
  await other.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
  assert.equal(await other.evaluate(userinfo, { url: provider.url, bearer: token }), 'not read');
  elsewhere.closeAllConnections();
  elsewhere.close();
  await page.goto(`${home}?callback&code=planted&state=planted`);
  await page.getByText('No matching state found in storage').waitFor();
  await context.close();
});
