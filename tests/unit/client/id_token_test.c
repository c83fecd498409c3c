/* SPDX-License-Identifier: Apache-2.0 */
/* ID tokens of others: each claim that has to be right, wrong. */
#include "client/id_token.h"

#include "base/random.h"
#include "tests/unit/base/testing.h"

#define US     "client-1"
#define ISSUER "https://op.example"
#define NONCE  "n-0S6_WzA2Mj"

struct made {
    const struct key *key;
    struct key_set keys;
    struct id_token_due due;
};

static struct made new_made(struct ctx *c, enum jws_alg alg)
{
    struct made m = { .due = { .issuer = ISSUER, .client_id = US, .nonce = NONCE } };
    const struct key **at = ARENA_NEW(c->arena, const struct key *);
    c->random = random_system(c->arena);
    assert_int_equal(key_generate(c, c->arena, alg, RSA_BITS, at).code, ERR_OK);
    m.key = *at;
    m.keys = (struct key_set){ at, 1, 0 };
    m.due.algs = alg;
    return m;
}

/* A good payload whose member `name` has the JSON `value`; NULL leaves it out. */
static const char *payload(struct ctx *c, const char *name, const char *value)
{
    const struct {
        const char *name, *value;
    } good[] = {
        { "iss", "\"" ISSUER "\"" },
        { "sub", "\"them\"" },
        { "aud", "\"" US "\"" },
        { "nonce", "\"" NONCE "\"" },
        { "iat", text_printf(c->arena, "%lld", (long long)c->now) },
        { "exp", text_printf(c->arena, "%lld", (long long)c->now + 300) },
    };
    struct text_buffer b = text_buffer(c->arena);
    bool said = name == NULL;
    for (size_t i = 0; i < 6; i++) {
        bool this = text_equal(good[i].name, name);
        said |= this;
        if (!this || value != NULL)
            text_addf(&b, "%s\"%s\":%s", b.n == 0 ? "{" : ",", good[i].name,
                      this ? value : good[i].value);
    }
    if (!said)
        text_addf(&b, ",\"%s\":%s", name, value);
    text_add(&b, "}");
    return text_of(&b);
}

static err check(struct ctx *c, const struct made *m, const char *json)
{
    const char *token = NULL;
    struct jwt jwt;
    fault_clear(c);
    assert_int_equal(jwt_sign(c, m->key, "JWT", json, &token).code, ERR_OK);
    return id_token_check(c, token, &m->keys, &m->due, &jwt);
}

static void a_good_one_is_taken(void **state)
{
    struct ctx *c = *state;
    struct made m = new_made(c, ALG_RS256);
    assert_int_equal(check(c, &m, payload(c, NULL, NULL)).code, ERR_OK);
    assert_int_equal(check(c, &m, payload(c, "azp", "\"" US "\"")).code, ERR_OK);
    assert_int_equal(check(c, &m, payload(c, "aud", "[\"" US "\"]")).code, ERR_OK);
}

