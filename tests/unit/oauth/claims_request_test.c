/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/claims_request.h"

#include "oauth_testing.h"

static void the_example_of_the_standard_is_read(void **state)
{
    struct ctx *c = *state;
    struct claims_request r;
    /* OpenID Connect Core 5.5. */
    const char *claims = "{'userinfo':{'given_name':{'essential':true},'nickname':null,"
                         "'email':{'essential':true},'email_verified':{'essential':true},"
                         "'picture':null,'http://example.info/claims/groups':null},"
                         "'id_token':{'auth_time':{'essential':true},"
                         "'acr':{'values':['urn:mace:incommon:iap:silver']}}}";
    passes(c, claims_request_read(c, quoted(c, claims), &r), "the example");
    assert_int_equal(r.userinfo.n, 6);
    assert_true(texts_hold(r.userinfo, "email_verified"));
    assert_int_equal(r.id_token.n, 2);
    assert_true(texts_hold(r.id_token, "auth_time"));
    assert_int_equal(r.acr.n, 1);
    assert_string_equal(r.acr.at[0], "urn:mace:incommon:iap:silver");
    assert_false(r.acr_essential);
    assert_null(r.sub);
}

static void nothing_asks_for_nothing(void **state)
{
    struct ctx *c = *state;
    struct claims_request r;
    static const char *const empty[] = { NULL, "{}", "{'userinfo':null}", "{'other':[1,{'a':2}]}",
                                         "{'id_token':{}}" };
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        const char *claims = empty[i] == NULL ? NULL : quoted(c, empty[i]);
        passes(c, claims_request_read(c, claims, &r), empty[i] == NULL ? "none" : empty[i]);
        assert_int_equal(r.userinfo.n + r.id_token.n + r.acr.n, 0);
    }
}

static void the_user_and_an_essential_acr_are_told(void **state)
{
    struct ctx *c = *state;
    struct claims_request r;
    const char *claims = "{'id_token':{'sub':{'value':'ada'},"
                         "'acr':{'essential':true,'value':'strong','more':{'x':[1]}}}}";
    passes(c, claims_request_read(c, quoted(c, claims), &r), claims);
    assert_string_equal(r.sub, "ada");
    assert_true(r.acr_essential);
    assert_string_equal(r.acr.at[0], "strong");
}

/* A list that is longer than anybody needs is cut, and reads nothing beyond its room. */
static void only_so_many_are_taken(void **state)
{
    struct ctx *c = *state;
    struct claims_request r;
    struct text_buffer b = text_buffer(c->arena);
    text_add(&b, "{\"id_token\":{\"acr\":{\"values\":[\"0\"");
    for (int i = 1; i < 100; i++)
        text_addf(&b, ",\"%d\"", i);
    text_add(&b, "]}");
    for (int i = 0; i < 100; i++)
        text_addf(&b, ",\"c%d\":null", i);
    text_add(&b, "}}");
    passes(c, claims_request_read(c, text_of(&b), &r), "a long one");
    assert_int_equal(r.id_token.n, CLAIMS_REQUEST_MAX);
    assert_int_equal(r.acr.n, CLAIMS_REQUEST_MAX);
}

static void what_is_not_of_the_form_is_refused(void **state)
{
    struct ctx *c = *state;
    struct claims_request r;
    static const char *const bad[] = { "",
                                       "x",
                                       "[]",
                                       "1",
                                       "{",
                                       "{'userinfo':1}",
                                       "{'userinfo':[]}",
                                       "{'id_token':{'a':1}}",
                                       "{'id_token':{'a':'x'}}",
                                       "{'id_token':{'a':[]}}",
                                       "{'id_token':{'a':null,'a':null}}",
                                       "{'id_token':{}} x" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(c, claims_request_read(c, quoted(c, bad[i]), &r), ERR_INVALID_REQUEST, bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_example_of_the_standard_is_read),    TEST(nothing_asks_for_nothing),
        TEST(the_user_and_an_essential_acr_are_told), TEST(only_so_many_are_taken),
        TEST(what_is_not_of_the_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
