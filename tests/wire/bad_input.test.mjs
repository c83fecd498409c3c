// SPDX-License-Identifier: Apache-2.0
// Every endpoint that takes a body, as the OpenAPI document lists them, with everything that a body must not be:
// a problem document that names the field, never a 5xx, nothing half-written.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, assertProblem, makeUser, signIn } from './client.mjs';

let server, sink, client, token, openapi;

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: { AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' },
  });
  client = new Client(server.url);
  await makeUser(client, sink, 'ada@example.com');
  token = (await signIn(client, 'ada@example.com')).access_token;
  openapi = (await client.get('/openapi.json')).json;
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

const schemaOf = (content) => {
  const { $ref } = content.schema;
  return $ref ? openapi.components.schemas[$ref.split('/').pop()] : content.schema;
};

// [{ method, path, media, schema }] of all operations with a body.
function operations() {
  const found = [];
  for (const [path, methods] of Object.entries(openapi.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const content = operation.requestBody?.content;
      if (!content) continue;
      const [media] = Object.keys(content);
      found.push({ method: method.toUpperCase(), path: path.replace(/\{[^}]+\}/g, 'x'), template: path, media, schema: schemaOf(content[media]) });
    }
  return found;
}

// A value that the schema of one field accepts.
function sample(field) {
  if (field.enum) return field.enum[0];
  if (field.type === 'boolean') return true;
  if (field.type === 'integer') return field.minimum ?? 1;
  if (field.type === 'array') return [];
  if (field.format === 'email') return 'x@example.com';
  return 'x'.repeat(Math.max(field.minLength ?? 1, 1));
}

const goodBody = (schema) =>
  Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties[name])]));

const send = (operation, body, headers = {}) =>
  client.send(operation.method, operation.path, { body, token, headers: { 'content-type': operation.media, ...headers } });

// Refused with a document of ours, never with a failure of ours.
function assertRefused(response, what) {
  assert.ok(response.status >= 400 && response.status < 500, `${what}: ${response.status} ${response.text}`);
  assert.match(response.headers.get('content-type') ?? '', /json/, what);
}

test('there are operations to try', () => {
  assert.ok(operations().length >= 15, JSON.stringify(operations().map((operation) => operation.path)));
});

test('IN-17, DO-04, IN-02: bodies that are not one strict JSON object are refused', async () => {
  const bodies = [
    '', ' ', '{', '}', '[]', 'null', '"x"', '1', '{"a":1,}', "{'a':1}", '{"a":1}{"a":1}', '{"a":1} x',
    '\ufeff{}', '{"a":NaN}', '{"a":01}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a":1,"a":2}', '/*x*/{}',
    `{"a":${'['.repeat(10000)}${']'.repeat(10000)}}`, `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`,
    Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), Buffer.from('{"a":"x\0y"}'),
  ];
  for (const operation of operations().filter((each) => each.media === 'application/json'))
    for (const body of bodies) assertRefused(await send(operation, body), `${operation.path} ${String(body).slice(0, 30)}`);
});

test('a missing, wrong-typed, oversized, unknown or repeated field is named', async () => {
  for (const operation of operations().filter((each) => each.media === 'application/json')) {
    const good = goodBody(operation.schema);
    const names = Object.keys(operation.schema.properties ?? {});
    const tryWith = async (body, field, what) => {
      const response = await send(operation, typeof body === 'string' ? body : JSON.stringify(body));
      assertRefused(response, `${operation.method} ${operation.path} ${what}`);
      if (response.status === 400 && response.json.errors)
        assert.equal(response.json.errors[0].field, field, `${operation.path} ${what}: ${response.text}`);
    };
    await tryWith({ ...good, not_a_field: 1 }, 'not_a_field', 'unknown field');
    for (const name of operation.schema.required ?? []) {
      const { [name]: _, ...without } = good;
      await tryWith(without, name, `without ${name}`);
    }
    for (const name of names) {
      const { type } = operation.schema.properties[name];
      await tryWith({ ...good, [name]: { x: 1 } }, name, `${name} an object`);
      await tryWith({ ...good, [name]: type === 'string' ? 1 : 'x' }, name, `${name} of another type`);
      if (type === 'string') await tryWith({ ...good, [name]: 'x'.repeat(60000) }, name, `${name} far too long`);
      const repeated = `{${JSON.stringify(name)}:${JSON.stringify(sample(operation.schema.properties[name]))},` +
        JSON.stringify({ ...good, [name]: sample(operation.schema.properties[name]) }).slice(1);
      await tryWith(repeated, name, `${name} twice`);
    }
  }
});

test('WB-05, HT-12: only the content type of the endpoint is taken', async () => {
  for (const operation of operations()) {
    const body = operation.media === 'application/json' ? JSON.stringify(goodBody(operation.schema)) : 'a=b';
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/jsonx',
      'application/json; x=y', operation.media === 'application/json' ? 'application/x-www-form-urlencoded' : 'application/json'])
      assert.equal((await send(operation, body, { 'content-type': type })).status, 415, `${operation.path} ${type}`);
  }
});

test('WB-06: a method that is not offered is refused, and overriding it has no effect', async () => {
  for (const operation of operations()) {
    const offered = Object.keys(openapi.paths[operation.template] ?? {}).map((method) => method.toUpperCase());
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'].filter((each) => !offered.includes(each))) {
      const response = await client.send(method, operation.path, { token, headers: { 'x-http-method-override': operation.method } });
      assert.ok([404, 405].includes(response.status), `${method} ${operation.path}: ${response.status}`);
    }
  }
});

