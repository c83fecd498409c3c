// SPDX-License-Identifier: Apache-2.0
// Waiting for a condition: it is asked at once, and again until the time is over.
import assert from 'node:assert/strict';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// `until(holds, what)` resolves to what `holds` has said as soon as that is something, and fails with `what` after
// `limitMs`.  `what` may be a function that makes the words then.
export const within = (limitMs, pauseMs = 25) => async (holds, what, limit = limitMs) => {
  const end = Date.now() + limit;
  do {
    const found = await holds();
    if (found) return found;
    await pause(pauseMs);
  } while (Date.now() < end);
  return assert.fail(`${typeof what === 'function' ? what() : what}: not within ${limit} ms`);
};
export const until = within(10000);
