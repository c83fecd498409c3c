/* SPDX-License-Identifier: Apache-2.0 */
#include "store/codes.h"

#include "grants_testing.h"
#include "store/authorization_requests.h"
#include "store/consents.h"
#include "store/credentials.h"

enum { LIFE = 60 };

/* A code of the client shop, for somebody who has signed in. */
static struct code_new code_for(struct ctx *c, struct signed_in who, const char *hash)
{
    return (struct code_new){
        .hash = hash,
        .authorization = { .user_id = who.user_id,
                           .client_id = "shop",
                           .session_id = who.session_id,
                           .tenant_id = who.tenant_id,
                           .scopes = text_split(c->arena, "openid email", ' '),
                           .audience = "https://api.example.org",
                           .resources = text_split(
                               c->arena, "https://api.example.org https://b.example.org", ' '),
                           .claims = "{}",
                           .auth_time = c->now,
                           .amr = text_split(c->arena, "pwd", ' '),
                           .acr = "1",
                           .expires_at = c->now + DAY },
        .session_id = who.session_id,
        .redirect_uri = "https://app.test/cb",
        .code_challenge = "challenge",
        .nonce = "n",
        .expires_at = c->now + LIFE,
    };
}

static bool code_made(struct ctx *c, struct code_new code)
{
    bool added = false;
    OK(code_add(c, &code, &added));
    return added;
}

static enum code_outcome used_code(struct ctx *c, const char *hash, const char *client_id)
{
    enum code_outcome how = CODE_DONE;
    struct code_row row;
    OK(code_use(c, &(struct code_use_new){ .hash = hash, .client_id = client_id }, &how, &row));
    return how;
}

/* Somebody with a code "h" of the client shop. */
static struct signed_in coded(struct ctx *c)
{
    client_made(c, "shop");
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_true(code_made(c, code_for(c, ada, "h")));
    return ada;
}

static void a_code_gives_back_what_it_was_made_with(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = coded(c);
    enum code_outcome how;
    struct code_row row;
    c->now++;
    OK(code_use(c, &(struct code_use_new){ .hash = "h", .client_id = "shop" }, &how, &row));
    assert_int_equal(how, CODE_DONE);
    assert_string_equal(row.authorization.user_id, ada.user_id);
    assert_string_equal(row.authorization.client_id, "shop");
    assert_string_equal(text_join(c->arena, row.authorization.scopes, " "), "openid email");
    assert_string_equal(row.authorization.audience, "https://api.example.org");
    assert_string_equal(text_join(c->arena, row.authorization.resources, " "),
                        "https://api.example.org https://b.example.org");
    assert_string_equal(row.authorization.claims, "{}");
    assert_string_equal(row.session_id, ada.session_id);
    assert_string_equal(row.redirect_uri, "https://app.test/cb");
    assert_string_equal(row.code_challenge, "challenge");
    assert_string_equal(row.nonce, "n");
    assert_int_equal(row.created_at, WORLD_NOW);
    assert_int_equal(row.expires_at, WORLD_NOW + LIFE);
    assert_int_equal(row.authorization.expires_at, WORLD_NOW + DAY);
}

static void what_nobody_redeems_ends_with_its_code(void **state)
{
    struct ctx *c = ctx_of(state);
    struct table t;
    (void)coded(c);
    t = asked(c, "SELECT id FROM authorizations WHERE client_id = 'shop'");
    const char *id = table_text(&t, 0, 0);
    c->now += LIFE - 1;
    assert_true(is_live(c, id));
    c->now++;
    assert_false(is_live(c, id));
}

static void what_is_redeemed_lives_on(void **state)
{
    struct ctx *c = ctx_of(state);
    enum code_outcome how;
    struct code_row row;
    (void)coded(c);
    OK(code_use(c, &(struct code_use_new){ .hash = "h", .client_id = "shop" }, &how, &row));
    c->now += DAY - 1;
    assert_true(is_live(c, row.authorization.id));
    c->now++;
    assert_false(is_live(c, row.authorization.id));
}

