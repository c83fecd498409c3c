/* SPDX-License-Identifier: Apache-2.0 */
/* What every function of the public header does alike: options, errors, memory, the log. */
#include "issuer_testing.h"

static void what_is_not_known_is_refused(void **state)
{
    (void)state;
    struct {
        struct uauth_options known;
        int64_t newer;
    } o = { .known = { .size = sizeof o }, .newer = 0 };
    struct uauth *u = NULL;
    struct uauth_error *error = NULL;
    /* A newer header whose additions are not used: fine. */
    assert_int_equal(uauth_new(&o.known, &u, &error), UAUTH_OK);
    assert_null(error);
    uauth_free(u);
    o.newer = 1;
    assert_int_equal(uauth_new(&o.known, &u, &error), UAUTH_ARGUMENT);
    assert_null(u);
    assert_int_equal(uauth_error_result(error), UAUTH_ARGUMENT);
    assert_non_null(strstr(uauth_error_text(error), "more in them"));
    uauth_error_free(error);
    o.known.size = 0;
    assert_int_equal(uauth_new(&o.known, &u, NULL), UAUTH_ARGUMENT);
}

/* An older header: its options end earlier. */
static void shorter_options_are_taken(void **state)
{
    (void)state;
    struct uauth_options o = { .size = offsetof(struct uauth_options, log), .log_level = 77 };
    struct uauth *u = NULL;
    assert_int_equal(uauth_new(&o, &u, NULL), UAUTH_OK);
    uauth_free(u);
    assert_int_equal(uauth_new(NULL, &u, NULL), UAUTH_OK);
    uauth_free(u);
    uauth_free(NULL);
}

static void options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const struct uauth_options cases[] = {
        { .size = sizeof cases[0], .timeout_ms = -1 },
        { .size = sizeof cases[0], .log_level = (enum uauth_log_level)9 },
        { .size = sizeof cases[0], .user_agent = "a\r\nX: y" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct uauth *u = NULL;
        assert_int_equal(uauth_new(&cases[i], &u, NULL), UAUTH_ARGUMENT);
        assert_null(u);
    }
}

static void without_an_error_there_is_nothing_to_tell(void **state)
{
    (void)state;
    assert_int_equal(uauth_error_result(NULL), UAUTH_OK);
    assert_string_equal(uauth_error_text(NULL), "");
    assert_null(uauth_error_code(NULL));
    assert_int_equal(uauth_error_status(NULL), 0);
    assert_int_equal(uauth_error_retry_after(NULL), 0);
    uauth_error_free(NULL);
    assert_string_equal(uauth_result_name(UAUTH_INVALID_TOKEN), "INVALID_TOKEN");
    assert_string_equal(uauth_result_name((enum uauth_result)19), "unknown");
    assert_string_equal(uauth_version(), UAUTH_VERSION);
}

/* Without the option nobody is called without TLS, on this host either. */
static void http_is_for_tests_only(void **state)
{
    struct issuer *i = *state;
    struct uauth *strict = NULL, *own = i->uauth;
    struct uauth_token *token = NULL;
    struct uauth_error *error = NULL;
    assert_int_equal(uauth_new(NULL, &strict, NULL), UAUTH_OK);
    i->uauth = strict;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &token, &error),
                     UAUTH_FORBIDDEN);
    assert_non_null(strstr(uauth_error_text(error), "http without TLS"));
    uauth_error_free(error);
    uauth_verifier_free(v);
    uauth_free(strict);
    i->uauth = own;
    assert_int_equal(peer_calls(i->w, DISCOVERY), 0);
}

static void who_calls_says_its_name(void **state)
{
    struct issuer *i = *state;
    struct uauth_token *token = NULL;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &token, NULL),
                     UAUTH_OK);
    assert_non_null(strstr(peer_last(i->w), "User-Agent: libuauth/" UAUTH_VERSION));
    uauth_token_free(token);
    uauth_verifier_free(v);
}

/* A context whose calls go through the peer as a proxy, and what it was asked last. */
static const char *asked_by_proxy(struct issuer *i, const char *no_proxy, const char *issuer)
{
    static const char *const audiences[] = { AUDIENCE };
    const struct uauth_options options = {
        .size = sizeof options, .proxy = i->w->url, .no_proxy = no_proxy, .timeout_ms = 2000
    };
    const struct uauth_verifier_options wanted = {
        .size = sizeof wanted, .issuer = issuer, .audiences = audiences, .audiences_n = 1
    };
    struct uauth *u = NULL;
    struct uauth_verifier *v = NULL;
    struct uauth_token *token = NULL;
    i->w->last[0] = '\0';
    assert_int_equal(uauth_new(&options, &u, NULL), UAUTH_OK);
    assert_int_equal(uauth_verifier_new(u, &wanted, &v, NULL), UAUTH_OK);
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &token, NULL),
                     UAUTH_UPSTREAM);
    uauth_verifier_free(v);
    uauth_free(u);
    return peer_last(i->w);
}

