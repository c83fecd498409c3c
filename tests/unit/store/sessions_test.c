/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include "life.h"
#include "store/credentials.h"

static struct session_new session(const char *user_id, const char *hash)
{
    static const char *amr[] = { "pwd", "otp" };
    return (struct session_new){ .user_id = user_id,
                                 .tenant_id = TENANT_DEFAULT_ID,
                                 .mode = SESSION_COOKIE,
                                 .hash = hash,
                                 .idle = 600,
                                 .absolute = 3600,
                                 .amr = { amr, 2 },
                                 .acr = "aal2",
                                 .max = 100 };
}

static const char *add(struct ctx *c, const char *user_id, const char *hash)
{
    struct session_new new = session(user_id, hash);
    const char *id = NULL;
    OK(session_add(c, &new, &id));
    return id;
}

static enum session_state state_of(struct ctx *c, const char *hash)
{
    enum session_state state;
    const struct session_row *row = NULL;
    OK(session_find(c, hash, &state, &row));
    assert_true((row == NULL) == (state == SESSION_UNKNOWN));
    return state;
}

static struct session_row row_of(struct ctx *c, const char *id)
{
    enum session_state state;
    const struct session_row *row = NULL;
    OK(session_find_id(c, id, &state, &row));
    assert_non_null(row);
    return *row;
}

/* ---- beginning ---- */

/* SS-06: what a session shows is its public id; its secret is known to it as a hash alone. */
static void a_new_session_is_found_with_all_that_was_given(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    c->origin.address = "192.0.2.1";
    c->origin.user_agent = "browser";
    const char *id = add(c, user_id, "h");
    enum session_state how;
    const struct session_row *s = NULL;
    OK(session_find(c, "h", &how, &s));
    assert_int_equal(how, SESSION_LIVE);
    assert_string_equal(s->id, id);
    assert_string_not_equal(s->id, "h");
    assert_string_equal(s->user_id, user_id);
    assert_string_equal(s->tenant_id, TENANT_DEFAULT_ID);
    assert_int_equal(s->mode, SESSION_COOKIE);
    assert_int_equal(s->created_at, WORLD_NOW);
    assert_int_equal(s->last_seen_at, WORLD_NOW);
    assert_int_equal(s->idle_expires_at, WORLD_NOW + 600);
    assert_int_equal(s->expires_at, WORLD_NOW + 3600);
    assert_int_equal(s->auth_time, WORLD_NOW);
    assert_int_equal(s->amr.n, 2);
    assert_string_equal(s->amr.at[1], "otp");
    assert_string_equal(s->acr, "aal2");
    assert_string_equal(s->address, "192.0.2.1");
    assert_string_equal(s->user_agent, "browser");
    assert_int_equal(s->ended_at, 0);
}

static void each_mode_is_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const enum session_mode modes[] = { SESSION_COOKIE, SESSION_TOKEN, SESSION_SPA };
    for (size_t i = 0; i < 3; i++) {
        struct session_new new = session(user_id, NULL);
        new.mode = modes[i];
        const char *id = NULL;
        OK(session_add(c, &new, &id));
        assert_int_equal(row_of(c, id).mode, modes[i]);
    }
}

static void an_idle_limit_never_passes_the_absolute_one(void **state)
{
    struct ctx *c = ctx_of(state);
    struct session_new new = session(person(c, "alice@example.org"), "h");
    new.idle = 7200;
    const char *id = NULL;
    OK(session_add(c, &new, &id));
    assert_int_equal(row_of(c, id).idle_expires_at, WORLD_NOW + 3600);
}

static void nobody_who_may_not_sign_in_gets_a_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = NULL;
    bool found = false;
    struct session_new new = session("nobody", "h");
    REFUSED(session_add(c, &new, &id), CONFLICT);
    new = session(user_id, "h");
    new.tenant_id = "nowhere";
    REFUSED(session_add(c, &new, &id), CONFLICT);
    new.tenant_id = TENANT_DEFAULT_ID;
    OK(user_set_status(c, user_id, USER_DISABLED, &found));
    REFUSED(session_add(c, &new, &id), CONFLICT);
    assert_int_equal(counted(c, "SELECT count(*) FROM sessions"), 0);
}

