/* SPDX-License-Identifier: Apache-2.0 */
#include "store/authorizations.h"

#include "grants_testing.h"
#include "store/credentials.h"

/* Every change after which nothing of a sign-in may go on. */

typedef void change(struct ctx *c, const struct signed_in *who);

static void user_disabled(struct ctx *c, const struct signed_in *who)
{
    bool found = false;
    OK(user_set_status(c, who->user_id, USER_DISABLED, &found));
    assert_true(found);
}

static void user_disabled_and_enabled(struct ctx *c, const struct signed_in *who)
{
    bool found = false;
    user_disabled(c, who);
    c->now++;
    OK(user_set_status(c, who->user_id, USER_ACTIVE, &found));
}

static void user_deleted(struct ctx *c, const struct signed_in *who)
{
    bool found = false;
    OK(user_delete(c, who->user_id, &found));
    assert_true(found);
}

static void password_changed(struct ctx *c, const struct signed_in *who)
{
    int64_t ended = 0;
    OK(password_set(c, who->user_id, "$new", false, NULL, &ended));
}

static void session_logged_out(struct ctx *c, const struct signed_in *who)
{
    bool ended = false;
    OK(session_end(c, who->user_id, who->session_id, &ended));
    assert_true(ended);
}

static void logged_out_everywhere(struct ctx *c, const struct signed_in *who)
{
    int64_t ended = 0;
    OK(sessions_end(c, who->user_id, NULL, &ended));
    assert_int_equal(ended, 1);
}

static void authorization_revoked(struct ctx *c, const struct signed_in *who)
{
    bool revoked = false;
    OK(authorization_revoke(c, who->authorization_id, &revoked));
    assert_true(revoked);
}

static void set_client(struct ctx *c, enum client_status status)
{
    bool found = false;
    OK(client_set_status(c, CLIENT_FIRST_PARTY, status, &found));
    assert_true(found);
}

static void client_disabled(struct ctx *c, const struct signed_in *who)
{
    (void)who;
    set_client(c, CLIENT_DISABLED);
}

static void client_disabled_and_enabled(struct ctx *c, const struct signed_in *who)
{
    client_disabled(c, who);
    c->now++;
    set_client(c, CLIENT_ACTIVE);
}

static void set_tenant(struct ctx *c, const struct signed_in *who, enum tenant_status status)
{
    bool found = false;
    OK(tenant_set_status(c, who->tenant_id, status, &found));
    assert_true(found);
}

static void tenant_disabled(struct ctx *c, const struct signed_in *who)
{
    set_tenant(c, who, TENANT_DISABLED);
}

static void tenant_disabled_and_enabled(struct ctx *c, const struct signed_in *who)
{
    tenant_disabled(c, who);
    c->now++;
    set_tenant(c, who, TENANT_ACTIVE);
}

static void membership_removed(struct ctx *c, const struct signed_in *who)
{
    bool removed = false;
    OK(membership_remove(c, who->tenant_id, who->user_id, &removed));
    assert_true(removed);
}

static void membership_removed_and_added(struct ctx *c, const struct signed_in *who)
{
    membership_removed(c, who);
    member_made(c, who->tenant_id, who->user_id);
}

static const struct {
    const char *name;
    change *change;
    bool of_all; /* it reaches every user of the first-party API */
    bool gone;   /* the rows, too */
} changes[] = {
    { "user disabled", user_disabled, false, false },
    { "user disabled and enabled", user_disabled_and_enabled, false, false },
    { "user deleted", user_deleted, false, true },
    { "password changed", password_changed, false, false },
    { "logged out", session_logged_out, false, false },
    { "logged out everywhere", logged_out_everywhere, false, false },
    { "authorization revoked", authorization_revoked, false, false },
    { "client disabled", client_disabled, true, false },
    { "client disabled and enabled", client_disabled_and_enabled, true, false },
    { "tenant disabled", tenant_disabled, false, false },
    { "tenant disabled and enabled", tenant_disabled_and_enabled, false, false },
    { "membership removed", membership_removed, false, false },
    { "membership removed and added", membership_removed_and_added, false, false },
};
enum { CHANGES = sizeof changes / sizeof *changes };

