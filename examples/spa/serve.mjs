// SPDX-License-Identifier: Apache-2.0
// The files of the single-page application, as any web server has them: node serve.mjs --port 3002
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';

const port = Number(process.argv[process.argv.indexOf('--port') + 1] || 3002);
const library = createRequire(import.meta.url).resolve('oidc-client-ts').replace(/dist.*$/, 'dist/browser/oidc-client-ts.min.js');
const files = {
  '/': ['text/html', new URL('index.html', import.meta.url)],
  '/app.mjs': ['text/javascript', new URL('app.mjs', import.meta.url)],
  '/oidc-client-ts.js': ['text/javascript', library],
};

http.createServer((request, response) => {
  const [type, file] = files[new URL(request.url, 'http://localhost').pathname] ?? [];
  if (!file) return response.writeHead(404).end();
  return response.writeHead(200, { 'Content-Type': type }).end(readFileSync(file));
}).listen(port, 'localhost');
