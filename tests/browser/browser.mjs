// SPDX-License-Identifier: Apache-2.0
// One Chromium for a file of tests, and contexts of it as people have them.
import { chromium } from 'playwright-core';

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
});

// A person's browser: nothing of another, and with `scripts: false` no JavaScript at all.
export const visit = (browser, { scripts = false, locale = 'en-GB', ...more } = {}) =>
  browser.newContext({ javaScriptEnabled: scripts, locale, viewport: { width: 390, height: 844 }, ...more });

// What goes wrong in a context: `broken` has what its pages say on the console (a breach of their policy among it),
// errors of their scripts, and what could not be fetched, but for pages, which may be an error by themselves.
// document() resolves to the page that was loaded last, as it was sent.
export function listen(context) {
  const broken = [];
  let last;
  context.on('console', (message) => { if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) broken.push(message.text()); });
  context.on('weberror', (error) => broken.push(String(error.error())));
  context.on('response', (response) => {
    if (response.request().isNavigationRequest() && !response.frame().parentFrame()) last = response;
    else if (!response.ok()) broken.push(`${response.url()}: ${response.status()}`);
  });
  // A page that is left before its icon has come gives that up.
  context.on('requestfailed', (request) => { if (request.failure().errorText !== 'net::ERR_ABORTED') broken.push(`${request.url()}: ${request.failure().errorText}`); });
  return { broken, document: () => last.text() };
}
