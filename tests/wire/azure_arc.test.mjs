// SPDX-License-Identifier: Apache-2.0
// Azure Arc's challenge on the wire, with the agent's own folder: a program in a mount namespace of its own has one under
// /var/opt.  Whoever listens at the agent's port names the file (entra.md 2.4; 9.2, "Arc path attacks").
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, test } from 'node:test';
import { AzurePlatform, HEADER } from './azure_platform.mjs';
import { command } from './command.mjs';
import { binary } from './server.mjs';

const RESOURCE = 'https://vault.azure.net', SCOPE = `${RESOURCE}/.default`;
const TOKENS = '/var/opt/azcmagent/tokens';
const here = dirname(fileURLToPath(import.meta.url));
const skip = spawnSync('unshare', ['-rm', 'true']).status !== 0 && 'this system gives nobody a namespace';
let folder, root, platform;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-arc-'));
  platform = await new AzurePlatform().start(folder);
  root = join(folder, 'opt');
  const tokens = join(root, 'azcmagent', 'tokens');
  mkdirSync(join(tokens, 'sub.key'), { recursive: true });
  for (const [name, content] of [['1.key', 'CANARY-arc-key\n'], ['1.txt', 'CANARY-arc-key'], ['large.key', 'k'.repeat(4097)], ['lines.key', 'CANARY\r\nX-Evil: b'], ['empty.key', '']])
    writeFileSync(join(tokens, name), content);
  writeFileSync(join(root, 'azcmagent', 'outside.key'), 'CANARY-outside');
  symlinkSync('1.key', join(tokens, 'link.key'));
  symlinkSync('/etc/hostname', join(tokens, 'away.key'));
  execFileSync('mkfifo', [join(tokens, 'fifo.key')]);
});
after(() => {
  platform?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => platform.reset());

// Where /var/opt is `root`.
const inside = (program, args) => new Promise((done) => {
  execFile('unshare', ['-rm', 'sh', '-c', 'mount --bind "$0" /var/opt && exec "$@"', root, program, ...args],
    { env: { PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', IDENTITY_ENDPOINT: `${platform.url}/arc`, IMDS_ENDPOINT: platform.url }, timeout: 60000 },
    (error, stdout, stderr) => done({ code: error ? error.code ?? 1 : 0, stdout, stderr }));
});
const ours = () => inside(binary, ['token', 'azure', '--scope', SCOPE, '--credential', 'managed-identity', '--json']);
const theirs = async () => JSON.parse((await inside(process.execPath, [join(here, 'azure_client.mjs'), 'ManagedIdentityCredential', '{}', SCOPE])).stdout);

test('Azure Arc: who can read the file gets a token, ours and theirs', { skip }, async () => {
  const own = await ours();
  assert.equal(own.code, 0, own.stderr);
  assert.equal(JSON.parse(own.stdout).access_token, `at for ${RESOURCE}`);
  const { token, message } = await theirs();
  assert.equal(token, `at for ${RESOURCE}`, message);
  const shown = platform.calls.map(({ headers }) => headers.authorization);
  assert.equal(shown[0], undefined);
  assert.equal(shown[1], 'Basic CANARY-arc-key');
  assert.deepEqual(shown.slice(2).map((value) => value?.trim()), shown.slice(0, 2));
  platform.key = 'another';
  const refused = await ours();
  assert.notEqual(refused.code, 0);
  assert.doesNotMatch(refused.stdout + refused.stderr, /CANARY/);
});

const TRICKS = [
  ['/etc/hostname', 'no key'], ['/etc/1.key', 'elsewhere'], [`${TOKENS}/1.txt`, 'no key'], ['1.key', 'no whole path'], ['var/opt/azcmagent/tokens/1.key', 'no whole path'],
  [`${TOKENS}/../outside.key`, 'up'], [`${TOKENS}/../tokens/1.key`, 'up and down'], [`${TOKENS}//1.key`, 'twice a slash'], [`${TOKENS}/./1.key`, 'a dot'],
  [`${TOKENS}/sub.key/1.key`, 'below'], [`${TOKENS}/sub.key`, 'a folder'], [`${TOKENS}/link.key`, 'a link'], [`${TOKENS}/away.key`, 'a link away'], [`${TOKENS}/fifo.key`, 'a pipe'],
  [`${TOKENS}/large.key`, 'too large'], [`${TOKENS}/lines.key`, 'lines in it'], [`${TOKENS}/empty.key`, 'nothing in it'], [`${TOKENS}/none.key`, 'not there'], ['', 'no name'],
];
test('Azure Arc: no other file is sent to whoever asks, however it is named', { skip }, async () => {
  for (const [path, what] of TRICKS) {
    platform.reset();
    platform.keyFile = path;
    const own = await ours();
    assert.notEqual(own.code, 0, what);
    assert.doesNotMatch(own.stdout + own.stderr, /CANARY/, what);
    assert.deepEqual(platform.calls.map(({ headers }) => headers.authorization), [undefined], what);
  }
});

test('Azure Arc: what theirs refuse of these, and that there has to be a challenge', { skip }, async () => {
  for (const path of ['/etc/1.key', `${TOKENS}/1.txt`, `${TOKENS}/large.key`, `${TOKENS}/none.key`]) {
    platform.reset();
    platform.keyFile = path;
    assert.ok((await theirs()).error, path);
    assert.ok(platform.calls.every(({ headers }) => headers.authorization === undefined), path);
  }
  for (const said of [{ status: 200, body: { access_token: 'CANARY' } }, { status: 401 }, { status: 401, headers: { 'www-authenticate': 'Digest realm=x' } }, { status: 302, headers: { location: '/arc2' } }]) {
    platform.reset();
    platform.script.arc = [said];
    assert.notEqual((await ours()).code, 0);
    assert.equal(platform.calls.length, 1);
  }
});

// ---- the other places, as they say no ----

const at = (env) => command(['token', 'azure', '--scope', SCOPE, '--credential', 'managed-identity', '--json'], { env });
test('Azure ML: by either of its headers, and refused without', async () => {
  assert.equal((await at({ MSI_ENDPOINT: `${platform.url}/ml`, MSI_SECRET: HEADER })).json.access_token, `at for ${RESOURCE}`);
  const newer = await fetch(`${platform.url}/ml?resource=${RESOURCE}&api-version=2019-08-01`, { headers: { 'x-identity-header': HEADER } });
  assert.equal((await newer.json()).access_token, `at for ${RESOURCE}`);
  assert.notEqual((await at({ MSI_ENDPOINT: `${platform.url}/ml`, MSI_SECRET: 'other' })).code, 0);
});

test('Cloud Shell and Service Fabric say what is wrong, and ours says it', async () => {
  platform.script.shell = [{ status: 400, body: { error: { code: 'InvalidRequest', message: 'Audience is not a valid URL' } } }];
  assert.match((await at({ MSI_ENDPOINT: `${platform.url}/shell` })).stderr, /Audience is not a valid URL/);
  const fabric = (header) => at({ IDENTITY_ENDPOINT: `${platform.fabricUrl}/fabric`, IDENTITY_HEADER: header, IDENTITY_SERVER_THUMBPRINT: platform.thumbprint });
  assert.equal((await fabric(HEADER)).json.access_token, `at for ${RESOURCE}`);
  const refused = await fabric('CANARY-other');
  assert.match(refused.stderr, /Secret is not found/);
  assert.doesNotMatch(refused.stderr, /CANARY/);
});
