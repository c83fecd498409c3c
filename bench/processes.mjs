// SPDX-License-Identifier: Apache-2.0
// The service as a process: how fast it starts, how much memory it holds.
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { PASSWORD, median, openFiles, ownMemoryOf, rssOf, run } from './bench.mjs';
import { SIZES, fill } from './fill.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// P10: from exec to the first answer, on the folder of a service that is used.  Beside it what a process with the same libraries takes that
// only prints its version.
export async function coldStart(bench) {
  const first = await bench.serve('start');
  await bench.makeUser(first, 'root@example.com', ['--password-stdin', '--role', 'admin']);
  await bench.end(first);
  fill(bench, join(first.data, 'uauth.db'), SIZES[0]);
  const sides = { ours: [], bare: [] };
  for (let i = 0; i < bench.rounds * 3; i++) {
    sides.ours.push(await bench.program('cold_start', [String(first.port), bench.binary, 'serve'], first.settings));
    sides.bare.push(await bench.program('cold_start', ['0', bench.binary, '--version']));
  }
  const ms = (side, what) => median(side.map((round) => round[what][0])) / 1000;
  return [
    { figure: 'exec to first 200', value: ms(sides.ours, 'wall'), unit: 'ms', limit: ms(sides.bare, 'wall'), limitName: '--version', target: { of: 'value', most: 20 } },
    { figure: 'CPU until then', value: ms(sides.ours, 'cpu'), unit: 'ms', limit: ms(sides.bare, 'cpu'), limitName: '--version' },
  ];
}

// Opens `count` connections that have had an answer each and now wait; what one takes of the server's memory.
async function idleConnections(server, count, connect) {
  const before = rssOf(server.pid);
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = await connect();
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    sockets.push(socket);
  }
  const each = (rssOf(server.pid) - before) / count;
  const files = openFiles(server.pid);
  for (const socket of sockets) socket.destroy();
  await sleep(500);
  return { each, files, left: openFiles(server.pid) };
}

const opened = (socket, event) => new Promise((resolve, reject) => socket.once(event, () => resolve(socket)).once('error', reject));

async function tlsServer(bench) {
  const [cert, key] = [join(bench.folder, 'cert.pem'), join(bench.folder, 'key.pem')];
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert]);
  return bench.serve('memory-tls', { AUTH_TLS_CERT: cert, AUTH_TLS_KEY: key }, '/healthz', 'https');
}

// P11: memory at rest, after the slots of password hashing are given back, and of connections at rest.
export async function memory(bench) {
  const server = await bench.serve('memory');
  const fresh = rssOf(server.pid);
  const user = await bench.makeUser(server, 'memory@example.com');
  for (let i = 0; i < 20; i++) await bench.post(server, '/auth/login', { email: user, password: PASSWORD });
  await sleep(13000); // they are given back after 10 s
  const [idle, own] = [rssOf(server.pid), ownMemoryOf(server.pid)];
  const plain = await idleConnections(server, 2000, () => opened(net.connect(server.port, '127.0.0.1'), 'connect'));
  await bench.end(server);
  const secured = await tlsServer(bench);
  const private_ = await idleConnections(secured, 500, () => opened(tls.connect({ port: secured.port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect'));
  await bench.end(secured);
  const mib = (bytes) => bytes / 1048576;
  return [
    { figure: 'RSS idle, after logins', value: mib(idle), unit: 'MiB', target: { of: 'value', most: 12 } },
    { figure: 'of it own pages (not of libraries)', value: mib(own), unit: 'MiB' },
    { figure: 'RSS fresh', value: mib(fresh), unit: 'MiB' },
    { figure: 'an idle plain connection, of 2000', value: plain.each, unit: 'B', target: { of: 'value', most: 1024 } },
    { figure: 'an idle TLS connection, of 500', value: private_.each / 1024, unit: 'KiB', target: { of: 'value', most: 20 } },
    { figure: 'descriptors left when 2000 have gone', value: plain.left, unit: '', limit: plain.files, limitName: 'with them' },
  ];
}
