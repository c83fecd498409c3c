/* SPDX-License-Identifier: Apache-2.0 */
#include "store/client_registrations.h"

#include "grants_testing.h"
#include "store/consents.h"
#include "store/sweep.h"

static void registered(struct ctx *c, const char *id, const char *hash, int64_t expires_at)
{
    client_made(c, id);
    OK(client_registration_add(c, &(struct client_registration_row){ .client_id = id,
                                                                     .kind = REGISTERED_OPENLY,
                                                                     .hash = hash,
                                                                     .expires_at = expires_at }));
}

static bool is_used(struct ctx *c, const char *hash)
{
    bool good = false;
    OK(registration_token_use(c, hash, &good));
    return good;
}

/* I2: as often as it says, until it ends, and not after all were ended. */
static void an_initial_token_is_counted(void **state)
{
    struct ctx *c = ctx_of(state);
    bool good = false;
    int64_t ended = 0;
    const struct registration_token_row row = {
        .hash = "h", .label = "x", .uses = 2, .expires_at = c->now + MINUTE
    };
    OK(registration_token_add(c, &row));
    OK(registration_token_is_good(c, "h", &good));
    assert_true(good);
    assert_false(is_used(c, "other"));
    assert_true(is_used(c, "h"));
    assert_true(is_used(c, "h"));
    assert_false(is_used(c, "h"));
    OK(registration_token_is_good(c, "h", &good));
    assert_false(good);
    OK(registration_tokens_end(c, &ended));
    assert_int_equal(ended, 1);
    OK(registration_token_add(c, &row));
    c->now += MINUTE;
    assert_false(is_used(c, "h"));
}

/* CL-12: by its present token, and not once the client is disabled or gone. */
static void a_registration_is_found_by_its_present_token(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_registration_row *row = NULL;
    bool done = false;
    registered(c, "shop", "one", 0);
    OK(client_registration_find(c, "one", &row));
    assert_string_equal(row->client_id, "shop");
    assert_int_equal(row->kind, REGISTERED_OPENLY);
    assert_int_equal(row->expires_at, 0);
    OK(client_registration_rotate(c, "one", "two", &done));
    assert_true(done);
    OK(client_registration_rotate(c, "one", "three", &done));
    assert_false(done);
    OK(client_registration_find(c, "one", &row));
    assert_null(row);
    OK(client_registration_of(c, "shop", &row));
    assert_string_equal(row->hash, "two");
    OK(client_set_status(c, "shop", CLIENT_DISABLED, &done));
    OK(client_registration_find(c, "two", &row));
    assert_null(row);
    OK(client_remove(c, "shop", &done));
    assert_int_equal(counted(c, "SELECT count(*) FROM client_registrations"), 0);
}

/* CL-11: of those that end, the one that somebody has allowed something stays. */
static void what_nobody_uses_is_swept(void **state)
{
    struct ctx *c = ctx_of(state);
    const struct client_registration_row *row = NULL;
    int64_t removed = 0;
    bool more = true;
    registered(c, "used", "a", c->now + MINUTE);
    registered(c, "unused", "b", c->now + MINUTE);
    registered(c, "kept", "c", 0);
    OK(consent_set(c, user_made(c, "ada@example.com"), "used", TEXTS("openid")));
    c->now += MINUTE;
    OK(sweep(c, &removed, &more));
    OK(client_registration_find(c, "a", &row));
    assert_int_equal(row->expires_at, c->now + ABSOLUTE);
    OK(client_registration_find(c, "b", &row));
    assert_null(row);
    OK(client_registration_find(c, "c", &row));
    assert_non_null(row);
    assert_int_equal(counted(c, "SELECT count(*) FROM clients WHERE id = 'unused'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_initial_token_is_counted),
        STORE_TEST(a_registration_is_found_by_its_present_token),
        STORE_TEST(what_nobody_uses_is_swept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
