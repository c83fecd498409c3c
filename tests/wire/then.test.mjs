// SPDX-License-Identifier: Apache-2.0
// What somebody came for is not lost on the way: an application of openid-client, or a page behind a proxy, gets them back
// once they have registered, verified their address, chosen another password, accepted an invitation or enrolled a
// second factor, in a browser without scripts.  In another browser nothing is carried on, and nothing leads elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { PASSWORD, totp } from './client.mjs';
import { Person } from './person.mjs';
import { Postgres } from './postgres.mjs';
import { Provider } from './provider.mjs';
import { startSmtpSink } from './smtp_sink.mjs';

const CALLBACK = 'https://app.test/cb', RETURN = 'https://wiki.apps.test/page?x=1&y=2', EVIL = 'https://evil.test/';
const until = { until: 'https://' };
const kinds = ['SQLite', 'PostgreSQL'], providers = {};
let sink, postgres;

before(async () => {
  sink = await startSmtpSink();
  postgres = await new Postgres().start();
  for (const kind of kinds) {
    const provider = providers[kind] = await new Provider().start({ AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RETURN_HOSTS: '*.apps.test',
      ...(kind === 'SQLite' ? {} : { AUTH_DATABASE_URL: postgres.url }) });
    await provider.client('app', 'public', CALLBACK);
    await provider.run(['tenant', 'create', '--slug', 'strict', '--require-mfa']);
    await provider.run(['tenant', 'create', '--slug', 'club']);
    await provider.client('guarded', 'public', CALLBACK, '--tenant', 'strict', '--first-party');
  }
});
after(async () => {
  for (const kind of kinds) await providers[kind]?.stop();
  await sink?.close();
  await postgres?.remove();
});

// An application that sends a person to sign in, and gets them back.
class Application {
  constructor(provider, id = 'app') { Object.assign(this, { provider, id }); }

