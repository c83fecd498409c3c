// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of a test's own (tests/postgres.sh), and nodes of the service on it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

const script = join(dirname(fileURLToPath(import.meta.url)), '..', 'postgres.sh');

const run = (...args) => new Promise((done, failed) => {
  execFile(script, args, (error, stdout, stderr) => (error ? failed(new Error(`${error.message}\n${stderr}`)) : done(stdout.trim())));
});

export class Postgres {
  folder = mkdtempSync(join(tmpdir(), 'uauth-postgres-'));

  async start(...settings) {
    this.url = await run('start', this.folder, ...settings);
    return this;
  }

  // By its port, as another machine would, or by what is at `port` between.
  urlAt(port = this.port) { return `postgres://uauth:s3cret%25@127.0.0.1:${port}/uauth`; }
  get port() { return Number(new URLSearchParams(this.url.split('?')[1]).get('port')); }

  // All that anybody reads who copies the database.
  dump() {
    return new Promise((done, failed) => {
      execFile('pg_dump', [this.url], { maxBuffer: 1 << 28, encoding: 'latin1' }, (error, stdout) => (error ? failed(error) : done(stdout)));
    });
  }

  // "fast" ends all connections properly, "immediate" is a crash.
  stop(how = 'fast') { return run('stop', this.folder, how); }
  remove() { return run('remove', this.folder); }
}

// Starts `n` nodes at once, as one service: one database, one master key, one issuer; `own` says what is another one's
// setting by its number.
export async function startNodes(postgres, n, env, own = () => ({})) {
  const master = randomBytes(32).toString('hex');
  const folders = Array.from({ length: n }, () => mkdtempSync(join(tmpdir(), 'uauth-node-')));
  for (const data of folders) writeFileSync(join(data, 'master.key'), `${master}\n`, { mode: 0o600 });
  const common = { AUTH_DATABASE_URL: postgres.url, AUTH_JWT_ISSUER: 'http://localhost:8080', ...env };
  return Promise.all(folders.map((data, i) => startServer({ data, env: { ...common, ...own(i) } })));
}
