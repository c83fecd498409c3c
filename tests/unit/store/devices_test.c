/* SPDX-License-Identifier: Apache-2.0 */
#include "store/devices.h"

#include "store_testing.h"

static const char *add(struct ctx *c, const char *user_id, const char *hash)
{
    const char *id = NULL;
    OK(device_add(c, user_id, hash, c->now + 3600, &id));
    return id;
}

static const struct device_row *found(struct ctx *c, const char *user_id, const char *hash)
{
    const struct device_row *device = NULL;
    OK(device_find(c, user_id, hash, &device));
    return device;
}

static void a_device_is_known_to_its_user_until_it_expires(void **state)
{
    struct ctx *c = ctx_of(state);
    c->origin.address = "192.0.2.1";
    c->origin.user_agent = "browser";
    const char *user_id = person(c, "alice@example.org");
    const char *id = add(c, user_id, "h");
    const struct device_row *d = found(c, user_id, "h");
    assert_string_equal(d->id, id);
    assert_string_equal(d->user_id, user_id);
    assert_string_equal(d->address, "192.0.2.1");
    assert_string_equal(d->user_agent, "browser");
    assert_int_equal(d->created_at, WORLD_NOW);
    assert_int_equal(d->last_seen_at, WORLD_NOW);
    assert_int_equal(d->expires_at, WORLD_NOW + 3600);
    c->now += 3599;
    assert_non_null(found(c, user_id, "h"));
    c->now++;
    assert_null(found(c, user_id, "h"));
}

/* RL-09, MF-09: the cookie of one user's device opens nothing at another's. */
static void a_device_is_nothing_to_another_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *alice = person(c, "alice@example.org");
    const char *bob = person(c, "bob@example.org");
    const char *id = add(c, alice, "h");
    assert_null(found(c, bob, "h"));
    assert_null(found(c, alice, "other"));
    bool removed = true;
    OK(device_remove(c, bob, id, &removed));
    assert_false(removed);
    assert_non_null(found(c, alice, "h"));
}

static void a_sign_in_on_a_device_is_noted(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = add(c, user_id, "h");
    (void)add(c, user_id, "other");
    c->now += 60;
    c->origin.address = "192.0.2.2";
    OK(device_seen(c, id, c->now + 7200));
    assert_int_equal(found(c, user_id, "h")->last_seen_at, WORLD_NOW + 60);
    assert_int_equal(found(c, user_id, "h")->expires_at, WORLD_NOW + 60 + 7200);
    assert_string_equal(found(c, user_id, "h")->address, "192.0.2.2");
    assert_int_equal(found(c, user_id, "other")->last_seen_at, WORLD_NOW);
    c->now += 7200;
    OK(device_seen(c, id, c->now + 7200));
    assert_null(found(c, user_id, "h"));
}

/* DO-09: a user's devices are few; the one not seen for longest goes. */
static void of_many_devices_those_seen_last_are_kept(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    (void)add(c, person(c, "bob@example.org"), "bob");
    const char *first = add(c, user_id, "h0");
    for (int i = 1; i <= DEVICES_MAX; i++) {
        c->now++;
        OK(device_seen(c, first, c->now + 3600));
        (void)add(c, user_id, text_printf(c->arena, "h%d", i));
    }
    struct device_rows devices;
    OK(devices_of(c, user_id, &devices));
    assert_int_equal(devices.n, DEVICES_MAX);
    assert_non_null(found(c, user_id, "h0"));
    assert_null(found(c, user_id, "h1"));
    assert_non_null(found(c, user_id, "h2"));
    assert_int_equal(counted(c, "SELECT count(*) FROM devices"), DEVICES_MAX + 1);
}

static void a_device_is_listed_and_removed_by_its_user(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    const char *id = add(c, user_id, "h");
    (void)add(c, user_id, "other");
    bool removed = false;
    OK(device_remove(c, user_id, id, &removed));
    assert_true(removed);
    assert_null(found(c, user_id, "h"));
    OK(device_remove(c, user_id, id, &removed));
    assert_false(removed);
    struct device_rows devices;
    OK(devices_of(c, user_id, &devices));
    assert_int_equal(devices.n, 1);
    c->now += 3600;
    OK(devices_of(c, user_id, &devices));
    assert_int_equal(devices.n, 0);
}

static void a_disabled_user_gets_no_device(void **state)
{
    struct ctx *c = ctx_of(state);
    const char *user_id = person(c, "alice@example.org");
    bool done = false;
    OK(user_set_status(c, user_id, USER_DISABLED, &done));
    assert_null(add(c, user_id, "h"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_device_is_known_to_its_user_until_it_expires),
        STORE_TEST(a_device_is_nothing_to_another_user),
        STORE_TEST(a_sign_in_on_a_device_is_noted),
        STORE_TEST(of_many_devices_those_seen_last_are_kept),
        STORE_TEST(a_device_is_listed_and_removed_by_its_user),
        STORE_TEST(a_disabled_user_gets_no_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
