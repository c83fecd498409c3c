/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_OAUTH_STORY_H
#define UAUTH_TESTS_FLOW_OAUTH_STORY_H

/*
 * What stories about applications say again and again: a client that is registered, a browser that
 * brings its request, and the calls that it makes itself.
 */

#include "story.h"

#define APP          "app"
#define APP_CALLBACK "https://app.test/cb"
#define WEB          "web"

/* RFC 7636 appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/* Registers the client `id` with `metadata`, in which ' stands for ".  Its secret, or NULL. */
const char *oauth_client(struct world *w, const char *id, const char *metadata);

/*
 * The public client APP, whose users are not asked for consent, may use codes and refresh tokens
 * and redirects to APP_CALLBACK; and the same as WEB, which authenticates by Basic: its secret.
 */
void oauth_app(struct world *w);
const char *oauth_web(struct world *w);

/*
 * A form of `base` in which the fields of `changes` stand instead of those of the same name; one
 * without a value is left out.  Both are form-encoded.
 */
const char *oauth_form(struct world *w, const char *base, const char *changes);

/* The request of APP for openid, profile and email, with PKCE, state "s" and nonce "n"; changed. */
const char *oauth_request(struct world *w, const char *changes);

/* GET of the authorization endpoint with that request. */
struct answer oauth_authorize(struct client *browser, const char *changes);

/* A parameter in the query of the Location of `answer`, or NULL. */
const char *oauth_param(const struct answer *answer, const char *name);

/* Whether it redirects to `uri` with the error. */
void assert_redirected_error(struct answer answer, const char *uri, const char *error);

/* The handle of the request that waits for `page`. */
const char *oauth_waits_for(const struct answer *a, const char *page);

/* Whether it is a page of ours that redirects nowhere. */
void assert_error_page(struct answer answer);

/* The code that somebody who is signed in in `browser` gets for APP; the request is changed. */
const char *oauth_code(struct client *browser, const char *changes);

/* POST of a form; `secret` NULL: without Authorization, else Basic of `client_id`. */
struct answer oauth_post(struct world *w, const char *path, const char *client_id,
                         const char *secret, const char *form);

/* Exchanges a code of APP; the form is changed. */
struct answer oauth_exchange(struct world *w, const char *code, const char *changes);

/* Whether it is the error of RFC 6749 5.2. */
#define assert_oauth_error(answer, expected, error)                                                \
    assert_oauth_error_at((answer), (expected), (error), __FILE__, __LINE__)
void assert_oauth_error_at(struct answer answer, int expected, const char *error, const char *file,
                           int line);

/* Ada, registered and signed in in a browser. */
struct client oauth_ada(struct world *w);

/* The tokens of Ada for APP, in `answer`. */
struct answer oauth_tokens(struct world *w, const char *changes);

#endif
