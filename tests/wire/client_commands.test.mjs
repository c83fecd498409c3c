// SPDX-License-Identifier: Apache-2.0
// uauth client: every option does what it says, what is wrong is refused with its name and changes nothing, and a secret
// is shown once and nowhere else.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { command } from './command.mjs';
import { startServer } from './server.mjs';

const CALLBACK = 'https://app.test/cb';
const env = { AUTH_JWT_ALGORITHM: 'ES256', AUTH_RATE_LIMIT: 'off' };
const data = mkdtempSync(join(tmpdir(), 'uauth-clients-'));
const keys = join(data, 'keys.json'), metadata = join(data, 'metadata.json');
const secrets = [];

const run = (...words) => command(['client', ...words], { data, env });
async function does(...words) {
  const done = await run(...words);
  assert.equal(done.code, 0, `${words.join(' ')}: ${done.stderr}`);
  assert.equal(done.stderr, '');
  return done;
}
const json = async (...words) => (await does(...words, '--json')).json;
const make = async (id, ...words) => {
  const made = await json('create', '--id', id, ...words);
  if (made.client_secret) secrets.push(made.client_secret);
  return made;
};

before(async () => {
  assert.equal((await command(['init'], { data, env })).code, 0);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(keys, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] }));
});
after(() => rmSync(data, { recursive: true, force: true }));

// Each option, and the member of the metadata that it makes.
const OPTIONS = [
  [['--name', 'The shop'], 'client_name', 'The shop'],
  [['--redirect-uri', CALLBACK, '--redirect-uri', 'https://app.test/other'], 'redirect_uris', [CALLBACK, 'https://app.test/other']],
  [['--post-logout-redirect-uri', 'https://app.test/'], 'post_logout_redirect_uris', ['https://app.test/']],
  [['--backchannel-logout-uri', 'https://app.test/told'], 'backchannel_logout_uri', 'https://app.test/told'],
  [['--frontchannel-logout-uri', 'https://app.test/left'], 'frontchannel_logout_uri', 'https://app.test/left'],
  [['--grant', 'authorization_code', '--grant', 'refresh_token'], 'grant_types', ['authorization_code', 'refresh_token']],
  [['--scope', 'openid', '--scope', 'email'], 'scope', 'openid email'],
  [['--auth-method', 'client_secret_post'], 'token_endpoint_auth_method', 'client_secret_post'],
  [['--resource', 'https://api.test'], 'resources', ['https://api.test']],
  [['--audience', 'https://api.test'], 'audiences', ['https://api.test']],
  [['--origin', 'https://app.test'], 'allowed_origins', ['https://app.test']],
  [['--first-party'], 'first_party', true],
  [['--require-pkce'], 'require_pkce', true],
  [['--require-par'], 'require_pushed_authorization_requests', true],
];

test('each option of create is what is registered, and show tells it, as JSON and as text', async () => {
  const made = await make('shop', '--type', 'confidential', ...OPTIONS.flatMap(([words]) => words));
  const shown = await json('show', 'shop');
  for (const [words, member, value] of OPTIONS) for (const one of [made, shown]) assert.deepEqual(one.metadata[member], value, words[0]);
  const { stdout } = await does('show', 'shop');
  for (const [words, member, value] of OPTIONS)
    for (const text of [value].flat().flatMap((one) => (one === true ? [{ first_party: 'not asked for', require_pkce: 'needed always' }[member] ?? 'pushed only'] : [one])))
      assert.ok(stdout.includes(text), `${words[0]}: ${text}\n${stdout}`);
  for (const [words] of OPTIONS) assert.ok((await does('create', '--help')).stdout.includes(words[0]), `--help: ${words[0]}`);
});

