// SPDX-License-Identifier: Apache-2.0
// oauth4webapi with what it has to be told by hand: signed responses (JARM), encrypted ID tokens, signed userinfo and
// introspection, revocation, an answer by form, and a device.  The rest of it is in oauth.test.mjs, dpop.test.mjs,
// registration.test.mjs, exchange.test.mjs and signed_messages.test.mjs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import { formsOf } from './person.mjs';
import { ADA, Provider } from './provider.mjs';

const CALLBACK = 'https://app.test/cb';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const insecure = { [oauth.allowInsecureRequests]: true };
let provider, as, ada, sign, crypt;

async function make(id, metadata) {
  const file = join(provider.server.data, `${id}.json`);
  writeFileSync(file, JSON.stringify({ redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token', DEVICE], first_party: true, audiences: [provider.url], ...metadata }));
  const made = await provider.run(['client', 'create', '--id', id, '--type', 'confidential', '--metadata-file', file]);
  if (made.client_secret) provider.server.forbid(made.client_secret);
  return made;
}

before(async () => {
  provider = await new Provider().start({ AUTH_JWT_MORE_ALGORITHMS: 'ES256' });
  as = await oauth.processDiscoveryResponse(new URL(provider.url), await oauth.discoveryRequest(new URL(provider.url), insecure));
  [sign, crypt] = await Promise.all(['ES256', 'ECDH-ES'].map((alg) => jose.generateKeyPair(alg, { extractable: true })));
  const jwks = { keys: [{ ...await jose.exportJWK(sign.publicKey), kid: 's', alg: 'ES256', use: 'sig' }, { ...await jose.exportJWK(crypt.publicKey), kid: 'e', alg: 'ECDH-ES', use: 'enc' }] };
  await make('signed', { jwks, token_endpoint_auth_method: 'private_key_jwt', id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256',
    introspection_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256', id_token_encrypted_response_alg: 'ECDH-ES', id_token_encrypted_response_enc: 'A256GCM' });
  provider.secret = (await make('plain', {})).client_secret;
  ada = provider.person();
  await ada.signIn(asking('plain', await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier())), { until: CALLBACK });
});
after(() => provider?.stop());

const asking = (id, challenge, more) => `${as.authorization_endpoint}?${new URLSearchParams({ client_id: id, response_type: 'code', redirect_uri: CALLBACK,
  scope: 'openid email offline_access', state: 's', nonce: 'n', code_challenge: challenge, code_challenge_method: 'S256', ...more })}`;

// The client, as oauth4webapi wants to have it, which holds answers to what was registered.
const signed = { client_id: 'signed', id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256', introspection_signed_response_alg: 'ES256',
  authorization_signed_response_alg: 'ES256' };
const proof = () => oauth.PrivateKeyJwt({ key: sign.privateKey, kid: 's' });
const decrypting = { [oauth.jweDecrypt]: async (jwe) => {
  const { plaintext, protectedHeader } = await jose.compactDecrypt(jwe, crypt.privateKey, { keyManagementAlgorithms: ['ECDH-ES'], contentEncryptionAlgorithms: ['A256GCM'] });
  assert.equal(protectedHeader.enc, 'A256GCM');
  return new TextDecoder().decode(plaintext);
} };

test('what is signed and encrypted: the response, the ID token, userinfo, introspection; and what is revoked', async () => {
  const verifier = oauth.generateRandomCodeVerifier();
  const page = await ada.open(asking('signed', await oauth.calculatePKCECodeChallenge(verifier), { response_mode: 'jwt' }), { until: CALLBACK });
  await assert.rejects(oauth.validateJwtAuthResponse(as, { client_id: 'other' }, page.url, 's', insecure));
  const parameters = await oauth.validateJwtAuthResponse(as, signed, page.url, 's', insecure);
  const answer = await oauth.authorizationCodeGrantRequest(as, signed, proof(), parameters, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, signed, answer, { expectedNonce: 'n', requireIdToken: true, ...decrypting });
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
  assert.equal(tokens.id_token.split('.').length, 5);
  const { sub, email } = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(email, ADA);
  const info = await oauth.userInfoRequest(as, signed, tokens.access_token, insecure);
  assert.equal((await oauth.processUserInfoResponse(as, signed, sub, info)).email, ADA);
  await oauth.validateApplicationLevelSignature(as, info, insecure);
  const introspect = async (token) => {
    const told = await oauth.introspectionRequest(as, signed, proof(), token, { requestJwtResponse: true, ...insecure });
    const { active } = await oauth.processIntrospectionResponse(as, signed, told);
    await oauth.validateApplicationLevelSignature(as, told, insecure);
    return active;
  };
  assert.equal(await introspect(tokens.access_token), true);
  const refreshed = await oauth.processRefreshTokenResponse(as, signed, await oauth.refreshTokenGrantRequest(as, signed, proof(), tokens.refresh_token, insecure), decrypting);
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, signed, proof(), refreshed.refresh_token, insecure));
  for (const token of [refreshed.access_token, refreshed.refresh_token]) assert.equal(await introspect(token), false);
});

test('an answer by form', async () => {
  const verifier = oauth.generateRandomCodeVerifier();
  const client = { client_id: 'plain' };
  const page = await ada.open(asking('plain', await oauth.calculatePKCECodeChallenge(verifier), { response_mode: 'form_post' }), { until: CALLBACK });
  const parameters = oauth.validateAuthResponse(as, client, new URLSearchParams(formsOf(page.text)[0].fields), 's');
  const answer = await oauth.authorizationCodeGrantRequest(as, client, oauth.ClientSecretBasic(provider.secret), parameters, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: 'n', requireIdToken: true });
  assert.equal(oauth.getValidatedIdTokenClaims(tokens).email, ADA);
});

test('a device, whose user is waited for and allows it', async () => {
  const client = { client_id: 'plain' }, secret = oauth.ClientSecretBasic(provider.secret);
  const begun = await oauth.processDeviceAuthorizationResponse(as, client, await oauth.deviceAuthorizationRequest(as, client, secret, { scope: 'openid email' }, insecure));
  const poll = async () => oauth.processDeviceCodeResponse(as, client, await oauth.deviceCodeGrantRequest(as, client, secret, begun.device_code, insecure));
  await assert.rejects(poll(), { error: 'authorization_pending' });
  await ada.open(`${provider.url}/device`);
  await ada.submit('/device', { user_code: begun.user_code });
  await ada.submit('/device/answer', { answer: 'allow' });
  let tokens;
  while (!tokens)
    tokens = await poll().catch(async (error) => {
      assert.equal(error.error, 'slow_down');
      await new Promise((done) => setTimeout(done, 1000 * (begun.interval + 5)));
    });
  assert.equal(oauth.getValidatedIdTokenClaims(tokens).email, ADA);
  await assert.rejects(poll(), { error: 'invalid_grant' });
});
