// SPDX-License-Identifier: Apache-2.0
// What the README, the guides and the examples name is there: endpoints, commands with their options, settings, and what
// discovery has to say for the code that is not run here.  What can be run is followed by readme.test.mjs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { binary, startServer } from './server.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const described = (table) => execFileSync(binary, ['describe', table], { encoding: 'utf8' });
const filesIn = (folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'meson.build').map((entry) => join(entry.parentPath, entry.name));
const guides = [join(root, 'README.md'), ...filesIn('docs/guide')];
const texts = (files) => files.map((file) => ({ name: file.slice(root.length + 1), text: readFileSync(file, 'utf8') }));

// All matches of a pattern in files, each as `wrong` words it, but for those of which it says nothing.
const faults = (files, pattern, wrong) => texts(files).flatMap(({ name, text }) => [...text.matchAll(pattern)]
  .map((match) => wrong(match)).filter(Boolean).map((fault) => `${name}: ${fault}`));

// Of others, and what only begins an address.
const elsewhere = new Set(['/api/v2/jobs/users-exports', '/admin']);
// Our own addresses, and a method and path as text.
const URLS = /\b()https?:\/\/(?:localhost:8080|127\.0\.0\.1:8080|auth\.example\.com)(\/[\w.~{}/-]*[\w}])/g;
const CALLS = /`(GET|POST|PUT|PATCH|DELETE) (\/[\w.~{}/-]*)/g;

test('every guide is in the table of contents', () => {
  const contents = readFileSync(join(root, 'docs/README.md'), 'utf8');
  assert.deepEqual(filesIn('docs/guide').map((file) => file.slice(root.length + 6)).filter((file) => !contents.includes(`(${file})`)), []);
});

test('endpoints', () => {
  const routes = [...described('api').matchAll(/^\| (\w+) \| (\/\S*) \|/gm)].map(([, method, path]) => ({ method, path: new RegExp(`^${path.replace(/\.\.\.\}|\{[^}]*\}/g, '[^/]+')}$`) }));
  assert.ok(routes.length > 150);
  // At the issuer of a tenant, which is an address, too.
  const own = (path) => path.replace(/^\/t\/[\w-]+/, '');
  const served = ([, method, path]) => own(path) === '' || routes.some((route) => route.path.test(own(path)) && (!method || ['any', method].includes(route.method))) || elsewhere.has(path);
  const unserved = (match) => !served(match) && `${match[1]} ${match[2]}`;
  assert.deepEqual([...faults([...guides, ...filesIn('examples')], URLS, unserved), ...faults(guides, CALLS, unserved)], []);
});

// By command: its own options.
function options() {
  const commands = new Map();
  for (const section of described('commands').split(/^## uauth /m).slice(1))
    commands.set(section.slice(0, section.indexOf('\n')), new Set(section.match(/(?<![\w-])--[a-z][\w-]*/g)));
  return commands;
}

const settings = () => [...described('settings').matchAll(/^\| (AUTH_\w+) \|/gm)].map(([, name]) => name);

test('commands and their options', () => {
  const commands = options();
  const everywhere = new Set(['--json', '--config', '--help', ...settings().map((name) => `--${name.slice(5).toLowerCase().replaceAll('_', '-')}`)]);
  assert.ok(commands.size > 50);
  const unknown = ([line, words]) => {
    const said = words.trim().split(' ');
    if (said.length === 1 && [...commands.keys()].some((name) => name.startsWith(`${said[0]} `))) return null;
    const command = [said.slice(0, 2).join(' '), said[0]].find((name) => commands.has(name));
    if (!command) return line.split('\n')[0];
    const strange = line.match(/(?<=\s)--[a-z][\w-]*/g)?.filter((option) => !commands.get(command).has(option) && !everywhere.has(option)) ?? [];
    return strange.length > 0 && `uauth ${command} ${strange.join(' ')}`;
  };
  assert.deepEqual(faults(guides, /(?:\bbuild\/|`)uauth((?: [a-z][a-z\d-]+){1,2})(?=[ `|\n])(?:\\\n|[^\n|;&`)])*/g, unknown), []);
});

test('settings', () => {
  const known = new Set([...settings(), 'AUTH_NAME', 'AUTH_LISTNE']); // stands for any, and for one with a mistake in it
  assert.ok(known.size > 52);
  assert.deepEqual(faults(guides, /\bAUTH_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g, ([name]) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')) && name), []);
});

// Spring Boot, ASP.NET Core and AppAuth find by discovery what they need; each of these is a line of their guide.
test('what the code asks for that is not run here', async () => {
  const server = await startServer();
  try {
    const has = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
    assert.equal(has.issuer, server.url);
    const needed = {
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'], claims_supported: ['name', 'email'], response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'], grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
    for (const [name, values] of Object.entries(needed)) for (const value of values) assert.ok(has[name].includes(value), `${name}: ${value}`);
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'end_session_endpoint', 'pushed_authorization_request_endpoint'])
      assert.equal(new URL(has[name]).origin, server.url, name);
    assert.equal(has.backchannel_logout_supported, true);
  } finally {
    await server.stop();
  }
});
