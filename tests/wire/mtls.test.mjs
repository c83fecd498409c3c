// SPDX-License-Identifier: Apache-2.0
// Clients with certificates (RFC 8705) against the built binary: Node's TLS, openid-client, openssl, and nginx in front,
// which hands certificates on (RFC 9440).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { PASSWORD } from './client.mjs';
import { NGINX } from './balancer.mjs';
import { noFile } from './installed.mjs';
import { MTLS_HOST, certificate, certificates, folder, post, startTlsServer, tlsFetch } from './mtls.mjs';
import { freePort, startServer } from './server.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
let server, made, plain, job, other, own, site, published = { keys: [] };

// Registers the client `id` with this metadata.
async function makeClient(of, id, metadata, type = 'confidential') {
  const file = join(of.data, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  const done = await command(['client', 'create', '--id', id, '--type', type, '--metadata-file', file, '--json'], { data: of.data, env: of.env });
  assert.equal(done.code, 0, done.stderr);
  return done.json;
}

const BOUND = { tls_client_certificate_bound_access_tokens: true };
const JOB = {
  token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'job.test', grant_types: ['client_credentials'], scope: 'reports:read', ...BOUND,
};

before(async () => {
  site = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/jwk-set+json');
    response.end(JSON.stringify(published));
  });
  await new Promise((done) => site.listen(0, '127.0.0.1', done));
  server = await startTlsServer({ env: { AUTH_INTERNAL_HOSTS: '127.0.0.1' } });
  ({ made } = server);
  const call = (one, more) => tlsFetch({ ca: made.ca, own: one, ...more });
  [plain, job, other, own] = [null, made.job, made.other, made.own].map((one) => call(one));
  const ada = await command(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], { data: server.data, env: server.env, input: PASSWORD });
  assert.equal(ada.code, 0, ada.stderr);
  await makeClient(server, 'job', JOB);
  await makeClient(server, 'own', {
    token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: made.own.jwks, redirect_uris: [CALLBACK], first_party: true,
    grant_types: ['authorization_code', 'refresh_token'], ...BOUND,
  });
});
after(async () => {
  await server?.stop();
  site?.close();
});

const FORM = { grant_type: 'client_credentials', client_id: 'job' };

test('a certificate of the authority is the client; others are not (CL-10)', async () => {
  const token = `${server.mtls}/oauth2/token`;
  const good = await post(job, token, FORM);
  assert.equal(good.status, 200, good.text);
  assert.equal(jose.decodeJwt(good.json.access_token).cnf['x5t#S256'], made.job.thumbprint);
  const fake = certificate(server.data, 'fake', { subject: '/O=Test/CN=job', names: 'DNS:job.test' });
  const calls = [plain, other, own, tlsFetch({ ca: made.ca, own: fake })];
  for (const call of calls) {
    const refused = await post(call, token, FORM);
    assert.equal(refused.status, 401, refused.text);
    assert.equal(refused.json.error, 'invalid_client');
  }
  // The field of whoever is no proxy.
  const field = { 'client-cert': `:${made.job.raw.toString('base64')}:` };
  assert.equal((await post(plain, token, FORM, field)).status, 401);
});

test('only those who call the other name are asked for a certificate', async () => {
  const asked = (name, version) => execFileSync('sh', ['-c', `openssl s_client -connect 127.0.0.1:${server.port} -servername ${name} -${version} -state </dev/null 2>&1 || true`], { encoding: 'utf8' });
  for (const version of ['tls1_2', 'tls1_3']) {
    assert.match(asked(MTLS_HOST, version), /SSLv3\/TLS (read server certificate request|read.*certificate request)/);
    assert.doesNotMatch(asked('localhost', version), /certificate request/);
  }
  assert.equal((await post(job, `${server.issuer}/oauth2/token`, FORM)).status, 401);
});

test('it works by TLS 1.2 and 1.3', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const call = tlsFetch({ ca: made.ca, own: made.job, minVersion: version, maxVersion: version });
    assert.equal((await post(call, `${server.mtls}/oauth2/token`, FORM)).status, 200);
  }
});

