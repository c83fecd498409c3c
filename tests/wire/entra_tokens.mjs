// SPDX-License-Identifier: Apache-2.0
// The token endpoint of Entra ID, of both versions, and that of devices.  Functions of Entra (entra.mjs).
import { createHash } from 'node:crypto';
import { refusal } from './entra_refusal.mjs';

export const MANY = /^(common|organizations|consumers)$/;
export const V1_TEMPLATE = 'https://sts.windows.net/{tenantid}/';
const GRAPH = 'https://graph.microsoft.com';
const OF_OPENID = /^(openid|profile|email|offline_access)$/;
const MINUTE = 60, DAY = 24 * 60 * MINUTE;

const GRANTS = {
  authorization_code: 'redeem', refresh_token: 'refresh', client_credentials: 'ownToken', 'urn:ietf:params:oauth:grant-type:jwt-bearer': 'onBehalf',
  device_code: 'device', 'urn:ietf:params:oauth:grant-type:device_code': 'device', // the first is what MSAL for Node.js says
};
// Without a secret: who has one of these has no more to show.
const OPEN = ['device', 'refresh'];

// Of each scope the resource that it is of; one without is Graph's.
const resources = (scope = '') => [...new Set(scope.split(' ').filter((one) => one && !OF_OPENID.test(one)).map((one) => (one.includes('://') ? one.replace(/\/[^/]*$/, '') : GRAPH)))];
// All that is registered, and one thing of it beside that.
const isMixed = (scope = '') => /\/\.default( |$)/.test(scope) && scope.split(' ').filter((one) => !OF_OPENID.test(one)).length > 1;

