// SPDX-License-Identifier: Apache-2.0
// What the binary says about itself.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from './client.mjs';
import { binary, startServer } from './server.mjs';

const run = promisify(execFile);

// ME-20
test('the version names commit, hardening and each library with its version', async () => {
  const { stdout } = await run(binary, ['--version', '--json']);
  const about = JSON.parse(stdout);
  assert.equal(about.name, 'uauth');
  assert.match(about.version, /^\d+\.\d+\.\d+$/);
  assert.match(about.commit, /^([0-9a-f]{7,40}(-dirty)?|unknown)$/);
  assert.ok(about.hardening.includes('-fstack-protector-strong'), about.hardening.join(' '));
  assert.ok(Object.keys(about.libraries).length >= 5, JSON.stringify(about.libraries));
  assert.equal(about.sbom.bomFormat, 'CycloneDX');
  for (const library of ['openssl', 'libcurl', 'libevent_core', 'sqlite3', 'libpq', 'libqrencode', 'libcrypt', 'libutf8proc', 'zlib']) {
    const component = about.sbom.components.find((each) => each.name === library);
    assert.match(component?.version ?? '', /^\d/, `${library} is not in the bill of materials`);
    if (library in about.libraries) assert.match(about.libraries[library], /^\d+\.\d+\.\d+$/);
    assert.match(component.purl, /^pkg:(deb\/debian|generic)\/[a-z0-9.+-]+@\d/);
  }
});

test('SU-14: nobody is told which build answers, nor what it is made of', async () => {
  const about = JSON.parse((await run(binary, ['--version', '--json'])).stdout);
  const server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' } });
  try {
    const client = new Client(server.url);
    const document = (await client.get('/openapi.json')).json;
    assert.equal(document.info.version, '1');
    const paths = Object.keys(document.paths).filter((path) => !path.includes('{'));
    const secrets = [about.version, about.commit.slice(0, 12), ...about.sbom.components.map(({ version }) => version)];
    for (const path of [...paths, '/nowhere', '/problems/not-found', '/assets/style.css']) {
      const { status, headers, text } = await client.get(path);
      const all = `${status} ${[...headers].join('\n')}\n${text}`;
      for (const secret of secrets.filter((each) => each.length > 4 && each !== 'unknown'))
        assert.ok(!all.includes(secret), `GET ${path} tells ${secret}:\n${all}`);
      assert.equal(headers.get('server'), null);
      assert.equal(headers.get('x-powered-by'), null);
    }
  } finally {
    await server.stop();
  }
});

test('an unknown command is refused with exit code 2', async () => {
  await assert.rejects(run(binary, ['no-such-command']), (error) => {
    assert.equal(error.code, 2);
    assert.match(error.stderr, /no-such-command/);
    return true;
  });
});
