/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that somebody has made up to pass for one of ours. */
#include "jose_testing.h"

static const char *jwk_of(struct ctx *c, const struct key *key)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    return json_written(&w);
}

/* JOSE-04: the attacker's own key in the header, with our kid */
static void a_key_in_the_header_is_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *ours = new_key(c, ALG_ES256), *theirs = new_key(c, ALG_ES256);
    struct jws_policy policy = policy_of(c, ours);
    const char *header = text_printf(c->arena, "{\"alg\":\"ES256\",\"kid\":\"%s\",\"jwk\":%s}",
                                     ours->kid, jwk_of(c, theirs));
    assert_false(verifies(c, forge(c, theirs, ALG_ES256, header, "{}"), &policy));
    /* Not even a token that is good but for it. */
    assert_false(verifies(c, forge(c, ours, ALG_ES256, header, "{}"), &policy));
}

/* RFC 9449 4.3: where a proof is asked for, the key in the header is the key, and a public one */
static void a_proof_is_verified_with_the_key_in_its_header(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256), *other = new_key(c, ALG_ES256);
    struct jws_policy policy = { .algs = ALG_ES256 | ALG_EDDSA, .key_in_header = true };
    static const char form[] = "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\",\"jwk\":%s}";
    const char *header = text_printf(c->arena, form, jwk_of(c, key));
    struct jws out = { 0 };
    assert_int_equal(jws_verify(c, forge(c, key, ALG_ES256, header, "{}"), &policy, &out).code,
                     ERR_OK);
    assert_string_equal(key_thumbprint(c->arena, out.key->pkey), key->kid);
    assert_false(verifies(c, forge(c, other, ALG_ES256, header, "{}"), &policy));
    struct json_writer w = json_writer(c->arena);
    key_write_private_jwk(&w, key);
    const char *secret = text_printf(c->arena, form, json_written(&w));
    assert_false(verifies(c, forge(c, key, ALG_ES256, secret, "{}"), &policy));
    assert_false(verifies(c, forge(c, key, ALG_ES256, "{\"alg\":\"ES256\"}", "{}"), &policy));
    assert_false(
        verifies(c, forge(c, key, ALG_ES256, text_printf(c->arena, form, "\"x\""), "{}"), &policy));
    assert_false(
        verifies(c, forge(c, key, ALG_ES256, text_printf(c->arena, form, "null"), "{}"), &policy));
    assert_false(
        verifies(c, forge(c, key, ALG_ES256, text_printf(c->arena, form, "{}"), "{}"), &policy));
    policy.algs = ALG_EDDSA;
    assert_false(verifies(c, forge(c, key, ALG_ES256, header, "{}"), &policy));
}

/* JOSE-05, JOSE-09, JOSE-15: members that say where a key is, or that what was signed is not what
 * is here */
static void headers_that_change_the_rules_are_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jws_policy policy = policy_of(c, key);
    static const char *const members[] = {
        "\"jku\":\"https://trap.example/jwks\"",
        "\"x5u\":\"https://trap.example/cert\"",
        "\"x5c\":[\"MIIB\"]",
        "\"b64\":false",
        "\"b64\":true",
        "\"b64\":false,\"crit\":[\"b64\"]",
        "\"crit\":[\"b64\"]",
        "\"crit\":[]",
        "\"crit\":[\"exp\"],\"exp\":1",
        "\"crit\":null",
        "\"zip\":\"DEF\"",
        "\"zip\":null",
    };
    static const char form[] = "{\"alg\":\"EdDSA\",\"kid\":\"%s\",%s}";
    const char *harmless =
        text_printf(c->arena, form, key->kid, "\"x5t\":\"AA\",\"new\":{\"a\":[1]}");
    assert_true(verifies(c, forge(c, key, ALG_EDDSA, harmless, "{}"), &policy));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *header = text_printf(c->arena, form, key->kid, members[i]);
        assert_false(verifies(c, forge(c, key, ALG_EDDSA, header, "{}"), &policy));
    }
}

