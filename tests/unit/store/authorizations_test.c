/* SPDX-License-Identifier: Apache-2.0 */
#include "store/authorizations.h"

#include "grants_testing.h"

static void what_was_granted_is_found(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *session = session_made(c, user, TENANT_DEFAULT_ID, SESSION_TOKEN);
    const char *id =
        authorization_made(c, (struct authorization_row){ .user_id = user,
                                                          .session_id = session,
                                                          .tenant_id = TENANT_DEFAULT_ID,
                                                          .audience = "https://api.example",
                                                          .jkt = "thumbprint",
                                                          .acr = "high" });
    const struct authorization_row *row = NULL;
    OK(authorization_find_live(c, id, &row));
    assert_string_equal(row->id, id);
    assert_string_equal(row->user_id, user);
    assert_string_equal(row->client_id, CLIENT_FIRST_PARTY);
    assert_string_equal(row->session_id, session);
    assert_string_equal(row->tenant_id, TENANT_DEFAULT_ID);
    assert_string_equal(text_join(c->arena, row->scopes, " "), "users:read users:write");
    assert_string_equal(row->audience, "https://api.example");
    assert_string_equal(row->jkt, "thumbprint");
    assert_string_equal(text_join(c->arena, row->amr, " "), "pwd otp");
    assert_string_equal(row->acr, "high");
    assert_int_equal(row->created_at, c->now);
    assert_int_equal(row->expires_at, c->now + ABSOLUTE);
    assert_int_equal(row->auth_time, c->now);
    assert_int_equal(row->revoked_at, 0);
}

static void what_may_be_absent_is_null(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *id = NULL;
    OK(authorization_add(c,
                         &(struct authorization_row){ .user_id = user_made(c, "ada@example.org"),
                                                      .client_id = CLIENT_FIRST_PARTY,
                                                      .expires_at = c->now + 1 },
                         &id));
    const struct authorization_row *row = NULL;
    OK(authorization_find_live(c, id, &row));
    assert_null(row->session_id);
    assert_null(row->tenant_id);
    assert_null(row->audience);
    assert_null(row->jkt);
    assert_null(row->acr);
    assert_int_equal(row->scopes.n, 0);
    assert_int_equal(row->amr.n, 0);
    c->now += 1;
    OK(authorization_find_live(c, id, &row));
    assert_null(row);
    OK(authorization_find_live(c, "nothing", &row));
    assert_null(row);
}

static void it_refers_to_what_is_there(void **state)
{
    struct ctx *c = ctx_of(state);
    struct authorization_row row = { .user_id = user_made(c, "ada@example.org"),
                                     .client_id = "nobody",
                                     .expires_at = c->now + 1 };
    const char *id = NULL;
    REFUSED(authorization_add(c, &row, &id), CONFLICT);
    row.client_id = CLIENT_FIRST_PARTY;
    row.session_id = "none";
    REFUSED(authorization_add(c, &row, &id), CONFLICT);
    assert_null(id);
}

/* RT-07: what hangs on a session ends with it at the latest. */
static void it_ends_with_its_session(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *session = session_made(c, user, NULL, SESSION_TOKEN);
    const char *long_one = authorization_made(
        c, (struct authorization_row){
               .user_id = user, .session_id = session, .expires_at = c->now + 2 * ABSOLUTE });
    const char *short_one = authorization_made(
        c, (struct authorization_row){
               .user_id = user, .session_id = session, .expires_at = c->now + 5 });
    const struct authorization_row *row = NULL;
    OK(authorization_find_live(c, long_one, &row));
    assert_int_equal(row->expires_at, c->now + ABSOLUTE);
    OK(authorization_find_live(c, short_one, &row));
    assert_int_equal(row->expires_at, c->now + 5);
}

/* CD-09: revoked is revoked, at once, and access tokens are told. */
static void revoking_is_done_once(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct signed_in bob = signed_in(c, "bob@example.org");
    bool revoked = false;
    OK(authorization_revoke(c, ada.authorization_id, &revoked));
    assert_true(revoked);
    assert_false(is_live(c, ada.authorization_id));
    assert_true(is_live(c, bob.authorization_id));
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, ada.authorization_id), 1);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 1);
    OK(authorization_revoke(c, ada.authorization_id, &revoked));
    assert_false(revoked);
    OK(authorization_revoke(c, "nothing", &revoked));
    assert_false(revoked);
}

/* What userinfo reads with each request: it stays the same until somebody writes. */
static void what_its_request_asked_for_is_told_until_it_is_revoked(void **state)
{
    static const char asked[] = "{\"userinfo\":{\"email\":null}}";
    struct ctx *c = ctx_of(state);
    const char *user = user_made(c, "ada@example.org");
    const char *one =
        authorization_made(c, (struct authorization_row){ .user_id = user, .claims = asked });
    const char *other = authorization_made(c, (struct authorization_row){ .user_id = user });
    const char *claims = NULL;
    bool revoked = false;
    for (int i = 0; i < 2; i++) {
        OK(authorization_claims(c, one, &claims));
        assert_string_equal(claims, asked);
    }
    OK(authorization_claims(c, other, &claims));
    assert_null(claims);
    OK(authorization_claims(c, "nothing", &claims));
    assert_null(claims);
    OK(authorization_revoke(c, one, &revoked));
    OK(authorization_claims(c, one, &claims));
    assert_null(claims);
}

static void a_user_sees_the_live_ones_page_by_page(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = signed_in(c, "ada@example.org");
    (void)signed_in(c, "bob@example.org");
    for (int i = 0; i < 4; i++) {
        c->now++;
        (void)signed_in_to(c, ada.user_id, TENANT_DEFAULT_ID);
    }
    bool revoked = false;
    OK(authorization_revoke(c, ada.authorization_id, &revoked));
    struct authorization_rows rows;
    OK(authorizations_of(c, ada.user_id, (struct page){ .limit = 3 }, &rows));
    assert_int_equal(rows.n, 3);
    assert_string_equal(rows.at[0].user_id, ada.user_id);
    assert_true(rows.at[0].created_at < rows.at[1].created_at);
    const char *last = rows.at[2].id;
    OK(authorizations_of(c, ada.user_id, (struct page){ .after = last, .limit = 3 }, &rows));
    assert_int_equal(rows.n, 1);
    OK(authorizations_of(c, ada.user_id, (struct page){ .after = rows.at[0].id, .limit = 3 },
                         &rows));
    assert_int_equal(rows.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_was_granted_is_found),
        STORE_TEST(what_may_be_absent_is_null),
        STORE_TEST(it_refers_to_what_is_there),
        STORE_TEST(it_ends_with_its_session),
        STORE_TEST(revoking_is_done_once),
        STORE_TEST(what_its_request_asked_for_is_told_until_it_is_revoked),
        STORE_TEST(a_user_sees_the_live_ones_page_by_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
