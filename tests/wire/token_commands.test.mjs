// SPDX-License-Identifier: Apache-2.0
// uauth token client-credentials, device, exchange: at oidc-provider and Glewlwyd, which others have written, at uauth itself,
// and at servers that are not what they should be.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt, calculateJwkThumbprint } from 'jose';
import { command } from './command.mjs';
import { GLEWLWYD, GLEWLWYD_SECRET, Glewlwyd } from './glewlwyd.mjs';
import { OidcProvider, RESOURCE, SECRET } from './oidc_provider.mjs';
import { Provider } from './provider.mjs';
import { startTlsServer } from './mtls.mjs';
import { binary } from './server.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
let folder, op, uauth, secret, jwk;

const file = (name, text) => { writeFileSync(join(folder, name), text, { mode: 0o600 }); return join(folder, name); };
const at = (issuer, id, ...more) => ['--issuer', issuer, '--client-id', id, ...more];
const get = (...args) => command(['token', 'client-credentials', ...args], { cwd: folder });
const got = async (...args) => {
  const done = await get(...args, '--json');
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.stderr, '');
  return done.json;
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-token-'));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'k-1', alg: 'ES256', use: 'sig' };
  const { d, ...shown } = jwk;
  file('secret', `${SECRET}\n`);
  file('key.jwk', JSON.stringify(jwk));
  file('key.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }));
  file('rsa.pem', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  file('shown.jwk', JSON.stringify(shown));
  const service = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
  op = await new OidcProvider().start({
    clients: [
      { client_id: 'svc', client_secret: SECRET, ...service },
      { client_id: 'posting', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post', ...service },
      { client_id: 'keyed', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [shown] }, ...service },
      { client_id: 'rsa', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'r' }] }, ...service },
      { client_id: 'bound', client_secret: SECRET, dpop_bound_access_tokens: true, ...service },
      { client_id: 'tv', token_endpoint_auth_method: 'none', grant_types: [DEVICE, 'refresh_token'], redirect_uris: [], response_types: [] },
    ],
  });
  uauth = await new Provider().start();
  secret = (await uauth.run(['client', 'create', '--id', 'job', '--type', 'confidential', '--grant', 'client_credentials', '--scope', 'users:read'])).client_secret;
  uauth.server.forbid(secret);
  file('job', secret);
});
after(async () => {
  await uauth?.stop();
  await op?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('oidc-provider: a token for a program, by a secret, by a key', async () => {
  const secretly = ['--client-secret-file', 'secret'];
  const plain = await get(...at(op.url, 'svc', ...secretly));
  assert.equal(plain.code, 0, plain.stderr);
  assert.match(plain.stdout, /^[\w-]{43}\n$/);
  assert.equal(plain.stderr, '');
  const whole = await got(...at(op.url, 'posting', ...secretly, '--auth-method', 'client_secret_post', '--resource', RESOURCE, '--scope', 'read', '--scope', 'write'));
  assert.equal(whole.token_type, 'Bearer');
  assert.equal(whole.scope, 'read write');
  assert.ok(Date.parse(whole.expires_at) > Date.now());
  assert.equal(decodeJwt(whole.access_token).client_id, 'posting');
  for (const key of [['key.jwk'], ['key.pem', '--key-id', 'k-1']])
    assert.equal((await got(...at(op.url, 'keyed', '--key', ...key))).token_type, 'Bearer');
  assert.equal((await got(...at(op.url, 'rsa', '--key', 'rsa.pem', '--key-id', 'r'))).token_type, 'Bearer');
});

test('oidc-provider: a token that is bound to a key, which is made, kept for its owner alone, and used again', async () => {
  const args = at(op.url, 'bound', '--client-secret-file', 'secret', '--resource', RESOURCE, '--dpop', 'dpop.jwk');
  const first = await got(...args);
  assert.equal(first.token_type, 'DPoP');
  assert.equal(statSync(join(folder, 'dpop.jwk')).mode & 0o777, 0o600);
  const made = readFileSync(join(folder, 'dpop.jwk'), 'utf8');
  assert.equal(decodeJwt(first.access_token).cnf.jkt, await calculateJwkThumbprint(JSON.parse(made)));
  const again = await got(...args);
  assert.deepEqual(decodeJwt(again.access_token).cnf, decodeJwt(first.access_token).cnf);
  assert.equal(readFileSync(join(folder, 'dpop.jwk'), 'utf8'), made);
});

test('what the server says is told, and what was asked for is not', async () => {
  const wrong = await get(...at(op.url, 'svc', '--client-secret-file', file('wrong', 'CANARY-wrong')));
  assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /^uauth: invalid_client: client authentication failed\n$/);
  const nowhere = await get(...at(op.url, 'svc', '--client-secret-file', 'secret', '--resource', 'https://other.example/', '--json'));
  assert.equal(JSON.parse(nowhere.stderr).detail.split(':')[0], 'invalid_target');
  const unbound = await get(...at(op.url, 'bound', '--client-secret-file', 'secret'));
  assert.equal(unbound.code, 1);
  const stdin = await command(['token', 'client-credentials', ...at(op.url, 'svc', '--client-secret-stdin')], { cwd: folder, input: `${SECRET}\n` });
  assert.equal(stdin.code, 0, stdin.stderr);
});

test('what does not go together is a matter of the command line', async () => {
  const bad = async (...more) => {
    const done = await get(...at(op.url, 'svc', ...more));
    assert.equal(done.code, 2, done.stderr);
    return done.stderr;
  };
  assert.match(await bad('--client-secret-file', 'secret', '--key', 'key.jwk'), /^uauth: --key: This or a secret, not both/);
  assert.match(await bad('--key', 'shown.jwk'), /public half/);
  assert.match(await bad('--key', 'nowhere'), /nowhere/);
  assert.match(await bad('--cert-key', 'key.pem'), /--cert: /);
  assert.match(await bad('--auth-method', 'none'), /--auth-method/);
  assert.match(await bad('--client-secret', 'x'), /--client-secret/);
  assert.match(await bad('--dpop', 'shown.jwk'), /public half/);
  writeFileSync(join(folder, 'open.pem'), readFileSync(join(folder, 'key.pem')), { mode: 0o644 });
  assert.match(await bad('--key', 'open.pem'), /open\.pem/);
});

test('uauth: a token for a program, and one that is bound', async () => {
  const made = await got(...at(uauth.url, 'job', '--client-secret-file', 'job', '--scope', 'users:read'));
  assert.equal(decodeJwt(made.access_token).sub, 'job');
  const bound = await got(...at(uauth.url, 'job', '--client-secret-file', 'job', '--dpop', 'dpop-u.jwk'));
  assert.equal(bound.token_type, 'DPoP');
  assert.equal(decodeJwt(bound.access_token).cnf.jkt, await calculateJwkThumbprint(JSON.parse(readFileSync(join(folder, 'dpop-u.jwk'), 'utf8'))));
});

test('uauth: an API exchanges what it was called with', async () => {
  const metadata = file('orders.json', JSON.stringify({ grant_types: [EXCHANGE], token_exchange_subjects: ['job-cli'], audiences: ['https://stock.example'], token_exchange_audiences: ['https://stock.example'] }));
  await uauth.run(['client', 'create', '--id', 'job-cli', '--type', 'public', '--grant', DEVICE, '--first-party']);
  const orders = await uauth.run(['client', 'create', '--id', 'orders', '--type', 'confidential', '--metadata-file', metadata]);
  uauth.server.forbid(orders.client_secret);
  file('orders', orders.client_secret);
  const subject = (await device(uauth.url, 'job-cli', (uri, code) => allow(uri, code))).stdout.trim();
  const args = ['token', 'exchange', ...at(uauth.url, 'orders', '--client-secret-file', 'orders', '--audience', 'https://stock.example')];
  const done = await command([...args, '--json'], { cwd: folder, input: subject });
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.json.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(decodeJwt(done.json.access_token).sub, decodeJwt(subject).sub);
  assert.equal(decodeJwt(done.json.access_token).aud, 'https://stock.example');
  const named = await command([...args, '--subject-token-file', file('subject', subject), '--subject-type', 'jwt'], { cwd: folder });
  assert.equal(named.code, 0, named.stderr);
  const refused = await command(args, { cwd: folder, input: 'not a token' });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^uauth: invalid_request/);
  const both = await command(['token', 'exchange', ...at(uauth.url, 'orders', '--client-secret-stdin')], { cwd: folder });
  assert.equal(both.code, 2);
});

