/* SPDX-License-Identifier: Apache-2.0 */
/* A resource server by the public header: which tokens are good. */
#include "issuer_testing.h"

static enum uauth_result verify(struct issuer *i, const char *token)
{
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct uauth_token *good = NULL;
    struct uauth_error *error = NULL;
    enum uauth_result result = uauth_verify(v, token, &good, &error);
    assert_true((result == UAUTH_OK) == (good != NULL && error == NULL));
    if (good != NULL)
        assert_string_equal(uauth_token_text(good, "sub"), "u1");
    uauth_token_free(good);
    uauth_error_free(error);
    uauth_verifier_free(v);
    return result;
}

static void a_token_for_us_is_good(void **state)
{
    struct issuer *i = *state;
    assert_int_equal(verify(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_OK);
    assert_int_equal(verify(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_OK);
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
}

static void others_are_not(void **state)
{
    struct issuer *i = *state;
    assert_int_equal(verify(i, "x"), UAUTH_INVALID_TOKEN);
    assert_int_equal(verify(i, issuer_token(i, "at+jwt", "https://other.example", "")),
                     UAUTH_INVALID_TOKEN);
    assert_int_equal(verify(i, issuer_token(i, "JWT", AUDIENCE, "")), UAUTH_INVALID_TOKEN);
    i->key = issuer_makes_key(i, ALG_ES256);
    assert_int_equal(verify(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_INVALID_TOKEN);
}

static void without_keys_nobody_is_let_in(void **state)
{
    struct issuer *i = *state;
    peer_says(i->w, "/keys", "500 Broken\r\n", "");
    assert_int_equal(verify(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_UPSTREAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(a_token_for_us_is_good),
        ISSUER_TEST(others_are_not),
        ISSUER_TEST(without_keys_nobody_is_let_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
