// SPDX-License-Identifier: Apache-2.0
// What the tree of the audit costs beside the rows: the same service with the tree, and one whose tree cannot grow and
// whose events have no index of those that wait, so that neither a request nor the job pays anything for it.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { CHEAP, PASSWORD } from './bench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const EMAIL = 'audit@example.com';
const SETTINGS = { AUTH_JWT_ALGORITHM: 'ES256', ...CHEAP };

async function withTree(bench) {
  const server = await bench.serve('audit-tree', SETTINGS);
  await bench.makeUser(server, EMAIL);
  return server;
}

async function withoutTree(bench) {
  const server = await bench.serve('audit-rows', SETTINGS);
  await bench.makeUser(server, EMAIL);
  await bench.post(server, '/auth/login', { email: EMAIL, password: PASSWORD });
  await new Promise((done) => setTimeout(done, 1500)); // the log has begun
  await bench.end(server);
  const db = new DatabaseSync(join(server.data, 'uauth.db'));
  db.exec('DROP INDEX events_without_leaf; UPDATE audit_logs SET size = -1');
  db.close();
  return bench.serve('audit-rows', SETTINGS);
}

async function refreshes(bench, server, file) {
  const tokens = [];
  while (tokens.length < 96) tokens.push((await bench.post(server, '/auth/login', { email: EMAIL, password: PASSWORD })).json.refresh_token);
  writeFileSync(file, `${tokens.join('\n')}\n`);
  return bench.load(server, '/auth/refresh', { script: join(here, 'refresh.lua'), arguments: [file] });
}

const logins = (bench, server) => bench.load(server, '/auth/login', {
  connections: 4, script: join(here, 'login.lua'), arguments: [EMAIL, PASSWORD],
});

export async function audit(bench) {
  const tree = await withTree(bench);
  const rows = await withoutTree(bench);
  const file = join(bench.folder, 'tokens-audit');
  const figures = await bench.alternate({
    refresh: () => refreshes(bench, tree, file), refreshRows: () => refreshes(bench, rows, file),
    login: () => logins(bench, tree), loginRows: () => logins(bench, rows),
  });
  await bench.end(tree);
  await bench.end(rows);
  const beside = (figure, one, other, least) => ({
    figure, value: one.perSecond, unit: '', limit: other.perSecond, limitName: 'with rows alone', ratio: one.perSecond / other.perSecond,
    target: { of: 'ratio', least },
  });
  return [
    beside('rotations a second, events in a tree', figures.refresh, figures.refreshRows, 0.85),
    { figure: 'CPU of one of them', value: figures.refresh.cpu, unit: 'us', limit: figures.refreshRows.cpu, limitName: 'with rows alone', ratio: figures.refreshRows.cpu / figures.refresh.cpu },
    beside('logins a second, events in a tree', figures.login, figures.loginRows, 0.9),
  ];
}
