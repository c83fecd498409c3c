// SPDX-License-Identifier: Apache-2.0
// Prints the figures of the service beside the limits of this machine, measured in the same run.
//     script/bench [--rounds N] [--seconds S] [--only NAME,...] [--json FILE]
// Machines are noisy: each figure is the median over the rounds, and the two sides of a ratio alternate.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.mjs';
import { Bench } from './bench.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' },
    only: { type: 'string' }, json: { type: 'string' }, binary: { type: 'string', default: 'build/uauth' },
  },
});

const wanted = options.only?.split(',');
const unknown = wanted?.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown?.length) {
  console.error(`there is no scenario ${unknown.join(', ')}; there are: ${scenarios.map((each) => each.name).join(', ')}`);
  process.exit(2);
}

const bench = new Bench({ rounds: Number(options.rounds), seconds: Number(options.seconds), binary: options.binary });
const results = [];
try {
  await bench.start();
  for (const scenario of scenarios) {
    if (wanted && !wanted.includes(scenario.name)) continue;
    process.stderr.write(`${scenario.name}: ${scenario.what} ...\n`);
    results.push(...(await scenario.run(bench)).map((row) => ({ scenario: scenario.name, ...row })));
  }
} finally {
  await bench.stop();
}

const titles = ['scenario', 'figure', 'value', 'limit', 'ratio', 'target'];
const cells = results.map((row) => titles.map((title) => String(row[title] ?? '')));
const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i].length)));
for (const line of [titles, ...cells]) console.log(line.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
if (options.json) writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`);
