/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every route of the table, called by every kind of caller: what the table says is what happens.  A
 * new route is walked as soon as it has a row.
 */
#include "story.h"

#include "identity/people.h"
#include "token/claims.h"
#include "token/issue.h"
#include "token/keyring.h"
#include "web/guard.h"

/* Open to everybody, all of it: a row that is added here was meant to be. */
/* clang-format off */
static const char *const open_rows[] = {
    "POST /auth/login", "POST /auth/token",
    "POST /auth/refresh", "POST /auth/register",
    "POST /auth/setup", "POST /auth/verify-email", "POST /auth/invitations/accept",
    "POST /auth/verify-email/resend", "POST /auth/forgot-password",
    "POST /auth/reset-password", "GET /oauth2/authorize", "POST /oauth2/authorize", "GET /oauth2/authorize/continue",
    "GET /oauth2/logout", "POST /oauth2/logout", "GET /oauth2/status-lists", "GET /oauth2/status-lists/{name}",
    "GET /.well-known/openid-configuration", "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/jwks.json", "GET /.well-known/oauth-protected-resource/*", "GET /openapi.json",
    "GET /problems", "GET /problems/{slug}", "GET /assets/{name}", "GET /healthz", "GET /readyz",
    "GET /auth/oauth/{provider}", "GET /auth/oauth/{provider}/callback", "POST /auth/oauth/{provider}/callback",
    "POST /auth/oauth/{provider}/token", "POST /auth/home-realm", "GET /auth/oauth/{provider}/frontchannel-logout",
    "POST /auth/oauth/{provider}/backchannel-logout", "GET /signed-out/{provider}", "GET /tenant-logos/{name}",
};
/* clang-format on */

/* ---- callers ---- */

struct caller {
    const char *what;
    const char *(*token)(struct world *w); /* of the bearer */
};

static struct answer signed_in(struct world *w)
{
    struct client c = client_new(w);
    struct answer a = story_login(&c, ADA, "");
    assert_status(a, 200);
    return a;
}

static const char *good(struct world *w)
{
    struct answer a = signed_in(w);
    return answer_text(&a, "access_token");
}

static const char *nothing(struct world *w)
{
    (void)w;
    return NULL;
}

static const char *garbage(struct world *w)
{
    (void)w;
    return "not-a-token";
}

static const char *expired(struct world *w)
{
    world_pass(w, -2 * HOURS);
    const char *token = good(w);
    world_pass(w, 2 * HOURS);
    return token;
}

static const char *signed_out(struct world *w)
{
    struct client c = story_bearer(w, good(w));
    assert_status(client_post(&c, "/auth/logout", NULL), 204);
    return c.token;
}

static const char *refresh_token(struct world *w)
{
    struct answer a = signed_in(w);
    return answer_text(&a, "refresh_token");
}

/* A token of our own key that says what the claims of a good one say, but for what `change` does.
 */
static const char *forged(struct world *w, void (*change)(struct config *, struct grant_facts *))
{
    struct answer claims = story_claims(w, good(w));
    struct config config = *w->config;
    struct grant_facts facts = { .user_id = answer_text(&claims, "sub"),
                                 .client_id = answer_text(&claims, "client_id"),
                                 .sid = answer_text(&claims, "sid"),
                                 .authorization_id = answer_text(&claims, "grant_id"),
                                 .auth_time = w->now };
    struct tokens tokens;
    struct ctx *c = world_ctx(w);
    c->config = &config;
    change(&config, &facts);
    story_does(w, issue_access(c, &facts, &tokens));
    return tokens.access_token;
}

static void move_issuer(struct config *config, struct grant_facts *facts)
{
    facts->audience = "http://localhost:8080";
    config->jwt_issuer = "https://elsewhere.example";
}

static void move_audience(struct config *config, struct grant_facts *facts)
{
    (void)config;
    facts->audience = "https://elsewhere.example";
}

static const char *other_issuer(struct world *w)
{
    return forged(w, move_issuer);
}

static const char *other_audience(struct world *w)
{
    return forged(w, move_audience);
}

/* The payload of a good one, signed by us as something else. */
static const char *other_type(struct world *w)
{
    const char *token = NULL;
    struct answer claims = story_claims(w, good(w));
    struct ctx *c = world_ctx(w);
    story_does(w, keyring_sign(c, c->keys, "JWT", claims.body, &token));
    return token;
}

/* SS-07: what the right password gives before the second factor is a handle, and opens nothing. */
static const char *before_the_factor(struct world *w)
{
    struct client c = client_new(w);
    struct answer a = story_login(&c, EVE, "'mode':'session'");
    assert_problem(a, 401, "mfa-required");
    assert_null(answer_header(&a, "set-cookie"));
    return answer_text(&a, "mfa_token");
}

