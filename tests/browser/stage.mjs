// SPDX-License-Identifier: Apache-2.0
// What browser tests have around the pages: a server with mail, an application that is registered, and the address
// that its answers go to.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { picture } from './picture.mjs';
import { command } from '../wire/command.mjs';
import { CLIENT_ID, CLIENT_SECRET, Entra, TENANT } from '../wire/entra.mjs';
import { startServer } from '../wire/server.mjs';
import { startSmtpSink } from '../wire/smtp_sink.mjs';

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

// The application's callback, which goes on at another origin: browsers apply form-action to all of the way.
async function startApplication() {
  const elsewhere = http.createServer((request, response) => response.end(`arrived ${request.url}`));
  const port = await listen(elsewhere);
  const callback = http.createServer((request, response) => {
    if (request.url.startsWith('/frame')) return response.end('signed out');
    response.writeHead(303, { location: `http://localhost:${port}${request.url}` }).end();
  });
  const origin = `http://127.0.0.1:${await listen(callback)}`;
  return { origin, url: `${origin}/cb`, elsewhere: `http://localhost:${port}`, close: () => { elsewhere.close(); callback.close(); } };
}

const client = (id, name, ...args) => ['client', 'create', '--id', id, '--name', name, '--type', 'public', ...args];
const SCOPES = ['openid', 'profile', 'email', 'offline_access', 'notes:read'].flatMap((scope) => ['--scope', scope]);

// Applications that are told of a sign-out in each way, a device, a tenant with its own look, and a way in from elsewhere.
async function furnish(run, data, { url, origin }) {
  const own = ['--redirect-uri', url, '--first-party'];
  const metadata = join(data, 'notes.json');
  writeFileSync(metadata, JSON.stringify({ policy_uri: 'https://notes.example/privacy', tos_uri: 'https://notes.example/terms' }));
  const logo = join(data, 'logo.png');
  writeFileSync(logo, picture(96, 96, [0x0b, 0x5d, 0x3b]));
  await run(client('notes', 'Notes', '--redirect-uri', url, '--metadata-file', metadata, '--grant', 'authorization_code', '--grant', 'refresh_token', ...SCOPES));
  await run(client('shop', 'The Shop', ...own, '--frontchannel-logout-uri', `${origin}/frame`));
  await run(client('wiki', 'Wiki', ...own, '--backchannel-logout-uri', 'http://127.0.0.1:9/logout'));
  await run(client('tool', 'An old tool', ...own));
  await run(client('tv', 'Television', '--grant', 'urn:ietf:params:oauth:grant-type:device_code', ...SCOPES));
  const tenant = await run(['tenant', 'create', '--slug', 'acme', '--name', 'Acme Analytical Engines', '--accent', '#ffd400', '--logo', logo, '--json']);
  await run(client('engine', 'Engine Room', '--tenant', tenant.id, '--redirect-uri', url));
  await run(['provider', 'create', 'example', '--kind', 'openid', '--name', 'Example University', '--issuer', 'http://127.0.0.1:9', '--client-id', 'us', '--auth-method', 'none']);
}

// Whoever comes from there has an account here, without a password.
const withEntra = (entra) => ({
  AUTH_AZURE_CLIENT_ID: CLIENT_ID, AUTH_AZURE_CLIENT_SECRET: CLIENT_SECRET, AUTH_AZURE_TENANT_ID: TENANT, AUTH_AZURE_AUTHORITY_HOST: entra.url,
  AUTH_AZURE_GRAPH_URL: entra.url, AUTH_AZURE_CREATE_USERS: 'on', AUTH_AZURE_EMAIL_DOMAINS: 'contoso.example',
});

// Resolves to { server, sink, entra, application, invite, setPassword, close }.
export async function openStage(env = {}) {
  const sink = await startSmtpSink();
  const entra = await new Entra().start();
  const application = await startApplication();
  const server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_MAIL_FROM: 'no-reply@example.com', AUTH_RATE_LIMIT: 'off', AUTH_INTERNAL_HOSTS: '127.0.0.1',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', ...withEntra(entra), ...env,
    },
  });
  const run = async (args, input) => {
    const done = await command(args, { data: server.data, env: { AUTH_PUBLIC_URL: server.url, AUTH_INTERNAL_HOSTS: '127.0.0.1', AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1' }, input });
    assert.equal(done.code, 0, done.stderr);
    return done.json;
  };
  await furnish(run, server.data, application);
  return {
    server, sink, entra, application,
    // As an administrator does: whoever has it has to take another.
    invite: (email) => run(['tenant', 'invite', '--tenant', 'acme', email]),
    setPassword: (email, password) => run(['user', 'password', '--password-stdin', '--must-change', email], `${password}\n`),
    close: async () => {
      application.close();
      await entra.close();
      await sink.close();
      await server.stop();
    },
  };
}
