// SPDX-License-Identifier: Apache-2.0
// Every hosted page in every language at three widths, with JavaScript switched off: nothing is cut off, nothing
// breaks the policy of the page, and the page is in the language that it says, with no word left in English.  No
// template is left out.  UAUTH_SHOTS=folder keeps a picture of each, in both themes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, listen, visit } from './browser.mjs';
import { openStage } from './stage.mjs';
import { templateNames, templateOf } from './templates.mjs';
import { LANGUAGES, Walk } from './walk.mjs';

// 320: what is left of 1280 at a zoom of four (WCAG 2.2, 1.4.10).
const WIDTHS = [320, 360, 1280];
// For developers, in English whatever a person reads.
const ENGLISH_ONLY = ['problems', 'problem'];
// What is the same in another language: what is no word, names, and a few words.
const NO_WORD = /^(\P{L}*|[\w.-]+@[\w.-]+|https?:\S+|[a-z]+_[a-z]+|[a-z]+:[a-z]+|[A-Z0-9]{26}|[A-Z]{4}-[A-Z]{4}|[a-z0-9-]{19})$/u;
const NAMES = ['uauth', 'Ada Lovelace', 'Ada King, Countess of Lovelace', 'A', 'Zoë', 'Acme Analytical Engines', 'Notes', 'The Shop', 'Wiki', 'An old tool',
  'Television', 'Microsoft'];
const SAME = { de: ['Name', 'Export', 'Code'], fr: ['Applications', 'Code'], es: ['Error 400', 'Error 404'], zh: [], ja: [] };

let stage, browser;

before(async () => {
  stage = await openStage();
  browser = await launch();
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

async function shoot(page, language, name, width) {
  for (const colorScheme of process.env.UAUTH_SHOTS && width > 320 ? ['light', 'dark'] : []) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const file = `${language}-${name.replace(/[^a-z]+/g, '_')}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: join(process.env.UAUTH_SHOTS, file), fullPage: true });
  }
}

// What a person reads, or has read out, but for the names of languages.
const textsOf = () => {
  const own = (element) => !element.closest('.languages, option');
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (own(node.parentElement)) found.push(node.data);
  for (const name of ['aria-label', 'alt', 'title', 'placeholder'])
    for (const element of document.querySelectorAll(`[${name}]`)) if (own(element)) found.push(element.getAttribute(name));
  return found.map((text) => text.trim()).filter(Boolean);
};

async function inspect(page, language, name) {
  assert.equal(await page.locator('html').getAttribute('lang'), ENGLISH_ONLY.includes(name) ? 'en' : LANGUAGES[language], name);
  assert.equal(await page.locator('h1').count(), 1, name);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual([...await page.evaluate(tooWide), ...await page.evaluate(hidden)], [], `${name} in ${language} at ${width}`);
    await shoot(page, language, name, width);
  }
}

// By language and page: what stands on it.  By language: the templates of all.
const texts = {}, walked = {};

for (const language of Object.keys(LANGUAGES)) {
  test(`every page in ${language}, without JavaScript`, { timeout: 240000 }, async () => {
    const context = await visit(browser);
    context.setDefaultTimeout(20000);
    const heard = listen(context);
    Object.assign(texts, { [language]: {} });
    walked[language] = new Set();
    const look = async (name, page) => {
      const template = templateOf(await heard.document());
      assert.ok(template, `${name} is made of no template`);
      walked[language].add(template);
      await inspect(page, language, name);
      texts[language][name] = await page.evaluate(textsOf);
    };
    await new Walk({ ...stage, context, language, look }).all();
    assert.deepEqual(heard.broken, []);
    await context.close();
  });
}

test('no page of the binary is left out', () => {
  for (const language of Object.keys(LANGUAGES)) assert.deepEqual([...walked[language]].sort(), templateNames, language);
});

for (const language of Object.keys(LANGUAGES).filter((name) => name !== 'en')) {
  test(`nothing is left in English: ${language}`, () => {
    assert.deepEqual(Object.keys(texts[language]), Object.keys(texts.en));
    const same = new Set([...NAMES, ...SAME[language]]);
    const left = Object.entries(texts[language]).filter(([name]) => !ENGLISH_ONLY.includes(name)).flatMap(([name, all]) => all
      .filter((text) => texts.en[name].includes(text) && !NO_WORD.test(text) && !same.has(text)).map((text) => `${name}: ${text}`));
    assert.deepEqual(left, []);
  });
}

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