static size_t live_of(struct ctx *c, const char *user_id)
{
    struct authorization_rows rows;
    OK(authorizations_of(c, user_id, (struct page){ .limit = 10 }, &rows));
    return rows.n;
}

static void check_change(struct ctx *c, size_t i)
{
    print_message("    %s\n", changes[i].name);
    const char *user = user_made(c, text_printf(c->arena, "a%zu@example.org", i));
    const char *tenant = tenant_made(c, text_printf(c->arena, "a%zu", i));
    member_made(c, tenant, user);
    struct signed_in ada = signed_in_to(c, user, tenant);
    struct signed_in bob = signed_in(c, text_printf(c->arena, "b%zu@example.org", i));
    assert_int_equal(rotated(c, ada.token, text_printf(c->arena, "a%zu", i)), REFRESH_DONE);
    assert_true(is_live(c, ada.authorization_id));
    changes[i].change(c, &ada);
    assert_false(is_live(c, ada.authorization_id));
    assert_int_equal(live_of(c, ada.user_id), 0);
    enum refresh_outcome refused = changes[i].gone ? REFRESH_UNKNOWN : REFRESH_REVOKED;
    assert_int_equal(rotated(c, text_printf(c->arena, "a%zu", i), "x"), refused);
    assert_int_equal(rotated(c, ada.token, "x"), refused); /* in the window, too */
    assert_int_equal(is_live(c, bob.authorization_id), !changes[i].of_all);
}

/* RT-05, RT-11, TN-06, CD-09: each change of state ends what was granted, for good, and nobody
 * else's. */
static void nothing_goes_on_after_any_change_that_forbids_it(void **state)
{
    struct ctx *c = ctx_of(state);
    for (size_t i = 0; i < CHANGES; i++) {
        int64_t now = c->now;
        c->now++;
        check_change(c, i);
        set_client(c, CLIENT_ACTIVE);
        c->now = now + MINUTE;
    }
}

static const char *token_of(struct ctx *c, const char *authorization_id)
{
    OK(refresh_token_add(c, authorization_id, authorization_id, IDLE));
    return authorization_id;
}

/* RT-05: a session that nobody has used for its idle time. */
static void an_authorization_rests_on_its_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *session = session_made(c, user, TENANT_DEFAULT_ID, SESSION_COOKIE);
    client_made(c, "shop");
    struct authorization_row row = { .user_id = user, .client_id = "shop", .session_id = session };
    const char *bound = authorization_made(c, row);
    row.session_id = NULL;
    const char *offline = authorization_made(c, row);
    c->now += IDLE - 1;
    assert_true(is_live(c, bound));
    c->now += 1;
    assert_false(is_live(c, bound));
    assert_true(is_live(c, offline));
    struct refresh_use_new use = use_of(c, token_of(c, bound), "x");
    use.client_id = "shop";
    assert_int_equal(used(c, use).how, REFRESH_REVOKED);
    use = use_of(c, token_of(c, offline), "y");
    use.client_id = "shop";
    assert_int_equal(used(c, use).how, REFRESH_DONE);
}

/* RT-11: a sign-in that is still under way when its session is ended. */
static void an_authorization_for_an_ended_session_is_dead(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *session = session_made(c, user, TENANT_DEFAULT_ID, SESSION_TOKEN);
    bool ended = false;
    OK(session_end(c, user, session, &ended));
    assert_true(ended);
    const char *late =
        authorization_made(c, (struct authorization_row){ .user_id = user, .session_id = session });
    assert_false(is_live(c, late));
    assert_int_equal(rotated(c, token_of(c, late), "x"), REFRESH_REVOKED);
}