/* SS-09, RT-11: a password that was right when it was checked and is not any more signs nobody
 * in. */
static void a_sign_in_that_was_overtaken_gets_no_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const struct login_row *login = NULL;
    OK(login_find(c, "alice@example.org", &login));
    struct session_new new = session(user_id, "h");
    new.epoch = login->user.epoch;
    int64_t ended = 0;
    const char *id = NULL;
    OK(password_set(c, user_id, "new", false, NULL, &ended));
    REFUSED(session_add(c, &new, &id), CONFLICT);
    new.epoch++;
    OK(session_add(c, &new, &id));
}

/* SS-14: beyond its number, a user's oldest session ends; a stranger's does not. */
static void beyond_their_number_the_oldest_session_ends(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    (void)add(c, person(c, "bob@example.org"), "bob");
    struct session_new new = session(user_id, NULL);
    new.max = 3;
    const char *ids[5];
    for (size_t i = 0; i < 5; i++) {
        new.hash = text_printf(c->arena, "h%zu", i);
        OK(session_add(c, &new, &ids[i]));
        c->now++;
    }
    assert_int_equal(state_of(c, "h0"), SESSION_ENDED);
    assert_int_equal(state_of(c, "h1"), SESSION_ENDED);
    assert_int_equal(state_of(c, "h2"), SESSION_LIVE);
    assert_int_equal(state_of(c, "h4"), SESSION_LIVE);
    assert_int_equal(state_of(c, "bob"), SESSION_LIVE);
    assert_int_equal(told(c, "session", ids[1]), 1);
}

/* SS-14: however often somebody signs in and out, rows are few: the live ones and the newest of the
 * ended. */
static void sessions_without_end_leave_few_rows(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    (void)add(c, person(c, "bob@example.org"), "bob");
    struct session_new new = session(user_id, NULL);
    new.max = 3;
    const char *id = NULL;
    for (int i = 0; i < 3 * SESSIONS_ENDED_MAX; i++) {
        struct arena_mark mark = arena_mark(c->arena);
        new.hash = text_printf(c->arena, "h%d", i);
        OK(session_add(c, &new, &id));
        arena_rewind(c->arena, mark);
        c->now++;
    }
    assert_int_equal(counted_of(c, "SELECT count(*) FROM sessions WHERE user_id = $1", user_id),
                     3 + SESSIONS_ENDED_MAX);
    assert_int_equal(state_of(c, "h299"), SESSION_LIVE);
    assert_int_equal(state_of(c, "h296"), SESSION_ENDED);
    assert_int_equal(state_of(c, "h0"), SESSION_UNKNOWN);
    assert_int_equal(state_of(c, "bob"), SESSION_LIVE);
}

static void begin_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    struct session_new new = session(crowd->arg, text_printf(c->arena, "h%zu", number));
    new.max = 3;
    const char *id = NULL;
    OK(session_add(c, &new, &id));
    crowd->wins++;
}

/* SS-14: also when all begin at once. */
static void of_a_crowd_of_sign_ins_the_number_lives(void **state)
{
    struct world *w = world_of(state);
    char user_id[64];
    (void)snprintf(user_id, sizeof user_id, "%s", person(w->c, "alice@example.org"));
    assert_int_equal(crowd_run(w, 32, begin_at_once, user_id), 32);
    struct session_rows live;
    struct ctx *c = w->c;
    OK(sessions_of(c, user_id, (struct page){ .limit = 100 }, &live));
    assert_int_equal(live.n, 3);
}

/* ---- being live or not ---- */

/* SS-03: a session that is not used ends. */
static void a_session_lives_until_its_idle_limit(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)add(c, person(c, "alice@example.org"), "h");
    c->now = WORLD_NOW + 599;
    assert_int_equal(state_of(c, "h"), SESSION_LIVE);
    c->now = WORLD_NOW + 600;
    assert_int_equal(state_of(c, "h"), SESSION_EXPIRED);
    assert_int_equal(state_of(c, "nothing"), SESSION_UNKNOWN);
}

