// SPDX-License-Identifier: Apache-2.0
// After an erasure nothing of the person can be read in the files of the data folder, while the service runs and when
// it has stopped; a backup of before has it, and restoring that erases it again.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command } from './command.mjs';
import { done } from './remote.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const PASSWORD = 'Correct-horse-7-battery';
const EMAIL = 'Quirin.Zwickelbauer@Example.com', NAME = 'Quirin Zwickelbauer', AGENT = 'Kropfzeug/7.3', ADDRESS = '203.0.113.77';
// In whatever case: addresses are kept as they were written, and in lower case.
const CANARIES = ['quirin', 'zwickelbauer', 'kropfzeug', ADDRESS];

let server, sink, away, id;
const here = (args, input) => command(args, { data: server.data, env: server.env, input });
const json = { 'content-type': 'application/json', 'user-agent': AGENT, 'x-forwarded-for': ADDRESS };
const call = (path, { method = 'POST', token, body, headers = {} } = {}) => fetch(`${server.url}${path}`, { method,
  headers: { ...json, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers }, body: body && JSON.stringify(body) });
const signIn = async (email, headers) => (await (await call('/auth/login', { body: { email, password: PASSWORD }, headers })).json()).access_token;

// Of all files below `folder`, which canaries stand in which.
function found(folder) {
  const where = [];
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const text = readFileSync(path).toString('latin1').toLowerCase();
    where.push(...CANARIES.filter((canary) => text.includes(canary)).map((canary) => `${name}: ${canary}`));
  }
  return where;
}

async function untilNothing(folder) {
  let where;
  for (const end = Date.now() + 30000; Date.now() < end;) {
    where = found(folder);
    if (where.length === 0) return;
    await new Promise((again) => setTimeout(again, 50));
  }
  assert.deepEqual(where, []);
}

before(async () => {
  sink = await startSmtpSink();
  away = mkdtempSync(join(tmpdir(), 'uauth-erased-'));
  server = await startServer({ env: { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_MAIL_FROM: 'id@example.com', AUTH_TRUSTED_PROXIES: '127.0.0.1' } });
  await done(here(['user', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--role', 'admin', '--password-stdin'], `${PASSWORD}\n`));
});
after(async () => {
  await server?.stop();
  await sink?.close();
  rmSync(away, { recursive: true, force: true });
});

test('a person leaves traces in all places', async () => {
  assert.equal((await call('/auth/register', { body: { email: EMAIL, password: PASSWORD, full_name: NAME } })).status, 201);
  const [, link] = /verify-email\?token=([\w-]+)/.exec((await sink.mailTo(EMAIL)).text);
  assert.equal((await call('/auth/verify-email', { body: { token: link } })).status, 204);
  const token = await signIn(EMAIL);
  assert.ok(token);
  ({ id } = await (await call('/auth/me', { method: 'GET', token })).json());
  assert.equal((await call('/auth/login', { body: { email: EMAIL, password: 'Wrong-horse-7-battery' } })).status, 401);
  assert.equal((await call('/auth/me', { method: 'PUT', token, body: { full_name: `${NAME} jun.` } })).status, 200);
  assert.equal((await call('/auth/forgot-password', { body: { email: EMAIL } })).status, 202);
  const ada = await signIn('ada@example.com');
  const named = await call('/admin/users', { token: ada, body: { email: 'other@example.com', full_name: NAME }, headers: { 'idempotency-key': 'k-1' } });
  assert.equal(named.status, 201);
  assert.equal((await call(`/admin/users/${(await named.json()).id}`, { method: 'DELETE', token: ada })).status, 204);
  const { id: tenant } = await done(here(['tenant', 'create', '--slug', 'acme', '--json']));
  assert.equal((await call(`/admin/tenants/${tenant}/invitations`, { token: ada, body: { email: EMAIL } })).status, 201);
  await sink.mailTo(EMAIL, 3);
  assert.notDeepEqual(found(server.data), []);
  await done(here(['backup', join(away, 'before.db')]));
});

test('erased, nothing of them is readable: in the database, its log, letters, kept answers and the audit', async () => {
  const ada = await signIn('ada@example.com', { 'user-agent': 'x', 'x-forwarded-for': '127.0.0.1' });
  assert.equal((await call(`/admin/users/${id}`, { method: 'DELETE', token: ada, headers: { 'user-agent': 'x', 'x-forwarded-for': '127.0.0.1' } })).status, 204);
  await sink.mailTo(EMAIL, 4);
  // Ada called from there, too: what is hers goes with her.
  await done(here(['user', 'delete', 'ada@example.com', '--yes']));
  await untilNothing(server.data);
  const exported = (await here(['audit', 'export', '--open'])).stdout.toLowerCase() + (await here(['audit', 'export', '--format', 'cef', '--open'])).stdout.toLowerCase();
  assert.ok(exported.includes(id));
  for (const line of exported.split('\n')) for (const canary of CANARIES) assert.ok(!line.includes(canary), line);
  await server.stop({ keep: true });
  assert.deepEqual(found(server.data), []);
});

test('a backup of before is made right by restoring it', async () => {
  assert.notDeepEqual(found(away), []);
  assert.equal((await done(here(['restore', '--json', join(away, 'before.db')]))).erased_again, 2);
  assert.deepEqual(found(server.data), []);
  await server.start();
  assert.match((await here(['user', 'show', EMAIL])).stderr, /there is no user/);
});
