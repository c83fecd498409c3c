/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that we are the client of and that mean ill, by HTTP and by SMTP: a call fails in its
 * time or brings an answer within its bounds, whatever bytes come back; nothing breaks.
 */
#include "base/config.h"
#include "base/random.h"
#include "base/time.h"
#include "net/http_client.h"
#include "net/mail.h"
#include "net/resolver.h"
#include "tests/unit/base/testing.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { ANSWER_MAX = 1024, LIMIT_MS = 1000, LATE_MS = 5000, ROUNDS = 120 };

struct upstream {
    int listener;
    unsigned port;
    struct bytes answers[8]; /* one after each thing heard; `greets`: the first before */
    size_t n;
    bool greets;
    atomic_int fd; /* of the one that calls; -1: none yet */
    pthread_t thread;
};

static void *serve(void *arg)
{
    struct upstream *u = arg;
    char heard[4096];
    int fd = accept(u->listener, NULL, NULL);
    size_t next = 0;
    u->fd = fd;
    if (u->greets && u->n > 0)
        (void)!send(fd, u->answers[next].at, u->answers[next].n, MSG_NOSIGNAL), next++;
    while (next < u->n && recv(fd, heard, sizeof heard, 0) > 0) {
        (void)!send(fd, u->answers[next].at, u->answers[next].n, MSG_NOSIGNAL);
        next++;
    }
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, heard, sizeof heard, 0) > 0)
        continue;
    return NULL;
}

static void upstream_start(struct upstream *u)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    u->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(u->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(u->listener, 1), 0);
    assert_int_equal(getsockname(u->listener, (struct sockaddr *)&at, &size), 0);
    u->port = ntohs(at.sin_port);
    u->fd = -1;
    assert_int_equal(pthread_create(&u->thread, NULL, serve, u), 0);
}

static void upstream_end(struct upstream *u)
{
    (void)shutdown(u->listener, SHUT_RDWR);
    if (u->fd >= 0)
        (void)shutdown(u->fd, SHUT_RDWR);
    assert_int_equal(pthread_join(u->thread, NULL), 0);
    if (u->fd >= 0)
        (void)close(u->fd);
    (void)close(u->listener);
}

struct caller {
    struct config config;
    struct ctx *c;
    struct resolver *resolver;
    struct random *random;
};

static int set_up_caller(void **state)
{
    struct caller *caller = calloc(1, sizeof *caller);
    void *c = NULL;
    if (caller == NULL || set_up(&c) != 0)
        return 1;
    caller->c = c;
    caller->config.outbound_ca = "";
    caller->c->config = &caller->config;
    caller->resolver = resolver_new(1);
    caller->random = random_seeded(caller->c->arena, 1717);
    *state = caller;
    return 0;
}

static int tear_down_caller(void **state)
{
    struct caller *caller = *state;
    void *c = caller->c;
    resolver_free(caller->resolver);
    (void)tear_down(&c);
    free(caller);
    return 0;
}
#define CALLER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_caller, tear_down_caller)

/* ---- HTTP ---- */

static err get(struct caller *caller, struct bytes bytes)
{
    struct ctx *c = caller->c;
    struct upstream u = { .answers = { bytes }, .n = 1 };
    struct http_answer answer = { 0 };
    upstream_start(&u);
    struct http_call call = { .method = "GET",
                              .url = text_printf(c->arena, "http://127.0.0.1:%u/", u.port),
                              .origin = OUTBOUND_CONFIGURED,
                              .answer_max = ANSWER_MAX,
                              .limit_ms = LIMIT_MS };
    int64_t begun = time_monotonic_ms();
    err done = http_call(c, caller->resolver, &call, &answer);
    assert_true(time_monotonic_ms() - begun < LATE_MS);
    assert_true(done.code == ERR_OK || done.code == ERR_UPSTREAM);
    if (done.code == ERR_OK) {
        assert_in_range(answer.status, 100, 999);
        assert_true(answer.body.n <= ANSWER_MAX);
    }
    fault_clear(c);
    upstream_end(&u);
    return done;
}

