// SPDX-License-Identifier: Apache-2.0
// A client is read at each request as it is: whatever a worker keeps of it, what somebody has changed, rotated, disabled or
// deleted, by another process even, holds for the next request of every worker and node, on both databases.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from './client.mjs';
import { command } from './command.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { startServer } from './server.mjs';

const CROWD = 24; // more than there are workers, at once
const env = { AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off', AUTH_WORKERS: '4' };
let postgres, one, nodes;

before(async () => {
  postgres = await new Postgres().start();
  [one, nodes] = await Promise.all([startServer({ env }), startNodes(postgres, 2, { ...env, AUTH_PUBLIC_URL: 'http://localhost:8080' })]);
});
after(async () => {
  for (const server of [one, ...nodes ?? []]) await server?.stop();
  await postgres?.remove();
});

class Job {
  constructor(servers, settings) {
    Object.assign(this, { servers, settings, apis: servers.map(({ url }) => new Client(url)) });
  }

  async does(...words) {
    const done = await command(['client', ...words, '--json'], { data: this.servers[0].data, env: this.settings });
    assert.equal(done.code, 0, done.stderr);
    if (done.json?.client_secret) {
      this.before = this.secret;
      this.secret = done.json.client_secret;
    }
    return done.json;
  }

  register(verb, metadata, ...words) {
    const file = join(this.servers[0].data, 'job.json');
    writeFileSync(file, JSON.stringify({ grant_types: ['client_credentials'], ...metadata }));
    return this.does(verb, '--metadata-file', file, ...words);
  }

  // What all workers answer: all the same.
  async all(path, fields, secret = this.secret) {
    const headers = { authorization: `Basic ${Buffer.from(`job:${secret}`).toString('base64')}` };
    const answers = await Promise.all(this.apis.flatMap((api) => Array.from({ length: CROWD }, () => api.send('POST', path, { form: fields, headers }))));
    const statuses = new Set(answers.map(({ status, json }) => `${status} ${json.error ?? ''}`.trim()));
    assert.equal(statuses.size, 1, `${path}: ${[...statuses].join(', ')}`);
    return { status: [...statuses][0], answers: answers.map(({ json }) => json) };
  }

  token(scope, secret) { return this.all('/oauth2/token', { grant_type: 'client_credentials', scope }, secret); }

  // So often that each worker has kept it.
  async warm(scope) {
    for (let i = 0; i < 3; i++) assert.equal((await this.token(scope)).status, '200');
  }
}

for (const [database, job] of [['SQLite', () => new Job([one], env)], ['two nodes on PostgreSQL', () => new Job(nodes, { ...env, AUTH_PUBLIC_URL: 'http://localhost:8080', AUTH_DATABASE_URL: postgres.url })]]) {
  test(`${database}: the metadata that holds is the last, on every worker`, async () => {
    const its = job();
    await its.register('create', { scope: 'read' }, '--id', 'job', '--type', 'confidential');
    await its.warm('read');
    assert.equal((await its.token('write')).status, '400 invalid_scope');
    for (let i = 0; i < 2; i++) {
      await its.register('update', { scope: 'write', access_token_format: 'opaque' }, 'job');
      const { status, answers } = await its.token('write');
      assert.equal(status, '200');
      assert.ok(answers.every(({ access_token: token }) => !token.includes('.')), 'a token is no opaque one');
      await its.warm('write');
      assert.equal((await its.token('read')).status, '400 invalid_scope');
      await its.register('update', { scope: 'read' }, 'job');
      assert.ok((await its.token('read')).answers.every(({ access_token: token }) => token.split('.').length === 3), 'a token is no JWT');
      await its.warm('read');
    }
  });

  test(`${database}: a token is told of by what the client may know at that moment`, async () => {
    const its = job();
    its.secret = (await its.does('rotate-secret', 'job')).client_secret;
    const [{ access_token: token }] = (await its.token('read')).answers;
    for (let i = 0; i < 2; i++) {
      const { status, answers } = await its.all('/oauth2/introspect', { token });
      assert.equal(status, '200');
      assert.ok(answers.every(({ active, scope }) => active && scope === 'read'));
    }
  });

  test(`${database}: of secrets the present ones open, and no others`, async () => {
    const its = job();
    await its.does('rotate-secret', 'job');
    await its.warm('read');
    await its.does('rotate-secret', '--overlap-hours', '0', 'job');
    assert.equal((await its.token('read', its.before)).status, '401 invalid_client');
    await its.warm('read');
    await its.does('disable', 'job');
    assert.equal((await its.token('read')).status, '401 invalid_client');
    await its.does('enable', 'job');
    await its.warm('read');
    await its.does('delete', '--yes', 'job');
    assert.equal((await its.token('read')).status, '401 invalid_client');
  });
}
