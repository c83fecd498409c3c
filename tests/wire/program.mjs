// SPDX-License-Identifier: Apache-2.0
// Another program of a test: started, waited for, and ended with the test.
import { spawn } from 'node:child_process';

const READY_MS = 30000;

// Starts it and waits until `url` answers; resolves to { child, output() }.  `t` is the test, or a suite's { after }.
export async function startProgram(t, command, args, url, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  child.on('error', (error) => { output += error; });
  t.after(() => child.kill('SIGKILL'));
  for (const end = Date.now() + READY_MS; Date.now() < end && child.exitCode === null && child.pid;) {
    if (await fetch(url, { redirect: 'manual' }).then((answer) => answer.text().then(() => true), () => false))
      return { child, output: () => output };
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${command} ${args.join(' ')} does not answer:\n${output}`);
}
