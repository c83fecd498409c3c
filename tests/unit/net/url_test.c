/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs and hosts: what is one, what is refused, and what the parts are.
 */
#include "net/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(ARENA_REQUEST_CEILING);
    return *state == NULL;
}

static int tear_down(void **state)
{
    arena_end(*state);
    return 0;
}

static void expect_refused(struct arena *a, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct url url;
        if (url_parse(a, bytes_of(texts[i]), &url))
            fail_msg("%s was taken", texts[i]);
    }
}
#define EXPECT_REFUSED(a, ...)                                                                     \
    expect_refused((a), (const char *const[]){ __VA_ARGS__ },                                      \
                   sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

struct taken {
    const char *text, *scheme, *host;
    enum url_host is;
    uint16_t port, meant;
    const char *path, *query, *fragment, *origin;
};

/* clang-format off */
static const struct taken takens[] = {
    { "https://app.test/cb", "https", "app.test", URL_HOST_NAME, 0, 443, "/cb", NULL, NULL, "https://app.test" },
    { "HTTPS://APP.Test:8443/CB?a=b&c#d", "https", "app.test", URL_HOST_NAME, 8443, 8443, "/CB", "a=b&c", "d", "https://app.test:8443" },
    { "https://app.test", "https", "app.test", URL_HOST_NAME, 0, 443, "", NULL, NULL, "https://app.test" },
    { "https://app.test?", "https", "app.test", URL_HOST_NAME, 0, 443, "", "", NULL, "https://app.test" },
    { "https://app.test:443/", "https", "app.test", URL_HOST_NAME, 443, 443, "/", NULL, NULL, "https://app.test" },
    { "http://127.0.0.1:5000/cb", "http", "127.0.0.1", URL_HOST_IPV4, 5000, 5000, "/cb", NULL, NULL, "http://127.0.0.1:5000" },
    { "http://[::1]/cb", "http", "::1", URL_HOST_IPV6, 0, 80, "/cb", NULL, NULL, "http://[::1]" },
    { "https://[2001:DB8:0:0::1]:80/", "https", "2001:db8::1", URL_HOST_IPV6, 80, 80, "/", NULL, NULL, "https://[2001:db8::1]:80" },
    { "https://xn--mnchen-3ya.test/%C3%A4", "https", "xn--mnchen-3ya.test", URL_HOST_NAME, 0, 443, "/%C3%A4", NULL, NULL, "https://xn--mnchen-3ya.test" },
    { "https://xn--fiqs8s/", "https", "xn--fiqs8s", URL_HOST_NAME, 0, 443, "/", NULL, NULL, "https://xn--fiqs8s" },
    { "https://my_app.test/a/.b/..c/", "https", "my_app.test", URL_HOST_NAME, 0, 443, "/a/.b/..c/", NULL, NULL, "https://my_app.test" },
    { "com.example.app:/cb", "com.example.app", NULL, URL_HOST_NONE, 0, 0, "/cb", NULL, NULL, "com.example.app:" },
    { "com.example.app://host/cb", "com.example.app", "host", URL_HOST_NAME, 0, 0, "/cb", NULL, NULL, "com.example.app://host" },
};
/* clang-format on */

static void expect_text(const char *actual, const char *expected)
{
    if (!text_equal(actual, expected))
        fail_msg("%s instead of %s", actual, expected);
}

static void urls_are_read(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < sizeof takens / sizeof takens[0]; i++) {
        const struct taken *t = &takens[i];
        struct url url;
        if (!url_parse(a, bytes_of(t->text), &url))
            fail_msg("%s was refused", t->text);
        expect_text(url.scheme, t->scheme);
        expect_text(url.host, t->host);
        assert_int_equal(url.host_is, t->is);
        assert_int_equal(url.port, t->port);
        assert_int_equal(url_port(&url), t->meant);
        expect_text(url.path, t->path);
        expect_text(url.query, t->query);
        expect_text(url.fragment, t->fragment);
        expect_text(url_origin(a, &url), t->origin);
    }
}

/* Writing and reading again changes nothing. */
static void what_is_written_reads_the_same(void **state)
{
    struct arena *a = *state;
    for (size_t i = 0; i < sizeof takens / sizeof takens[0]; i++) {
        struct url url;
        struct url again;
        assert_true(url_parse(a, bytes_of(takens[i].text), &url));
        const char *text = url_write(a, &url);
        assert_true(url_parse(a, bytes_of(text), &again));
        expect_text(url_write(a, &again), text);
        expect_text(again.host, url.host);
        assert_int_equal(url_port(&again), url_port(&url));
    }
    struct url url;
    assert_true(url_parse(a, bytes_of("HTTPS://A.test:443/x?y#z"), &url));
    expect_text(url_write(a, &url), "https://a.test/x?y#z");
}

