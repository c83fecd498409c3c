/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP client against a scripted server on loopback: each test says what bytes the server sends
 * back.
 */
#include "net/http_client.h"

#include "base/codec.h"
#include "base/config.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "net/mail.h"
#include "net/resolver.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    struct arena *arena;
    struct config config;
    struct ctx c;
    struct resolver *resolver;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->arena = arena_new(ARENA_REQUEST_CEILING);
    w->c.arena = w->arena;
    w->config.outbound_ca = "";
    w->c.config = &w->config;
    w->c.now = 1700000000;
    w->resolver = resolver_new(1);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    resolver_free(w->resolver);
    arena_end(w->arena);
    free(w);
    return 0;
}

/* A server that takes one connection, reads a head, writes `answer` (again and again if endless)
 * and closes. */
struct script {
    int listener;
    unsigned port;
    const char *answer;
    bool endless, silent;
    char heard[4096];
    pthread_t thread;
};

static void *serve(void *arg)
{
    struct script *s = arg;
    int fd = accept(s->listener, NULL, NULL);
    size_t n = 0;
    while (n < sizeof s->heard - 1 && strstr(s->heard, "\r\n\r\n") == NULL) {
        ssize_t got = read(fd, s->heard + n, sizeof s->heard - 1 - n);
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    if (s->silent)
        while (read(fd, s->heard, 1) > 0)
            continue;
    ssize_t sent = s->silent ? 0 : send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
    char more[4096];
    memset(more, 'a', sizeof more);
    while (s->endless && sent > 0)
        sent = send(fd, more, sizeof more, MSG_NOSIGNAL);
    (void)close(fd);
    return NULL;
}

static void script_start(struct script *s)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 1), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void script_end(struct script *s)
{
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
}

static err call_script(struct world *w, struct script *s, struct http_answer *out)
{
    script_start(s);
    struct http_call call = { .method = "GET",
                              .url = text_printf(w->arena, "http://127.0.0.1:%u/keys?x=1", s->port),
                              .origin = OUTBOUND_CONFIGURED,
                              .answer_max = 1024,
                              .limit_ms = 1000 };
    err result = http_call(&w->c, w->resolver, &call, out);
    script_end(s);
    return result;
}

static void an_answer_is_read(void **state)
{
    struct world *w = *state;
    struct script s = { .answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n"
                                  "ETag: \"a\"\r\nContent-Type:  text/plain \r\n\r\nhello" };
    struct http_answer answer;
    assert_int_equal(call_script(w, &s, &answer).code, ERR_OK);
    assert_int_equal(answer.status, 404);
    assert_int_equal(answer.body.n, 5);
    assert_memory_equal(answer.body.at, "hello", 5);
    assert_string_equal(http_answer_header(&answer, "content-type"), "text/plain");
    assert_null(http_answer_header(&answer, "location"));
    assert_non_null(strstr(s.heard, "GET /keys?x=1 HTTP/1.1\r\n"));
    assert_null(strstr(s.heard, "Accept-Encoding"));
}

/* SR-04: what is an address is not looked up, and libcurl takes no entry for it. */
static void an_address_of_version_6_is_called(void **state)
{
    struct world *w = *state;
    struct script s = { .answer = "HTTP/1.1 204 No Content\r\n\r\n" };
    struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t size = sizeof at;
    s.listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s.listener < 0 || bind(s.listener, (struct sockaddr *)&at, size) != 0)
        skip();
    assert_int_equal(listen(s.listener, 1), 0);
    assert_int_equal(getsockname(s.listener, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    struct http_answer answer;
    struct http_call call = { .method = "GET",
                              .url = text_printf(w->arena, "http://[::1]:%u/", ntohs(at.sin6_port)),
                              .origin = OUTBOUND_CONFIGURED,
                              .answer_max = 1024,
                              .limit_ms = 1000 };
    err result = http_call(&w->c, w->resolver, &call, &answer);
    (void)shutdown(s.listener, SHUT_RDWR);
    script_end(&s);
    assert_int_equal(result.code, ERR_OK);
    assert_int_equal(answer.status, 204);
    assert_non_null(strstr(s.heard, "Host: [::1]:"));
}

/* SR-05: a redirect is an answer; nobody follows it. */
static void a_redirect_is_not_followed(void **state)
{
    struct world *w = *state;
    struct script s = { .answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                  "Content-Length: 0\r\n\r\n" };
    struct http_answer answer;
    assert_int_equal(call_script(w, &s, &answer).code, ERR_OK);
    assert_int_equal(answer.status, 302);
}

/* SR-07: more than is asked for, more headers than are taken, and silence end the call. */
static void an_answer_that_is_too_large_is_refused(void **state)
{
    struct world *w = *state;
    struct http_answer answer;
    struct script body = { .answer = "HTTP/1.1 200 OK\r\n\r\n", .endless = true };
    assert_int_equal(call_script(w, &body, &answer).code, ERR_UPSTREAM);
    fault_clear(&w->c);
    struct script head = { .answer = "HTTP/1.1 200 OK\r\nX: ", .endless = true };
    assert_int_equal(call_script(w, &head, &answer).code, ERR_UPSTREAM);
    fault_clear(&w->c);
    struct text_buffer many = text_buffer(w->arena);
    text_add(&many, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i <= HTTP_ANSWER_HEADERS_MAX; i++)
        text_addf(&many, "X-%d: y\r\n", i);
    text_add(&many, "\r\n");
    struct script headers = { .answer = text_of(&many) };
    assert_int_equal(call_script(w, &headers, &answer).code, ERR_UPSTREAM);
}

static void a_silent_server_is_left_at_the_deadline(void **state)
{
    struct world *w = *state;
    struct script s = { .answer = "", .silent = true };
    struct http_answer answer;
    int64_t began = time_monotonic_ms();
    assert_int_equal(call_script(w, &s, &answer).code, ERR_UPSTREAM);
    assert_in_range(time_monotonic_ms() - began, 900, 3000);
}

/* SR-02, SR-12, SR-09: what others name is https, port 443, public; schemes, credentials and
 * literals do not help. */
static void foreign_urls_reach_public_https_only(void **state)
{
    struct world *w = *state;
    static const char *const refused[] = {
        "http://example.com/",
        "https://example.com:8443/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://2130706433/",
        "https://localhost/",
        "https://u:p@example.com/",
        "https://169.254.169.254/",
        "https://[::ffff:127.0.0.1]/",
        "https:///x",
        "https://ex ample.com/",
        "https://example.com\\@127.0.0.1/",
        "//example.com/",
        "",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct http_call call = { .method = "GET",
                                  .url = refused[i],
                                  .origin = OUTBOUND_FOREIGN,
                                  .answer_max = 1024,
                                  .limit_ms = 2000 };
        struct http_answer answer;
        if (http_call(&w->c, w->resolver, &call, &answer).code != ERR_FORBIDDEN)
            fail_msg("%s was not refused: %s", refused[i], w->c.fault.text);
        fault_clear(&w->c);
    }
}

/* SR-10: nothing in the environment diverts a call. */
static void proxies_of_the_environment_are_ignored(void **state)
{
    struct world *w = *state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "socks5://127.0.0.1:1", 1), 0);
    struct script s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
    struct http_answer answer;
    assert_int_equal(call_script(w, &s, &answer).code, ERR_OK);
    (void)unsetenv("http_proxy");
    (void)unsetenv("ALL_PROXY");
}