/* SS-03: uses move the idle limit, never past the absolute one. */
static void a_used_session_lives_until_its_absolute_limit(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, person(c, "alice@example.org"), "h");
    for (c->now = WORLD_NOW; c->now < WORLD_NOW + 3600; c->now += 300) {
        assert_int_equal(state_of(c, "h"), SESSION_LIVE);
        OK(session_touch(c, id, 600));
        assert_int_equal(row_of(c, id).last_seen_at, c->now);
    }
    assert_int_equal(row_of(c, id).idle_expires_at, WORLD_NOW + 3600);
    assert_int_equal(state_of(c, "h"), SESSION_EXPIRED);
}

static void a_session_that_is_over_is_not_used(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, person(c, "alice@example.org"), "h");
    c->now += 600;
    OK(session_touch(c, id, 600));
    assert_int_equal(state_of(c, "h"), SESSION_EXPIRED);
    assert_int_equal(row_of(c, id).last_seen_at, WORLD_NOW);
}

/* SS-02: an ended session is known to have been, and is never live. */
static void an_ended_session_says_so(void **state)
{
    struct world *w = world_of(state);
    struct ctx *c = w->c;
    const char *user_id = person(c, "alice@example.org");
    const char *id = add(c, user_id, "h");
    bool ended = false;
    OK(session_end(c, user_id, id, &ended));
    assert_int_equal(state_of(c, "h"), SESSION_ENDED);
    assert_int_equal(row_of(c, id).ended_at, WORLD_NOW);
    world_close(w);
    world_open(w, DB_SERVER);
    assert_int_equal(state_of(w->c, "h"), SESSION_ENDED);
}

/* SS-09: a session is denied while its user or tenant is disabled, or its user no member; what was
 * disabled once stays dead. */
static void a_session_falls_with_its_user_its_tenant_and_its_membership(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)add(c, person(c, "alice@example.org"), "h");
    (void)asked(c, "UPDATE users SET status = 'disabled'");
    assert_int_equal(state_of(c, "h"), SESSION_DENIED);
    (void)asked(c, "UPDATE users SET status = 'active'");
    assert_int_equal(state_of(c, "h"), SESSION_LIVE);
    (void)asked(c, "UPDATE tenants SET status = 'disabled'");
    assert_int_equal(state_of(c, "h"), SESSION_DENIED);
    (void)asked(c, "UPDATE tenants SET status = 'active', disabled_at = 1795529166");
    assert_int_equal(state_of(c, "h"), SESSION_LIVE);
    (void)asked(c, "UPDATE tenants SET disabled_at = 1795529167");
    assert_int_equal(state_of(c, "h"), SESSION_DENIED);
    (void)asked(c, "UPDATE tenants SET disabled_at = NULL");
    (void)asked(c, "DELETE FROM memberships");
    assert_int_equal(state_of(c, "h"), SESSION_DENIED);
}

static void a_session_without_tenant_asks_for_no_membership(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)life_session(c, person(c, "alice@example.org"), NULL, "h");
    (void)asked(c, "DELETE FROM memberships");
    assert_int_equal(state_of(c, "h"), SESSION_LIVE);
}

static void only_live_sessions_are_listed_each_once(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    (void)add(c, person(c, "bob@example.org"), "bob");
    bool ended = false;
    OK(session_end(c, user_id, add(c, user_id, "ended"), &ended));
    for (int i = 0; i < 5; i++)
        (void)add(c, user_id, text_printf(c->arena, "h%d", i));
    struct session_rows first;
    struct session_rows second;
    OK(sessions_of(c, user_id, (struct page){ .limit = 3 }, &first));
    assert_int_equal(first.n, 3);
    OK(sessions_of(c, user_id, (struct page){ .after = first.at[2].id, .limit = 3 }, &second));
    assert_int_equal(second.n, 2);
    assert_true(strcmp(first.at[2].id, second.at[0].id) < 0);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(first.at[i].user_id, user_id);
    (void)asked(c, "DELETE FROM memberships");
    OK(sessions_of(c, user_id, (struct page){ .limit = 3 }, &first));
    assert_int_equal(first.n, 0);
}

