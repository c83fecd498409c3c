// SPDX-License-Identifier: Apache-2.0
// An MCP server behind uauth, in fifty lines: it tells who gives tokens for it (RFC 9728), and checks them (RFC 9068).
// ISSUER=http://localhost:8080 node server.mjs --port 3001
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const ISSUER = process.env.ISSUER ?? 'http://localhost:8080';
const PORT = Number(process.argv[process.argv.indexOf('--port') + 1]);
const RESOURCE = `http://localhost:${PORT}/mcp`;
const SCOPE = 'notes:read';
// uauth serves the document of every resource that is registered; this server only has to name it.
const METADATA = `${ISSUER}/.well-known/oauth-protected-resource?resource=${encodeURIComponent(RESOURCE)}`;
const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));

function refuse(response, status, error) {
  response.writeHead(status, { 'www-authenticate': `Bearer ${error}resource_metadata="${METADATA}", scope="${SCOPE}"` }).end();
}

// Who calls, or null if nobody may.
async function caller(request) {
  const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!token) return null;
  const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt' });
  return payload;
}

const answers = {
  initialize: () => ({ protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'search_notes', inputSchema: { type: 'object' } }] }),
};

createServer(async (request, response) => {
  if (new URL(request.url, RESOURCE).pathname !== '/mcp') return response.writeHead(404).end();
  const who = await caller(request).catch(() => null);
  if (!who) return refuse(response, 401, request.headers.authorization ? 'error="invalid_token", ' : '');
  if (!who.scope?.split(' ').includes(SCOPE)) return refuse(response, 403, 'error="insufficient_scope", ');
  let body = '';
  for await (const chunk of request) body += chunk;
  const { id, method } = JSON.parse(body);
  const result = answers[method]?.();
  const reply = result ? { result } : { error: { code: -32601, message: 'unknown method' } };
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }));
}).listen(PORT, 'localhost');
