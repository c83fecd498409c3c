/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ME-14, ME-17, R-12: somebody who is taken for a Redis server and answers wrongly, late, or
 * without an end.  What is asked is answered by the node itself then, in time.
 */
#include "base/config.h"
#include "db/redis_pool.h"
#include "tests/unit/db/kv_testing.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { LONG = 1000000, TAG = 16, ASKED_BYTES = 4096 };

#define INFO "# Server\r\nredis_version:7.0.15\r\nrole:master\r\n"
static const char greeting[] = "$45\r\n" INFO "\r\n$16\r\n@\r\n";

/* How it answers; `@` stands for the number that the caller wants to have back. */
struct manner {
    const char *greeting, *answer; /* NULL: not at all */
    const char *late;              /* what it adds after a moment, unasked */
    bool drips;                    /* a byte in 20 ms */
    bool endless;                  /* the answer again and again */
    bool ends;                     /* the connection behind it */
};

struct fake {
    char path[64];
    int listener;
    struct manner manner;
    pthread_t thread;
    _Atomic int connections;
    atomic_bool over;
    struct kv *kv;
    struct ctx *c;
};

/* ---- the other side ---- */

/* Waits for something that ends in a number, and finds that. */
static bool hear(const struct fake *f, int fd, char tag[static TAG])
{
    char asked[ASKED_BYTES];
    size_t n = 0;
    while (!f->over) {
        struct pollfd at = { .fd = fd, .events = POLLIN };
        if (poll(&at, 1, 20) == 0)
            continue;
        ssize_t got = read(fd, asked + n, sizeof asked - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        const char *echo = n < 24 ? NULL : memmem(asked, n, "ECHO\r\n$16\r\n", 11);
        if (echo == NULL || (size_t)(asked + n - echo) < 11 + TAG + 2)
            continue;
        memcpy(tag, echo + 11, TAG);
        return true;
    }
    return false;
}

static void say(struct fake *f, int fd, const char *template, const char tag[static TAG])
{
    const struct manner *m = &f->manner;
    for (const char *at = template; at != NULL && *at != '\0'; at++) {
        const char *what = *at == '@' ? tag : at;
        if (send(fd, what, *at == '@' ? TAG : 1, MSG_NOSIGNAL) < 0 || f->over)
            return;
        if (m->drips && template == m->answer)
            (void)usleep(20000);
    }
}

static void serve(struct fake *f, int fd)
{
    const struct manner *m = &f->manner;
    char tag[TAG];
    if (!hear(f, fd, tag))
        return;
    say(f, fd, m->greeting, tag);
    while (hear(f, fd, tag)) {
        do
            say(f, fd, m->answer, tag);
        while (m->endless && !f->over && poll(&(struct pollfd){ fd, POLLHUP, 0 }, 1, 0) == 0);
        if (m->ends)
            return;
        if (m->late != NULL)
            (void)usleep(20000);
        say(f, fd, m->late, tag);
    }
}

static void *be_a_server(void *arg)
{
    struct fake *f = arg;
    while (!f->over) {
        struct pollfd at = { .fd = f->listener, .events = POLLIN };
        if (poll(&at, 1, 20) <= 0)
            continue;
        int fd = accept(f->listener, NULL, NULL);
        if (fd < 0)
            continue;
        f->connections++;
        serve(f, fd);
        (void)close(fd);
    }
    return NULL;
}

/* ---- this side ---- */

static void fake_open(struct fake *f, struct manner manner)
{
    struct ctx *c = f->c;
    f->manner = manner;
    f->over = false;
    f->connections = 0;
    assert_int_equal(pthread_create(&f->thread, NULL, be_a_server, f), 0);
    OK(kv_open(c, text_printf(c->arena, "unix://%s", f->path), &f->kv));
    c->kv = f->kv;
}

static void fake_close(struct fake *f)
{
    f->over = true;
    assert_int_equal(pthread_join(f->thread, NULL), 0);
    kv_close(f->kv);
    f->kv = NULL;
}

static int fake_set_up(void **state)
{
    struct fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->path, sizeof f->path, "/tmp/uauth-hostile-%d", (int)getpid());
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, f->path, sizeof f->path);
    (void)unlink(f->path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(f->listener, 16), 0);
    f->c = worker_begin(NULL);
    *state = f;
    return 0;
}