// Ada agrees in her browser.
async function follow(url) {
  const login = await plain(`${server.issuer}/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin: server.issuer }, body: JSON.stringify({ email: ADA, password: PASSWORD, mode: 'session' }),
  });
  assert.equal(login.status, 200, await login.text());
  const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const answer = await plain(url, { headers: { cookie } });
  assert.equal(answer.status, 303, await answer.text());
  return new URL(answer.headers.get('location'));
}

test('openid-client signs in with the certificate that it registered, and its tokens are bound (DP-11)', async () => {
  const config = await oidc.discovery(new URL(server.issuer), 'own', { use_mtls_endpoint_aliases: true, ...BOUND }, oidc.TlsClientAuth(),
    { [oidc.customFetch]: own });
  config[oidc.customFetch] = own;
  const metadata = config.serverMetadata();
  assert.equal(metadata.tls_client_certificate_bound_access_tokens, true);
  assert.equal(metadata.mtls_endpoint_aliases.token_endpoint, `${server.mtls}/oauth2/token`);
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: CALLBACK, scope: 'openid email', state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  });
  const back = await follow(url);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state });
  assert.equal(jose.decodeJwt(tokens.access_token).cnf['x5t#S256'], made.own.thumbprint);
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(info.email, ADA);
  const told = await oidc.tokenIntrospection(config, tokens.access_token);
  assert.equal(told.cnf['x5t#S256'], made.own.thumbprint);
  for (const thief of [plain, other]) {
    const refused = await thief(`${server.mtls}/oauth2/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    assert.equal(refused.status, 401);
  }
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(jose.decodeJwt(next.access_token).cnf['x5t#S256'], made.own.thumbprint);
  const stolen = await post(other, `${server.mtls}/oauth2/token`, { grant_type: 'refresh_token', client_id: 'own', refresh_token: next.refresh_token });
  assert.equal(stolen.json.error, 'invalid_client');
  await oidc.tokenRevocation(config, next.refresh_token);
});

test('a client shows those between it and its authority, too', async () => {
  const middle = certificate(server.data, 'middle', { subject: '/CN=middle', ca: true, by: made.ca });
  const leaf = certificate(server.data, 'leaf', { subject: '/O=Test/CN=job', names: 'DNS:job.test', by: middle });
  const chain = { ...leaf, cert: leaf.cert + middle.cert };
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const status = async (one) => (await post(tlsFetch({ ca: made.ca, own: one, minVersion: version, maxVersion: version }), `${server.mtls}/oauth2/token`, FORM)).status;
    assert.equal(await status(chain), 200);
    assert.equal(await status(leaf), 401);
  }
});

test('a certificate of its own making may stand at the jwks_uri of the client', async () => {
  await makeClient(server, 'site', { ...JOB, token_endpoint_auth_method: 'self_signed_tls_client_auth', tls_client_auth_san_dns: undefined, jwks_uri: `http://127.0.0.1:${site.address().port}/jwks` });
  const form = { ...FORM, client_id: 'site' };
  published = made.own.jwks;
  const good = await post(own, `${server.mtls}/oauth2/token`, form);
  assert.equal(good.status, 200, good.text);
  assert.equal((await post(other, `${server.mtls}/oauth2/token`, form)).status, 401);
});

