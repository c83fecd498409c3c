// SPDX-License-Identifier: Apache-2.0
// What was done on the data folder only, on a service that runs: what auditors take away, tokens for clients that
// register themselves, invitations, and the password of somebody else, which there is a link to its owner.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { done, on, PASSWORD, Places } from './remote.mjs';

let places, url;
const here = (...args) => places.here(...args), there = (...args) => places.there(...args);
const same = (...args) => places.same(...args), sameRefusal = (...args) => places.sameRefusal(...args);
const sameChange = (...args) => places.sameChange(...args);

before(async () => {
  places = await Places.open();
  url = places.url;
  await places.person('bob@example.com');
});
beforeEach(() => places.signInAgain());
after(() => places?.close());

// What came to `address` by mail, the newest first.
const letters = (address) => {
  const outbox = join(places.server.data, 'outbox');
  return readdirSync(outbox).sort().reverse().map((name) => readFileSync(join(outbox, name), 'utf8')).filter((text) => text.includes(address));
};

async function letter(address, holds) {
  for (const end = Date.now() + 20000; Date.now() < end;) {
    try {
      const found = letters(address).find((text) => holds.test(text));
      if (found !== undefined) return found;
    } catch (error) {
      assert.equal(error.code, 'ENOENT');
    }
    await new Promise((again) => setTimeout(again, 50));
  }
  return assert.fail(`no letter to ${address}`);
}

// Until a head is signed of all that has happened.
async function signed(id) {
  for (const end = Date.now() + 20000; Date.now() < end;) {
    const ran = await there(['audit', 'prove', id]);
    if (ran.code === 0) return ran.stdout;
    assert.match(ran.stderr, /not-found|not there|404/);
  }
  return assert.fail(`no head has event ${id}`);
}

test('what auditors take away is taken from a server, and proven without it', async () => {
  const [event] = await done(there(['audit', 'list', '--limit', '1', '--json']));
  const proof = places.file('proof', Buffer.from(await signed(event.id)));
  const key = places.file('key', (await there(['audit', 'key'])).stdout);
  await same('audit', 'key');
  assert.match(await done(command(['audit', 'verify', proof, '--key', key, '--proof'])), /^Proven: it is of the audit/);
  // The first line of a proof is of a head that may be newer than another's; the record is one.
  assert.equal((await done(here(['audit', 'prove', event.id]))).split('\n')[1], readFileSync(proof, 'utf8').split('\n')[1]);
  const [head] = await done(there(['audit', 'heads', '--json']));
  const kept = places.file('heads', head.head);
  assert.deepEqual(Object.keys(head), ['size', 'root', 'at', 'head']);
  const onwards = places.file('onwards', Buffer.from((await there(['audit', 'prove', '--from', `${head.size}`])).stdout));
  assert.match(await done(command(['audit', 'verify', onwards, '--key', key, '--heads', kept, '--proof'])), /^Proven/);
  // What was changed on the way is not proven.
  const changed = places.file('changed', readFileSync(proof, 'utf8').replace(event.id, event.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))));
  assert.notEqual((await command(['audit', 'verify', changed, '--key', key, '--proof'])).code, 0);
  assert.equal((await there(['audit', 'heads'])).stdout.split('\n').length, 2);
  await sameRefusal(['audit', 'heads', '--limit', '0'], 2);
  await sameRefusal(['audit', 'prove', '--from', 'x'], 2);
  await sameRefusal(['audit', 'prove'], 2);
  for (const id of ['00000000-0000-7000-8000-00000000ffff', 'no-id', '../heads']) assert.equal((await there(['audit', 'prove', id])).code, 1);
  assert.equal((await there(['audit', 'prove', '--from', '99999999'])).code, 2);
});

test('AU-06: a proof of an event of another tenant is not given, in no form', async () => {
  const { id } = await done(here(['tenant', 'create', '--slug', 'proofs', '--json']));
  await places.person('pia@example.com');
  await done(here(['tenant', 'member', 'pia@example.com', '--tenant', 'proofs', '--role', 'admin']));
  const pia = places.file('pia', await places.signIn('pia@example.com', { tenant_id: id }));
  const [event] = await done(there(['audit', 'list', '--user', 'bob@example.com', '--limit', '1', '--json']));
  assert.ok(await signed(event.id));
  const refused = await on(url, pia, ['audit', 'prove', event.id]);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /404/);
  const ask = async (format) => (await fetch(`${url}/admin/audit/proof?event=${event.id}${format}`, { headers: { authorization: `Bearer ${readFileSync(pia, 'utf8').trim()}` } })).status;
  assert.deepEqual([await ask(''), await ask('&format=json'), await ask('&format=jsonl'), await ask('&format=text')], [404, 404, 404, 400]);
  assert.match(await done(on(url, pia, ['audit', 'heads'])), /^ey/);
});

test('a token for clients that register themselves is made and ended on a server', async () => {
  const made = await done(there(['client', 'registration-token', '--uses', '2', '--hours', '1', '--label', 'ci', '--json']));
  assert.deepEqual([Object.keys(made), made.uses], [['token', 'uses', 'expires_at'], 2]);
  assert.deepEqual(Object.keys(await done(here(['client', 'registration-token', '--json']))), Object.keys(made));
  assert.match(await done(there(['client', 'registration-token'])), /^\S{43}\nIt is shown this once, is good for 1, and ends at /);
  for (const args of [['--uses', '0'], ['--uses', '100001'], ['--hours', '8761'], ['--label', '']]) await sameRefusal(['client', 'registration-token', ...args], 2);
  assert.deepEqual(await done(there(['client', 'registration-token', '--end', '--json'])), { ended: 3 });
  assert.equal(await done(here(['client', 'registration-token', '--end'])), '0 ended.\n');
  const events = await done(there(['audit', 'list', '--name', 'registration_token.made', '--json']));
  assert.deepEqual(events.map(({ detail, actor_id: actor }) => `${detail.uses} ${actor !== undefined}`).sort(), ['1 false', '1 true', '2 true']);
});

