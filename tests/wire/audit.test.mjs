// SPDX-License-Identifier: Apache-2.0
// The audit as auditors meet it: an export of a busy service is proven offline, two nodes
// and kill -9 leave no gap; heads are passed on; what a restore has lost is told; who was erased is unreadable.
import assert from 'node:assert/strict';
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, PASSWORD, makeUser, signIn } from './client.mjs';
import { command } from './command.mjs';
import { Postgres, startNodes } from './postgres.mjs';
import { freePort, startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { within } from './until.mjs';

const CHEAP = { AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off' };
// One outbox for all services here: each test has its own people.
let sink, out;

before(async () => {
  sink = await startSmtpSink();
  out = mkdtempSync(join(tmpdir(), 'uauth-audit-'));
});
after(async () => {
  await sink?.close();
  rmSync(out, { recursive: true, force: true });
});

const file = (name, text) => { writeFileSync(join(out, name), text); return join(out, name); };
const smtp = () => ({ AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}` });
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

async function done(args, on) {
  const answer = await command(args, on);
  assert.equal(answer.code, 0, `${args.join(' ')}: ${answer.stderr}`);
  return answer.stdout;
}

// Without a data folder, settings or a server.
const verify = (...args) => command(['audit', 'verify', ...args]);

const until = within(20000, 100);

function lines(text) { return text.trimEnd().split('\n'); }

// ---- an export ----

test('what a service has done is exported, proven offline, and any change named', { timeout: 120000 }, async () => {
  const ADA = 'ada@one.example', BOB = 'bob@one.example';
  const port = await freePort();
  const taken = [];
  let failures = 2;
  const auditor = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => { body += text; }).on('end', () => {
      const fine = failures-- <= 0 && request.headers.authorization === 'Bearer for-the-auditor';
      if (fine) taken.push({ body, type: request.headers['content-type'] });
      response.writeHead(fine ? 204 : 503).end();
    });
  });
  await new Promise((listens) => auditor.listen(port, '127.0.0.1', listens));
  const headsFile = join(out, 'passed-on');
  const server = await startServer({
    env: {
      ...CHEAP, ...smtp(), AUTH_AUDIT_HEADS_FILE: headsFile, AUTH_AUDIT_HEADS_URL: `http://127.0.0.1:${port}/heads`,
      AUTH_AUDIT_HEADS_TOKEN: 'for-the-auditor', AUTH_AUDIT_HEADS_SECONDS: '1',
    },
  });
  const on = { data: server.data, env: CHEAP };
  try {
    const client = new Client(server.url);
    for (const email of [ADA, BOB]) await makeUser(client, sink, email);
    for (let i = 0; i < 10; i++) await signIn(client, i % 2 ? ADA : BOB);
    const { access_token: token } = await signIn(client, BOB);
    // BOB erases the account: what is sealed of it opens for nobody from now on.
    const erased = await client.delete('/auth/me', { token, json: { password: PASSWORD } });
    assert.equal(erased.status, 204, erased.text);

    const heads = file('heads', await done(['audit', 'heads', '--limit', '200'], on));
    const sealed = await done(['audit', 'export'], on);
    const open = await done(['audit', 'export', '--open'], on);
    const key = file('key.json', await done(['audit', 'key'], on));
    for (const personal of ['127.0.0.1', ADA, BOB]) assert.ok(!sealed.includes(personal), personal);
    assert.ok(open.includes(ADA) && open.includes('127.0.0.1'));
    assert.ok(!open.includes(BOB), 'what was erased is readable');
    for (const [name, text] of Object.entries({ sealed, open })) {
      const answer = await verify(file(name, text), '--key', key, '--heads', heads);
      assert.equal(answer.code, 0, answer.stderr);
      assert.match(answer.stdout, /^Proven: all \d+ records\./);
    }

    // AU-02: the sign-ins and the erasure are there.
    const records = lines(sealed).slice(1).map((line) => JSON.parse(line));
    assert.equal(records.filter(({ name }) => name === 'login.succeeded').length, 11);
    assert.equal(records.filter(({ name }) => name === 'user.deleted').length, 1);

    const changed = lines(sealed);
    const i = 5;
    for (const [what, bad] of [
      ['changed', changed.with(i, changed[i].replace('"outcome":"done"', '"outcome":"refused"'))],
      ['dropped', changed.toSpliced(i, 1)],
      ['added', changed.toSpliced(i, 0, changed[i + 3])],
      ['reordered', changed.with(i, changed[i + 1]).with(i + 1, changed[i])],
    ]) {
      const answer = await verify(file('bad', `${bad.join('\n')}\n`), '--key', key);
      assert.equal(answer.code, 1, what);
      assert.match(answer.stderr, new RegExp(`record ${i - 1} `), what);
    }
    const cut = await verify(file('bad', `${changed.slice(0, i).join('\n')}\n`), '--key', key);
    assert.match(cut.stderr, new RegExp(`record ${i - 1} and all after it`));
    const other = JSON.parse(readFileSync(key, 'utf8'));
    other.keys = [{ ...other.keys[0], x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik' }];
    delete other.keys[0].kid;
    assert.equal((await verify(join(out, 'sealed'), '--key', file('other.json', JSON.stringify(other)))).code, 1);

    // The signature, by somebody else's code.
    const first = JSON.parse(lines(sealed)[0]);
    const [h, p, s] = first.head.split('.');
    const publicKey = createPublicKey({ key: JSON.parse(readFileSync(key, 'utf8')).keys[0], format: 'jwk' });
    assert.ok(verifySignature(null, Buffer.from(`${h}.${p}`), publicKey, Buffer.from(s, 'base64url')));
    assert.equal(claims(first.head).size, records.length);

    // Heads are passed on, to the file and, after two failures, to the address.
    await until(() => existsSync(headsFile) && readFileSync(headsFile, 'utf8').includes('\n'), 'a head in the file');
    await until(() => taken.length > 0, 'a head at the address', 40000);
    assert.equal(taken[0].type, 'application/jwt');
    const passed = file('passed', `${readFileSync(headsFile, 'utf8')}${taken.map(({ body }) => body).join('\n')}\n`);
    const whole = file('whole', await done(['audit', 'export'], on));
    const agreed = await verify(whole, '--key', key, '--heads', passed, '--json');
    assert.equal(agreed.code, 0, agreed.stderr);
    assert.ok(agreed.json.heads >= 2);
  } finally {
    await server.stop();
    await new Promise((closed) => auditor.close(closed));
  }
});

