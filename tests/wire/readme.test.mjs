// SPDX-License-Identifier: Apache-2.0
// What the README and the guides tell people to type works, and prints what they show (document.mjs has the marks).
// Each document is followed from its top, in a folder of its own, on a service with the default settings.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { assertShows, blocksOf, Shell } from './document.mjs';
import { binary, freePort, startServer } from './server.mjs';
import { totp } from './client.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ISSUER_PORT = '8080';

// What is followed, with the least number of blocks that are compared: a document may not empty itself unseen.
const DOCUMENTS = [
  ['README.md', 6], ['docs/guide/quick-start.md', 14], ['docs/guide/configuration.md', 5], ['docs/guide/mfa.md', 6], ['docs/guide/operations.md', 1],
  ['docs/guide/browser-sessions.md', 6], ['docs/guide/fastapi.md', 1], ['docs/guide/forward-auth.md', 1],
  ['docs/guide/mcp.md', 4], ['docs/guide/scaling.md', 4], ['docs/guide/backup.md', 4], ['docs/guide/applications.md', 5],
  ['docs/guide/administration.md', 7], ['docs/guide/first-day.md', 7], ['docs/guide/audit.md', 6], ['docs/guide/privacy.md', 2], ['docs/guide/tenants.md', 6], ['docs/guide/roles.md', 4], ['docs/guide/api-keys.md', 6], ['docs/guide/impersonation.md', 4],
  ['docs/guide/entra.md', 3], ['docs/guide/providers.md', 8],
  ['docs/guide/token-exchange.md', 2], ['docs/guide/fapi.md', 3], ['docs/guide/signed-messages.md', 3],
  ['docs/guide/offline-revocation.md', 1], ['docs/guide/explain.md', 2], ['docs/guide/doctor.md', 2],
  ['docs/guide/app-python.md', 2], ['docs/guide/app-go.md', 1], ['docs/guide/app-java.md', 1], ['docs/guide/app-dotnet.md', 1],
  ['docs/guide/app-spa.md', 2], ['docs/guide/app-mobile.md', 2], ['docs/guide/app-cli.md', 2], ['docs/guide/app-service.md', 3],
  ['docs/guide/authorization-details.md', 4], ['docs/guide/tokens-shell.md', 3],
  ['docs/guide/config-as-code.md', 6], ['docs/guide/migrate-keycloak.md', 4], ['docs/guide/migrate-auth0.md', 3],
  ['docs/guide/libuauth.md', 2], ['docs/guide/libuauth-entra.md', 1], ['docs/guide/managed-identity.md', 3], ['docs/guide/key-vault.md', 3],
];

// A program that is built with the library is built as that was.
const CFLAGS = /__asan_init/.test(execFileSync('nm', ['-D', join(dirname(binary), 'include/libuauth.so.0')], { encoding: 'utf8', maxBuffer: 1 << 26 })) ? '-fsanitize=address,undefined' : '';

// A reader of a document: what stands there, on ports of our own, with what only a person can fill in.
class Reader {
  constructor(folder) {
    Object.assign(this, { folder, ports: new Map(), children: [], server: null, shell: null, codes: 0, printed: '' });
  }

  async portFor(documented) {
    if (!this.ports.has(documented)) this.ports.set(documented, await freePort());
    return this.ports.get(documented);
  }

  onOwnPorts(text) {
    let own = text;
    for (const [documented, port] of this.ports)
      own = own.replaceAll(`localhost:${documented}`, `localhost:${port}`).replaceAll(`127.0.0.1:${documented}`, `127.0.0.1:${port}`).replaceAll(`--port ${documented}`, `--port ${port}`);
    return own;
  }

  // The setup code of the first start, and the code that the app shows for the secret last printed.
  async filledIn(text) {
    const secret = /^[A-Z2-7]{32}$/m.exec(this.printed);
    if (secret) this.secret = secret[0];
    let full = text.includes('SETUP-CODE') ? text.replaceAll('SETUP-CODE', this.server.setupCode()) : text;
    if (/\b123456\b/.test(full)) full = full.replaceAll('123456', await totp(this.secret, this.codes++));
    return full;
  }

  async serveUs(text) {
    if (this.server) return this.server.restart();
    const args = text.trim().split(/\s+/).slice(1);
    this.server = await startServer({ data: join(this.folder, 'data'), args });
    this.ports.set(ISSUER_PORT, this.server.port);
    const { AUTH_LISTEN, AUTH_PUBLIC_URL } = this.server.env;
    this.env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: this.folder, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', CFLAGS, AUTH_LISTEN, AUTH_PUBLIC_URL };
    this.shell ??= new Shell(this.folder, this.env);
    return this.server;
  }