test('AZ-04: only operators who signed in lately make such a token', async () => {
  const ask = (token, method) => fetch(`${url}/admin/registration-tokens`, { method, headers: { authorization: `Bearer ${token}` } });
  const { id } = await done(here(['tenant', 'create', '--slug', 'opens', '--json']));
  await places.person('otto@example.com');
  await done(here(['tenant', 'member', 'otto@example.com', '--tenant', 'opens', '--role', 'admin']));
  const otto = await places.signIn('otto@example.com', { tenant_id: id });
  const { key } = await done(there(['api-key', 'create', '--user', 'ada@example.com', '--name', 'k', '--permission', 'clients:write', '--days', '1', '--json']));
  for (const method of ['POST', 'DELETE']) {
    assert.equal((await ask(otto, method)).status, 403);
    assert.ok([401, 403].includes((await ask(key, method)).status));
    assert.equal((await ask(await places.signIn('bob@example.com'), method)).status, 403);
  }
});

test('PR-12: the password of another is for its owner to choose, by a link', async () => {
  const bob = await places.signIn('bob@example.com');
  for (const args of [['--password-stdin'], ['--password-stdin', '--must-change'], []]) {
    const { code, stderr } = await there(['user', 'password', 'bob@example.com', ...args], `${PASSWORD}-2\n`);
    assert.equal(code, 2);
    assert.match(stderr, /--send-link: On a server nobody sets the password of another/);
  }
  assert.equal((await fetch(`${url}/auth/me`, { headers: { authorization: `Bearer ${bob}` } })).status, 200);
  const link = (text) => /reset-password\?token=([\w=\n-]+)/.exec(text)?.[1];
  for (const place of [here, there]) {
    assert.equal(await done(place(['user', 'password', 'bob@example.com', '--send-link'])), 'bob@example.com gets a link to choose a password.\n');
    assert.ok(link(await letter('bob@example.com', /reset-password\?token=/)));
  }
  await sameRefusal(['user', 'password', 'bob@example.com', '--send-link', '--must-change'], 2);
  await sameRefusal(['user', 'password', 'nobody@example.com', '--send-link'], 1);
  await done(here(['user', 'disable', 'bob@example.com']));
  assert.equal((await here(['user', 'password', 'bob@example.com', '--send-link'])).code, 1);
  assert.equal((await there(['user', 'password', 'bob@example.com', '--send-link'])).code, 1);
  await done(here(['user', 'enable', 'bob@example.com']));
});

test('an invitation to register is the same in both places', async () => {
  for (const [place, address] of [[here, 'new-1@example.com'], [there, 'new-2@example.com']]) {
    assert.equal(await done(place(['user', 'invite', address])), `${address} is invited into default.\n`);
    const [, token] = /register\?token=([\w-]+)/.exec((await letter(address, /register\?token=/)).replace(/=\r?\n/g, '').replace(/=3D/g, '='));
    const answer = await fetch(`${url}/auth/register`, { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: address, password: PASSWORD, full_name: 'New', invitation: token }) });
    assert.equal(answer.status, 201, await answer.clone().text());
    const { email_verified: verified, roles } = await done(here(['user', 'show', address, '--json']));
    assert.deepEqual([verified, roles], [true, ['user']]);
  }
  for (const form of [[], ['--json']]) await sameChange(['user', 'invite', 'new-3@example.com', '--tenant', 'default', '--role', 'moderator', ...form]);
  await same('tenant', 'invitations');
  const [left] = await done(there(['tenant', 'invitations', '--json']));
  assert.deepEqual([left.email, left.roles], ['new-3@example.com', ['moderator']]);
  await done(here(['tenant', 'uninvite', left.id]));
  await sameRefusal(['user', 'invite', 'bob@example.com'], 1);
  await sameRefusal(['user', 'invite', 'new-4@example.com', '--tenant', 'nowhere'], 1);
  await sameRefusal(['user', 'invite', 'new-4@example.com', '--role', 'nothing'], 1);
  await sameRefusal(['user', 'invite', 'no address'], 2);
  await sameRefusal(['user', 'invite'], 2);
});

test('a tenant is found by its name among many with one question', async () => {
  const headers = { authorization: `Bearer ${readFileSync(places.token, 'utf8').trim()}` };
  const ask = async (query) => (await fetch(`${url}/admin/tenants?${query}`, { headers })).json();
  await done(here(['tenant', 'create', '--slug', 'zeta', '--json']));
  for (const query of ['slug=zeta', 'slug=zeta&limit=1']) {
    const found = await ask(query);
    assert.deepEqual([found.tenants.map(({ slug }) => slug), found.next], [['zeta'], undefined]);
  }
  assert.deepEqual((await ask('slug=zet')).tenants, []);
  assert.deepEqual((await ask('slug=ZETA')).tenants, []);
  await same('tenant', 'members', '--tenant', 'zeta');
  await sameRefusal(['tenant', 'members', '--tenant', 'zet'], 1);
  await sameRefusal(['tenant', 'members', '--tenant', 'z'.repeat(64)], 1);
});
