// SPDX-License-Identifier: Apache-2.0
// A single-page application that signs its users in with OpenID Connect; oidc-client-ts.js has made `oidc`.
const home = new URL('.', location.href).href;
const issuer = new URLSearchParams(location.search).get('issuer') ?? localStorage.issuer ?? 'http://localhost:8080';
localStorage.issuer = issuer;
const users = new oidc.UserManager({
  authority: issuer,
  client_id: 'my-spa',
  redirect_uri: `${home}?callback`,
  silent_redirect_uri: `${home}?silent`,
  post_logout_redirect_uri: home,
  scope: 'openid profile email',
  loadUserInfo: true,
});

const show = (text) => { document.querySelector('#who').textContent = text; };
const showUser = (user) => show(user ? `Signed in as ${user.profile.name} <${user.profile.email}>.` : 'Nobody is signed in.');
const trying = (work) => work().catch((error) => show(`${error.error ?? error.message}`));

async function begin() {
  const asked = new URLSearchParams(location.search);
  // The frame in which signinSilent() asks again without a page.
  if (asked.has('silent')) return users.signinSilentCallback();
  if (asked.has('callback')) {
    await users.signinCallback();
    history.replaceState(null, '', home);
  }
  return showUser(await users.getUser());
}

document.querySelector('#login').onclick = () => trying(() => users.signinRedirect());
document.querySelector('#renew').onclick = () => trying(async () => showUser(await users.signinSilent()));
document.querySelector('#logout').onclick = () => trying(() => users.signoutRedirect());
globalThis.users = users; // to look at in the console
await trying(begin);
