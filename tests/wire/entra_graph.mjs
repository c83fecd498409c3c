// SPDX-License-Identifier: Apache-2.0
// What is asked of Microsoft Graph around a sign-in (entra.md 5, 1.20): who somebody is, what they are in, ending their
// sign-ins, what an application may read of itself.  Functions of Entra (entra.mjs).  `memberOf` has the ids of groups.
import { denial } from './entra_refusal.mjs';

const OWN = /^Bearer graph-own-/;
const MOST_MEMBERSHIPS = 11000, MOST_CHECKED = 20;
const pick = (whole, select) => (select ? Object.fromEntries(select.split(',').map((name) => [name, whole[name] ?? null])) : whole);
const has = (scope, ...names) => names.some((name) => (scope ?? '').split(' ').some((one) => one.replace(/^.*\//, '') === name));

export const graph = {
  // A token of Graph for somebody who is there: it is long, and says what it may only to us.
  bearer(scope, who = this.user, claims = undefined) {
    const text = `graph-${this.since(claims)}${this.bearers.size}-${'y'.repeat(1500)}`;
    this.bearers.set(text, { who, scope });
    return text;
  },

  // A token that was asked for with the claims of a challenge says since when it is good.
  since(claims) {
    const { value } = JSON.parse(claims || '{}').access_token?.nbf ?? {};
    return value === undefined ? '' : `since-${value}-`;
  },

  deny({ json }, ...why) {
    const { status, body } = denial(...why);
    json(body, status);
    return undefined;
  },

  // Whose token it is: { who, scope }, `own` where it is the application's; or undefined, and it has been answered.
  // Continuous access evaluation says what another one has to be (1.19).
  caller(asked) {
    const { request, response } = asked;
    const authorization = request.headers.authorization ?? '';
    const known = OWN.test(authorization) ? { own: true } : this.bearers.get(authorization.replace(/^Bearer /, ''));
    const late = Number(/-since-(\d+)-/.exec(authorization)?.[1] ?? 0) < (this.revokedAt ?? 0);
    if (known && late) {
      const claims = Buffer.from(JSON.stringify({ access_token: { nbf: { essential: true, value: String(this.revokedAt) } } })).toString('base64');
      response.setHeader('www-authenticate', `Bearer realm="", authorization_uri="${this.url}/common/oauth2/authorize", error="insufficient_claims", claims="${claims}"`);
    }
    return known && !late ? known : this.deny(asked, 401, 'InvalidAuthenticationToken', 'Access token is empty, unknown or revoked.');
  },

  // Somebody who is there, not an application.
  person(asked) {
    const caller = this.caller(asked);
    return caller?.own ? this.deny(asked, 400, 'Request_BadRequest', '/me is of somebody who has signed in.') : caller;
  },

  profile({ oid, name = '', preferred_username, email }) {
    const [givenName, ...rest] = name.split(' ');
    return { id: oid, displayName: name, givenName, surname: rest.join(' '), mail: email ?? null, userPrincipalName: preferred_username };
  },

  me(asked) {
    const caller = this.person(asked);
    return caller && asked.json({ '@odata.context': `${this.graphUrl}/v1.0/$metadata#users/$entity`, ...pick(this.profile(caller.who), asked.query.$select) });
  },

  // The first group of the path is the object id, of somebody whom the emulator knows.
  somebody(asked) {
    const caller = this.caller(asked);
    if (!caller) return undefined;
    const found = [this.user, ...this.people].find(({ oid }) => oid === asked.tenant);
    return found ? asked.json(pick(this.profile(found), asked.query.$select)) : this.deny(asked, 404, 'Request_ResourceNotFound', `Resource '${asked.tenant}' does not exist.`);
  },

  userinfo(asked) {
    const caller = this.person(asked);
    if (!caller) return undefined;
    const { who, scope } = caller;
    if (!has(scope, 'openid')) return this.deny(asked, 403, 'Authorization_RequestDenied', 'The token has no scope openid.');
    const { displayName: name, givenName: given_name, surname: family_name } = this.profile(who);
    return asked.json({ sub: who.sub, name, given_name, family_name, picture: `${this.graphUrl}/v1.0/me/photo/$value`, ...(has(scope, 'email') && who.email && { email: who.email }) });
  },

  // Ids alone, of groups and, where it is not about security alone, of roles in the directory.
  memberships(asked, roles) {
    const caller = this.person(asked);
    if (!caller) return undefined;
    const { securityEnabledOnly = false } = asked.body ?? {};
    const value = [...(this.memberOf ?? []), ...(roles && !securityEnabledOnly ? caller.who.wids ?? [] : [])];
    return value.length > MOST_MEMBERSHIPS ? this.deny(asked, 400, 'Directory_ResultSizeLimitExceeded', 'The size of the result set has exceeded the limit.') :
      asked.json({ '@odata.context': `${this.graphUrl}/v1.0/$metadata#Collection(Edm.String)`, value });
  },
  graph(asked) { return this.memberships(asked, false); },
  memberObjects(asked) { return this.memberships(asked, true); },

  // A page at a time; the address of the next one is whole.
  transitive(asked) {
    if (!this.person(asked)) return undefined;
    const { $top = '100', $skiptoken = '0', $select, $count } = asked.query;
    const [top, from] = [Number($top), Number($skiptoken)];
    if (!(top >= 1 && top <= 999)) return this.deny(asked, 400, 'Request_UnsupportedQuery', 'Invalid page size specified.');
    const all = (this.memberOf ?? []).map((id, i) => ({ '@odata.type': '#microsoft.graph.group', id, displayName: `Group ${i}`, securityEnabled: true }));
    const counted = $count === 'true' && asked.request.headers.consistencylevel === 'eventual';
    const next = new URL(asked.request.url, this.graphUrl);
    next.searchParams.set('$skiptoken', String(from + top));
    const page = { '@odata.context': `${this.graphUrl}/v1.0/$metadata#groups`, ...(counted && { '@odata.count': all.length }),
      ...(from + top < all.length && { '@odata.nextLink': next.href }),
      value: all.slice(from, from + top).map((one) => ({ '@odata.type': one['@odata.type'], ...pick(one, $select) })) };
    return asked.json(this.script.page?.(page) ?? page);
  },

  checkMemberGroups(asked) {
    if (!this.person(asked)) return undefined;
    const ids = asked.body?.groupIds;
    if (!Array.isArray(ids) || ids.length > MOST_CHECKED) return this.deny(asked, 400, 'Request_BadRequest', `groupIds: at most ${MOST_CHECKED}.`);
    return asked.json({ value: ids.filter((id) => this.memberOf?.includes(id)) });
  },

  // The refresh tokens that somebody has by now are over; what they opened lives to its end (entra.md 1.18, 5).
  revoke(asked) {
    const caller = this.caller(asked);
    if (!caller) return undefined;
    const oid = asked.tenant ?? caller.who?.oid;
    const may = caller.own || (caller.who.oid === oid && has(caller.scope, 'User.RevokeSessions.All', 'User.ReadWrite.All'));
    if (!may) return this.deny(asked, 403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
    for (const known of this.refreshTokens.values()) known.revoked ||= known.user.oid === oid;
    return asked.json({ '@odata.context': `${this.graphUrl}/v1.0/$metadata#Edm.Boolean`, value: true });
  },

  // What an application may read of itself, if it has been allowed to.
  application(asked) {
    const { groups, readable } = this.registration;
    const caller = this.caller(asked);
    if (!caller) return undefined;
    if (!caller.own || !readable) return this.deny(asked, 403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
    return asked.json({ '@odata.context': 'x', groupMembershipClaims: groups });
  },
};