  // Another program in a terminal of its own, until its port answers.
  async serve(text) {
    if (text.startsWith('script/server')) return this.serveUs(text);
    const port = await this.portFor(/--port (\d+)/.exec(text)[1]);
    const child = spawn('bash', ['-c', this.onOwnPorts(text)], { cwd: this.folder, env: this.env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (chunk) => { output += chunk; });
    this.children.push(child);
    for (const end = Date.now() + 30000; Date.now() < end && child.exitCode === null;) {
      if (await fetch(`http://localhost:${port}/`).then(() => true, () => false)) return child;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`it does not answer:\n${text}\n${output}`);
  }

  async follow(block) {
    if (block.kind === 'serve') return this.serve(block.text);
    if (block.kind === 'shows') return assertShows({ ...block, text: this.onOwnPorts(block.text) }, this.printed);
    const { code, printed } = await this.shell.run(await this.filledIn(this.onOwnPorts(block.text)));
    this.printed = printed;
    return assert.equal(code, 0, `it ends with ${code}:\n${block.text}\n\n${printed}`);
  }

  async leave() {
    this.shell?.end();
    for (const child of this.children) process.kill(-child.pid, 'SIGKILL');
    await this.server?.stop();
  }
}

async function followed(name) {
  const folder = mkdtempSync(join(tmpdir(), 'uauth-reader-'));
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  mkdirSync(join(folder, 'build'));
  symlinkSync(binary, join(folder, 'build/uauth'));
  symlinkSync(join(root, 'examples'), join(folder, 'examples'));
  symlinkSync(join(root, 'include'), join(folder, 'include'));
  symlinkSync(join(dirname(binary), 'include'), join(folder, 'build/include'));
  symlinkSync(join(root, 'tests/node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'tests'));
  symlinkSync(join(root, 'tests/data'), join(folder, 'tests/data'));
  const blocks = blocksOf(readFileSync(join(root, name), 'utf8'));
  const reader = new Reader(folder);
  try {
    // Addresses of programs that are started later are registered before.
    for (const { kind, text } of blocks) if (kind === 'serve' && / --port (\d+)/.test(text)) await reader.portFor(/ --port (\d+)/.exec(text)[1]);
    if (blocks[0]?.text.startsWith('script/server') !== true) await reader.serveUs('script/server');
    for (const block of blocks)
      await reader.follow(block).catch((error) => {
        error.message = `${name}:${block.line}: ${error.message}`;
        throw error;
      });
    return { run: blocks.filter((block) => block.kind === 'run').length, shown: blocks.filter((block) => block.kind === 'shows').length };
  } finally {
    await reader.leave();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [name, least] of DOCUMENTS) {
  test(`${name} can be followed from its top, and shows what is printed`, async () => {
    const { run, shown } = await followed(name);
    assert.ok(run >= least && shown >= least, `only ${run} blocks were run and ${shown} compared`);
  });
}

test('a document that shows something else is noticed', () => {
  const text = (shown, printed) => assertShows({ language: 'text', text: shown }, printed);
  text('204\nuntil ….', '204\r\nuntil 12:00.\n');
  text('one\n…\nfour', 'one\ntwo\nthree\nfour\n');
  text('A  B\na …  b', 'A      B\na 1    b');
  for (const [shown, printed] of [['a  b', 'a b\n'], ['204', '200\n'], ['one', 'one\ntwo\n'], ['one\ntwo', 'one\n'], ['a.c', 'abc'], ['until ….', 'until .']])
    assert.throws(() => text(shown, printed), { name: 'AssertionError' });
  const json = (shown, printed) => assertShows({ language: 'json', text: shown }, printed);
  json('{"id": "01a2…", "roles": ["user"], "n": 1}', '{"n":1,"roles":["user"],"id":"0000"}');
  for (const printed of ['{"id":"x","roles":["user"]}', '{"id":"x","roles":["user"],"n":1,"more":1}', '{"id":1,"roles":["user"],"n":1}', '{"id":"x","roles":["admin"],"n":1}', '{"id":"x","roles":["user","admin"],"n":1}', 'no JSON', ''])
    assert.throws(() => json('{"id": "01a2…", "roles": ["user"], "n": 1}', printed), { name: 'AssertionError' });
  json('{"exp": 1795650766}', '{"exp":1795650767}');
  assert.throws(() => json('{"exp": 1795650766}', '{"exp":900}'), { name: 'AssertionError' });
  assert.throws(() => blocksOf('```bash runs\n```\n'), /no mark/);
  assert.throws(() => blocksOf('```bash run\n'), /no end/);
  assert.deepEqual(blocksOf('```sh\nx\n```\n```bash run\ny\n```').map((block) => block.text), ['y']);
});
