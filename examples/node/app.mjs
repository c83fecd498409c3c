// SPDX-License-Identifier: Apache-2.0
// A web application that signs its users in with OpenID Connect: node app.mjs --port 3000
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import * as oidc from 'openid-client';

const issuer = new URL(process.env.ISSUER ?? 'http://localhost:8080');
const port = Number(process.argv[process.argv.indexOf('--port') + 1] || 3000);
const home = `http://127.0.0.1:${port}`;
// Plain http is for trying it out on one machine; openid-client asks to be told.
const options = issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {};
const uauth = await oidc.discovery(issuer, 'my-app', undefined, oidc.None(), options);

const sessions = new Map(); // what a browser's cookie stands for

function sessionOf(request, response) {
  const [, id] = /(?:^|; )app=([\w-]+)/.exec(request.headers.cookie ?? '') ?? [];
  if (sessions.has(id)) return sessions.get(id);
  const fresh = randomBytes(32).toString('base64url');
  sessions.set(fresh, {});
  response.setHeader('Set-Cookie', `app=${fresh}; HttpOnly; SameSite=Lax; Path=/`);
  return sessions.get(fresh);
}

function redirect(response, url) {
  response.writeHead(303, { Location: url }).end();
}

async function login(session, response) {
  session.verifier = oidc.randomPKCECodeVerifier();
  session.state = oidc.randomState();
  session.nonce = oidc.randomNonce();
  redirect(response, oidc.buildAuthorizationUrl(uauth, {
    redirect_uri: `${home}/callback`,
    scope: 'openid profile email',
    state: session.state,
    nonce: session.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
  }).href);
}

// Checks state, nonce, issuer, signature and times, and exchanges the code.
async function callback(session, request, response) {
  const tokens = await oidc.authorizationCodeGrant(uauth, new URL(request.url, home), {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
    expectedNonce: session.nonce,
    idTokenExpected: true,
  });
  session.user = tokens.claims();
  redirect(response, home);
}

http.createServer(async (request, response) => {
  const session = sessionOf(request, response);
  const { pathname } = new URL(request.url, home);
  try {
    if (pathname === '/login') return await login(session, response);
    if (pathname === '/callback') return await callback(session, request, response);
    const { user } = session;
    response.end(user ? `Signed in as ${user.name} <${user.email}>.\n` : `Nobody is signed in: ${home}/login\n`);
  } catch (error) {
    response.writeHead(400).end(`${error.error ?? error.message}: ${error.error_description ?? ''}\n`);
  }
}).listen(port, '127.0.0.1');