// ---- faults ----

test('kill -9 between event and leaf loses nothing, and a new key is trusted by who trusts the old one', { timeout: 180000 }, async () => {
  const ADA = 'ada@two.example';
  const server = await startServer({ env: { ...CHEAP, ...smtp() } });
  const on = { data: server.data, env: CHEAP };
  let client = new Client(server.url);
  await makeUser(client, sink, ADA);
  const key = file('first.json', await done(['audit', 'key'], on));
  const kept = [];
  let acknowledged = 0;
  for (let round = 0; round < 6; round++) {
    const load = Array.from({ length: 3 }, async () => {
      for (;;) {
        try {
          if ((await client.post('/auth/login', { email: ADA, password: 'Wrong-horse-7-battery' })).status === 401) acknowledged++;
        } catch {
          return;
        }
      }
    });
    await new Promise((go) => setTimeout(go, 400 + Math.random() * 1200));
    await server.kill9();
    await Promise.all(load);
    if (round === 3) await done(['audit', 'rotate-key'], on);
    kept.push((await done(['audit', 'heads'], on)).trim());
    await server.restart();
    client = new Client(server.url);
  }
  const text = await done(['audit', 'export'], on);
  const failed = lines(text).filter((line) => line.includes('"login.failed"') || line.includes('"login.limited"')).length;
  assert.ok(failed >= acknowledged, `${failed} of ${acknowledged}`);
  const answer = await verify(file('killed', text), '--key', key, '--heads', file('kept', `${kept.join('\n')}\n`), '--json');
  assert.equal(answer.code, 0, answer.stderr);
  assert.equal(answer.json.heads, kept.length);
  await server.stop();
});