// Starts uauth token device, lets `answer` do what somebody does with what it shows; resolves when it has ended.
async function device(issuer, id, answer, ...more) {
  const child = spawn(binary, ['token', 'device', ...at(issuer, id, ...more)], { cwd: folder, env: { PATH: '/usr/bin:/bin', HOME: folder }, timeout: 60000 });
  let [stdout, stderr] = ['', ''];
  const ended = new Promise((done) => child.on('close', done));
  child.stdout.on('data', (text) => { stdout += text; });
  const shown = new Promise((done) => child.stderr.on('data', (text) => { stderr += text; if (/type (\S+)\.\n/.test(stderr)) done(); }));
  await Promise.race([shown, ended]);
  const [, uri, code] = /Open (\S+) and type (\S+)\.\n/.exec(stderr) ?? assert.fail(stderr);
  await answer(uri, code, child);
  return { code: await ended, stdout, stderr };
}

async function allow(uri, code, what = 'allow') {
  const ada = uauth.person();
  await ada.signIn(uri);
  await ada.submit('/device', { user_code: code });
  await ada.submit('/device/answer', { answer: what });
}

test('uauth: somebody signs in with another browser, or refuses', async () => {
  await uauth.run(['client', 'create', '--id', 'tv', '--type', 'public', '--grant', DEVICE]);
  const [allowed, refused] = await Promise.all([
    device(uauth.url, 'tv', (uri, code) => allow(uri, code), '--scope', 'openid email'),
    device(uauth.url, 'tv', (uri, code) => allow(uri, code, 'refuse')),
  ]);
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.match(allowed.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  assert.match(allowed.stderr, /Or open http:\/\/localhost:\d+\/device\?user_code=/);
  assert.ok(!allowed.stderr.includes('\x1b'));
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /refused/);
});

