// SPDX-License-Identifier: Apache-2.0
// A certificate that a key of RSA signs for itself (RFC 5280), in DER; always the same of the same key.
import { sign } from 'node:crypto';

const der = (tag, ...parts) => {
  const content = Buffer.concat(parts);
  const n = content.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const SEQUENCE = 0x30, SET = 0x31, INTEGER = 2, BITS = 3, OID = 6, TEXT = 0x0c, TIME = 0x17;
const SHA256_RSA = der(SEQUENCE, der(OID, Buffer.from('2a864886f70d01010b', 'hex')), Buffer.from([5, 0]));
const named = (name) => der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, Buffer.from('550403', 'hex')), der(TEXT, Buffer.from(name)))));

export function selfSigned({ publicKey, privateKey }, name) {
  const from = der(TIME, Buffer.from('260101000000Z')), to = der(TIME, Buffer.from('460101000000Z'));
  const told = der(SEQUENCE, der(0xa0, der(INTEGER, Buffer.from([2]))), der(INTEGER, Buffer.from([1])), SHA256_RSA, named(name), der(SEQUENCE, from, to), named(name),
    publicKey.export({ type: 'spki', format: 'der' }));
  return der(SEQUENCE, told, SHA256_RSA, der(BITS, Buffer.from([0]), sign('sha256', told, privateKey)));
}
