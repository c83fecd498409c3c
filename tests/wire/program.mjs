// SPDX-License-Identifier: Apache-2.0
// Another program of a test: started, waited for, and ended; at the latest with the test.
import { spawn } from 'node:child_process';

const READY_MS = 30000;
const started = new Set();
process.on('exit', () => { for (const child of started) child.kill(); });

// Starts it and waits until `url` answers; resolves to { output(), stop() }.
export async function startProgram(command, args, url, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  started.add(child);
  const ended = new Promise((done) => {
    child.on('error', (error) => { output += error; done(); });
    child.on('exit', () => { started.delete(child); done(); });
  });
  for (const end = Date.now() + READY_MS; Date.now() < end && started.has(child) && child.pid;) {
    const answers = await fetch(url, { redirect: 'manual' }).then((answer) => answer.text().then(() => true), () => false);
    if (answers) return { output: () => output, stop: () => { child.kill(); return ended; } };
    await new Promise((done) => setTimeout(done, 50));
  }
  child.kill();
  throw new Error(`${command} ${args.join(' ')} does not answer:\n${output}`);
}
