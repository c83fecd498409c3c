// SPDX-License-Identifier: Apache-2.0
// uauth doctor: mistakes are made one by one, on the machine and in the portal, and each is named with what to do about it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, Entra, OTHER_TENANT, TENANT } from './entra.mjs';
import { binary, freePort, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { serveTls } from './tls_server.mjs';

const GUID = '77777777-0000-4000-8000-000000000007';
const GROUP = '22222222-0000-0000-0000-000000000001';
const PORTAL = 'Microsoft Entra admin center > App registrations';
const preload = join(dirname(binary), 'tests', 'preload', 'libclock.so');
let folder, data, entra, pem, callback;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uauth-doctor-'));
  data = join(folder, 'data');
  entra = await new Entra().start();
  assert.equal((await command(['init'], { data, cwd: folder })).code, 0);
  pem = join(folder, 'cert.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '365', '-subj', '/CN=uauth', '-keyout', `${pem}.key`, '-out', `${pem}.crt`], { stdio: 'ignore' });
  writeFileSync(pem, readFileSync(`${pem}.key`, 'utf8') + readFileSync(`${pem}.crt`, 'utf8'), { mode: 0o600 });
  writeFileSync(join(folder, 'assertion'), 'e30.e30.c2ln', { mode: 0o600 });
  callback = 'http://localhost:8080/auth/oauth/entra/callback';
});
after(async () => {
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  const { keys } = entra;
  entra.reset();
  entra.keys = keys;
  entra.trusts = () => true;
  entra.registration = { redirectUris: [callback], tenants: [TENANT, OTHER_TENANT], consented: [TENANT, OTHER_TENANT], groups: 'SecurityGroup', readable: true };
});