/* JOSE-06, JOSE-24: a kid is a name to compare, of 1 to 64 bytes, and nothing else */
static void a_kid_is_only_compared(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jws_policy policy = policy_of(c, key);
    char *long_kid = arena_alloc(c->arena, 4096 + 3);
    memset(long_kid, 'a', 4096 + 2);
    long_kid[0] = long_kid[4096 + 1] = '"';
    const char *const kids[] = { "\"../../../../dev/null\"",
                                 "\"' OR 1=1--\"",
                                 "\"a\\u0000b\"",
                                 "\"%00\"",
                                 "\"\"",
                                 "7",
                                 "null",
                                 "[]",
                                 "{}",
                                 text_printf(c->arena, "[\"%s\"]", key->kid),
                                 text_printf(c->arena, "\"%s \"", key->kid),
                                 text_printf(c->arena, "\"%s\\n\"", key->kid),
                                 text_printf(c->arena, "\"%s%%00\"", key->kid),
                                 text_printf(c->arena, "\"%.42s\"", key->kid),
                                 long_kid };
    for (size_t i = 0; i < sizeof kids / sizeof kids[0]; i++) {
        const char *header = text_printf(c->arena, "{\"alg\":\"EdDSA\",\"kid\":%s}", kids[i]);
        assert_false(verifies(c, forge(c, key, ALG_EDDSA, header, "{}"), &policy));
    }
}

/* JOSE-24: alg, typ and cty of another type; and a header that is not one strict JSON object */
static void a_header_is_one_strict_object(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jws_policy policy = policy_of(c, key);
    static const char *const headers[] = {
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{\"alg\":7}",
        "{\"alg\":null}",
        "{\"alg\":{}}",
        "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}",
        "{\"alg\":\"none\",\"alg\":\"EdDSA\"}",
        "{\"alg\":\"EdDSA\",\"typ\":7}",
        "{\"alg\":\"EdDSA\",\"typ\":null}",
        "{\"alg\":\"EdDSA\",\"cty\":[]}",
        "{\"alg\":\"EdDSA\"} ,",
        "{\"alg\":\"EdDSA\"",
        "{'alg':'EdDSA'}",
        "\xEF\xBB\xBF{\"alg\":\"EdDSA\"}",
        "{\"alg\":\"EdDSA\",}",
        "{\"alg\":\"EdDSA\",\"x\":\"\xFF\"}",
        "{\"alg\":\"EdDSA\",\"x\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}",
    };
    assert_true(verifies(c, forge(c, key, ALG_EDDSA, " {\"alg\" :\n\"EdDSA\"}\t", "{}"), &policy));
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_false(verifies(c, forge(c, key, ALG_EDDSA, headers[i], "{}"), &policy));
}

/* JOSE-11, JOSE-19, JOSE-21: parts that are empty, too few or too many */
static void a_token_has_three_parts(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jws_policy policy = policy_of(c, key);
    const char *good = forge(c, key, ALG_EDDSA, HEADER("EdDSA", key->kid), "{}");
    const char *first = strchr(good, '.'), *second = strrchr(good, '.');
    const char *const parts[] = { text_copy(c->arena, good, (size_t)(first - good)),
                                  text_copy(c->arena, first + 1, (size_t)(second - first - 1)),
                                  second + 1 };
    for (unsigned kept = 0; kept < 7; kept++)
        assert_false(
            verifies(c,
                     text_printf(c->arena, "%s.%s.%s", (kept & 1) != 0 ? parts[0] : "",
                                 (kept & 2) != 0 ? parts[1] : "", (kept & 4) != 0 ? parts[2] : ""),
                     &policy));
    static const char *const forms[] = { "%s.",    ".%s",  "%s.x", "x.%s",
                                         "%s.a.b", "%s..", "..%s", "Bearer %s" };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct text_buffer b = text_buffer(c->arena);
        const char *place = strstr(forms[i], "%s");
        text_add_bytes(&b, forms[i], (size_t)(place - forms[i]));
        text_add(&b, good);
        text_add(&b, place + 2);
        assert_false(verifies(c, text_of(&b), &policy));
    }
    static const char *const bare[] = { "", ".", "..", "...", "....", "a", "a.b", "a.b.c.d.e" };
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++)
        assert_false(verifies(c, bare[i], &policy));
}

