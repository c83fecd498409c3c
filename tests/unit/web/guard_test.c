/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

#include "identity/session.h"
#include "store/clients.h"
#include "tests/unit/identity/identity_testing.h"

/* The guards that need no keys: everybody, the grammar of a bearer, and sessions of real tables. */

static err bearer(struct web *w, const char *field, const char **token)
{
    struct token_shown shown;
    struct req *r = web_request(w, HTTP_GET, "/");
    web_header(w, "authorization", field);
    err read = guard_token(r, &shown);
    *token = shown.token;
    return read;
}

static void a_bearer_token_is_read(void **state)
{
    struct web *w = *state;
    const char *token = "x";
    PASSES(bearer(w, "Bearer mF_9.B5f-4.1JqM~+/==", &token));
    assert_string_equal(token, "mF_9.B5f-4.1JqM~+/==");
    PASSES(bearer(w, "bEARER a", &token));
    assert_string_equal(token, "a");
    PASSES(bearer(w, NULL, &token));
    assert_null(token);
}

/* HT-06: whatever Connection lists, the field is read. */
static void a_field_that_connection_names_is_read_all_the_same(void **state)
{
    struct web *w = *state;
    struct token_shown shown;
    struct req *r = web_request(w, HTTP_GET, "/");
    web_header(w, "connection", "close, authorization, x-csrf-token");
    web_header(w, "authorization", "Bearer abc");
    PASSES(guard_token(r, &shown));
    assert_string_equal(shown.token, "abc");
}

static void another_scheme_or_form_is_refused(void **state)
{
    struct web *w = *state;
    const char *token = "x";
    static const char *const bad[] = {
        "",          "Bearer",      "Bearer ",   "Bearer  a",  "Bearer\ta",       "Bearer a b",
        "Bearer a,", "Bearer a, b", "Bearer =",  "Bearer a=b", "Bearer \"a\"",    "Basic YTpi",
        "DPoP  a",   "BearerX a",   "Bearer: a", "a",          "Bearer \xC3\xA9", "Bearer a;b",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        REFUSES(bearer(w, bad[i], &token), INVALID_TOKEN);
        assert_null(token);
    }
}

/* AZ-11: what is open to all looks at no credentials, good or bad. */
static void the_open_guard_looks_at_nobody(void **state)
{
    struct web *w = *state;
    struct req *r = web_request(w, HTTP_GET, "/");
    web_header(w, "authorization", "Bearer not.a.token");
    web_header(w, "cookie", "session=a; session=b");
    PASSES(guard_open.check(r));
    assert_int_equal(r->who.kind, PRINCIPAL_NONE);
    assert_int_equal(guard_open.accepts, 0);
}

/* ---- over real tables ---- */

struct scene {
    struct web w;
    const char *user, *sid, *secret;
};

static err begin(struct ctx *c, struct db *tx, void *arg)
{
    struct scene *s = arg;
    struct session_begun begun = { 0 };
    const char *amr[] = { "pwd" };
    const struct session_begin how = { .user_id = s->user,
                                       .tenant_id = TENANT_DEFAULT_ID,
                                       .mode = SESSION_COOKIE,
                                       .amr = { amr, 1 } };
    struct db *before = c->db;
    c->db = tx;
    err done = session_begin(c, &how, &begun);
    c->db = before;
    s->sid = begun.sid;
    s->secret = begun.secret;
    return done;
}

static struct scene *scene_of(struct house *h)
{
    struct ctx *c = h->c;
    struct scene *s = ARENA_NEW(c->arena, struct scene);
    s->w.c = c;
    s->w.config = *h->config;
    s->w.door.config = &s->w.config;
    s->user = person(c, EMAIL);
    OK(db_atomically(c, begin, s));
    assert_non_null(s->secret);
    return s;
}

static err check(struct scene *s, const struct guard *guard, const char *cookie, const char *field)
{
    struct req *r = web_request(&s->w, HTTP_GET, "/");
    web_header(&s->w, "cookie", cookie);
    web_header(&s->w, "authorization", field);
    return guard->check(r);
}

static void a_session_cookie_tells_who_calls(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    const char *cookie = text_printf(c->arena, "a=b; session=%s", s->secret);
    const struct principal *who = &s->w.r.who;
    OK(check(s, &guard_session, cookie, NULL));
    assert_int_equal(who->kind, PRINCIPAL_SESSION);
    assert_string_equal(who->user_id, s->user);
    assert_string_equal(who->client_id, CLIENT_FIRST_PARTY);
    assert_string_equal(who->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(who->sid, s->sid);
    assert_string_equal(who->session_id, s->sid);
    assert_string_equal(who->csrf_binding, s->sid);
    assert_int_equal(who->auth_time, c->now);
    assert_true(texts_hold(who->amr, "pwd"));
    OK(check(s, &guard_caller, cookie, NULL));
    assert_int_equal(who->kind, PRINCIPAL_SESSION);
}

/* SS-02, SS-05, SS-06: neither the public handle, nor another secret, nor two, nor one that ended.
 */
static void another_cookie_tells_nobody(void **state)
{
    struct house *h = *state;
    struct ctx *c = h->c;
    struct scene *s = scene_of(h);
    bool ended = false;
    const char *cookie = text_printf(c->arena, "session=%s", s->secret);
    REFUSED(check(s, &guard_session, NULL, NULL), INVALID_SESSION);
    REFUSED(check(s, &guard_session, "session=", NULL), INVALID_SESSION);
    REFUSED(check(s, &guard_session, text_printf(c->arena, "session=%s", s->sid), NULL),
            INVALID_SESSION);
    REFUSED(check(s, &guard_session, "session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL),
            INVALID_SESSION);
    REFUSED(check(s, &guard_session, text_printf(c->arena, "%s; session=x", cookie), NULL),
            INVALID_REQUEST);
    REFUSED(check(s, &guard_caller, NULL, NULL), INVALID_TOKEN);
    OK(session_end(c, s->user, s->sid, &ended));
    REFUSED(check(s, &guard_session, cookie, NULL), INVALID_SESSION);
    assert_int_equal(s->w.r.who.kind, PRINCIPAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(a_bearer_token_is_read),
        WEB_TEST(a_field_that_connection_names_is_read_all_the_same),
        WEB_TEST(another_scheme_or_form_is_refused),
        WEB_TEST(the_open_guard_looks_at_nobody),
        HOUSE_TEST(a_session_cookie_tells_who_calls),
        HOUSE_TEST(another_cookie_tells_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