  async begin(person, more = {}) {
    this.config ??= await oidc.discovery(new URL(this.provider.url), this.id, undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
    this.pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    this.expectedState = oidc.randomState();
    const address = oidc.buildAuthorizationUrl(this.config, { redirect_uri: CALLBACK, scope: 'openid email', state: this.expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(this.pkceCodeVerifier), code_challenge_method: 'S256', ...more });
    return person.open(address, until);
  }

  // Whoever is back at the application.
  async back({ url }) {
    assert.ok(url.href.startsWith(CALLBACK), `not at the application but at ${url}`);
    const { pkceCodeVerifier, expectedState } = this;
    return (await oidc.authorizationCodeGrant(this.config, url, { pkceCodeVerifier, expectedState })).claims();
  }
}

const hrefs = (page) => [...page.text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href.replaceAll('&amp;', '&'));
const follow = (person, path) => {
  const href = hrefs(person.page).find((one) => one.startsWith(path));
  assert.ok(href, `no link to ${path} on ${person.page.url}:\n${person.page.text}`);
  return person.open(new URL(href, person.page.url), until);
};
const at = (page, path) => assert.equal(page.url.pathname, path, `${page.url}:\n${page.text.slice(0, 2000)}`);
const linkTo = async (email, n = 1) => /https?:\/\/\S+\?token=\S+/.exec((await sink.mailTo(email, n)).text)[0];

// From a sign-in page to the page that says that a mail was sent.
async function register(person, email) {
  await follow(person, '/register');
  person.email = email;
  at(await person.submit('/register', { full_name: 'New', email, password: PASSWORD }), '/check-mail');
}

async function forget(person, email) {
  await follow(person, '/forgot-password');
  person.email = email;
  at(await person.submit('/forgot-password', { email }), '/check-mail');
}

// The link of a mail, its form, and the sign-in that follows.
async function goOn(person, link, form, filled = {}) {
  await person.open(link);
  at(await person.submit(form, filled, until), '/sign-in');
  return person.through(until);
}

for (const kind of kinds) {
  test(`who registers, and verifies the address, is back at the application: ${kind}`, async () => {
    const person = new Person(), application = new Application(providers[kind]), email = `new@${kind}.example.com`.toLowerCase();
    at(await application.begin(person), '/sign-in');
    await register(person, email);
    // Another link is asked for on the way.
    at(await person.submit('/verify-email/resend', { email }), '/check-mail');
    assert.equal((await application.back(await goOn(person, await linkTo(email, 2), '/verify-email'))).email, email);
    assert.ok(!person.cookies.get('localhost').has('waiting'));
    // Once more, by another password.
    const again = new Person();
    at(await application.begin(again), '/sign-in');
    await forget(again, email);
    again.password = 'Another-horse-8-battery';
    assert.equal((await application.back(await goOn(again, await linkTo(email, 3), '/reset-password', { password: again.password }))).email, email);
  });

  test(`WB-14: another browser is led nowhere, and the first one goes on: ${kind}`, async () => {
    const first = new Person(), other = new Person(), application = new Application(providers[kind]), email = `two@${kind}.example.com`.toLowerCase();
    const request = (await application.begin(first)).url.searchParams.get('request');
    await register(first, email);
    other.email = email;
    at(await goOn(other, await linkTo(email), '/verify-email'), '/account');
    // Who knows the request of another browser has nothing of it.
    const stranger = new Person({ email });
    const page = await stranger.open(`${providers[kind].url}/sign-in?request=${request}`);
    assert.ok(!page.text.includes(request) && !page.text.includes('The app'));
    at(await stranger.through(until), '/account');
    await follow(first, '/sign-in?request=');
    assert.equal((await application.back(await first.through(until))).email, email);
  });

  test(`who comes from a page behind a proxy gets there by registering and by another password: ${kind}`, async () => {
    const { url } = providers[kind], person = new Person(), email = `wiki@${kind}.example.com`.toLowerCase();
    const start = `${url}/sign-in?return_to=${encodeURIComponent(RETURN)}`;
    await person.open(start);
    await register(person, email);
    assert.equal((await goOn(person, await linkTo(email), '/verify-email')).url.href, RETURN);
    const again = new Person();
    await again.open(start);
    await forget(again, email);
    again.password = 'Another-horse-8-battery';
    assert.equal((await goOn(again, await linkTo(email, 2), '/reset-password', { password: again.password })).url.href, RETURN);
  });

  test(`URI-12: no page, mail or planted cookie leads to a host that nobody named: ${kind}`, async () => {
    const { url } = providers[kind], person = new Person(), email = `led@${kind}.example.com`.toLowerCase();
    for (const [name, value] of [['return_to', EVIL], ['then', EVIL], ['then', '//evil.test/'], ['then', 'https://apps.test.evil.test/'], ['request', EVIL]]) {
      for (const path of ['/sign-in', '/register', '/forgot-password', '/check-mail', '/account/factor'])
        assert.ok(!(await person.open(`${url}${path}?${name}=${encodeURIComponent(value)}`)).text.includes('evil.test'), `${path} ${name}`);
      assert.ok(!person.cookies.get('localhost')?.get('waiting')?.value.includes('evil'));
    }
    await person.open(`${url}/sign-in`);
    await register(person, email);
    for (const planted of [`then=${encodeURIComponent(EVIL)}`, `request=${encodeURIComponent(EVIL)}`, `request=${'a'.repeat(43)}`, EVIL, '%00', 'then=a&then=b'])
      for (const path of [await linkTo(email), `${url}/register?token=x`, `${url}/join?token=x`, `${url}/reset-password?token=x`]) {
        person.cookies.get('localhost').set('waiting', { name: 'waiting', value: planted, path: '/' });
        assert.ok(!(await person.open(path)).text.includes('evil.test'), `${path} ${planted}`);
      }
    person.cookies.get('localhost').set('waiting', { name: 'waiting', value: `then=${encodeURIComponent(EVIL)}`, path: '/' });
    at(await goOn(person, await linkTo(email), '/verify-email'), '/account');
    assert.ok(!person.way.some((address) => new URL(address).hostname === 'evil.test'));
  });

  test(`who accepts an invitation is back at the application: ${kind}`, async () => {
    const provider = providers[kind], person = new Person(), application = new Application(provider), email = `guest@${kind}.example.com`.toLowerCase();
    at(await application.begin(person), '/sign-in');
    await provider.run(['tenant', 'invite', email, '--tenant', 'club']);
    at(await person.open(await linkTo(email)), '/register');
    person.email = email;
    at(await person.submit('/register', { full_name: 'Guest', email, password: PASSWORD }, until), '/sign-in');
    assert.equal((await application.back(await person.through(until))).email, email);
    // Who has an account already joins.
    await provider.run(['tenant', 'invite', email]);
    const again = new Person({ email });
    at(await application.begin(again), '/sign-in');
    assert.equal((await application.back(await goOn(again, await linkTo(email, 2), '/join'))).email, email);
  });

  test(`who has to enrol a second factor first is back at the application: ${kind}`, async () => {
    const provider = providers[kind], application = new Application(provider, 'guarded'), email = `mfa@${kind}.example.com`.toLowerCase();
    const { id } = await provider.run(['user', 'create', '--email', email, '--name', 'M', '--password-stdin'], PASSWORD);
    await provider.run(['tenant', 'member', id, '--tenant', 'strict']);
    const person = new Person({ email });
    at(await application.begin(person), '/sign-in');
    at(await person.through(until), '/account/factor');
    assert.match(person.page.text, /asks for a second factor/);
    // Nobody may be asked, so that it is an error of the application.
    const silent = new Person();
    Object.assign(silent, { cookies: structuredClone(person.cookies) });
    assert.equal((await application.begin(silent, { prompt: 'none' })).url.searchParams.get('error'), 'unmet_authentication_requirements');
    await application.begin(person);
    at(person.page, '/account/factor');
    const enrol = await person.submit('/account/factor');
    const secret = /<p class="secret"><code>([^<]*)</.exec(enrol.text)[1].replaceAll(' ', '');
    assert.equal((await person.submit('/account/factor/confirm', { code: '000000' })).status, 422);
    await person.submit('/account/factor/confirm', { code: await totp(secret, -1) });
    assert.match(person.page.text, /class="codes"/);
    // The page leads on, so that nothing is kept for another time.
    assert.ok(!person.cookies.get('localhost').has('waiting'));
    // What was proven before does not have it.
    at(await follow(person, '/oauth2/authorize/continue'), '/sign-in');
    await person.submit('/sign-in', { email, password: PASSWORD }, until);
    at(person.page, '/sign-in/code');
    const claims = await application.back(await person.submit('/sign-in/code', { code: await totp(secret) }, until));
    assert.equal(claims.email, email);
    // From the account, without an application, it ends there.
    assert.ok(!person.cookies.get('localhost').has('waiting'));
  });
}
