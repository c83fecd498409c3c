/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include "life.h"

static void begin(struct ctx *c, const char *user_id, const char *hash)
{
    struct session_new new = { .user_id = user_id,
                               .tenant_id = TENANT_DEFAULT_ID,
                               .mode = SESSION_TOKEN,
                               .hash = hash,
                               .idle = 600,
                               .absolute = 3600,
                               .max = 100 };
    const char *id = NULL;
    OK(session_add(c, &new, &id));
}

static bool has_like(struct ctx *c, const char *user_id, const char *address, const char *program)
{
    bool like = false;
    c->origin.address = address;
    c->origin.user_agent = program;
    OK(session_has_like(c, user_id, &like));
    return like;
}

/* AU-10: what is not known is like what is not known, and like nothing else. */
static void one_is_like_another_by_its_address_and_program_while_it_lives(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *other = person(c, "bob@example.org");
    assert_false(has_like(c, user_id, NULL, NULL));
    begin(c, user_id, "nowhere");
    assert_true(has_like(c, user_id, NULL, NULL));
    assert_false(has_like(c, user_id, "192.0.2.1", "curl"));
    begin(c, user_id, "somewhere");
    assert_true(has_like(c, user_id, "192.0.2.1", "curl"));
    assert_false(has_like(c, other, "192.0.2.1", "curl"));
    assert_false(has_like(c, user_id, "192.0.2.2", "curl"));
    assert_false(has_like(c, user_id, "192.0.2.1", "wget"));
    assert_false(has_like(c, user_id, "192.0.2.1", NULL));
    c->now += 599;
    assert_true(has_like(c, user_id, "192.0.2.1", "curl"));
    c->now += 1;
    assert_false(has_like(c, user_id, "192.0.2.1", "curl"));
}

static void of_many_it_is_found_and_none_is_where_the_user_is_disabled(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    c->origin.address = "192.0.2.1";
    c->origin.user_agent = "curl";
    begin(c, user_id, "first");
    for (int i = 0; i < 90; i++) {
        c->origin.address = text_printf(c->arena, "192.0.2.%d", 2 + i);
        begin(c, user_id, text_printf(c->arena, "%d", i));
    }
    assert_true(has_like(c, user_id, "192.0.2.1", "curl"));
    assert_true(has_like(c, user_id, "192.0.2.91", "curl"));
    assert_false(has_like(c, user_id, "192.0.2.92", "curl"));
    (void)asked(c, "UPDATE users SET status = 'disabled'");
    assert_false(has_like(c, user_id, "192.0.2.1", "curl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(one_is_like_another_by_its_address_and_program_while_it_lives),
        STORE_TEST(of_many_it_is_found_and_none_is_where_the_user_is_disabled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