test('oidc-provider: somebody signs in with another browser, and the token is bound', async () => {
  const done = await device(op.url, 'tv', (uri, code) => op.walk(`${uri}?user_code=${code}`, 'carol'), '--scope', 'openid offline_access', '--dpop', 'tv.jwk');
  assert.equal(done.code, 0, done.stderr);
  const answer = await op.provider.AccessToken.find(done.stdout.trim());
  assert.equal(answer.accountId, 'carol');
  assert.equal(answer.jkt, await calculateJwkThumbprint(JSON.parse(readFileSync(join(folder, 'tv.jwk'), 'utf8'))));
  assert.deepEqual(op.errors, []);
});

test('Glewlwyd: tokens for a program, by either way of showing a secret, and bound; and for somebody', { skip: GLEWLWYD }, async (t) => {
  const glewlwyd = await new Glewlwyd().start();
  t.after(() => glewlwyd.close());
  await glewlwyd.client('svc', GLEWLWYD_SECRET);
  await glewlwyd.client('tv', null);
  file('glewlwyd', GLEWLWYD_SECRET);
  const args = at(glewlwyd.url, 'svc', '--client-secret-file', 'glewlwyd', '--scope', 'openid');
  assert.equal((await got(...args)).scope, 'openid');
  assert.equal((await got(...args, '--auth-method', 'client_secret_post')).token_type, 'bearer');
  const bound = await got(...args, '--dpop', 'dpop-g.jwk');
  assert.equal(decodeJwt(bound.access_token).cnf.jkt, await calculateJwkThumbprint(JSON.parse(readFileSync(join(folder, 'dpop-g.jwk'), 'utf8'))));
  const wrong = await get(...at(glewlwyd.url, 'svc', '--client-secret-file', 'secret', '--scope', 'openid'));
  assert.equal(wrong.code, 1);
  assert.ok(!wrong.stderr.includes('CANARY'));
  const done = await device(glewlwyd.url, 'tv', (uri, code) => glewlwyd.walk(`${uri}?code=${code}`), '--scope', 'openid');
  assert.equal(done.code, 0, done.stderr);
  assert.equal(decodeJwt(done.stdout.trim()).iss, glewlwyd.url);
});

test('at a terminal there is a QR code, and nothing but the token on standard output', async () => {
  const words = [binary, 'token', 'device', ...at(op.url, 'tv')].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qfec', `${words} 2>/dev/tty >/dev/null`, '/dev/null'], { cwd: folder, env: { PATH: '/usr/bin:/bin', HOME: folder, TERM: 'xterm' }, stdio: ['pipe', 'pipe', 'ignore'], timeout: 30000 });
  let shown = '';
  await new Promise((done) => {
    child.on('close', done);
    child.stdout.setEncoding('utf8').on('data', (text) => { shown += text; if (/type \S+\./.test(shown)) done(); });
  });
  child.kill('SIGKILL');
  const rows = shown.split('\n').filter((line) => line.startsWith('\x1b[30;107m'));
  assert.ok(rows.length > 15, shown);
  assert.ok(rows.every((row) => [...row.replaceAll(/\x1b\[[\d;]*m|\r/g, '')].every((cell) => ' \u2580\u2584\u2588'.includes(cell))));
});

test('who gives up is not waited for', async () => {
  const done = await device(op.url, 'tv', (uri, code, child) => child.kill('SIGINT'));
  assert.equal(done.stdout, '');
  assert.notEqual(done.code, 0);
});

// RFC 8705: the certificate of the connection says who we are; the authority is one that we are told of.
test('SR-09, uauth: a certificate is who a program is, and nobody is believed without one', async (t) => {
  const tls = await startTlsServer({ env: { AUTH_MTLS_URL: '' } });
  t.after(() => tls.stop());
  const metadata = file('tls.json', JSON.stringify({
    token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test', grant_types: ['client_credentials'],
    tls_client_certificate_bound_access_tokens: true,
  }));
  const made = await command(['client', 'create', '--id', 'tls-job', '--type', 'confidential', '--metadata-file', metadata, '--json'], { data: tls.data, env: tls.env });
  assert.equal(made.code, 0, made.stderr);
  const args = (cert) => [...at(tls.issuer, 'tls-job', '--cert', cert.crt, '--cert-key', cert.keyFile), '--outbound-ca', tls.made.ca.crt];
  const { access_token } = await got(...args(tls.made.job));
  assert.equal(decodeJwt(access_token).cnf['x5t#S256'], tls.made.job.thumbprint);
  const other = await get(...args(tls.made.other));
  assert.equal(other.code, 1);
  assert.match(other.stderr, /^uauth: invalid_client/);
  // SR-09: without the authority nobody is believed.
  const unknown = await get(...at(tls.issuer, 'tls-job', '--cert', tls.made.job.crt, '--cert-key', tls.made.job.keyFile));
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /certificate/);
});

