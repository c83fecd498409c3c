/* SPDX-License-Identifier: Apache-2.0 */
/* Providers, and the sign-ins that are on their way to them. */
#include "store/providers.h"

#include "grants_testing.h"
#include "store/identities.h"
#include "store/sign_in_attempts.h"
#include "store/sweep.h"

enum { LIFE = 600 };

static struct provider_row example(void)
{
    return (struct provider_row){
        .id = "okta", .kind = "openid", .name = "Okta", .metadata = "{}", .sealed = "s"
    };
}

static void a_provider_is_added_once_changed_and_removed(void **state)
{
    struct ctx *c = ctx_of(state);
    struct provider_row row = example();
    const struct provider_row *found = NULL;
    struct provider_rows rows;
    bool done = false;
    OK(provider_add(c, &row, &done));
    assert_true(done);
    OK(provider_add(c, &row, &done));
    assert_false(done);
    row.name = "Okta 2";
    row.disabled = true;
    row.foreign = true;
    row.sealed = NULL;
    OK(provider_update(c, &row, &done));
    assert_true(done);
    OK(provider_row_find(c, "okta", &found));
    assert_string_equal(found->name, "Okta 2");
    assert_true(found->disabled);
    assert_true(found->foreign);
    assert_null(found->sealed);
    OK(provider_rows_list(c, &rows));
    assert_int_equal(rows.n, 1);
    OK(provider_remove(c, "okta", &done));
    assert_true(done);
    OK(provider_remove(c, "okta", &done));
    assert_false(done);
    OK(provider_row_find(c, "okta", &found));
    assert_null(found);
    OK(provider_update(c, &row, &done));
    assert_false(done);
}

static const char *provider_for(struct ctx *c, const char *domain)
{
    const char *id = NULL;
    OK(provider_of_domain(c, domain, &id));
    return id;
}

static const char *claim(struct ctx *c, const char *id, const char *one, const char *two)
{
    const char *domains[] = { one, two };
    const char *taken = NULL;
    OK(provider_domains_set(c, id, (struct texts){ domains, two == NULL ? 1 : 2 }, &taken));
    return taken;
}

static void a_domain_is_one_providers(void **state)
{
    struct ctx *c = ctx_of(state);
    struct provider_row okta = example();
    struct provider_row other = example();
    bool done = false;
    other.id = "other";
    OK(provider_add(c, &okta, &done));
    OK(provider_add(c, &other, &done));
    OK(provider_domains_exist(c, &done));
    assert_false(done);
    assert_null(claim(c, "okta", "a.example", "b.example"));
    assert_string_equal(provider_for(c, "b.example"), "okta");
    assert_string_equal(claim(c, "other", "b.example", NULL), "b.example");
    assert_null(claim(c, "okta", "a.example", NULL));
    assert_null(provider_for(c, "b.example"));
    OK(provider_domains_exist(c, &done));
    assert_true(done);
    okta.disabled = true;
    OK(provider_update(c, &okta, &done));
    assert_null(provider_for(c, "a.example"));
    OK(provider_domains_exist(c, &done));
    assert_false(done);
    OK(provider_remove(c, "okta", &done));
    assert_null(claim(c, "other", "a.example", NULL));
    assert_string_equal(provider_for(c, "a.example"), "other");
}

/* AT-11: what somebody had there is not somebody else's at a provider of the same id. */
static void identities_go_with_their_provider(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    struct provider_row row = example();
    struct identity_rows left;
    const char *id = NULL;
    bool done = false;
    OK(provider_add(c, &row, &done));
    OK(identity_add(c, &(struct identity_row){ NULL, "okta", "i", "s", who.user_id, 0, 0 }, &id));
    OK(identity_add(c, &(struct identity_row){ NULL, "else", "i", "s", who.user_id, 0, 0 }, &id));
    OK(provider_remove(c, "okta", &done));
    OK(identities_of(c, who.user_id, &left));
    assert_int_equal(left.n, 1);
    assert_string_equal(left.at[0].provider, "else");
}

static void begin(struct ctx *c, const char *hash, const char *browser, const char *session_id)
{
    const struct sign_in_attempt_row row = { .hash = hash,
                                             .provider = "okta",
                                             .browser = browser,
                                             .session_id = session_id,
                                             .sealed = "s",
                                             .expires_at = c->now + LIFE };
    OK(sign_in_attempt_add(c, &row));
}

static bool use(struct ctx *c, const char *hash, const char *provider, const char *browser)
{
    const struct sign_in_attempt_row *row = NULL;
    OK(sign_in_attempt_use(c, hash, provider, browser, &row));
    return row != NULL;
}

static void an_attempt_is_of_one_browser_and_provider_and_good_once(void **state)
{
    struct ctx *c = ctx_of(state);
    begin(c, "h", "b", NULL);
    assert_false(use(c, "h", "okta", "other"));
    assert_false(use(c, "h", "okta", NULL));
    assert_false(use(c, "h", "okta", ""));
    assert_false(use(c, "h", "else", "b"));
    assert_false(use(c, "x", "okta", "b"));
    assert_true(use(c, "h", "okta", "b"));
    assert_false(use(c, "h", "okta", "b"));
    begin(c, "p", NULL, NULL);
    assert_false(use(c, "p", "okta", "b"));
    assert_true(use(c, "p", "okta", NULL));
    assert_false(use(c, "p", "okta", NULL));
}

static void an_attempt_ends_with_its_time_and_is_swept(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t removed = 0;
    bool more = false;
    begin(c, "late", "b", NULL);
    begin(c, "in time", "b", NULL);
    c->now += LIFE - 1;
    assert_true(use(c, "in time", "okta", "b"));
    c->now += 1;
    assert_false(use(c, "late", "okta", "b"));
    OK(sweep(c, &removed, &more));
    assert_int_equal(removed, 2);
}

static void an_attempt_to_link_ends_with_its_session_row(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in who = signed_in(c, "ada@example.org");
    const struct sign_in_attempt_row *row = NULL;
    begin(c, "h", "b", who.session_id);
    OK(sign_in_attempt_use(c, "h", "okta", "b", &row));
    assert_string_equal(row->session_id, who.session_id);
    begin(c, "gone", "b", who.session_id);
    OK(DB_RUN(c, "DELETE FROM sessions WHERE id = $1", NULL, P_TEXT(who.session_id)));
    assert_false(use(c, "gone", "okta", "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_domain_is_one_providers),
        STORE_TEST(a_provider_is_added_once_changed_and_removed),
        STORE_TEST(identities_go_with_their_provider),
        STORE_TEST(an_attempt_is_of_one_browser_and_provider_and_good_once),
        STORE_TEST(an_attempt_ends_with_its_time_and_is_swept),
        STORE_TEST(an_attempt_to_link_ends_with_its_session_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