static int fake_tear_down(void **state)
{
    struct fake *f = *state;
    (void)close(f->listener);
    (void)unlink(f->path);
    worker_end(f->c);
    free(f);
    return 0;
}

#define FAKE_TEST(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

/* Of ten takes at a limit of four two pass, in time: the node has counted by itself. */
static void expect_local(struct fake *f, struct manner manner)
{
    struct ctx *c = f->c;
    struct kv_taken out;
    struct kv_figures figures;
    int n = 0;
    fake_open(f, manner);
    int64_t begun = time_monotonic_ms();
    for (int i = 0; i < 10; i++) {
        OK(kv_take(c, KV_KEY(c, KV_LIMIT, "a"), (struct kv_rate){ 4, LONG }, 1, &out));
        n += out.allowed;
    }
    assert_true(time_monotonic_ms() - begun < REDIS_OPEN_MS + REDIS_CALL_MS + 250);
    assert_int_equal(n, 2);
    assert_int_equal(c->fault.code, ERR_OK);
    kv_figures(c->kv, &figures);
    assert_int_equal(figures.local, 10);
    fake_close(f);
}

/* The first take of four. */
static const char whole[] = "*3\r\n:1000000\r\n:1000000\r\n:250001000000\r\n$16\r\n@\r\n";

/* What the other tests change. */
static void who_answers_rightly_is_believed(void **state)
{
    struct fake *f = *state;
    struct ctx *c = f->c;
    struct kv_taken out;
    fake_open(f, (struct manner){ .greeting = greeting, .answer = whole });
    for (int i = 0; i < 10; i++) {
        OK(kv_take(c, KV_KEY(c, KV_LIMIT, "a"), (struct kv_rate){ 4, LONG }, 1, &out));
        assert_true(out.allowed);
        assert_int_equal(out.remaining, 3);
    }
    fake_close(f);
}

