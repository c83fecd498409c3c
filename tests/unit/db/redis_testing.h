/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_DB_REDIS_TESTING_H
#define UAUTH_TESTS_UNIT_DB_REDIS_TESTING_H

/*
 * A Redis server that belongs to one test, so that it can be stopped, frozen and filled, and the
 * store of a node on it.  Only where UAUTH_TEST_REDIS says that there is a Redis to test with.
 */

#include "base/config.h"
#include "db/kv_redis.h"
#include "db/redis_pool.h"
#include "tests/unit/db/kv_testing.h"

#include <signal.h>

enum { BACK_WITHIN_MS = 3000, MINUTE = 60, LONG = 1000000 };

struct redis {
    char folder[64];
    struct config config; /* of the nodes */
    struct kv *kv;        /* of one node */
    struct ctx *c;
};

static inline struct redis *redis_of(void **state)
{
    return *state;
}

static inline struct ctx *ctx_of(void **state)
{
    return redis_of(state)->c;
}

/* Starts it, or starts it again; `settings` ("name=value ...") hold until it is stopped. */
static inline void redis_start(const struct redis *r, const char *settings)
{
    shell("%s/tests/redis.sh start %s %s", SOURCE_ROOT, r->folder, settings);
}

static inline void redis_stop(const struct redis *r)
{
    shell("%s/tests/redis.sh stop %s", SOURCE_ROOT, r->folder);
}

/* What redis-cli does. */
static inline void redis_do(const struct redis *r, const char *command)
{
    shell("redis-cli -s %s/socket %s", r->folder, command);
}

static inline void redis_signal(const struct redis *r, int signal)
{
    shell("kill -%d $(cat %s/pid)", signal, r->folder);
}

static inline long redis_port(const struct redis *r)
{
    char path[96];
    char text[16] = "";
    (void)snprintf(path, sizeof path, "%s/port", r->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    return strtol(text, NULL, 10);
}

/* The node's store is closed, and opened again as `url` says. */
static inline void node_open_url(struct redis *r, const char *url)
{
    struct ctx *c = r->c;
    kv_close(r->kv);
    OK(kv_open(c, url, &r->kv));
    c->kv = r->kv;
}

static inline void node_open(struct redis *r)
{
    node_open_url(r, text_printf(r->c->arena, "unix://%s/socket", r->folder));
}

static inline struct kv_figures figures_of(const struct redis *r)
{
    struct kv_figures figures;
    kv_figures(r->kv, &figures);
    return figures;
}

static inline int redis_set_up_bare(void **state)
{
    struct redis *r = calloc(1, sizeof *r);
    assert_non_null(r);
    (void)snprintf(r->folder, sizeof r->folder, "/tmp/uauth-redis-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    r->config.outbound_ca = r->config.redis_cert = r->config.redis_key = "";
    r->c = worker_begin(NULL);
    r->c->config = &r->config;
    *state = r;
    return 0;
}

static inline int redis_set_up(void **state)
{
    assert_int_equal(redis_set_up_bare(state), 0);
    redis_start(redis_of(state), "");
    node_open(redis_of(state));
    return 0;
}

static inline int redis_tear_down(void **state)
{
    struct redis *r = *state;
    kv_close(r->kv);
    worker_end(r->c);
    shell("%s/tests/redis.sh remove %s", SOURCE_ROOT, r->folder);
    free(r);
    return 0;
}

#define REDIS_TEST(name) cmocka_unit_test_setup_teardown(name, redis_set_up, redis_tear_down)

/* Whether there is a Redis to test with; says so if not. */
static inline bool redis_is_given(void)
{
    if (is_on_redis())
        return true;
    (void)printf("1..1\nok 1 - Redis # SKIP no server is given: script/test redis\n");
    return false;
}

/* ---- what a node does ---- */

static inline struct kv_taken taken(struct ctx *c, const char *name, struct kv_rate rate,
                                    int64_t cost)
{
    struct kv_taken out;
    OK(kv_take(c, KV_KEY(c, KV_LIMIT, name), rate, cost, &out));
    return out;
}

/* How many of `tries` pass. */
static inline int passed(struct ctx *c, const char *name, struct kv_rate rate, int tries)
{
    int n = 0;
    for (int i = 0; i < tries; i++)
        n += taken(c, name, rate, 1).allowed;
    return n;
}

static inline bool is_away(struct ctx *c)
{
    bool away = kv_check(c).code != ERR_OK;
    fault_clear(c);
    return away;
}

/* Waits until the server is used again; how long that takes. */
static inline int64_t until_back(struct ctx *c)
{
    int64_t begun = time_monotonic_ms();
    while (is_away(c)) {
        assert_true(time_monotonic_ms() - begun < 10000);
        (void)usleep(20000);
    }
    return time_monotonic_ms() - begun;
}

#endif