const settings = (own = {}) => ({
  AUTH_AZURE_CLIENT_ID: CLIENT_ID, AUTH_AZURE_CLIENT_SECRET: CLIENT_SECRET, AUTH_AZURE_TENANT_ID: TENANT, AUTH_AZURE_AUTHORITY_HOST: entra.url,
  AUTH_AZURE_GRAPH_URL: entra.url, AUTH_AZURE_ROLES: `${GROUP}=admin`, ...own,
});
const many = (own = {}) => settings({ AUTH_AZURE_TENANT_ID: 'organizations', AUTH_AZURE_ALLOWED_TENANTS: `${TENANT},${OTHER_TENANT}`, ...own });
const clock = (seconds) => {
  const file = join(folder, 'offset');
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  writeFileSync(file, bytes);
  return { LD_PRELOAD: preload, CLOCK_OFFSET: file, ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0` };
};

// What was found, by the id of the check, and of the tenant where there is one for each.
async function look(args, env, code) {
  const done = await command(['doctor', ...args, '--json'], { data, env, cwd: folder });
  assert.equal(done.code, code, done.stdout + done.stderr);
  assert.equal(done.json.well, code === 0);
  assert.ok(!(done.stdout + done.stderr).includes(CLIENT_SECRET), 'no secret is told');
  for (const { check, found, verdict, fix } of done.json.checks) {
    assert.ok(found, `${check} says what was found`);
    assert.equal(fix !== null, verdict === 'wrong' || verdict === 'doubtful', `${check}: ${fix}`);
  }
  return done.json.checks;
}
const the = (checks, id, subject) => checks.find(({ check, subject: of }) => check === id && (!subject || of === subject));
// One thing is wrong, and nothing else; `fix` says what to do.
async function wrong(env, id, { found, fix, subject, args = ['entra'] }) {
  const checks = await look(args, env, 1);
  const one = the(checks, id, subject);
  assert.deepEqual(checks.filter(({ verdict }) => verdict === 'wrong').map(({ check }) => check), [id], JSON.stringify(checks, null, 1));
  assert.match(one.found, found);
  assert.match(one.fix, fix);
}

// ---- Entra ----

test('entra: a registration of one tenant with nothing wrong', async () => {
  const checks = await look(['entra'], settings(), 0);
  for (const id of ['settings', 'authority', 'clock', 'issuer', 'keys', 'redirect_uri', 'tenant', 'credential', 'consent', 'groups'])
    assert.equal(the(checks, `entra.${id}`).verdict, 'ok', JSON.stringify(the(checks, `entra.${id}`)));
  assert.equal(the(checks, 'entra.certificate').verdict, 'skipped');
  assert.equal(entra.codes.size, 0, 'nobody was signed in');
});

test('entra: a registration of many tenants is looked at in each', async () => {
  const checks = await look(['entra'], many(), 0);
  for (const tenant of [TENANT, OTHER_TENANT])
    for (const id of ['tenant', 'credential', 'consent']) assert.equal(the(checks, `entra.${id}`, tenant).verdict, 'ok');
});

test('entra: for people, with the fix below what is wrong', async () => {
  const done = await command(['doctor', 'entra'], { data, env: settings({ AUTH_AZURE_CLIENT_SECRET: 'other' }), cwd: folder });
  assert.equal(done.code, 1);
  assert.match(done.stdout, /^ok +entra\.authority entra: /m);
  assert.match(done.stdout, /^wrong +entra\.credential 1{8}-.*: AADSTS7000215: .*\n +fix: Microsoft Entra admin center > /m);
  assert.match(done.stdout, /^1 of \d+ checks found something wrong\.$/m);
});

// name: [settings, what is planted, the check that names it, what it says]
const planted = {
  'a wrong secret': [{ AUTH_AZURE_CLIENT_SECRET: 'other' }, null, 'credential', { found: /AADSTS7000215: /, fix: new RegExp(`${PORTAL} > ${CLIENT_ID} > Certificates & secrets: .*make a new one`) }],
  'the id of the secret instead of its value': [{ AUTH_AZURE_CLIENT_SECRET: GUID }, null, 'credential', { found: /AADSTS7000215: /, fix: /Certificates & secrets: what is set is the Secret ID; set the column Value/ }],
  'an expired secret': [{}, () => { entra.script.token = Entra.error(401, 'invalid_client', 7000222, 'The provided client secret keys are expired.'); }, 'credential', { found: /AADSTS7000222: the secret has expired/, fix: /Certificates & secrets: make a new one/ }],
  'a tenant that does not exist': [{ AUTH_AZURE_TENANT_ID: GUID }, null, 'authority', { found: /AADSTS90002: the tenant does not exist/, fix: /> Overview: check the tenant id/ }],
  'an application of another tenant': [{}, () => { entra.registration.consented = [OTHER_TENANT]; }, 'credential', { found: /AADSTS700016: /, fix: /> Overview: check client id and tenant/ }],
  'a certificate that was not uploaded': [{ AUTH_AZURE_CREDENTIAL: 'certificate', pem: true }, () => { entra.trusts = () => false; }, 'credential', { found: /AADSTS700027: /, fix: /Certificates & secrets: upload the certificate/ }],
  'a federated credential that does not match': [{ AUTH_AZURE_CREDENTIAL: 'federated_file', assertion: true }, () => { entra.script.token = Entra.error(401, 'invalid_client', 700213, 'No matching federated identity record found.'); }, 'credential', { found: /AADSTS700213: .*subject/, fix: /Federated credentials: check the subject/ }],
  'a redirect URI that is not registered': [{}, () => { entra.registration.redirectUris = ['https://id.example/other']; }, 'redirect_uri', { found: /AADSTS50011: .*\/auth\/oauth\/entra\/callback/, fix: /> Authentication: Add a platform > Web > http:\/\/localhost:8080\/auth\/oauth\/entra\/callback/ }],
  'a single-tenant application for many': [{ many: true }, () => { entra.script.authorize = { headers: { 'content-type': 'text/html' }, body: 'AADSTS50194: Application is not configured as a multi-tenant application.' }; }, 'redirect_uri', { found: /AADSTS50194: /, fix: /> Authentication: use the tenant/ }],
  'consent that is missing in one tenant': [{ many: true }, () => { entra.registration.consented = [TENANT]; }, 'consent', { subject: OTHER_TENANT, found: /AADSTS700016: /, fix: new RegExp(`opens http://127\\.0\\.0\\.1:\\d+/${OTHER_TENANT}/v2\\.0/adminconsent\\?client_id=${CLIENT_ID}&.*redirect_uri=http`) }],
  'admin consent that is missing': [{}, () => { entra.script.token = Entra.error(400, 'invalid_grant', 65001, 'Nobody has consented.', { suberror: 'consent_required' }); }, 'consent', { found: /AADSTS65001: nobody has consented/, fix: /API permissions: Grant admin consent/ }],
  'tokens without groups': [{}, () => { entra.registration.groups = null; }, 'groups', { found: /tokens have no groups/, fix: /Token configuration: Add groups claim/ }],
  'groups that cannot be asked for': [{ AUTH_AZURE_GRAPH_URL: '' }, null, 'groups', { found: /more than 200 groups/, fix: /AUTH_AZURE_GRAPH_URL/ }],
  'a clock that is wrong': [{}, () => { entra.dated = -600; }, 'clock', { found: /the clock here is (59|60)\d seconds fast/, fix: /timedatectl set-ntp true/ }],
  'an issuer that is another one': [{}, () => { entra.script.document = (d) => ({ ...d, issuer: d.issuer.replace(TENANT, OTHER_TENANT) }); }, 'issuer', { found: /calls itself .*, due is /, fix: /another authority/ }],
  'a literal template as the issuer of one tenant': [{}, () => { entra.script.document = (d) => ({ ...d, issuer: entra.template }); }, 'issuer', { found: /calls itself .*\{tenantid\}/, fix: /another authority/ }],
  'no keys': [{}, () => { entra.script.jwks = { body: { keys: [] } }; }, 'keys', { found: /./, fix: /jwks_uri/ }],
};

for (const [name, [own, plant, id, says]] of Object.entries(planted)) {
  test(`entra: ${name}`, async () => {
    const { many: more, pem: shows, assertion, ...rest } = own;
    const env = (more ? many : settings)({ ...rest, ...(shows && { AUTH_AZURE_CLIENT_CERTIFICATE_PATH: pem }), ...(assertion && { AUTH_AZURE_FEDERATED_TOKEN_FILE: join(folder, 'assertion') }) });
    plant?.();
    await wrong(env, `entra.${id}`, says);
  });
}

test('entra: an unknown application is said where it is used', async () => {
  const checks = await look(['entra'], settings({ AUTH_AZURE_CLIENT_ID: GUID }), 1);
  for (const id of ['redirect_uri', 'credential']) {
    assert.match(the(checks, `entra.${id}`).found, /AADSTS700016: the application is not known in this tenant/);
    assert.match(the(checks, `entra.${id}`).fix, new RegExp(`${PORTAL} > ${GUID} > Overview: check client id`));
  }
});

test('entra: a certificate that has ended, and one that soon will', async () => {
  const env = settings({ AUTH_AZURE_CREDENTIAL: 'certificate', AUTH_AZURE_CLIENT_CERTIFICATE_PATH: pem });
  assert.equal(the(await look(['entra'], env, 0), 'entra.certificate').verdict, 'ok');
  const soon = the(await look(['entra'], { ...env, ...clock(350 * 86400) }, 1), 'entra.certificate');
  assert.equal(soon.verdict, 'doubtful');
  assert.match(soon.fix, /make a new certificate, upload it/);
  const over = the(await look(['entra'], { ...env, ...clock(366 * 86400) }, 1), 'entra.certificate');
  assert.equal(over.verdict, 'wrong');
  assert.match(over.found, /has ended/);
});

test('entra: an authority that is away, and a page of somebody else in its place', async () => {
  const port = await freePort();
  await wrong(settings({ AUTH_AZURE_AUTHORITY_HOST: `http://127.0.0.1:${port}` }), 'entra.authority', { found: /connect/i, fix: /AUTH_AZURE_AUTHORITY_HOST/ });
  entra.script.metadata = { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>\u001b[31m' };
  await wrong(settings(), 'entra.authority', { found: /status 503/, fix: /AUTH_AZURE_AUTHORITY_HOST/ });
});

test('entra: a page that is not against our callback is no mistake', async () => {
  for (const [body, verdict] of [['AADSTS50058: nobody is signed in', 'ok'], ['<title>Sign in to your account</title>', 'doubtful']]) {
    entra.script.authorize = { headers: { 'content-type': 'text/html' }, body };
    assert.equal(the(await look(['entra'], settings(), 0), 'entra.redirect_uri').verdict, verdict);
  }
});

test('entra: whether tokens have groups is not guessed', async () => {
  entra.registration.readable = false;
  const groups = the(await look(['entra'], settings(), 0), 'entra.groups');
  assert.equal(groups.verdict, 'skipped');
  assert.match(groups.found, /Application\.Read\.All/);
});

test('entra: a provider of the table by its id, and none at all', async () => {
  const none = await command(['doctor', 'entra'], { data, cwd: folder });
  assert.equal(none.code, 1);
  assert.match(none.stderr, /no provider of the kind entra/);
  const made = await command(['provider', 'create', '--kind', 'entra', '--issuer', entra.url, '--graph-url', entra.url, '--client-id', CLIENT_ID, '--tenant', TENANT,
    '--scope', 'openid', '--role', `${GROUP}=admin`, '--client-secret-stdin', 'work'], { data, cwd: folder, input: CLIENT_SECRET });
  assert.equal(made.code, 0, made.stderr);
  entra.registration.redirectUris = [callback.replace('/entra/', '/work/')];
  await wrong({}, 'entra.groups', { args: ['entra', 'work'], found: /scopes lack User\.Read/, fix: /--scope User\.Read/ });
  assert.equal((await command(['doctor', 'entra', 'other'], { data, cwd: folder })).code, 1);
  assert.equal((await command(['doctor', 'elsewhere'], { data, cwd: folder })).code, 2);
});

// ---- the service ----

const closed = async () => `http://127.0.0.1:${await freePort()}`;
// Somebody who answers at the public URL.
async function somebody(answer) {
  const server = http.createServer((request, response) => answer(request, response));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => { server.closeAllConnections(); server.close(done); }) };
}

test('a service with nothing wrong, and its mail server', async () => {
  const sink = await startSmtpSink();
  const server = await startServer({ env: { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` } });
  try {
    const done = await command(['doctor', '--json'], { data: server.data, env: { AUTH_PUBLIC_URL: server.url, AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` } });
    assert.equal(done.code, 0, done.stdout + done.stderr);
    assert.deepEqual(done.json.checks.filter(({ verdict }) => verdict !== 'ok').map(({ check }) => check), ['key_vault', 'redis', 'tls']);
    assert.equal(sink.mails.length, 0, 'nothing was sent');
  } finally {
    await server.stop();
    await sink.close();
  }
});

