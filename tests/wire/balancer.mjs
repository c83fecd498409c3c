// SPDX-License-Identifier: Apache-2.0
// nginx in front of several nodes, as examples/nginx/several-nodes.conf has it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './server.mjs';

const example = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples/nginx/several-nodes.conf');
export const NGINX = '/usr/sbin/nginx';

export async function startBalancer(nodes) {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-nginx-'));
  const port = await freePort();
  const servers = nodes.map((node, i) => [`10.0.0.1${i + 1}:8080`, `127.0.0.1:${node.port}`]);
  let conf = readFileSync(example, 'utf8').replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`);
  for (const [written, real] of servers) conf = conf.replaceAll(written, real);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
events {} http { access_log off; ${paths}\n${conf}\n}`);
  const child = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  const ended = new Promise((done) => { child.on('close', done).on('error', done); });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + 20000; Date.now() < end && child.exitCode === null;) {
    if (await fetch(`${url}/healthz`).then((answer) => answer.ok, () => false)) return { url, stop };
    await new Promise((done) => setTimeout(done, 50));
  }
  await stop();
  throw new Error(`nginx does not answer on ${url}`);
}