/* RT-10: what outlives the browser's session is not it, and does not bring it back. */
static void an_offline_authorization_survives_a_logout_and_touches_no_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    client_made(c, "shop");
    const char *session = session_made(c, user, TENANT_DEFAULT_ID, SESSION_COOKIE);
    const char *offline =
        authorization_made(c, (struct authorization_row){ .user_id = user, .client_id = "shop" });
    assert_string_not_equal(session, offline);
    bool ended = false;
    OK(session_end(c, user, session, &ended));
    struct refresh_use_new use = use_of(c, token_of(c, offline), "next");
    use.client_id = "shop";
    assert_int_equal(used(c, use).how, REFRESH_DONE);
    enum session_state how;
    const struct session_row *row = NULL;
    OK(session_find_id(c, session, &how, &row));
    assert_int_equal(how, SESSION_ENDED);
}

static struct session_row session_found(struct ctx *c, const char *id)
{
    enum session_state how;
    const struct session_row *row = NULL;
    OK(session_find_id(c, id, &how, &row));
    assert_int_equal(how, SESSION_LIVE);
    return *row;
}

static void a_refresh_moves_the_idle_limit_of_its_session(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = c->now;
    struct signed_in ada = signed_in(c, "ada@example.org");
    c->now += DAY;
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    struct session_row session = session_found(c, ada.session_id);
    assert_int_equal(session.last_seen_at, c->now);
    assert_int_equal(session.idle_expires_at, c->now + IDLE);
    struct refresh_use_new use = use_of(c, "second", "third");
    use.idle = 40 * DAY;
    assert_int_equal(used(c, use).how, REFRESH_DONE);
    assert_int_equal(session_found(c, ada.session_id).idle_expires_at, begun + ABSOLUTE);
}

/* As with cookies (identity/session.c): who refreshes all the time does not write all the time. */
static void a_use_by_refresh_is_noted_at_most_once_a_minute(void **state)
{
    struct ctx *c = ctx_of(state);
    int64_t begun = c->now;
    struct signed_in ada = signed_in(c, "ada@example.org");
    c->now = begun + 59;
    assert_int_equal(rotated(c, ada.token, "second"), REFRESH_DONE);
    assert_int_equal(session_found(c, ada.session_id).last_seen_at, begun);
    assert_int_equal(session_found(c, ada.session_id).idle_expires_at, begun + IDLE);
    c->now = begun + 60;
    assert_int_equal(rotated(c, "second", "third"), REFRESH_DONE);
    assert_int_equal(session_found(c, ada.session_id).last_seen_at, begun + 60);
    assert_int_equal(session_found(c, ada.session_id).idle_expires_at, begun + 60 + IDLE);
}

static void a_refresh_in_the_background_keeps_no_browser_signed_in(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *session = session_made(c, user, TENANT_DEFAULT_ID, SESSION_COOKIE);
    const char *bound =
        authorization_made(c, (struct authorization_row){ .user_id = user, .session_id = session });
    int64_t begun = c->now;
    c->now += DAY;
    assert_int_equal(rotated(c, token_of(c, bound), "next"), REFRESH_DONE);
    assert_int_equal(session_found(c, session).last_seen_at, begun);
    assert_int_equal(session_found(c, session).idle_expires_at, begun + IDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nothing_goes_on_after_any_change_that_forbids_it),
        STORE_TEST(an_authorization_rests_on_its_session),
        STORE_TEST(an_authorization_for_an_ended_session_is_dead),
        STORE_TEST(an_offline_authorization_survives_a_logout_and_touches_no_session),
        STORE_TEST(a_refresh_moves_the_idle_limit_of_its_session),
        STORE_TEST(a_use_by_refresh_is_noted_at_most_once_a_minute),
        STORE_TEST(a_refresh_in_the_background_keeps_no_browser_signed_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
