// SPDX-License-Identifier: Apache-2.0
// A name server as a test needs it, on loopback by UDP: every name is this machine, unless `how` says otherwise of it.  What
// asks it is led here by tests/preload/names.c.
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { missing } from './installed.mjs';
import { binary } from './server.mjs';

const A = 1, NXDOMAIN = 3, SERVFAIL = 2;
const library = join(dirname(binary), 'tests', 'preload', 'libnames.so');

// The one question (RFC 1035 4.1): its name, its kind, and where it ends.
function questionIn(packet) {
  const labels = [];
  let at = 12;
  for (; packet[at] > 0; at += packet[at] + 1) labels.push(packet.toString('latin1', at + 1, at + 1 + packet[at]));
  return { name: labels.join('.').toLowerCase(), kind: packet.readUInt16BE(at + 1), end: at + 5 };
}

// An answer with `address`, or with none, and the response code `code`.
function answerTo(packet, { kind, end }, { code = 0, address = '127.0.0.1', id = packet.readUInt16BE(0) } = {}) {
  const told = code === 0 && kind === A;
  const head = Buffer.alloc(12);
  for (const [i, word] of [id, 0x8180 | code, 1, told ? 1 : 0, 0, 0].entries()) head.writeUInt16BE(word, 2 * i);
  const record = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([head, packet.subarray(12, end), ...(told ? [record] : [])]);
}

// What is no answer: of another question, cut, with a name that points to itself, with a length that is not there, noise.
function garbageFor(packet, question) {
  const good = answerTo(packet, { ...question, kind: A });
  const looped = Buffer.from(good), long = Buffer.from(good);
  looped.writeUInt16BE(0xc000 | question.end, question.end);
  long.writeUInt16BE(0xffff, question.end + 10);
  return [answerTo(packet, question, { id: packet.readUInt16BE(0) ^ 1 }), good.subarray(0, 11), looped, long, Buffer.concat([good.subarray(0, 12), randomBytes(400)]), randomBytes(64)];
}

export class Names {
  how = new Map(); // name to 'none', 'failing', 'silent', 'garbage', or milliseconds; '*' is all others
  asked = [];

  async start() {
    this.socket = dgram.createSocket('udp4');
    this.socket.on('message', (packet, from) => this.answer(packet, from));
    await new Promise((done) => this.socket.bind(0, '127.0.0.1', done));
    this.port = this.socket.address().port;
    return this;
  }

  async close() { return new Promise((done) => this.socket.close(done)); }

  answer(packet, from) {
    const question = questionIn(packet);
    const send = (answer) => this.socket.send(answer, from.port, from.address);
    const how = this.how.get(question.name) ?? this.how.get('*');
    this.asked.push(question.name);
    if (how === 'silent') return;
    if (how === 'garbage') garbageFor(packet, question).forEach(send);
    else if (how === 'none') send(answerTo(packet, question, { code: NXDOMAIN }));
    else if (how === 'failing') send(answerTo(packet, question, { code: SERVFAIL }));
    else setTimeout(() => send(answerTo(packet, question)), how ?? 0);
  }

  // What leads a program here.
  get env() {
    missing(existsSync(library), `${library} is not made`);
    return { LD_PRELOAD: library, NAMES_PORT: String(this.port), ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? 'abort_on_error=1'}:verify_asan_link_order=0` };
  }
}
