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
