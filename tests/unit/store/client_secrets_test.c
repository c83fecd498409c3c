/* SPDX-License-Identifier: Apache-2.0 */
#include "store/client_secrets.h"

#include "grants_testing.h"

static void secret_made(struct ctx *c, const char *hash, int64_t end_others)
{
    OK(client_secret_add(c, "shop", &(struct client_secret_row){ .hash = hash }, end_others));
}

/* The hashes of the live ones, newest first. */
static const char *secrets(struct ctx *c)
{
    struct client_secret_rows rows;
    struct text_buffer b = text_buffer(c->arena);
    OK(client_secrets_of(c, "shop", &rows));
    for (size_t i = 0; i < rows.n; i++)
        text_addf(&b, "%s%s", i == 0 ? "" : " ", rows.at[i].hash);
    return text_of(&b);
}

static void a_secret_is_found_with_what_is_sealed(void **state)
{
    struct ctx *c = ctx_of(state);
    struct client_secret_rows rows;
    client_made(c, "shop");
    OK(client_secret_add(c, "shop", &(struct client_secret_row){ .hash = "h", .sealed = "sealed" },
                         0));
    OK(client_secrets_of(c, "shop", &rows));
    assert_int_equal(rows.n, 1);
    assert_string_equal(rows.at[0].hash, "h");
    assert_string_equal(rows.at[0].sealed, "sealed");
    assert_int_equal(rows.at[0].created_at, WORLD_NOW);
    assert_int_equal(rows.at[0].expires_at, 0);
}

static void a_new_secret_lets_the_old_one_live_for_a_while(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    secret_made(c, "old", 0);
    c->now++;
    secret_made(c, "new", c->now + 10);
    assert_string_equal(secrets(c), "new old");
    c->now += 9;
    assert_string_equal(secrets(c), "new old");
    c->now++;
    assert_string_equal(secrets(c), "new");
}

static void a_new_secret_may_end_the_old_one_at_once(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    secret_made(c, "old", 0);
    c->now++;
    secret_made(c, "new", c->now);
    assert_string_equal(secrets(c), "new");
}

static void of_three_secrets_the_oldest_goes(void **state)
{
    struct ctx *c = ctx_of(state);
    client_made(c, "shop");
    const char *const hashes[] = { "a", "b", "c" };
    for (size_t i = 0; i < 3; i++) {
        secret_made(c, hashes[i], 0);
        c->now++;
    }
    assert_string_equal(secrets(c), "c b");
    assert_int_equal(counted(c, "SELECT count(*) FROM client_secrets"), 2);
}

static void a_secret_belongs_to_a_client_that_is_there(void **state)
{
    struct ctx *c = ctx_of(state);
    REFUSED(client_secret_add(c, "nobody", &(struct client_secret_row){ .hash = "h" }, 0),
            CONFLICT);
    client_made(c, "shop");
    secret_made(c, "h", 0);
    bool removed = false;
    OK(client_remove(c, "shop", &removed));
    assert_int_equal(counted(c, "SELECT count(*) FROM client_secrets"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_secret_is_found_with_what_is_sealed),
        STORE_TEST(a_new_secret_lets_the_old_one_live_for_a_while),
        STORE_TEST(a_new_secret_may_end_the_old_one_at_once),
        STORE_TEST(of_three_secrets_the_oldest_goes),
        STORE_TEST(a_secret_belongs_to_a_client_that_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