static void a_name_without_address_is_an_upstream_failure(void **state)
{
    struct world *w = *state;
    struct resolved found;
    err result = resolver_find(&w->c, w->resolver, "no-such-name.invalid", 443,
                               time_monotonic_ms() + 3000, &found);
    assert_int_equal(result.code, ERR_UPSTREAM);
}

/* IN-06: a mail has one recipient, and no field of it can become another header. */
static void a_mail_cannot_be_given_another_header(void **state)
{
    struct world *w = *state;
    static const struct mail refused[] = {
        { "id", "a@b.c\r\nBcc: x@y.z", "s", "t" },
        { "id", "a@b.c, d@e.f", "s", "t" },
        { "id", "<a@b.c>", "s", "t" },
        { "id", "a@b@c", "s", "t" },
        { "id", "", "s", "t" },
        { "id", "a@b.c", "s\nBcc: x@y.z", "t" },
        { "id", "a@b.c", "", "t" },
        { "../id", "a@b.c", "s", "t" },
        { "", "a@b.c", "s", "t" },
        { "id", "a b@c", "s", "t" },
    };
    struct bytes out;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_int_equal(mail_format(&w->c, "uauth <no-reply@h>", &refused[i], &out).code,
                         ERR_INVALID_REQUEST);
        fault_clear(&w->c);
    }
}

static void a_mail_is_formatted(void **state)
{
    struct world *w = *state;
    struct mail mail = { "0190-1", "a@b.c",
                         "Gr\xc3\xbc\xc3\x9f"
                         "e",
                         "one\n.\nBcc: x@y.z\n" };
    struct bytes out;
    assert_int_equal(mail_format(&w->c, "uauth <no-reply@host>", &mail, &out).code, ERR_OK);
    const char *text = (const char *)out.at;
    assert_non_null(strstr(text, "\r\nTo: <a@b.c>\r\n"));
    assert_non_null(strstr(text, "\r\nMessage-ID: <0190-1@host>\r\n"));
    assert_non_null(strstr(text, "\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"));
    assert_null(strstr(text, "\nBcc"));
}

/* RFC 2047 2: a word has at most 75 characters, a line with one 76, and no character is cut. */
static void what_is_not_ascii_is_written_in_encoded_words(void **state)
{
    struct world *w = *state;
    const char *subject =
        "アカウントの 2 段階認証が変更されました。パスワードの再設定をお願いします";
    const struct mail mail = { "0190-1", "a@b.c", subject, "." };
    struct bytes out;
    assert_int_equal(mail_format(&w->c, "\"Söhne\" <a@host>", &mail, &out).code, ERR_OK);
    assert_non_null(strstr((const char *)out.at, "\r\nFrom: =?utf-8?B?U8O2aG5l?= <a@host>\r\n"));
    struct texts lines = text_split(w->c.arena, (const char *)out.at, '\n');
    struct text_buffer found = text_buffer(w->c.arena);
    for (size_t i = 0; i < lines.n; i++) {
        const char *word = strstr(lines.at[i], "=?utf-8?B?");
        struct bytes part;
        if (word == NULL || strstr(lines.at[i], "From") != NULL)
            continue;
        assert_true(strlen(lines.at[i]) <= 77); /* with its CR */
        word = text_copy(w->c.arena, word + 10, strcspn(word + 10, "?"));
        assert_true(base64_decode(w->c.arena, bytes_of(word), true, &part));
        assert_true(text_is_utf8(part));
        text_add_bytes(&found, part.at, part.n);
    }
    assert_string_equal(text_of(&found), subject);
    assert_int_equal(mail_format(&w->c, "a@host", &mail, &out).code, ERR_OK);
    assert_non_null(strstr((const char *)out.at, "\r\nFrom: a@host\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_of_version_6_is_called, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_redirect_is_not_followed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_too_large_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_silent_server_is_left_at_the_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_urls_reach_public_https_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(proxies_of_the_environment_are_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_without_address_is_an_upstream_failure, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_mail_cannot_be_given_another_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mail_is_formatted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_ascii_is_written_in_encoded_words, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
