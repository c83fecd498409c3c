// SPDX-License-Identifier: Apache-2.0
// docs/entra-acceptance.md names tests that there are, none of its rows is missing, and what calls itself by a row is on it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (file) => readFileSync(join(root, file), 'utf8');
const rows = read('docs/entra-acceptance.md').split('\n').filter((line) => /^\| [\w.]+(-\w+)*-\d+ \|/.test(line)).map((line) => {
  const [, row, what, name, file] = line.split(' | ').flatMap((part, i) => (i === 0 ? ['', part.slice(2)] : [part]));
  return { row, what, name, file: file.replace(/ \|$/, '') };
});

test('every row of the acceptance list and of the check list has a test', () => {
  const counted = [['7.3', 19], ['sign-in', 11], ['tokens', 7], ['identity', 8], ['vault', 3], ['consent', 1]];
  const due = counted.flatMap(([group, n]) => Array.from({ length: n }, (_, i) => `${group}-${i + 1}`));
  assert.deepEqual([...new Set(rows.map(({ row }) => row))], due);
});

test('every test that the page names is in its file', () => {
  for (const { row, name, file } of rows) {
    const text = read(file).replaceAll("\\'", "'");
    const there = file.endsWith('.c') ? text.includes(`static void ${name}(void **state)`) && new RegExp(`^ .*\\b${name}\\b`, 'm').test(text) : text.split('\n').some((line) => /^\s*test\(/.test(line) && line.includes(name));
    assert.ok(there, `${row}: ${file} has no test "${name}"`);
  }
});

test('every test that calls itself by a row is on the page', () => {
  const named = new Set(rows.map(({ name }) => name));
  for (const file of readdirSync(join(root, 'tests', 'wire')).filter((one) => one.endsWith('.test.mjs'))) {
    for (const [, name] of read(`tests/wire/${file}`).matchAll(/^test\('(7\.3, \d+: .*?)', /gm)) assert.ok(named.has(name), `${file}: ${name}`);
  }
});