test('keys, metadata of a file with options on top, a public client, and an id that is made', async () => {
  const keyed = await make('keyed', '--type', 'confidential', '--auth-method', 'private_key_jwt', '--jwks-file', keys, '--redirect-uri', CALLBACK);
  assert.deepEqual([keyed.client_secret, keyed.metadata.jwks.keys.length], [undefined, 1]);
  writeFileSync(metadata, JSON.stringify({ client_name: 'Of the file', redirect_uris: [CALLBACK], default_max_age: 60 }));
  const filed = await make('filed', '--type', 'confidential', '--metadata-file', metadata, '--name', 'On top');
  assert.deepEqual([filed.metadata.client_name, filed.metadata.default_max_age, filed.metadata.redirect_uris], ['On top', 60, [CALLBACK]]);
  const open = await json('create', '--type', 'public', '--redirect-uri', CALLBACK);
  assert.match(open.client_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual([open.client_secret, open.metadata.token_endpoint_auth_method], [undefined, 'none']);
});

// What is wrong, the exit code, and what is said of it.
const CREATE = ['create', '--id', 'wrong'];
const GOOD = ['--redirect-uri', CALLBACK];
const METHODS = /auth.method: The methods are none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth and self_signed_tls_client_auth\./;
const many = (option, n, value) => Array.from({ length: n }, (_, i) => [option, value(i)]).flat();
const WRONG = [
  [[...CREATE, ...GOOD], 2, /--type: this option is needed/],
  [[...CREATE, '--type', 'other', ...GOOD], 2, /--type: .*public or confidential/],
  [['create', '--id', 'a b', '--type', 'public', ...GOOD], 2, /client_id: .*1 to 64 characters/],
  [['create', '--id', 'x'.repeat(65), '--type', 'public', ...GOOD], 2, /client_id: .*1 to 64 characters/],
  [['create', '--id', 'shop', '--type', 'public', ...GOOD], 1, /There is a client of this id already/],
  [['create', '--id', 'first-party', '--type', 'public', ...GOOD], 1, /already/],
  [[...CREATE, '--type', 'public'], 1, /redirect_uris: /],
  [[...CREATE, '--type', 'public', '--redirect-uri', 'http://app.test/cb'], 1, /redirect_uris\[0\]: Plain http/],
  [[...CREATE, '--type', 'public', '--redirect-uri', 'https://app.test/#x'], 1, /redirect_uris\[0\]: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--redirect-uri', 'javascript:alert(1)'], 1, /redirect_uris\[1\]: /],
  [[...CREATE, '--type', 'public', ...many('--redirect-uri', 40, (i) => `${CALLBACK}/${i}`)], 1, /redirect_uris: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--post-logout-redirect-uri', 'x'], 1, /post_logout_redirect_uris\[0\]: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--backchannel-logout-uri', 'http://app.test/'], 1, /backchannel_logout_uri: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--frontchannel-logout-uri', 'ftp://app.test/'], 1, /frontchannel_logout_uri: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--name', ''], 1, /client_name: .*1 to 100 characters/],
  [[...CREATE, '--type', 'public', ...GOOD, '--name', 'x'.repeat(101)], 1, /client_name: .*1 to 100 characters/],
  [[...CREATE, '--type', 'public', ...GOOD, '--grant', 'password'], 1, /grant_types: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--auth-method', 'client_secret_basic'], 2, /--auth-method: .*does not go with the type/],
  [[...CREATE, '--type', 'confidential', ...GOOD, '--auth-method', 'none'], 2, /--auth-method: .*does not go with the type/],
  ...['public', 'confidential'].map((type) => [[...CREATE, '--type', type, ...GOOD, '--auth-method', 'magic'], 2, METHODS]),
  [[...CREATE, '--type', 'confidential', ...GOOD, '--auth-method', 'private_key_jwt'], 1, /jwks: .*public keys/],
  [[...CREATE, '--type', 'confidential', ...GOOD, '--auth-method', 'private_key_jwt', '--jwks-file', '/nowhere'], 2, /--jwks-file: .*cannot be read/],
  [[...CREATE, '--type', 'confidential', ...GOOD, '--auth-method', 'private_key_jwt', '--jwks-file', '/etc/hostname'], 1, /jwks: /],
  [[...CREATE, '--type', 'confidential', ...GOOD, '--metadata-file', '/dev/null'], 2, /--metadata-file: .*empty, or too large/],
  [[...CREATE, '--type', 'confidential', ...GOOD, '--metadata-file', '/etc/hostname'], 1, /JSON/],
  [[...CREATE, '--type', 'public', ...GOOD, '--tenant', 'nobody'], 1, /There is no such tenant/],
  [[...CREATE, '--type', 'public', ...GOOD, '--origin', 'https://app.test/path'], 1, /allowed_origins: /],
  [[...CREATE, '--type', 'public', ...GOOD, '--resource', 'no URI'], 1, /resources/],
  [[...CREATE, '--type', 'public', ...GOOD, '--nme', 'x'], 2, /--nme: there is no such option; did you mean --name/],
  [[...CREATE, '--type', 'public', ...GOOD, '--name'], 2, /--name/],
  [[...CREATE, '--type', 'public', ...GOOD, 'more'], 2, /more|argument/],
  [['show'], 2, /takes one argument: the id of a client/],
  [['show', 'nobody'], 1, /there is no client nobody/],
  [['show', 'first-party'], 1, /there is no client first-party/],
  [['update', 'nobody', '--name', 'x'], 1, /there is no client nobody/],
  [['update', 'shop', '--name', ''], 1, /client_name: .*1 to 100 characters/],
  [['update', 'shop', '--redirect-uri', 'ftp://x'], 1, /redirect_uris\[0\]: /],
  [['update', 'shop', '--auth-method', 'private_key_jwt'], 1, /jwks: /],
  [['update', 'shop', '--auth-method', 'magic'], 1, METHODS],
  [['update', 'shop', '--name', 'Another', '--backchannel-logout-uri', 'http://x'], 1, /backchannel_logout_uri: /],
  [['rotate-secret', 'nobody'], 1, /there is no client nobody/],
  [['rotate-secret', 'shop', '--overlap-hours', 'x'], 2, /--overlap-hours: This is a number from 0 to 2160/],
  [['rotate-secret', 'shop', '--overlap-hours', '2161'], 2, /--overlap-hours: /],
  [['rotate-secret', 'shop', '--overlap-hours', '-1'], 2, /--overlap-hours: /],
  [['rotate-secret', 'keyed'], 1, /secret/],
  [['delete', 'shop'], 2, /--yes: this option is needed/],
  [['delete', 'nobody', '--yes'], 1, /there is no client nobody/],
  [['delete', 'first-party', '--yes'], 1, /there is no client first-party/],
  [['disable', 'nobody'], 1, /there is no client nobody/],
  [['list', '--limit', '0'], 2, /--limit: This is a number from 1 to 10000/],
  [['list', '--limit', 'many'], 2, /--limit: /],
];

test('what is wrong is refused with its name, prints no secret, and changes nothing', async () => {
  const state = async () => JSON.stringify([await json('list'), await json('show', 'shop'), await json('show', 'keyed')]);
  const was = await state();
  const answers = [];
  for (const [words] of WRONG) answers.push(await run(...words));
  WRONG.forEach(([words, code, said], i) => {
    const { code: got, stdout, stderr } = answers[i];
    assert.equal(stdout, '', words.join(' '));
    assert.match(stderr, /^uauth: [^\n]+\n$/, words.join(' '));
    assert.match(stderr, said, words.join(' '));
    assert.equal(got, code, `${words.join(' ')}: ${stderr}`);
  });
  assert.equal(await state(), was);
});

test('update replaces what is given and leaves the rest, and the same again is the same', async () => {
  const { metadata: was } = await json('show', 'shop');
  const change = ['update', 'shop', '--redirect-uri', 'https://app.test/new', '--scope', 'openid'];
  const { metadata: now } = await json(...change);
  assert.deepEqual(now, { ...was, redirect_uris: ['https://app.test/new'], scope: 'openid' });
  assert.deepEqual((await json(...change)).metadata, now);
  // A file is the whole of it, but for how it authenticates; so it takes back what no option can.
  const whole = { client_name: 'The shop', redirect_uris: [CALLBACK], require_pkce: true };
  writeFileSync(metadata, JSON.stringify(whole));
  const { metadata: less } = await json('update', 'shop', '--metadata-file', metadata);
  assert.deepEqual({ ...less, ...whole }, less);
  assert.ok(!less.first_party && !less.post_logout_redirect_uris?.length && !less.backchannel_logout_uri);
  assert.equal(less.token_endpoint_auth_method, 'client_secret_post');
});

test('a client that comes to need a secret is shown one, once', async () => {
  const made = await json('update', 'keyed', '--auth-method', 'client_secret_basic');
  assert.match(made.client_secret, /^[\w-]{43}$/);
  secrets.push(made.client_secret);
  assert.equal((await json('update', 'keyed', '--name', 'Keyed')).client_secret, undefined);
});

test('list goes on where it ended, and tells who is disabled', async () => {
  const all = await json('list');
  assert.deepEqual(all.map(({ client_id: id }) => id), all.map(({ client_id: id }) => id).toSorted());
  const [first] = await json('list', '--limit', '1');
  assert.deepEqual([first, ...await json('list', '--after', first.client_id)], all);
  assert.deepEqual(await json('list', '--after', all.at(-1).client_id), []);
  assert.equal((await json('disable', 'keyed')).client_id, 'keyed');
  await does('disable', 'keyed'); // it is, and stays so
  const { stdout } = await does('list');
  assert.match(stdout, /^ID +NAME +TYPE +STATUS +MADE\n/);
  assert.match(stdout, /^keyed +Keyed +confidential +disabled /m);
  await does('enable', 'keyed');
  assert.equal((await json('show', 'keyed')).status, 'active');
});

test('a secret stands once in what made it, as text and as JSON, and nowhere else', async () => {
  const { stdout } = await does('create', '--id', 'texted', '--type', 'confidential', '--grant', 'client_credentials', '--scope', 'x');
  const [secret] = /^secret +([\w-]{43})$/m.exec(stdout).slice(1);
  assert.match(stdout, /The secret is shown this once\./);
  secrets.push(secret);
  const again = await does('rotate-secret', 'texted');
  const [next] = /^secret +([\w-]{43})$/m.exec(again.stdout).slice(1);
  assert.notEqual(next, secret);
  secrets.push(next);
  for (const one of [stdout, again.stdout]) assert.equal(one.split(one === stdout ? secret : next).length, 2);
  const told = [];
  for (const words of [['list'], ['show', 'texted'], ['show', 'shop'], ['update', 'texted', '--name', 'Texted'], ['disable', 'texted'], ['enable', 'texted']])
    for (const form of [[], ['--json']]) { const done = await does(...words, ...form); told.push(done.stdout + done.stderr); }
  for (const name of readdirSync(data)) if (/^uauth\.db|log/.test(name)) told.push(readFileSync(join(data, name), 'latin1'));
  for (const text of told) for (const one of secrets) assert.ok(!text.includes(one), 'a secret is told again');
});

test('the secret before works for as long as was said, and a client that is deleted is gone', async (t) => {
  const grant = ['--grant', 'client_credentials', '--scope', 'x', '--type', 'confidential'];
  const first = (await make('rotated', ...grant)).client_secret;
  const server = await startServer({ data, env });
  t.after(() => server.stop({ keep: true }));
  const asks = async (id, secret) => (await fetch(`${server.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` } })).status;
  assert.equal(await asks('rotated', first), 200);
  const second = (await json('rotate-secret', 'rotated', '--overlap-hours', '1')).client_secret;
  assert.deepEqual([await asks('rotated', first), await asks('rotated', second)], [200, 200]);
  const third = (await json('rotate-secret', 'rotated', '--overlap-hours', '0')).client_secret;
  assert.deepEqual([await asks('rotated', first), await asks('rotated', second), await asks('rotated', third)], [401, 401, 200]);
  // A second client of the id is refused, and the first goes on.
  assert.equal((await run('create', '--id', 'rotated', ...grant)).code, 1);
  assert.equal(await asks('rotated', third), 200);
  assert.match((await does('delete', 'rotated', '--yes')).stdout, /^rotated is removed\.$/m);
  assert.equal(await asks('rotated', third), 401);
  assert.match((await run('delete', 'rotated', '--yes')).stderr, /there is no client rotated/);
  const made = await make('rotated', ...grant);
  assert.deepEqual([await asks('rotated', third), await asks('rotated', made.client_secret)], [401, 200]);
  server.forbid(...secrets, second, third);
});
