// SPDX-License-Identifier: Apache-2.0
// A walk through the hosted pages, as a person would: each page that they come to is shown to look(name).
import assert from 'node:assert/strict';
import { PASSWORD, tokenIn, totp } from '../wire/client.mjs';
import * as visits from './visits.mjs';

const OTHER = 'Another-horse-9-battery';

// The languages by their short names, with the tags that pages bear.
export const LANGUAGES = { en: 'en', de: 'de', fr: 'fr', es: 'es', zh: 'zh-Hans', ja: 'ja' };

export class Walk {
  // Of the stage, and `look`, which is shown each page by name. 
  constructor({ server, sink, entra, application, invite, setPassword, context, language, look }) {
    Object.assign(this, { server, sink, entra, application, invite, setPassword, context, language, look, email: `ada-${language}@example.com` });
  }

  async begin() {
    this.page = await this.context.newPage();
    await this.go(`/sign-in?lang=${this.language}`);
    await this.see('set up', '/setup?code=AAAAAAAAAAAAAAAAAAAAAA');
    await this.press('/setup', { full_name: 'Ada', email: this.email, password: PASSWORD });
    await this.see('set up, wrong code');
  }

  go(path) { return this.page.goto(this.server.url + path); }

  async see(name, path) {
    if (path) await this.go(path);
    await this.look(name, this.page);
  }

  // Fills in fields by name and sends the form that has `submit` (its action) as its address.
  async send(action, fields = {}) {
    const form = this.page.locator(`form[action="${action}"]`).first();
    for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
    await Promise.all([this.page.waitForEvent('load'), form.locator('[type=submit]').first().click()]);
  }

  // The same with what the browser would not send by itself: the service has to ask for it as well.
  async press(action, fields) {
    await this.page.locator(`form[action="${action}"]`).first().evaluate((form) => { form.noValidate = true; });
    await this.send(action, fields);
  }

  at(path) { assert.equal(new URL(this.page.url()).pathname, path); }

  async register() {
    await this.see('register', '/register');
    await this.press('/register', { full_name: '', email: 'ada@', password: 'short' });
    await this.see('register, with mistakes');
    await this.send('/register', { full_name: 'Ada Lovelace', email: this.email, password: PASSWORD });
    this.at('/check-mail');
    await this.see('check your mail');
    const token = tokenIn(await this.sink.mailTo(this.email));
    await this.see('verify', `/verify-email?token=${token}`);
    await this.send('/verify-email');
    this.at('/sign-in');
    await this.see('sign in, verified');
    await this.see('link used up', `/verify-email?token=${token}`);
    await this.send('/verify-email');
    await this.see('a dead link');
  }

  async signIn(password = PASSWORD) {
    await this.go('/sign-in');
    await this.send('/sign-in', { email: this.email, password });
  }

  async signInWrongly() {
    await this.see('sign in', '/sign-in');
    await this.send('/sign-in', { email: this.email, password: 'wrong' });
    await this.see('sign in, wrong');
  }

  async forgot() {
    await this.see('forgot', '/forgot-password');
    await this.send('/forgot-password', { email: this.email });
    await this.see('check your mail for a reset');
    await this.see('reset', `/reset-password?token=${tokenIn(await this.sink.mailTo(this.email, 2))}`);
    await this.press('/reset-password', { password: 'password' });
    await this.see('reset, weak');
    await this.send('/reset-password', { password: OTHER });
    await this.see('sign in after a reset');
  }

  async account() {
    await this.see('account', '/account');
    await this.press('/account/profile', { full_name: '' });
    await this.see('account, without name');
    await this.send('/account/profile', { full_name: 'Ada King, Countess of Lovelace' });
    await this.see('account, saved');
    await this.see('change password', '/account/password');
    await this.press('/account/password', { current_password: OTHER, new_password: 'ada' });
    await this.see('change password, weak');
    await this.see('change e-mail', '/account/email');
    await this.see('erase', '/account/erase');
    await this.see('confirm', '/account/confirm?then=factor');
    await this.see('sign out', '/sign-out');
  }

  async factor() {
    await this.see('no factor', '/account/factor');
    await this.send('/account/factor');
    await this.see('enrol');
    const secret = (await this.page.locator('.secret code').textContent()).replaceAll(' ', '');
    await this.send('/account/factor/confirm', { code: '000000' });
    await this.see('enrol, wrong code');
    await this.send('/account/factor/confirm', { code: await totp(secret) });
    await this.see('recovery codes');
    const codes = await this.page.locator('.codes code').allTextContents();
    assert.equal(codes.length, 10);
    await this.see('a factor', '/account/factor');
    await this.see('account with a factor', '/account?done=factor');
    await this.go('/sign-out');
    await this.send('/sign-out');
    await this.see('signed out');
    await this.signIn(OTHER);
    this.at('/sign-in/code');
    await this.see('code');
    await this.send('/sign-in/code', { code: '000000' });
    await this.see('code, wrong');
    await this.page.locator('summary').click();
    await this.see('recovery code');
    await this.page.locator('#recovery-code').fill(codes[0]);
    await Promise.all([this.page.waitForEvent('load'), this.page.locator('details [type=submit]').click()]);
    this.at('/account');
  }

  // A password that an administrator has set.
  async mustChange() {
    await this.setPassword(this.email, PASSWORD);
    await this.signIn(PASSWORD);
    this.at('/account/password');
    await this.see('must change');
    await this.send('/account/password', { current_password: PASSWORD, new_password: OTHER });
    this.at('/account');
  }

  async erase() {
    await this.go('/account/erase');
    await this.send('/account/erase', { password: OTHER });
    await this.see('erased');
  }

  async all() {
    await this.begin();
    await this.register();
    await this.signInWrongly();
    await this.forgot();
    await this.mustChange();
    await this.account();
    await visits.consent(this);
    await visits.device(this);
    await visits.leave(this);
    await visits.tenant(this);
    await visits.invited(this);
    await this.signIn(OTHER);
    await this.factor();
    await visits.refused(this);
    await visits.problems(this);
    await this.erase();
    await visits.federated(this);
    await this.page.close();
  }
}
