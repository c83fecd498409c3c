// SPDX-License-Identifier: Apache-2.0
// Other providers as far as somebody signing in sees them, on loopback: OpenID as Google and Apple speak it, and the API of
// GitHub.  `script` changes what is answered.
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import http from 'node:http';

const b64u = (value) => Buffer.from(value).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

export class Provider {
  async start() {
    this.server = http.createServer((request, response) => this.answer(request, response).catch((error) => response.writeHead(500).end(String(error))));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.key = privateKey;
    this.jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
    this.reset();
    return this;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  reset() {
    this.claims = { sub: 'them-1' };
    this.user = { id: 4711, login: 'octo', name: 'Octo Cat', email: null };
    this.emails = [{ email: 'public@example.net', primary: false, verified: true }, { email: 'octo@example.net', primary: true, verified: true }];
    this.script = {};
    this.calls = [];
    this.codes = new Map();
  }

  jwt(claims, kid = 'k1') {
    const text = `${b64u(JSON.stringify({ alg: 'ES256', kid }))}.${b64u(JSON.stringify(claims))}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: this.key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    let text = '';
    for await (const part of request) text += part;
    const form = Object.fromEntries(new URLSearchParams(text));
    this.calls.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), form, headers: request.headers });
    const json = (body, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    const said = this.script[url.pathname];
    if (said !== undefined) return json(said.body ?? said, said.status ?? 200);
    const bearer = request.headers.authorization === 'Bearer at-1';
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: this.url, authorization_endpoint: `${this.url}/authorize`, token_endpoint: `${this.url}/token`, jwks_uri: `${this.url}/keys`,
          userinfo_endpoint: `${this.url}/userinfo`, end_session_endpoint: `${this.url}/logout?x=1`, id_token_signing_alg_values_supported: ['ES256'], ...this.script.document,
        });
      case '/keys': return json({ keys: [this.jwk] });
      case '/authorize': case '/login/oauth/authorize': {
        const query = Object.fromEntries(url.searchParams);
        const code = `c${this.codes.size}${b64u(createHash('sha256').update(query.state).digest())}`;
        this.codes.set(code, query);
        const out = { code, state: query.state, ...this.script.answer };
        if (query.response_mode === 'form_post') return json({ action: query.redirect_uri, fields: out });
        return response.writeHead(302, { location: `${query.redirect_uri}?${new URLSearchParams(out)}` }).end();
      }
      case '/token': case '/login/oauth/access_token': {
        const code = this.codes.get(form.code);
        const challenge = createHash('sha256').update(form.code_verifier ?? '').digest('base64url');
        // GitHub says so with status 200.
        if (!code || challenge !== code.code_challenge) return json({ error: 'bad_verification_code' });
        this.codes.delete(form.code);
        const now = seconds();
        const id_token = await this.jwt({ iss: this.url, aud: code.client_id, iat: now, exp: now + 300, nonce: code.nonce, ...this.claims });
        return json({ access_token: 'at-1', token_type: 'bearer', scope: 'read:user,user:email', ...(code.nonce && { id_token }) });
      }
      case '/userinfo': return bearer ? json(this.userinfo ?? { sub: this.claims.sub }) : json({}, 401);
      case '/user': return bearer && request.headers['user-agent'] ? json(this.user) : json({}, 401);
      case '/user/emails': return bearer ? json(this.emails) : json({}, 401);
      default: return response.writeHead(404).end();
    }
  }

  // Whether `assertion` is signed by the private JWK, and its claims.
  static claimsOf(assertion, jwk) {
    const [head, payload, signature] = assertion.split('.');
    const { d, ...open } = jwk;
    const key = createPublicKey({ key: open, format: 'jwk' });
    const good = verify('sha256', Buffer.from(`${head}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    return good && { header: JSON.parse(Buffer.from(head, 'base64url')), ...JSON.parse(Buffer.from(payload, 'base64url')) };
  }
}
