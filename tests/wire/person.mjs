// SPDX-License-Identifier: Apache-2.0
// A person with a browser that has no scripts: it keeps cookies, follows redirects from one host to the next, and sends
// forms as they stand on the page.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { PASSWORD } from './client.mjs';

const REDIRECTS_MAX = 20;
const decode = (text) => text.replaceAll(/&(amp|lt|gt|quot|#39|#x27|#x2F|#47);/g,
  (whole, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'", '#x2F': '/', '#47': '/' })[name]);

function attributesOf(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, decode(value)]));
}

// The forms of a page: where each goes, its fields with their values, and its first button.
export function formsOf(html) {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head, inside]) => {
    const fields = {};
    for (const [, tag] of inside.matchAll(/<input\b([^>]*)>/g)) {
      const { name, value = '' } = attributesOf(tag);
      if (name) fields[name] = value;
    }
    const button = attributesOf(/<button\b([^>]*)>/.exec(inside)?.[1] ?? '');
    return { ...attributesOf(head), fields: button.name ? { ...fields, [button.name]: button.value } : fields };
  });
}

// Not by fetch, which says that a script calls.
const navigate = (method, url, { headers, ca }, body) => new Promise((done, failed) => {
  const { request: send } = url.protocol === 'https:' ? https : http;
  const request = send(url, { method, headers, ca }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
    answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
  });
  request.on('error', failed).end(body);
});

export class Person {
  constructor({ email = null, password = PASSWORD, ca } = {}) { Object.assign(this, { email, password, ca, cookies: new Map(), way: [] }); }

  // Browsers do not tell ports apart when it comes to cookies.
  cookiesFor({ hostname, pathname }) {
    const own = [...(this.cookies.get(hostname)?.values() ?? [])];
    return own.filter(({ path }) => pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  keepCookies({ hostname }, lines) {
    const jar = this.cookies.get(hostname) ?? new Map();
    this.cookies.set(hostname, jar);
    for (const line of lines) {
      const [, name, value, rest] = /^([^=]*)=([^;]*)(.*)$/.exec(line);
      const path = /; *path=([^;]*)/i.exec(rest)?.[1] ?? '/';
      const expires = /; *expires=([^;]*)/i.exec(rest)?.[1];
      if (/; *max-age=(0|-\d+)/i.test(rest) || (expires && Date.parse(expires) < Date.now())) jar.delete(name);
      else jar.set(name, { name, value, path });
    }
  }

  async send(method, url, { form, from } = {}) {
    const site = !from ? 'none' : from.origin === url.origin ? 'same-origin' : 'cross-site';
    const headers = { cookie: this.cookiesFor(url), accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': site };
    if (form) Object.assign(headers, { origin: from.origin, 'content-type': 'application/x-www-form-urlencoded' });
    const answer = await navigate(method, url, { headers, ca: this.ca }, form && new URLSearchParams(form).toString());
    this.keepCookies(url, answer.headers['set-cookie'] ?? []);
    this.way.push(url.href);
    return answer;
  }

  // Goes to an address and wherever that leads.  At an address that `until` begins with it stops before calling it.
  async open(address, { method = 'GET', form, from, until } = {}) {
    let url = new URL(address), how = { method, form };
    for (let i = 0; i < REDIRECTS_MAX; i++) {
      if (until && url.href.startsWith(until)) return this.stand({ url, status: 0, text: '' });
      const answer = await this.send(how.method, url, { form: how.form, from });
      const to = answer.headers.location;
      if (answer.status < 300 || answer.status >= 400 || !to) return this.stand({ url, ...answer });
      if (answer.status !== 307 && answer.status !== 308) how = { method: 'GET' };
      url = new URL(to, url);
    }
    throw new Error(`too many redirects:\n${this.way.slice(-REDIRECTS_MAX).join('\n')}`);
  }

  stand(page) {
    this.page = page;
    return page;
  }

  // Sends the form of the page that goes to `action`, or the only one.
  submit(action, filled = {}, options = {}) {
    const forms = formsOf(this.page.text);
    const form = forms.find((one) => !action || new URL(one.action, this.page.url).pathname === action);
    assert.ok(form, `no form ${action} on ${this.page.url}:\n${this.page.text}`);
    const url = new URL(form.action ?? '', this.page.url);
    return this.open(url, { method: 'POST', form: { ...form.fields, ...filled }, from: this.page.url, ...options });
  }

  // Through the hosted pages as they come: who one is, whether one lets the application, an answer by form.
  async through(options = {}) {
    for (let i = 0; i < 5 && this.page.status === 200; i++) {
      const { pathname } = this.page.url;
      if (pathname === '/sign-in') await this.submit('/sign-in', { email: this.email, password: this.password }, options);
      else if (pathname === '/consent') await this.submit('/consent', { answer: 'allow' }, options);
      else if (this.page.text.includes('<form class="form-post"')) await this.submit(undefined, {}, options);
      else break;
    }
    return this.page;
  }

  // Goes to an address that leads to the hosted pages, and through them.
  async signIn(address, options = {}) {
    await this.open(address, options);
    return this.through(options);
  }
}
