// SPDX-License-Identifier: Apache-2.0
// MSAL speaks https only: what carries its calls to the port of the emulator, for Node.js and for Python, and the example in
// C beside them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as msal from '@azure/msal-node';
import { CLIENT_ID, CLIENT_SECRET, TENANT } from './entra.mjs';
import { binary } from './server.mjs';

export const HOST = 'login.entra.test';
const PYTHON = '/usr/bin/python3';

export const carriedUrl = (entra, url) => url.replace(`https://${HOST}`, `http://127.0.0.1:${entra.port}`);

// The network client of MSAL for Node.js.
export function carrier(entra) {
  const carry = async (method, url, { headers, body } = {}) => {
    assert.equal(new URL(url).host, HOST);
    const response = await fetch(carriedUrl(entra, url), { method, headers, body });
    const text = (await response.text()).replaceAll(entra.url, `https://${HOST}`);
    let parsed = text;
    try { parsed = JSON.parse(text); } catch { /* it is text */ }
    return { headers: Object.fromEntries(response.headers), body: parsed, status: response.status };
  };
  return { sendGetRequestAsync: (url, options) => carry('GET', url, options), sendPostRequestAsync: (url, options) => carry('POST', url, options) };
}

const options = (entra, authority, auth, system) => ({
  auth: { clientId: CLIENT_ID, authority: `https://${HOST}/${authority}`, knownAuthorities: [HOST], ...auth }, system: { networkClient: carrier(entra), ...system },
});
export const confidential = (entra, { authority = TENANT, secret = CLIENT_SECRET, certificate, system } = {}) =>
  new msal.ConfidentialClientApplication(options(entra, authority, certificate ? { clientCertificate: certificate } : { clientSecret: secret }, system));
export const open = (entra, authority = TENANT) => new msal.PublicClientApplication(options(entra, authority));

const REDIRECT = 'https://app.test/cb';

// The walk that a browser would make, and the exchange; `expected` is the nonce that MSAL is told to look for.
export async function signInCarried(entra, app, { nonce = 'n-1', expected = nonce, scopes = ['User.Read'], ...more } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const asked = { scopes, redirectUri: REDIRECT, ...more };
  const url = await app.getAuthCodeUrl({
    ...asked, state: 's-1', nonce, codeChallengeMethod: 'S256',
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  const there = await fetch(carriedUrl(entra, url), { redirect: 'manual' });
  // By form_post it is a page that sends it.
  const form = there.status === 200 ? [...(await there.text()).matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]) : [];
  const back = new URL(there.headers.get('location')?.replace('#', '?') ?? `${REDIRECT}?${new URLSearchParams(form)}`);
  assert.equal(back.searchParams.get('state'), 's-1');
  return app.acquireTokenByCode({ ...asked, code: back.searchParams.get('code'), codeVerifier: verifier, state: 's-1', nonce: expected },
    { code: back.searchParams.get('code'), state: 's-1', client_info: back.searchParams.get('client_info') });
}

// What a program prints as JSON; the emulator answers meanwhile.
const CARRIED = `
import json, sys, msal, requests
url, client, tenant, path = sys.argv[1:]
cache = msal.SerializableTokenCache()
cache.deserialize(open(path).read())
class Carried:
    def __init__(self):
        self.session = requests.Session()
    def get(self, target, **more):
        answer = self.session.get(target.replace("https://127.0.0.1", "http://127.0.0.1"), **more)
        answer._content = answer.content.replace(b"http://127.0.0.1", b"https://127.0.0.1")
        return answer
    def post(self, target, **more):
        return self.session.post(target.replace("https://127.0.0.1", "http://127.0.0.1"), **more)
    def close(self):
        pass
app = msal.PublicClientApplication(client, authority=url.replace("http", "https", 1) + "/" + tenant, token_cache=cache, http_client=Carried(), instance_discovery=False)
account = next(iter(app.get_accounts()), None)
`;

// MSAL for Python on the cache in `cache`: `text` goes on with `app` and `account`, who may be None.
export const python = (entra, folder, cache, text, tenant = TENANT) => new Promise((done, failed) => {
  const script = join(folder, 'carried.py');
  writeFileSync(script, CARRIED + text);
  const child = spawn(PYTHON, [script, entra.url, CLIENT_ID, tenant, cache], { env: { PATH: process.env.PATH }, timeout: 60000 });
  let [out, trouble] = ['', ''];
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { trouble += part; });
  child.on('close', () => { try { done(JSON.parse(out)); } catch { failed(new Error(trouble)); } });
});

// examples/c/NAME: { code, printed }.
export const example = (name, args, input = '') => new Promise((done) => {
  const { PATH, ASAN_OPTIONS = '' } = process.env;
  const child = spawn(join(dirname(binary), 'examples/c', name), args, { env: { PATH, ASAN_OPTIONS }, timeout: 60000 });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { printed += text; });
  child.stdin.on('error', () => {}).end(input);
  child.on('close', (code) => done({ code, printed }));
});
