// SPDX-License-Identifier: Apache-2.0
// Evaluates the alerts over figures with Prometheus' own promtool (UAUTH_PROMTOOL, or in PATH): over series that are
// written down, and over what a real server told, carried on in time as it went.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const promtool = process.env.UAUTH_PROMTOOL ?? 'promtool';
export const RULES = join(root, 'packaging/prometheus/uauth.rules.yml');
export const ALERTS = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map((match) => match[1]);
export const noPromtool = spawnSync(promtool, ['--version']).status === 0 ? false : 'there is no promtool (Debian: the package prometheus; UAUTH_PROMTOOL names another place)';

const STEP = 15;
const TARGET = 'instance="a",job="uauth"';
const HOUR_STEPS = 3600 / STEP;
export const QUIET_AT = 1740, LATE_AT = 3540;

const run = (args) => spawnSync(promtool, args, { encoding: 'utf8' });
export const checked = () => run(['check', 'rules', RULES]);

// name{labels} with the labels that Prometheus adds.
const targeted = (series) => (series.includes('{') ? series.replace('{', `{${TARGET},`) : `${series}{${TARGET}}`);

// How often `alert` fires at `at` seconds over `series` ({ 'name{labels}': 'promtool values' }).
export function firesAt(alert, series, at) {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-promtool-'));
  const expression = `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`;
  try {
    // promtool says what it found where that differs from what is expected: which no number of alerts is.
    writeFileSync(join(folder, 'test.yml'), JSON.stringify({
      rule_files: [RULES], evaluation_interval: `${STEP}s`,
      tests: [{
        interval: `${STEP}s`, input_series: Object.entries(series).map(([name, values]) => ({ series: targeted(name), values })),
        promql_expr_test: [{ expr: expression, eval_time: `${at}s`, exp_samples: [{ labels: '{}', value: -1 }] }],
      }],
    }));
    const { stdout, stderr } = run(['test', 'rules', join(folder, 'test.yml')]);
    const found = /got: \{\} (\S+)/.exec(`${stdout}${stderr}`);
    assert.ok(found, `${stdout}${stderr}`);
    return Number(found[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// ---- real figures ----

// What stands on the page: { series: number }, and which of them are counters.
export function parse(text) {
  const values = new Map(), counters = new Set();
  const types = new Map();
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line);
    if (type) types.set(type[1], type[2]);
    const sample = /^([a-z_:]+)(\{.*\})? (\S+)$/.exec(line);
    if (!sample) continue;
    const series = `${sample[1]}${sample[2] ?? ''}`;
    values.set(series, Number(sample[3]));
    if (types.get(sample[1]) === 'counter' || types.get(sample[1].replace(/_(bucket|sum|count)$/, '')) === 'histogram') counters.add(series);
  }
  return { values, counters };
}

// Its clock follows the time of the evaluation, as far off as it was.
const isTime = (series) => /^uauth_(clock_seconds|job_done_seconds|tls_certificate_not_after_seconds)/.test(series);

/*
 * Series of a server that was quiet for half an hour, as `quiet` tells, and then in a state for half an hour that
 * `early` and `late` tell of, read `seconds` apart: counters go on as fast as they did between the two.
 */
export function carriedOn({ quiet, early, late, seconds, takenAt }) {
  const half = HOUR_STEPS / 2;
  const [a, b, z] = [quiet, early, late].map((text) => parse(text));
  const series = { up: `1x${HOUR_STEPS}` };
  for (const [name, value] of z.values) {
    const before = a.values.get(name) ?? 0;
    if (isTime(name)) {
      // In time of the evaluation, whose LATE_AT is when they were read.
      const at = (told) => (told === 0 ? 0 : Math.round(told - takenAt + LATE_AT));
      series[name] = name.startsWith('uauth_clock') ? `${Math.round(value - takenAt)}+${STEP}x${HOUR_STEPS}` : `${at(before)}x${half - 1} ${at(value)}x${half}`;
    } else if (z.counters.has(name)) {
      const step = ((value - (b.values.get(name) ?? 0)) / seconds) * STEP;
      series[name] = `${before}x${half - 1} ${before}+${step}x${half}`;
    } else {
      series[name] = `${before}x${half - 1} ${value}x${half}`;
    }
  }
  return series;
}
