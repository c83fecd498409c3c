// SPDX-License-Identifier: Apache-2.0
// People of other systems are sent to a service that runs: whole, also when the command is killed amid it, with the
// report that the command writes on the data folder.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { done, on, Places } from './remote.mjs';

const PEOPLE = Number(process.env.UAUTH_IMPORT_PEOPLE ?? 2000), KILLS = 3;
const HASH = '$pbkdf2-sha256$i=1000$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
let places;
const here = (...args) => places.here(...args), there = (...args) => places.there(...args);

before(async () => { places = await Places.open(); });
beforeEach(() => places.signInAgain());
after(() => places?.close());

// One in 50 is nobody, so that the report has lines in every unit.
const people = (prefix) => Array.from({ length: PEOPLE }, (_, i) => JSON.stringify({ email: i % 50 === 49 ? `${prefix}${i}` : `${prefix}${i}@example.com`,
  full_name: `User ${i}`, password_hash: HASH, roles: i % 10 ? [] : ['moderator'] })).join('\n');

test('an import to a server that is killed is gone on with, and nobody is taken over by half', async () => {
  const file = places.file('people.jsonl', people('user')), bad = PEOPLE / 50;
  await places.killedAmid(['user', 'import'], file, KILLS);
  const last = await done(there(['user', 'import', file, '--json']));
  assert.ok(last.resumed_at > 0, JSON.stringify(last));
  assert.deepEqual([last.records, last.added, last.left_out], [PEOPLE, PEOPLE - bad, bad]);
  assert.deepEqual(places.report(file).map((line) => line.where), Array.from({ length: bad }, (_, i) => `record ${i * 50 + 50}`));
  for (const i of [0, 1, 48, 50, PEOPLE / 2, PEOPLE - 2]) {
    const shown = await done(here(['user', 'show', `user${i}@example.com`, '--json']));
    assert.deepEqual(shown.roles, i % 10 ? ['user'] : ['moderator', 'user']);
  }
  // Each unit was taken over once.
  const events = await done(there(['audit', 'list', '--name', 'users.imported', '--limit', '200', '--json']));
  assert.deepEqual(events.map((event) => Number(event.detail.records)).sort((a, b) => a - b), Array.from({ length: PEOPLE / 100 }, (_, i) => 100 * (i + 1)));
});

// What no line of JSON or row of CSV may be like, and what the rules of the service refuse.
const ODD = {
  jsonl: ['{"email":"one@example.com","full_name":"Zoë \\"1\\""}', '', 'no json', '{"email":"x"}', '{"emial":"two@example.com"}', '{"email":"no address"}',
    '{"email":"three@example.com","roles":["nosuch"]}', '{"email":"four@example.com","tenant":"nowhere"}', '{"email":"five@example.com","password_hash":"plain"}',
    `{"email":"six@example.com","full_name":"${'x'.repeat(70000)}"}`, '{"email":"seven@example.com","full_name":"\\u0000"}', '{"email":"One@example.com"}',
    '{"email":"eight@example.com","disabled":true}', '[1]', `{"email":"nine@example.com","password_hash":"${HASH}","unverified":true}`, '{"email":'],
  csv: ['email,full_name,roles,disabled', 'one@example.com,"One, the ""first""",moderator,false', 'two@example.com,,,TRUE', 'three@example.com,,,perhaps', 'four@example.com',
    'five@example.com,"Two\nlines",,', 'six@example.com,a"b,,', 'seven@example.com,Seven,nosuch moderator,'],
};

for (const format of ['jsonl', 'csv'])
  test(`what is left out of odd ${format}, and why, is said as on the data folder`, async () => {
    const text = ODD[format].map((line) => line.replaceAll('@', `@${format}.`)).join(format === 'csv' ? '\r\n' : '\n');
    const file = places.file(`odd.${format}`, text), mine = { here: places.file('r1', ''), there: places.file('r2', '') };
    const ask = (place, which, ...more) => done(place(['user', 'import', file, '--json', '--report', mine[which], ...more]));
    for (const more of [['--dry-run'], ['--dry-run', '--drop-bad-passwords']]) {
      const one = await ask(here, 'here', ...more), other = await ask(there, 'there', ...more);
      assert.ok(one.added > 1 && one.left_out > 2, JSON.stringify(one));
      assert.deepEqual({ ...other, report: '' }, { ...one, report: '' });
      assert.equal(readFileSync(mine.there, 'utf8'), readFileSync(mine.here, 'utf8'));
    }
    const said = readFileSync(mine.here, 'utf8');
    const { added, left_out: left } = await ask(there, 'there', '--drop-bad-passwords');
    assert.equal(readFileSync(mine.there, 'utf8'), said);
    assert.equal((await done(here(['user', 'show', `one@${format}.example.com`, '--json']))).full_name, format === 'csv' ? 'One, the "first"' : 'Zoë "1"');
    // Once it is done, the same file is another import, and everybody is there.
    const again = await ask(there, 'there', '--drop-bad-passwords');
    assert.deepEqual([again.added, again.left_out, again.resumed_at], [0, added + left, 0]);
  });

test('who may not import is told so, and a file that is none as on the data folder', async () => {
  const file = places.file('few.jsonl', '{"email":"few@example.com"}');
  await places.person('mod@example.com', '--role', 'moderator');
  const mod = places.file('mod', await places.signIn('mod@example.com'));
  const refused = await on(places.url, mod, ['user', 'import', file]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /403/);
  await places.sameRefusal(['user', 'import', places.file('bad.csv', 'mail,name\nx@example.com,X')], 2);
  await places.sameRefusal(['user', 'import', file, '--format', 'xml'], 2);
  await places.sameRefusal(['user', 'import', join(places.folder, 'nothing')], 2);
  const nowhere = await there(['user', 'import', file, '--tenant', 'nowhere']);
  assert.equal(nowhere.code, 2, nowhere.stderr);
  assert.match(nowhere.stderr, /There is no such tenant/);
  assert.equal((await here(['user', 'show', 'few@example.com'])).code, 1);
  await done(here(['tenant', 'create', '--slug', 'acme', '--json']));
  assert.match(await done(there(['user', 'import', file, '--tenant', 'acme'])), /^1 of 1 people are taken over, 0 left out/);
  assert.match(await done(here(['tenant', 'members', '--tenant', 'acme'])), /few@example\.com/);
});
