// SPDX-License-Identifier: Apache-2.0
// What browser tests have around the pages: a server with mail, an application that is registered, and the address
// that its answers go to.
import assert from 'node:assert/strict';
import http from 'node:http';
import { command } from '../wire/command.mjs';
import { startServer } from '../wire/server.mjs';
import { startSmtpSink } from '../wire/smtp_sink.mjs';

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

// The application's callback, which goes on at another origin: browsers apply form-action to all of the way.
async function startApplication() {
  const elsewhere = http.createServer((request, response) => response.end(`arrived ${request.url}`));
  const port = await listen(elsewhere);
  const callback = http.createServer((request, response) => {
    response.writeHead(303, { location: `http://localhost:${port}${request.url}` }).end();
  });
  const url = `http://127.0.0.1:${await listen(callback)}/cb`;
  return { url, elsewhere: `http://localhost:${port}`, close: () => { elsewhere.close(); callback.close(); } };
}

// Resolves to { server, sink, application, setPassword, close }.
export async function openStage(env = {}) {
  const sink = await startSmtpSink();
  const application = await startApplication();
  const server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_MAIL_FROM: 'no-reply@example.com', AUTH_RATE_LIMIT: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', ...env,
    },
  });
  const run = async (args, input) => {
    const done = await command(args, { data: server.data, env: { AUTH_PUBLIC_URL: server.url, AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1' }, input });
    assert.equal(done.code, 0, done.stderr);
  };
  await run(['client', 'create', '--id', 'notes', '--name', 'Notes', '--type', 'public', '--redirect-uri', application.url,
    '--grant', 'authorization_code', '--grant', 'refresh_token', ...['openid', 'profile', 'email', 'offline_access', 'notes:read'].flatMap((scope) => ['--scope', scope])]);
  return {
    server, sink, application,
    // As an administrator does: whoever has it has to take another.
    setPassword: (email, password) => run(['user', 'password', '--password-stdin', '--must-change', email], `${password}\n`),
    close: async () => {
      application.close();
      await sink.close();
      await server.stop();
    },
  };
}
