/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refresh_tokens.h"

#include "crypto/digest.h"
#include "grants_testing.h"
#include "store/sweep.h"

static void a_token_has_one_successor(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct refresh_use_found found = used(c, use_of(c, ada.token, "second"));
    assert_int_equal(found.how, REFRESH_DONE);
    assert_null(found.sealed);
    const struct authorization_row *a = found.authorization;
    assert_string_equal(a->id, ada.authorization_id);
    assert_string_equal(a->user_id, ada.user_id);
    assert_string_equal(a->session_id, ada.session_id);
    assert_string_equal(a->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(text_join(c->arena, a->scopes, " "), "users:read users:write");
    assert_string_equal(text_join(c->arena, a->amr, " "), "pwd otp");
    assert_int_equal(a->auth_time, c->now);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
    assert_int_equal(rotated(c, "third", "fourth"), REFRESH_DONE);
}

/* RT-12: a lost answer does not lock its holder out. */
static void the_same_holder_gets_the_same_successor_in_the_window(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    c->now += GRACE - 1;
    for (int i = 0; i < 3; i++) {
        struct refresh_use_found again = used(c, use_of(c, ada.token, "another"));
        assert_int_equal(again.how, REFRESH_GRACE);
        assert_string_equal(again.sealed, "sealed second");
        assert_string_equal(again.authorization->id, ada.authorization_id);
    }
    assert_int_equal(rotated(c, "another", "x"), REFRESH_UNKNOWN);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
}

static void reuse_kills_the_family(struct ctx *c, struct signed_in who, const char *newest)
{
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, who.authorization_id), 0);
    struct refresh_use_found found = used(c, use_of(c, who.token, "stolen"));
    assert_int_equal(found.how, REFRESH_REUSED);
    assert_null(found.sealed);
    assert_string_equal(found.authorization->id, who.authorization_id);
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, who.authorization_id), 1);
    assert_false(is_live(c, who.authorization_id));
    assert_int_equal(rotated(c, newest, "x"), REFRESH_REVOKED);
    assert_int_equal(rotated(c, who.token, "x"), REFRESH_REVOKED);
    assert_int_equal(rotated(c, "stolen", "x"), REFRESH_UNKNOWN);
}

/* RT-12: the window ends. */
static void after_the_window_the_family_dies(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct signed_in bob = signed_in(c, "bob@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    c->now += GRACE;
    reuse_kills_the_family(c, ada, "second");
    assert_true(is_live(c, bob.authorization_id));
    assert_int_equal(rotated(c, bob.token, "second of bob"), REFRESH_DONE);
}

/* RT-12: never two live branches. */
static void once_the_successor_is_used_the_family_dies(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
    reuse_kills_the_family(c, ada, "third");
}

/* RT-12: strict. */
static void without_a_window_every_reuse_kills_the_family(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct refresh_use_new use = use_of(c, ada.token, "second");
    use.grace = 0;
    assert_int_equal(used(c, use).how, REFRESH_DONE);
    assert_int_equal(counted(c, "SELECT count(*) FROM refresh_tokens WHERE sealed IS NOT NULL"), 0);
    assert_int_equal(used(c, use).how, REFRESH_REUSED);
    assert_false(is_live(c, ada.authorization_id));
}

/* RT-09: what could be opened again is kept no longer than it serves. */
static void the_copy_of_a_successor_goes_when_it_is_used_or_its_window_ends(void **state)
{
    struct ctx *c = ctx_of(state);
    static const char sealed[] = "SELECT count(*) FROM refresh_tokens WHERE sealed IS NOT NULL";
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
    assert_int_equal(counted(c, sealed), 1);
    int64_t removed = 0;
    bool more = false;
    c->now += GRACE - 1;
    OK(sweep(c, &removed, &more));
    assert_int_equal(counted(c, sealed), 1);
    c->now += 1;
    OK(sweep(c, &removed, &more));
    assert_int_equal(counted(c, sealed), 0);
    assert_int_equal(rotated(c, "third", "fourth"), REFRESH_DONE);
}

/* ---- who presents it ---- */

/* RT-04: another client's token. */
static void another_client_gets_nothing_and_changes_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    client_made(c, "other");
    struct refresh_use_new use = use_of(c, ada.token, "stolen");
    use.client_id = "other";
    assert_int_equal(used(c, use).how, REFRESH_HOLDER);
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    assert_int_equal(rotated(c, "stolen", "x"), REFRESH_UNKNOWN);
}

