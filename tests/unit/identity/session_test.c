/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/session.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "sign_in_testing.h"
#include "store/authorizations.h"
#include "store/refresh_tokens.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

static struct session_begun begun_in(struct ctx *c, const char *user_id, enum session_mode mode)
{
    const char *amr[] = { "pwd" };
    struct session_begun begun = { 0 };
    struct session_begin begin = { .user_id = user_id,
                                   .tenant_id = TENANT_DEFAULT_ID,
                                   .mode = mode,
                                   .amr = { amr, 1 },
                                   .acr = LOGIN_ACR_PASSWORD };
    OK(session_begin(c, &begin, &begun));
    return begun;
}

static enum err_code resumed(struct ctx *c, const char *secret)
{
    const struct session_row *row = NULL;
    fault_clear(c);
    enum err_code code = session_resume(c, secret, &row).code;
    assert_int_equal(row != NULL, code == ERR_OK);
    fault_clear(c);
    return code;
}

static void a_session_is_resumed_by_its_secret(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct session_row *row = NULL;
    const char *user = person(c, EMAIL);
    struct session_begun begun = begun_in(c, user, SESSION_COOKIE);
    assert_int_equal(strlen(begun.secret), 43);
    OK(session_resume(c, begun.secret, &row));
    assert_string_equal(row->id, begun.sid);
    assert_string_equal(row->user_id, user);
    assert_string_equal(row->tenant_id, TENANT_DEFAULT_ID);
    assert_int_equal(row->auth_time, c->now);
}

static void whatever_is_no_secret_resumes_nothing(void **state)
{
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    const char *hash = token_hash(c->arena, begun.secret);
    const char *others[] = { NULL,           "",   "x",
                             begun.sid,      hash, text_printf(c->arena, "%sx", begun.secret),
                             random_token(c) };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(resumed(c, others[i]), ERR_INVALID_SESSION);
}

struct renewing {
    const char *user_id;
    struct session_begun begun;
    bool gives_up;
};

static RESULT begin_renewing(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct renewing *r = arg;
    struct session_begin begin = { .user_id = r->user_id,
                                   .tenant_id = TENANT_DEFAULT_ID,
                                   .mode = SESSION_TOKEN,
                                   .acr = LOGIN_ACR_PASSWORD,
                                   .renews = true };
    TRY(session_begin(c, &begin, &r->begun));
    return r->gives_up ? fail_say(c, FORBIDDEN, "Given up.", "given up") : ok();
}

/* The token is there when the session is, and not when it is not: one transaction. */
static void a_refresh_token_begins_with_its_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct refresh_token_row *row = NULL;
    struct renewing r = { .user_id = person(c, EMAIL) };
    OK(db_atomically(c, begin_renewing, &r));
    OK(refresh_token_find(c, refresh_token_hash(c->arena, r.begun.refresh_token), &row));
    assert_non_null(row);
    assert_string_equal(row->authorization.id, r.begun.authorization_id);
    assert_int_equal(row->expires_at, c->now + (int64_t)c->config->jwt_refresh_expire_days * DAY);
    r.gives_up = true;
    assert_int_equal(db_atomically(c, begin_renewing, &r).code, ERR_FORBIDDEN);
    fault_clear(c);
    OK(refresh_token_find(c, refresh_token_hash(c->arena, r.begun.refresh_token), &row));
    assert_null(row);
    assert_null(begun_in(c, r.user_id, SESSION_COOKIE).refresh_token);
}

/* A connection to a database that takes nothing more. */
struct full_db {
    struct db db;
    struct db *real;
};

static RESULT run_reads(struct ctx *c, struct db *db, const char *sql, const struct param *params,
                        size_t n, struct table *out)
{
    struct db *real = ((struct full_db *)db)->real;
    if (!text_starts(sql, "SELECT"))
        return fail_at(c, ERR_UNAVAILABLE, __FILE__, __LINE__, "the disk is full");
    return real->driver->run(c, real, sql, params, n, out);
}

