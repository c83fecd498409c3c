// SPDX-License-Identifier: Apache-2.0
// Acting as a user in Chromium without JavaScript: every page says who acts, as whom, and has the button that ends it;
// afterwards the browser has its own session back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, listen, visit } from './browser.mjs';
import { command } from '../wire/command.mjs';
import { PASSWORD } from '../wire/client.mjs';
import { startServer } from '../wire/server.mjs';

const ENV = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_IMPERSONATION: 'on' };
const PAGES = ['/account', '/sign-out', '/sign-in', '/register', '/forgot-password', '/account/password', '/account/erase'];
let server, browser;
const people = {};

before(async () => {
  server = await startServer({ env: ENV });
  for (const [name, ...more] of [['Ada', '--role', 'admin'], ['Bob']]) {
    const made = await command(['user', 'create', '--email', `${name}@example.com`, '--name', name, '--password-stdin', '--json', ...more], { data: server.data, env: ENV, input: `${PASSWORD}\n` });
    assert.equal(made.code, 0, made.stderr);
    people[name] = made.json.id;
  }
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const cookie = async (context, name) => (await context.cookies()).find((one) => one.name === name)?.value;

test('SS-01, TX-06: a banner without JavaScript says who acts, and its button gives the own session back', async () => {
  const context = await visit(browser);
  const { broken } = listen(context);
  const page = await context.newPage();
  const banner = page.locator('aside.acting');
  await page.goto(`${server.url}/sign-in`);
  await page.fill('[name=email]', 'ada@example.com');
  await page.fill('[name=password]', PASSWORD);
  await page.click('form[action="/sign-in"] [type=submit]');
  await page.waitForURL('**/account');
  assert.equal(await banner.count(), 0);
  const own = await cookie(context, 'session');
  const begun = await context.request.post(`${server.url}/admin/users/${people.Bob}/impersonate`, {
    data: { reason: 'Ticket 4711' }, headers: { 'x-csrf-token': await cookie(context, 'csrf'), origin: server.url },
  });
  assert.equal(begun.status(), 201, await begun.text());
  assert.notEqual(await cookie(context, 'session'), own);
  for (const path of PAGES) {
    await page.goto(server.url + path);
    assert.equal(await banner.locator('p').innerText(), 'You are Ada and act as Bob.', path);
    assert.equal(await banner.locator('form[action="/account/impersonation/end"] [type=submit]').count(), 1, path);
  }
  await page.goto(`${server.url}/account`);
  assert.equal(await page.locator('#full_name').inputValue(), 'Bob');
  await banner.locator('[type=submit]').click();
  await page.waitForURL('**/account');
  assert.equal(await banner.count(), 0);
  assert.equal(await page.locator('#full_name').inputValue(), 'Ada');
  assert.notEqual(await cookie(context, 'session'), own);
  assert.equal(await cookie(context, 'actor'), undefined);
  assert.deepEqual(broken, []);
  await context.close();
});