static const struct caller strangers[] = {
    { "nobody", nothing },
    { "garbage", garbage },
    { "an expired token", expired },
    { "another issuer's token", other_issuer },
    { "a token for another audience", other_audience },
    { "a token of another type", other_type },
    { "a token of a session that ended", signed_out },
    { "a refresh token", refresh_token },
    { "somebody before their second factor", before_the_factor },
};

/* ---- what a row answers ---- */

static bool changes(const struct route *row, enum http_method method)
{
    return method != HTTP_GET && method != HTTP_HEAD && (row->flags & READ_ONLY) == 0;
}

static struct sent sent_to(struct world *w, const struct route *row)
{
    struct sent sent = { .method = story_method(row->method), .target = story_path(w, row) };
    if (route_has_body(row) && row->in != NULL && (row->flags & FORM) != 0)
        sent.form = "";
    else if (route_has_body(row) && row->in != NULL)
        sent.json = "{}";
    return sent;
}

static void fail_row(const struct route *row, const char *what, struct answer answer)
{
    fail_msg("%s %s by %s answers %d: %s", row->method, row->path, what, answer.status,
             answer.body);
}

/* Whether the refusal is the one of the guard: RFC 6750 3 goes with it. */
static bool is_refused(const struct route *row, struct answer a)
{
    const char *type = answer_text(&a, "type");
    if (a.status != 401 || answer_header(&a, "www-authenticate") == NULL)
        return false;
    if (row->guard->accepts == ACCEPTS_CLIENT)
        return text_equal(answer_text(&a, "error"), "invalid_client");
    return row->errors == OAUTH ? text_equal(answer_text(&a, "error"), "invalid_token")
                                : type != NULL && text_ends(type, "/invalid-token");
}

/* Whether the row let the caller past guard, CSRF, tenant and permission; what they asked for may
 * not be there. */
static bool is_let_in(const struct route *row, struct answer a)
{
    bool names_one = strchr(row->path, '{') != NULL || text_ends(row->path, "/totp");
    return a.status < 500 && a.status != 401 && a.status != 403 && (a.status != 404 || names_one);
}

static int set_up_people(void **state)
{
    (void)world_set_up(state);
    struct world *w = *state;
    struct client c = client_new(w);
    (void)story_person(w, ADA);
    (void)story_person(w, EVE);
    (void)story_sign_in(&c, EVE);
    (void)story_enrol(&c, NULL);
    return 0;
}

#define WALK(name) cmocka_unit_test_setup_teardown(name, set_up_people, world_tear_down)

/* ---- walks ---- */

/* AZ-02: what nobody has to prove anything for is known by name. */
static void what_is_open_is_on_the_list(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    size_t open = 0;
    const struct route *rows = story_api(w, &n);
    for (size_t i = 0; i < n; i++) {
        const char *name = text_printf(w->arena, "%s %s", rows[i].method, rows[i].path);
        bool listed = false;
        if (rows[i].guard != &guard_open)
            continue;
        open++;
        for (size_t k = 0; k < sizeof open_rows / sizeof open_rows[0]; k++)
            listed = listed || text_equal(open_rows[k], name);
        if (!listed)
            fail_msg("%s is open to everybody and not on the list of this test", name);
    }
    assert_int_equal(open, sizeof open_rows / sizeof open_rows[0]);
}

/* AZ-02, SS-07, AZ-11: who proves nothing gets nowhere where a caller is asked for, and is not
 * looked at where none is. */
static void strangers_get_nowhere(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    for (size_t k = 0; k < sizeof strangers / sizeof strangers[0]; k++) {
        struct client c = story_bearer(w, strangers[k].token(w));
        for (size_t i = 0; i < n; i++) {
            struct sent sent = sent_to(w, &rows[i]);
            struct answer a = client_send(&c, &sent);
            bool open = rows[i].guard == &guard_open;
            bool as_written = open ? a.status != 401 && a.status < 500 : is_refused(&rows[i], a);
            if (!as_written)
                fail_row(&rows[i], strangers[k].what, a);
        }
    }
}

/* Decision 7: a bad token does not fall back to the good cookie beside it. */
static void a_bad_token_never_falls_back_to_a_good_cookie(void **state)
{
    struct world *w = *state;
    struct client b = story_browser(w, ADA, "session");
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    b.token = "not-a-token";
    for (size_t i = 0; i < n; i++) {
        struct sent sent = sent_to(w, &rows[i]);
        if (rows[i].guard != &guard_open && !is_refused(&rows[i], client_send(&b, &sent)))
            fail_row(&rows[i], "a bad token beside a cookie", client_send(&b, &sent));
    }
    b.token = NULL;
    assert_status(client_get(&b, "/auth/me"), 200);
}