/* a full disk signs nobody out: only the note of their use is lost. */
static void a_use_that_cannot_be_noted_is_a_use_all_the_same(void **state)
{
    static const struct db_driver full = { .run = run_reads, .run_kept = run_reads };
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    struct full_db db = { .db = { &full }, .real = c->db };
    const struct session_row *row = NULL;
    c->now += 2 * MINUTE;
    c->db = &db.db;
    OK(session_resume(c, begun.secret, &row));
    assert_int_equal(c->fault.code, ERR_OK);
    c->db = db.real;
    OK(session_resume(c, begun.secret, &row));
    assert_int_equal(row->last_seen_at, c->now - 2 * MINUTE);
    OK(session_resume(c, begun.secret, &row));
    assert_int_equal(row->last_seen_at, c->now);
    /* Its limits hold. */
    c->db = &db.db;
    c->now += HOUR;
    assert_int_equal(resumed(c, begun.secret), ERR_INVALID_SESSION);
    c->db = db.real;
}

/* SS-06: what is stored, and what is shown, opens nothing. */
static void the_secret_is_stored_as_its_hash(void **state)
{
    static const char sql_by_hash[] = "SELECT count(*) FROM sessions WHERE hash = $1";
    static const char sql_anywhere[] = "SELECT count(*) FROM sessions WHERE $1 IN (id, hash)";
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    struct table t;
    OK(DB_RUN(c, sql_by_hash, &t, P_TEXT(token_hash(c->arena, begun.secret))));
    assert_int_equal(table_int(&t, 0, 0), 1);
    OK(DB_RUN(c, sql_anywhere, &t, P_TEXT(begun.secret)));
    assert_int_equal(table_int(&t, 0, 0), 0);
    assert_string_not_equal(begun.sid, begun.secret);
}

static void a_session_without_a_cookie_has_no_secret(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    assert_null(begun_in(c, user, SESSION_TOKEN).secret);
    assert_null(begun_in(c, user, SESSION_SPA).secret);
}

/* Decision 4: each mode has its limits, and the authorization has the absolute one. */
static void a_session_lives_by_its_mode(void **state)
{
    static const struct {
        enum session_mode mode;
        int64_t idle, absolute;
    } rows[] = { { SESSION_COOKIE, HOUR, 24 * HOUR },
                 { SESSION_TOKEN, 7 * DAY, 30 * DAY },
                 { SESSION_SPA, 7 * DAY, 30 * DAY } };
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct session_begun begun = begun_in(c, user, rows[i].mode);
        enum session_state live = SESSION_UNKNOWN;
        const struct session_row *row = NULL;
        const struct authorization_row *authorization = NULL;
        OK(session_find_id(c, begun.sid, &live, &row));
        assert_int_equal(row->mode, rows[i].mode);
        assert_int_equal(row->idle_expires_at, c->now + rows[i].idle);
        assert_int_equal(row->expires_at, c->now + rows[i].absolute);
        OK(authorization_find_live(c, begun.authorization_id, &authorization));
        assert_string_equal(authorization->session_id, begun.sid);
        assert_string_equal(authorization->client_id, "first-party");
        assert_int_equal(authorization->expires_at, c->now + rows[i].absolute);
    }
}

static void a_use_is_noted_at_most_once_a_minute(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct session_row *row = NULL;
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    int64_t start = c->now;
    c->now = start + MINUTE - 1;
    OK(session_resume(c, begun.secret, &row));
    OK(session_resume(c, begun.secret, &row));
    assert_int_equal(row->last_seen_at, start);
    c->now = start + MINUTE;
    OK(session_resume(c, begun.secret, &row));
    OK(session_resume(c, begun.secret, &row));
    assert_int_equal(row->last_seen_at, start + MINUTE);
    assert_int_equal(row->idle_expires_at, start + MINUTE + HOUR);
}

static void a_session_ends_without_use(void **state)
{
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    c->now += HOUR - 1;
    assert_int_equal(resumed(c, begun.secret), ERR_OK);
    c->now += HOUR - 1;
    assert_int_equal(resumed(c, begun.secret), ERR_OK);
    c->now += HOUR;
    assert_int_equal(resumed(c, begun.secret), ERR_INVALID_SESSION);
}

