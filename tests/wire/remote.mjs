// SPDX-License-Identifier: Apache-2.0
// A service with an administrator, and commands that are done in both places: on its data folder, and on it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.mjs';
import { binary, startServer } from './server.mjs';

export const PASSWORD = 'Correct-horse-7-battery';

export const on = (where, file, args, input) => command([...args, '--server', where, '--token-file', file], { input });

// What was printed, by a command that has to end with 0.
export async function done(ran) {
  const { code, stdout, stderr, json } = await ran;
  assert.equal(code, 0, stderr);
  return json ?? stdout;
}

export class Places {
  static async open(options) {
    const places = new Places();
    places.server = await startServer(options);
    places.url = `http://localhost:${places.server.port}`;
    places.folder = mkdtempSync(join(tmpdir(), 'uauth-remote-'));
    await places.person('ada@example.com', '--role', 'admin');
    await places.signInAgain();
    return places;
  }

  async close() {
    rmSync(this.folder, { recursive: true, force: true });
    await this.server.stop();
  }

  here(args, input) { return command(args, { data: this.server.data, env: this.server.env, input }); }
  there(args, input) { return on(this.url, this.token, args, input); }

  async signIn(email, extra = {}) {
    const answer = await fetch(`${this.url}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD, ...extra }) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return (await answer.json()).access_token;
  }

  // What is grave asks for a sign-in of the last minutes, which a slow machine needs for a few tests.
  async signInAgain() { this.token = this.file('token', await this.signIn('ada@example.com')); }

  file(name, text, mode = 0o600) {
    const path = join(this.folder, name);
    writeFileSync(path, typeof text === 'string' ? `${text}\n` : text, { mode });
    return path;
  }

  // The lines of the report that an import of `file` has written.
  report(file) { return readFileSync(`${file}.report.jsonl`, 'utf8').trim().split('\n').map((line) => JSON.parse(line)); }

  // Starts the import there and kills it (SIGKILL) once its report has grown beyond `size`; resolves to whether it was.
  killed(args, file, size) {
    const written = `${file}.report.jsonl`;
    return new Promise((ended) => {
      const child = spawn(binary, [...args, file, '--server', this.url, '--token-file', this.token], { stdio: 'ignore' });
      const watch = setInterval(() => {
        if (existsSync(written) && statSync(written).size > size) child.kill('SIGKILL');
      }, 2);
      child.on('close', (code, signal) => {
        clearInterval(watch);
        ended(signal === 'SIGKILL');
      });
    });
  }

  // As often as said, each time further on.
  async killedAmid(args, file, times) {
    for (let i = 0, size = 0; i < times; i++) {
      assert.ok(await this.killed(args, file, size), 'a run was not killed');
      size = statSync(`${file}.report.jsonl`).size + 1;
    }
    await this.signInAgain();
  }

  person(email, ...options) {
    return done(this.here(['user', 'create', '--email', email, '--name', 'P', '--password-stdin', '--json', ...options], `${PASSWORD}\n`));
  }

  // The same, read in both places: as a table and as JSON.
  async same(...args) {
    for (const form of [[], ['--json']]) {
      const one = await this.here([...args, ...form]), other = await this.there([...args, ...form]);
      assert.equal(one.code, 0, one.stderr);
      assert.equal(other.code, 0, other.stderr);
      assert.equal(other.stdout, one.stdout, `uauth ${args.join(' ')} ${form}`);
      assert.equal(other.stderr, one.stderr);
    }
  }

  // The same, done in both places, each time put back by `again`; what is printed names neither time nor id.
  async sameChange(args, { again = () => {}, input = '' } = {}) {
    const one = await this.here(args, input);
    assert.equal(one.code, 0, one.stderr);
    await again();
    const other = await this.there(args, input);
    assert.equal(other.code, 0, other.stderr);
    assert.equal(other.stdout, one.stdout, `uauth ${args.join(' ')}`);
    await again();
  }

  // Refused in both places, with the same code and the same words.
  async sameRefusal(args, code, input = '') {
    const one = await this.here(args, input), other = await this.there(args, input);
    assert.equal(one.code, code, one.stderr);
    assert.equal(other.code, code, other.stderr);
    assert.equal(other.stderr.split('\n')[0], one.stderr.split('\n')[0]);
    return other;
  }
}
