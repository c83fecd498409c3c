// SPDX-License-Identifier: Apache-2.0
// Sign-ins with others that work but for one thing, and the rule that names it (as tests/flow/explain_test.c does for what
// needs no provider): the log and `uauth explain` tell the same.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { command } from './command.mjs';
import { START, Stage, person } from './federation.mjs';

const OTHER_TENANT = '99999999-2222-3333-4444-555555555555';
const stage = new Stage(), strict = new Stage();
before(async () => {
  await stage.open();
  await strict.open({ AUTH_AZURE_CREATE_USERS: 'off' });
});
after(async () => {
  await stage.close();
  await strict.close();
});
beforeEach(() => {
  stage.begin();
  strict.begin();
});

// The rule of a refused request, from the log; undefined: it was not refused.
async function ruleOf({ server }, answer) {
  const id = answer.headers.get('x-request-id');
  const line = () => server.log.split('\n').find((text) => text.includes(id) && text.includes('"message":"request"') || text.includes(id) && text.includes('"status"'));
  for (let i = 0; i < 200 && !line(); i++) await new Promise((done) => setTimeout(done, 10));
  return JSON.parse(line().slice(line().indexOf('{'))).rule;
}

const signedIn = async (on, start) => on.signIn(on.browser(), start);
const claims = (change) => { stage.entra.script.claims = change; return signedIn(stage); };
const logout = (token) => stage.browser().send('POST', `${START}/backchannel-logout`, { form: { logout_token: token } });

const plants = [
  [undefined, 'nothing', () => signedIn(stage)],
  ['provider-attempt', 'another browser', async () => stage.browser().get(await stage.go(stage.browser()))],
  ['provider-attempt', 'no such state', async () => {
    const b = stage.browser();
    await stage.go(b);
    return b.get(`${START}/callback?code=x&state=${'A'.repeat(43)}`);
  }],
  ['provider-answer', 'neither code nor error', async () => {
    const b = stage.browser();
    const state = new URL(await stage.go(b), stage.server.url).searchParams.get('state');
    return b.get(`${START}/callback?state=${state}`);
  }],
  ['provider-answer', 'another audience', () => claims((c) => ({ ...c, aud: 'api://other' }))],
  ['provider-answer', 'another nonce', () => claims((c) => ({ ...c, nonce: 'A'.repeat(43) }))],
  ['provider-answer', 'another issuer', () => claims((c) => ({ ...c, iss: stage.entra.issuer(OTHER_TENANT) }))],
  ['provider-answer', 'expired', () => claims((c) => ({ ...c, exp: c.iat - 61 }))],
  ['provider-answer', 'a signature of nobody', () => {
    stage.entra.script.tokens = (answer) => ({ ...answer, id_token: `${answer.id_token.slice(0, -20)}${'A'.repeat(19)}${answer.id_token.slice(-1)}` });
    return signedIn(stage);
  }],
  ['provider-tenant', 'another organization', () => { stage.entra.user = person({ tid: OTHER_TENANT }); return signedIn(stage); }],
  ['provider-guest', 'a guest', () => { stage.entra.user = person({ acct: 1 }); return signedIn(stage); }],
  ['provider-email', 'an address of nobody', () => {
    stage.entra.user = person({ email: 'someone@evil.example', preferred_username: 'someone@evil.example' });
    return signedIn(stage);
  }],
  ['provider-unlinked', 'no account is made', () => signedIn(strict), strict],
  ['provider-recheck', 'signed in there since yesterday', () => { stage.entra.proven = 1; return signedIn(stage, `${START}?fresh=yes`); }],
  ['provider-logout', 'no logout token', () => logout('x.y.z')],
];
for (const [rule, name, make, on = stage] of plants) {
  test(`${rule ?? 'no rule'}: ${name}`, async () => {
    const answer = await make();
    assert.equal(answer.status < 400, rule === undefined, answer.text);
    assert.equal(await ruleOf(on, answer), rule);
  });
}

test('uauth explain tells it', async () => {
  stage.entra.user = person({ tid: OTHER_TENANT });
  const answer = await signedIn(stage);
  await ruleOf(stage, answer);
  const done = await command(['explain', answer.headers.get('x-request-id')], { input: stage.server.log });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /provider-tenant/);
  assert.match(done.stdout, /AUTH_AZURE_ALLOWED_TENANTS/);
  assert.match(done.stdout, new RegExp(OTHER_TENANT));
});
