// SPDX-License-Identifier: Apache-2.0
// A Redis server of a test's own (tests/redis.sh).
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = join(dirname(fileURLToPath(import.meta.url)), '..', 'redis.sh');

const run = (...args) => new Promise((done, failed) => {
  execFile(script, args, (error, stdout, stderr) => (error ? failed(new Error(`${error.message}\n${stderr}`)) : done(stdout.trim())));
});

export class Redis {
  folder = mkdtempSync(join(tmpdir(), 'uauth-redis-'));

  async start(...settings) {
    this.url = await run('start', this.folder, ...settings);
    return this;
  }

  get port() { return Number(this.url.split(':').at(-1)); }

  // What redis-cli does.
  do(...words) { return run('do', this.folder, ...words); }
  async signal(name) { process.kill(Number(await run('pid', this.folder)), name); }
  stop() { return run('stop', this.folder); }
  remove() { return run('remove', this.folder); }
}
