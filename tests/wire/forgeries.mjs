// SPDX-License-Identifier: Apache-2.0
// Forged JWTs: each is made of a good one, { header, claims, key } with the key pair and its algorithm, by somebody who
// knows the public half, or has something of the signer's but not its will.
import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import * as jose from 'jose';

export const encode = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

const HASHES = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };

// The signature of `bytes` by a private key and an algorithm of RFC 7518.
export function signature(alg, key, bytes) {
  const hash = HASHES[alg.slice(2)];
  if (alg.startsWith('PS')) return signBytes(hash, bytes, { key, padding: 6, saltLength: Number(alg.slice(2)) / 8 });
  return signBytes(hash, bytes, alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' } : key);
}

// A token of these texts and a signature over them, which `seal` makes.
function made(header, payload, seal) {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${seal(Buffer.from(text)).toString('base64url')}`;
}

export const good = ({ header, claims, key }) => made({ alg: key.alg, ...header }, claims, (bytes) => signature(key.alg, key.privateKey, bytes));

const thieves = new Map();
function thief({ alg }) {
  if (!thieves.has(alg)) {
    const pair = alg.startsWith('ES') ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
    thieves.set(alg, { alg, ...pair, jwk: pair.publicKey.export({ format: 'jwk' }) });
  }
  return thieves.get(alg);
}

const isRsa = (key) => !key.alg.startsWith('ES');
const fixed = (n, byte = 0) => () => Buffer.alloc(n, byte);
const lengthOf = (key) => (isRsa(key) ? 256 : 64);
const pem = (key) => key.publicKey.export({ type: 'spki', format: 'pem' });
const der = (key) => key.publicKey.export({ type: 'spki', format: 'der' });
const parts = (of) => good(of).split('.');
const mac = (bits, secret) => (bytes) => createHmac(`sha${bits}`, secret).update(bytes).digest();

// The header with these members, signed as it should be, or by `seal`.
const headed = (members, seal) => (of) => made({ alg: of.key.alg, ...of.header, ...members(of) }, of.claims, seal?.(of.key) ?? ((bytes) => signature(of.key.alg, of.key.privateKey, bytes)));
const saying = (members) => headed(() => members);
const stolen = (key) => (bytes) => signature(key.alg, thief(key).privateKey, bytes);
const keyed = (bits, secret) => headed(() => ({ alg: `HS${bits}` }), (key) => mac(bits, secret(key)));
const unsigned = (alg, seal = fixed(0)) => headed(() => ({ alg }), () => seal);
const sealed = (seal) => headed(() => ({}), seal);
// The claims with these members, or as this text, signed as it should be.
const claiming = (members) => (of) => good({ ...of, claims: { ...of.claims, ...members(of.claims) } });
const texted = (change) => (of) => made(change(JSON.stringify({ alg: of.key.alg, ...of.header }), 'header', of), change(JSON.stringify(of.claims), 'payload', of), (bytes) => signature(of.key.alg, of.key.privateKey, bytes));
const headerText = (change) => texted((text, which, of) => (which === 'header' ? change(text, of) : text));
const payloadText = (change) => texted((text, which, of) => (which === 'payload' ? change(text, of) : text));
const changed = (change) => (of) => change(good(of), of);
// Another letter at the end that stands for the same bytes.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const looseBits = (token) => token.slice(0, -1) + ALPHABET[ALPHABET.indexOf(token.at(-1)) + 1];
const now = () => Math.floor(Date.now() / 1000);

// { name: of => token }; `trap` is an address where nobody may come.
export const forgeries = (trap) => ({
  // JOSE-01
  'alg none': unsigned('none'), 'alg None': unsigned('None'), 'alg NONE': unsigned('NONE'), 'alg nOnE': unsigned('nOnE'),
  'alg "none "': unsigned('none '), 'alg none with the signature': saying({ alg: 'none' }), 'alg none with rubbish': unsigned('none', fixed(64, 7)),
  'alg empty': saying({ alg: '' }), 'alg absent': saying({ alg: undefined }), 'alg null': saying({ alg: null }), 'alg a number': saying({ alg: 256 }),
  'alg a list': (of) => saying({ alg: [of.key.alg] })(of), 'alg in lower case': (of) => saying({ alg: of.key.alg.toLowerCase() })(of),
  // JOSE-02: the public key as a secret.
  'HS256 by PEM': keyed(256, pem), 'HS256 by PEM without its last line end': keyed(256, (key) => pem(key).trim()), 'HS384 by PEM': keyed(384, pem),
  'HS512 by PEM': keyed(512, pem), 'HS256 by DER': keyed(256, der), 'HS256 by JWK': keyed(256, (key) => JSON.stringify(key.jwk)),
  'HS256 by PKCS#1 or a bare point': keyed(256, (key) => (isRsa(key) ? key.publicKey.export({ type: 'pkcs1', format: 'pem' }) : der(key).subarray(-65))),
  'HS256 by modulus or x': keyed(256, (key) => Buffer.from(key.jwk.n ?? key.jwk.x, 'base64url')), 'HS256 by nothing': keyed(256, () => ''),
  // The right key, another algorithm.
  'another algorithm of the key': headed(({ key }) => ({ alg: isRsa(key) ? 'RS512' : 'ES384' }), (key) => (bytes) => (isRsa(key) ? signature('RS512', key.privateKey, bytes) : Buffer.alloc(96, 1))),
  'another padding, or another kind': headed(({ key }) => ({ alg: isRsa(key) ? 'PS256' : 'RS256' }), (key) => (bytes) => (isRsa(key) ? signature('PS256', key.privateKey, bytes) : Buffer.alloc(256, 1))),
  'the algorithm of another kind of key': headed(({ key }) => ({ alg: isRsa(key) ? 'ES256' : 'EdDSA' }), () => fixed(64)),
  // JOSE-04, JOSE-05: keys that come along.
  'jwk of a thief': headed(({ key }) => ({ jwk: thief(key).jwk }), stolen), 'jwk of a thief without kid': headed(({ key }) => ({ jwk: thief(key).jwk, kid: undefined }), stolen),
  'jwk of another curve': headed(() => ({ jwk: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) }), stolen),
  'jku': headed(() => ({ jku: trap }), stolen), 'x5u': headed(() => ({ x5u: trap }), stolen), 'x5c': headed(({ key }) => ({ x5c: [der(thief(key)).toString('base64')] }), stolen),
  // JOSE-06
  ...Object.fromEntries(Object.entries({ 'a path': '../../../../dev/null', SQL: "' OR 1=1--", 'a NUL': 'k\u0000', nothing: '', 'a number': 7, null: null, '4000 letters': 'k'.repeat(4000) })
    .map(([what, kid]) => [`kid is ${what}`, headed(() => ({ kid }), stolen)])),
  // JOSE-09, JOSE-32, JOSE-35
  'b64 false': saying({ b64: false }), 'b64 false, critical': saying({ b64: false, crit: ['b64'] }), 'crit of a claim': saying({ crit: ['exp'] }), 'crit empty': saying({ crit: [] }),
  'crit unknown': saying({ crit: ['urn:x'], 'urn:x': 1 }), 'crit no list': saying({ crit: 'alg' }), 'zip': saying({ zip: 'DEF' }), 'cty JWT': saying({ cty: 'JWT' }),
  'typ of another kind': saying({ typ: 'logout+jwt' }), 'typ a number': saying({ typ: 1 }),
  'a member of the header twice': headerText((text) => text.replace('{', '{"alg":"none",')), 'a claim twice': payloadText((text, of) => text.replace('{', `{${JSON.stringify(Object.keys(of.claims)[0])}:"x",`)),
  'a token in a token': payloadText((text, of) => JSON.stringify(good(of))),
  // JOSE-10, JOSE-11: signatures.
  'a signature of zeros': sealed((key) => fixed(lengthOf(key))), 'a signature of ones': sealed((key) => fixed(lengthOf(key), 255)), 'no signature': sealed(() => fixed(0)),
  'a signature one byte short': changed((token) => `${token.slice(0, token.lastIndexOf('.'))}.${encode(Buffer.from(token.split('.')[2], 'base64url').subarray(0, -1))}`),
  'a signature one byte long': changed((token) => `${token.slice(0, token.lastIndexOf('.'))}.${encode(Buffer.concat([Buffer.from(token.split('.')[2], 'base64url'), Buffer.alloc(1)]))}`),
  'a signature of 2000 bytes': sealed(() => fixed(2000)), 'a signature in DER': sealed((key) => (bytes) => (isRsa(key) ? Buffer.concat([Buffer.from([0x30, 0x82]), signature(key.alg, key.privateKey, bytes)]) : signBytes('sha256', bytes, key.privateKey))),
  'a signature of a thief': sealed(stolen), 'a signature over other claims': (of) => { const [head, , sig] = parts(of); return `${head}.${encode({ ...of.claims, sub: 'eve' })}.${sig}`; },
  'a signature with one bit flipped': (of) => { const [head, body, sig] = parts(of); const bytes = Buffer.from(sig, 'base64url'); bytes[9] ^= 1; return `${head}.${body}.${encode(bytes)}`; },
  // JOSE-21, JOSE-22: how it is written.
  'loose bits at the end': changed(looseBits), 'padding': changed((token) => `${token}=`), 'a letter of base64': changed((token) => `${token.slice(0, -4)}+/+/`),
  'a space behind': changed((token) => `${token}%20`), 'a line end within': changed((token) => token.replace('.', '\n.')),
  'two parts': changed((token) => token.slice(0, token.lastIndexOf('.'))), 'four parts': changed((token) => `${token}.`), 'an empty part': changed((token) => token.replace('.', '..')),
  'dots': () => '.'.repeat(2000), 'no JSON': () => `${encode('x')}.${encode('y')}.${encode('z')}`, 'a byte order mark': headerText((text) => `\ufeff${text}`),
  'a header of lists': headerText((text) => text.replace('{', `{"x":${'['.repeat(400)}${']'.repeat(400)},`)), 'claims that are a list': payloadText((text) => `[${text}]`), 'claims and more': payloadText((text) => `${text} x`),
  'claims that are no UTF-8': (of) => made({ alg: of.key.alg, ...of.header }, Buffer.from([...Buffer.from(JSON.stringify(of.claims).slice(0, -1)), 0x2c, 0x22, 0x78, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), (bytes) => signature(of.key.alg, of.key.privateKey, bytes)),
  'the flattened JSON': (of) => { const [head, payload, sig] = parts(of); return JSON.stringify({ protected: head, payload, signature: sig }); },
  'the general JSON': (of) => { const [head, payload, sig] = parts(of); return JSON.stringify({ payload, signatures: [{ protected: head, signature: sig }] }); },
  // A JWE in place of a JWS: by a key of anybody's, five parts of nothing, and by a password (JOSE-14, JOSE-19).
  'a JWE': (of) => new jose.CompactEncrypt(Buffer.from(JSON.stringify(of.claims))).setProtectedHeader({ alg: isRsa(of.key) ? 'RSA-OAEP-256' : 'ECDH-ES', enc: 'A256GCM' }).encrypt(of.key.publicKey),
  'a JWE around it': (of) => new jose.CompactEncrypt(Buffer.from(good(of))).setProtectedHeader({ alg: isRsa(of.key) ? 'RSA-OAEP-256' : 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' }).encrypt(of.key.publicKey),
  'a JWE of nothing': () => `${encode({ alg: 'dir', enc: 'A256GCM' })}....`, 'a JWE by a password': () => `${encode({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2147483647, p2s: 'AAAA' })}.AAAA.AAAA.AAAA.AAAA`,
  // JOSE-24, JOSE-25: claims of other types; a good signature does not help.
  'iss a list': claiming(({ iss }) => ({ iss: [iss ?? 'x'] })), 'sub a number': claiming(() => ({ sub: 1 })), 'jti an object': claiming(() => ({ jti: {} })), 'aud a number': claiming(() => ({ aud: 1 })), 'aud an empty list': claiming(() => ({ aud: [] })),
  'exp a text': claiming(() => ({ exp: String(now() + 60) })), 'iat a text': claiming(() => ({ iat: String(now()) })), 'exp of 1e300': payloadText((text, of) => `{"exp":1e300,${JSON.stringify({ ...of.claims, exp: undefined }).slice(1)}`),
  'nbf in an hour': claiming(() => ({ nbf: now() + 3600 })), 'iat in an hour': claiming(() => ({ iat: now() + 3600 })),
});