/* JOSE-24, JOSE-25, JOSE-26, JOSE-27, SD-02, and Core 3.1.3.7. */
static void each_claim_that_is_wrong_is_refused(void **state)
{
    struct ctx *c = *state;
    struct made m = new_made(c, ALG_ES256);
    static const struct {
        const char *name, *value;
    } wrong[] = {
        { "iss", NULL },
        { "iss", "\"https://op.example/\"" },
        { "iss", "\"https://op.exampl\"" },
        { "iss", "\"https://OP.example\"" },
        { "iss", "[\"" ISSUER "\"]" },
        { "sub", NULL },
        { "sub", "7" },
        { "sub", "\"\"" },
        { "aud", NULL },
        { "aud", "\"client-2\"" },
        { "aud", "[\"" US "\",\"client-2\"]" },
        { "aud", "[]" },
        { "aud", "{}" },
        { "azp", "\"client-2\"" },
        { "azp", "7" },
        { "nonce", NULL },
        { "nonce", "\"other\"" },
        { "nonce", "\"\"" },
        { "nonce", "null" },
        { "nonce", "[\"" NONCE "\"]" },
        { "exp", NULL },
        { "exp", "1795529107" }, /* 60 s ago */
        { "exp", "\"1795529467\"" },
        { "iat", NULL },
        { "iat", "1795529228" }, /* in 61 s */
        { "iat", "1795525506" }, /* an hour and 61 s ago */
        { "nbf", "1795529228" },
        { "sub\":\"me\",\"sub", "\"them\"" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (check(c, &m, payload(c, wrong[i].name, wrong[i].value)).code != ERR_INVALID_TOKEN)
            fail_msg("%s: %s was taken", wrong[i].name,
                     wrong[i].value == NULL ? "(none)" : wrong[i].value);
    char *sub = arena_alloc(c->arena, ID_TOKEN_SUB_MAX + 4);
    memset(sub, 'x', ID_TOKEN_SUB_MAX + 3);
    sub[0] = sub[ID_TOKEN_SUB_MAX + 2] = '"';
    assert_int_equal(check(c, &m, payload(c, "sub", sub)).code, ERR_INVALID_TOKEN);
    sub[ID_TOKEN_SUB_MAX + 1] = '"';
    sub[ID_TOKEN_SUB_MAX + 2] = '\0';
    assert_int_equal(check(c, &m, payload(c, "sub", sub)).code, ERR_OK);
    assert_int_equal(check(c, &m, payload(c, "exp", "1795529108")).code, ERR_OK);
    assert_int_equal(check(c, &m, payload(c, "iat", "1795529227")).code, ERR_OK);
    assert_int_equal(check(c, &m, payload(c, "iat", "1795525507")).code, ERR_OK);
}

/* JOSE-01, JOSE-02, JOSE-30: the algorithm is one that the provider is known for. */
static void another_algorithm_is_refused(void **state)
{
    struct ctx *c = *state;
    struct made m = new_made(c, ALG_ES256);
    m.due.algs = ALG_RS256;
    assert_int_equal(check(c, &m, payload(c, NULL, NULL)).code, ERR_INVALID_TOKEN);
    struct made stranger = new_made(c, ALG_ES256);
    m.due.algs = ALG_ES256;
    stranger.keys = m.keys;
    assert_int_equal(check(c, &stranger, payload(c, NULL, NULL)).code, ERR_INVALID_TOKEN);
}

/* Core 3.1.3.6. */
static void the_access_token_is_the_one_that_came_with_it(void **state)
{
    struct ctx *c = *state;
    static const struct {
        enum jws_alg alg;
        const char *right;
    } cases[] = {
        { ALG_RS256, "\"77QmUPtjPfzWtF2AnpK9RQ\"" }, /* of Core appendix A.3 */
        { ALG_ES256, "\"77QmUPtjPfzWtF2AnpK9RQ\"" },
        { ALG_ES384, "\"jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs\"" },
        { ALG_EDDSA, "\"q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m = new_made(c, cases[i].alg);
        m.due.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_int_equal(check(c, &m, payload(c, "at_hash", cases[i].right)).code, ERR_OK);
        assert_int_equal(check(c, &m, payload(c, "at_hash", "\"77QmUPtjPfzWtF2AnpK9Rq\"")).code,
                         ERR_INVALID_TOKEN);
        assert_int_equal(check(c, &m, payload(c, "at_hash", "7")).code, ERR_INVALID_TOKEN);
        assert_int_equal(check(c, &m, payload(c, NULL, NULL)).code, ERR_OK);
    }
}

/* An ID token of Entra with 200 groups is larger than any of ours. */
static void one_with_many_groups_is_taken_and_a_huge_one_is_not(void **state)
{
    struct ctx *c = *state;
    struct made m = new_made(c, ALG_ES256);
    struct text_buffer groups = text_buffer(c->arena);
    for (int i = 0; i < 200; i++)
        text_addf(&groups, "%s\"00000000-0000-0000-0000-%012d\"", i == 0 ? "[" : ",", i);
    text_add(&groups, "]");
    assert_int_equal(check(c, &m, payload(c, "groups", text_of(&groups))).code, ERR_OK);
    char *huge = arena_alloc(c->arena, ID_TOKEN_BYTES_MAX + 3);
    memset(huge, 'x', ID_TOKEN_BYTES_MAX + 2);
    huge[0] = huge[ID_TOKEN_BYTES_MAX + 1] = '"';
    assert_int_equal(check(c, &m, payload(c, "x", huge)).code, ERR_INVALID_TOKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_one_is_taken),
        TEST(each_claim_that_is_wrong_is_refused),
        TEST(another_algorithm_is_refused),
        TEST(the_access_token_is_the_one_that_came_with_it),
        TEST(one_with_many_groups_is_taken_and_a_huge_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