/* JOSE-21, JOSE-22: a megabyte of dots, or of one part, is refused after a look at its first 8 KiB
 */
static void a_token_that_is_too_long_is_refused_at_once(void **state)
{
    struct ctx *c = *state;
    enum { LONG = 1000 * 1000 };
    const struct key *key = new_key(c, ALG_EDDSA);
    struct jws_policy policy = policy_of(c, key);
    char *text = malloc(LONG + 1);
    static const char fill[] = { '.', 'A', 'e' };
    for (size_t i = 0; i < sizeof fill; i++) {
        memset(text, fill[i], LONG);
        text[LONG] = '\0';
        size_t before = arena_used(c->arena);
        assert_false(verifies(c, text, &policy));
        memcpy(text, "eyJhbGciOiJFZERTQSJ9.", 21);
        text[LONG - 2] = '.';
        assert_false(verifies(c, text, &policy));
        assert_true(arena_used(c->arena) - before < 2048);
    }
    free(text);
    /* As long as may be, and a little longer. */
    char *payload = arena_alloc(c->arena, JWS_BYTES_MAX);
    memset(payload, 'a', 6050);
    const char *token = "", *longest = "";
    while (strlen(token) <= JWS_BYTES_MAX) {
        longest = token;
        payload[strlen(payload)] = 'a';
        token = forge(c, key, ALG_EDDSA, "{\"alg\":\"EdDSA\"}", payload);
    }
    assert_true(strlen(longest) > JWS_BYTES_MAX - 4);
    assert_true(verifies(c, longest, &policy));
    assert_false(verifies(c, token, &policy));
}

/* JOSE-32: whatever is not the very text that was signed */
static void every_other_spelling_of_a_token_is_refused(void **state)
{
    struct ctx *c = *state;
    const struct key *key = new_key(c, ALG_ES256);
    struct jws_policy policy = policy_of(c, key);
    const char *good = forge(c, key, ALG_ES256, HEADER("ES256", key->kid), "{\"a\":\"~~~???\"}");
    size_t n = strlen(good);
    assert_true(verifies(c, good, &policy));
    static const char *const behind[] = { "=", "==", "A", " ", "\n", "\r\n", "%3D", "\t", "." };
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++)
        assert_false(verifies(c, text_printf(c->arena, "%s%s", good, behind[i]), &policy));
    for (size_t cut = 1; cut < n; cut++)
        assert_false(verifies(c, text_copy(c->arena, good, n - cut), &policy));
    static const char marks[] = "=+/ \n?%-_A.";
    for (size_t at = 0; at < n; at++) {
        struct arena_mark mark = arena_mark(c->arena);
        char *changed = arena_copy(c->arena, good, n + 1);
        for (const char *m = marks; *m != '\0'; m++) {
            changed[at] = *m;
            assert_int_equal(verifies(c, changed, &policy), *m == good[at]);
        }
        arena_rewind(c->arena, mark);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRYPTO_TEST(a_key_in_the_header_is_refused),
        CRYPTO_TEST(a_proof_is_verified_with_the_key_in_its_header),
        CRYPTO_TEST(headers_that_change_the_rules_are_refused),
        CRYPTO_TEST(a_kid_is_only_compared),
        CRYPTO_TEST(a_header_is_one_strict_object),
        CRYPTO_TEST(a_token_has_three_parts),
        CRYPTO_TEST(a_token_that_is_too_long_is_refused_at_once),
        CRYPTO_TEST(every_other_spelling_of_a_token_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
