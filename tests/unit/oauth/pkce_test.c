/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/pkce.h"

#include "oauth_testing.h"

/* RFC 7636 appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static void the_example_of_the_standard_passes(void **state)
{
    struct ctx *c = *state;
    passes(c, pkce_check(c, CHALLENGE, VERIFIER), "the example");
    passes(c, pkce_check(c, NULL, NULL), "neither");
}

/* PK-01, PK-02: a verifier comes if, and only if, there was a challenge. */
static void one_without_the_other_is_refused(void **state)
{
    struct ctx *c = *state;
    refused(c, pkce_check(c, NULL, VERIFIER), ERR_INVALID_GRANT, "no challenge");
    refused(c, pkce_check(c, CHALLENGE, NULL), ERR_INVALID_GRANT, "no verifier");
    refused(c, pkce_check(c, CHALLENGE, ""), ERR_INVALID_GRANT, "an empty verifier");
    refused(c, pkce_check(c, CHALLENGE, CHALLENGE), ERR_INVALID_GRANT, "the challenge itself");
}

/* PK-05: 43 to 128 characters of the unreserved set. */
static void a_verifier_has_its_form(void **state)
{
    struct ctx *c = *state;
    static const char alphabet[] = "+/= \t,%\xc3\xa4";
    char text[160];
    for (size_t n = 0; n < 140; n++) {
        memset(text, 'a', n);
        text[n] = '\0';
        refused(c, pkce_check(c, CHALLENGE, text), ERR_INVALID_GRANT, text);
    }
    for (size_t i = 0; i < sizeof alphabet - 1; i++) {
        memcpy(text, VERIFIER, sizeof VERIFIER);
        text[5] = alphabet[i];
        refused(c, pkce_check(c, CHALLENGE, text), ERR_INVALID_GRANT, text);
    }
}

static void a_challenge_has_43_characters_of_base64url(void **state)
{
    (void)state;
    assert_true(pkce_is_challenge(CHALLENGE));
    assert_false(pkce_is_challenge(""));
    assert_false(pkce_is_challenge(CHALLENGE "A"));
    assert_false(pkce_is_challenge("9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
    assert_false(pkce_is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"));
    assert_false(pkce_is_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_example_of_the_standard_passes),
        TEST(one_without_the_other_is_refused),
        TEST(a_verifier_has_its_form),
        TEST(a_challenge_has_43_characters_of_base64url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
