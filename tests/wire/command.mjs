// SPDX-License-Identifier: Apache-2.0
// Runs a command of the built binary on a data folder, as an operator does.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { binary } from './server.mjs';

// Resolves to { code, stdout, stderr, json }; `input` goes to its standard input.  A command that hangs is killed.
export function command(args, { data, env = {}, input = '', cwd = data ?? '/tmp', limitMs = 180000 } = {}) {
  const kept = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|LANG|TMPDIR|(A|UB|T|L)SAN_OPTIONS|LLVM_PROFILE_FILE)$/.test(name));
  const settings = data ? { AUTH_DATA_DIR: data } : {};
  return new Promise((done, failed) => {
    const child = spawn(binary, args, { cwd, env: { ...Object.fromEntries(kept), ...settings, ...env } });
    const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
    let stdout = '', stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text; });
    child.stdin.on('error', () => {}).end(input);
    child.on('error', failed).on('close', (code, signal) => {
      clearTimeout(late);
      let json = null;
      try { json = JSON.parse(stdout); } catch { /* it is text */ }
      done({ code: code ?? signal, stdout, stderr, json });
    });
  });
}

// On the folder of a server that runs, with what tells where it is; it has to end with `code`.
export async function commandOf(server, words, { input, code = 0, env = {} } = {}) {
  const done = await command([...words, '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url, ...env }, input });
  assert.equal(done.code, code, done.stderr || done.stdout);
  return done;
}
