// SPDX-License-Identifier: Apache-2.0
// oidc-agent, as Debian has it: a person at a terminal allows it by the code that it shows, and it gives programs access
// tokens, which it renews.  It speaks only TLS, as MSAL does.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as jose from 'jose';
import { noFile } from './installed.mjs';
import { Provider } from './provider.mjs';
import { serveTls } from './tls_server.mjs';

const run = promisify(execFile);
const skip = noFile('/usr/bin/oidc-agent', 'oidc-agent');
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
let provider, folder, environment;

before(async () => {
  if (skip) return;
  provider = await new Provider().start({ AUTH_CLIENT_REGISTRATION: 'token' }, serveTls);
  folder = mkdtempSync(join(tmpdir(), 'uauth-agent-'));
  mkdirSync(join(folder, 'config'));
  const own = { PATH: '/usr/bin:/bin', HOME: folder, OIDC_CONFIG_DIR: join(folder, 'config'), TMPDIR: folder, OIDC_PW: 'CANARY-agent' };
  const { stdout } = await run('oidc-agent', [], { env: own });
  environment = { ...own, OIDC_SOCK: /OIDC_SOCK=([^;]+)/.exec(stdout)[1], OIDCD_PID: /OIDCD_PID=(\d+)/.exec(stdout)[1] };
});
after(async () => {
  if (environment) process.kill(Number(environment.OIDCD_PID));
  await provider?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

// oidc-gen until it has shown where its user has to go and the code to type there; `answer` is what they do then.
async function generate(name, more, answer) {
  const child = spawn('oidc-gen', [name, '--prompt=none', '--confirm-yes', '--no-url-call', '--pw-env=OIDC_PW', '--flow=device', `--issuer=${provider.url}`,
    `--cp=${provider.server.env.AUTH_TLS_CERT}`, '--scope=openid profile offline_access', ...more], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: 50000 });
  let shown = '', asked = false;
  const ended = new Promise((done) => child.on('close', (code) => done(code)));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      shown += text;
      const code = /code: *([A-Z]{4}-?[A-Z]{4})/i.exec(shown)?.[1];
      if (code && !asked) { asked = true; answer(code).catch((error) => { shown += error.stack; child.kill(); }); }
    });
  return { code: await ended, shown };
}

async function answers(code, answer) {
  const ada = provider.person();
  await ada.signIn(`${provider.url}/device`);
  await ada.submit('/device', { user_code: code });
  await ada.submit('/device/answer', { answer });
}

const token = async (name, ...more) => (await run('oidc-token', [...more, name], { env: environment })).stdout.trim();

test('oidc-agent is allowed by the code that it shows, and renews what it gives', { skip, timeout: 90000 }, async () => {
  const made = await provider.run(['client', 'create', '--id', 'agent', '--type', 'confidential', '--grant', DEVICE, '--grant', 'refresh_token']);
  const { code, shown } = await generate('ada', ['--client-id=agent', `--client-secret=${made.client_secret}`], (shownCode) => answers(shownCode, 'allow'));
  assert.equal(code, 0, shown);
  const first = await token('ada');
  const next = await token('ada', '--force-new');
  assert.notEqual(next, first);
});

test('it registers itself, and is told when its user refuses', { skip, timeout: 90000 }, async () => {
  const { token: initial } = await provider.run(['client', 'registration-token']);
  const { code, shown } = await generate('own', [`--at=${initial}`], (shownCode) => answers(shownCode, 'refuse'));
  assert.notEqual(code, 0);
  assert.match(shown, /access_denied/);
  const made = await provider.run(['client', 'list']);
  assert.ok(made.some(({ client_name: name }) => name.startsWith('oidc-agent:own')), JSON.stringify(made));
});

test('it registers itself, is allowed, and renews what it gets as the client that it became', { skip, timeout: 90000 }, async () => {
  const { token: initial } = await provider.run(['client', 'registration-token']);
  const { code, shown } = await generate('allowed', [`--at=${initial}`], (shownCode) => answers(shownCode, 'allow'));
  assert.equal(code, 0, shown);
  const first = await token('allowed');
  const made = (await provider.run(['client', 'list'])).find(({ client_name: name }) => name.startsWith('oidc-agent:allowed'));
  assert.equal(jose.decodeJwt(first).client_id, made.client_id);
  assert.notEqual(await token('allowed', '--force-new'), first);
  // Taken back by the operator, it gets nothing more.
  await provider.run(['client', 'disable', made.client_id]);
  await assert.rejects(token('allowed', '--force-new'));
});
