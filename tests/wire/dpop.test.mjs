// SPDX-License-Identifier: Apache-2.0
// Tokens bound to keys (RFC 9449) against the built binary, with openid-client and oauth4webapi, which make the proofs and
// follow nonces by themselves; and one proof, used 64 times at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHash } from 'node:crypto';
import * as jose from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { command } from './command.mjs';
import { startServer } from './server.mjs';
import { startSmtpSink } from './smtp_sink.mjs';
import { Client, PASSWORD, makeUser } from './client.mjs';

const ADA = 'ada@example.com';
const CALLBACK = 'https://app.test/cb';
const TIMES = 64;
let server, sink, job;

async function makeClient(id, type, ...more) {
  const done = await command(['client', 'create', '--id', id, '--type', type, '--json', ...more],
    { data: server.data, env: { AUTH_PUBLIC_URL: server.url } });
  assert.equal(done.code, 0, done.stderr);
  return done.json;
}

before(async () => {
  sink = await startSmtpSink();
  server = await startServer({
    env: {
      AUTH_SMTP_URL: `smtp://127.0.0.1:${sink.port}`, AUTH_RATE_LIMIT: 'off', AUTH_CHALLENGE: 'off',
      AUTH_ARGON2_MEMORY_KIB: '19456', AUTH_ARGON2_TIME: '1', AUTH_DPOP_NONCE: 'required',
    },
  });
  await makeUser(new Client(server.url), sink, ADA, { full_name: 'Ada L.' });
  await makeClient('app', 'public', '--redirect-uri', CALLBACK, '--grant', 'authorization_code', '--grant', 'refresh_token',
    '--first-party');
  job = await makeClient('job', 'confidential', '--grant', 'client_credentials', '--scope', 'reports:read');
});
after(async () => {
  await server?.stop();
  await sink?.close();
});

async function follow(url) {
  const b = new Client(server.url, { jar: true });
  const signedIn = await b.post('/auth/login', { email: ADA, password: PASSWORD, mode: 'session' });
  assert.equal(signedIn.status, 200, signedIn.text);
  const answer = await b.get(url.pathname + url.search);
  assert.equal(answer.status, 303, answer.text);
  return new URL(answer.headers.get('location'), server.url);
}

test('openid-client gets, uses and refreshes bound tokens, with the nonces that are asked for', async () => {
  const config = await oidc.discovery(new URL(server.url), 'app', undefined, oidc.None(), { execute: [oidc.allowInsecureRequests] });
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const parameters = {
    redirect_uri: CALLBACK, scope: 'openid email', state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
  const back = await follow(url);
  const tokens = await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state },
    undefined, { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  const { cnf } = jose.decodeJwt(tokens.access_token);
  assert.equal(cnf.jkt, await DPoP.calculateThumbprint());
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
  assert.equal(info.email, ADA);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: thief }));
  await assert.rejects(oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: thief }), { error: 'invalid_grant' });
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(next.token_type, 'dpop');
  await oidc.fetchUserInfo(config, next.access_token, tokens.claims().sub, { DPoP });
});

test('oauth4webapi, with every algorithm that discovery names, gets a bound token', async () => {
  const issuer = new URL(server.url);
  const insecure = { [oauth.allowInsecureRequests]: true };
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const client = { client_id: 'job' };
  for (const alg of as.dpop_signing_alg_values_supported) {
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg === 'EdDSA' ? 'Ed25519' : alg));
    const ask = () => oauth.clientCredentialsGrantRequest(as, client, oauth.ClientSecretBasic(job.client_secret),
      new URLSearchParams({ scope: 'reports:read' }), { ...insecure, DPoP });
    if (alg === 'EdDSA' || alg === 'ES384') continue; // names that this client has no keys for; below by hand
    let tokens;
    try {
      tokens = await oauth.processClientCredentialsResponse(as, client, await ask());
    } catch (error) {
      assert.ok(oauth.isDPoPNonceError(error), `${alg}: ${error.message}`);
      tokens = await oauth.processClientCredentialsResponse(as, client, await ask());
    }
    assert.equal(tokens.token_type, 'dpop');
  }
});

// A proof by hand.
async function proof(keys, alg, claims) {
  const jwk = await jose.exportJWK(keys.publicKey);
  return new jose.SignJWT({ jti: crypto.randomUUID(), ...claims }).setIssuedAt()
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk }).sign(keys.privateKey);
}

const basic = () => `Basic ${Buffer.from(`job:${job.client_secret}`).toString('base64')}`;
const askToken = (dpop) => fetch(`${server.url}/oauth2/token`, {
  method: 'POST', headers: { authorization: basic(), dpop }, body: new URLSearchParams({ grant_type: 'client_credentials' }),
});

test('DP-01: of 64 uses of one proof at once one is taken', async () => {
  for (const alg of ['ES384', 'EdDSA']) {
    const keys = await jose.generateKeyPair(alg);
    const claims = { htm: 'POST', htu: `${server.url}/oauth2/token` };
    const first = await askToken(await proof(keys, alg, claims));
    assert.equal(first.status, 400);
    assert.equal((await first.json()).error, 'use_dpop_nonce');
    const one = await proof(keys, alg, { ...claims, nonce: first.headers.get('dpop-nonce') });
    const answers = await Promise.all(Array.from({ length: TIMES }, () => askToken(one)));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    for (const answer of answers)
      if (answer.status !== 200) assert.equal((await answer.json()).error, 'invalid_dpop_proof');
  }
});

test('DP-04: two DPoP fields are a bad request', async () => {
  const keys = await jose.generateKeyPair('ES256');
  const { request: send } = await import('node:http');
  const one = await proof(keys, 'ES256', { htm: 'GET', htu: `${server.url}/oauth2/userinfo`,
    ath: createHash('sha256').update('x').digest('base64url') });
  const status = await new Promise((done, failed) => {
    const sent = send(`${server.url}/oauth2/userinfo`, {}, (answer) => { answer.resume(); done(answer.statusCode); });
    sent.on('error', failed);
    sent.setHeader('authorization', 'DPoP x');
    sent.setHeader('dpop', [one, one]);
    sent.end();
  });
  assert.equal(status, 400);
});
