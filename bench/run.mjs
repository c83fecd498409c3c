// SPDX-License-Identifier: Apache-2.0
// Prints the figures of the service beside the limits of this machine, measured in the same run.
//     script/bench [--rounds N] [--seconds S] [--quick] [--only NAME,...] [--json FILE] [--compare OLD.json]
// Machines are noisy: each figure is the median over the rounds, and the sides of a ratio alternate.
// --quick: one short round, to see that everything runs.  --compare: each figure beside an earlier --json.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { Bench } from './bench.mjs';
import { scenarios } from './scenarios.mjs';
import { isMet, show, table } from './table.mjs';

const usage = `script/bench [--rounds N] [--seconds S] [--quick] [--only NAME,...] [--json FILE] [--compare OLD.json]

  --rounds N       rounds; each figure is the median of them (5)
  --seconds S      of each measurement (2)
  --quick          one short round, to see that everything runs
  --only NAME,...  some scenarios
  --json FILE      writes the figures there
  --compare FILE   shows each figure beside that of an earlier --json

Scenarios:
${scenarios.map(({ name, id, what }) => `  ${name.padEnd(16)} ${id.padEnd(8)} ${what}`).join('\n')}`;

function parse() {
  try {
    return parseArgs({ options: {
      rounds: { type: 'string' }, seconds: { type: 'string' }, quick: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' },
      only: { type: 'string' }, json: { type: 'string' }, compare: { type: 'string' }, binary: { type: 'string', default: 'build/uauth' },
    } }).values;
  } catch (error) {
    console.error(`script/bench: ${error.message}\n\n${usage}`);
    return process.exit(2);
  }
}
const options = parse();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const seconds = Number(options.seconds ?? (options.quick ? 1 : 2));
const wanted = options.only?.split(',');
const unknown = wanted?.filter((name) => !scenarios.some((scenario) => scenario.name === name));
if (unknown?.length || !(rounds >= 1) || !(seconds >= 1)) {
  console.error(unknown?.length ? `there is no scenario ${unknown.join(', ')}; there are: ${scenarios.map((each) => each.name).join(', ')}`
    : '--rounds and --seconds are numbers from 1 on');
  process.exit(2);
}
const older = options.compare ? JSON.parse(readFileSync(options.compare, 'utf8')).results : [];

const bench = new Bench({ rounds, seconds, quick: options.quick, binary: options.binary });
const results = [];
let failed = 0;
try {
  await bench.start();
  for (const scenario of scenarios) {
    if (wanted && !wanted.includes(scenario.name)) continue;
    process.stderr.write(`${scenario.name}: ${scenario.what} ...\n`);
    try {
      results.push(...(await scenario.run(bench)).map((row) => ({ id: scenario.id, ...row })));
    } catch (error) { // the others are still worth measuring
      failed++;
      process.stderr.write(`${scenario.name} failed: ${error.message}\n`);
    }
  }
} finally {
  await bench.stop();
}

for (const row of results) if (row.target) row.met = isMet(row);
const machine = `${cpus()[0].model.trim()}, ${cpus().length} processors, Linux ${release()}`;
const lines = results.map((row) => {
  const old = older.find((each) => each.id === row.id && each.figure === row.figure);
  return { ...show(row), before: old ? `${show(old).value} (${(row.value / old.value).toFixed(2)})` : '' };
});
const titles = ['id', 'figure', 'value', 'limit', 'ratio', 'target', 'met', ...(older.length ? ['before'] : [])];
console.log(`${machine}; ${rounds} rounds of ${seconds} s\n`);
console.log(table(titles, lines));
if (options.json) writeFileSync(options.json, `${JSON.stringify({ at: new Date().toISOString(), machine, rounds, seconds, results }, null, 2)}\n`);
process.exitCode = failed ? 1 : 0;