static void a_session_ends_however_much_it_is_used(void **state)
{
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    int64_t end = c->now + 24 * HOUR;
    for (c->now += 30 * MINUTE; c->now < end; c->now += 30 * MINUTE)
        assert_int_equal(resumed(c, begun.secret), ERR_OK);
    c->now = end;
    assert_int_equal(resumed(c, begun.secret), ERR_INVALID_SESSION);
}

/* SS-01: rights grow, the secret changes, and the old one is dead. */
static void a_renewed_session_has_another_secret(void **state)
{
    struct ctx *c = ctx_of(state);
    struct session_begun begun = begun_in(c, person(c, EMAIL), SESSION_COOKIE);
    const struct session_row *row = NULL;
    const char *next = NULL, *last = NULL;
    OK(session_renew(c, begun.sid, &next));
    assert_string_not_equal(next, begun.secret);
    assert_int_equal(resumed(c, begun.secret), ERR_INVALID_SESSION);
    OK(session_resume(c, next, &row));
    assert_string_equal(row->id, begun.sid);
    bool ended = false;
    OK(session_end(c, row->user_id, begun.sid, &ended));
    REFUSED(session_renew(c, begun.sid, &last), INVALID_SESSION);
    REFUSED(session_renew(c, "unknown", &last), INVALID_SESSION);
    assert_null(last);
}

/* SS-02, SS-09: the row decides, not the cookie. */
static void an_ended_session_is_not_resumed(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    struct session_begun first = begun_in(c, user, SESSION_COOKIE);
    struct session_begun second = begun_in(c, user, SESSION_COOKIE);
    bool ended = false, found = false;
    OK(session_end(c, user, first.sid, &ended));
    assert_int_equal(resumed(c, first.secret), ERR_INVALID_SESSION);
    assert_int_equal(resumed(c, second.secret), ERR_OK);
    OK(user_set_status(c, user, USER_DISABLED, &found));
    assert_int_equal(resumed(c, second.secret), ERR_INVALID_SESSION);
}

/* SS-14: the oldest session makes room. */
static void a_user_has_a_bounded_number_of_sessions(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = person(c, EMAIL);
    house_of(state)->config->sessions_per_user = 3;
    struct session_begun begun[5];
    for (size_t i = 0; i < 5; i++, c->now++)
        begun[i] = begun_in(c, user, SESSION_COOKIE);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(resumed(c, begun[i].secret), i < 2 ? ERR_INVALID_SESSION : ERR_OK);
}

/* A password that was changed while it was checked proves nothing. */
static void a_session_of_another_epoch_does_not_begin(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct user_row *user = NULL;
    struct session_begun begun = { 0 };
    OK(user_find(c, person(c, EMAIL), &user));
    struct session_begin begin = { .user_id = user->id, .epoch = user->epoch + 1 };
    REFUSED(session_begin(c, &begin, &begun), CONFLICT);
    begin.epoch = user->epoch;
    OK(session_begin(c, &begin, &begun));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_session_is_resumed_by_its_secret),
        HOUSE_TEST(whatever_is_no_secret_resumes_nothing),
        HOUSE_TEST(a_refresh_token_begins_with_its_session),
        HOUSE_TEST(a_use_that_cannot_be_noted_is_a_use_all_the_same),
        HOUSE_TEST(the_secret_is_stored_as_its_hash),
        HOUSE_TEST(a_session_without_a_cookie_has_no_secret),
        HOUSE_TEST(a_session_lives_by_its_mode),
        HOUSE_TEST(a_use_is_noted_at_most_once_a_minute),
        HOUSE_TEST(a_session_ends_without_use),
        HOUSE_TEST(a_session_ends_however_much_it_is_used),
        HOUSE_TEST(a_renewed_session_has_another_secret),
        HOUSE_TEST(an_ended_session_is_not_resumed),
        HOUSE_TEST(a_user_has_a_bounded_number_of_sessions),
        HOUSE_TEST(a_session_of_another_epoch_does_not_begin),
    };
    return cmocka_run_group_tests_name("identity/session", tests, NULL, NULL);
}
