// SPDX-License-Identifier: Apache-2.0
// The built binary as the OpenID provider of applications: with Ada, whose password is PASSWORD, and clients as an
// operator makes them.
import { commandOf } from './command.mjs';
import { startServer } from './server.mjs';
import { PASSWORD } from './client.mjs';
import { Person } from './person.mjs';

export const ADA = 'ada@example.com';
const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1' };

export class Provider {
  // `serve` starts it otherwise than by http on localhost.
  async start(env = {}, serve = startServer) {
    this.env = env;
    this.server = await serve({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', ...CHEAP, ...env } });
    this.url = this.server.url;
    await this.run(['user', 'create', '--email', ADA, '--name', 'Ada L.', '--password-stdin'], PASSWORD);
    return this;
  }

  // A command on its data folder; resolves to what it prints as JSON.
  async run(words, input) {
    return (await commandOf(this.server, words, { input, env: { AUTH_PUBLIC_URL: this.url, ...CHEAP, ...this.env } })).json;
  }

  // A client that signs users in and refreshes; resolves to its secret, which no log may show.
  async client(id, type, redirectUri, ...more) {
    const made = await this.run(['client', 'create', '--id', id, '--type', type, '--name', `The ${id}`, '--redirect-uri', redirectUri,
      '--grant', 'authorization_code', '--grant', 'refresh_token', ...more]);
    if (made.client_secret) this.server.forbid(made.client_secret);
    return made.client_secret;
  }

  person() { return new Person({ email: ADA, ca: this.server.ca }); }
  async get(path, token) { return (await fetch(this.url + path, { headers: { authorization: `Bearer ${token}` } })); }
  stop() { return this.server?.stop(); }
}