/* URI-06: loopback is an address, written strictly. */
static void loopback_is_127_or_1_and_nothing_that_looks_like_it(void **state)
{
    struct arena *a = *state;
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {
        { "http://127.0.0.1:1/cb", true },
        { "http://127.8.9.1/cb", true },
        { "http://[::1]:1/cb", true },
        { "http://localhost/cb", true },
        { "http://[::ffff:127.0.0.1]/", true },
        { "http://localhost.evil.test/", false },
        { "http://127.0.0.1.evil.test/", false },
        { "http://128.0.0.1/", false },
        { "http://[::2]/", false },
        { "com.example.app:/cb", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url;
        assert_true(url_parse(a, bytes_of(cases[i].text), &url));
        assert_int_equal(url_is_loopback(&url), cases[i].loopback);
        /* What is not by http is private by TLS, or goes nowhere. */
        bool plain = text_equal(url.scheme, "http");
        bool by_tls = text_equal(url.scheme, "https");
        assert_int_equal(url_is_private(&url), plain ? cases[i].loopback : by_tls);
    }
    static const char *const over_tls[] = { "https://evil.test/", "https://127.0.0.1/" };
    for (size_t i = 0; i < 2; i++) {
        struct url url;
        assert_true(url_parse(a, bytes_of(over_tls[i]), &url));
        assert_true(url_is_private(&url));
    }
    EXPECT_REFUSED(a, "http://127.1/", "http://0x7f000001/", "http://2130706433/",
                   "http://0177.0.0.1/", "http://127.0.0.01/", "http://127.0.0/", "http://0x7f.1/",
                   "http://127.0.0.1./", "http://127.0.0.256/", "http://1/", "http://a.0x1/");
}

/* URI-07: fragments are seen, and control characters, odd slashes and missing parts refused. */
static void controls_and_odd_slashes_are_refused(void **state)
{
    struct arena *a = *state;
    EXPECT_REFUSED(
        a, "https://app.test/cb%0d%0aX:1", "https://app.test/%00", "https://app.test/%7f",
        "https://app.test/\tcb", "https://app.test/cb\r\n", "https://app.test/c\nb",
        " https://app.test/", "https://app.test/ ", "https://app.test /", "/\t//evil.test",
        "/\\evil.test", "https:///evil.test", "https:evil.test", "https:/evil.test",
        "https:\\\\evil.test", "https://app.test\\@evil.test/", "//evil.test", "evil.test", "/cb",
        "", ":", "https", "https:", "https://", "https://?", "https://#", "https://:443/",
        "https://app.test/a\\b", "https://app.test/\x80", "https://app.test/ä",
        "https://app.test/%", "https://app.test/%2", "https://app.test/%zz", "https://app.test/?%",
        "https://app.test/#%", "https://app.test/#a#b", "https://app.test/?\"",
        "https://app.test/<a>", "https://app.test/a|b", "https://app.test/[a]");
    struct url url;
    assert_false(url_parse(a, (struct bytes){ (const uint8_t *)"https://a.test/\0", 16 }, &url));
    assert_true(url_parse(a, bytes_of("https://app.test/cb#x"), &url));
    assert_string_equal(url.fragment, "x");
}

/* URI-02: dot segments, however they are spelled. */
static void dot_segments_are_refused(void **state)
{
    struct arena *a = *state;
    EXPECT_REFUSED(a, "https://app.test/cb/../evil", "https://app.test/..", "https://app.test/.",
                   "https://app.test/cb/%2e%2e/evil", "https://app.test/cb/.%2E/evil",
                   "https://app.test/%2e", "https://app.test/./cb", "com.example.app:/../x");
}

/* URI-11: schemes that run or read something are none. */
static void only_http_https_and_reverse_domains_are_schemes(void **state)
{
    struct arena *a = *state;
    EXPECT_REFUSED(a, "javascript://app.test/%0aalert(1)", "javascript:alert(1)",
                   "data:text/html,x", "vbscript:x", "blob:https://app.test/x",
                   "file:///etc/passwd", "about:blank", "ftp://app.test/", "ws://app.test/",
                   "myapp:/cb", "myapp://cb", "1a.b:/cb", "-a.b:/cb", ".a:/cb", "a_b.c:/cb",
                   "com.example.app:cb", "com.example.app:");
}

/* URI-16: ASCII hosts only; no zones, no text around brackets, no label that hides plain ASCII. */
static void hosts_that_others_read_differently_are_refused(void **state)
{
    struct arena *a = *state;
    EXPECT_REFUSED(a, "https://xn---abc.test/", "https://xn--a_b.test/", "https://xn--a-b_c.test/",
                   "https://xn--app-.test/", "https://xn--app-.test", "https://xn--.test/",
                   "https://xn--a.xn--app-/", "https://xn--99999999.test/", "https://xn--a-é.test/",
                   "https://xn--ib9b.test/", "https://xn--zy0c.test/", "https://xn--en32g.test/",
                   "https://xn--9999999999999999.test/", "https://xn--aaaaaaaaaaaaaaaaaaaa9.test/",
                   "https://app\xef\xbc\x8etest/", "https://app%2etest/", "https://[::1].evil/",
                   "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[app.test]/",
                   "https://[127.0.0.1]/", "https://[::1]evil/", "https://[::1/", "https://::1/",
                   "https://[]/", "https://[:::1]/", "https://app.test./", "https://.app.test/",
                   "https://app..test/", "https://-a.test/", "https://a-.test/", "https://a*.test/",
                   "https://*.test/", "https://user@app.test/", "https://u:p@app.test/",
                   "https://app.test:0/", "https://app.test:65536/", "https://app.test:/",
                   "https://app.test:080/", "https://app.test:+80/", "https://app.test:8a/",
                   "https://app.test:80:80/", "https://a,b/", "https://a;b/", "https://a b/");
}

static bool is_name(struct arena *a, size_t label, size_t labels)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < labels; i++) {
        text_add(&b, i == 0 ? "" : ".");
        for (size_t n = 0; n < label; n++)
            text_add(&b, "a");
    }
    return host_is_name(bytes_of(text_of(&b)));
}

