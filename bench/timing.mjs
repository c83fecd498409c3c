// SPDX-License-Identifier: Apache-2.0
// EN-01: refused sign-ins take the same time, whatever the reason.  Medians; with --json also the Mann-Whitney statistic in
// its normal form (z) and how often one is above the other (0.5: alike).  The cheapest costs of the hash make differences stand out most.
import { PASSWORD, median } from './bench.mjs';

const WRONG = 'Wrong-horse-7-battery';
const COSTS = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_ARGON2_LANES: '1' };
const SAMPLES = 300, SAMPLES_QUICK = 40;
// Of PASSWORD, made elsewhere: bcrypt of cost 10.
const IMPORTED = '$2b$10$abcdefghijklmnopqrstuuijAiEUUR4q9qb/x1BuWbW6LPemGiDQG';

async function makePeople(bench, server) {
  await bench.makeUser(server, 'wrong@example.com');
  await bench.makeUser(server, 'disabled@example.com');
  await bench.command(server, ['user', 'disable', 'disabled@example.com']);
  await bench.makeUser(server, 'unverified@example.com', ['--password-stdin', '--unverified']);
}

// Each class: [address, password].  Of the disabled and the unverified the password is right, which is the harder case.
const classes = {
  unknown: ['nobody@example.com', WRONG], 'unknown again': ['stranger@example.com', WRONG], 'wrong password': ['wrong@example.com', WRONG],
  disabled: ['disabled@example.com', PASSWORD], unverified: ['unverified@example.com', PASSWORD],
};

async function attempt(server, [email, password]) {
  const began = process.hrtime.bigint();
  const answer = await fetch(`${server.url}/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password }),
  });
  const text = await answer.text();
  const took = Number(process.hrtime.bigint() - began) / 1e6;
  return { took, status: answer.status, code: JSON.parse(text).code ?? JSON.parse(text).type };
}

const shuffled = (list) => list.map((it) => [Math.random(), it]).sort((a, b) => a[0] - b[0]).map(([, it]) => it);

// How often a value of `a` is above one of `b`, and how far from chance that is in standard deviations.
function compare(a, b) {
  const all = [...a.map((value) => [value, 0]), ...b.map((value) => [value, 1])].sort((x, y) => x[0] - y[0]);
  const rankSum = all.reduce((sum, [, side], rank) => sum + (side === 0 ? rank + 1 : 0), 0);
  const u = rankSum - a.length * (a.length + 1) / 2;
  return { above: u / (a.length * b.length), z: (u - a.length * b.length / 2) / Math.sqrt(a.length * b.length * (a.length + b.length + 1) / 12) };
}

// `samples` attempts of each of `people`, in an order of chance: { name: [milliseconds, ...] }.
async function collect(server, people, samples) {
  const took = Object.fromEntries(Object.keys(people).map((name) => [name, []]));
  const answers = new Set();
  for (let i = 0; i < samples; i++)
    for (const name of shuffled(Object.keys(people))) {
      const one = await attempt(server, people[name]);
      answers.add(`${one.status} ${one.code}`);
      took[name].push(one.took);
    }
  if (answers.size !== 1) throw new Error(`the answers differ: ${[...answers].join(', ')}`);
  return took;
}

function row(name, took, base, limitName) {
  const { above, z } = compare(took, base);
  return {
    figure: `refusal: ${name}`, value: median(took), unit: 'ms', limit: median(base), limitName, ratio: median(took) / median(base),
    target: { of: 'ratio', least: 0.98, most: 1.02 }, z, above,
  };
}

// An address that nobody has pretends to hold the hash of some account: where hashes were imported, some unknown ones take
// as long as an imported one.  Of each kind there are several, so that strangers of both are found whatever the ids are.
async function importedBesideUnknown(bench, samples) {
  const server = await bench.serve('timing-imported', COSTS);
  for (let i = 0; i < 6; i++) {
    await bench.makeUser(server, `usual${i}@example.com`);
    await bench.makeUser(server, `imported${i}@example.com`, ['--password-hash-stdin'], IMPORTED);
  }
  const imported = ['imported0@example.com', WRONG];
  const strangers = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`stranger${i}`, [`stranger${i}@example.com`, WRONG]]));
  const first = await collect(server, { ...strangers, imported }, 8);
  const distance = (name) => Math.abs(median(first[name]) - median(first.imported));
  const alike = Object.keys(strangers).sort((a, b) => distance(a) - distance(b))[0];
  const took = await collect(server, { imported, unknown: strangers[alike] }, samples);
  server.child.kill();
  return row('imported hash', took.imported, took.unknown, 'an unknown address like it');
}

export async function timing(bench) {
  const server = await bench.serve('timing', COSTS);
  await makePeople(bench, server);
  const samples = Number(process.env.UAUTH_TIMING_SAMPLES ?? (bench.quick ? SAMPLES_QUICK : SAMPLES));
  await collect(server, classes, 5);
  const took = await collect(server, classes, samples);
  server.child.kill();
  return [
    ...Object.keys(classes).filter((name) => name !== 'unknown').map((name) => row(name, took[name], took.unknown, 'unknown')),
    await importedBesideUnknown(bench, samples),
  ];
}
