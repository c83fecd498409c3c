// SPDX-License-Identifier: Apache-2.0
// The parts of a walk in which others take part: applications, devices, tenants that invite, providers.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tokenIn } from '../wire/client.mjs';
import { someone } from '../wire/entra.mjs';

// RFC 7636 appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const form = (url, fields) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

// Where an application sends its user.
export function request(walk, client_id, more = {}) {
  return `/oauth2/authorize?${new URLSearchParams({
    response_type: 'code', client_id, redirect_uri: walk.application.url, scope: 'openid profile email', state: 's',
    code_challenge: CHALLENGE, code_challenge_method: 'S256', ...more,
  })}`;
}

async function backByItself(walk) {
  await walk.go(request(walk, 'shop', { response_mode: 'form_post' }));
  await walk.page.waitForURL(`${walk.application.elsewhere}/cb`);
}

// It asks, is allowed, and says what it would like to do.
export async function consent(walk) {
  const scope = 'openid profile email offline_access notes:read';
  await walk.see('sign in for an application', request(walk, 'notes', { scope, prompt: 'login' }));
  await walk.see('choose an account', request(walk, 'notes', { scope, prompt: 'select_account' }));
  await walk.send('/select-account');
  walk.at('/consent');
  await walk.see('consent');
  await walk.send('/consent');
  assert.ok(new URL(walk.page.url()).searchParams.has('code'), walk.page.url());
  await walk.see('back by a form', request(walk, 'shop', { response_mode: 'form_post' }));
  if (walk.scripts) await backByItself(walk);
  await walk.see('account with an application', '/account');
  await walk.send('/account/applications/revoke');
}

// What an application of a tenant shows to somebody who is not signed in there.
export async function tenant(walk) {
  await walk.see('sign in for an application of a tenant', request(walk, 'engine', { prompt: 'login' }));
}

// Signed in to several applications, and out of all of them because one asks for it.
export async function leave(walk) {
  for (const client_id of ['shop', 'wiki', 'tool']) {
    await walk.go(request(walk, client_id, { scope: 'openid' }));
    const code = new URL(walk.page.url()).searchParams.get('code');
    const answer = await form(`${walk.server.url}/oauth2/token`, { grant_type: 'authorization_code', code, client_id, redirect_uri: walk.application.url, code_verifier: VERIFIER });
    assert.equal(answer.status, 200, await answer.text());
  }
  await walk.see('sign out, asked', '/oauth2/logout?client_id=shop');
  await walk.send('/oauth2/logout/confirm');
  assert.equal(await walk.page.locator('.rows .badge').count(), 3);
  await walk.see('signed out of applications');
}

// A device with a code; `answer` is the value of the button.
async function deviceCode(walk) {
  const answer = await form(`${walk.server.url}/oauth2/device_authorization`, { client_id: 'tv', scope: 'openid profile email offline_access notes:read' });
  return (await answer.json()).user_code;
}

export async function device(walk) {
  await walk.see('device', '/device');
  await walk.send('/device', { user_code: 'WDJB-MJHT' });
  await walk.see('device, unknown code');
  await walk.send('/device', { user_code: await deviceCode(walk) });
  await walk.see('device, asked');
  await walk.send('/device/answer');
  await walk.see('device, allowed');
  await walk.go(`/device?user_code=${await deviceCode(walk)}`);
  await walk.send('/device');
  await walk.page.locator('[value=refuse]').click();
  await walk.see('device, refused');
}

// Somebody new is invited by a tenant, and somebody who has an account.
export async function invited(walk) {
  const stranger = `bob-${walk.language}@example.com`;
  const before = walk.sink.mails.filter((mail) => mail.to.includes(walk.email)).length;
  await Promise.all([walk.invite(stranger), walk.invite(walk.email)]);
  await walk.see('invited to register', `/register?token=${tokenIn(await walk.sink.mailTo(stranger))}`);
  await walk.see('invited to join', `/join?token=${tokenIn(await walk.sink.mailTo(walk.email, before + 1))}`);
  await walk.send('/join');
  await walk.see('sign in, joined');
}

export async function refused(walk) {
  await walk.see('nothing here', '/nothing');
  await walk.see('no token', '/reset-password');
  await walk.see('an unknown application', request(walk, 'nobody'));
  await walk.see('nobody began it', '/auth/oauth/example/callback?state=x&code=y');
}

// What failures mean, for developers.
export async function problems(walk) {
  await walk.see('problems', '/problems');
  await walk.see('problem', '/problems/invalid-credentials');
}

// Somebody who comes from another provider, and has no password here.
export async function federated(walk) {
  const name = `zoe-${walk.language}@contoso.example`;
  walk.entra.user = someone({ oid: randomUUID(), sub: name, name: 'Zoë', preferred_username: name });
  await walk.go('/auth/oauth/entra');
  walk.at('/account');
  await walk.see('account of another provider');
  await walk.see('no password', '/account/password');
  await walk.see('erase without a password', '/account/erase');
  await walk.see('confirm with another provider', '/account/confirm?then=factor');
  await walk.go('/account/password');
  await walk.send('/account/password/first');
  walk.at('/check-mail');
}
