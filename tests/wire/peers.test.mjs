// SPDX-License-Identifier: Apache-2.0
// Other programs that meet the service: a FastAPI application with PyJWT, nginx auth_request, curl.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser, signIn } from './client.mjs';
import { NGINX } from './balancer.mjs';
import { noFile, noPython } from './installed.mjs';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PYTHON = '/usr/bin/python3';
let server, sink, client, folder;
const children = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-peers-'));
  sink = await startSmtpSink();
  server = await startServer({
    env: { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' },
  });
  client = new Client(server.url);
  await makeUser(client, sink, 'ada@example.com');
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server?.stop();
  await sink?.close();
  rmSync(folder, { recursive: true, force: true });
});

const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

// Starts a program and waits until `url` answers.
async function start(command, args, options, url) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { output += chunk; });
  for (const end = Date.now() + 20000; Date.now() < end;) {
    if (child.exitCode !== null) break;
    try {
      await fetch(url);
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${command} did not start:\n${output}`);
}

test('a FastAPI application takes our tokens with PyJWT', { skip: noPython('fastapi', 'uvicorn', 'jwt') }, async () => {
  const port = await freePort();
  await start(PYTHON, ['-m', 'uvicorn', 'app:app', '--port', String(port), '--log-level', 'warning'],
    { cwd: join(root, 'examples/fastapi'), env: { ...process.env, UAUTH_ISSUER: server.issuer, PYTHONDONTWRITEBYTECODE: '1' } },
    `http://127.0.0.1:${port}/openapi.json`);
  const app = new Client(`http://127.0.0.1:${port}`);
  // As FastAPI's own documentation page signs in: the OAuth2 password form.
  const form = { grant_type: 'password', username: 'ada@example.com', password: PASSWORD, scope: '', client_id: '', client_secret: '' };
  const answer = await client.send('POST', '/auth/token', { form });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.token_type.toLowerCase(), 'bearer');
  const token = answer.json.access_token;
  const who = await app.get('/whoami', { token });
  assert.equal(who.status, 200, who.text);
  assert.deepEqual(who.json.roles, ['user']);
  assert.equal((await app.get('/users', { token })).status, 200);
  assert.equal((await app.delete('/users', { token })).status, 403);
  assert.equal((await app.get('/whoami', { token: `${token.slice(0, -3)}AAA` })).status, 401);
  assert.equal((await app.get('/whoami')).status, 401);
  // Only what was asked for: a narrower scope is a narrower token.
  const narrow = await client.send('POST', '/auth/token', { form: { ...form, scope: 'nothing:here' } });
  if (narrow.status === 200) assert.equal((await app.get('/users', { token: narrow.json.access_token })).status, 403);
});

test('the password form answers errors as OAuth 2.0 does', async () => {
  const wrong = await client.send('POST', '/auth/token', { form: { username: 'ada@example.com', password: 'wrong-Password-1' } });
  assert.ok([400, 401].includes(wrong.status));
  assert.equal(wrong.json.error, 'invalid_grant');
  const missing = await client.send('POST', '/auth/token', { form: { username: 'ada@example.com' } });
  assert.equal(missing.status, 400);
  assert.equal(missing.json.error, 'invalid_request');
});

