// SPDX-License-Identifier: Apache-2.0
// The alerts and the dashboard in packaging/ speak of figures that there are, and each alert fires when it has to, and
// only then: over series that are written down here, and over what a real server tells when it is brought into the state.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { ALERTS, RULES, checked, firesAt, noPromtool, parse } from './promtool.mjs';
import { figuresOf, states, withEverything } from './states.mjs';
import { QUIET_AT, LATE_AT, carriedOn } from './promtool.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DASHBOARD = join(root, 'packaging/grafana/uauth.json');
const nameIn = /\b(?:uauth|process)_[a-z_]+\b/g;

const names = (text) => new Set(text.match(nameIn));

test('rules and dashboard speak of figures that there are', async () => {
  const there = new Set([...parse(await withEverything()).values.keys()].map((series) => series.replace(/\{.*/, '')));
  const rules = [...readFileSync(RULES, 'utf8').matchAll(/expr: (?:>\n)?((?:.|\n)*?)\n {8}(?:for|labels):/g)].map((match) => match[1]).join('\n');
  const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  const queries = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr)).join('\n');
  assert.ok(names(rules).size > 20 && names(queries).size > 20);
  for (const name of [...names(rules), ...names(queries)]) assert.ok(there.has(name), `${name} is not told`);
  // And what is told is on the dashboard or alerts: a figure that nobody looks at is none.
  const looked = new Set([...names(rules), ...names(queries)]);
  for (const name of there) if (!/_(bucket|sum|count)$/.test(name)) assert.ok(looked.has(name), `${name} is on no panel and in no rule`);
});

test('the dashboard is one: panels with a place, a title, a unit or a reason, and the data source of the reader', () => {
  const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  assert.equal(dashboard.title, 'uauth');
  assert.ok(dashboard.templating.list.some((variable) => variable.name === 'instance'));
  const places = new Set();
  for (const panel of dashboard.panels) {
    assert.ok(panel.title && panel.gridPos && (panel.type === 'row' || panel.targets.length > 0), JSON.stringify(panel));
    assert.ok(!places.has(JSON.stringify(panel.gridPos)), `${panel.title} stands on another`);
    places.add(JSON.stringify(panel.gridPos));
    for (const target of panel.targets ?? []) assert.match(target.expr, /instance=~"\$instance"/, panel.title);
  }
  assert.equal(new Set(dashboard.panels.map((panel) => panel.id)).size, dashboard.panels.length);
});

test('the rules can be read', { skip: noPromtool }, () => {
  const { status, stdout, stderr } = checked();
  assert.equal(status, 0, stdout + stderr);
});