/* RT-04: nor does the window open for it. */
static void another_client_in_the_window_kills_the_family(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    struct refresh_use_new use = use_of(c, ada.token, "stolen");
    use.client_id = "other";
    struct refresh_use_found found = used(c, use);
    assert_int_equal(found.how, REFRESH_REUSED);
    assert_null(found.sealed);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_REVOKED);
}

/* RT-12: the window is for the same key. */
static void a_token_bound_to_a_key_needs_that_key(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *id =
        authorization_made(c, (struct authorization_row){ .user_id = user, .jkt = "key" });
    OK(refresh_token_add(c, "first", id, IDLE));
    struct refresh_use_new use = use_of(c, "first", "second");
    assert_int_equal(used(c, use).how, REFRESH_HOLDER);
    use.jkt = "another";
    assert_int_equal(used(c, use).how, REFRESH_HOLDER);
    use.jkt = "key";
    assert_int_equal(used(c, use).how, REFRESH_DONE);
    assert_int_equal(used(c, use).how, REFRESH_GRACE);
    use.jkt = "another";
    assert_int_equal(used(c, use).how, REFRESH_REUSED);
}

/* ---- time ---- */

static void an_idle_token_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct signed_in bob = signed_in(c, "bob@example.org");
    c->now += IDLE - 1;
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    c->now += 1;
    assert_int_equal(rotated(c, bob.token, "x"), REFRESH_EXPIRED);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
}

/* RT-07: refreshed just before each idle limit, until the absolute one. */
static void nothing_outlives_the_absolute_limit(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t end = c->now + ABSOLUTE;
    struct signed_in ada = signed_in(c, "ada@example.org");
    const char *token = ada.token;
    for (int i = 0; i < 4; i++) {
        c->now += IDLE - 1;
        const char *next = text_printf(c->arena, "token %d", i);
        assert_int_equal(rotated(c, token, next), REFRESH_DONE);
        token = next;
    }
    const struct refresh_token_row *row = NULL;
    OK(refresh_token_find(c, token, &row));
    assert_int_equal(row->expires_at, end);
    c->now = end - 1;
    assert_int_equal(rotated(c, token, "last"), REFRESH_DONE);
    c->now = end;
    assert_int_equal(rotated(c, "last", "x"), REFRESH_EXPIRED);
    assert_int_equal(rotated(c, ada.token, "x"), REFRESH_EXPIRED);
    assert_false(is_live(c, ada.authorization_id));
}

/* RT-02: with the clock moved back the window does not open again. */
static void a_clock_set_back_is_no_window(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct signed_in bob = signed_in(c, "bob@example.org");
    c->now += DAY;
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    assert_int_equal(rotated(c, bob.token, "second of bob"), REFRESH_DONE);
    c->now -= GRACE - 1; /* a request that began before, and came after */
    assert_int_equal(rotated(c, bob.token, "x"), REFRESH_GRACE);
    c->now -= 3600;
    reuse_kills_the_family(c, ada, "second");
}

/* RT-02: what was used stays used. */
static void a_restart_forgets_nothing(void **state)
{
    struct world *w = world_of(state);
    struct signed_in ada = signed_in(w->c, "ada@example.org");
    assert_int_equal(rotated(w->c, ada.token, "second"), REFRESH_DONE);
    char token[80];
    (void)snprintf(token, sizeof token, "%s", ada.token);
    struct config config = *w->c->config;
    world_close(w);
    world_open(w, DB_SERVER);
    struct ctx *c = w->c;
    c->config = &config;
    c->now += GRACE;
    assert_int_equal(rotated(c, token, "stolen"), REFRESH_REUSED);
    assert_int_equal(rotated(c, "second", "third"), REFRESH_REVOKED);
}

