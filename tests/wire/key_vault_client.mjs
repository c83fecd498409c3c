// SPDX-License-Identifier: Apache-2.0
// Microsoft's clients of Key Vault in a process of their own: prints, for each step, what came of it.
//     key_vault_client.mjs URL CREDENTIAL STEPS
// A step is ["secret", NAME, VERSION?], ["key", NAME], ["versions", NAME], or ["sign", NAME, ALG, DIGEST].
import dns from 'node:dns';
import { ClientSecretCredential } from '@azure/identity';
import { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';

// What is below localhost is this host, as RFC 6761 has it.
const lookup = dns.lookup;
dns.lookup = (host, options, done) => (host.endsWith('.localhost') ? lookup('localhost', options, done) : lookup(host, options, done));

const [url, given, steps] = process.argv.slice(2);
const { tenant, client, secret, authorityHost } = JSON.parse(given);
const credential = new ClientSecretCredential(tenant, client, secret, { authorityHost, disableInstanceDiscovery: true });
const retryOptions = { maxRetries: 1, retryDelayInMs: 10 };
const secrets = new SecretClient(url, credential, { retryOptions });
const keys = new KeyClient(url, credential, { retryOptions });
const b64u = (bytes) => Buffer.from(bytes).toString('base64url');

const does = {
  secret: async (name, version) => {
    const { value, properties } = await secrets.getSecret(name, { version });
    return { value, version: properties.version, enabled: properties.enabled };
  },
  key: async (name) => {
    const { key, properties } = await keys.getKey(name);
    return { kty: key.kty, n: key.n && b64u(key.n), x: key.x && b64u(key.x), version: properties.version };
  },
  versions: async (name) => {
    const all = [];
    for await (const { version } of keys.listPropertiesOfKeyVersions(name)) all.push(version);
    return all;
  },
  sign: async (name, alg, digest) => {
    const client = new CryptographyClient(await keys.getKey(name), credential, { retryOptions });
    const { result, keyID } = await client.sign(alg, Buffer.from(digest, 'base64url'));
    return { signature: b64u(result), keyID };
  },
};

const out = [];
for (const [step, ...args] of JSON.parse(steps)) {
  try {
    out.push(await does[step](...args));
  } catch (error) {
    out.push({ error: error.name, status: error.statusCode, code: error.code, message: error.message });
  }
}
console.log(JSON.stringify(out));
process.exit(0);