// alert: [series that make it fire, series that do not], each looked at after half an hour.
const CLASSES = (bad) => ({ 'uauth_http_requests_total{status="5xx"}': `0+${bad}x120`, 'uauth_http_requests_total{status="2xx"}': '0+100x120' });
const SLOW = (within) => ({ 'uauth_http_request_duration_seconds_bucket{le="1"}': `0+${within}x120`, 'uauth_http_request_duration_seconds_bucket{le="5"}': '0+100x120', 'uauth_http_request_duration_seconds_bucket{le="+Inf"}': '0+100x120' });
const WRITTEN = {
  UauthDown: [{ up: '1x60 0x60' }, { up: '1x60 0x2 1x60' }],
  UauthRestarts: [{ process_start_time_seconds: '1x110 2 2 3 3 4 4 5x20' }, { process_start_time_seconds: '1x60 2x60' }],
  UauthDatabaseDown: [{ uauth_database_up: '1x60 0x60' }, { uauth_database_up: '1x60 0 1x60' }],
  UauthServerErrors: [CLASSES(3), CLASSES(1 / 2)],
  UauthSlow: [SLOW(80), SLOW(99)],
  UauthOverload: [{ 'uauth_requests_refused_total{why="overload"}': '0x60 0+1x60' }, { 'uauth_requests_refused_total{why="malformed"}': '0+9x120', 'uauth_requests_refused_total{why="overload"}': '7x120' }],
  UauthQueueLong: [{ 'uauth_queue_length{queue="plain"}': '101x120' }, { 'uauth_queue_length{queue="plain"}': '100x120' }],
  UauthHashSlotsBusy: [{ uauth_hash_busy: `${'2x14 1 '.repeat(7)}2x15`, uauth_hash_slots: '2x120', uauth_hash_waiting: '0x120', 'uauth_queue_length{queue="hash"}': '1x120' }, { uauth_hash_busy: '2x120', uauth_hash_slots: '2x120', uauth_hash_waiting: '0x120', 'uauth_queue_length{queue="hash"}': '0x120', 'uauth_queue_length{queue="plain"}': '9x120' }],
  UauthConnectionsRefused: [{ 'uauth_connections_rejected_total{cap="all"}': '0x60 0+1x60' }, { 'uauth_connections_rejected_total{cap="all"}': '5x120' }],
  UauthRedisDown: [{ uauth_redis_up: '0x120' }, { uauth_redis_up: '0x60 1x60' }],
  UauthKeyVaultDown: [{ uauth_key_vault_signs: '0x120' }, { uauth_key_vault_signs: '0x60 1x60' }],
  UauthMailStuck: [{ uauth_outbox_oldest_seconds: '0+15x120' }, { uauth_outbox_oldest_seconds: '600x120' }],
  UauthNoSigningKey: [{ 'uauth_signing_keys{state="current"}': '0x120' }, { 'uauth_signing_keys{state="current"}': '1x120', 'uauth_signing_keys{state="next"}': '0x120' }],
  UauthSigningKeyOld: [{ uauth_signing_key_age_seconds: '9000000x600', uauth_signing_key_rotation_seconds: '7776000x600' }, { uauth_signing_key_age_seconds: '9000000x600', uauth_signing_key_rotation_seconds: '0x600' }],
  UauthClockWrong: [{ uauth_clock_seconds: '-40+15x120' }, { uauth_clock_seconds: '29+15x120' }],
  UauthJobFails: [{ 'uauth_job_failures_total{task="keys"}': '0x90 0+1x30' }, { 'uauth_job_failures_total{task="keys"}': '0x90 1 2 3x30' }],
  UauthLogLost: [{ uauth_log_lines_dropped_total: '0x110 5x10' }, { uauth_log_lines_dropped_total: '5x120' }],
  UauthPasswordGuessing: [{ 'uauth_errors_total{error="invalid-credentials"}': '0+16x120' }, { 'uauth_errors_total{error="invalid-credentials"}': '0+14x120', 'uauth_errors_total{error="not-found"}': '0+99x120' }],
  UauthRateLimited: [{ uauth_rate_limited_total: '0+16x120' }, { uauth_rate_limited_total: '0+14x120' }],
  UauthDescriptors: [{ process_open_fds: '81x120', process_max_fds: '100x120' }, { process_open_fds: '80x120', process_max_fds: '100x120' }],
  UauthDiskFull: [{ uauth_data_free_bytes: '100000000x120', uauth_data_size_bytes: '400000000x120' }, { uauth_data_free_bytes: '300000000x120', uauth_data_size_bytes: '4000000000x120' }],
  UauthCertificateEnds: [{ uauth_tls_certificate_not_after_seconds: '900000x120', uauth_clock_seconds: '0+15x120' }, { uauth_tls_certificate_not_after_seconds: '1300000x120', uauth_clock_seconds: '0+15x120' }],
};

test('each alert fires over figures that call for it, and not just beside them', { skip: noPromtool }, () => {
  assert.deepEqual(Object.keys(WRITTEN).sort(), [...ALERTS].sort(), 'each alert has its row');
  for (const [alert, [fires, quiet]] of Object.entries(WRITTEN)) {
    const at = alert === 'UauthSigningKeyOld' ? 7200 : 1770;
    assert.ok(firesAt(alert, fires, at) >= 1, `${alert} does not fire`);
    assert.equal(firesAt(alert, quiet, at), 0, `${alert} fires where it should not`);
  }
});

// What no test can bring about with a real server in its time, and why.
const NOT_REAL = {
  UauthNoSigningKey: 'a server without a key does not start, and makes one',
  UauthSigningKeyOld: 'a running server replaces the key within two seconds',
  UauthClockWrong: 'the clock of the machine is everybody\'s',
};

test('each alert has a real state, or a reason why not', () => {
  assert.deepEqual([...Object.keys(states), ...Object.keys(NOT_REAL)].sort(), [...ALERTS].sort());
});

// Minutes of load, on a machine that has nothing else to do: script/test nightly asks for them.
const notNow = noPromtool || (process.env.UAUTH_ALERT_STATES ? false : 'script/test nightly brings the state about');
for (const [alert, bring] of Object.entries(states)) {
  test(`${alert} fires over what a real server tells`, { skip: notNow }, async (t) => {
    const found = await bring(t);
    if (found.skip) return t.skip(found.skip);
    const series = found.series ?? carriedOn(found);
    assert.equal(firesAt(alert, series, found.quietAt ?? QUIET_AT), 0, `it fires before:\n${figuresOf(found)}`);
    assert.ok(firesAt(alert, series, found.lateAt ?? LATE_AT) >= 1, `it does not fire:\n${figuresOf(found)}`);
  });
}