test('what is wrong on the machine and around it', async () => {
  const service = await somebody((request, response) => response.end(JSON.stringify({ issuer: 'http://localhost:8080' })));
  const fine = { AUTH_PUBLIC_URL: service.url, AUTH_JWT_ISSUER: 'http://localhost:8080' };
  const here = (env, id, says) => wrong({ ...fine, ...env }, id, { args: [], ...says });
  try {
    await here({ AUTH_PUBLIC_URL: await closed() }, 'issuer', { found: /connect/i, fix: /start the service/ });
    await here({ AUTH_JWT_ISSUER: 'http://localhost:9' }, 'issuer', { found: /calls itself http:\/\/localhost:8080, due is http:\/\/localhost:9/, fix: /AUTH_PUBLIC_URL/ });
    await here({ AUTH_SMTP_URL: `smtp://127.0.0.1:${await freePort()}` }, 'mail', { found: /connect/i, fix: /AUTH_SMTP_URL/ });
    await here({ AUTH_REDIS_URL: `redis://127.0.0.1:${await freePort()}` }, 'redis', { found: /./, fix: /AUTH_REDIS_URL/ });
    const other = `${pem}.other`;
    execFileSync('openssl', ['genrsa', '-out', other, '2048'], { stdio: 'ignore' });
    await here({ AUTH_TLS_CERT: `${pem}.crt`, AUTH_TLS_KEY: other }, 'tls', { found: /not that of/, fix: /renew the certificate/ });
    const soon = the(await look([], { ...fine, AUTH_TLS_CERT: `${pem}.crt`, AUTH_TLS_KEY: `${pem}.key`, ...clock(350 * 86400) }, 1), 'tls');
    assert.equal(soon.verdict, 'doubtful');
    assert.equal(the(await look([], { ...fine, ...clock(-120) }, 1), 'clock').found.replace(/\d+/, 'N'), 'the clock here is N seconds slow');
    chmodSync(data, 0o755);
    await here({}, 'folder', { found: /read or written by others/, fix: /0700/ });
    chmodSync(data, 0o700);
    const master = join(data, 'master.key'), kept = readFileSync(master);
    writeFileSync(master, `${randomBytes(32).toString('hex')}\n`);
    await here({}, 'database', { found: /is not the key that the database was sealed with/, fix: /./ });
    writeFileSync(master, kept);
    assert.equal(the(await look([], fine, 0), 'database').verdict, 'ok');
  } finally {
    await service.close();
  }
});

