// SPDX-License-Identifier: Apache-2.0
// A crowd: thousands who hold connections and do nothing, or little, beside those who work; and more sign-ins than
// there is processor for.
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { PASSWORD, cookiesOf, openFiles, rssOf } from './bench.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const HEAD_SECONDS = 10; // after which a request whose head is not there is given up

async function inTurns(count, make) { // a few hundred at a time, as a listen queue is finite
  const all = [];
  while (all.length < count) all.push(...await Promise.all(Array.from({ length: Math.min(200, count - all.length) }, make)));
  return all;
}

// From ten addresses, as one may hold a quarter of all connections.
let next = 0;
const connect = (port, then) => net.connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${next++ % 10}` }, then);

const idle = (port) => new Promise((resolve, reject) => {
  const socket = connect(port, () => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  socket.once('data', () => resolve(socket)).once('error', reject).once('close', () => reject(new Error('a connection was not taken')));
});

// Sends a head that never ends, a byte at a time.
const slow = (port) => new Promise((resolve, reject) => {
  const socket = connect(port, () => {
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-');
    const timer = setInterval(() => socket.write('a'), 2000);
    socket.on('close', () => { clearInterval(timer); socket.gone = Date.now(); });
    socket.began = Date.now();
    resolve(socket);
  });
  socket.on('error', () => {}).once('error', reject);
});

export async function crowd(bench) {
  const [idlers, dawdlers] = bench.quick ? [1000, 100] : [10000, 1000];
  const server = await bench.serve('crowd', { AUTH_IO_THREADS: '2' });
  const user = await bench.makeUser(server, 'crowd@example.com');
  const cookie = cookiesOf(await bench.post(server, '/auth/login', { email: user, password: PASSWORD, mode: 'session' }));
  const good = async () => {
    const runs = [];
    for (let i = 0; i < bench.rounds; i++) runs.push((await bench.load(server, '/auth/verify', { connections: 2, headers: { Cookie: cookie } })).p99);
    return runs.sort((a, b) => a - b)[runs.length >> 1];
  };
  const alone = await good();
  const [before, files] = [rssOf(server.pid), openFiles(server.pid)];
  const waiting = await inTurns(idlers, () => idle(server.port));
  const each = (rssOf(server.pid) - before) / idlers;
  const dawdling = await inTurns(dawdlers, () => slow(server.port));
  const amid = await good();
  await sleep(Math.max(0, (HEAD_SECONDS + 6) * 1000 - (Date.now() - dawdling[0].began)));
  const left = dawdling.filter((socket) => socket.gone === undefined).length;
  const longest = Math.max(...dawdling.map((socket) => (socket.gone ?? Date.now()) - socket.began)) / 1000;
  for (const socket of [...waiting, ...dawdling]) socket.destroy();
  await sleep(1000);
  const after = openFiles(server.pid);
  await bench.end(server);
  return [
    { figure: `p99 of good traffic amid ${idlers} idle and ${dawdlers} slow`, value: amid, unit: 'ms', limit: alone, limitName: 'alone', ratio: amid / alone, target: { of: 'ratio', most: 2 } },
    { figure: `an idle plain connection, of ${idlers}`, value: each, unit: 'B', target: { of: 'value', most: 1024 } },
    { figure: 'slow heads that are held for longer than 15 s', value: left, unit: '', target: { of: 'value', most: 0 } },
    { figure: 'the longest that one was held', value: longest, unit: 's', target: { of: 'value', most: HEAD_SECONDS + 5 } },
    { figure: 'descriptors more than before', value: after - files, unit: '', target: { of: 'value', most: 8 } },
  ];
}

// `rate` requests a second of `method path`, whatever the server makes of them.
async function flood(bench, server, { rate, connections, request, seconds }) {
  const file = join(bench.folder, `flood-${rate}`);
  writeFileSync(file, request);
  const figures = await bench.program('open_load', [String(server.port), String(rate), String(seconds), String(connections), file]);
  const [good, refused, other] = ['good', 'refused', 'other'].map((name) => ({ n: figures[name][0], p50: figures[name][1], p99: figures[name][2] }));
  return { good, refused, other, unsent: figures.unsent[0] };
}

const request = (method, path, headers, body = '') => [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');

export async function overload(bench) {
  const server = await bench.serve('overload', { AUTH_SESSIONS_PER_USER: '10000' });
  const user = await bench.makeUser(server, 'overload@example.com');
  const cookie = cookiesOf(await bench.post(server, '/auth/login', { email: user, password: PASSWORD, mode: 'session' }));
  const login = request('POST', '/auth/login', ['Content-Type: application/json'], JSON.stringify({ email: user, password: PASSWORD }));
  const verify = request('GET', '/auth/verify', [`Cookie: ${cookie}`]);
  const seconds = bench.quick ? 3 : 20;
  // Beside the sign-ins, what people do who are signed in.
  const both = (logins) => Promise.all([
    flood(bench, server, { request: login, seconds, ...logins }), flood(bench, server, { rate: 200, connections: 64, request: verify, seconds }),
  ]);
  const [peak, quiet] = await both({ rate: 1000, connections: 4 });
  const capacity = peak.good.n / seconds;
  const memory = rssOf(server.pid);
  const [flooded, verified] = await both({ rate: Math.ceil(capacity * 5), connections: 4000 });
  const over = rssOf(server.pid);
  const began = Date.now();
  await bench.post(server, '/auth/login', { email: user, password: PASSWORD });
  const back = Date.now() - began;
  await bench.end(server);
  return [
    { figure: `sign-ins a second at 5 times the capacity`, value: flooded.good.n / seconds, unit: '', limit: capacity, limitName: 'at capacity', ratio: flooded.good.n / seconds / capacity, target: { of: 'ratio', least: 0.8 } },
    { figure: 'p99 of one that is served', value: flooded.good.p99, unit: 'ms' },
    { figure: 'a refusal, half of them', value: flooded.refused.p50, unit: 'ms' },
    { figure: `p99 of a refusal, of ${flooded.refused.n}`, value: flooded.refused.p99, unit: 'ms', target: { of: 'value', most: 50 } },
    { figure: 'neither served nor refused', value: flooded.other.n + flooded.unsent, unit: '', target: { of: 'value', most: 0 } },
    { figure: 'p99 of GET /auth/verify meanwhile', value: verified.good.p99, unit: 'ms', limit: quiet.good.p99, limitName: 'at capacity', target: { of: 'value', most: 50 } },
    { figure: 'a sign-in right after', value: back, unit: 'ms', target: { of: 'value', most: 5000 } },
    { figure: 'RSS more than before', value: (over - memory) / 1048576, unit: 'MiB' },
  ];
}
