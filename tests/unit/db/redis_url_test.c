/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_url.h"

#include "db/redis_facts.h"
#include "tests/unit/base/testing.h"

static struct redis_url read_url(struct ctx *c, const char *url)
{
    struct redis_url out;
    if (redis_url_read(c, url, &out).code != ERR_OK)
        fail_msg("%s: %s", url, c->fault.text);
    return out;
}

/* The reason why it cannot be read. */
static const char *refused(struct ctx *c, const char *url)
{
    struct redis_url out;
    if (redis_url_read(c, url, &out).code != ERR_INVALID_FIELD)
        fail_msg("%s is read", url);
    assert_string_equal(c->fault.field, "redis_url");
    const char *why = c->fault.say;
    fault_clear(c);
    return why;
}

static void a_server_has_a_host_and_perhaps_a_port_and_a_database(void **state)
{
    struct ctx *c = *state;
    struct redis_url u = read_url(c, "redis://Redis.example.com");
    assert_string_equal(u.host, "redis.example.com");
    assert_int_equal(u.port, REDIS_PORT);
    assert_int_equal(u.database, 0);
    assert_null(u.path);
    assert_null(u.user);
    assert_null(u.password);
    assert_false(u.tls);
    u = read_url(c, "rediss://10.0.0.7:6380/15");
    assert_string_equal(u.host, "10.0.0.7");
    assert_int_equal(u.port, 6380);
    assert_int_equal(u.database, 15);
    assert_true(u.tls);
    assert_string_equal(read_url(c, "redis://[2001:DB8::1]:7000/").host, "2001:db8::1");
    assert_string_equal(read_url(c, "redis://redis_1:6379").host, "redis_1");
}

static void a_socket_has_a_path_and_perhaps_a_database(void **state)
{
    struct ctx *c = *state;
    struct redis_url u = read_url(c, "unix:///run/redis/redis.sock");
    assert_string_equal(u.path, "/run/redis/redis.sock");
    assert_null(u.host);
    u = read_url(c, "redis+unix://ada:p%40ss@/run/my%20redis?db=3");
    assert_string_equal(u.path, "/run/my redis");
    assert_string_equal(u.user, "ada");
    assert_string_equal(u.password, "p@ss");
    assert_int_equal(u.database, 3);
}

static void user_and_password_stand_before_the_host(void **state)
{
    struct ctx *c = *state;
    struct redis_url u = read_url(c, "redis://:s3cret@h");
    assert_null(u.user);
    assert_string_equal(u.password, "s3cret");
    u = read_url(c, "redis://ada:a%2Fb%3Ac%25@h/1");
    assert_string_equal(u.user, "ada");
    assert_string_equal(u.password, "a/b:c%");
    assert_string_equal(read_url(c, "redis://ada:+=&;@h").password, "+=&;");
}

static void what_is_written_wrongly_is_refused_and_not_shown(void **state)
{
    struct ctx *c = *state;
    static const char *const wrong[] = {
        "http://h",
        "redis:h",
        "redis://",
        "redis:///0",
        "redis://CANARY@h",
        "redis://CANARY:@h",
        "redis://:@h",
        "redis://ada:CANARY/@h",
        "redis://ada:CAN@ARY@h",
        "redis://ada:CANARY%2@h",
        "redis://ada:CANARY%00@h",
        "redis://ada:CANARY%ff@h",
        "redis://ada:CANARY:x@h",
        "redis://ada CANARY:x@h",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:CANARY",
        "redis://h/CANARY",
        "redis://h/-1",
        "redis://h/01",
        "redis://h/65536",
        "redis://h/0/1",
        "redis://h?db=0",
        "redis://h#0",
        "redis://h/0?ssl_cert_reqs=none",
        "redis://1.2.3",
        "redis://[::1",
        "redis://h.",
        "unix://",
        "unix:///",
        "unix://run/redis.sock",
        "unix:///run/redis.sock?db=",
        "unix:///run/redis.sock?db=x",
        "unix:///run/redis.sock?password=CANARY",
        "unix:///run/redis.sock#1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_null(strstr(refused(c, wrong[i]), "CANARY"));
    char longest[128];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "unix:///", 8);
    longest[sizeof longest - 1] = '\0';
    (void)refused(c, longest);
}

static void several_servers_are_refused_with_a_word_about_clusters(void **state)
{
    assert_non_null(strstr(refused(*state, "redis://a:6379,b:6379"), "Sentinel"));
}

static void what_stays_on_this_machine_is_known(void **state)
{
    struct ctx *c = *state;
    static const char *const here[] = { "unix:///run/redis.sock", "redis://localhost",
                                        "redis://127.1.2.3", "redis://[::1]" };
    static const char *const elsewhere[] = { "redis://10.0.0.1", "redis://127.example.com",
                                             "redis://localhost.example.com", "redis://redis" };
    for (size_t i = 0; i < 4; i++) {
        struct redis_url u = read_url(c, here[i]);
        assert_true(redis_url_is_here(&u));
        u = read_url(c, elsewhere[i]);
        assert_false(redis_url_is_here(&u));
    }
}

/* ---- what a server says of itself ---- */

static err checked(struct ctx *c, const char *info)
{
    struct redis_facts facts;
    fault_clear(c);
    redis_facts_read(c, info, &facts);
    return redis_facts_check(c, &facts);
}

#define SINGLE "redis_version:7.0.15\r\nredis_mode:standalone\r\n"

static void a_server_of_its_own_is_used(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(checked(c, "# Server\r\n" SINGLE "role:master\r\nloading:0\r\n").code, ERR_OK);
    assert_int_equal(checked(c, "redis_version:10.1\n").code, ERR_OK);
}

static void what_is_none_to_use_is_told_apart_from_what_passes(void **state)
{
    struct ctx *c = *state;
    static const char *const never[] = {
        "",
        "nothing",
        "redis_version:5.0.14\r\n",
        "redis_version:x\r\n",
        "redis_version:\r\n",
        "redis_version:7.0\r\nredis_mode:sentinel\r\n",
        SINGLE "cluster_enabled:1\r\n",
        "redis_version:7.0\r\nredis_mode:cluster\r\n",
        /* a name that only ends in the one that is meant */
        "x_redis_version:7.0\r\n",
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_int_equal(checked(c, never[i]).code, ERR_INVALID_FIELD);
    assert_int_equal(checked(c, SINGLE "role:slave\r\n").code, ERR_UNAVAILABLE);
    assert_int_equal(checked(c, SINGLE "loading:1\r\n").code, ERR_UNAVAILABLE);
}

static void eviction_is_seen(void **state)
{
    struct ctx *c = *state;
    struct redis_facts facts;
    redis_facts_read(c, "maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n", &facts);
    assert_true(facts.may_evict);
    assert_string_equal(facts.evicts_what, "allkeys-lru");
    redis_facts_read(c, "maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n", &facts);
    assert_false(facts.may_evict);
    redis_facts_read(c, "maxmemory:1000\r\nmaxmemory_policy:noeviction\r\n", &facts);
    assert_false(facts.may_evict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_server_has_a_host_and_perhaps_a_port_and_a_database),
        TEST(a_socket_has_a_path_and_perhaps_a_database),
        TEST(user_and_password_stand_before_the_host),
        TEST(what_is_written_wrongly_is_refused_and_not_shown),
        TEST(several_servers_are_refused_with_a_word_about_clusters),
        TEST(what_stays_on_this_machine_is_known),
        TEST(a_server_of_its_own_is_used),
        TEST(what_is_none_to_use_is_told_apart_from_what_passes),
        TEST(eviction_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