test('SR-09: the certificate at the public URL is looked at as others see it', async () => {
  const server = await serveTls({ env: { AUTH_RATE_LIMIT: 'off' } });
  try {
    const { AUTH_PUBLIC_URL, AUTH_TLS_CERT } = server.env;
    const known = await look([], { AUTH_PUBLIC_URL, AUTH_OUTBOUND_CA: AUTH_TLS_CERT }, 0);
    assert.equal(the(known, 'issuer').verdict, 'ok');
    assert.equal(the(known, 'tls').verdict, 'doubtful', 'it is good for two days');
    const end = Date.parse(new X509Certificate(server.ca).validTo);
    assert.equal(Date.parse(/^good until (.*)$/.exec(the(known, 'tls').found)[1]), end);
    const stranger = await look([], { AUTH_PUBLIC_URL }, 1);
    for (const id of ['tls', 'issuer']) assert.match(the(stranger, id).found, /certificate/);
  } finally {
    await server.stop();
  }
});

test('a mail server that does not know us', async () => {
  const service = await somebody((request, response) => response.end(JSON.stringify({ issuer: 'http://localhost:8080' })));
  const sink = await startSmtpSink({ refuse: { NOOP: '421 go away' } });
  try {
    await wrong({ AUTH_PUBLIC_URL: service.url, AUTH_JWT_ISSUER: 'http://localhost:8080', AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` }, 'mail', { args: [], found: /421|server/i, fix: /AUTH_SMTP_URL/ });
  } finally {
    await sink.close();
    await service.close();
  }
});
