// SPDX-License-Identifier: Apache-2.0
// Every hosted page in every language, both themes and two widths, with JavaScript switched off: nothing is cut off,
// nothing breaks the policy of the page, axe-core finds nothing to complain of, and the page is in the language that
// it says.  UAUTH_SHOTS=folder keeps a picture of each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import { launch, visit } from './browser.mjs';
import { openStage } from './stage.mjs';
import { Walk } from './walk.mjs';

const LANGUAGES = { en: 'en', de: 'de', fr: 'fr', es: 'es', zh: 'zh-Hans', ja: 'ja' };
// The rules of axe-core that can be kept in one language and broken in another.
const OF_WORDS = ['html-has-lang', 'html-lang-valid', 'valid-lang', 'document-title', 'button-name', 'link-name', 'label',
  'label-content-name-mismatch', 'empty-heading', 'summary-name', 'svg-img-alt'];
// 320: what is left of 1280 at a zoom of four (WCAG 2.2, 1.4.10).
const WIDTHS = [320, 390, 1280];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage, browser, auditor;

before(async () => {
  stage = await openStage();
  browser = await launch();
  auditor = await openAuditor();
});

after(async () => {
  await browser?.close();
  await stage?.close();
});

// What is wider than the window, or than the box that it stands in.
const tooWide = () => {
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) return [`the page is ${root.scrollWidth - root.clientWidth} px wider than the window`];
  return [...document.querySelectorAll('main *, header *, footer *')]
    .filter((element) => !element.closest('.spoken, svg') && element.clientWidth > 0 && getComputedStyle(element).display !== 'inline')
    .filter((element) => !['INPUT'].includes(element.tagName) && element.scrollWidth > element.clientWidth + 1)
    .map((element) => `${element.outerHTML.slice(0, 120)} is cut off`);
};

// What is higher than a box that hides the rest of it, and what stands outside of the window.
const hidden = () => [...document.querySelectorAll('main *, header *, footer *')]
  .filter((element) => !element.closest('.spoken, svg') && element.clientHeight > 0)
  .filter((element) => (getComputedStyle(element).overflowY !== 'visible' && !['INPUT', 'SELECT'].includes(element.tagName) && element.scrollHeight > element.clientHeight + 1)
    || element.getBoundingClientRect().left < -1)
  .map((element) => `${element.outerHTML.slice(0, 120)} is hidden in part`);

// axe-core needs timers, which a page with scripts off has not: so it looks at a copy of what the page shows, in a
// window of its own that keeps it loaded.
async function openAuditor() {
  const context = await visit(browser, { scripts: true });
  const page = await context.newPage();
  await page.route('**/auditor', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html><head></head><body></body></html>' }));
  await page.goto(`${stage.server.url}/auditor`);
  await page.evaluate(axe);
  return page;
}

async function complaints(page, colorScheme, rules) {
  const copy = await page.evaluate(() => ({ lang: document.documentElement.lang, head: document.head.innerHTML, body: document.body.innerHTML, wide: document.body.className }));
  await auditor.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  const found = await auditor.evaluate(async ({ seen, only }) => {
    document.documentElement.lang = seen.lang;
    if (document.head.innerHTML !== seen.head) document.head.innerHTML = seen.head;
    document.body.innerHTML = seen.body;
    document.body.className = seen.wide;
    await Promise.all([...document.querySelectorAll('link[rel=stylesheet]')].map((link) => link.sheet || new Promise((done) => { link.onload = done; link.onerror = done; })));
    return globalThis.axe.run(document, { resultTypes: ['violations'], ...only });
  }, { seen: copy, only: rules });
  return found.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ')}`);
}

async function shoot(page, language, name, width) {
  for (const colorScheme of process.env.UAUTH_SHOTS && width > 320 ? ['light', 'dark'] : []) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const file = `${language}-${name.replace(/[^a-z]+/g, '_')}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: join(process.env.UAUTH_SHOTS, file), fullPage: true });
  }
}

// Colours are the same in every language, and boxes in both themes: each is looked at where it can differ.
async function inspect(page, language, name) {
  assert.equal(await page.locator('html').getAttribute('lang'), LANGUAGES[language], name);
  assert.equal(await page.locator('h1').count(), 1, name);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual([...await page.evaluate(tooWide), ...await page.evaluate(hidden)], [], `${name} in ${language} at ${width}`);
    await shoot(page, language, name, width);
  }
  const rules = language === 'en' ? {} : { runOnly: OF_WORDS };
  assert.deepEqual(await complaints(page, 'light', rules), [], `${name} in ${language}`);
  if (language === 'en')
    assert.deepEqual(await complaints(page, 'dark', { runOnly: ['color-contrast'] }), [], `${name}, dark`);
}

// All words of the pages that people read, to compare languages with each other.
const words = {};

for (const language of Object.keys(LANGUAGES)) {
  test(`every page in ${language}, without JavaScript`, { timeout: 120000 }, async () => {
    const context = await visit(browser);
    context.setDefaultTimeout(20000);
    const broken = [];
    context.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) broken.push(message.text()); });
    context.on('weberror', (error) => broken.push(String(error.error())));
    // A page that is left before its icon has come gives that up.
    context.on('requestfailed', (request) => { if (request.failure().errorText !== 'net::ERR_ABORTED') broken.push(`${request.url()}: ${request.failure().errorText}`); });
    words[language] = {};
    const look = async (name, page) => {
      await inspect(page, language, name);
      words[language][name] = await page.locator('h1').textContent();
    };
    await new Walk({ ...stage, context, language, look }).all();
    assert.deepEqual(broken, []);
    await context.close();
  });
}

test('no page was left in English', () => {
  for (const language of ['de', 'fr', 'es', 'zh', 'ja'])
    for (const [name, heading] of Object.entries(words[language]))
      assert.notEqual(heading, words.en[name], `${name} in ${language}`);
});

// WCAG 2.2, 2.1.1, 2.4.1, 2.4.7: from the first key on, what has the focus shows it.
test('a person signs in with the keyboard alone', async () => {
  const context = await visit(browser);
  const page = await context.newPage();
  await page.goto(`${stage.server.url}/sign-in`);
  const focused = () => page.evaluate(() => {
    const { name, className, href } = document.activeElement;
    return { name: name || className || new URL(href).pathname, seen: getComputedStyle(document.activeElement).outlineStyle !== 'none' };
  });
  assert.equal((await focused()).name, 'email');
  const way = [];
  for (const key of ['Shift+Tab', 'Shift+Tab', 'Tab', 'Tab', 'Tab']) {
    await page.keyboard.press(key);
    way.push(await focused());
  }
  assert.deepEqual(way.map(({ name }) => name), ['brand', 'skip', 'brand', 'email', 'password']);
  assert.ok(way.every(({ seen }) => seen), JSON.stringify(way));
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type('keyboard@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  assert.equal(await page.locator('[role=alert]').count(), 1);
  assert.equal((await focused()).name, 'password');
  await context.close();
});
