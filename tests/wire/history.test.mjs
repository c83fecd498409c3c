// SPDX-License-Identifier: Apache-2.0
// The checker of histories itself: it finds what was planted, and nothing in what one thing after another answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDS, History, MOST_ONCE, REGISTER, REVOCABLE, SINGLE_USE, isLinearizable } from './history.mjs';

const use = (invoked, returned, outcome) => ({ what: 'use', invoked, returned, outcome });
const read = (invoked, returned, outcome, value) => ({ what: 'read', invoked, returned, outcome, value });
const write = (invoked, returned, value, outcome = 'ok') => ({ what: 'write', invoked, returned, value, outcome });
const ended = (invoked, returned, outcome = 'ok') => ({ what: 'end', invoked, returned, outcome });

const sound = [
  ['nothing', SINGLE_USE, []],
  ['used, then refused', SINGLE_USE, [use(0, 1, 'ok'), use(2, 3, 'refused')]],
  ['refused beside the use', SINGLE_USE, [use(0, 9, 'ok'), use(1, 2, 'refused'), use(3, 4, 'refused')]],
  ['used by who was not answered', SINGLE_USE, [use(0, 0, 'unknown'), use(5, 6, 'refused')]],
  ['who was not answered came to nothing', SINGLE_USE, [use(0, 0, 'unknown'), use(5, 6, 'ok'), use(7, 8, 'refused')]],
  ['the last value', REGISTER, [write(0, 1, 'x'), read(2, 3, 'ok', 'x'), write(4, 5, 'y'), read(6, 7, 'ok', 'y')]],
  ['either value beside the write', REGISTER, [write(0, 1, 'x'), write(2, 9, 'y'), read(3, 4, 'ok', 'x'), read(5, 6, 'ok', 'y')]],
  ['a write that was not answered, later', REGISTER, [write(0, 1, 'x'), write(2, 2, 'y', 'unknown'), read(3, 4, 'ok', 'x'), read(8, 9, 'ok', 'y')]],
  ['the first value, when no write was answered', { ...REGISTER, init: 'a' }, [write(0, 0, 'x', 'unknown'), read(1, 2, 'ok', 'a'), read(3, 4, 'ok', 'x')]],
  ['ended, and refused', REVOCABLE, [read(0, 1, 'ok'), ended(2, 4), read(3, 5, 'ok'), read(6, 7, 'refused')]],
  ['refused before its time, and used once', MOST_ONCE, [use(0, 1, 'refused'), use(2, 3, 'ok'), use(4, 5, 'refused')]],
  ['refused by whom its time has not come', ENDS, [read(0, 1, 'refused'), read(2, 3, 'ok'), ended(4, 5), read(6, 7, 'refused')]],
  ['ended by who was not answered', REVOCABLE, [ended(0, 0, 'unknown'), read(3, 5, 'ok'), read(6, 7, 'refused')]],
];
const planted = [
  ['used twice', SINGLE_USE, [use(0, 1, 'ok'), use(2, 3, 'ok')]],
  ['used twice at once', SINGLE_USE, [use(0, 5, 'ok'), use(1, 4, 'ok'), ...Array.from({ length: 30 }, (_, i) => use(i / 9, 9, 'refused'))]],
  ['refused before anybody used it', SINGLE_USE, [use(0, 1, 'refused'), use(2, 3, 'ok')]],
  ['refused, and never used', SINGLE_USE, [use(0, 1, 'refused')]],
  ['good again after a refusal', SINGLE_USE, [use(0, 0, 'unknown'), use(1, 2, 'refused'), use(3, 4, 'ok')]],
  ['a write that was lost', REGISTER, [write(0, 1, 'x'), write(2, 3, 'y'), read(4, 5, 'ok', 'x')]],
  ['back to the older value', REGISTER, [write(0, 1, 'x'), write(2, 9, 'y'), read(3, 4, 'ok', 'y'), read(5, 6, 'ok', 'x')]],
  ['the first value, after a write', { ...REGISTER, init: 'a' }, [write(0, 1, 'x'), read(2, 3, 'ok', 'a')]],
  ['what nobody wrote', REGISTER, [write(0, 1, 'x'), read(2, 3, 'ok', 'z')]],
  ['alive after it had ended', REVOCABLE, [ended(0, 1), read(2, 3, 'ok')]],
  ['alive again', REVOCABLE, [ended(0, 0, 'unknown'), read(1, 2, 'refused'), read(3, 4, 'ok')]],
  ['refused, and used twice', MOST_ONCE, [use(0, 1, 'ok'), use(2, 3, 'refused'), use(4, 5, 'ok')]],
  ['refused before its time, and alive after it had ended', ENDS, [read(0, 1, 'refused'), ended(2, 3), read(4, 5, 'ok')]],
  ['refused while it lived', REVOCABLE, [read(0, 1, 'refused'), ended(2, 3)]],
];
for (const [name, model, operations] of sound) test(`sound: ${name}`, () => assert.ok(isLinearizable(operations, model)));
for (const [name, model, operations] of planted) test(`planted: ${name}`, () => assert.ok(!isLinearizable(operations, model)));

// A thing that does one after another, each at some moment between question and answer; some answers are lost.
function simulated(n, lost) {
  let state = 'fresh';
  return Array.from({ length: n }, () => {
    const at = Math.random() * 20;
    return { at, invoked: at - Math.random() * 5, returned: at + Math.random() * 5 };
  }).sort((x, y) => x.at - y.at).map(({ invoked, returned }) => {
    const outcome = state === 'fresh' ? 'ok' : 'refused';
    state = 'used';
    return use(invoked, returned, Math.random() < lost ? 'unknown' : outcome);
  });
}

test('R-16: of 500 histories of one thing after another none is refused, and of as many with a second success each', () => {
  for (let i = 0; i < 500; i++) {
    const operations = simulated(24, 0.1);
    assert.ok(isLinearizable(operations, SINGLE_USE), JSON.stringify(operations));
    const [first, second] = operations.filter(({ outcome }) => outcome !== 'unknown');
    const bad = operations.map((each) => (each === first || each === second ? { ...each, outcome: 'ok' } : each));
    assert.ok(!isLinearizable(bad, SINGLE_USE), JSON.stringify(bad));
  }
});

test('R-16: a read at another node may be behind by the bound, and no more', async () => {
  const late = async (ms) => {
    let now = 1000;
    const history = new History(() => now);
    const thing = history.thing('session', REVOCABLE);
    await history.note(thing, 'end', async () => ({ outcome: 'ok' }));
    now += ms;
    await history.note(thing, 'read', async () => ({ outcome: 'ok' }), { bound: 200 });
    return history.anomalies();
  };
  assert.deepEqual(await late(199), []);
  assert.equal((await late(201)).length, 1);
});
