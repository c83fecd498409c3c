/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claims parameter and challenges (entra.md 6.7, 1.19; 9.2 "claims challenge: merge table,
 * base64 variants"; 6.1 test_*_claims_merge, 6.3 TestMergeCapabilitiesAndClaims).
 */
#include "client/entra_claims.h"

#include "tests/unit/base/testing.h"

#define NBF(v) "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"" v "\"}}}"

static void capabilities_and_claims_are_merged(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *capabilities, *claims;
        const char *due; /* "!": refused; NULL: no parameter */
    } rows[] = {
        { "", NULL, NULL },
        { "", "{}", NULL },
        { "cp1", "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==", "!" },
        { "cp1", "not json", "!" },
        { "cp1", "[]", "!" },
        { "cp1", "{\"a\":1,\"a\":2}", "!" },
        { "", "not json", "!" },
        { "cp1", NULL, "{\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}" },
        { "cp1", "{}", "{\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}" },
        { "", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}",
          "{\"id_token\":{\"auth_time\":{\"essential\":true}}}" },
        { "cp1 cp2", NBF("42"),
          "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"42\"},"
          "\"xms_cc\":{\"values\":[\"cp1\",\"cp2\"]}}}" },
        { "cp1 cp2", "{\"id_token\":{\"auth_time\":{\"essential\":true}}}",
          "{\"id_token\":{\"auth_time\":{\"essential\":true}},"
          "\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\",\"cp2\"]}}}" },
        { "cp1", "{\"access_token\":null}",
          "{\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *out = NULL;
        fault_clear(c);
        enum err_code code = entra_claims_merge(c, text_split(c->arena, rows[i].capabilities, ' '),
                                                rows[i].claims, &out)
                                 .code;
        bool refused = text_equal(rows[i].due, "!");
        assert_int_equal(code, refused ? ERR_INVALID_REQUEST : ERR_OK);
        assert_true(refused || text_equal(out, rows[i].due));
    }
}

static void of_two_that_ask_the_second_wins(void **state)
{
    struct ctx *c = *state;
    const char *out = NULL;
    assert_int_equal(entra_claims_join(c, NBF("server"), NBF("client"), &out).code, ERR_OK);
    assert_string_equal(out, NBF("client"));
    assert_int_equal(entra_claims_join(c, NBF("1"), NULL, &out).code, ERR_OK);
    assert_string_equal(out, NBF("1"));
}

static void deep_or_large_claims_are_refused(void **state)
{
    struct ctx *c = *state;
    const char *out = NULL;
    struct text_buffer deep = text_buffer(c->arena);
    for (int i = 0; i < 200; i++)
        text_add(&deep, "{\"a\":");
    assert_int_equal(entra_claims_join(c, text_of(&deep), "{}", &out).code, ERR_INVALID_REQUEST);
    struct text_buffer large = text_buffer(c->arena);
    text_add(&large, "{\"a\":\"");
    for (int i = 0; i < 40000; i++)
        text_add(&large, "x");
    text_add(&large, "\"}");
    fault_clear(c);
    assert_int_equal(entra_claims_join(c, text_of(&large), "{}", &out).code, ERR_INVALID_REQUEST);
}

/* A value that the two alphabets of base64 write differently. */
#define STD "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMTc/Pz4ifX19"
#define URL "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7InZhbHVlIjoiMTc_Pz4ifX19"
#define JSON                                                                                       \
    "{\"access_token\":{\"nbf\":{\"value\":\"17?"                                                  \
    "?>\"}}}"
#define ASKS "Bearer realm=\"\", error=\"insufficient_claims\", claims="

static void a_challenge_is_read_however_it_is_written(void **state)
{
    struct ctx *c = *state;
    static const struct {
        const char *header, *claims;
    } rows[] = {
        { ASKS "\"" STD "\"", JSON },
        { ASKS "\"" URL "\"", JSON },
        { ASKS URL, JSON },
        { "bearer CLAIMS=\"" STD "\", Error=\"INSUFFICIENT_CLAIMS\"", JSON },
        { "Basic realm=\"a, error=\\\"x\\\"\", " ASKS "\"" STD "\"", JSON },
        { "PoP nonce=\"x\", " ASKS "\"" STD "\", authorization_uri=\"https://a/b?c=d\"", JSON },
        { ASKS "\"e30=\"", "{}" },
        { ASKS "\"e30\"", "{}" },
        { ASKS "\"e3\"", NULL },
        { ASKS "\"e30=x\"", NULL },
        { ASKS "\"W10=\"", NULL },
        { ASKS "\"\"", NULL },
        { ASKS "\"!!\"", NULL },
        { ASKS, NULL },
        { ASKS "\"" STD, JSON },
        { ASKS "\"\\", NULL },
        { "Bearer claims=\"" STD "\"", NULL },
        { "Bearer error=\"invalid_token\", claims=\"" STD "\"", NULL },
        { "", NULL },
        { ",,,===\"\"", NULL },
        { "Bearer", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *claims = entra_challenge_claims(c->arena, rows[i].header);
        assert_true(text_equal(claims, rows[i].claims));
    }
    /* 1.15: what is passed on comes back as it was. */
    assert_string_equal(entra_challenge_claims(c->arena, entra_challenge(c->arena, JSON)), JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(capabilities_and_claims_are_merged),
        TEST(of_two_that_ask_the_second_wins),
        TEST(deep_or_large_claims_are_refused),
        TEST(a_challenge_is_read_however_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