/* ME-17 */
static void http_that_is_none_is_a_failure(void **state)
{
    struct caller *caller = *state;
    static const char *const answers[] = {
        "",
        "\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "SSH-2.0-x\r\n",
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (get(caller, bytes_of(answers[i])).code == ERR_OK)
            fail_msg("taken for an answer: %s", answers[i]);
}

/* ME-17: a good answer in which some bytes are others */
static void http_that_was_spoilt_breaks_nothing(void **state)
{
    struct caller *caller = *state;
    static const char good[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                               "Transfer-Encoding: chunked\r\nETag: \"x\"\r\n\r\n"
                               "5\r\nhello\r\n0\r\n\r\n";
    assert_int_equal(get(caller, bytes_of(good)).code, ERR_OK);
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t spoilt[sizeof good - 1];
        memcpy(spoilt, good, sizeof spoilt);
        for (uint32_t k = 0; k <= random_below(caller->random, 4); k++)
            spoilt[random_below(caller->random, sizeof spoilt)] =
                (uint8_t)random_below(caller->random, 256);
        (void)get(caller, (struct bytes){ spoilt, sizeof spoilt });
    }
}

/* ---- SMTP ---- */

static err send_mail(struct caller *caller, struct upstream *u)
{
    struct ctx *c = caller->c;
    u->greets = true;
    upstream_start(u);
    struct mailer mailer = { .resolver = caller->resolver,
                             .smtp_url = text_printf(c->arena, "smtp://127.0.0.1:%u", u->port),
                             .from = "uauth <uauth@example.com>",
                             .folder = "" };
    struct mail mail = {
        .id = "one", .to = "ada@example.com", .subject = "Subject", .text = "Text\n"
    };
    int64_t begun = time_monotonic_ms();
    err done = mail_send(c, &mailer, &mail);
    assert_true(time_monotonic_ms() - begun < LATE_MS);
    fault_clear(c);
    upstream_end(u);
    return done;
}

static const char *const smtp_good[] = { "220 here\r\n", "250 here\r\n", "250 ok\r\n",
                                         "250 ok\r\n",   "354 go\r\n",   "250 taken\r\n",
                                         "221 bye\r\n" };
enum { STEPS = sizeof smtp_good / sizeof smtp_good[0], TAKEN = 5 };

static struct upstream good_smtp(void)
{
    struct upstream u = { .n = STEPS };
    for (size_t i = 0; i < STEPS; i++)
        u.answers[i] = bytes_of(smtp_good[i]);
    return u;
}

static void smtp_that_means_well_takes_the_mail(void **state)
{
    struct upstream u = good_smtp();
    assert_int_equal(send_mail(*state, &u).code, ERR_OK);
}

/* ME-17: until the mail is taken, each thing that is not said as it is due leaves it unsent */
static void smtp_that_is_none_sends_nothing(void **state)
{
    struct caller *caller = *state;
    static const char *const answers[] = {
        "",
        "\r\n",
        "999 what\r\n",
        "2",
        "-1 x\r\n",
        "354\r\n354\r\n354\r\n",
        "250-a\r\n250-b\r\n250-",
        "\xff\xfe\0\r\n",
        "421 away\r\n",
    };
    for (size_t step = 0; step <= TAKEN; step++)
        for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
            struct upstream u = good_smtp();
            u.answers[step] = bytes_of(answers[i]);
            u.n = step + 1;
            err done = send_mail(caller, &u);
            if (done.code == ERR_OK)
                fail_msg("sent, although step %zu was answered with answer %zu", step, i);
        }
}

/* ME-17 */
static void smtp_that_was_spoilt_breaks_nothing(void **state)
{
    struct caller *caller = *state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t spoilt[2048];
        size_t n = 1 + random_below(caller->random, sizeof spoilt - 2);
        random_fill(caller->random, spoilt, n);
        memcpy(spoilt, i % 2 == 0 ? "250-" : "250 ", n < 4 ? n : 4);
        spoilt[n - 1] = '\n';
        struct upstream u = good_smtp();
        size_t step = random_below(caller->random, STEPS);
        u.answers[step] = (struct bytes){ spoilt, n };
        u.n = step + 1;
        (void)send_mail(caller, &u).code;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CALLER_TEST(http_that_is_none_is_a_failure),
        CALLER_TEST(http_that_was_spoilt_breaks_nothing),
        CALLER_TEST(smtp_that_means_well_takes_the_mail),
        CALLER_TEST(smtp_that_is_none_sends_nothing),
        CALLER_TEST(smtp_that_was_spoilt_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
