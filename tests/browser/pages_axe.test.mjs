// SPDX-License-Identifier: Apache-2.0
// Every hosted page in every language with JavaScript on, as most people have it: axe-core finds nothing in either
// theme and at two widths, nothing breaks the policy of the page, and no page says anything of an error.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, listen, visit } from './browser.mjs';
import { openStage } from './stage.mjs';
import { LANGUAGES, Walk } from './walk.mjs';

const THEMES = ['light', 'dark'];
const WIDTHS = [360, 1280];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage, browser;

before(async () => {
  stage = await openStage();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stage?.close();
});

async function complaints(page) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

async function inspect(page, language, name) {
  await page.evaluate(axe);
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await complaints(page), [], `${name} in ${language}, ${colorScheme}, at ${width}`);
    }
  }
}

for (const language of Object.keys(LANGUAGES)) {
  test(`every page in ${language}, with JavaScript`, { timeout: 400000 }, async () => {
    const context = await visit(browser, { scripts: true });
    context.setDefaultTimeout(20000);
    const heard = listen(context);
    // The form that sends itself is looked at before it does: the first time it has an empty script.
    await context.route('**/assets/submit.*', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }), { times: 1 });
    await new Walk({ ...stage, context, language, scripts: true, look: (name, page) => inspect(page, language, name) }).all();
    assert.deepEqual(heard.broken, []);
    await context.close();
  });
}
