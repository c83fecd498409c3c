/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A name that changes what it stands for between the look and the call: getaddrinfo of the C
 * library is this program's own here, for libcurl, too.
 */
#include "net/http_client.h"

#include "base/config.h"
#include "base/text.h"
#include "net/resolver.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* What the name says the first time, and ever after. */
static const char *first_answer, *next_answer;

/* What it says beside the first time, or NULL. */
static const char *also;
static atomic_int asked;

/* Where the list ends. */
static struct addrinfo **last_of(struct addrinfo *first)
{
    struct addrinfo **at = &first->ai_next;
    while (*at != NULL)
        at = &(*at)->ai_next;
    return at;
}

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **out)
{
    look_up *real = NULL;
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&real, &found, sizeof real);
    if (name == NULL || strcmp(name, "changes.test") != 0)
        return real(name, service, hints, out);
    if (atomic_fetch_add(&asked, 1) > 0)
        return real(next_answer, service, hints, out);
    int done = real(first_answer, service, hints, out);
    return done != 0 || also == NULL ? done : real(also, service, hints, last_of(*out));
}

struct world {
    struct arena *arena;
    struct config config;
    struct ctx c;
    struct resolver *resolver;
};

static int set_up(void **state)
{
    static struct world w;
    w = (struct world){ .arena = arena_new(ARENA_REQUEST_CEILING) };
    w.config.outbound_ca = "";
    w.c = (struct ctx){ .arena = w.arena, .config = &w.config, .now = 1700000000 };
    w.resolver = resolver_new(1);
    atomic_store(&asked, 0);
    also = NULL;
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    resolver_free(w->resolver);
    arena_end(w->arena);
    return 0;
}

static err call(struct world *w, const char *url, enum outbound_origin origin)
{
    struct http_answer answer;
    const struct http_call call = {
        .method = "GET", .url = url, .origin = origin, .answer_max = 1024, .limit_ms = 500
    };
    return http_call(&w->c, w->resolver, &call, &answer);
}

/* SR-04: it was public when it was looked at, and the call goes there or nowhere. */
static void the_address_that_was_checked_is_called(void **state)
{
    struct world *w = *state;
    first_answer = "192.0.2.1";
    next_answer = "127.0.0.1";
    err done = call(w, "https://changes.test/", OUTBOUND_FOREIGN);
    assert_int_not_equal(done.code, ERR_OK);
    assert_int_equal(atomic_load(&asked), 1);
}

static void an_address_inside_is_refused_before_the_call(void **state)
{
    struct world *w = *state;
    first_answer = "127.0.0.1";
    next_answer = "203.0.113.1";
    assert_int_equal(call(w, "https://changes.test/", OUTBOUND_FOREIGN).code, ERR_FORBIDDEN);
    assert_int_equal(atomic_load(&asked), 1);
}

/* SR-02, SR-04: of a name that stands for more than one address none is called if one is inside,
 * in whatever form. */
static void one_address_inside_is_enough(void **state)
{
    struct world *w = *state;
    static const char *const inside[] = {
        "10.0.0.1", "127.0.0.1",       "169.254.169.254", "::1",          "fe80::1",
        "fd00::1",  "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"
    };
    static const char abroad[] = "20.190.128.1";
    next_answer = abroad;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        atomic_store(&asked, 0);
        fault_clear(&w->c);
        first_answer = abroad;
        also = inside[i];
        assert_int_equal(call(w, "https://changes.test/", OUTBOUND_FOREIGN).code, ERR_FORBIDDEN);
        atomic_store(&asked, 0);
        fault_clear(&w->c);
        first_answer = inside[i];
        also = abroad;
        assert_int_equal(call(w, "https://changes.test/", OUTBOUND_FOREIGN).code, ERR_FORBIDDEN);
    }
}

/* SR-04: a server at the address that the name has later hears nothing. */
static void nobody_else_is_connected_to(void **state)
{
    struct world *w = *state;
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.2", &at.sin_addr), 1);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    first_answer = "127.0.0.3";
    next_answer = "127.0.0.2";
    const char *url =
        text_printf(w->arena, "http://changes.test:%u/", (unsigned)ntohs(at.sin_port));
    assert_int_equal(call(w, url, OUTBOUND_CONFIGURED).code, ERR_UPSTREAM);
    assert_int_equal(accept(listener, NULL, NULL), -1);
    assert_int_equal(atomic_load(&asked), 1);
    (void)close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_address_that_was_checked_is_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_inside_is_refused_before_the_call, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_else_is_connected_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_address_inside_is_enough, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
