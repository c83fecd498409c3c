/* SPDX-License-Identifier: Apache-2.0 */
#include "store/authorization_requests.h"

#include "grants_testing.h"

enum { LIFE = 60 };

static void request_made(struct ctx *c, enum request_kind kind, const char *hash)
{
    OK(authorization_request_add(
        c, kind,
        &(struct authorization_request_row){ .hash = hash,
                                             .client_id = "shop",
                                             .params = "{\"a\":1}",
                                             .browser = "browser",
                                             .pushed_hash = "pushed",
                                             .expires_at = c->now + LIFE }));
}

static const struct authorization_request_row *found(struct ctx *c, enum request_kind kind,
                                                     const char *hash)
{
    const struct authorization_request_row *row = NULL;
    OK(authorization_request_find(c, kind, hash, &row));
    return row;
}

static bool used_up(struct ctx *c, enum request_kind kind, const char *hash)
{
    bool used = false;
    OK(authorization_request_use(c, kind, hash, &used));
    return used;
}

static void a_request_is_found_as_it_was_made(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    request_made(c, REQUEST_WAITING, "h");
    const struct authorization_request_row *row = found(c, REQUEST_WAITING, "h");
    assert_string_equal(row->hash, "h");
    assert_string_equal(row->client_id, "shop");
    assert_string_equal(row->params, "{\"a\":1}");
    assert_string_equal(row->browser, "browser");
    assert_string_equal(row->pushed_hash, "pushed");
    assert_null(row->session_id);
    assert_int_equal(row->answered, 0);
    assert_int_equal(row->created_at, WORLD_NOW);
    assert_int_equal(row->expires_at, WORLD_NOW + LIFE);
}

/* CD-04: the handle of a page is no request_uri, nor the reverse; neither uses the other up. */
static void a_request_is_of_one_kind_only(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    request_made(c, REQUEST_PUSHED, "pushed");
    request_made(c, REQUEST_WAITING, "waiting");
    assert_null(found(c, REQUEST_WAITING, "pushed"));
    assert_null(found(c, REQUEST_PUSHED, "waiting"));
    assert_false(used_up(c, REQUEST_WAITING, "pushed"));
    assert_false(used_up(c, REQUEST_PUSHED, "waiting"));
    assert_true(used_up(c, REQUEST_PUSHED, "pushed"));
    assert_true(used_up(c, REQUEST_WAITING, "waiting"));
}

static void a_request_is_gone_when_it_expires_or_is_used(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    request_made(c, REQUEST_WAITING, "late");
    request_made(c, REQUEST_WAITING, "used");
    assert_true(used_up(c, REQUEST_WAITING, "used"));
    assert_null(found(c, REQUEST_WAITING, "used"));
    assert_false(used_up(c, REQUEST_WAITING, "used"));
    c->now += LIFE - 1;
    assert_non_null(found(c, REQUEST_WAITING, "late"));
    c->now++;
    assert_null(found(c, REQUEST_WAITING, "late"));
    assert_false(used_up(c, REQUEST_WAITING, "late"));
}

static bool answer(struct ctx *c, const char *session_id, unsigned answered)
{
    bool done = false;
    OK(authorization_request_answer(c, "h", session_id, answered, &done));
    return done;
}

/* What one user has answered does not speak for another who uses the same browser. */
static void answers_are_of_one_session(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    struct signed_in ada = signed_in(c, "ada@example.org");
    struct signed_in bob = signed_in(c, "bob@example.org");
    request_made(c, REQUEST_WAITING, "h");
    assert_true(answer(c, ada.session_id, ANSWERED_LOGIN));
    assert_true(answer(c, ada.session_id, ANSWERED_CONSENT));
    assert_int_equal(found(c, REQUEST_WAITING, "h")->answered, ANSWERED_LOGIN | ANSWERED_CONSENT);
    assert_true(answer(c, bob.session_id, ANSWERED_SELECT));
    assert_int_equal(found(c, REQUEST_WAITING, "h")->answered, ANSWERED_SELECT);
    assert_string_equal(found(c, REQUEST_WAITING, "h")->session_id, bob.session_id);
}

static void a_request_that_is_over_takes_no_answer(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    struct signed_in ada = signed_in(c, "ada@example.org");
    assert_false(answer(c, ada.session_id, ANSWERED_LOGIN));
    request_made(c, REQUEST_WAITING, "h");
    c->now += LIFE;
    assert_false(answer(c, ada.session_id, ANSWERED_LOGIN));
    c->now -= LIFE;
    assert_true(used_up(c, REQUEST_WAITING, "h"));
    assert_false(answer(c, ada.session_id, ANSWERED_LOGIN));
}

static void use_at_once(struct ctx *c, struct crowd *crowd, size_t number)
{
    (void)number;
    crowd_joined(c, crowd);
    crowd->wins += used_up(c, REQUEST_PUSHED, "h");
}

/* CD-02: of 64 who use one request up, one does. */
static void of_a_crowd_one_uses_a_request_up(void **state)
{
    struct world *w = world_of(state);
    client_made(w->c, "shop");
    request_made(w->c, REQUEST_PUSHED, "h");
    assert_int_equal(crowd_run(w, 64, use_at_once, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_request_is_found_as_it_was_made),
        STORE_TEST(a_request_is_of_one_kind_only),
        STORE_TEST(a_request_is_gone_when_it_expires_or_is_used),
        STORE_TEST(answers_are_of_one_session),
        STORE_TEST(a_request_that_is_over_takes_no_answer),
        STORE_TEST(of_a_crowd_one_uses_a_request_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