test('nginx asks uauth about each request (auth_request)', { skip: noFile(NGINX, 'nginx') }, async (t) => {
  const seen = [];
  const application = http.createServer((request, response) => {
    seen.push(request.headers);
    response.end(`hello ${request.headers['x-auth-user'] ?? 'nobody'}`);
  });
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  const example = readFileSync(join(root, 'examples/nginx/forward-auth.conf'), 'utf8')
    .replaceAll('127.0.0.1:8000', `127.0.0.1:${port}`).replaceAll('127.0.0.1:8080', `127.0.0.1:${server.port}`)
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${application.address().port}`);
  mkdirSync(join(folder, 'tmp'));
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes 1;
events {} http { access_log off; client_body_temp_path ${folder}/tmp; proxy_temp_path ${folder}/tmp/p;
fastcgi_temp_path ${folder}/tmp/f; uwsgi_temp_path ${folder}/tmp/u; scgi_temp_path ${folder}/tmp/s;\n${example}\n}`);
  await start(NGINX, ['-c', join(folder, 'nginx.conf'), '-p', folder], {}, `http://127.0.0.1:${port}/`);
  const front = new Client(`http://127.0.0.1:${port}`);
  const { access_token: token } = await signIn(client, 'ada@example.com');
  const me = (await client.get('/auth/me', { token })).json;

  const welcome = await front.get('/', { token, headers: { 'x-auth-user': 'mallory', 'x-auth-roles': 'admin' } });
  assert.equal(welcome.status, 200, welcome.text);
  assert.equal(welcome.text, `hello ${me.id}`);
  assert.equal(seen.at(-1)['x-auth-roles'], 'user');
  assert.equal((await front.get('/')).status, 401);
  assert.equal((await front.get('/', { token: 'x' })).status, 401);
  assert.equal((await front.get('/admin/x', { token })).status, 403);
  const before = seen.length;
  assert.equal((await front.post('/', { a: 1 })).status, 401);
  assert.equal(seen.length, before, 'a refused request reached the application');
  // A browser's cookie is as good as a token.
  const browser = new Client(server.url, { jar: true });
  await browser.post('/auth/login', { email: 'ada@example.com', password: PASSWORD, mode: 'session' });
  const cookie = `session=${browser.jar.get('session').value}`;
  assert.equal((await front.get('/', { headers: { cookie } })).text, `hello ${me.id}`);
  await client.post('/auth/logout?all=true', {}, { token });
  assert.equal((await front.get('/', { headers: { cookie } })).status, 401);
  application.close();
});

test('/auth/verify checks permission, scope and age of the sign-in', async () => {
  const { access_token: token } = await signIn(client, 'ada@example.com');
  const verify = (query, options = { token }) => client.get(`/auth/verify${query}`, options);
  const good = await verify('');
  assert.equal(good.status, 200, good.text);
  assert.ok(good.headers.get('x-auth-user'));
  assert.match(good.headers.get('x-auth-scopes') ?? '', /users:read/);
  assert.equal((await verify('?permission=users:read')).status, 200);
  assert.equal((await verify('?permission=users:delete')).status, 403);
  assert.equal((await verify('?scope=users:read')).status, 200);
  assert.equal((await verify('?scope=admin')).status, 403);
  assert.equal((await verify('?max_age=300')).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const stale = await verify('?max_age=0');
  assert.equal(stale.status, 401);
  // RFC 9470 3: the challenge says what would do.
  assert.match(stale.headers.get('www-authenticate') ?? '', /insufficient_user_authentication/);
  assert.match((await verify('', {})).headers.get('www-authenticate') ?? '', /^Bearer/);
  const posted = await client.send('POST', '/auth/verify/some/path', { token, body: 'x=y' });
  assert.ok([200, 413].includes(posted.status), posted.text);
});

test('curl does the whole story', async () => {
  const { stdout } = await run('curl', ['-sS', '-X', 'POST', `${server.url}/auth/login`, '-H', 'Content-Type: application/json',
    '-d', JSON.stringify({ email: 'ada@example.com', password: PASSWORD })]);
  const { access_token: token } = JSON.parse(stdout);
  const me = await run('curl', ['-sS', '--fail', '-H', `Authorization: Bearer ${token}`, `${server.url}/auth/me`]);
  assert.equal(JSON.parse(me.stdout).email, 'ada@example.com');
});

test('python3-jwt verifies our token and is refused where it should be', { skip: noPython('jwt') }, async () => {
  const { access_token: token } = await signIn(client, 'ada@example.com');
  const code = `
import json, sys, jwt
token, url, issuer = sys.argv[1:]
key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token).key
print(json.dumps(jwt.decode(token, key, algorithms=["RS256"], audience=issuer, issuer=issuer)))
for bad in [dict(audience="other", issuer=issuer), dict(audience=issuer, issuer="other")]:
    try:
        jwt.decode(token, key, algorithms=["RS256"], **bad)
        sys.exit("accepted: %s" % bad)
    except jwt.InvalidTokenError:
        pass
`;
  const { stdout } = await run(PYTHON, ['-c', code, token, `${server.url}/.well-known/jwks.json`, server.issuer]);
  assert.equal(JSON.parse(stdout).client_id, 'first-party');
});
