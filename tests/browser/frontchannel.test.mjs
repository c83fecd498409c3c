// SPDX-License-Identifier: Apache-2.0
// Signing out in Chromium without JavaScript: applications that the browser tells (OpenID Connect Front-Channel Logout 1.0)
// are loaded in frames of the page that says who was told, and the browser goes back by itself.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { launch, visit } from './browser.mjs';
import { PASSWORD } from '../wire/client.mjs';
import { ADA, Provider } from '../wire/provider.mjs';
import { until } from '../wire/until.mjs';

let provider, browser;
const applications = [];

// An application that signs its users in, and remembers what its frame was asked for.
async function startApplication(id, name) {
  const told = [];
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname === '/frame') told.push(Object.fromEntries(searchParams));
    if (pathname !== '/cb') return response.end(`${name} ${pathname}`);
    const tokens = await oidc.authorizationCodeGrant(application.config, new URL(request.url, application.url), { pkceCodeVerifier: application.verifier, expectedState: 's' });
    application.tokens = tokens;
    return response.end(`signed in to ${name}`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${server.address().port}`;
  await provider.client(id, 'public', `${url}/cb`, '--frontchannel-logout-uri', `${url}/frame`, '--post-logout-redirect-uri', `${url}/out`, '--first-party');
  const config = await oidc.discovery(new URL(provider.url), id, undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
  assert.equal(config.serverMetadata().frontchannel_logout_session_supported, true);
  const application = { id, name, url, told, config, verifier: oidc.randomPKCECodeVerifier(), close: () => server.close() };
  applications.push(application);
  return application;
}

before(async () => {
  [provider, browser] = await Promise.all([new Provider().start(), launch()]);
});
after(async () => {
  await browser?.close();
  for (const application of applications) application.close();
  await provider?.stop();
});

async function signIn(page, application) {
  const { href } = oidc.buildAuthorizationUrl(application.config, {
    redirect_uri: `${application.url}/cb`, scope: 'openid', state: 's', code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(application.verifier),
  });
  await page.goto(href);
  if (page.url().includes('/sign-in')) {
    await page.fill('[name=email]', ADA);
    await page.fill('[name=password]', PASSWORD);
    await page.click('form[action="/sign-in"] [type=submit]');
  }
  await page.getByText(`signed in to ${application.name}`).waitFor();
}

test('who signs out here, and who signs out from an application, tells all applications of the session', async () => {
  const shop = await startApplication('shop', 'Shop');
  const notes = await startApplication('notes', 'Notes');
  const context = await visit(browser);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => { if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text()); });

  await signIn(page, shop);
  await signIn(page, notes);
  await page.goto(`${provider.url}/sign-out`);
  await page.click('form[action="/sign-out"] [type=submit]');
  await page.getByText('Told through this browser').first().waitFor();
  const iss = provider.url;
  const { sid } = shop.tokens.claims();
  await until(() => shop.told.length === 1 && notes.told.length === 1, 'both are told');
  assert.deepEqual([...shop.told, ...notes.told], [{ iss, sid }, { iss, sid }]);
  assert.equal(page.url(), `${provider.url}/signed-out`);

  await signIn(page, shop);
  await signIn(page, notes);
  const url = oidc.buildEndSessionUrl(notes.config, { id_token_hint: notes.tokens.id_token, post_logout_redirect_uri: `${notes.url}/out`, state: 'x' });
  await page.goto(url.href);
  await page.getByText('You are taken back').waitFor();
  await until(() => shop.told.length === 2 && notes.told.length === 2, 'both are told again');
  assert.equal(shop.told[1].sid, notes.tokens.claims().sid);
  assert.notEqual(shop.told[1].sid, sid);
  await page.waitForURL(`${notes.url}/out?state=x`, { timeout: 10000 });
  assert.deepEqual(complaints, []);
  await context.close();
});
