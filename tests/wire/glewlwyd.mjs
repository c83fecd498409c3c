// SPDX-License-Identifier: Apache-2.0
// A provider that others have written: Debian's Glewlwyd as a process of its own, with Gwen, who lets every client of the
// tests in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort } from './server.mjs';

const BINARY = '/usr/bin/glewlwyd';
const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
export const GLEWLWYD = existsSync(BINARY) && existsSync(SCHEMA) ? false : 'Glewlwyd is not installed';
// It takes what stands in the header as it is, and does not decode it (RFC 6749 2.3.1).
export const GLEWLWYD_SECRET = 'CANARY-glewlwyd-secret';
export const GWEN = 'gwen@glewlwyd.example';
const PASSWORD = 'a password of tests';

const settings = (port, database) => `
port=${port}
external_url="http://localhost:${port}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="WARNING"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3"; path = "${database}"; };
`;

function plugin(issuer) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    module: 'oidc', name: 'op', display_name: 'OP',
    parameters: {
      iss: issuer, 'jwt-type': 'rsa', 'jwt-key-size': '256', 'jwks-show': true, 'subject-type': 'public', 'allowed-scope': ['openid'],
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }), cert: publicKey.export({ format: 'pem', type: 'spki' }),
      'access-token-duration': 3600, 'refresh-token-duration': 1209600, 'code-duration': 600, 'refresh-token-rolling': true,
      'refresh-token-one-use': 'always', 'allow-non-oidc': true, 'auth-type-code-enabled': true, 'auth-type-token-enabled': false,
      'auth-type-id-token-enabled': true, 'auth-type-none-enabled': false, 'auth-type-password-enabled': false,
      'auth-type-client-enabled': true, 'auth-type-device-enabled': true, 'auth-type-refresh-enabled': true,
      'device-authorization-expiration': 600, 'device-authorization-interval': 1, 'pkce-allowed': true, 'pkce-method-plain-allowed': false,
      'pkce-required': true, 'introspection-revocation-allowed': true, 'introspection-revocation-allow-target-client': true,
      'request-parameter-allow': true, 'oauth-par-allowed': true, 'oauth-par-duration': 90, 'oauth-par-required': false,
      'oauth-par-request_uri-prefix': 'urn:ietf:params:oauth:request_uri:', 'oauth-dpop-allowed': true, 'oauth-dpop-iat-duration': 60,
      'oauth-dpop-nonce-mandatory': false, 'email-claim': 'mandatory', 'name-claim': 'mandatory', 'scope-claim': 'no',
      'client-pubkey-parameter': 'pubkey', 'client-jwks-parameter': 'jwks', 'client-jwks_uri-parameter': 'jwks_uri',
    },
  };
}

export class Glewlwyd {
  async start() {
    this.folder = mkdtempSync(join(tmpdir(), 'uauth-glewlwyd-'));
    const port = await freePort();
    const [conf, file] = [join(this.folder, 'conf'), join(this.folder, 'db')];
    const database = new DatabaseSync(file);
    database.exec(readFileSync(SCHEMA, 'utf8'));
    database.close();
    writeFileSync(conf, settings(port, file));
    this.api = `http://localhost:${port}/api`;
    this.url = `${this.api}/op`;
    this.log = '';
    this.child = spawn(BINARY, [`--config-file=${conf}`], { env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.setEncoding('utf8').on('data', (text) => { this.log += text; });
    this.ended = new Promise((done) => this.child.on('close', done));
    this.admin = await this.session('admin', 'password');
    await this.call(this.admin, 'POST', '/mod/plugin', plugin(this.url));
    await this.call(this.admin, 'POST', '/user', { username: 'gwen', password: PASSWORD, name: 'Gwen', email: GWEN, scope: ['openid', 'g_profile'], enabled: true, source: 'database' });
    this.gwen = await this.session('gwen', PASSWORD);
    return this;
  }

  async close() {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  // Signs somebody in there, once it listens; resolves to their cookie.
  async session(username, password) {
    for (const end = Date.now() + 20000; ;) {
      try {
        const answer = await fetch(`${this.api}/auth`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password }) });
        assert.equal(answer.status, 200, this.log);
        return answer.headers.getSetCookie()[0].split(';')[0];
      } catch (error) {
        if (Date.now() > end || error.code === 'ERR_ASSERTION') throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  }

  async call(cookie, method, path, body) {
    const answer = await fetch(this.api + path, { method, headers: { cookie, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, `${path}: ${await answer.text()}\n${this.log}`);
  }

  // A client, which Gwen has let in; without a secret a public one.
  async client(id, secret, redirectUris = []) {
    await this.call(this.admin, 'POST', '/client', {
      client_id: id, name: id, confidential: Boolean(secret), ...(secret ? { client_secret: secret, password: secret } : {}), redirect_uri: redirectUris,
      authorization_type: ['code', 'client_credentials', 'device_authorization', 'refresh_token', 'delete_token'],
      token_endpoint_auth_method: secret ? ['client_secret_basic', 'client_secret_post'] : ['none'], scope: ['openid'], enabled: true, source: 'database',
    });
    await this.call(this.gwen, 'PUT', `/auth/grant/${id}`, { scope: 'openid' });
  }

  // Gwen at a URL of the provider: her answer to what it asks.  Resolves to where it sends her.
  async walk(url) {
    const there = `${url}${url.includes('?') ? '&' : '?'}g_continue`;
    const answer = await fetch(there, { headers: { cookie: this.gwen }, redirect: 'manual' });
    assert.equal(answer.status, 302, `${answer.status} ${await answer.text()}\n${this.log}`);
    return answer.headers.get('location');
  }
}
