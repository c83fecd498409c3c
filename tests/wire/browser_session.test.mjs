// SPDX-License-Identifier: Apache-2.0
// Session and spa mode as a browser meets them: a cookie jar, CSRF tokens, Origin and Sec-Fetch-Site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, assertProblem, makeUser } from './client.mjs';

let server, sink, plain;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off',
      AUTH_ALLOWED_ORIGINS: 'https://app.example.com',
    },
  });
  plain = new Client(server.url);
  await makeUser(plain, sink, 'ada@example.com');
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

async function browser(mode) {
  const client = new Client(server.url, { jar: true, headers: {} });
  const answer = await client.post('/auth/login', { email: 'ada@example.com', password: PASSWORD, mode });
  assert.equal(answer.status, 200, answer.text);
  return { client, answer };
}

test('SS-04: a session is an opaque, HttpOnly cookie, and the body holds no token', async () => {
  const { client, answer } = await browser('session');
  assert.equal(answer.json.access_token, undefined);
  assert.equal(answer.json.refresh_token, undefined);
  const cookie = client.jar.get('session');
  assert.match(cookie.line, /; ?HttpOnly/i);
  assert.match(cookie.line, /; ?SameSite=Lax/i);
  assert.match(cookie.line, /; ?Path=\//i);
  assert.doesNotMatch(cookie.line, /Domain=/i);
  assert.doesNotMatch(cookie.line, /Max-Age|Expires/i);
  assert.ok(cookie.line.length < 4096);
  assert.equal((await client.get('/auth/me')).status, 200);
});

test('WB-02, WB-04: a change needs the session\'s own CSRF token and the same origin', async () => {
  const { client, answer } = await browser('session');
  const other = await browser('session');
  const change = (headers) => client.put('/auth/me', { full_name: 'Ada' }, { headers });
  assertProblem(await change({}), 403, 'csrf-failed');
  assertProblem(await change({ 'x-csrf-token': 'x' }), 403, 'csrf-failed');
  assertProblem(await change({ 'x-csrf-token': other.answer.json.csrf_token }), 403, 'csrf-failed');
  const token = answer.json.csrf_token;
  for (const origin of ['https://evil.example', 'null', server.url.replace('http:', 'https:'), `${server.url}0`])
    assertProblem(await change({ 'x-csrf-token': token, origin }), 403, 'csrf-failed');
  assertProblem(await change({ 'x-csrf-token': token, 'sec-fetch-site': 'cross-site' }), 403, 'csrf-failed');
  assert.equal((await change({ 'x-csrf-token': token })).status, 200);
});

test('SS-01, SS-02: signing in makes a new id, signing out ends it on the server', async () => {
  const client = new Client(server.url, { jar: true });
  client.jar.set('session', { name: 'session', value: 'A'.repeat(43), path: '/' });
  const login = () => client.post('/auth/login', { email: 'ada@example.com', password: PASSWORD, mode: 'session' });
  const first = await login();
  const planted = client.jar.get('session').value;
  assert.notEqual(planted, 'A'.repeat(43));
  await login();
  assert.notEqual(client.jar.get('session').value, planted);
  const csrf = (await login()).json.csrf_token;
  const kept = client.jar.get('session').value;
  assert.equal(first.status, 200);
  const out = await client.post('/auth/logout', {}, { headers: { 'x-csrf-token': csrf } });
  assert.equal(out.status, 204, out.text);
  assert.equal(client.jar.get('session'), undefined);
  const replay = await plain.get('/auth/me', { headers: { cookie: `session=${kept}` } });
  assert.equal(replay.status, 401);
});

test('SS-05: two session cookies are refused', async () => {
  const { client } = await browser('session');
  const value = client.jar.get('session').value;
  for (const cookie of [`session=${value}; session=x`, `session=x; session=${value}`]) {
    const answer = await plain.get('/auth/me', { headers: { cookie } });
    assert.ok(answer.status === 400 || answer.status === 401, answer.text);
  }
});

test('an Authorization header alone decides; the cookie is then ignored', async () => {
  const { client } = await browser('session');
  assert.equal((await client.get('/auth/me', { token: 'not.a.token' })).status, 401);
});

test('WB-01: another site cannot sign a browser in', async () => {
  const client = new Client(server.url, { jar: true });
  const answer = await client.post('/auth/login', { email: 'ada@example.com', password: PASSWORD, mode: 'session' },
    { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } });
  assertProblem(answer, 403, 'csrf-failed');
  assert.equal(client.jar.size, 0);
});

test('spa mode keeps the refresh token in a cookie for /auth alone', async () => {
  const { client, answer } = await browser('spa');
  assert.equal(answer.json.refresh_token, undefined);
  const cookie = client.jar.get('refresh');
  assert.match(cookie.line, /HttpOnly/i);
  assert.match(cookie.line, /SameSite=Strict/i);
  assert.equal(cookie.path, '/auth');
  assertProblem(await client.post('/auth/refresh', {}), 403, 'csrf-failed');
  const next = await client.post('/auth/refresh', {}, { headers: { 'x-csrf-token': answer.json.csrf_token } });
  assert.equal(next.status, 200, next.text);
  assert.notEqual(client.jar.get('refresh').value, cookie.value);
  assert.equal((await client.get('/auth/me', { token: next.json.access_token })).status, 200);
});

test('WB-08: only listed origins may call from a browser', async () => {
  const preflight = (origin) => plain.send('OPTIONS', '/auth/me', {
    headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
  });
  const allowed = await preflight('https://app.example.com');
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example.com');
  assert.match(allowed.headers.get('vary') ?? '', /origin/i);
  for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'null',
    'https://app.example.com:444', 'https://xapp.example.com'])
    assert.equal((await preflight(origin)).headers.get('access-control-allow-origin'), null, origin);
});
