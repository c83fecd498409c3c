// SPDX-License-Identifier: Apache-2.0
// After an erasure nothing of the person can be read in PostgreSQL: by who copies the database (pg_dump), and in the files of
// the cluster, once it has been vacuumed.  The person has signed in with others, and letters to them waited for a mail server; the last one arrives.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { command, commandOf } from './command.mjs';
import { Person } from './person.mjs';
import { Postgres } from './postgres.mjs';
import { Provider } from './provider.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { until } from './until.mjs';
import { startServer } from './server.mjs';
import { PASSWORD } from './client.mjs';

const EMAIL = 'Quirlinus.Zwickelbauer@Example.com', NAME = 'Quirlinus Zwickelbauer', AGENT = 'Kropfzeug/7.3', ADDRESS = '203.0.113.77';
const CANARIES = ['quirlinus', 'zwickelbauer', 'kropfzeug', ADDRESS];
const refuse = { MAIL: '451 later' };
let postgres, sink, server, up, upstreamId, id;

const run = (...words) => commandOf(server, words, { env: server.env }).then(({ json }) => json);
const send = (path, { method = 'POST', token, body, headers = {} } = {}) => fetch(`${server.url}${path}`, { method, body: body && JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'user-agent': AGENT, 'x-forwarded-for': ADDRESS, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } });
// Comes back when it is asked to: a machine of tests is busy.
async function call(path, options) {
  let answer = await send(path, options);
  for (let i = 0; i < 10 && answer.status === 503 && answer.headers.get('retry-after'); i++) {
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get('retry-after'))));
    answer = await send(path, options);
  }
  return answer;
}
const signIn = async (email, headers) => (await (await call('/auth/login', { body: { email, password: PASSWORD }, headers })).json()).access_token;
const UNKNOWN = { 'user-agent': 'x', 'x-forwarded-for': '127.0.0.1' };

const inText = (text, where) => [...CANARIES, upstreamId].filter((canary) => text.toLowerCase().includes(canary)).map((canary) => `${where}: ${canary}`);
const dumped = async () => inText(await postgres.dump(), 'pg_dump');
const inFiles = () => readdirSync(join(postgres.folder, 'data', 'base'), { recursive: true }).flatMap((name) => {
  const path = join(postgres.folder, 'data', 'base', name);
  return statSync(path).isFile() ? inText(readFileSync(path).toString('latin1'), name) : [];
});

before(async () => {
  postgres = await new Postgres().start();
  up = await new Provider().start();
  // Letters wait.
  sink = await startSmtpSink({ refuse });
  server = await startServer({ env: { AUTH_DATABASE_URL: postgres.url, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_MAIL_FROM: 'id@example.com', AUTH_TRUSTED_PROXIES: '127.0.0.1',
    AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1',
    AUTH_INTERNAL_HOSTS: 'localhost', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' } });
  await commandOf(server, ['user', 'create', '--email', 'ada@example.com', '--name', 'Ada', '--role', 'admin', '--password-stdin'], { env: server.env, input: PASSWORD });
  const made = await up.run(['user', 'create', '--email', EMAIL, '--name', NAME, '--password-stdin'], PASSWORD);
  upstreamId = made.id;
  const secret = await up.client('rp', 'confidential', `${server.url}/auth/oauth/up/callback`, '--first-party', '--scope', 'openid email profile');
  await commandOf(server, ['provider', 'create', '--kind', 'openid', '--issuer', up.url, '--client-id', 'rp', '--client-secret-stdin', '--create-users', '--trust-email', '--email-domain', 'example.com', 'up'],
    { env: server.env, input: secret });
});
after(async () => {
  await server?.stop();
  await up?.stop();
  await sink?.close();
  await postgres?.remove();
});

test('a person leaves traces in all places', async () => {
  const person = new Person({ email: EMAIL });
  await person.open(`${server.url}/auth/oauth/up`);
  const page = await person.through();
  assert.equal(page.url.pathname, '/account', page.text);
  assert.ok(page.text.includes(NAME));
  ({ id } = await run('user', 'show', EMAIL));
  assert.equal((await call('/auth/login', { body: { email: EMAIL, password: 'Wrong-horse-7-battery' } })).status, 401);
  assert.equal((await call('/auth/forgot-password', { body: { email: EMAIL } })).status, 202);
  const ada = await signIn('ada@example.com', UNKNOWN);
  const named = await call('/admin/users', { token: ada, body: { email: 'other@example.com', full_name: NAME }, headers: { 'idempotency-key': 'k-1' } });
  assert.equal(named.status, 201, await named.clone().text());
  assert.equal((await call(`/admin/users/${(await named.json()).id}`, { method: 'DELETE', token: ada })).status, 204);
  const { id: tenant } = await run('tenant', 'create', '--slug', 'acme');
  assert.equal((await call(`/admin/tenants/${tenant}/invitations`, { token: ada, body: { email: EMAIL } })).status, 201);
  const found = await dumped();
  for (const canary of ['zwickelbauer', upstreamId]) assert.ok(found.includes(`pg_dump: ${canary}`), found.join());
});

test('PR-14: erased, nothing of them is in a dump, and after VACUUM in no file of the cluster', async () => {
  const ada = await signIn('ada@example.com', UNKNOWN);
  delete refuse.MAIL;
  assert.equal((await call(`/admin/users/${id}`, { method: 'DELETE', token: ada, headers: UNKNOWN })).status, 204);
  // The last letter arrives, and none that had waited.
  await sink.mailTo(EMAIL);
  // Ada called from there, too: what is hers goes with her.
  await run('user', 'delete', 'ada@example.com', '--yes');
  await until(async () => (await dumped()).length === 0, 'something of them is in the dump');
  assert.equal(sink.mails.filter(({ to }) => to.includes(EMAIL)).length, 1);
  await server.stop({ keep: true });
  await promisify(execFile)('psql', [postgres.url, '-qc', 'VACUUM FULL', '-c', 'CHECKPOINT']);
  assert.deepEqual(inFiles(), []);
  const exported = await command(['audit', 'export', '--open'], { data: server.data, env: server.env });
  assert.ok(exported.stdout.includes(id));
  assert.deepEqual(inText(exported.stdout, 'the audit'), []);
});
