// SPDX-License-Identifier: Apache-2.0
// What a browser meets at Entra ID: authorize, admin consent and signing out.  Functions of Entra (entra.mjs).
import { createHash } from 'node:crypto';
import { refusal } from './entra_refusal.mjs';

const html = (response, text, status = 200) => response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
const written = (value) => String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
const wantsToken = ({ response_type = 'code' }) => /token/.test(response_type);

// To the address that was asked for, in the way that was asked for (entra.md 1.9).
function sendBack(response, asked, out) {
  const { redirect_uri, response_mode = wantsToken(asked) ? 'fragment' : 'query' } = asked;
  const known = Object.entries(out).filter(([, value]) => value !== undefined);
  if (response_mode === 'form_post') {
    const inputs = known.map(([name, value]) => `<input type="hidden" name="${name}" value="${written(value)}" />`).join('');
    return html(response, `<form method="POST" name="hiddenform" action="${written(redirect_uri)}">${inputs}<noscript><input type="submit" /></noscript></form>` +
      '<script>document.forms[0].submit()</script>');
  }
  const mark = response_mode === 'fragment' ? '#' : redirect_uri.includes('?') ? '&' : '?';
  return response.writeHead(302, { location: `${redirect_uri}${mark}${new URLSearchParams(known)}` }).end();
}

// Why somebody is sent back without a code, in the order in which it is looked at: [whether, error, number, text].
const HINDRANCES = [
  [({ asked }) => wantsToken(asked) && asked.response_mode === 'query', 'invalid_request', 70007, "'query' is not a supported value of 'response_mode' when requesting a token."],
  [({ asked, registration }) => wantsToken(asked) && !registration.implicit, 'unsupported_response_type', 700054, "response_type 'id_token' is not enabled for the application."],
  [({ asked }) => wantsToken(asked) && !asked.nonce, 'invalid_request', 900144, "The request must contain the following parameter: 'nonce'."],
  [({ asked, here }) => asked.prompt === 'none' && here.length === 0, 'login_required', 50058, 'Nobody is signed in.'],
  [({ asked, here }) => asked.prompt === 'none' && here.length > 1, 'interaction_required', 16000, 'Several people are signed in.'],
  [({ who, registration }) => registration.restricted?.includes(who.tid), 'access_denied', 500022, 'The proxy lets nobody in to this tenant.'],
  [({ who, registration }) => registration.assigned && !registration.assigned.includes(who.oid), 'access_denied', 50105, 'The user is not assigned to the application.'],
  [({ registration }) => registration.consent === 'administrator', 'consent_required', 90094, 'An administrator has to consent.'],
  [({ asked, registration }) => registration.consent === 'user' && asked.prompt === 'none', 'consent_required', 65001, 'Nobody has consented.'],
];

export const pages = {
  // What is wrong before anybody may be sent to the address: it is shown, not told to the application.
  shownRefusal({ client_id, redirect_uri }, clientId) {
    const { redirectUris } = this.registration;
    if (client_id !== clientId) return [400, 'AADSTS700016: The application was not found.'];
    if (redirectUris && !redirectUris.includes(redirect_uri)) return [200, `AADSTS50011: The redirect URI '${written(redirect_uri)}' does not match.`];
    return undefined;
  },

  // Who signs in: who is hinted at, of those whom this browser has, else the user.  `here`: whom prompt=none finds.
  chosen({ login_hint, prompt }) {
    const hinted = prompt === 'select_account' ? undefined : [...this.signedIn, ...this.people].find(({ preferred_username, oid }) => [preferred_username, oid].includes(login_hint));
    const here = hinted ? this.signedIn.filter(({ oid }) => oid === hinted.oid) : this.signedIn;
    return { here, who: hinted ?? (prompt === 'none' ? here[0] : undefined) ?? this.user };
  },

  authorize({ tenant, query, form, request, response }) {
    const asked = request.method === 'POST' ? form : query;
    const shown = this.shownRefusal(asked, this.clientId);
    if (shown) return html(response, `<title>Sign in to your account</title>${shown[1]}`, shown[0]);
    const { here, who } = this.chosen(asked);
    const hindrance = HINDRANCES.find(([holds]) => holds({ asked, here, who, registration: this.registration }));
    if (hindrance) {
      const { error, error_description } = refusal(400, ...hindrance.slice(1)).body;
      return sendBack(response, asked, { error, error_description, state: asked.state });
    }
    if (asked.prompt === 'consent') this.registration.consent = undefined;
    return sendBack(response, asked, { ...this.answered({ asked, tenant, who: who === this.user ? undefined : who }), ...this.script.answer?.(asked) });
  },

  // What comes of a sign-in; real codes are long.
  answered({ asked, tenant, who }) {
    const { response_type = 'code', state, nonce, max_age } = asked;
    const types = response_type.split(' ');
    const text = `1.AX${createHash('sha512').update(`${state}${this.codes.size}`).digest('base64url')}${'x'.repeat(1200)}`;
    const code = types.includes('code') ? text : undefined;
    if (code) this.codes.set(code, { ...asked, tenant, who, at: this.now() });
    const c_hash = code && createHash('sha256').update(code).digest().subarray(0, 16).toString('base64url');
    return { code, state, session_state: 'sid-1', ...this.clientInfo(asked, who),
      ...(types.includes('token') && { access_token: this.bearer(asked.scope, who), token_type: 'Bearer', expires_in: 4736, scope: asked.scope }),
      ...(types.includes('id_token') && { id_token: this.idToken(nonce, max_age, { ...(c_hash && { c_hash }), ...who }) }) };
  },

  // An administrator of the user's tenant says yes or no (entra.md 1.13), or `script.consented` something else.
  consent({ version, query, response }) {
    const shown = this.shownRefusal(query, this.clientId);
    if (shown) return html(response, shown[1], shown[0]);
    const { administrator, consented } = this.registration;
    const { redirect_uri, state, scope } = query;
    const { tid } = this.user;
    if (administrator && consented && !consented.includes(tid)) consented.push(tid);
    const granted = { admin_consent: 'True', tenant: tid, scope: version === 2 ? scope : undefined, state };
    const { error, error_description } = version === 2 ? refusal(400, 'consent_required', 65004, 'The administrator declined.').body :
      { error: 'permission_denied', error_description: 'The admin canceled the request' };
    const declined = { admin_consent: 'True', error, error_description, state };
    return sendBack(response, { redirect_uri }, { ...(administrator ? granted : declined), ...this.script.consented?.(query) });
  },

  // Out: what is registered is called in frames with the session, then the browser goes where it is asked to (1.17).
  logout({ query, form, request, response }) {
    const { logoutUrls, redirectUris } = this.registration;
    const { post_logout_redirect_uri: back } = request.method === 'POST' ? form : query;
    this.signedIn = [];
    const frames = logoutUrls.map((url) => `<iframe src="${url}?sid=${this.user.sid ?? 'sid-1'}"></iframe>`).join('');
    const next = back && (!redirectUris || redirectUris.includes(back)) ? `<a id="next" href="${written(back)}">` : '';
    return html(response, `<title>Sign out</title>${frames}${next}`);
  },
};