/* ME-17 */
static void who_greets_wrongly_is_not_used(void **state)
{
    static const char *const wrong[] = {
        "",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "\r\n",
        "*2147483647\r\n",
        "*-2\r\n",
        "*9\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n$16\r\n@\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        "$2147483647\r\nx",
        "$99999999999999999999\r\nx",
        "$-5\r\n",
        "$3\r\nabcdef",
        ":99999999999999999999\r\n$16\r\n@\r\n",
        "+OK\r\n$16\r\n@\r\n",
        "$0\r\n\r\n$16\r\n@\r\n",
        "-ERR max number of clients reached\r\n",
        "-DENIED Redis is running in protected mode\r\n",
        "$45\r\n" INFO "\r\n$16\r\n0123456789abcdef\r\n",
        "$45\r\n" INFO "\r\n-NOAUTH\r\n",
        "$45\r\n" INFO "\r\n$16\r\n@\r\n+more\r\n",
        "$45\r\n" INFO "\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_local(*state, (struct manner){ .greeting = wrong[i], .ends = true });
}

/* ME-17 */
static void who_answers_wrongly_is_not_believed(void **state)
{
    static const char *const wrong[] = {
        "+OK\r\n$16\r\n@\r\n",
        ":1\r\n$16\r\n@\r\n",
        "$-1\r\n$16\r\n@\r\n",
        "*-1\r\n$16\r\n@\r\n",
        "*0\r\n$16\r\n@\r\n",
        "*3\r\n:1\r\n:1\r\n+1\r\n$16\r\n@\r\n",
        "*3\r\n:1\r\n:1\r\n*0\r\n$16\r\n@\r\n",
        "*2\r\n:1\r\n:1\r\n$16\r\n@\r\n",
        "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n$16\r\n@\r\n",
        /* it lets everybody pass, or nobody */
        "*3\r\n:5000000\r\n:5000000\r\n:5000000\r\n$16\r\n@\r\n",
        "*3\r\n:0\r\n:5000000\r\n:9000000000000000000\r\n$16\r\n@\r\n",
        "-OOM command not allowed\r\n$16\r\n@\r\n",
        "-MOVED 3999 127.0.0.1:6381\r\n$16\r\n@\r\n",
        "-NOSCRIPT no\r\n$16\r\n@\r\n",
        "-READONLY You can't write against a read only replica.\r\n$16\r\n@\r\n",
        "*1000000000\r\n",
        "\xff\xfe\xfd",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_local(*state, (struct manner){ .greeting = greeting, .answer = wrong[i] });
}

/* ME-14: the same numbers, in answer to something else. */
static void an_answer_to_another_call_is_not_taken(void **state)
{
    static const char *const wrong[] = {
        "*3\r\n:1000000\r\n:1000000\r\n:250001000000\r\n$16\r\n0123456789abcdef\r\n",
        "*3\r\n:1000000\r\n:1000000\r\n:250001000000\r\n$15\r\n@\r\n",
        "*3\r\n:1000000\r\n:1000000\r\n:250001000000\r\n+@\r\n+@\r\n",
        "$16\r\n@\r\n*3\r\n:1000000\r\n:1000000\r\n:250001000000\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect_local(*state, (struct manner){ .greeting = greeting, .answer = wrong[i] });
}

static void silence_and_drops_and_floods_end_in_time(void **state)
{
    struct fake *f = *state;
    expect_local(f, (struct manner){ .greeting = NULL });
    expect_local(f, (struct manner){ .greeting = greeting, .answer = NULL });
    expect_local(f, (struct manner){ .greeting = greeting, .answer = whole, .drips = true });
    expect_local(f, (struct manner){ .greeting = greeting, .answer = "*3\r\n:10", .ends = true });
    expect_local(
        f, (struct manner){ .greeting = greeting, .answer = "xxxxxxxxxxxxxxx", .endless = true });
    expect_local(f,
                 (struct manner){ .greeting = greeting,
                                  .endless = true,
                                  .answer = "$2000000\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" });
}

/* ME-17: what is longer than any answer is not waited for, nor kept. */
static void an_answer_that_is_too_long_is_given_up(void **state)
{
    struct fake *f = *state;
    struct ctx *c = f->c;
    fake_open(f, (struct manner){ .greeting = greeting,
                                  .endless = true,
                                  .answer = "$20000000\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" });
    err checked = kv_check(c);
    assert_non_null(strstr(c->fault.text, "longer than"));
    REFUSED(checked, UNAVAILABLE);
    fake_close(f);
}

/* ME-14: what comes unasked is never the answer to what is asked next. */
static void a_connection_that_spoke_unasked_is_not_used_again(void **state)
{
    struct fake *f = *state;
    struct ctx *c = f->c;
    struct kv_figures figures;
    fake_open(f, (struct manner){ .greeting = greeting, .answer = "+PONG\r\n$16\r\n@\r\n" });
    OK(kv_check(c));
    OK(kv_check(c));
    assert_int_equal(f->connections, 1);
    fake_close(f);
    fake_open(f, (struct manner){ .greeting = greeting,
                                  .answer = "+PONG\r\n$16\r\n@\r\n",
                                  .late = "+PONG\r\n$16\r\n@\r\n" });
    OK(kv_check(c));
    (void)usleep(60000);
    OK(kv_check(c));
    assert_int_equal(f->connections, 2);
    kv_figures(c->kv, &figures);
    assert_int_equal(figures.failures, 0);
    fake_close(f);
}

static void a_value_that_is_too_long_or_no_text_is_not_taken(void **state)
{
    struct fake *f = *state;
    struct ctx *c = f->c;
    const char *value = "x";
    char *answer = arena_alloc(c->arena, KV_VALUE_MAX + 64);
    int n = sprintf(answer, "$%d\r\n", KV_VALUE_MAX + 1);
    memset(answer + n, 'x', KV_VALUE_MAX + 1);
    (void)sprintf(answer + n + KV_VALUE_MAX + 1, "\r\n$16\r\n@\r\n");
    const char *const answers[] = { answer, ":1\r\n$16\r\n@\r\n", "+OK\r\n$16\r\n@\r\n" };
    for (size_t i = 0; i < 3; i++) {
        fake_open(f, (struct manner){ .greeting = greeting, .answer = answers[i] });
        OK(kv_get(c, KV_KEY(c, KV_DOCUMENT, "a"), &value));
        assert_null(value);
        fake_close(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAKE_TEST(who_answers_rightly_is_believed),
        FAKE_TEST(who_greets_wrongly_is_not_used),
        FAKE_TEST(who_answers_wrongly_is_not_believed),
        FAKE_TEST(an_answer_to_another_call_is_not_taken),
        FAKE_TEST(silence_and_drops_and_floods_end_in_time),
        FAKE_TEST(an_answer_that_is_too_long_is_given_up),
        FAKE_TEST(a_connection_that_spoke_unasked_is_not_used_again),
        FAKE_TEST(a_value_that_is_too_long_or_no_text_is_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