// Writes raw bytes, resolves to what came back until the server closed or fell silent.
function raw(bytes, quietMs = 400) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    const finish = () => { socket.destroy(); resolve(answer); };
    let timer = setTimeout(finish, quietMs);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(finish, quietMs);
    });
    socket.on('end', finish);
    socket.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? finish() : reject(error)));
  });
}

test('HT-01, HT-04, HT-07: requests that another parser might read otherwise are refused and the connection closed', async () => {
  const get = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
  const smuggled = 'GET /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const post = 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const cases = [
    `${post}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    `${post}Content-Length: +5\r\n\r\n{"a":`, `${post}Content-Length: -5\r\n\r\n`, `${post}Content-Length: 0x5\r\n\r\n`,
    `${post}Content-Length: 5,5\r\n\r\n{"a":`, `${post}Content-Length: 99999999999999999999\r\n\r\n`,
    `${get}X : y\r\n\r\n`, `${get} folded: y\r\n\r\n`, `${get}X: a\0b\r\n\r\n`, `${get}: y\r\n\r\n`,
    'GET /healthz HTTP/1.1\nHost: localhost\n\n', `${get}X: a\rb\r\n\r\n`, 'GET /healthz HTTP/1.1\r\n\r\n',
    `${get}Host: other\r\n\r\n`, 'GET /healthz HTTP/1.1\r\nHost: a,b\r\n\r\n', 'GET /healthz HTTP/1.1\r\nHost: u@localhost\r\n\r\n',
    'GET /healthz%00 HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /a%2fb HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET /x/../healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET //healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'get /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /healthz HTTP/3.0\r\nHost: localhost\r\n\r\n',
    `GET /${'a'.repeat(70000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, `${get}X: ${'a'.repeat(70000)}\r\n\r\n`,
    `${get}${'X: y\r\n'.repeat(2000)}\r\n`,
  ];
  for (const bytes of cases) {
    const answer = await raw(bytes);
    if (answer !== '') assert.match(answer, /^HTTP\/1\.1 (400|404|405|413|414|431|501|505) /, bytes.slice(0, 80));
    assert.equal(answer.split('HTTP/1.1 ').length - 1 <= 1, true, `answered twice: ${bytes.slice(0, 80)}\n${answer}`);
    assert.doesNotMatch(answer, /invalid-token/, `the smuggled request was run: ${bytes.slice(0, 80)}`);
  }
  const alive = await client.get('/healthz');
  assert.equal(alive.status, 200);
});

test('HT-11: lone separators in a query harm nothing', async () => {
  for (const query of ['?', '?&', '?&&=', '?=', '?a', '?%', '?%zz', '?%00', '?a=b&a=c', `?${'a=b&'.repeat(5000)}`])
    for (const path of ['/healthz', '/auth/me', '/auth/verify', '/.well-known/jwks.json'])
      assert.ok((await client.get(path + query, { token })).status < 500, path + query.slice(0, 20));
});

test('HH-01, HH-02: links and issuer come from the configuration whatever headers say', async () => {
  for (const headers of [{ 'x-forwarded-host': 'evil.example' }, { forwarded: 'host=evil.example;proto=https' },
    { 'x-original-host': 'evil.example' }, { 'x-forwarded-proto': 'https', 'x-forwarded-port': '444' }]) {
    const before = sink.mails.length;
    assert.equal((await client.post('/auth/forgot-password', { email: 'ada@example.com' }, { headers })).status, 202);
    const mail = await sink.mailTo('ada@example.com', sink.mails.slice(0, before).filter((each) => each.to.includes('ada@example.com')).length + 1);
    assert.doesNotMatch(mail.text, /evil\.example|https:|:444/);
    assert.ok(mail.text.includes(server.issuer));
  }
  const foreign = await raw('GET /.well-known/jwks.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
  assert.match(foreign, /^HTTP\/1\.1 421 /);
});

test('HH-05: identity headers of a caller are not believed', async () => {
  for (const name of ['x-auth-user', 'x-user', 'remote-user', 'x-authentik-username', 'x-forwarded-user'])
    assertProblem(await client.get('/auth/me', { headers: { [name]: 'ada@example.com' } }), 401, 'invalid-token');
});

test('IN-01: text that looks like SQL stays text', async () => {
  for (const name of ["'; DROP TABLE users; --", '" OR 1=1 --', "\\'; SELECT 1", '$1', '%s%n%x', '{{7*7}}']) {
    const changed = await client.put('/auth/me', { full_name: name }, { token });
    assert.equal(changed.status, 200, changed.text);
    assert.equal((await client.get('/auth/me', { token })).json.full_name, name);
  }
  assert.equal((await client.post('/auth/login', { email: "' OR 1=1 --@x.y", password: PASSWORD })).status < 500, true);
});

test('INV-5: every answer carries its content type and the security headers', async () => {
  for (const [path, options] of [['/healthz'], ['/auth/me'], ['/auth/me', { token }], ['/nowhere'], ['/.well-known/jwks.json'], ['/openapi.json'], ['/problems/invalid-token']]) {
    const answer = await client.get(path, options);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.equal(answer.headers.get('x-frame-options'), 'DENY', path);
    assert.equal(answer.headers.get('server'), null, path);
    assert.match(answer.headers.get('content-type') ?? '', /json|charset=utf-8/, path);
  }
});
