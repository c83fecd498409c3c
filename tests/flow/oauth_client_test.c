/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How clients prove who they are at the token endpoint, and every way in which one is refused.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "oauth/client_change.h"
#include "store/tenants.h"

#define ASSERTION_TYPE                                                                             \
    "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* A registration of a job that authenticates by `method`. */
static const char *job(struct world *w, const char *method, const char *more)
{
    return oauth_client(w, "job",
                        text_printf(w->arena,
                                    "{'grant_types':['client_credentials'],'scope':'a',"
                                    "'token_endpoint_auth_method':'%s'%s}",
                                    method, more));
}

static struct answer asks(struct world *w, const char *authorization, const char *form)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/token",
                         .form = text_printf(w->arena, "grant_type=client_credentials%s", form) };
    if (authorization != NULL)
        sent.headers[0] = (struct http_header){ "authorization", authorization };
    return client_send(&c, &sent);
}

static const char *basic(struct world *w, const char *pair)
{
    return text_printf(w->arena, "Basic %s", base64_encode(w->arena, bytes_of(pair), true));
}

static void assert_refused(struct answer a)
{
    assert_oauth_error(a, 401, "invalid_client");
    assert_true(text_starts(answer_header(&a, "www-authenticate"), "Basic "));
}

/* ---- secrets ---- */

static void a_secret_comes_by_the_registered_method_only(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_basic", "");
    const char *by_basic = basic(w, text_printf(w->arena, "job:%s", secret));
    const char *by_post = text_printf(w->arena, "&client_id=job&client_secret=%s", secret);
    assert_status(asks(w, by_basic, ""), 200);
    assert_status(asks(w, by_basic, "&client_id=job"), 200);
    /* CL-04. */
    assert_refused(asks(w, NULL, by_post));
    assert_refused(asks(w, NULL, "&client_id=job"));
    assert_refused(asks(w, NULL, ""));
}

static void a_secret_in_the_body_is_another_method(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_post", "");
    assert_status(asks(w, NULL, text_printf(w->arena, "&client_id=job&client_secret=%s", secret)),
                  200);
    assert_refused(asks(w, basic(w, text_printf(w->arena, "job:%s", secret)), ""));
}

/* CL-04: two methods in one request, or two names. */
static void one_request_has_one_method(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_basic", "");
    const char *by_basic = basic(w, text_printf(w->arena, "job:%s", secret));
    const char *const both[] = {
        text_printf(w->arena, "&client_id=job&client_secret=%s", secret),
        "&client_secret=x",
        "&client_assertion=x&" ASSERTION_TYPE,
        "&client_id=other",
        "&client_id=job&client_id=job",
    };
    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
        assert_oauth_error(asks(w, by_basic, both[i]), 400, "invalid_request");
}

/* CL-04: who has no secret does not send one. */
static void a_public_client_has_no_secret(void **state)
{
    struct world *w = *state;
    oauth_app(w);
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL,
                                  "grant_type=refresh_token&client_id=app&refresh_token=x"),
                       400, "invalid_grant");
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL,
                                  "grant_type=refresh_token&client_id=app&refresh_token=x"
                                  "&client_secret=x"),
                       401, "invalid_client");
    assert_oauth_error(
        oauth_post(w, "/oauth2/token", APP, "x", "grant_type=refresh_token&refresh_token=x"), 401,
        "invalid_client");
}

/* CL-05: what is not exactly Basic of a form-encoded pair. */
static void basic_is_read_strictly(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_basic", "");
    char *large = arena_alloc(w->arena, 8001);
    memset(large, 'A', 8000);
    const char *const bad[] = {
        "Basic",
        "Basic !!!!",
        "Basic am9i",
        "Bearer x",
        basic(w, "job"),
        basic(w, ":"),
        basic(w, "job:%zz"),
        basic(w, "job:%00"),
        basic(w, "j%6Fb%0A:x"),
        basic(w, "nobody:x"),
        basic(w, text_printf(w->arena, "job:%s ", secret)),
        basic(w, text_printf(w->arena, "job:%.42s", secret)),
        basic(w, text_printf(w->arena, "JOB:%s", secret)),
        text_printf(w->arena, "Basic %s", large),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_refused(asks(w, bad[i], ""));
    assert_status(asks(w, basic(w, text_printf(w->arena, "j%%6Fb:%s", secret)), ""), 200);
}

/* CL-06: the database knows a hash only; and an unknown client is told what a wrong secret is. */
static void a_secret_is_stored_as_its_hash(void **state)
{
    struct world *w = *state;
    static const char sql[] = "SELECT hash, sealed FROM client_secrets WHERE client_id = 'job'";
    const char *secret = job(w, "client_secret_basic", "");
    struct table t;
    struct ctx *c = world_ctx(w);
    story_does(w, db_run(c, sql, NULL, 0, &t));
    assert_int_equal(t.rows, 1);
    assert_string_equal(table_text(&t, 0, 0), token_hash(w->arena, secret));
    assert_null(table_text(&t, 0, 1));
    struct answer wrong = asks(w, basic(w, "job:x"), "");
    struct answer unknown = asks(w, basic(w, "nobody:x"), "");
    assert_string_equal(answer_text(&wrong, "error_description"),
                        answer_text(&unknown, "error_description"));
}

static const char *const limited[] = { "AUTH_RATE_LIMIT=on", NULL };

/* CL-07: wrong secrets are counted by client and address; the client itself goes on elsewhere. */
static void wrong_secrets_are_counted(void **state)
{
    struct world *w = *state;
    const char *secret = job(w, "client_secret_basic", "");
    const char *wrong = basic(w, "job:wrong");
    int status = 401;
    for (int i = 0; i < 40 && status == 401; i++) {
        struct answer a = asks(w, wrong, "");
        status = a.status;
    }
    assert_int_equal(status, 429);
    struct client other = client_new(w);
    other.address = "198.51.100.9";
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/token",
                         .form = "grant_type=client_credentials",
                         .headers = { { "authorization",
                                        basic(w, text_printf(w->arena, "job:%s", secret)) } } };
    assert_status(client_send(&other, &sent), 200);
}

