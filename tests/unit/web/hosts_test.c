/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/web/web_testing.h"

static struct hosts hosts_of(struct web *w, const char *url, const char *trusted)
{
    struct hosts hosts = { 0 };
    PASSES(hosts_new(w->c, url, web_texts(w, trusted), &hosts));
    return hosts;
}

/* HH-02, HT-07: what is not served is refused, whatever it looks like. */
static void the_host_of_the_public_url_is_served_and_no_other(void **state)
{
    struct web *w = *state;
    struct hosts hosts = hosts_of(w, "https://Auth.Example.com:8443/base", "");
    assert_true(hosts.https_only);
    assert_true(hosts_serve(&hosts, "auth.example.com"));
    static const char *const others[] = {
        "example.com",
        "evil.example",
        "xauth.example.com",
        "a.auth.example.com",
        "",
        "auth.example.com.evil",
        "8.8.8.8",
        "127.0.0.1.evil",
        "localhost.evil",
        "auth.example.com.",
        "0177.0.0.1",
        "evil.localhost",
        "auth_example.com",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(hosts_serve(&hosts, others[i]));
}

static void loopback_is_always_served(void **state)
{
    struct web *w = *state;
    struct hosts hosts = hosts_of(w, "https://auth.example.com", "");
    assert_true(hosts_serve(&hosts, "localhost"));
    assert_true(hosts_serve(&hosts, "127.0.0.1"));
    assert_true(hosts_serve(&hosts, "127.9.9.9"));
    assert_true(hosts_serve(&hosts, "::1"));
    assert_true(hosts_is_loopback("localhost"));
    assert_false(hosts_is_loopback("localhost.example.com"));
    assert_false(hosts_is_loopback("10.0.0.1"));
}

/* URI-14, SD-22: a suffix stands behind a dot. */
static void a_pattern_covers_the_names_below_it_alone(void **state)
{
    struct web *w = *state;
    struct hosts hosts =
        hosts_of(w, "https://auth.example.com", "*.Example.com other.example 2001:DB8::0:1");
    assert_true(hosts_serve(&hosts, "auth.example.com"));
    assert_true(hosts_serve(&hosts, "a.b.example.com"));
    assert_true(hosts_serve(&hosts, "other.example"));
    assert_true(hosts_serve(&hosts, "2001:db8::1"));
    assert_false(hosts_serve(&hosts, "example.com"));
    assert_false(hosts_serve(&hosts, "evilexample.com"));
    assert_false(hosts_serve(&hosts, ".example.com"));
    assert_false(hosts_serve(&hosts, "a.other.example"));
}

/* A list takes the place of the public URL's host. */
static void a_list_replaces_the_default(void **state)
{
    struct web *w = *state;
    struct hosts hosts = hosts_of(w, "https://auth.example.com", "other.example");
    assert_false(hosts_serve(&hosts, "auth.example.com"));
    assert_true(hosts_serve(&hosts, "other.example"));
}

static void a_pattern_that_is_no_host_is_refused(void **state)
{
    struct web *w = *state;
    struct hosts hosts = { 0 };
    static const char *const patterns[] = {
        "*",    "*.com",      "a.*.com", "*example.com", "a/b",
        "a:80", "http://a.b", "a..b",    "-a.b",         "[::1]"
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        err refused = hosts_new(w->c, "https://a.b", web_texts(w, patterns[i]), &hosts);
        assert_string_equal(w->c->fault.field, "trusted_hosts");
        REFUSES(refused, INVALID_FIELD);
        assert_int_equal(hosts.names.n, 0);
    }
}

/* HH-07: passwords do not travel in the open. */
static void plain_http_is_for_loopback_only(void **state)
{
    struct web *w = *state;
    struct hosts hosts = { 0 };
    static const char *const good[] = { "http://localhost:8080", "http://127.0.0.1",
                                        "http://[::1]:1" };
    static const char *const bad[] = { "http://auth.example.com",
                                       "http://10.0.0.1:8080",
                                       "http://localhost.evil",
                                       "ftp://localhost",
                                       "com.example.app:/x",
                                       "localhost",
                                       "" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_false(hosts_of(w, good[i], "").https_only);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSES(hosts_new(w->c, bad[i], (struct texts){ 0 }, &hosts), INVALID_FIELD);
}

static void the_host_of_a_url_is_found(void **state)
{
    struct web *w = *state;
    struct arena *a = w->c->arena;
    assert_string_equal(hosts_of_url(a, "https://App.Example.com:444/x?y"), "app.example.com");
    assert_string_equal(hosts_of_url(a, "http://[2001:DB8::1]:80/"), "2001:db8::1");
    assert_null(hosts_of_url(a, "https://user@host/"));
    assert_null(hosts_of_url(a, "//host/"));
    assert_null(hosts_of_url(a, "javascript:alert(1)"));
    assert_null(hosts_of_url(a, "com.example.app://host/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WEB_TEST(the_host_of_the_public_url_is_served_and_no_other),
        WEB_TEST(loopback_is_always_served),
        WEB_TEST(a_pattern_covers_the_names_below_it_alone),
        WEB_TEST(a_list_replaces_the_default),
        WEB_TEST(a_pattern_that_is_no_host_is_refused),
        WEB_TEST(plain_http_is_for_loopback_only),
        WEB_TEST(the_host_of_a_url_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