static void labels_and_names_have_their_bounds(void **state)
{
    struct arena *a = *state;
    assert_true(is_name(a, 63, 1));
    assert_false(is_name(a, 64, 1));
    assert_true(is_name(a, 1, 127));
    assert_false(is_name(a, 1, 128));
}

/* URI-15: too long is refused whole. */
static void urls_over_the_limit_are_refused_whole(void **state)
{
    struct arena *a = *state;
    char text[URL_MAX + 2];
    struct url url;
    memset(text, 'a', sizeof text);
    memcpy(text, "https://app.test/", 17);
    assert_true(url_parse(a, (struct bytes){ (const uint8_t *)text, URL_MAX - 1 }, &url));
    assert_true(url_parse(a, (struct bytes){ (const uint8_t *)text, URL_MAX }, &url));
    assert_int_equal(strlen(url.path), URL_MAX - 16);
    assert_false(url_parse(a, (struct bytes){ (const uint8_t *)text, URL_MAX + 1 }, &url));
}

/* URI-14: a suffix begins at a dot. */
static void patterns_match_at_dots_only(void **state)
{
    (void)state;
    static const struct {
        const char *host, *pattern;
        bool matches;
    } cases[] = {
        { "example.com", "example.com", true },
        { "www.example.com", "example.com", false },
        { "evil-example.com", "example.com", false },
        { "example.com.evil", "example.com", false },
        { "exampleXcom", "example.com", false },
        { "a.example.com", "*.example.com", true },
        { "a.b.example.com", "*.example.com", true },
        { "example.com", "*.example.com", false },
        { "evilexample.com", "*.example.com", false },
        { ".example.com", "*.example.com", false },
        { "a.example.com.evil", "*.example.com", false },
        { "*.example.com", "example.com", false },
        { "", "example.com", false },
        { "127.0.0.1", "127.0.0.1", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(host_matches(cases[i].host, cases[i].pattern), cases[i].matches);
    static const char *const good[] = { "example.com", "localhost", "*.example.com", "::1",
                                        "10.0.0.1" };
    static const char *const bad[] = { "",       "*",          "*.com",  "a.*.com", "*a.com",
                                       "a.com.", "*.10.0.0.1", "http:a", "a:80",    "**.a.com" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(host_is_pattern(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(host_is_pattern(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(loopback_is_127_or_1_and_nothing_that_looks_like_it),
        cmocka_unit_test(controls_and_odd_slashes_are_refused),
        cmocka_unit_test(dot_segments_are_refused),
        cmocka_unit_test(only_http_https_and_reverse_domains_are_schemes),
        cmocka_unit_test(hosts_that_others_read_differently_are_refused),
        cmocka_unit_test(labels_and_names_have_their_bounds),
        cmocka_unit_test(urls_over_the_limit_are_refused_whole),
        cmocka_unit_test(patterns_match_at_dots_only),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
