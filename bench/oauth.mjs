// SPDX-License-Identifier: Apache-2.0
// The authorization server: tokens for clients, introspection, userinfo, codes, discovery.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHEAP, PASSWORD, cookiesOf, run } from './bench.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const JWKS = '/.well-known/jwks.json';
const DISCOVERY = '/.well-known/openid-configuration';
const CALLBACK = 'https://app.test/cb';
export const form = (fields) => ({ script: join(here, 'form.lua'), arguments: [String(new URLSearchParams(fields))] });
const micro = (number) => number.toFixed(1);

// A client with this metadata: the field that authenticates it, or null where it is public.
export async function client(bench, server, id, metadata) {
  const file = join(bench.folder, `${id}.json`);
  writeFileSync(file, JSON.stringify(metadata));
  const type = metadata.token_endpoint_auth_method === 'none' ? 'public' : 'confidential';
  const { stdout } = await run(bench.binary, ['client', 'create', '--id', id, '--type', type, '--metadata-file', file, '--json', '--data-dir', server.data],
    { env: { PATH: process.env.PATH, AUTH_PUBLIC_URL: server.public, ...server.costs } });
  const secret = JSON.parse(stdout).client_secret;
  return secret ? { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` } : null;
}

export async function postForm(server, path, fields, headers = {}) {
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: new URLSearchParams(fields) });
  const json = await answer.json();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

const JOB = { grant_types: ['client_credentials'], scope: 'read' };
const GRANT = { grant_type: 'client_credentials' };

// P2, P3: a token by client credentials, beside the bare signature.
async function tokenBy(bench, algorithm, speed, id, least) {
  const server = await bench.serve(`token-${algorithm}`, { AUTH_JWT_ALGORITHM: algorithm, ...CHEAP });
  const headers = await client(bench, server, 'job', JOB);
  const { ours, openssl } = await bench.alternate({
    ours: () => bench.load(server, '/oauth2/token', { headers, ...form(GRANT) }),
    openssl: async () => ({ sign: await bench.opensslMicroseconds(speed, 'sign') }),
  });
  await bench.end(server);
  return [
    { id, figure: `CPU of a token, ${algorithm}`, value: ours.cpu, unit: 'us', limit: openssl.sign, limitName: 'signature', ratio: openssl.sign / ours.cpu, target: { of: 'ratio', least } },
    { id, figure: `tokens a second, ${algorithm}`, value: ours.perSecond, unit: '' },
  ];
}

export const issuing = async (bench) => [...await tokenBy(bench, 'RS256', 'rsa2048', 'P2', 0.92), ...await tokenBy(bench, 'ES256', 'ecdsap256', 'P3', 0.45)];

// What a request costs beside HTTP, one read and, for some, one verification.
async function beside(bench, figure, ours, verifies) {
  const sides = { ours, floor: () => bench.load(bench.server, JWKS), raw: async () => ({ read: (await bench.sqlite()).read[1] }) };
  if (verifies) sides.rsa = async () => ({ verify: await bench.opensslMicroseconds('rsa2048', 'verify') });
  const { ours: own, floor, raw, rsa } = await bench.alternate(sides);
  const limit = floor.cpu + raw.read + (rsa?.verify ?? 0);
  const limitName = `= HTTP ${micro(floor.cpu)} + read ${micro(raw.read)}${rsa ? ` + verify ${micro(rsa.verify)}` : ''}`;
  return { figure, value: own.cpu, unit: 'us', limit, limitName, ratio: own.cpu / limit, target: { of: 'ratio', most: 1.5 } };
}

// P5: a token that says what it stands for, and one that does not.
export async function introspection(bench) {
  const rows = [];
  for (const [id, kind, more] of [['reader', 'a JWT', {}], ['sayer', 'an opaque token', { access_token_format: 'opaque' }]]) {
    const headers = await client(bench, bench.server, id, { ...JOB, ...more });
    const { access_token: token } = await postForm(bench.server, '/oauth2/token', GRANT, headers);
    const ours = () => bench.load(bench.server, '/oauth2/introspect', { headers, ...form({ token }) });
    rows.push(await beside(bench, `CPU of introspecting ${kind}`, ours, kind === 'a JWT'));
  }
  return rows;
}

// The path that asks for a code, and the cookies of somebody who is signed in.
async function asking(bench) {
  bench.user ??= await bench.makeUser(bench.server, 'bench@example.com');
  const cookies = cookiesOf(await bench.post(bench.server, '/auth/login', { email: bench.user, password: PASSWORD, mode: 'session' }));
  const verifier = randomBytes(32).toString('base64url');
  const path = `/oauth2/authorize?${new URLSearchParams({
    response_type: 'code', client_id: 'app', redirect_uri: CALLBACK, scope: 'openid email', state: 's', nonce: 'n',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  })}`;
  bench.app ??= client(bench, bench.server, 'app', { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', first_party: true, scope: 'openid email' });
  await bench.app;
  return { cookies, verifier, path };
}

// P4 at userinfo: a bearer and one row.
export async function userinfo(bench) {
  const { cookies, verifier, path } = await asking(bench);
  const answer = await fetch(bench.server.url + path, { headers: { Cookie: cookies }, redirect: 'manual' });
  const code = new URL(answer.headers.get('location')).searchParams.get('code');
  const { access_token: token } = await postForm(bench.server, '/oauth2/token',
    { grant_type: 'authorization_code', client_id: 'app', code, redirect_uri: CALLBACK, code_verifier: verifier });
  const ours = () => bench.load(bench.server, '/oauth2/userinfo', { headers: { Authorization: `Bearer ${token}` } });
  return [await beside(bench, 'CPU of userinfo', ours, true)];
}

// Codes for somebody who is signed in: each is durable before it is given out.
export async function codes(bench) {
  const { cookies, path } = await asking(bench);
  const { ours, raw } = await bench.alternate({
    ours: () => bench.load(bench.server, path, { headers: { Cookie: cookies } }),
    raw: async () => {
      const { insert } = await bench.sqlite();
      return { inserts: insert[0], cpu: insert[1] };
    },
  });
  return [
    { figure: 'codes a second', value: ours.perSecond, unit: '', limit: raw.inserts, limitName: 'raw inserts', ratio: ours.perSecond / raw.inserts },
    { figure: 'CPU of a code', value: ours.cpu, unit: 'us', limit: raw.cpu, limitName: 'raw insert', ratio: raw.cpu / ours.cpu },
  ];
}

// P1 with what clients read first: the document beside nginx with the same bytes.
export async function discovery(bench) {
  const single = await bench.serve('single', { AUTH_IO_THREADS: '1' });
  const nginx = await bench.nginx(await (await fetch(single.url + DISCOVERY)).text());
  const { ours, limit, floor } = await bench.alternate({
    ours: () => bench.load(single, DISCOVERY), limit: () => bench.load(nginx, '/'), floor: () => bench.load(single, JWKS),
  });
  await bench.end(nginx);
  await bench.end(single);
  return [
    { figure: 'CPU of discovery, 1 thread', value: ours.cpu, unit: 'us', limit: limit.cpu, limitName: 'nginx', ratio: ours.cpu / limit.cpu, target: { of: 'ratio', most: 1.15 } },
    { figure: 'the same beside the key set', value: ours.cpu, unit: 'us', limit: floor.cpu, limitName: JWKS, ratio: ours.cpu / floor.cpu },
  ];
}
