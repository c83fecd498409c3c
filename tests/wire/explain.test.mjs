// SPDX-License-Identifier: Apache-2.0
// uauth explain: from the log of a service, and from the service itself.
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command } from './command.mjs';
import { startServer } from './server.mjs';

const UNKNOWN = '01M86Y1M4RHVYH686TQFYNCD4T';
let server, url, folder, token;

before(async () => {
  server = await startServer();
  url = `http://localhost:${server.port}`;
  folder = mkdtempSync(join(tmpdir(), 'uauth-explain-'));
  const made = await command(['user', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--role', 'admin', '--password-stdin'],
    { data: server.data, env: server.env, input: 'Correct-horse-7-battery\n' });
  assert.equal(made.code, 0, made.stderr);
  const answer = await fetch(`${url}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'Correct-horse-7-battery' }) });
  token = join(folder, 'token');
  writeFileSync(token, (await answer.json()).access_token, { mode: 0o600 });
});
after(() => server?.stop());

const refused = async (path, options) => (await fetch(`${url}${path}`, options)).headers.get('x-request-id');
const explain = (...args) => command(['explain', ...args], { env: server.env });

test('the log tells what the service tells', async () => {
  const id = await refused('/auth/me', { headers: { authorization: 'Bearer opaque' } });
  const asked = await explain(id, '--json', '--server', url, '--token-file', token);
  assert.equal(asked.code, 0, asked.stderr);
  assert.equal(asked.json.rule, 'token-syntax');
  assert.equal(asked.json.config_version, asked.json.config_now);
  const log = join(folder, 'log');
  writeFileSync(log, `Nov 26 07:00:00 host uauth[7]: no JSON ${id}\n${server.log.replaceAll(/^\{/gm, 'Nov 26 07:00:00 host uauth[7]: {')}`);
  const read = await explain(id, '--json', '--log', log);
  assert.equal(read.code, 0, read.stderr);
  const { config_now: now, ...known } = asked.json;
  assert.equal(typeof now, 'string');
  assert.deepEqual(read.json, known);
  const piped = await command(['explain', id, '--json'], { input: server.log });
  assert.deepEqual(piped.json, known);
});

test('what it does not find, it says', async () => {
  for (const [args, says] of [
    [[UNKNOWN, '--log', '/dev/null'], /no line of this log/],
    [[UNKNOWN, '--server', url, '--token-file', token], /in the memory of the node/],
    [[UNKNOWN, '--log', join(folder, 'nothing')], /No such file/],
    [[UNKNOWN, '--server', 'http://id.example.com', '--token-file', token], /https/],
    [[UNKNOWN, '--server', url], /--token-file/],
    [['../../auth/me', '--server', url, '--token-file', token], /no request id/],
    [[], /id of a request/],
  ]) {
    const { code, stderr, stdout } = await explain(...args);
    assert.ok(code === 1 || code === 2, `${args} ends with ${code}`);
    assert.match(stderr, says);
    assert.equal(stdout, '');
  }
});

test('a token without the permission is told so, and is not sent anywhere else', async () => {
  const wrong = join(folder, 'wrong');
  writeFileSync(wrong, 'opaque', { mode: 0o600 });
  const { code, stderr } = await explain(UNKNOWN, '--server', url, '--token-file', wrong);
  assert.equal(code, 1);
  assert.match(stderr, /401 The access token is missing.*put the new access token into/);
});

// IN-05
test('what a caller sends does not drive the terminal of the administrator', async () => {
  const id = await refused(`/oauth2/authorize?client_id=${encodeURIComponent('\u001b]0;x\u0007\u202e\u0085')}`);
  const log = server.log.split('\n').filter((line) => line.includes(id));
  assert.equal(log.length, 1);
  for (const how of [['--server', url, '--token-file', token], ['--log', '-']]) {
    const { code, stdout } = await command(['explain', id, ...how], { env: server.env, input: server.log });
    assert.equal(code, 0);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});
