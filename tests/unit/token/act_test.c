/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts, and who may, as tokens of ours say it, and as none of ours does. */
#include "token_testing.h"

#include "base/codec.h"
#include "token/act.h"

#define BEFORE "\"type\":\"access\""

/* A token of this service in which `claims` stand, too. */
static const char *token_with(struct ctx *c, const char *claims)
{
    struct grant_facts facts = some_facts(c);
    const char *good = strchr(a_token(c, &facts), '.') + 1;
    struct bytes payload;
    assert_true(base64url_decode(
        c->arena, (struct bytes){ (const uint8_t *)good, strcspn(good, ".") }, &payload));
    const char *text = text_copy(c->arena, (const char *)payload.at, payload.n);
    const char *at = strstr(text, BEFORE);
    assert_non_null(at);
    const char *token = NULL;
    OK(keyring_sign(c, c->keys, ACCESS_TYP,
                    text_printf(c->arena, "%.*s%s,%s", (int)(at - text), text, claims, at),
                    &token));
    return token;
}

static void whoever_acted_comes_back_the_present_one_first(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = { 0 };
    static const char chain[] =
        "\"act\":{\"sub\":\"d\",\"act\":{\"sub\":\"c\",\"act\":{\"sub\":\"b\",\"act\":"
        "{\"sub\":\"a\"}}}},\"may_act\":{\"sub\":\"e\"}";
    OK(verify_access(c, token_with(c, chain), NULL, &access));
    assert_int_equal(access.facts.actors.n, ACTORS_MAX);
    for (size_t i = 0; i < ACTORS_MAX; i++)
        assert_int_equal(access.facts.actors.at[i][0], "dcba"[i]);
    assert_string_equal(access.facts.style.may_act, "e");
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    act_write(&w, access.facts.actors);
    may_act_write(&w, access.facts.style.may_act);
    json_object_end(&w);
    assert_string_equal(json_written(&w), text_printf(c->arena, "{%s}", chain));
}

/* TX-06: a chain of another form, or a longer one, is no chain of ours. */
static void what_is_no_chain_of_ours_is_refused(void **state)
{
    struct ctx *c = ctx_of(state);
    struct access access = { 0 };
    static const char five_deep[] =
        "\"act\":{\"sub\":\"a\",\"act\":{\"sub\":\"b\",\"act\":{\"sub\":\"c\","
        "\"act\":{\"sub\":\"d\",\"act\":{\"sub\":\"e\"}}}}}";
    static const char *const wrong[] = {
        "\"act\":null",
        "\"act\":\"a\"",
        "\"act\":[\"a\"]",
        "\"act\":{}",
        "\"act\":{\"sub\":\"\"}",
        "\"act\":{\"sub\":7}",
        "\"act\":{\"sub\":null}",
        "\"act\":{\"sub\":\"a\",\"iss\":\"https://other.example\"}",
        "\"act\":{\"iss\":\"https://other.example\"}",
        "\"act\":{\"act\":{\"sub\":\"a\"}}",
        "\"act\":{\"sub\":\"a\",\"act\":\"b\"}",
        "\"act\":{\"sub\":\"a\",\"act\":{}}",
        five_deep,
        "\"may_act\":\"a\"",
        "\"may_act\":{}",
        "\"may_act\":{\"sub\":\"\"}",
        "\"may_act\":{\"sub\":\"a\",\"aud\":\"b\"}",
        "\"may_act\":{\"sub\":\"a\",\"act\":{\"sub\":\"b\"}}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        REFUSED(verify_access(c, token_with(c, wrong[i]), NULL, &access), INVALID_TOKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_TEST(whoever_acted_comes_back_the_present_one_first),
        TOKEN_TEST(what_is_no_chain_of_ours_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