/* No grant outlives the absolute limit of the session that it belongs to. */
static void what_is_redeemed_ends_with_its_session_at_the_latest(void **state)
{
    struct ctx *c = ctx_of(state);
    enum code_outcome how;
    struct code_row row;
    client_made(c, "shop");
    struct code_new code = code_for(c, signed_in(c, "ada@example.org"), "h");
    code.authorization.expires_at = c->now + 2 * ABSOLUTE;
    assert_true(code_made(c, code));
    OK(code_use(c, &(struct code_use_new){ .hash = "h", .client_id = "shop" }, &how, &row));
    assert_int_equal(row.authorization.expires_at, WORLD_NOW + ABSOLUTE);
}

/* CD-05: a code lives 60 seconds. */
static void a_code_is_dead_in_the_second_in_which_it_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = coded(c);
    assert_true(code_made(c, code_for(c, ada, "early")));
    c->now += LIFE - 1;
    assert_int_equal(used_code(c, "early", "shop"), CODE_DONE);
    c->now++;
    assert_int_equal(used_code(c, "h", "shop"), CODE_EXPIRED);
}

/* CD-01: the second use revokes what the first one gave. */
static void a_second_use_revokes_the_first(void **state)
{
    struct ctx *c = ctx_of(state);
    enum code_outcome how;
    struct code_row row;
    (void)coded(c);
    OK(code_use(c, &(struct code_use_new){ .hash = "h", .client_id = "shop" }, &how, &row));
    assert_true(is_live(c, row.authorization.id));
    assert_int_equal(used_code(c, "h", "shop"), CODE_REUSED);
    assert_false(is_live(c, row.authorization.id));
    assert_int_equal(told(c, REVOKED_AUTHORIZATION, row.authorization.id), 1);
    assert_int_equal(used_code(c, "h", "shop"), CODE_REUSED);
    c->now += LIFE;
    assert_int_equal(used_code(c, "h", "shop"), CODE_REUSED);
}

/* CD-04: another client learns and changes nothing. */
static void a_code_is_unknown_to_another_client(void **state)
{
    struct ctx *c = ctx_of(state);
    (void)coded(c);
    client_made(c, "other");
    assert_int_equal(used_code(c, "h", "other"), CODE_UNKNOWN);
    assert_int_equal(used_code(c, "h", "shop"), CODE_DONE);
    assert_int_equal(used_code(c, "h", "other"), CODE_UNKNOWN);
    assert_int_equal(counted(c, "SELECT count(*) FROM revocations"), 0);
    assert_int_equal(used_code(c, "nothing", "shop"), CODE_UNKNOWN);
}

static void log_out(struct ctx *c, struct signed_in who)
{
    bool ended = false;
    OK(session_end(c, who.user_id, who.session_id, &ended));
    assert_true(ended);
}

static void change_password(struct ctx *c, struct signed_in who)
{
    int64_t ended = 0;
    OK(password_set(c, who.user_id, "$new", false, NULL, &ended));
}

static void disable_user(struct ctx *c, struct signed_in who)
{
    bool found = false;
    OK(user_set_status(c, who.user_id, USER_DISABLED, &found));
    assert_true(found);
}

static void revoke_consent(struct ctx *c, struct signed_in who)
{
    bool revoked = false;
    OK(consent_revoke(c, who.user_id, "shop", &revoked));
    assert_true(revoked);
}

static void disable_client(struct ctx *c, struct signed_in who)
{
    bool found = false;
    (void)who;
    OK(client_set_status(c, "shop", CLIENT_DISABLED, &found));
    assert_true(found);
}

static void disable_tenant(struct ctx *c, struct signed_in who)
{
    bool found = false;
    OK(tenant_set_status(c, who.tenant_id, TENANT_DISABLED, &found));
    assert_true(found);
}

/* CD-09: a code dies with the password, the session, the user, the consent, the client and the
 * tenant, also where what it gives would outlive the session. */
