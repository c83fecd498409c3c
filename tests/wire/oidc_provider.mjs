// SPDX-License-Identifier: Apache-2.0
// A provider that others have written, panva's oidc-provider, in this process: somebody may sign in there by any name, with any
// password, and consents.
import { createServer } from 'node:http';
import { Provider, errors } from 'oidc-provider';

export const SECRET = 'CANARY-a-secret-of-oidc-provider&=%';
export const RESOURCE = 'https://api.example/';

// `clients` is metadata of clients; `config` replaces parts of the configuration.
export class OidcProvider {
  async start({ clients = [], config = {}, features = {} } = {}) {
    this.server = createServer();
    await new Promise((done) => this.server.listen(0, 'localhost', done));
    this.url = `http://localhost:${this.server.address().port}`;
    this.provider = new Provider(this.url, {
      clients,
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@op.example`, email_verified: true, name: id }) }),
      pkce: { required: () => true },
      rotateRefreshToken: true,
      clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      scopes: ['openid', 'offline_access', 'read', 'write'],
      issueRefreshToken: async (ctx, client, code) => code.scopes.has('offline_access'),
      cookies: { keys: ['a key of tests'] },
      // Applications of the tests are on this machine, which it would not call.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      enabledJWA: { dPoPSigningAlgValues: ['ES256'] },
      features: {
        clientCredentials: { enabled: true }, deviceFlow: { enabled: true }, introspection: { enabled: true },
        revocation: { enabled: true }, pushedAuthorizationRequests: { enabled: true },
        dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
        rpInitiatedLogout: { enabled: true },
        resourceIndicators: {
          enabled: true, defaultResource: () => undefined, useGrantedResource: () => true,
          getResourceServerInfo: (ctx, indicator) => {
            if (indicator !== RESOURCE) throw new errors.InvalidTarget();
            return { scope: 'read write', audience: 'api', accessTokenFormat: 'jwt', accessTokenTTL: 600 };
          },
        },
        ...features,
      },
      ...config,
    });
    this.errors = [];
    this.provider.on('server_error', (ctx, error) => this.errors.push(error));
    this.provider.on('backchannel.error', (ctx, error) => this.errors.push(error));
    this.server.on('request', this.provider.callback());
    return this;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  // A browser, with the cookies of `jar`, of somebody who signs in there as `name`, and signs out if asked whether they want to:
  // follows everything until a URL that is not the provider's.
  async walk(url, name = 'alice', jar = new Map()) {
    let next = url;
    let form;
    for (let i = 0; i < 20; i++) {
      const answer = await fetch(next, {
        method: form ? 'POST' : 'GET', body: form, redirect: 'manual',
        headers: { cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; '), accept: 'text/html' },
      });
      for (const line of answer.headers.getSetCookie()) {
        const [key, value] = line.split(';')[0].split('=');
        if (value) jar.set(key, value); else jar.delete(key);
      }
      form = undefined;
      const text = await answer.text();
      const location = answer.headers.get('location');
      if (location) {
        next = new URL(location, next).href;
        if (!next.startsWith(this.url)) return next;
        continue;
      }
      if (answer.status >= 400) throw new Error(`${answer.status} at ${next}: ${text}`);
      const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1];
      if (!action) return text;
      const fields = [...text.matchAll(/<input[^>]*>/g)].map(([tag]) => [/name="([^"]+)"/.exec(tag)?.[1], /value="([^"]*)"/.exec(tag)?.[1]]).filter(([key]) => key);
      form = new URLSearchParams(fields.filter(([, value]) => value !== undefined));
      if (/name="login"/.test(text)) { form.set('login', name); form.set('password', 'any'); }
      if (/name="logout"/.test(text)) form.set('logout', 'yes');
      next = new URL(action.replaceAll('&amp;', '&'), next).href;
      if (!next.startsWith(this.url)) return { action: next, form };
    }
    throw new Error(`no end: ${next}`);
  }
}