/* WB-01, WB-02: what changes something asks a browser for its token; what only reads does not. */
static void a_session_without_csrf_changes_nothing(void **state)
{
    struct world *w = *state;
    struct client b = story_browser(w, ADA, "session");
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    static const char *const wrong[] = { NULL, "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        b.csrf = wrong[k];
        for (size_t i = 0; i < n; i++) {
            struct sent sent = sent_to(w, &rows[i]);
            if ((rows[i].guard->accepts & ACCEPTS_COOKIE) == 0)
                continue;
            struct answer a = client_send(&b, &sent);
            const char *type = answer_text(&a, "type");
            bool refused = a.status == 403 && type != NULL && text_ends(type, "/csrf-failed");
            if (refused != changes(&rows[i], sent.method))
                fail_row(&rows[i], "a session without CSRF token", a);
        }
    }
}

/* WB-01: a page of another site gets nowhere, also where nobody is signed in yet. */
static void a_page_of_another_site_changes_nothing(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    for (size_t i = 0; i < n; i++) {
        struct sent sent = sent_to(w, &rows[i]);
        sent.headers[0] = (struct http_header){ "origin", "https://evil.example" };
        sent.headers[1] = (struct http_header){ "sec-fetch-site", "cross-site" };
        struct answer a = client_send(&c, &sent);
        bool refused = a.status == 403 && strstr(a.body, "csrf-failed") != NULL;
        bool expected = rows[i].guard == &guard_open && changes(&rows[i], sent.method) &&
                        (rows[i].flags & ANY_ORIGIN) == 0;
        if (refused != expected)
            fail_row(&rows[i], "a page of another site", a);
        if ((rows[i].flags & CORS_ANY) == 0)
            assert_null(answer_header(&a, "access-control-allow-origin"));
    }
}

/* AZ-02: a person with a token or a session is let in where the row asks for no more. */
static void a_person_is_let_in_where_the_row_says_so(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    for (size_t i = 0; i < n; i++) {
        struct sent sent = sent_to(w, &rows[i]);
        struct client c = story_bearer(w, good(w));
        struct client b = story_browser(w, ADA, "session");
        /* Clients have doors of their own; permissions: admin_matrix_test.c. */
        if ((rows[i].guard->accepts & ACCEPTS_COOKIE) == 0 || rows[i].permission != NULL)
            continue;
        struct answer by_token = client_send(&c, &sent);
        struct answer by_cookie = client_send(&b, &sent);
        if (!is_let_in(&rows[i], by_token))
            fail_row(&rows[i], "a person with a token", by_token);
        if (!is_let_in(&rows[i], by_cookie))
            fail_row(&rows[i], "a person with a session", by_cookie);
    }
}

/* Rows that ask for a recent sign-in get one, and the others do not ask. */
static void an_old_sign_in_is_refused_where_the_row_says_so(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    struct client c = story_bearer(w, good(w));
    struct client b = story_browser(w, ADA, "session");
    world_pass(w, RECENT_SECONDS + 1);
    for (size_t i = 0; i < n; i++) {
        struct sent sent = sent_to(w, &rows[i]);
        if (text_equal(rows[i].path, "/auth/logout") || rows[i].permission != NULL)
            continue;
        struct answer answers[] = { client_send(&c, &sent), client_send(&b, &sent) };
        for (size_t k = 0; k < 2; k++)
            if ((answers[k].status == 401 && strstr(answers[k].body, "step-up-required") != NULL) !=
                ((rows[i].flags & RECENT) != 0))
                fail_row(&rows[i], "somebody who signed in a while ago", answers[k]);
    }
}

/* Claim I3 and SS-06: whatever was refused, nothing has happened. */
static void what_is_refused_changes_nothing(void **state)
{
    struct world *w = *state;
    struct client c = story_bearer(w, good(w));
    size_t n = 0;
    const struct route *rows = story_api(w, &n);
    struct answer before = client_get(&c, "/auth/me/sessions");
    struct answer claims = story_claims(w, c.token);
    size_t mails = world_mails(w);
    struct client stranger = story_bearer(w, "not-a-token");
    for (size_t i = 0; i < n; i++) {
        struct sent sent = sent_to(w, &rows[i]);
        if (text_ends(rows[i].path, "{sid}"))
            sent.target =
                text_printf(w->arena, "/auth/me/sessions/%s", answer_text(&claims, "sid"));
        (void)client_send(&stranger, &sent);
    }
    struct answer after = client_get(&c, "/auth/me/sessions");
    assert_string_equal(before.body, after.body);
    assert_int_equal(world_mails(w), mails);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WALK(what_is_open_is_on_the_list),
        WALK(strangers_get_nowhere),
        WALK(a_bad_token_never_falls_back_to_a_good_cookie),
        WALK(a_session_without_csrf_changes_nothing),
        WALK(a_page_of_another_site_changes_nothing),
        WALK(a_person_is_let_in_where_the_row_says_so),
        WALK(an_old_sign_in_is_refused_where_the_row_says_so),
        WALK(what_is_refused_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
