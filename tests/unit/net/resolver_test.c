/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that are not answered: getaddrinfo of the C library is this program's own here, and
 * keeps those that begin with "stuck" until they are let go.
 */
#include "net/resolver.h"

#include "base/text.h"
#include "base/time.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { HTTPS = 443, LONG_MS = 20000, SHORT_MS = 100, SOON_MS = 5000, CROWD = 8 };

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static atomic_bool stuck;
static atomic_int begun, looked_up, left, refused;

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    look_up *real = NULL;
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &found, sizeof real);
    if (strncmp(name, "left", 4) == 0)
        (void)atomic_fetch_add(&left, 1);
    (void)atomic_fetch_add(&begun, 1);
    while (strncmp(name, "stuck", 5) == 0 && atomic_load(&stuck))
        (void)usleep(1000);
    (void)atomic_fetch_add(&looked_up, 1);
    return real("127.0.0.1", service, hints, out);
}

/* ---- who asks ---- */

struct asker {
    pthread_t thread;
    struct resolver *resolver;
    char name[32];
    int64_t limit_ms;
    enum err_code code;
};

static void *ask(void *arg)
{
    struct asker *a = arg;
    struct arena *arena = arena_new(0);
    struct ctx c = { .arena = arena };
    struct resolved found;
    int64_t until = time_monotonic_ms() + a->limit_ms;
    a->code = resolver_find(&c, a->resolver, a->name, HTTPS, until, &found).code;
    if (a->code != ERR_OK)
        (void)atomic_fetch_add(&refused, 1);
    if (a->code == ERR_OK && found.n == 0)
        a->code = ERR_INTERNAL;
    arena_end(arena);
    return NULL;
}

static enum err_code asked(struct resolver *r, const char *name, int64_t limit_ms)
{
    struct asker a = { .resolver = r, .limit_ms = limit_ms };
    (void)snprintf(a.name, sizeof a.name, "%s", name);
    (void)ask(&a);
    return a.code;
}

/* Many at once, for "PREFIX0", "PREFIX1", or, without `each`, all for "PREFIX". */
static void begin(struct asker *askers, size_t n, const struct asker *as, bool each)
{
    for (size_t i = 0; i < n; i++) {
        askers[i] = *as;
        if (each)
            (void)snprintf(askers[i].name, sizeof askers[i].name, "%.20s%zu", as->name, i);
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
}

/* How many of them had `code`. */
static size_t end(struct asker *askers, size_t n, enum err_code code)
{
    size_t with = 0;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
        with += askers[i].code == code;
    }
    return with;
}

static void wait_until(const atomic_int *counted, int n)
{
    int64_t until = time_monotonic_ms() + LONG_MS;
    while (atomic_load(counted) < n && time_monotonic_ms() < until)
        (void)usleep(1000);
    assert_int_equal(atomic_load(counted), n);
}

static int set_up(void **state)
{
    (void)state;
    atomic_store(&stuck, true);
    atomic_store(&begun, 0);
    atomic_store(&looked_up, 0);
    atomic_store(&left, 0);
    atomic_store(&refused, 0);
    return 0;
}

/* ---- tests ---- */

static void a_name_is_looked_up_once_for_all_who_ask(void **state)
{
    (void)state;
    struct resolver *r = resolver_new(RESOLVER_THREADS);
    struct asker askers[CROWD];
    begin(askers, CROWD, &(struct asker){ .resolver = r, .name = "stuck", .limit_ms = LONG_MS },
          false);
    wait_until(&begun, 1);
    assert_int_equal(asked(r, "stuck", SHORT_MS), ERR_UPSTREAM);
    atomic_store(&stuck, false);
    assert_int_equal(end(askers, CROWD, ERR_OK), CROWD);
    assert_int_equal(atomic_load(&looked_up), 1);
    resolver_free(r);
}

/* */
static void a_name_that_nobody_answers_for_holds_up_no_other(void **state)
{
    (void)state;
    struct resolver *r = resolver_new(RESOLVER_THREADS);
    struct asker askers[RESOLVER_THREADS - 1];
    begin(askers, RESOLVER_THREADS - 1,
          &(struct asker){ .resolver = r, .name = "stuck", .limit_ms = SHORT_MS }, true);
    wait_until(&begun, RESOLVER_THREADS - 1);
    assert_int_equal(asked(r, "quick", SOON_MS), ERR_OK);
    assert_int_equal(end(askers, RESOLVER_THREADS - 1, ERR_UPSTREAM), RESOLVER_THREADS - 1);
    assert_int_equal(asked(r, "quick", SOON_MS), ERR_OK);
    atomic_store(&stuck, false);
    resolver_free(r);
}

static void what_nobody_waits_for_any_longer_is_not_looked_up(void **state)
{
    (void)state;
    struct resolver *r = resolver_new(1);
    struct asker askers[CROWD];
    assert_int_equal(asked(r, "stuck", SHORT_MS), ERR_UPSTREAM);
    begin(askers, CROWD, &(struct asker){ .resolver = r, .name = "left", .limit_ms = SHORT_MS },
          true);
    assert_int_equal(end(askers, CROWD, ERR_UPSTREAM), CROWD);
    atomic_store(&stuck, false);
    assert_int_equal(asked(r, "quick", SOON_MS), ERR_OK);
    assert_int_equal(atomic_load(&left), 0);
    resolver_free(r);
}

static void more_than_may_wait_are_refused_at_once(void **state)
{
    (void)state;
    struct resolver *r = resolver_new(1);
    struct asker askers[RESOLVER_QUEUE_MAX + CROWD];
    begin(askers, RESOLVER_QUEUE_MAX + CROWD,
          &(struct asker){ .resolver = r, .name = "stuck", .limit_ms = LONG_MS }, true);
    wait_until(&refused, CROWD);
    atomic_store(&stuck, false);
    assert_int_equal(end(askers, RESOLVER_QUEUE_MAX + CROWD, ERR_OK), RESOLVER_QUEUE_MAX);
    assert_int_equal(asked(r, "quick", SOON_MS), ERR_OK);
    resolver_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_name_is_looked_up_once_for_all_who_ask, set_up),
        cmocka_unit_test_setup(a_name_that_nobody_answers_for_holds_up_no_other, set_up),
        cmocka_unit_test_setup(what_nobody_waits_for_any_longer_is_not_looked_up, set_up),
        cmocka_unit_test_setup(more_than_may_wait_are_refused_at_once, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
