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
    assert_non_null(strstr(i->w->last, "User-Agent: libuauth/" UAUTH_VERSION));
    uauth_token_free(token);
    uauth_verifier_free(v);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
