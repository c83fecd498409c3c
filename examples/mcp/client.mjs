// SPDX-License-Identifier: Apache-2.0
// An MCP client that knows nothing but the address of an MCP server: it finds who gives tokens for it, registers itself,
// and has its user sign in.  MCP=http://localhost:3001/mcp node client.mjs --port 3002
import { createServer } from 'node:http';
import * as oauth from 'oauth4webapi';

const MCP = new URL(process.env.MCP ?? 'http://localhost:3001/mcp');
const PORT = Number(process.argv[process.argv.indexOf('--port') + 1]);
const CALLBACK = `http://127.0.0.1:${PORT}/callback`;
// For http on this machine; leave it out where everything is https.
const LOCAL = { [oauth.allowInsecureRequests]: true };
let found, pending;

const call = (method, headers) => fetch(MCP, {
  method: 'POST', headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method }),
});

// RFC 9728: the refusal of the server names its metadata, and that its authorization server.
async function discover() {
  const refused = await call('initialize');
  const challenge = refused.headers.get('www-authenticate');
  const parameter = (name) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const resource = await (await fetch(parameter('resource_metadata'))).json();
  if (resource.resource !== MCP.href) throw new Error('this is the metadata of another resource');
  const issuer = new URL(resource.authorization_servers[0]);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...LOCAL }));
  return { as, resource: resource.resource, scope: parameter('scope') };
}

// RFC 7591: a public client, with the scopes that it is going to ask for.
async function register({ as, scope }) {
  const response = await oauth.dynamicClientRegistrationRequest(as, {
    client_name: 'Notes assistant', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'], scope,
  }, LOCAL);
  return oauth.processDynamicClientRegistrationResponse(response);
}

async function connect(response) {
  found = await discover();
  found.client = await register(found);
  pending = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState() };
  const url = new URL(found.as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: found.client.client_id, redirect_uri: CALLBACK, response_type: 'code', scope: found.scope, resource: found.resource,
    state: pending.state, code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier), code_challenge_method: 'S256',
  });
  response.writeHead(303, { location: url.href }).end();
}

// RFC 8707: the token is for this server and for no other.
async function callback(request, response) {
  const { as, client, resource } = found;
  const parameters = oauth.validateAuthResponse(as, client, new URL(request.url, CALLBACK), pending.state);
  const granted = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), parameters, CALLBACK, pending.verifier,
    { ...LOCAL, additionalParameters: { resource } });
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, granted);
  const { result } = await (await call('tools/list', { authorization: `Bearer ${tokens.access_token}` })).json();
  response.end(`Connected to ${resource}, which has: ${result.tools.map((tool) => tool.name).join(', ')}\n`);
}

createServer((request, response) => {
  const path = new URL(request.url, CALLBACK).pathname;
  const page = { '/connect': () => connect(response), '/callback': () => callback(request, response) }[path];
  if (!page) return response.end(`Not connected: http://127.0.0.1:${PORT}/connect\n`);
  return page().catch((error) => response.writeHead(500).end(`${error}\n`));
}).listen(PORT, '127.0.0.1');