static void two_secrets_work_while_one_is_replaced(void **state)
{
    struct world *w = *state;
    const char *old = job(w, "client_secret_basic", "");
    struct client_made made;
    story_does(w, client_rotate_secret(world_ctx(w), "job", 60, NULL, &made));
    const char *by_old = basic(w, text_printf(w->arena, "job:%s", old));
    const char *by_new = basic(w, text_printf(w->arena, "job:%s", made.secret));
    assert_status(asks(w, by_old, ""), 200);
    assert_status(asks(w, by_new, ""), 200);
    world_pass(w, 60);
    assert_refused(asks(w, by_old, ""));
    assert_status(asks(w, by_new, ""), 200);
}

/* CL-09, RT-05: a client of a tenant goes with it. */
static void a_client_of_a_disabled_tenant_gets_nowhere(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    const char *tenant = NULL;
    bool found = false;
    struct client_made made;
    story_does(w, tenant_add(c, "acme", "Acme", &tenant));
    struct client_new new = { .id = "job", .tenant_id = tenant };
    const char *json = story_json(w, "{'grant_types':['client_credentials'],'scope':'a'}");
    story_does(w, client_metadata_read(c, bytes_of(json), &new.metadata));
    story_does(w, client_create(c, &new, &made));
    const char *by_basic = basic(w, text_printf(w->arena, "job:%s", made.secret));
    struct answer t = asks(w, by_basic, "");
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "tenant_id"), tenant);
    story_does(w, tenant_set_status(world_ctx(w), tenant, TENANT_DISABLED, &found));
    assert_refused(asks(w, by_basic, ""));
}

/* ---- browsers ---- */

/* WB-05, WB-06: the scripts of a client's own pages read what it gets, and no others. */
static void only_a_clients_own_pages_read_its_answers(void **state)
{
    struct world *w = *state;
    oauth_app(w);
    static const struct {
        const char *origin;
        bool read;
    } origins[] = { { "https://app.test", true },
                    { "https://evil.test", false },
                    { "https://app.test.evil.test", false },
                    { "null", false } };
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        struct client c = client_new(w);
        struct sent sent = { .method = HTTP_POST,
                             .target = "/oauth2/token",
                             .form = "grant_type=refresh_token&client_id=app&refresh_token=x",
                             .headers = { { "origin", origins[i].origin } } };
        struct answer a = client_send(&c, &sent);
        assert_status(a, 400);
        const char *allowed = answer_header(&a, "access-control-allow-origin");
        assert_true(origins[i].read ? text_equal(allowed, origins[i].origin) : allowed == NULL);
        assert_null(answer_header(&a, "access-control-allow-credentials"));
    }
}

/* A browser asks before it sends; which client will call it does not say. */
static void a_browser_may_ask_before_it_calls(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    static const struct {
        const char *path, *method;
        bool allowed;
    } rows[] = { { "/oauth2/token", "POST", true },
                 { "/oauth2/revoke", "POST", true },
                 { "/oauth2/userinfo", "GET", true },
                 { "/oauth2/par", "POST", true },
                 { "/oauth2/introspect", "POST", false },
                 { "/oauth2/authorize", "GET", false },
                 { "/auth/me", "GET", false } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sent sent = { .method = HTTP_OPTIONS,
                             .target = rows[i].path,
                             .headers = { { "origin", "https://app.test" },
                                          { "access-control-request-method", rows[i].method } } };
        struct answer a = client_send(&c, &sent);
        assert_status(a, 204);
        const char *allowed = answer_header(&a, "access-control-allow-origin");
        if ((allowed != NULL) != rows[i].allowed)
            fail_msg("%s %s", rows[i].method, rows[i].path);
        assert_null(answer_header(&a, "access-control-allow-credentials"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_secret_comes_by_the_registered_method_only),
        STORY(a_secret_in_the_body_is_another_method),
        STORY(one_request_has_one_method),
        STORY(a_public_client_has_no_secret),
        STORY(basic_is_read_strictly),
        STORY(a_secret_is_stored_as_its_hash),
        STORY_WITH(wrong_secrets_are_counted, limited),
        STORY(two_secrets_work_while_one_is_replaced),
        STORY(a_client_of_a_disabled_tenant_gets_nowhere),
        STORY(only_a_clients_own_pages_read_its_answers),
        STORY(a_browser_may_ask_before_it_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
