/* SPDX-License-Identifier: Apache-2.0 */
/* What sessions that began at a provider are there. */
#include "store/upstream_sessions.h"

#include "grants_testing.h"
#include "identity/federated.h"
#include "store/providers.h"
#include "store/sessions.h"
#include "store/sweep.h"

#define SID "6f2c1a4e-0000-4000-8000-000000000001"

static void begun(struct ctx *c, const char *session_id, const char *sid, int64_t check_at)
{
    OK(upstream_session_add(c, &(struct upstream_session){ .session_id = session_id,
                                                           .provider = "okta",
                                                           .issuer = "https://okta.example",
                                                           .subject = "ada",
                                                           .sid = sid,
                                                           .sealed = "sealed",
                                                           .check_at = check_at }));
}

static size_t meant(struct ctx *c, const char *provider, const char *issuer, const char *sid,
                    const char *subject)
{
    struct upstream_sessions rows;
    const struct upstream_meant by = { provider, issuer, sid, subject };
    OK(upstream_sessions_meant(c, &by, &rows));
    return rows.n;
}

static void they_are_found_by_the_name_of_there(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    begun(c, who.session_id, SID, 0);
    assert_int_equal(meant(c, "okta", NULL, SID, NULL), 1);
    assert_int_equal(meant(c, "okta", "https://okta.example", SID, NULL), 1);
    assert_int_equal(meant(c, "okta", "https://else.example", SID, NULL), 0);
    assert_int_equal(meant(c, "else", NULL, SID, NULL), 0);
    assert_int_equal(meant(c, "okta", NULL, "6f2c1a4e", NULL), 0);
    assert_int_equal(meant(c, "okta", "https://okta.example", NULL, "ada"), 1);
    assert_int_equal(meant(c, "okta", "https://okta.example", NULL, "Ada"), 0);
    c->now += 365 * 86400;
    assert_int_equal(meant(c, "okta", NULL, SID, NULL), 0);
}

/* CL: sessions_per_user may be more than a page. */
static void more_than_a_page_of_them_end(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const struct upstream_meant by = { "okta", "https://okta.example", NULL, "ada" };
    int64_t ended = 0;
    for (int i = 0; i < PAGE_MAX + 5; i++) {
        const char *id = NULL;
        OK(session_add(c,
                       &(struct session_new){ .user_id = user,
                                              .tenant_id = TENANT_DEFAULT_ID,
                                              .mode = SESSION_TOKEN,
                                              .idle = IDLE,
                                              .absolute = ABSOLUTE,
                                              .amr = TEXTS("pwd"),
                                              .max = 10000 },
                       &id));
        begun(c, id, NULL, 0);
    }
    OK(federated_end(c, &by, &ended));
    assert_int_equal(ended, PAGE_MAX + 5);
    assert_int_equal(meant(c, "okta", "https://okta.example", NULL, "ada"), 0);
}

static void one_that_is_due_is_taken_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    const struct upstream_session *due = NULL;
    begun(c, who.session_id, NULL, c->now + 60);
    OK(upstream_session_take_due(c, c->now + 300, &due));
    assert_null(due);
    c->now += 60;
    OK(upstream_session_take_due(c, c->now + 300, &due));
    assert_non_null(due);
    assert_string_equal(due->session_id, who.session_id);
    assert_string_equal(due->user_id, who.user_id);
    assert_string_equal(due->sealed, "sealed");
    OK(upstream_session_take_due(c, c->now + 300, &due));
    assert_null(due);
    OK(upstream_session_keep(c, who.session_id, "other", c->now + 1));
    c->now += 1;
    OK(upstream_session_take_due(c, c->now + 300, &due));
    assert_string_equal(due->sealed, "other");
}

static const char *kept(struct ctx *c, const char *session_id)
{
    const struct upstream_session *found = NULL;
    OK(upstream_session_find(c, session_id, &found));
    return found == NULL ? NULL : found->sealed;
}

static void what_is_kept_goes_with_the_link(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    struct signed_in other = signed_in(c, "bob@example.org");
    begun(c, who.session_id, SID, c->now + 60);
    OK(upstream_sessions_forget(c, other.user_id, "okta", "ada"));
    OK(upstream_sessions_forget(c, who.user_id, "else", "ada"));
    assert_string_equal(kept(c, who.session_id), "sealed");
    OK(upstream_sessions_forget(c, who.user_id, "okta", "ada"));
    assert_null(kept(c, who.session_id));
    assert_int_equal(meant(c, "okta", NULL, SID, NULL), 1);
}

static void what_is_kept_goes_with_the_provider(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    struct provider_row row = {
        .id = "okta", .kind = "openid", .name = "Okta", .metadata = "{}", .sealed = "s"
    };
    bool done = false;
    OK(provider_add(c, &row, &done));
    begun(c, who.session_id, SID, 0);
    OK(provider_remove(c, "okta", &done));
    assert_int_equal(meant(c, "okta", NULL, SID, NULL), 0);
}

static void what_is_kept_goes_soon_after_the_session(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    bool ended = false;
    bool again = false;
    int64_t removed = 0;
    begun(c, who.session_id, SID, c->now + 1);
    OK(session_end(c, who.user_id, who.session_id, &ended));
    assert_true(ended);
    assert_int_equal(meant(c, "okta", NULL, SID, NULL), 0);
    const struct upstream_session *due = NULL;
    c->now += 60;
    OK(upstream_session_take_due(c, c->now + 300, &due));
    assert_null(due);
    OK(sweep(c, &removed, &again));
    assert_string_equal(kept(c, who.session_id), "sealed");
    c->now += 900;
    OK(sweep(c, &removed, &again));
    assert_null(kept(c, who.session_id));
    OK(sweep(c, &removed, &again)); /* the session is still there, and is not looked at again */
    assert_int_equal(removed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(they_are_found_by_the_name_of_there),
        STORE_TEST(more_than_a_page_of_them_end),
        STORE_TEST(one_that_is_due_is_taken_once),
        STORE_TEST(what_is_kept_goes_with_the_link),
        STORE_TEST(what_is_kept_goes_with_the_provider),
        STORE_TEST(what_is_kept_goes_soon_after_the_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
