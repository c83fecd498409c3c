// SPDX-License-Identifier: Apache-2.0
// A small client of the first-party API for the wire tests: JSON in and out, an optional cookie jar.
import assert from 'node:assert/strict';

export class Client {
  constructor(url, { jar = false, headers = {} } = {}) {
    this.url = url;
    this.headers = headers;
    this.jar = jar ? new Map() : null;
  }

  // As a browser would: cookies with their path, Origin and Sec-Fetch-Site of the same origin.
  cookieHeader(path) {
    const fitting = [...this.jar.values()].filter((cookie) => path.startsWith(cookie.path));
    return fitting.map((cookie) => `${cookie.name}=${cookie.value}`).join('; ');
  }

  keepCookies(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: '/', line };
      for (const attribute of attributes) {
        const [name, value] = attribute.split('=');
        if (name.toLowerCase() === 'path') cookie.path = value;
        if (name.toLowerCase() === 'max-age' && Number(value) <= 0) cookie.gone = true;
      }
      if (cookie.gone) this.jar.delete(cookie.name);
      else this.jar.set(cookie.name, cookie);
    }
  }

  async send(method, path, { json, form, body, headers = {}, token } = {}) {
    const sent = { ...this.headers, ...headers };
    let payload = body;
    if (json !== undefined) {
      payload = JSON.stringify(json);
      sent['content-type'] ??= 'application/json';
    }
    if (form !== undefined) {
      payload = new URLSearchParams(form).toString();
      sent['content-type'] ??= 'application/x-www-form-urlencoded';
    }
    if (token) sent.authorization = `Bearer ${token}`;
    if (this.jar) {
      const cookies = this.cookieHeader(path);
      if (cookies) sent.cookie = cookies;
      sent.origin ??= this.url;
      sent['sec-fetch-site'] ??= 'same-origin';
    }
    const response = await fetch(this.url + path, { method, headers: sent, body: payload, redirect: 'manual' });
    if (this.jar) this.keepCookies(response);
    const text = await response.text();
    let parsed = null;
    if (/json/.test(response.headers.get('content-type') ?? '')) parsed = JSON.parse(text);
    return { status: response.status, headers: response.headers, text, json: parsed };
  }

  get(path, options) { return this.send('GET', path, options); }
  post(path, json, options = {}) { return this.send('POST', path, { json, ...options }); }
  put(path, json, options = {}) { return this.send('PUT', path, { json, ...options }); }
  delete(path, options) { return this.send('DELETE', path, options); }
}

// The token in the link that a mail carries.
export function tokenIn(mail) {
  const found = /[?&#]token=([A-Za-z0-9_-]{20,})/.exec(mail.text);
  assert.ok(found, `no token in the mail:\n${mail.text}`);
  return found[1];
}

// A problem document as RFC 9457 wants it, of the type `slug`.
export function assertProblem(response, status, slug) {
  assert.equal(response.status, status, response.text);
  assert.match(response.headers.get('content-type'), /^application\/problem\+json/);
  assert.ok(response.json.type.endsWith(`/problems/${slug}`), `${response.json.type} is not ${slug}`);
  assert.equal(response.json.status, status);
  assert.ok(response.json.title.length > 0);
}

export const PASSWORD = 'Correct-horse-7-battery';

// Registers and verifies; resolves to the address.
export async function makeUser(client, sink, email, { password = PASSWORD, full_name = 'Test Person' } = {}) {
  const registered = await client.post('/auth/register', { email, password, full_name });
  assert.equal(registered.status, 201, registered.text);
  const verified = await client.post('/auth/verify-email', { token: tokenIn(await sink.mailTo(email)) });
  assert.equal(verified.status, 204, verified.text);
  return email;
}

// Comes back when it is asked to: hashing gives way to everything else, and a machine of tests is busy.
export async function patiently(ask) {
  let answer = await ask();
  for (let i = 0; i < 10 && answer.status === 503 && answer.headers.get('retry-after'); i++) {
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get('retry-after'))));
    answer = await ask();
  }
  return answer;
}

export async function signIn(client, email, { password = PASSWORD, ...more } = {}) {
  const answer = await patiently(() => client.post('/auth/login', { email, password, ...more }));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

// A TOTP code (RFC 6238: SHA-1, 30 s, 6 digits) of a base32 secret; `step` moves it by whole steps.
export async function totp(secret, step = 0) {
  const { createHmac } = await import('node:crypto');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of secret) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}
