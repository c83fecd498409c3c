// SPDX-License-Identifier: Apache-2.0
// The provider is slow, down, throttles or rolls its keys: who signs in here does not notice, and everybody else is told.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Client, PASSWORD, makeUser, signIn as signInHere } from './client.mjs';
import { Stage } from './federation.mjs';
import { freePort } from './server.mjs';

const ADA = 'ada@example.com';
let stage, server, entra, metrics;
before(async () => {
  metrics = await freePort();
  stage = await new Stage().open({ AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}` });
  ({ server, entra } = stage);
  await makeUser(new Client(server.url), stage.sink, ADA);
});
after(() => stage?.close());
beforeEach(() => stage.begin());

const readiness = async () => {
  const answer = await fetch(`${server.url}/readyz`);
  return { http: answer.status, ...await answer.json() };
};
const figure = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())[1]);

// Sign-ins with a password, and how long the slowest took.
async function here(times) {
  let slowest = 0;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    await signInHere(new Client(server.url), ADA, { password: PASSWORD });
    slowest = Math.max(slowest, performance.now() - began);
  }
  return slowest;
}

test('a provider that throttles is left alone for as long as it says', async () => {
  entra.script.token = { status: 429, headers: { 'retry-after': '2' }, body: { error: 'temporarily_unavailable', error_codes: [90055] } };
  const answer = await stage.signIn(stage.browser());
  assert.equal(answer.status, 503, answer.text);
  assert.equal(answer.headers.get('retry-after'), '2');
  entra.script.token = undefined;
  assert.equal((await stage.signIn(stage.browser())).status, 503);
  assert.equal(entra.count(/token$/), 1);
  await new Promise((done) => setTimeout(done, 2500));
  assert.equal((await stage.signIn(stage.browser())).status, 303);
  assert.equal((await readiness()).providers, 'ok');
});

test('a provider that is slow holds up nobody who signs in here', async () => {
  assert.equal((await stage.signIn(stage.browser())).status, 303);
  const usual = await here(5);
  entra.script.token = { delay: 3000, status: 500 };
  const waiting = Array.from({ length: 12 }, async () => stage.signIn(stage.browser()));
  await new Promise((done) => setTimeout(done, 200));
  const meanwhile = await here(5);
  assert.ok(meanwhile < 2000 + usual, `${meanwhile} ms instead of ${usual}`);
  for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 503, answer.text);
});

test('SR-07: an answer that comes byte by byte is not waited for to its end, and holds up nobody who signs in here', async () => {
  const body = JSON.stringify({ access_token: 'x'.repeat(100000), id_token: 'y' });
  entra.script.token = { body, trickle: 100 };
  const waiting = Promise.all([1, 2].map(() => stage.signIn(stage.browser())));
  await here(3);
  for (const answer of await waiting) assert.ok([502, 503].includes(answer.status), answer.text);
  for (let i = 0; i < 500 && entra.hungUp.length < 2; i++) await new Promise((done) => setTimeout(done, 10));
  assert.equal(entra.hungUp.length, 2);
  assert.ok(entra.hungUp.every((sent) => sent < body.length / 10), String(entra.hungUp));
});

test('a provider that is down is not called for a while, and it can be seen', async () => {
  entra.script.token = { status: 500, body: '' };
  for (let i = 0; i < 5; i++) assert.equal((await stage.signIn(stage.browser())).status, 503);
  entra.calls = [];
  const { http, status, providers } = await readiness();
  assert.deepEqual([http, status], [200, 'ok']);
  assert.equal(providers, 'unavailable');
  assert.equal(await figure('uauth_upstreams_refused'), 1);
  assert.ok(await figure('uauth_upstream_failures_total') >= 5);
  const began = performance.now();
  const answer = await stage.signIn(stage.browser());
  assert.equal(answer.status, 503, answer.text);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.ok(performance.now() - began < 2000);
  assert.equal(entra.count(/token$/), 0);
  await here(1);
});