/* ---- looking, adding ---- */

static void an_unknown_token_is_unknown(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct refresh_token_row *row = NULL;
    struct refresh_use_found found = used(c, use_of(c, "nothing", "x"));
    assert_int_equal(found.how, REFRESH_UNKNOWN);
    assert_null(found.authorization);
    OK(refresh_token_find(c, "nothing", &row));
    assert_null(row);
}

static void looking_at_a_token_uses_nothing_up(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    const struct refresh_token_row *row = NULL;
    OK(refresh_token_find(c, ada.token, &row));
    assert_string_equal(row->authorization.id, ada.authorization_id);
    assert_int_equal(row->expires_at, c->now + IDLE);
    assert_int_equal(row->used_at, 0);
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    OK(refresh_token_find(c, ada.token, &row));
    assert_int_equal(row->used_at, c->now);
    bool revoked = false;
    OK(authorization_revoke(c, ada.authorization_id, &revoked));
    OK(refresh_token_find(c, "second", &row));
    assert_int_equal(row->authorization.revoked_at, c->now);
}

static void a_token_of_no_authorization_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(refresh_token_add(c, "first", "nothing", IDLE), INTERNAL);
}

static void a_first_token_ends_with_its_authorization(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *id = authorization_made(
        c, (struct authorization_row){ .user_id = user, .expires_at = c->now + 100 });
    OK(refresh_token_add(c, "first", id, IDLE));
    const struct refresh_token_row *row = NULL;
    OK(refresh_token_find(c, "first", &row));
    assert_int_equal(row->expires_at, c->now + 100);
}

/* A token is whatever somebody has sent: another time in front is another token, and what is not
 * in its form is none, also where it would be no text if it were cut. */
static void a_row_is_found_by_the_time_and_all_of_the_token(void **state)
{
    static const char secret[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct ctx *c = ctx_of(state);
    const char *token = text_printf(c->arena, "%s%s", "017f22e27d97", secret);
    const char *later = text_printf(c->arena, "%s%s", "017f22e27d98", secret);
    const char *hash = refresh_token_hash(c->arena, token);
    assert_true(text_starts(hash, "017f22e27d97."));
    assert_true(strcmp(hash, refresh_token_hash(c->arena, later)) < 0);
    assert_string_not_equal(hash + 13, refresh_token_hash(c->arena, later) + 13);
    assert_string_equal(refresh_token_hash(c->arena, secret), token_hash(c->arena, secret));
    const char *const others[] = { "",
                                   secret + 1,
                                   text_printf(c->arena, "%s%s", "017f22e27d9", secret),
                                   text_printf(c->arena, "%s%s", "017f22e27d97A", secret),
                                   text_printf(c->arena, "%s%s", "017F22E27D97", secret),
                                   text_printf(c->arena, "%s%s", "017f22e27d9\xC3", secret) };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_null(refresh_token_hash(c->arena, others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_token_has_one_successor),
        STORE_TEST(the_same_holder_gets_the_same_successor_in_the_window),
        STORE_TEST(after_the_window_the_family_dies),
        STORE_TEST(once_the_successor_is_used_the_family_dies),
        STORE_TEST(without_a_window_every_reuse_kills_the_family),
        STORE_TEST(the_copy_of_a_successor_goes_when_it_is_used_or_its_window_ends),
        STORE_TEST(another_client_gets_nothing_and_changes_nothing),
        STORE_TEST(another_client_in_the_window_kills_the_family),
        STORE_TEST(a_token_bound_to_a_key_needs_that_key),
        STORE_TEST(an_idle_token_expires),
        STORE_TEST(nothing_outlives_the_absolute_limit),
        STORE_TEST(a_clock_set_back_is_no_window),
        STORE_TEST(a_restart_forgets_nothing),
        STORE_TEST(an_unknown_token_is_unknown),
        STORE_TEST(looking_at_a_token_uses_nothing_up),
        STORE_TEST(a_token_of_no_authorization_is_refused),
        STORE_TEST(a_first_token_ends_with_its_authorization),
        STORE_TEST(a_row_is_found_by_the_time_and_all_of_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