test('two nodes on one PostgreSQL make one tree, without a gap', { timeout: 180000 }, async () => {
  const ADA = 'ada@three.example';
  const postgres = await new Postgres().start();
  const nodes = await startNodes(postgres, 2, { ...CHEAP, ...smtp() });
  try {
    const clients = nodes.map((node) => new Client(node.url));
    const on = { data: nodes[0].data, env: { ...CHEAP, AUTH_DATABASE_URL: postgres.url } };
    const signed = async () => lines(await done(['audit', 'heads', '--limit', '200'], on)).filter(Boolean).length;
    await makeUser(clients[0], sink, ADA);
    await until(async () => await signed() >= 1, 'a head of the first events');
    await Promise.all(clients.flatMap((client) => [1, 2, 3].map(async () => {
      let { refresh_token } = await signIn(client, ADA);
      for (let i = 0; i < 25; i++) {
        const answer = await client.post('/auth/refresh', { refresh_token });
        assert.equal(answer.status, 200, answer.text);
        ({ refresh_token } = answer.json);
      }
    })));
    await until(async () => await signed() >= 2, 'a head of what came after');
    const key = file('pg.json', await done(['audit', 'key'], on));
    const heads = file('pg.heads', await done(['audit', 'heads', '--limit', '200'], on));
    const text = await done(['audit', 'export'], on);
    const answer = await verify(file('pg.jsonl', text), '--key', key, '--heads', heads, '--json');
    assert.equal(answer.code, 0, answer.stderr);
    assert.ok(answer.json.heads >= 2);
    const records = lines(text).slice(1).map((line) => JSON.parse(line));
    assert.equal(records.filter(({ name }) => name === 'token.refreshed').length, 150);
    assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
    assert.equal(new Set(lines(readFileSync(heads, 'utf8')).map((head) => claims(head).log)).size, 1);
  } finally {
    for (const node of nodes) await node.stop();
    await postgres.remove();
  }
});

test('what putting an older state back has lost is named by a head that was kept', { timeout: 120000 }, async () => {
  const ADA = 'ada@four.example', BOB = 'bob@four.example';
  const server = await startServer({ env: { ...CHEAP, ...smtp() } });
  const on = { data: server.data, env: CHEAP };
  try {
    const client = new Client(server.url);
    for (const email of [ADA, BOB]) await makeUser(client, sink, email);
    await signIn(client, ADA);
    const key = file('restore.json', await done(['audit', 'key'], on));
    const early = await done(['audit', 'heads'], on);
    const backup = join(out, 'backup.db');
    await done(['backup', backup], on);
    for (let i = 0; i < 5; i++) await signIn(client, ADA);
    const { access_token: token } = await signIn(client, BOB);
    assert.equal((await client.delete('/auth/me', { token, json: { password: PASSWORD } })).status, 204);
    const late = await done(['audit', 'heads'], on);
    await server.stop({ keep: true });
    await done(['restore', backup], on);
    await server.restart();
    const text = await done(['audit', 'export', '--open'], on);
    const good = await verify(file('restored', text), '--key', key, '--heads', file('early', early));
    assert.equal(good.code, 0, good.stderr);
    const told = await verify(join(out, 'restored'), '--key', key, '--heads', file('late', late));
    assert.equal(told.code, 1);
    assert.match(told.stderr, /records \d+ to \d+ of the log \S+ are lost: an older state/);
    const { generation, previous_log: previous } = claims(JSON.parse(lines(text)[0]).head);
    assert.equal(generation, 1);
    assert.equal(previous, claims(early).log);
    // PR, decision 35: BOB was erased after the backup, and the log of erasures was applied to it.
    assert.ok(!text.includes(BOB), 'the erased one is readable again');
    assert.ok(text.includes('"database.restored"'));
  } finally {
    await server.stop();
  }
});
