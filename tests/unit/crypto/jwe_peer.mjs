// SPDX-License-Identifier: Apache-2.0
// Opens the encrypted tokens that come in, and makes some, with jose (jwe_peer_test.c).
const NOT_INSTALLED = 77;
const jose = await import('jose').catch(() => process.exit(NOT_INSTALLED));

const TEXT = 'Zo\u00eb says \u201cnow\u201d';

async function read() {
  let text = '';
  for await (const part of process.stdin) text += part;
  return JSON.parse(text);
}

async function open({ jwk, token, alg, enc }) {
  const key = await jose.importJWK(jwk, alg);
  const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
  const { plaintext, protectedHeader } = await jose.compactDecrypt(token, key, options);
  return { text: new TextDecoder().decode(plaintext), kid: protectedHeader.kid, cty: protectedHeader.cty ?? null };
}

async function make(alg, enc, crv, apu) {
  const { publicKey, privateKey } = await jose.generateKeyPair(alg, { crv, extractable: true });
  const encrypt = new jose.CompactEncrypt(new TextEncoder().encode(TEXT)).setProtectedHeader({ alg, enc });
  if (apu) encrypt.setKeyManagementParameters({ apu: Buffer.from(apu), apv: Buffer.from('us') });
  return { alg, enc, jwk: await jose.exportJWK(privateKey), token: await encrypt.encrypt(publicKey) };
}

const made = [];
for (const enc of ['A256GCM', 'A128CBC-HS256', 'A128GCM', 'A256CBC-HS512']) {
  made.push(await make('RSA-OAEP-256', enc), await make('RSA-OAEP', enc));
  for (const alg of ['ECDH-ES', 'ECDH-ES+A256KW', 'ECDH-ES+A128KW'])
    for (const crv of ['P-256', 'P-384']) made.push(await make(alg, enc, crv), await make(alg, enc, crv, 'them'));
}
const { tokens } = await read();
const opened = [];
for (const one of tokens) opened.push(await open(one));
process.stdout.write(JSON.stringify({ opened, made }));
