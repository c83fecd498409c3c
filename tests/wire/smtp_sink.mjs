// SPDX-License-Identifier: Apache-2.0
// A mail server that keeps what it is given: enough of RFC 5321 for a client that is strict, with STARTTLS when a
// certificate is given, and scripted failures.
import net from 'node:net';
import tls from 'node:tls';

// RFC 2047: each encoded word is UTF-8 by itself, and no line that has one is longer than 76.
function decodeWords(field) {
  const fatal = new TextDecoder('utf-8', { fatal: true });
  return field.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?B\?([^?]*)\?=/gi, (word, text) => fatal.decode(Buffer.from(text, 'base64')));
}

function parse(data) {
  const at = data.indexOf('\r\n\r\n');
  const headers = {};
  for (const line of data.slice(0, at).replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = data.slice(at + 4);
  const text = headers['content-transfer-encoding'] === 'base64'
    ? Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n') : body;
  const long = data.slice(0, at).split('\r\n').filter((line) => line.includes('=?') && line.length > 76);
  return { headers, text, subject: decodeWords(headers.subject ?? ''), sender: decodeWords(headers.from ?? ''), long };
}

// One conversation; `reply(line)` may be scripted by options.refuse: { 'RCPT': '550 no such user' }.
function converse(socket, sink, options) {
  let from = null, to = [], data = null, rest = '';
  const say = (text) => socket.write(`${text}\r\n`);
  const commands = {
    EHLO: () => say(options.tls && !socket.encrypted ? '250-sink\r\n250 STARTTLS' : '250 sink'),
    HELO: () => say('250 sink'),
    STARTTLS: () => {
      say('220 go');
      socket.removeAllListeners('data');
      const secure = new tls.TLSSocket(socket, { isServer: true, ...options.tls });
      secure.on('error', () => {});
      converse(secure, sink, options);
    },
    MAIL: (line) => { from = /<(.*)>/.exec(line)[1]; say('250 ok'); },
    RCPT: (line) => { to.push(/<(.*)>/.exec(line)[1]); say('250 ok'); },
    DATA: () => { data = []; say('354 go on'); },
    RSET: () => { from = null; to = []; say('250 ok'); },
    NOOP: () => say('250 ok'),
    QUIT: () => { say('221 bye'); socket.end(); },
  };
  const take = (line) => {
    if (data === null) {
      const verb = line.split(' ')[0].toUpperCase();
      if (options.refuse?.[verb]) return say(options.refuse[verb]);
      return commands[verb] ? commands[verb](line) : say('500 unknown');
    }
    if (line !== '.') return data.push(line.startsWith('.') ? line.slice(1) : line);
    sink.mails.push({ from, to, ...parse(data.join('\r\n') + '\r\n') });
    data = null; to = [];
    say('250 kept');
  };
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at; (at = rest.indexOf('\r\n')) >= 0;) {
      const line = rest.slice(0, at);
      rest = rest.slice(at + 2);
      take(line);
    }
  });
}

// Resolves to { port, mails, mailTo(address, n = 1), close() }.
export function startSmtpSink(options = {}) {
  const sink = { mails: [], options };
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.write('220 sink ESMTP\r\n');
    converse(socket, sink, options);
  });
  sink.mailTo = async (address, n = 1, limitMs = 10000) => {
    for (const end = Date.now() + limitMs; Date.now() < end;) {
      const found = sink.mails.filter((mail) => mail.to.includes(address));
      if (found.length >= n) return found[n - 1];
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`mail ${n} to ${address} did not come; there are ${sink.mails.length} in all`);
  };
  sink.close = () => new Promise((resolve) => {
    for (const socket of sockets) socket.destroy();
    server.close(resolve);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => {
    sink.port = server.address().port;
    resolve(sink);
  }));
}
