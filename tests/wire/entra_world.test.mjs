// SPDX-License-Identifier: Apache-2.0
// entra.md 7.3, 19: programs that know only login.microsoftonline.com at 443, without an option that tests need, meet the
// emulator: names and connections are led to it from outside (tests/preload/elsewhere.c).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, test } from 'node:test';
import { EntraTls } from './azure_platform.mjs';
import { command } from './command.mjs';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';
import { Client } from './client.mjs';
import { noPython } from './installed.mjs';
import { binary, startServer } from './server.mjs';

const HOST = 'login.microsoftonline.com', SCOPE = 'https://vault.azure.net/.default';
const here = dirname(fileURLToPath(import.meta.url));
const library = join(dirname(binary), 'tests', 'preload', 'libelsewhere.so');
let folder, entra, led;
before(async () => {
  assert.ok(existsSync(library), `${library} is made with the tests`);
  folder = mkdtempSync(join(tmpdir(), 'uauth-world-'));
  entra = await new EntraTls().startTls(folder, HOST);
  led = { LD_PRELOAD: library, ELSEWHERE_HOST: HOST, ELSEWHERE_PORT: String(entra.tlsPort), ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0` };
});
after(async () => {
  await entra?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => entra.reset());

const run = (program, args, env) => new Promise((done, failed) => {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...led, ...env }, timeout: 60000 });
  let [out, trouble] = ['', ''];
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { trouble += part; });
  child.on('close', () => { try { done(JSON.parse(out)); } catch { failed(new Error(trouble || out)); } });
});

test('7.3, 19: MSAL for Node.js signs somebody in, and @azure/identity gets a token', async () => {
  const told = await run(process.execPath, [join(here, 'entra_world.mjs'), CLIENT_ID, CLIENT_SECRET, TENANT, SCOPE], { NODE_EXTRA_CA_CERTS: entra.own.certPath });
  assert.deepEqual(told, { username: 'alice@contoso.example', environment: 'login.windows.net', iss: `https://${HOST}/${TENANT}/v2.0`, fromCache: true, own: `app ${SCOPE}` });
});

const PY = `
import json, sys, urllib.parse, msal, requests
client, secret, tenant, scope = sys.argv[1:]
app = msal.ConfidentialClientApplication(client, client_credential=secret, authority="https://login.microsoftonline.com/" + tenant)
flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri="https://app.test/cb")
there = requests.get(flow["auth_uri"], allow_redirects=False)
answer = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(there.headers["location"]).query))
got = app.acquire_token_by_auth_code_flow(flow, answer)
account = app.get_accounts()[0]
own = app.acquire_token_for_client([scope])
print(json.dumps({"username": account["username"], "environment": account["environment"], "iss": got["id_token_claims"]["iss"], "kept": app.acquire_token_silent(["User.Read"], account=account)["access_token"] == got["access_token"], "own": own["access_token"]}))
`;
test('7.3, 19: MSAL for Python signs somebody in, after it has asked whose host that is', { skip: noPython('msal') }, async () => {
  const told = await run('/usr/bin/python3', ['-c', PY, CLIENT_ID, CLIENT_SECRET, TENANT, SCOPE], { REQUESTS_CA_BUNDLE: entra.own.certPath });
  assert.deepEqual(told, { username: 'alice@contoso.example', environment: HOST, iss: `https://${HOST}/${TENANT}/v2.0`, kept: true, own: `app ${SCOPE}` });
});

test('7.3, 19: ours gets a token, and lets somebody in', async () => {
  const own = await command(['token', 'azure', '--scope', SCOPE, '--json', '--credential', 'environment'],
    { env: { ...led, AUTH_OUTBOUND_CA: entra.own.certPath, AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT_ID, AZURE_CLIENT_SECRET: CLIENT_SECRET } });
  assert.equal(own.json?.access_token, `app ${SCOPE}`, own.stderr);
  const server = await startServer({ env: { ...led, AUTH_OUTBOUND_CA: entra.own.certPath, AUTH_AZURE_CLIENT_ID: CLIENT_ID, AUTH_AZURE_CLIENT_SECRET: CLIENT_SECRET,
    AUTH_AZURE_TENANT_ID: TENANT, AUTH_AZURE_CREATE_USERS: 'on', AUTH_AZURE_EMAIL_DOMAINS: 'contoso.example' } });
  try {
    const b = new Client(server.url, { jar: true });
    const begun = await b.get('/auth/oauth/entra');
    const url = begun.headers.get('location');
    assert.ok(url.startsWith(`https://${HOST}/${TENANT}/oauth2/v2.0/authorize?`), url);
    const there = await fetch(url.replace(`https://${HOST}`, `http://127.0.0.1:${entra.port}`), { redirect: 'manual' });
    const answer = await b.get(there.headers.get('location').slice(server.url.length));
    assert.equal(answer.status, 303, answer.text + server.log.slice(-2000));
    assert.equal((await b.get('/auth/me')).json.email, 'alice@contoso.example');
  } finally {
    await server.stop();
  }
});
