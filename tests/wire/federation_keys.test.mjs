// SPDX-License-Identifier: Apache-2.0
// Keys of Entra that roll while people sign in, and a provider that is away, hangs or throttles: by a clock that is put
// forward, since keys are asked for anew after half a minute and are good for a day.
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Client, PASSWORD, makeUser } from './client.mjs';
import { START, Stage, person } from './federation.mjs';
import { binary, freePort } from './server.mjs';

const MINUTE = 60, HOUR = 3600;
const ADA = 'ada@example.com';
const library = join(dirname(binary), 'tests', 'preload', 'libclock.so');
let stage, server, entra, folder, file, metrics, ahead = 0;

before(async () => {
  assert.ok(existsSync(library), `${library} is made with the tests`);
  folder = mkdtempSync(join(tmpdir(), 'uauth-wire-'));
  file = openSync(join(folder, 'offset'), 'w+');
  metrics = await freePort();
  write(0);
  stage = await new Stage().open({
    LD_PRELOAD: library, CLOCK_OFFSET: join(folder, 'offset'), ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0`,
    AUTH_METRICS_LISTEN: `127.0.0.1:${metrics}`,
  });
  ({ server, entra } = stage);
  await makeUser(new Client(server.url), stage.sink, ADA);
});
after(async () => {
  await stage?.close();
  closeSync(file);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  stage.begin();
  entra.ahead = ahead;
});

function write(seconds) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  writeSync(file, bytes, 0, 8, 0);
}
function forward(seconds) {
  ahead += seconds;
  entra.ahead = ahead;
  write(ahead);
}
const one = async () => {
  entra.user = person();
  const b = stage.browser();
  const begun = await b.get(START);
  if (begun.status !== 303) return begun.status;
  const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
  return (await b.get(stage.local(there.headers.get('location')))).status;
};
const crowd = (n) => Promise.all(Array.from({ length: n }, one));
async function here() {
  const began = performance.now();
  const answer = await new Client(server.url).post('/auth/login', { email: ADA, password: PASSWORD });
  assert.equal(answer.status, 200, answer.text);
  return performance.now() - began;
}
const sorted = (times) => times.sort((a, b) => a - b);
const p99 = (times) => sorted(times)[Math.min(times.length - 1, Math.floor(times.length * 0.99))];
async function many(times) {
  const out = [];
  for (let i = 0; i < times; i++) out.push(await here());
  return out;
}
const providers = async () => (await (await fetch(`${server.url}/readyz`)).json()).providers;
const figure = async (name) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())[1]);

test('9.2: whoever comes back has ten minutes', async () => {
  for (const [seconds, status] of [[9 * MINUTE, 303], [11 * MINUTE, 400]]) {
    entra.user = person();
    const b = stage.browser();
    const path = await stage.go(b);
    forward(seconds);
    assert.equal((await b.get(path)).status, status, `${seconds} s later`);
  }
});

test('rollover: a key that is published before it signs is no event at all', async () => {
  assert.equal(await one(), 303);
  entra.roll({ keep: true });
  forward(31);
  const asked = entra.count(/keys$/);
  assert.equal(await one(), 303);
  assert.deepEqual(await crowd(8), Array(8).fill(303));
  assert.equal(entra.count(/keys$/) - asked, 1, 'the first who meets it asks');
});

test('emergency rollover during load: within half a minute all come in again, and one asks', async () => {
  assert.equal(await one(), 303);
  entra.roll();
  const asked = entra.count(/keys$/);
  // Asked for a moment ago: until the half minute is over it fails closed, and nobody is asked.
  for (const status of await crowd(6)) assert.equal(status, 403);
  assert.equal(entra.count(/keys$/), asked);
  forward(31);
  const [statuses, local] = await Promise.all([crowd(12), many(6)]);
  // Nobody waits for what another one fetches: who came just then is asked to start again.
  assert.ok(statuses.every((status) => status === 303 || status === 403) && statuses.includes(303), String(statuses));
  assert.deepEqual(await crowd(12), Array(12).fill(303));
  assert.equal(entra.count(/keys$/) - asked, 1);
  assert.ok(p99(local) < 5000);
});

test('a key that has left the set is not good any more', async () => {
  const old = entra.keys[0];
  assert.equal(await one(), 303);
  entra.roll();
  forward(31);
  assert.equal(await one(), 303);
  entra.script.sign = () => ({ key: old });
  assert.equal(await one(), 403);
});

test('stale-while-revalidate: keys and metadata that cannot be had anew are good for a day, and no longer', async () => {
  assert.equal(await one(), 303);
  entra.script.jwks = { status: 500, body: 'x' };
  entra.script.metadata = { status: 500, body: 'x' };
  for (const seconds of [2 * HOUR, 8 * HOUR]) {
    forward(seconds);
    assert.deepEqual(await crowd(4), Array(4).fill(303), `${seconds} s later`);
  }
  // What does not parse takes the place of nothing.
  entra.script.jwks = { body: '{"keys":[' };
  entra.script.metadata = { body: '<html>' };
  forward(HOUR);
  assert.equal(await one(), 303);
  forward(48 * HOUR);
  assert.ok([502, 503].includes(await one()));
  entra.script = {};
  forward(MINUTE);
  assert.equal(await one(), 303);
});

test('the old keys are used at once while one caller fetches new ones slowly', async () => {
  assert.equal(await one(), 303);
  entra.script.jwks = { delay: 3000, status: 500, body: 'x' };
  forward(2 * HOUR);
  const began = performance.now();
  const statuses = await Promise.all([one(), one(), one(), one()].map(async (run) => { const status = await run; return [status, performance.now() - began]; }));
  for (const [status] of statuses) assert.equal(status, 303);
  // Who fetches waits; the others do not.
  assert.ok(statuses.filter(([, ms]) => ms < 3000).length >= 3, JSON.stringify(statuses));
});

test('local login: p99 within noise while the provider hangs, refuses and throttles', async () => {
  await many(3);
  const usual = p99(await many(20));
  for (const [name, said] of [['hangs', { delay: 1500, status: 500 }], ['refuses', { status: 500, body: '' }], ['throttles', { status: 429, headers: { 'retry-after': '20' }, body: {} }]]) {
    entra.script.token = said;
    const waiting = Array.from({ length: 16 }, () => one());
    await new Promise((done) => setTimeout(done, 100));
    const meanwhile = p99(await many(20));
    for (const status of await Promise.all(waiting)) assert.equal(status, 503, name);
    // This machine does other things, too: a wait for the provider would be seconds.
    assert.ok(meanwhile < Math.max(4 * usual, usual + 1500), `${name}: ${meanwhile} ms instead of ${usual} ms`);
    // Where calls had to wait for a worker, fewer than it takes have failed.
    for (let i = 0; i < 5 && await providers() !== 'unavailable'; i++) await one();
    assert.equal(await providers(), 'unavailable', name);
    assert.equal(await figure('uauth_upstreams_refused'), 1, name);
    forward(31);
    entra.script.token = undefined;
    assert.equal(await one(), 303, name);
    assert.equal(await providers(), 'ok', name);
  }
});
