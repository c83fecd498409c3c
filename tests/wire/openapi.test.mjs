// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document is valid, and says what the service does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { startServer } from './server.mjs';
import { Client } from './client.mjs';

let server, client, document;

before(async () => {
  server = await startServer({ env: { AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' } });
  client = new Client(server.url);
  document = (await client.get('/openapi.json')).json;
});
after(() => server?.stop());

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(document);
  assert.deepEqual(result.errors ?? [], []);
  assert.equal(result.valid, true);
  assert.match(document.openapi, /^3\.1\./);
});

test('it is cacheable and answers If-None-Match', async () => {
  const first = await client.get('/openapi.json');
  const again = await client.get('/openapi.json', { headers: { 'if-none-match': first.headers.get('etag') } });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
});

test('AZ-02: every operation that needs a caller refuses one who is not known', async () => {
  let tried = 0;
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (!operation.security?.length) continue;
      const url = path.replace(/\{[^}]+\}/g, '0190a1b2-0000-7000-8000-000000000000');
      const types = Object.keys(operation.requestBody?.content ?? {});
      const body = types.includes('application/json') ? { json: {} } : types.length ? { form: {} } : {};
      const answer = await client.send(method.toUpperCase(), url, body);
      assert.ok([401, 403].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
      tried++;
    }
  assert.ok(tried >= 15, `only ${tried} operations name a security scheme`);
});

test('the endpoints of the first-party API are all there', () => {
  const expected = ['/auth/register', '/auth/login', '/auth/token', '/auth/logout', '/auth/refresh', '/auth/forgot-password',
    '/auth/reset-password', '/auth/verify-email', '/auth/change-email', '/auth/me', '/auth/me/export', '/auth/me/password',
    '/auth/me/confirm', '/auth/me/sessions', '/auth/me/mfa/totp', '/auth/me/recovery-codes', '/auth/verify',
    '/.well-known/jwks.json', '/healthz', '/readyz'];
  for (const path of expected) assert.ok(document.paths[path], `${path} is not in the document`);
});