static void a_code_dies_with_what_it_rests_on(void **state)
{
    struct ctx *c = ctx_of(state);
    void (*const causes[])(struct ctx *, struct signed_in) = { log_out,        change_password,
                                                               disable_user,   revoke_consent,
                                                               disable_client, disable_tenant };
    client_made(c, "shop");
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        struct signed_in who = signed_in(c, text_printf(c->arena, "u%zu@example.org", i));
        struct code_new bound = code_for(c, who, text_printf(c->arena, "bound %zu", i));
        struct code_new offline = code_for(c, who, text_printf(c->arena, "offline %zu", i));
        offline.authorization.session_id = NULL;
        assert_true(code_made(c, bound));
        assert_true(code_made(c, offline));
        c->now++;
        causes[i](c, who);
        assert_int_equal(used_code(c, bound.hash, "shop"), CODE_DEAD);
        assert_int_equal(used_code(c, offline.hash, "shop"), CODE_DEAD);
    }
}

static void use_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    enum code_outcome how = used_code(c, "h", "shop");
    assert_true(how == CODE_DONE || how == CODE_REUSED);
    crowd->wins += how == CODE_DONE;
}

/* CD-02: of 64 who redeem one code at once, one gets something, and it does not live. */
static void of_a_crowd_with_one_code_one_gets_through(void **state)
{
    struct world *w = world_of(state);
    (void)coded(w->c);
    assert_int_equal(crowd_run(w, 64, use_at_once, NULL), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM authorizations\n"
                                   "WHERE client_id = 'shop' AND revoked_at IS NULL"),
                     0);
}

/* ---- the requests that a code uses up ---- */

static void request_made(struct ctx *c, enum request_kind kind, const char *hash)
{
    OK(authorization_request_add(
        c, kind,
        &(struct authorization_request_row){
            .hash = hash, .client_id = "shop", .params = "{}", .expires_at = c->now + LIFE }));
}

static void a_code_uses_its_requests_up(void **state)
{
    struct ctx *c = ctx_of(state);
    struct signed_in ada = coded(c);
    request_made(c, REQUEST_PUSHED, "pushed");
    request_made(c, REQUEST_WAITING, "first");
    request_made(c, REQUEST_WAITING, "second");
    struct code_new code = code_for(c, ada, "a");
    code.pushed_hash = "pushed";
    code.waiting_hash = "first";
    assert_true(code_made(c, code));
    code.hash = "b";
    assert_false(code_made(c, code));
    code.waiting_hash = "second";
    assert_false(code_made(c, code));
    assert_int_equal(used_code(c, "b", "shop"), CODE_UNKNOWN);
    assert_int_equal(used_code(c, "a", "shop"), CODE_DONE);
}

struct issuing {
    struct code_new code;
};

static void issue_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    crowd_joined(c, crowd);
    struct code_new code = ((const struct issuing *)crowd->arg)->code;
    code.hash = text_printf(c->arena, "code %zu", number);
    code.pushed_hash = "pushed";
    crowd->wins += code_made(c, code);
}

/* CD-02: of 64 codes for one pushed request, one is made. */
static void of_a_crowd_with_one_pushed_request_one_gets_a_code(void **state)
{
    struct world *w = world_of(state);
    struct signed_in ada = coded(w->c);
    request_made(w->c, REQUEST_PUSHED, "pushed");
    struct issuing issuing = { code_for(w->c, ada, NULL) };
    assert_int_equal(crowd_run(w, 64, issue_at_once, &issuing), 1);
    assert_int_equal(counted(w->c, "SELECT count(*) FROM codes"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_code_gives_back_what_it_was_made_with),
        STORE_TEST(what_nobody_redeems_ends_with_its_code),
        STORE_TEST(what_is_redeemed_lives_on),
        STORE_TEST(what_is_redeemed_ends_with_its_session_at_the_latest),
        STORE_TEST(a_code_is_dead_in_the_second_in_which_it_expires),
        STORE_TEST(a_second_use_revokes_the_first),
        STORE_TEST(a_code_is_unknown_to_another_client),
        STORE_TEST(a_code_dies_with_what_it_rests_on),
        STORE_TEST(of_a_crowd_with_one_code_one_gets_through),
        STORE_TEST(a_code_uses_its_requests_up),
        STORE_TEST(of_a_crowd_with_one_pushed_request_one_gets_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
