/* SPDX-License-Identifier: Apache-2.0 */
/* What a token that is good says, and what an API says of itself. */
#include "verify_testing.h"

static struct uauth_token *good_token(struct issuer *i, const char *more)
{
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct uauth_token *token = NULL;
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, more), &token, NULL),
                     UAUTH_OK);
    uauth_verifier_free(v); /* the token outlives it */
    return token;
}

static void claims_are_read_by_their_type(void **state)
{
    struct issuer *i = *state;
    int64_t number = -1;
    bool truth = false;
    struct uauth_token *t =
        good_token(i, ",\"t\":\"x\\u00e9\",\"n\":42,\"f\":1.5e1,\"b\":true,\"l\":[\"a\",7,\"b\"],"
                      "\"o\":{\"a\":{\"b~/c\":[1,\"deep\"]}},\"z\":null");
    assert_string_equal(uauth_token_text(t, "t"), "x\xc3\xa9");
    assert_null(uauth_token_text(t, "n"));
    assert_null(uauth_token_text(t, "none"));
    assert_null(uauth_token_text(t, "z"));
    assert_true(uauth_token_integer(t, "n", &number));
    assert_int_equal(number, 42);
    assert_true(uauth_token_integer(t, "f", &number));
    assert_int_equal(number, 15);
    assert_false(uauth_token_integer(t, "t", &number));
    assert_int_equal(number, 15);
    assert_true(uauth_token_boolean(t, "b", &truth) && truth);
    assert_false(uauth_token_boolean(t, "n", &truth));
    assert_int_equal(uauth_token_count(t, "l"), 2);
    assert_string_equal(uauth_token_item(t, "l", 1), "b");
    assert_null(uauth_token_item(t, "l", 2));
    assert_int_equal(uauth_token_count(t, "t"), 0);
    assert_string_equal(uauth_token_json(t, "o"), "{\"a\":{\"b~/c\":[1,\"deep\"]}}");
    assert_string_equal(uauth_token_text(t, "/o/a/b~0~1c/1"), "deep");
    assert_null(uauth_token_text(t, "/o/a/b~0~1c/2"));
    assert_null(uauth_token_text(t, "/o/a/x"));
    assert_null(uauth_token_text(t, "/t/x"));
    assert_null(uauth_token_text(t, "/"));
    assert_null(uauth_token_json(t, ""));
    assert_true(text_starts(uauth_token_payload(t), "{\"iss\":\""));
    assert_null(uauth_token_key(t));
    assert_null(uauth_token_nonce(t));
    uauth_token_free(t);
    uauth_token_free(NULL);
}

/* However often a program asks, it takes no more memory than once. */
static void asking_again_costs_nothing(void **state)
{
    struct issuer *i = *state;
    struct uauth_token *t =
        good_token(i, ",\"o\":{\"l\":[\"a\"]},\"scope\":\"s\",\"roles\":[\"r\"]");
    for (int n = 0; n < 100000; n++) {
        assert_non_null(uauth_token_json(t, "/o/l"));
        assert_non_null(uauth_token_item(t, "/o/l", 0));
        assert_null(uauth_token_text(t, "/o/nothing/here"));
        assert_true(uauth_token_has_scope(t, "s") && uauth_token_has_role(t, "r"));
        assert_false(uauth_token_has_permission(t, "s"));
    }
    uauth_token_free(t);
}

static void an_api_says_whose_tokens_it_takes(void **state)
{
    struct issuer *i = *state;
    struct uauth_text *text = NULL;
    struct uauth_resource about = { .size = sizeof about, .name = "Notes", .scopes = "a b" };
    struct uauth_verifier *v = issuer_verifier(
        i, (struct uauth_verifier_options){ .resource = "https://api.example/v1?x=1" });
    assert_string_equal(uauth_verifier_metadata_url(v),
                        "https://api.example/.well-known/oauth-protected-resource/v1?x=1");
    assert_int_equal(uauth_resource_metadata(v, &about, &text, NULL), UAUTH_OK);
    assert_true(text_starts(
        uauth_text(text),
        text_printf(
            i->w->arena,
            "{\"resource\":\"https://api.example/v1?x=1\",\"authorization_servers\":[\"%s\"],"
            "\"resource_name\":\"Notes\",\"scopes_supported\":[\"a\",\"b\"],"
            "\"bearer_methods_supported\":[\"header\"],",
            i->w->url)));
    uauth_text_free(text);
    assert_int_equal(uauth_resource_metadata(v, NULL, &text, NULL), UAUTH_OK);
    uauth_text_free(text);
    uauth_verifier_free(v);
    v = issuer_verifier(i, (struct uauth_verifier_options){ .resource = "https://api.example/" });
    assert_string_equal(uauth_verifier_metadata_url(v),
                        "https://api.example/.well-known/oauth-protected-resource");
    uauth_verifier_free(v);
    v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    assert_null(uauth_verifier_metadata_url(v));
    assert_int_equal(uauth_resource_metadata(v, &about, &text, NULL), UAUTH_ARGUMENT);
    assert_null(text);
    uauth_verifier_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(claims_are_read_by_their_type),
        ISSUER_TEST(asking_again_costs_nothing),
        ISSUER_TEST(an_api_says_whose_tokens_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
