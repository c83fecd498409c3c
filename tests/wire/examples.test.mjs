// SPDX-License-Identifier: Apache-2.0
// The examples that a page of the guide cannot run by itself: the application in Go, built with Debian's libraries, and
// the program at a terminal.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { noFile } from './installed.mjs';
import { startProgram } from './program.mjs';
import { ADA, Provider } from './provider.mjs';
import { freePort } from './server.mjs';

const run = promisify(execFile);
const examples = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');
const GO = '/usr/share/gocode/src/github.com/coreos/go-oidc';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
let provider, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-examples-'));
  provider = await new Provider().start();
});
after(async () => {
  await provider?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

// Debian has version 2 of go-oidc, with the functions that version 3 has for this.
async function build() {
  const path = join(folder, 'go/src/github.com/coreos/go-oidc/v3');
  mkdirSync(path, { recursive: true });
  symlinkSync(GO, join(path, 'oidc'));
  const env = { PATH: '/usr/bin:/bin', HOME: folder, GO111MODULE: 'off', GOPATH: `${join(folder, 'go')}:/usr/share/gocode`, GOFLAGS: '-p=2' };
  await run('go', ['build', '-o', join(folder, 'app'), join(examples, 'go/app.go')], { env, cwd: folder });
  return join(folder, 'app');
}

test('the application in Go signs Ada in', { skip: noFile('/usr/bin/go', 'Go') || noFile(GO, 'its OAuth library'), timeout: 180000 }, async (t) => {
  const [program, port] = [await build(), await freePort()];
  const home = `http://127.0.0.1:${port}/`;
  const secret = await provider.client('my-go-app', 'confidential', `${home}callback`);
  const app = await startProgram(program, ['--port', String(port)], home, { env: { ISSUER: provider.url, CLIENT_SECRET: secret } });
  t.after(app.stop);
  assert.equal((await provider.person().signIn(`${home}login`)).text, `Signed in as Ada L. <${ADA}>.\n`);
  assert.equal((await provider.person().open(`${home}callback?code=x&state=`)).status, 400);
});

// Runs login.sh while Ada answers what it shows; resolves to what it printed and its exit code.
async function loginAtTerminal(answer, tokens) {
  const child = spawn('bash', [join(examples, 'cli/login.sh')], { env: { PATH: '/usr/bin:/bin', HOME: folder, ISSUER: provider.url, TOKENS: tokens }, timeout: 60000 });
  let printed = '';
  const ended = new Promise((done) => child.on('close', done));
  const shown = new Promise((done) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => { printed += text; if (/type \S+\.\n/.test(printed)) done(); });
  });
  await Promise.race([shown, ended]);
  const [, uri, code] = /Open (\S+) and type (\S+)\.\n/.exec(printed);
  const ada = provider.person();
  await ada.signIn(uri);
  await ada.submit('/device', { user_code: code });
  await ada.submit('/device/answer', { answer });
  return { code: await ended, printed };
}

test('the program at a terminal signs Ada in, and is told when she refuses', { timeout: 120000 }, async () => {
  await provider.run(['client', 'create', '--id', 'my-cli', '--type', 'public', '--grant', DEVICE, '--grant', 'refresh_token']);
  const tokens = join(folder, 'tokens.json');
  const [allowed, refused] = await Promise.all([loginAtTerminal('allow', tokens), loginAtTerminal('refuse', `${tokens}.none`)]);
  assert.match(allowed.printed, new RegExp(`Signed in as ${ADA}\\.`));
  assert.equal(allowed.code, 0);
  assert.ok(JSON.parse(readFileSync(tokens, 'utf8')).refresh_token);
  assert.equal(statSync(tokens).mode & 0o777, 0o600);
  assert.equal(refused.code, 1, refused.printed);
  assert.equal(existsSync(`${tokens}.none`), false);
});
