// SPDX-License-Identifier: Apache-2.0
// How uauth shows Entra who it is without a secret: a certificate, and assertions of the platform or of its own key.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash, createPublicKey, verify, constants } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLIENT_ID, TENANT } from './entra.mjs';
import { Client, PASSWORD } from './client.mjs';
import { commandOf } from './command.mjs';
import { Stage, person } from './federation.mjs';

const AUDIENCE = 'api://AzureADTokenExchange';
const folder = mkdtempSync(join(tmpdir(), 'uauth-credentials-'));
const pem = join(folder, 'both.pem');
const file = join(folder, 'assertion');
let stage, server, entra, platform;
const asked = [];

before(async () => {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${pem}.key`, '-out', `${pem}.crt`, '-days', '2', '-subj', '/CN=uauth'], { stdio: 'ignore' });
  writeFileSync(pem, readFileSync(`${pem}.key`, 'utf8') + readFileSync(`${pem}.crt`, 'utf8'), { mode: 0o600 });
  platform = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    asked.push({ query: Object.fromEntries(url.searchParams), header: request.headers['x-identity-header'] });
    response.end(JSON.stringify({ access_token: 'managed-assertion', expires_on: String(Math.floor(Date.now() / 1000) + 86400), resource: AUDIENCE, token_type: 'Bearer' }));
  });
  await new Promise((done) => platform.listen(0, '127.0.0.1', done));
  stage = await new Stage().open({
    AUTH_AZURE_CREDENTIAL: 'certificate', AUTH_AZURE_CLIENT_CERTIFICATE_PATH: pem, AUTH_AZURE_CLIENT_SECRET: undefined,
    IDENTITY_ENDPOINT: `http://127.0.0.1:${platform.address().port}/MSI/token`, IDENTITY_HEADER: 'CANARY-identity-header',
  });
  ({ server, entra } = stage);
});
after(async () => {
  await stage?.close();
  platform?.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(args, options) { return commandOf(server, args, options); }
const create = (id, method, more = [], input = undefined) => run(['provider', 'create', '--kind', 'entra', '--client-id', CLIENT_ID, '--issuer', entra.url,
  '--tenant', TENANT, '--create-users', '--email-domain', 'contoso.example', '--auth-method', method, ...(input ? ['--client-secret-stdin'] : []), ...more, id], { input });

const partsOf = (jwt) => {
  const [head, payload, signature] = jwt.split('.');
  return { head: JSON.parse(Buffer.from(head, 'base64url')), claims: JSON.parse(Buffer.from(payload, 'base64url')), data: Buffer.from(`${head}.${payload}`), signature: Buffer.from(signature, 'base64url') };
};

// entra.md 1.14: PS256, x5t#S256, for the token endpoint of the authority.
function isOfCertificate(tenant) {
  const certificate = new X509Certificate(readFileSync(`${pem}.crt`));
  const seen = new Set();
  return (jwt) => {
    const { head, claims, data, signature } = partsOf(jwt);
    assert.equal(head.alg, 'PS256');
    assert.equal(head['x5t#S256'], createHash('sha256').update(certificate.raw).digest('base64url'));
    assert.equal(head.x5c[0], certificate.raw.toString('base64'));
    assert.equal(claims.aud, `${entra.url}/${tenant}/oauth2/v2.0/token`);
    assert.equal(claims.iss, CLIENT_ID);
    assert.equal(claims.sub, CLIENT_ID);
    assert.ok(claims.exp - claims.iat <= 600);
    assert.equal(seen.has(claims.jti), false);
    seen.add(claims.jti);
    return verify('sha256', data, { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
  };
}

async function signsIn(id) {
  entra.user = person();
  const b = stage.browser();
  const answer = await stage.signIn(b, `/auth/oauth/${id}`);
  assert.equal(answer.status, 303, answer.text + server.log.slice(-2000));
  const { form } = entra.calls.findLast(({ path }) => /token$/.test(path));
  assert.equal(form.client_secret, undefined);
  assert.equal(form.client_assertion_type, 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  return form.client_assertion;
}

test('a certificate from the settings', async () => {
  stage.begin();
  entra.trusts = isOfCertificate('organizations');
  await signsIn('entra');
  await signsIn('entra');
});

test('a certificate of a provider is kept sealed', async () => {
  await create('cert', 'certificate', ['--certificate-file', pem]);
  rmSync(`${pem}.key`);
  entra.trusts = isOfCertificate(TENANT);
  await signsIn('cert');
  entra.trusts = () => false;
  entra.user = person();
  assert.equal((await stage.signIn(stage.browser(), '/auth/oauth/cert')).status, 502);
  await run(['provider', 'create', '--kind', 'entra', '--client-id', 'x', '--tenant', TENANT, '--auth-method', 'certificate', '--client-secret-stdin', 'bad'], { input: 'no PEM', code: 2 });
  await run(['provider', 'create', '--kind', 'entra', '--client-id', 'x', '--tenant', TENANT, '--auth-method', 'certificate', 'bad'], { code: 2 });
});

test('workload identity: the assertion of the platform, as the file has it now', async () => {
  await create('workload', 'federated_file', ['--assertion-file', file]);
  entra.trusts = (jwt) => jwt === 'first-assertion' || jwt === 'second-assertion';
  writeFileSync(file, 'first-assertion\n');
  assert.equal(await signsIn('workload'), 'first-assertion');
  writeFileSync(file, 'second-assertion');
  assert.equal(await signsIn('workload'), 'second-assertion');
  for (const bad of ['', '\n', 'two\nlines', 'x'.repeat(70000)]) {
    writeFileSync(file, bad);
    entra.user = person();
    const status = (await stage.signIn(stage.browser(), '/auth/oauth/workload')).status;
    assert.ok(status >= 400, `${status}`);
  }
});

test('a managed identity is the credential: no secret anywhere', async () => {
  await create('managed', 'managed_identity', ['--managed-identity', '00000000-aaaa-0000-0000-00000000000d']);
  entra.trusts = (jwt) => jwt === 'managed-assertion';
  await signsIn('managed');
  const { query, header } = asked.at(-1);
  assert.equal(query.resource, AUDIENCE);
  assert.equal(query.client_id, '00000000-aaaa-0000-0000-00000000000d');
  assert.equal(header, 'CANARY-identity-header');
});

test('our own key: Entra trusts our issuer, and finds the key by our discovery document', async () => {
  await create('own', 'own_key');
  const discovery = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
  const { keys } = await (await fetch(discovery.jwks_uri)).json();
  entra.trusts = (jwt) => {
    const { head, claims, data, signature } = partsOf(jwt);
    assert.equal(head.alg, 'RS256');
    assert.equal(claims.iss, discovery.issuer);
    assert.equal(claims.sub, 'provider:own');
    assert.equal(claims.aud, AUDIENCE);
    assert.ok(claims.exp - claims.iat <= 600);
    const jwk = keys.find(({ kid }) => kid === head.kid);
    return verify('sha256', data, createPublicKey({ key: jwk, format: 'jwk' }), signature);
  };
  const assertion = await signsIn('own');
  // It is no token of ours.
  assert.equal((await new Client(server.url).get('/auth/me', { token: assertion })).status, 401);
});

test('what the platform vouches for is sent where a command on the machine says, and nowhere else', async () => {
  await run(['user', 'create', '--email', 'op@example.com', '--name', 'Op', '--role', 'admin', '--password-stdin'], { input: PASSWORD });
  const c = new Client(server.url);
  const { access_token: token } = (await c.post('/auth/login', { email: 'op@example.com', password: PASSWORD })).json;
  for (const [n, method] of ['federated_file', 'managed_identity', 'own_key'].entries()) {
    const metadata = { client_id: 'x', tenant: TENANT, token_endpoint_auth_method: method, assertion_file: '/etc/passwd', issuer: 'https://evil.example' };
    const made = await c.post('/admin/providers', { id: `evil${n}`, kind: 'entra', metadata }, { token });
    assert.equal(made.status, 400, made.text);
  }
  const at = await c.get('/admin/providers/own', { token });
  const { metadata } = at.json;
  const changed = await c.send('PUT', '/admin/providers/own', { json: { metadata: { ...metadata, issuer: 'https://evil.example' } }, token, headers: { 'if-match': at.headers.get('etag') } });
  assert.equal(changed.status, 400, changed.text);
  await run(['provider', 'create', '--kind', 'openid', '--client-id', 'x', '--issuer', 'https://a.example', '--auth-method', 'own_key', 'bad'], { code: 2 });
});