test('a new file of authorities is taken by SIGHUP, on connections that stand, too', async () => {
  const next = certificate(server.data, 'next', { subject: '/CN=next authority', ca: true });
  const signed = certificate(server.data, 'signed', { subject: '/O=Test/CN=job', names: 'DNS:job.test', by: next });
  const call = tlsFetch({ ca: made.ca, own: signed });
  const token = `${server.mtls}/oauth2/token`;
  const before = readFileSync(made.ca.crt, 'utf8');
  assert.equal((await post(call, token, FORM)).status, 401);
  writeFileSync(made.ca.crt, before + next.cert);
  server.child.kill('SIGHUP');
  for (const end = Date.now() + 10000; Date.now() < end;) {
    if ((await post(call, token, FORM)).status === 200) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.equal((await post(call, token, FORM)).status, 200);
  assert.equal((await post(job, token, FORM)).status, 200);
  writeFileSync(made.ca.crt, before);
  server.child.kill('SIGHUP');
});

test('nginx hands certificates on, and nobody else does (RFC 9440, CL-10)', { skip: noFile(NGINX, 'nginx') }, async (t) => {
  const at = folder();
  const made = certificates(at);
  const [port, mtlsPort] = [await freePort(), await freePort()];
  const behind = await startServer({
    env: {
      AUTH_PUBLIC_URL: `https://localhost:${port}`, AUTH_MTLS_URL: `https://${MTLS_HOST}:${mtlsPort}`, AUTH_TRUSTED_PROXIES: '127.0.0.1', AUTH_CLIENT_CERT_HEADER: 'on',
      AUTH_TLS_CLIENT_CA: made.ca.crt, AUTH_CHALLENGE: 'off', AUTH_RATE_LIMIT: 'off', AUTH_JWT_ALGORITHM: 'ES256',
    },
  });
  const example = readFileSync(join(root, 'examples/nginx/client-certificates.conf'), 'utf8').replaceAll('127.0.0.1:8443', `127.0.0.1:${port}`)
    .replaceAll('127.0.0.1:8444', `127.0.0.1:${mtlsPort}`).replaceAll('127.0.0.1:8080', `127.0.0.1:${behind.port}`)
    .replaceAll(' tls.crt', ` ${made.server.crt}`).replaceAll(' tls.key', ` ${made.server.keyFile}`);
  mkdirSync(join(at, 'tmp'));
  writeFileSync(join(at, 'nginx.conf'), `daemon off; master_process off; pid ${at}/nginx.pid; error_log ${at}/error.log; worker_processes 1;
events {} http { access_log off; client_body_temp_path ${at}/tmp; proxy_temp_path ${at}/tmp/p; fastcgi_temp_path ${at}/tmp/f;
uwsgi_temp_path ${at}/tmp/u; scgi_temp_path ${at}/tmp/s;\n${example}\n}`);
  const nginx = spawn(NGINX, ['-c', join(at, 'nginx.conf'), '-p', at], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [nginx.stdout, nginx.stderr]) stream.on('data', (text) => { said += text; });
  try {
    const call = (one) => tlsFetch({ ca: made.ca, own: one });
    for (const end = Date.now() + 10000; Date.now() < end && nginx.exitCode === null;) {
      if ((await call(null)(`https://localhost:${port}/readyz`).catch(() => null))?.status === 200) break;
      await new Promise((done) => setTimeout(done, 50));
    }
    assert.equal(nginx.exitCode, null, said);
    await makeClient(behind, 'job', JOB);
    const token = `https://${MTLS_HOST}:${mtlsPort}/oauth2/token`;
    const good = await post(call(made.job), token, FORM);
    assert.equal(good.status, 200, good.text);
    assert.equal(jose.decodeJwt(good.json.access_token).cnf['x5t#S256'], made.job.thumbprint);
    const field = { 'client-cert': `:${made.job.raw.toString('base64')}:` };
    for (const one of [null, made.other, made.own]) {
      assert.equal((await post(call(one), token, FORM)).status, 401);
      assert.equal((await post(call(one), token, FORM, field)).status, 401);
      assert.equal((await post(call(one), `https://localhost:${port}/oauth2/token`, FORM, field)).status, 401);
    }
    // Past the proxy: from an address that is not trusted, and with the field twice.
    const direct = async (from, headers) => new Promise((done, failed) => {
      import('node:http').then(({ request }) => request({
        host: '127.0.0.1', port: behind.port, path: '/oauth2/token', method: 'POST', localAddress: from,
        headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-proto': 'https', ...headers },
      }, (answer) => { answer.resume(); done(answer.statusCode); }).on('error', failed).end(new URLSearchParams(FORM).toString()));
    });
    assert.equal(await direct('127.0.0.1', field), 200);
    assert.notEqual(await direct('127.0.0.2', field), 200);
    assert.equal(await direct('127.0.0.1', { 'client-cert': [field['client-cert'], field['client-cert']] }), 400);
  } finally {
    nginx.kill('SIGKILL');
    await behind.stop();
    rmSync(at, { recursive: true, force: true });
  }
});