/* ---- changing ---- */

/* SS-01: with another secret the old one is unknown; the session and its id go on. */
static void a_session_gets_another_secret(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = add(c, person(c, "alice@example.org"), "old");
    bool done = false;
    OK(session_rotate(c, id, "new", &done));
    assert_true(done);
    assert_int_equal(state_of(c, "old"), SESSION_UNKNOWN);
    assert_int_equal(state_of(c, "new"), SESSION_LIVE);
    assert_int_equal(row_of(c, id).created_at, WORLD_NOW);
}

static void a_session_that_is_over_gets_no_secret_and_no_proof(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *late = add(c, user_id, "late");
    const char *over = add(c, user_id, "ended");
    bool done = true;
    OK(session_end(c, user_id, over, &done));
    OK(session_rotate(c, over, "new", &done));
    assert_false(done);
    OK(session_confirm(c, over, (struct texts){ 0 }, NULL, &done));
    assert_false(done);
    (void)asked(c, "UPDATE tenants SET status = 'disabled'");
    OK(session_rotate(c, late, "new", &done));
    assert_false(done);
    (void)asked(c, "UPDATE tenants SET status = 'active'");
    c->now += 600;
    OK(session_rotate(c, late, "new", &done));
    assert_false(done);
    OK(session_confirm(c, late, (struct texts){ 0 }, NULL, &done));
    assert_false(done);
    OK(session_rotate(c, "nothing", "new", &done));
    assert_false(done);
    assert_int_equal(state_of(c, "new"), SESSION_UNKNOWN);
}

static void a_proof_renews_the_session_and_what_hangs_on_it(void **state)
{
    struct ctx *c = ctx_of(state);
    struct life l = life_begin(c, "alice");
    c->now += 60;
    const char *amr[] = { "pwd", "otp", "mfa" };
    bool done = false;
    OK(session_confirm(c, l.here, (struct texts){ amr, 3 }, "aal2", &done));
    assert_true(done);
    assert_int_equal(row_of(c, l.here).auth_time, WORLD_NOW + 60);
    assert_int_equal(row_of(c, l.here).amr.n, 3);
    assert_string_equal(row_of(c, l.here).acr, "aal2");
    assert_int_equal(row_of(c, l.there).auth_time, WORLD_NOW);
    const char *auth_time = "SELECT auth_time FROM authorizations WHERE id = $1";
    assert_int_equal(counted_of(c, auth_time, "alice-a-here"), WORLD_NOW + 60);
    assert_int_equal(counted_of(c, auth_time, "alice-a-there"), WORLD_NOW);
    assert_int_equal(counted_of(c, auth_time, "alice-a-free"), WORLD_NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_new_session_is_found_with_all_that_was_given),
        STORE_TEST(each_mode_is_kept),
        STORE_TEST(an_idle_limit_never_passes_the_absolute_one),
        STORE_TEST(nobody_who_may_not_sign_in_gets_a_session),
        STORE_TEST(a_sign_in_that_was_overtaken_gets_no_session),
        STORE_TEST(beyond_their_number_the_oldest_session_ends),
        STORE_TEST(sessions_without_end_leave_few_rows),
        STORE_TEST(of_a_crowd_of_sign_ins_the_number_lives),
        STORE_TEST(a_session_lives_until_its_idle_limit),
        STORE_TEST(a_used_session_lives_until_its_absolute_limit),
        STORE_TEST(a_session_that_is_over_is_not_used),
        STORE_TEST(an_ended_session_says_so),
        STORE_TEST(a_session_falls_with_its_user_its_tenant_and_its_membership),
        STORE_TEST(a_session_without_tenant_asks_for_no_membership),
        STORE_TEST(only_live_sessions_are_listed_each_once),
        STORE_TEST(a_session_gets_another_secret),
        STORE_TEST(a_session_that_is_over_gets_no_secret_and_no_proof),
        STORE_TEST(a_proof_renews_the_session_and_what_hangs_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
