// SPDX-License-Identifier: Apache-2.0
// Apache with modules of Debian's, in a folder and on a port of its own; and what stands behind it, which says what it was sent.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server.mjs';
import { startProgram } from './program.mjs';

const MODULES = '/usr/lib/apache2/modules';
const NEEDED = ['authz_core', 'authn_core', 'authz_user', 'proxy', 'proxy_http', 'mpm_event'];

export const apacheHas = (module) => existsSync('/usr/sbin/apache2') && existsSync(`${MODULES}/mod_${module}.so`);

export class Apache {
  constructor() { this.folder = mkdtempSync(join(tmpdir(), 'uauth-apache-')); }

  // Its address, before it starts: clients are registered with it.
  async reserve() {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.behind = http.createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ path: request.url, ...request.headers }));
    });
    await new Promise((done) => this.behind.listen(0, '127.0.0.1', done));
    return this;
  }

  configuration(modules, lines) {
    const root = process.getuid() === 0 ? ['User www-data', 'Group www-data'] : [];
    return [
      `ServerRoot ${this.folder}`, `Listen 127.0.0.1:${this.port}`, `ServerName 127.0.0.1:${this.port}`, `PidFile ${this.folder}/pid`,
      `ErrorLog ${this.folder}/log`, `DefaultRuntimeDir ${this.folder}`, 'Mutex sem', 'StartServers 1', ...root,
      ...[...NEEDED, ...modules].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
      ...lines, `ProxyPass / http://127.0.0.1:${this.behind.address().port}/`, '',
    ].join('\n');
  }

  async start(modules, lines) {
    const file = join(this.folder, 'apache.conf');
    writeFileSync(file, this.configuration(modules, lines));
    chmodSync(this.folder, 0o755);
    this.program = await startProgram('/usr/sbin/apache2', ['-f', file, '-DFOREGROUND'], `${this.url}/`).catch((error) => {
      error.message += this.log();
      throw error;
    });
    return this;
  }

  log() { return existsSync(`${this.folder}/log`) ? readFileSync(`${this.folder}/log`, 'utf8') : ''; }

  async stop() {
    this.behind?.closeAllConnections();
    this.behind?.close();
    await this.program?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
