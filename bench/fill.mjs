// SPDX-License-Identifier: Apache-2.0
// A database as it is after years: people, tenants, sessions, refresh tokens and events by the hundred thousand, written
// by SQL beside a service that does not run.  Everybody has the password of one who was made by the command.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';

export const SIZES = [
  { name: '10^3', users: 1e3, sessions: 1e4, tenants: 10 },
  { name: '10^5', users: 1e5, sessions: 1e5, tenants: 1e3 },
  { name: '10^6', users: 1e6, sessions: 1e6, tenants: 1e4 },
];
const BROWSERS = 4000; // so many that none is still kept in memory when its turn comes again
export const EVENTS_FROM = 0x0190e0000000; // in milliseconds: what the ids of the events begin with
export const emailOf = (i) => `person${i}@example.com`;

const hex = { sqlite: (n) => `lower(hex(randomblob(${n / 2})))`, postgres: (n) => `substr(md5(random()::text), 1, ${n})` };
const padded = { sqlite: (n) => `printf('%06x', ${n})`, postgres: (n) => `lpad(to_hex(${n}), 6, '0')` };

// Ids are UUIDv7 in form: they grow with i, and end at random.
function statements(kind, { users, sessions, tenants }, now) {
  const chance = hex[kind], six = padded[kind];
  const id = (i, mark) => `'0190${mark}${'0'.repeat(2)}' || substr(${six(i)}, 1, 1) || '-' || substr(${six(i)}, 2, 4) || '-7' || substr(${six(i)}, 6, 1) || '00-8000-'`;
  const rows = (n) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})`;
  const tenant = (i) => `${id(i, 'c')} || '0000000000' || 'aa'`;
  const someTenant = (i) => tenant(`1 + (${i}) % ${tenants}`);
  return [
    `${rows(tenants)} INSERT INTO tenants (id, slug, name, status, created_at, updated_at)
     SELECT ${tenant('i')}, 'tenant-' || i, 'Tenant ' || i, 'active', ${now}, ${now} FROM n`,
    `${rows(users)} INSERT INTO users (id, email, email_entered, full_name, status, email_verified_at, default_tenant_id, factor_failures, epoch, created_at, updated_at)
     SELECT ${id('i', 'a')} || ${chance(12)}, 'person' || i || '@example.com', 'person' || i || '@example.com', 'Person ' || i, 'active', ${now}, ${someTenant('i')}, 0, 0, ${now}, ${now} FROM n`,
    `INSERT INTO credentials (user_id, kind, hash, must_change, changed_at)
     SELECT users.id, 'password', known.hash, 0, ${now} FROM users, (SELECT hash FROM credentials LIMIT 1) AS known WHERE email LIKE 'person%'`,
    `INSERT INTO memberships (tenant_id, user_id, created_at) SELECT default_tenant_id, id, ${now} FROM users WHERE email LIKE 'person%'`,
    `INSERT INTO memberships (tenant_id, user_id, created_at) SELECT '00000000-0000-7000-8000-000000000001', id, ${now} FROM users WHERE email LIKE 'person%'`,
    `INSERT INTO user_roles (user_id, given_in, tenant_id, role, given_at) SELECT id, '', '', 'user', ${now} FROM users WHERE email LIKE 'person%'`,
    'CREATE TABLE filling (i BIGINT PRIMARY KEY, user_id TEXT COLLATE "C")',
    `INSERT INTO filling SELECT CAST(substr(email, 7, length(email) - 18) AS BIGINT), id FROM users WHERE email LIKE 'person%'`,
    `${rows(sessions)} INSERT INTO sessions (id, hash, user_id, tenant_id, mode, created_at, last_seen_at, idle_expires_at, expires_at, auth_time, amr)
     SELECT ${id('n.i', 'b')} || ${chance(12)}, 'filled-' || n.i || '-' || ${chance(24)}, filling.user_id, ${someTenant('filling.i')}, 'token', ${now}, ${now}, ${now + 604800}, ${now + 2592000}, ${now}, 'pwd'
     FROM n JOIN filling ON filling.i = 1 + (n.i - 1) % ${users}`,
    `INSERT INTO authorizations (id, user_id, client_id, session_id, tenant_id, scopes, auth_time, amr, created_at, expires_at)
     SELECT id, user_id, 'first-party', id, tenant_id, 'users:read', ${now}, 'pwd', ${now}, ${now + 2592000} FROM sessions WHERE hash LIKE 'filled-%'`,
    `INSERT INTO refresh_tokens (hash, authorization_id, created_at, expires_at)
     SELECT ${chance(32)} || substr(id, 25), id, ${now}, ${now + 604800} FROM authorizations`,
    // A sixteenth of the sessions began at a provider.  What happened is told by events at 16 to each millisecond.
    `INSERT INTO upstream_sessions (session_id, provider, issuer, subject)
     SELECT id, 'elsewhere', 'https://elsewhere.example', hash FROM sessions WHERE hash LIKE 'filled-%0'`,
    `${rows(sessions)} INSERT INTO events (id, name, at, outcome, tenant_id, user_id, leaf_hash, leaf_index)
     SELECT ${id('n.i', 'e')} || ${chance(12)}, 'login.succeeded', (${EVENTS_FROM} + n.i / 16) / 1000, 'success', ${someTenant('filling.i')}, filling.user_id, '', -1 - n.i
     FROM n JOIN filling ON filling.i = 1 + (n.i - 1) % ${users}`,
    'DROP TABLE filling',
    'ANALYZE',
  ];
}

// Makes sessions from all over the table ones of browsers whose secrets are known: nobody else asked for them, and they
// were used so lately that a use of them writes nothing.  Statements, and the cookies.
function browsers({ sessions }, now) {
  const secrets = Array.from({ length: BROWSERS }, () => randomBytes(32).toString('base64url'));
  const hashOf = (secret) => createHash('sha256').update(secret).digest('base64url');
  const nth = (i) => 1 + Math.floor((i * sessions) / BROWSERS);
  const lines = secrets.map((secret, i) => `UPDATE sessions SET hash = '${hashOf(secret)}', mode = 'session', last_seen_at = ${now + 3600} WHERE hash >= 'filled-${nth(i)}-' AND hash < 'filled-${nth(i)}.'`);
  return { lines, cookies: secrets.map((secret) => `session=${secret}`) };
}

// `where`: the file of SQLite, or the URL of PostgreSQL.  Returns cookies of BROWSERS sessions.
export function fill(bench, where, size) {
  const now = Math.floor(Date.now() / 1000);
  const { lines, cookies } = browsers(size, now);
  const run = (program, args, text) => execFileSync(program, args, { input: `${text.join(';\n')};\n`, env: { PATH: process.env.PATH } });
  if (!where.startsWith('postgres:')) {
    const sqlite = (text) => run(bench.programOf('sqlite_run'), [where], ['PRAGMA synchronous = OFF', 'PRAGMA cache_size = -200000', ...text]);
    sqlite(statements('sqlite', size, now));
    sqlite(['BEGIN', ...lines, 'COMMIT', 'PRAGMA wal_checkpoint(TRUNCATE)']);
    return cookies;
  }
  const { pathname, searchParams } = new URL(where);
  const place = (name) => searchParams.get(name);
  const psql = (text) => run('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', '-h', place('host'), '-p', place('port'), '-U', place('user'), pathname.slice(1)], text);
  psql(statements('postgres', size, now));
  psql(['BEGIN', ...lines, 'COMMIT']);
  return cookies;
}
