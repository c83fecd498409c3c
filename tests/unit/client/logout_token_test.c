/* SPDX-License-Identifier: Apache-2.0 */
/* Logout tokens (Back-Channel Logout 2.6): each thing that one has to be. */
#include "client/logout_token.h"

#include "sign_in_story.h"

#define EVENT "\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}"
#define JTI   "\"jti\":\"j-1\""

/* A token whose claims but iss are `claims`. */
static err check(struct story *s, const char *typ, const char *claims, struct logout_told *told)
{
    struct world *w = s->w;
    const char *token =
        signed_by(s, typ,
                  text_printf(w->arena, "{\"iss\":\"%s\",\"iat\":%lld,\"exp\":%lld,%s}", w->url,
                              (long long)w->c.now, (long long)w->c.now + 100, claims));
    fault_clear(&w->c);
    return logout_token_check(&w->c, &s->issuer, "us", token, NULL, told);
}

static void a_session_is_named(void **state)
{
    struct story s = begin_story(*state, "");
    struct logout_told told;
    const char *claims = "\"aud\":\"us\",\"sid\":\"s-1\"," JTI "," EVENT;
    assert_int_equal(check(&s, "logout+jwt", claims, &told).code, ERR_OK);
    assert_string_equal(told.sid, "s-1");
    assert_null(told.sub);
    assert_int_equal(check(&s, NULL, claims, &told).code, ERR_OK);
    assert_int_equal(check(&s, "JWT", claims, &told).code, ERR_OK);
}

static void what_is_no_logout_token_ends_nothing(void **state)
{
    struct story s = begin_story(*state, "");
    struct logout_told told;
    static const char *const bad[] = {
        "\"aud\":\"us\"," JTI "," EVENT,
        "\"aud\":\"us\",\"sub\":\"a\"," JTI,
        "\"aud\":\"us\",\"sub\":\"a\"," EVENT,
        "\"aud\":\"them\",\"sub\":\"a\"," JTI "," EVENT,
        "\"sub\":\"a\"," JTI "," EVENT,
        "\"aud\":\"us\",\"sub\":\"a\",\"nonce\":\"n\"," JTI "," EVENT,
        "\"aud\":\"us\",\"sub\":\"a\",\"nonce\":null," JTI "," EVENT,
        "\"aud\":\"us\",\"sub\":\"a\",\"events\":[]," JTI,
        "\"aud\":\"us\",\"sub\":\"a\",\"events\":{\"other\":{}}," JTI,
        "\"aud\":\"us\",\"sub\":\"a\"," JTI ",\"events\":{\"http://schemas.openid.net/event/"
        "backchannel-logout\":true}",
        "\"aud\":\"us\",\"sid\":7," JTI "," EVENT,
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (check(&s, "logout+jwt", bad[i], &told).code != ERR_INVALID_TOKEN)
            fail_msg("%s was taken", bad[i]);
    const char *good = "\"aud\":\"us\",\"sub\":\"a\"," JTI "," EVENT;
    struct story keyless = s;
    struct metadata none = *s.issuer.m;
    none.jwks_uri = NULL;
    keyless.issuer.m = &none;
    assert_int_equal(check(&keyless, "logout+jwt", good, &told).code, ERR_UPSTREAM);
    assert_int_equal(check(&s, "at+jwt", good, &told).code, ERR_INVALID_TOKEN);
    struct story evil = s;
    assert_int_equal(key_generate(&s.w->c, s.w->arena, ALG_ES256, 0, &evil.key).code, ERR_OK);
    assert_int_equal(check(&evil, "logout+jwt", good, &told).code, ERR_INVALID_TOKEN);
}

static void a_logout_token_comes_once_and_soon(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct replays *used = replays_new(0, NOW);
    struct logout_told told;
    const char *token = signed_by(
        &s, "logout+jwt",
        text_printf(w->arena,
                    "{\"iss\":\"%s\",\"aud\":\"us\",\"iat\":%lld,\"exp\":%lld,\"sub\":\"a\"," JTI
                    "," EVENT "}",
                    w->url, (long long)w->c.now, (long long)w->c.now + 3600));
    assert_int_equal(logout_token_check(&w->c, &s.issuer, "us", token, used, &told).code, ERR_OK);
    for (int64_t wait = 0; wait < 1000; wait += 60) {
        fault_clear(&w->c);
        assert_int_equal(logout_token_check(&w->c, &s.issuer, "us", token, used, &told).code,
                         ERR_INVALID_TOKEN);
        w->c.now += 60;
    }
    replays_free(used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_session_is_named),
        WORLD_TEST(what_is_no_logout_token_ends_nothing),
        WORLD_TEST(a_logout_token_comes_once_and_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