// ---- servers that are not what they should be ----

// A server that says `document` of itself and answers /token with `answer`.
async function hostile(document = {}, answer = null) {
  const calls = [];
  const server = http.createServer((request, response) => {
    const { port } = server.address();
    const url = `http://localhost:${port}`;
    calls.push(request.url);
    if (request.url === '/.well-known/openid-configuration') {
      const said = typeof document === 'function' ? document(url, response) : JSON.stringify({ issuer: url, token_endpoint: `${url}/token`, ...document });
      if (said !== null) response.end(said);
    } else if (request.url === '/token' && answer) answer(response, url);
    else response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, 'localhost', done));
  return { url: `http://localhost:${server.address().port}`, calls, close: () => { server.closeAllConnections(); server.close(); } };
}

async function refused(document, answer, why, limit = 15000) {
  const server = await hostile(document, answer);
  const began = performance.now();
  const done = await get(...at(server.url, 'svc', '--client-secret-file', 'secret'));
  server.close();
  assert.deepEqual([done.code, done.stdout], [1, ''], done.stderr);
  assert.match(done.stderr, why);
  assert.ok(!done.stderr.includes('CANARY'));
  assert.ok(performance.now() - began < limit);
  return server.calls;
}

test('AT-19, SR-02, SR-05, SR-07: metadata that is hostile sends no secret anywhere', async () => {
  const cases = [
    [{ issuer: 'https://evil.example' }, /calls itself https:\/\/evil\.example/],
    [{ token_endpoint: 'https://169.254.169.254/token' }, /not public/],
    [{ token_endpoint: 'https://10.0.0.1/token' }, /not public/],
    [{ token_endpoint: 'https://[::1]/token' }, /not public/],
    [{ token_endpoint: 'http://127.0.0.1:1/token' }, /only https on port 443/],
    [{ token_endpoint: 'http://evil.example/token' }, /not a usable provider metadata/],
    [{ token_endpoint: 'file:///etc/passwd' }, /not a usable provider metadata/],
    [{ token_endpoint: undefined }, /has no token endpoint/],
    [{ padding: 'x'.repeat(70000) }, /larger than is taken/],
    [() => '<html>', /not a usable provider metadata/],
    [(url, response) => { response.writeHead(302, { location: `${url}/elsewhere` }); return ''; }, /status 302/],
  ];
  for (const [document, why] of cases) assert.ok(!(await refused(document, null, why)).some((path) => path !== '/.well-known/openid-configuration' && !path.startsWith('/.well-known/oauth')));
  // One byte at a time, for ever.
  await refused((url, response) => { const drip = setInterval(() => response.write(' '), 100); response.on('close', () => clearInterval(drip)); return null; }, null, /localhost/, 14000);
});

test('SR-05, SR-07: a token endpoint that answers with HTML, too much, elsewhere, nothing', async () => {
  const cases = [
    [(response) => response.end('<html>'), /no proper JSON/],
    [(response) => response.end('{}'), /gave no access token/],
    [(response) => response.end(`{"access_token":"${'x'.repeat(200000)}"}`), /larger than is taken/],
    [(response, url) => response.writeHead(307, { location: `${url}/other` }).end(), /status 307/],
    [(response) => response.writeHead(429, { 'retry-after': '7' }).end('{}'), /status 429/],
    [(response) => response.writeHead(500).end(), /status 500/],
    [(response) => response.writeHead(400).end('{"error":"x","error_description":"\\u001b[2J"}'), /^uauth: x\n$/],
    [(response) => response.socket.destroy(), /./],
  ];
  for (const [answer, why] of cases) {
    const calls = await refused({}, answer, why);
    assert.equal(calls.filter((path) => path === '/token').length, 1);
    assert.ok(!calls.includes('/other'));
  }
});
