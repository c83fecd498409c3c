// SPDX-License-Identifier: Apache-2.0
// What the tests of signing in with Entra ID share: the service, the emulator beside it, people of whom each is met once, and
// the walk there and back.
import assert from 'node:assert/strict';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT, someone } from './entra.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

export const START = '/auth/oauth/entra';
export const GROUP = '22222222-0000-0000-0000-000000000001';

let people = 0;
export const person = (own = {}) => {
  const n = String(++people).padStart(12, '0');
  return someone({ oid: `aaaaaaaa-0000-0000-0000-${n}`, sub: `pairwise-${n}`, preferred_username: `p${n}@contoso.example`, ...own });
};

export class Stage {
  async open(env = {}) {
    this.entra = await new Entra().start();
    this.sink = await startSmtpSink();
    const { entra, sink } = this;
    this.server = await startServer({
      env: {
        AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
        AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_LOG_LEVEL: 'debug',
        AUTH_AZURE_CLIENT_ID: CLIENT_ID, AUTH_AZURE_CLIENT_SECRET: CLIENT_SECRET, AUTH_AZURE_TENANT_ID: 'organizations',
        AUTH_AZURE_ALLOWED_TENANTS: TENANT.toUpperCase(), AUTH_AZURE_AUTHORITY_HOST: entra.url, AUTH_AZURE_GRAPH_URL: entra.url,
        AUTH_AZURE_CREATE_USERS: 'on', AUTH_AZURE_EMAIL_DOMAINS: 'contoso.example',
        AUTH_AZURE_ROLES: `Mods=moderator,${GROUP}=admin`, ...env,
      },
    });
    return this;
  }

  async close() {
    await this.server?.stop();
    await this.sink?.close();
    await this.entra?.close();
  }

  // Each test has people of its own; the keys stay, since rolling them has a test of its own.
  begin() {
    const { keys } = this.entra;
    this.entra.reset();
    this.entra.keys = keys;
    this.entra.memberOf = undefined;
    this.entra.user = person();
  }

  browser() { return new Client(this.server.url, { jar: true }); }

  local(url) { return url.slice(this.server.url.length); }

  // To the provider: where it would send the browser, without following.
  async go(b, start = START) {
    const begun = await b.get(start);
    assert.equal(begun.status, 303, begun.text);
    const there = await fetch(begun.headers.get('location'), { redirect: 'manual' });
    assert.equal(there.status, 302, await there.text());
    return this.local(there.headers.get('location'));
  }

  async signIn(b, start) { return b.get(await this.go(b, start), { headers: { 'sec-fetch-site': 'cross-site' } }); }

  // The sign-in is refused with `status`, by a page that does not say why; nobody is signed in.
  async refused(status, why, b = this.browser()) {
    const before = this.server.log.length;
    const answer = await this.signIn(b);
    assert.equal(answer.status, status, `${answer.headers.get('location')} ${answer.text}\n${this.server.log.slice(before)}`);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    assert.equal(b.jar.has('session'), false);
    assert.equal((await b.get('/auth/me')).status, 401);
    for (let i = 0; i < 100 && !why.test(this.server.log.slice(before)); i++) await new Promise((done) => setTimeout(done, 10));
    assert.match(this.server.log.slice(before), why);
    return answer;
  }

  // Somebody with an account here, signed in with its password.
  async localPerson(email) {
    await makeUser(new Client(this.server.url), this.sink, email);
    const b = this.browser();
    const answer = await b.post('/auth/login', { email, password: PASSWORD, mode: 'session' });
    assert.equal(answer.status, 200, answer.text);
    b.headers = { 'x-csrf-token': answer.json.csrf_token };
    return b;
  }

  // The owner is told by a letter that says `text`.
  async letter(to, text) {
    const came = () => this.sink.mails.some((mail) => mail.to.includes(to) && text.test(mail.text));
    for (let i = 0; i < 500 && !came(); i++) await new Promise((done) => setTimeout(done, 10));
    assert.ok(came(), `no letter says ${text}`);
  }
}

export async function me(b) { return (await b.get('/auth/me')).json; }
