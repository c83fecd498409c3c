// SPDX-License-Identifier: Apache-2.0
// libuauth as a resource server of uauth: the example in C, by the library that was built beside it; under valgrind where
// there is one without a sanitizer; and as a program of others is built.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Provider } from './provider.mjs';
import { binary } from './server.mjs';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const example = join(root, 'examples/c/verify.c');
const built = dirname(binary);
// The release, which no sanitizer is in.
const release = process.env.UAUTH_RELEASE ?? join(root, 'build');
const noRelease = existsSync(join(release, 'include/libuauth.so.0')) ? false : 'there is no release beside it (script/build)';
let folder, uauth, token;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-library-'));
  uauth = await new Provider().start();
  const made = await uauth.run(['client', 'create', '--id', 'nightly', '--type', 'confidential', '--grant', 'client_credentials', '--scope', 'reports:read']);
  const answer = await fetch(`${uauth.url}/oauth2/token`, {
    method: 'POST', headers: { authorization: `Basic ${btoa(`nightly:${made.client_secret}`)}` }, body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'reports:read' }),
  });
  token = (await answer.json()).access_token;
});
after(async () => {
  await uauth?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// What a program answers to these fields Authorization, after these words.
function verify(program, fields, words = ['reports:read'], before = []) {
  const [first, ...rest] = [...before, program, uauth.url, uauth.url, ...words];
  const { PATH, ASAN_OPTIONS = '' } = process.env;
  return spawnSync(first, rest, { input: fields.join('\n') + '\n', encoding: 'utf8', env: { PATH, ASAN_OPTIONS }, timeout: 60000 });
}

const FIELDS = () => ['', `Bearer ${token}`, `Bearer ${token.slice(0, -4)}AAAA`, 'Basic eDp5', `DPoP ${token}`];

function assertAnswers(printed) {
  const lines = printed.split('\n');
  assert.match(lines[0], /^401 there is no access token$/);
  assert.match(lines[1], /^    WWW-Authenticate: Bearer, DPoP algs="/);
  assert.equal(lines[2], '200 nightly');
  assert.match(lines[3], /^401 the \w+ signature of a token is wrong$/);
  assert.match(lines[4], /Bearer error="invalid_token", error_description="/);
  assert.match(lines[5], /^401 Authorization is neither/);
  assert.match(lines[7], /^401 a token without cnf by the scheme DPoP$/);
  assert.match(lines[8], /DPoP error="invalid_token"/);
}

test('a program in C lets in what uauth has made, with its status list, and nothing else', () => {
  const { stdout, status, stderr } = verify(join(built, 'examples/c/verify'), FIELDS());
  assert.equal(status, 0, stderr);
  assertAnswers(stdout);
  const other = verify(join(built, 'examples/c/verify'), [`Bearer ${token}`], ['reports:write']).stdout;
  assert.match(other, /^403 the token has not the scope reports:write\n    WWW-Authenticate: Bearer error="insufficient_scope", .*scope="reports:write"/);
});

test('nothing is leaked, and nothing read that is not there', { skip: noRelease, timeout: 120000 }, async () => {
  const program = join(folder, 'verify');
  await run('cc', ['-g', `-I${root}/include`, '-o', program, example, `-L${release}/include`, '-luauth', `-Wl,-rpath,${release}/include`]);
  const { stdout, status, stderr } = verify(program, FIELDS(), ['reports:read'], ['valgrind', '-q', '--error-exitcode=9', '--leak-check=full', '--show-leak-kinds=definite,indirect,possible']);
  assert.equal(status, 0, stderr);
  assertAnswers(stdout);
});

for (const compiler of ['gcc', 'clang']) {
  test(`a program of others is built by ${compiler}, with the shared library and with the static one`, { skip: noRelease, timeout: 120000 }, async () => {
    const env = { PATH: process.env.PATH, PKG_CONFIG_PATH: join(release, 'meson-private') };
    const flags = async (...words) => (await run('pkg-config', [...words, 'uauth'], { env })).stdout.trim().split(/\s+/).filter((flag) => flag !== '-luauth');
    const warnings = ['-std=c17', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${root}/include`];
    const [shared, whole] = [join(folder, `shared-${compiler}`), join(folder, `static-${compiler}`)];
    await run(compiler, [...warnings, '-o', shared, example, `-L${release}/include`, '-luauth', ...(await flags('--libs')), `-Wl,-rpath,${release}/include`]);
    await run(compiler, [...warnings, '-o', whole, example, join(release, 'include/libuauth.a'), ...(await flags('--libs', '--static'))]);
    for (const program of [shared, whole]) assertAnswers(verify(program, FIELDS()).stdout);
    assert.doesNotMatch((await run('ldd', [whole])).stdout, /libuauth/);
    assert.doesNotMatch((await run('ldd', [shared])).stdout, /sqlite|libevent|qrencode|libpq|hiredis|libcurl/);
  });
}

for (const [compiler, language, standard] of [['gcc', 'c', 'c17'], ['clang', 'c', 'c17'], ['g++', 'c++', 'c++11'], ['clang++', 'c++', 'c++11']]) {
  test(`each public header stands by itself for ${compiler}`, () => {
    const headers = readdirSync(join(root, 'include/uauth')).filter((name) => name.endsWith('.h'));
    assert.ok(headers.length > 6);
    for (const header of headers) {
      const source = `#include <uauth/${header}>\n#include <uauth/${header}>\nint main(void);\nint main(void) { return 0; }\n`;
      const { status, stderr } = spawnSync(compiler, ['-fsyntax-only', '-x', language, `-std=${standard}`, '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${root}/include`, '-'], { input: source, encoding: 'utf8' });
      assert.equal(status, 0, `${header}: ${stderr}`);
    }
  });
}

for (const compiler of ['gcc', 'clang']) {
  test(`each example is compiled by ${compiler} with nothing but what pkg-config says`, () => {
    const examples = readdirSync(join(root, 'examples/c')).filter((name) => name.endsWith('.c'));
    for (const name of examples) {
      const { status, stderr } = spawnSync(compiler, ['-fsyntax-only', '-Wall', '-Wextra', '-Werror', `-I${root}/include`, join(root, 'examples/c', name)], { encoding: 'utf8' });
      assert.equal(status, 0, `${name}: ${stderr}`);
    }
  });
}

test('a program that runs may load it', { skip: noRelease }, async () => {
  const { stdout } = await run('python3', ['-c', `
import ctypes
library = ctypes.CDLL("${release}/include/libuauth.so.0")
library.uauth_version.restype = ctypes.c_char_p
print(library.uauth_version().decode())`]);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
