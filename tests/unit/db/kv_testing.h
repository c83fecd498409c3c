/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_KV_TESTING_H
#define UAUTH_TESTS_UNIT_DB_KV_TESTING_H

/*
 * A store of short-lived values for each test: in memory, or, where UAUTH_TEST_REDIS names the
 * socket of a Redis server, in there (tests/redis.sh starts one, script/test redis too).  It begins
 * empty.
 */

#include "base/time.h"
#include "db/kv_memory.h"
#include "tests/unit/db/db_testing.h"

struct store {
    struct kv *kv;
    struct ctx *c; /* of the test's own thread */
};

static inline const char *redis_socket(void)
{
    const char *socket = getenv("UAUTH_TEST_REDIS");
    return socket == NULL || socket[0] == '\0' ? NULL : socket;
}

static inline bool is_on_redis(void)
{
    return redis_socket() != NULL;
}

/* Runs a program of the system, and takes what it prints. */
static inline void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void shell(const char *format, ...)
{
    char command[4096];
    char printed[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(command, sizeof command, format, args);
    va_end(args);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    while (fgets(printed, sizeof printed, output) != NULL)
        if (strstr(printed, "ERR") != NULL)
            fail_msg("%s: %s", command, printed);
    assert_int_equal(pclose(output), 0);
}

/* As if each key had been there for longer: counters hold a moment, and all expire. */
static const char lua_age[] =
    "for _, key in ipairs(redis.call('KEYS', '*')) do"
    " local left = redis.call('PTTL', key) - ARGV[1] * 1000;"
    " if left < 1 then redis.call('DEL', key)"
    " elseif string.match(key, '^uauth:limit') or string.match(key, '^uauth:throttle') then"
    " local at = redis.call('GET', key) - ARGV[1] * 1000000;"
    " redis.call('SET', key, string.format('%.0f', at), 'PX', left)"
    " else redis.call('PEXPIRE', key, left) end end";

static inline void store_pass_seconds(struct store *s, int64_t seconds)
{
    s->c->now += seconds;
    if (is_on_redis())
        shell("redis-cli -s %s eval \"%s\" 0 %lld", redis_socket(), lua_age, (long long)seconds);
}

static inline struct ctx *store_worker(struct kv *kv)
{
    struct ctx *c = worker_begin(NULL);
    c->kv = kv;
    return c;
}

static inline int store_set_up(void **state)
{
    struct store *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->c = worker_begin(NULL);
    if (is_on_redis())
        shell("redis-cli -s %s flushall", redis_socket());
    const char *url = is_on_redis() ? text_printf(s->c->arena, "unix://%s", redis_socket()) : "";
    succeeds(s->c, kv_open(s->c, url, &s->kv));
    s->c->kv = s->kv;
    succeeds(s->c, kv_check(s->c));
    *state = s;
    return 0;
}

static inline int store_tear_down(void **state)
{
    struct store *s = *state;
    struct kv_figures figures;
    kv_figures(s->kv, &figures);
    /* What was tested was the server, not what stands in for it. */
    assert_int_equal(figures.local, 0);
    assert_int_equal(figures.failures, 0);
    kv_close(s->kv);
    worker_end(s->c);
    free(s);
    return 0;
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

#endif
