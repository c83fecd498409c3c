/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_STORY_H
#define UAUTH_TESTS_FLOW_STORY_H

/*
 * What stories say again and again: bodies, sign-ins in each mode, what a token holds, codes of an
 * authenticator app.  Beside the first steps of world.h.
 */

#include "web/route.h"
#include "world.h"

#define ADA "ada@example.com"
#define EVE "eve@example.com"
#define BOB "bob@example.com"

enum { MINUTES = 60, HOURS = 3600, DAYS = 86400 };

/* printf in which ' stands for ". */
const char *story_json(struct world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* POST with a body of story_json. */
#define story_post(client, target, ...)                                                            \
    client_post((client), (target), story_json((client)->w, __VA_ARGS__))

/* A sign-in of `email` with STORY_PASSWORD; `more` is further members ("'mode':'spa'") or "". */
struct answer story_login(struct client *client, const char *email, const char *more);

/* A browser signed in by mode session (or spa), with its CSRF token. */
struct client story_browser(struct world *w, const char *email, const char *mode);

/* Refreshes `refresh_token`. */
struct answer story_refresh(struct client *client, const char *refresh_token);

/* What `token` says: an answer whose body is its payload, for answer_text; or its header. */
struct answer story_claims(struct world *w, const char *token);
struct answer story_header(struct world *w, const char *token);

/* The client with `token` as its bearer. */
struct client story_bearer(struct world *w, const char *token);

/* Whether a list of the JSON of `answer` holds `text` (as "text" somewhere in the body). */
bool answer_holds(const struct answer *answer, const char *text);

/* Enrols a second factor for whoever `client` is; its recovery codes are in *codes (or NULL). */
const char *story_enrol(struct client *client, struct answer *codes);

/* The code that an app with the base32 `secret` shows now. */
const char *story_code(struct world *w, const char *secret);

/* The rows of the table of routes that programs call: all but hosted pages, which have walks of
 * their own (page_walk_test.c). */
const struct route *story_api(struct world *w, size_t *n);

/* A method as the table of routes names it ("*": GET), and a path that the row answers. */
enum http_method story_method(const char *name);
const char *story_path(struct world *w, const struct route *row) __attribute__((returns_nonnull));

/* For calls below the door: shows the failure and ends the test. */
void story_does(struct world *w, err done);

#endif