static void calls_go_through_the_proxy_that_is_named(void **state)
{
    struct issuer *i = *state;
    assert_true(text_starts(asked_by_proxy(i, NULL, "https://login.invalid"),
                            "CONNECT login.invalid:443 HTTP/1.1"));
    assert_string_equal(asked_by_proxy(i, "other.invalid, .invalid", "https://login.invalid"), "");
    assert_string_equal(asked_by_proxy(i, "login.invalid", "https://login.invalid"), "");
    assert_true(text_starts(asked_by_proxy(i, "ogin.invalid", "https://login.invalid"), "CONNECT"));
    assert_string_equal(asked_by_proxy(i, NULL, "https://127.0.0.1:1"), "");
    assert_string_equal(asked_by_proxy(i, NULL, "https://localhost:1"), "");
}

/* SR-10: the environment decides nothing. */
static void a_proxy_of_the_environment_is_not_used(void **state)
{
    struct issuer *i = *state;
    assert_int_equal(setenv("https_proxy", i->w->url, 1), 0);
    assert_int_equal(setenv("ALL_PROXY", i->w->url, 1), 0);
    struct uauth_verifier *v = issuer_verifier(
        i, (struct uauth_verifier_options){ .metadata_url = "https://login.invalid/m" });
    struct uauth_token *token = NULL;
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &token, NULL),
                     UAUTH_UPSTREAM);
    assert_string_equal(peer_last(i->w), "");
    uauth_verifier_free(v);
    assert_int_equal(unsetenv("https_proxy") + unsetenv("ALL_PROXY"), 0);
}

struct lines {
    int n;
    enum uauth_log_level level;
    char last[4096];
};

static void take_line(void *arg, enum uauth_log_level level, const char *line)
{
    struct lines *lines = arg;
    lines->n++;
    lines->level = level;
    assert_true(strlen(line) < sizeof lines->last);
    memcpy(lines->last, line, strlen(line) + 1);
}

/* One JSON object, never with a token in it. */
static void the_log_tells_what_has_failed(void **state)
{
    struct issuer *i = *state;
    struct lines lines = { 0 };
    struct uauth_options options = { .size = sizeof options,
                                     .insecure_loopback = true,
                                     .log = take_line,
                                     .log_arg = &lines,
                                     .log_level = UAUTH_LOG_INFO };
    struct uauth *u = NULL, *own = i->uauth;
    struct uauth_token *token = NULL;
    const char *foreign = issuer_token(i, "at+jwt", "https://other.example", "");
    for (int level = UAUTH_LOG_INFO; level <= UAUTH_LOG_WARN; level++) {
        options.log_level = (enum uauth_log_level)level;
        assert_int_equal(uauth_new(&options, &u, NULL), UAUTH_OK);
        i->uauth = u;
        struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
        assert_int_equal(uauth_verify_token(v, foreign, &token, NULL), UAUTH_INVALID_TOKEN);
        assert_int_equal(lines.n, 1); /* not at the second level */
        uauth_verifier_free(v);
        uauth_free(u);
        i->uauth = own;
    }
    assert_int_equal(lines.level, UAUTH_LOG_INFO);
    assert_true(text_starts(lines.last, "{\"time\":\""));
    assert_true(text_ends(lines.last, "}"));
    assert_non_null(strstr(lines.last, "\"result\":\"INVALID_TOKEN\""));
    assert_non_null(strstr(lines.last, "a token is for https://other.example"));
    assert_null(strstr(lines.last, foreign));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(shorter_options_are_taken),
        cmocka_unit_test(options_that_cannot_be_are_refused),
        cmocka_unit_test(without_an_error_there_is_nothing_to_tell),
        ISSUER_TEST(http_is_for_tests_only),
        ISSUER_TEST(who_calls_says_its_name),
        ISSUER_TEST(calls_go_through_the_proxy_that_is_named),
        ISSUER_TEST(a_proxy_of_the_environment_is_not_used),
        ISSUER_TEST(the_log_tells_what_has_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