export const tokens = {
  // What is wrong, in the order in which it is looked at (entra.md 7.2), or undefined: [status, error, number, text].
  wrong({ tenant, form, request }) {
    const { type, secretExpired } = this.registration;
    const { client_assertion: assertion, client_secret: secret, grant_type, scope } = form;
    const grant = GRANTS[grant_type];
    const shown = assertion !== undefined || secret !== undefined;
    const checks = [
      [request.method !== 'POST', 400, 'invalid_request', 900561, 'The endpoint only accepts POST requests.'],
      [grant_type === undefined, 400, 'invalid_request', 900144, "The request body must contain the following parameter: 'grant_type'."],
      [!grant, 400, 'unsupported_grant_type', 70003, `The grant type '${grant_type}' is not supported.`],
      [this.isUnknown(tenant), 400, 'invalid_tenant', 90002, `Tenant '${tenant}' not found.`],
      [form.client_id !== this.clientId, 400, 'unauthorized_client', 700016, 'Application not found.'],
      [type === 'public' && shown, 401, 'invalid_client', 700025, 'Client is public so neither client_assertion nor client_secret should be presented.'],
      [assertion !== undefined && !this.trusts?.(assertion), 401, 'invalid_client', 700027, 'The assertion is not trusted.'],
      [type !== 'public' && !shown && !OPEN.includes(grant), 401, 'invalid_client', 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."],
      [secret !== undefined && secret !== this.clientSecret, 401, 'invalid_client', 7000215, 'Invalid client secret provided.'],
      [secret !== undefined && secretExpired, 401, 'invalid_client', 7000222, 'The provided client secret keys are expired.'],
      [grant === 'ownToken' && MANY.test(tenant), 400, 'invalid_request', 9001023, 'The grant type is not supported here.'],
      [isMixed(scope), 400, 'invalid_scope', 70011, '.default scope cannot be combined with resource-specific scopes.'],
      [resources(scope).length > 1, 400, 'invalid_scope', 700022, 'The scopes are of several resources.'],
    ];
    return checks.find(([holds]) => holds)?.slice(1);
  },

  token(asked) {
    const refuse = (...why) => { const { status, body } = refusal(...why); return asked.json(body, status); };
    const wrong = this.wrong(asked);
    return wrong ? refuse(...wrong) : this[GRANTS[asked.form.grant_type]]({ ...asked, refuse });
  },

  // For somebody: a JWT where the resource is one of `registration.apis`, which say its version (entra.md 1.6), else one of Graph's.
  accessToken({ scope, who = this.user, form }) {
    const [resource = GRAPH] = resources(scope);
    const api = this.registration.apis?.[resource];
    return api ? this.apiToken(resource, api, { form, who, scope }) : this.bearer(scope, who, form.claims);
  },

  apiToken(resource, { id, version, roles = [], typ = 'JWT' }, { form, who, scope, tenant }) {
    const now = this.now();
    const shown = form.client_assertion === undefined ? '1' : '2';
    const subject = who ? { ...who, scp: scope.split(' ').map((one) => one.replace(/^.*\//, '')).join(' ') } :
      { tid: tenant, oid: 'service-principal', sub: 'service-principal', idtyp: 'app' };
    const issued = { ...subject, roles, iat: now, nbf: now, exp: now + 3900, ver: `${version}.0` };
    return this.jwt(version === 1 ? { ...issued, aud: resource, iss: V1_TEMPLATE.replace('{tenantid}', issued.tid), appid: form.client_id, appidacr: shown } :
      { ...issued, aud: id, iss: this.issuer(issued.tid), azp: form.client_id, azpacr: shown }, { header: { typ } });
  },

  redeem({ tenant, version, form, json, refuse }) {
    const code = this.codes.get(form.code);
    if (!code) return refuse(400, 'invalid_grant', 70000, 'The code is not valid.');
    if (code.used) return refuse(400, 'invalid_grant', 54005, 'The code was already redeemed.');
    if (code.redirect_uri !== form.redirect_uri) return refuse(400, 'invalid_grant', 50011, 'The redirect URI differs.');
    if (createHash('sha256').update(form.code_verifier ?? '').digest('base64url') !== code.code_challenge)
      return refuse(400, 'invalid_grant', 501481, 'The Code_Verifier does not match.');
    if (code.tenant !== tenant) return refuse(400, 'invalid_grant', 700005, 'The code is of another tenant.');
    if (this.now() > code.at + 10 * MINUTE) return refuse(400, 'invalid_grant', 70008, 'The code has expired.');
    code.used = true;
    if (this.registration.consent === 'user') return refuse(400, 'invalid_grant', 65001, 'Nobody has consented.', { suberror: 'consent_required' });
    const unmet = this.unmet(code.claims);
    if (unmet) return refuse(...unmet);
    if (version === 1) return json(this.firstTokens(code, form));
    const { scope = 'User.Read profile openid email', who } = code;
    const answer = { token_type: 'Bearer', scope: 'User.Read profile openid email', expires_in: 4736, ext_expires_in: 4736,
      access_token: this.accessToken({ scope, who, form }), ...this.refreshToken({ scope: code.scope ?? '', claims: code.claims, who }),
      id_token: this.idToken(code.nonce, code.max_age, who), ...this.clientInfo(form, who) };
    return json(this.script.tokens?.(answer, code) ?? answer);
  },

  // Of version 1: all numbers are texts, and the names of claims are others.
  firstTokens(code, form) {
    const now = this.now();
    const { preferred_username, ...who } = { ...this.claims(code.nonce, code.max_age), ...code.who };
    const id_token = this.jwt({ ...who, iss: V1_TEMPLATE.replace('{tenantid}', who.tid), ver: '1.0', upn: preferred_username, unique_name: preferred_username });
    return { token_type: 'Bearer', scope: 'User.Read', expires_in: '4736', ext_expires_in: '4736', expires_on: String(now + 4736), not_before: String(now),
      resource: form.resource ?? '00000003-0000-0000-c000-000000000000', access_token: this.bearer(code.scope, code.who), id_token, ...this.clientInfo(form, code.who) };
  },

  // entra.md 1.10, 1.12: of one tenant, which has to know the application.
  ownToken({ tenant, form, json, refuse }) {
    const { consented, apis } = this.registration;
    const { scope = '' } = form;
    if (consented && !consented.includes(tenant)) return refuse(400, 'unauthorized_client', 700016, 'Application not found in the directory.');
    if (!scope.endsWith('/.default')) return refuse(400, 'invalid_scope', 1002012, 'The scope is not valid.');
    const [resource] = resources(scope);
    const since = this.since(form.claims);
    const text = [GRAPH, this.graphUrl].includes(resource) ? `graph-own-${since}${'y'.repeat(1200)}` : `app ${since}${scope}`;
    const access_token = apis?.[resource] ? this.apiToken(resource, apis[resource], { form, tenant }) : text;
    return json({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token });
  },

  // For whom the token that is shown was made (1.15).
  onBehalf({ form, json, refuse }) {
    const unmet = this.unmet();
    if (unmet) return refuse(...unmet);
    return json({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, scope: 'User.Read', access_token: `for ${form.assertion}`, id_token: this.idToken(), ...this.clientInfo(form) });
  },

  // ---- devices (1.16): `pending` is how often each is told to wait, `deviceEnds` what becomes of it ----

  devicecode({ form, json }) {
    const device_code = `device-${this.devices.size}-${'d'.repeat(200)}`;
    this.devices.set(device_code, { scope: form.scope, claims: form.claims, left: this.pending });
    return json({ user_code: 'F7KQ2MZTC', device_code, verification_uri: 'https://microsoft.com/devicelogin', expires_in: 900, interval: 1,
      message: 'To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code F7KQ2MZTC to authenticate.' });
  },

  device({ form, json, refuse }) {
    const device = this.devices.get(form.device_code);
    if (!device) return refuse(400, 'bad_verification_code', 70018, 'The device code is wrong.');
    if (device.left-- > 0) return refuse(400, 'authorization_pending', 70016, 'Pending end-user authorization.');
    if (this.deviceEnds === 'declined') return refuse(400, 'authorization_declined', 70017, 'The user declined.');
    if (this.deviceEnds === 'expired') return refuse(400, 'expired_token', 70019, 'The device code has expired.');
    const claims = device.claims ?? form.claims;
    const unmet = this.unmet(claims);
    if (unmet) return refuse(...unmet);
    return json({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, scope: 'User.Read openid profile', access_token: this.accessToken({ scope: device.scope, form }),
      id_token: this.idToken(), ...this.refreshToken({ scope: device.scope, claims }), ...this.clientInfo(form) });
  },

  // ---- refresh tokens (1.18): for whoever the user was then, in every tenant where they are, and old ones stay good ----

  refreshToken({ scope, claims, who = this.user }) {
    if (!/\boffline_access\b/.test(scope)) return {};
    const refresh_token = `1.RT${this.refreshTokens.size}${'z'.repeat(1200)}`;
    this.refreshTokens.set(refresh_token, { user: who, scope, claims, at: this.now() });
    return { refresh_token };
  },

  // Why a refresh token is no good, or undefined.
  dead(known, at) {
    if (!known || known.revoked) return [400, 'invalid_grant', 50173, 'The grant was revoked.', { suberror: 'bad_token' }];
    const { signInFrequency } = this.registration;
    if (signInFrequency && this.now() > known.at + signInFrequency) return [400, 'invalid_grant', 70043, 'The token has expired due to a policy of sign-in frequency.', { suberror: 'bad_token' }];
    if (this.now() > known.at + 90 * DAY) return [400, 'invalid_grant', 700082, 'The token has expired due to inactivity.', { suberror: 'bad_token' }];
    return at ? undefined : [400, 'invalid_grant', 50020, 'The user is not in this tenant.'];
  },

  // Who that person is in the tenant that is asked: somebody else's number, the same home.
  there({ user }, tenant) {
    const home = this.tenantOf(tenant);
    return MANY.test(home) || home === user.tid ? user : this.guests.get(home) && { ...user, ...this.guests.get(home), tid: home };
  },

  refresh({ tenant, form, json, refuse }) {
    const known = this.refreshTokens.get(form.refresh_token);
    const at = known && this.there(known, tenant);
    const dead = this.dead(known, at);
    if (dead) return refuse(...dead);
    const unmet = this.unmet(known.claims);
    if (unmet) return refuse(...unmet);
    const scope = form.scope ?? known.scope;
    const answer = { token_type: 'Bearer', expires_in: 4736, access_token: this.accessToken({ scope, who: at, form }), ...this.refreshToken({ ...known, who: known.user }),
      id_token: this.jwt({ ...this.claims(), ...at, iss: this.issuer(at.tid) }), ...this.clientInfo(form, known.user) };
    return json(this.script.refreshed?.(answer, known) ?? answer);
  },

  // What Conditional Access still wants of somebody who has signed in with `claims` (1.19), or undefined.  To meet it takes
  // a person: with a refresh token nobody is shown a page.
  unmet(claims) {
    if (!this.policy) return undefined;
    const { ids = ['p-1'], code = 50076, suberror = 'basic_action' } = this.policy;
    const shown = JSON.parse(claims || '{}').access_token?.capolids?.values ?? [];
    if (ids.every((id) => shown.includes(id))) return undefined;
    return [400, 'interaction_required', code, 'A policy wants more.',
      { suberror, claims: JSON.stringify({ access_token: { capolids: { essential: true, values: ids } } }) }];
  },
};
