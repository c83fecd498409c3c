/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_WORLD_H
#define UAUTH_TESTS_FLOW_WORLD_H

/*
 * A whole service in memory: its database, a clock that stands still until a story moves it,
 * randomness from a seed, hashes that cost next to nothing.  Requests go through the function that
 * the server calls, without a socket.
 *
 *     static void somebody_signs_in(void **state)
 *     {
 *         struct world *w = *state;
 *         struct client c = client_new(w);
 *         struct answer a = client_post(&c, "/auth/login", "{...}");
 *         assert_status(a, 200);
 *         c.token = answer_text(&a, "access_token");
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = { STORY(somebody_signs_in) };
 *
 * Everything handed out lives as long as the world.  A story with settings of its own:
 *     static const char *const settings[] = { "AUTH_REGISTRATION=closed", NULL };
 *     STORY_WITH(closed_is_closed, settings)
 */

#include "app/app.h"
#include "tests/unit/base/testing.h"

enum { STORY_NOW = 1795529167, STORY_MAILS_MAX = 256, STORY_COOKIES_MAX = 8 };

struct story_mail {
    const char *to, *subject, *text;
};

struct world {
    struct arena *arena;  /* what is handed out */
    struct arena *within; /* of the request that runs */
    int64_t now;
    struct config *config;
    struct config_input input;
    struct node *node;
    struct app *app;
    struct http_threads threads;
    void *worker;
    const _Atomic bool *given_up; /* as http_work has it; NULL: somebody waits */
    struct ctx c;                 /* the test's own, on the service's database */
    struct story_mail mails[STORY_MAILS_MAX];
    size_t mails_n;
    bool counts; /* a story that counts its requests, or what each leaves: none comes twice
                    (statements.h) */
};

/* cmocka's set-up and tear-down: *state is the world.  On entry it may be a list of settings,
 * "AUTH_NAME=value" and NULL at the end; they come before the defaults of stories:
 * AUTH_JWT_ALGORITHM=ES256 AUTH_RATE_LIMIT=off AUTH_CHALLENGE=off. */
int world_set_up(void **state);
int world_tear_down(void **state);

#define STORY(name) cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)
#define STORY_WITH(name, settings)                                                                 \
    cmocka_unit_test_prestate_setup_teardown(name, world_set_up, world_tear_down,                  \
                                             (void *)(uintptr_t)(settings))

/* The clock goes on. */
void world_pass(struct world *w, int64_t seconds);

/* A context for looking into the service: of now, with nothing recorded. */
struct ctx *world_ctx(struct world *w);

/* ---- a client ---- */

struct cookie {
    const char *name, *value; /* "" once it has been taken away */
    const char *attributes;   /* as they came: "; Path=/; HttpOnly" */
};

struct client {
    struct world *w;
    const char *token;   /* sent as bearer; NULL: none */
    const char *csrf;    /* sent as X-CSRF-Token; NULL: none */
    const char *address; /* of the caller */
    const char *agent;   /* User-Agent */
    bool keeps_cookies;  /* as a browser: with Origin and Sec-Fetch-Site of our own pages */
    struct cookie cookies[STORY_COOKIES_MAX];
    size_t cookies_n;
};
struct client client_new(struct world *w);
struct client browser_new(struct world *w);

/* The value of a cookie that the client keeps, or NULL. */
const char *client_cookie(const struct client *client, const char *name);

/* Keeps the cookies of an answer, as a client that keeps_cookies does by itself. */
struct answer;
void client_keep_cookies(struct client *client, const struct answer *answer);

/* ---- a request ---- */

struct sent {
    enum http_method method;
    const char *target; /* path, and perhaps ?query, not encoded twice */
    const char *json;   /* a body; or */
    const char *form;   /* application/x-www-form-urlencoded; or neither */
    struct bytes body;  /* of `type`, instead of these */
    const char *type;
    const char *host; /* NULL: localhost */
    bool tls;
    struct http_header headers[8]; /* further ones, in lower case, up to the first without a name */
    unsigned listener;
    struct certificates shown; /* in the handshake */
    bool by_proxy;             /* by a trusted proxy */
};

struct answer {
    struct world *w;
    int status;
    const struct http_header *headers;
    size_t headers_n;
    const char *body; /* text */
};

struct answer client_send(struct client *client, const struct sent *sent);

/* What is answered to bytes that are no request (net/http_parser.h). */
struct answer client_unread(struct client *client, const struct http_refusal *refusal);

struct answer client_get(struct client *client, const char *target);
struct answer client_post(struct client *client, const char *target, const char *json);
struct answer client_put(struct client *client, const char *target, const char *json);
struct answer client_delete(struct client *client, const char *target);

/* The first value of header `name` (in lower case), or NULL. */
const char *answer_header(const struct answer *answer, const char *name);

/* The text, number or truth at `path` ("user.email") of a JSON body as text; NULL if it is null,
 * absent or something else. */
const char *answer_text(const struct answer *answer, const char *path);

/* Whether the answer has `status`; a failed test shows the body. */
#define assert_status(answer, expected) assert_status_at((answer), (expected), __FILE__, __LINE__)
void assert_status_at(struct answer answer, int expected, const char *file, int line);

/* Whether it is the problem document (RFC 9457) of type `slug`. */
#define assert_problem(answer, expected, slug)                                                     \
    assert_problem_at((answer), (expected), (slug), __FILE__, __LINE__)
void assert_problem_at(struct answer answer, int expected, const char *slug, const char *file,
                       int line);

/* ---- mails ---- */

/* The newest mail to `to`, or NULL.  Takes what waits in the outbox. */
const struct story_mail *world_mail(struct world *w, const char *to);

/* How many mails there have been in all. */
size_t world_mails(struct world *w);

/* The token in the link of the newest mail to `to`; there is one, or the test fails. */
const char *world_link_token(struct world *w, const char *to);

/* ---- what most stories begin with ---- */

#define STORY_PASSWORD "Correct-horse-7-battery"

/* Registers and verifies `email`; returns the id of the user. */
const char *story_person(struct world *w, const char *email);

/* Signs in by mode token and keeps the access token in `client`; returns the refresh token. */
const char *story_sign_in(struct client *client, const char *email);

#endif
