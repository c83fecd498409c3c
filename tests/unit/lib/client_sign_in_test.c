/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in, refreshing and signing out by the public header. */
#include "client_testing.h"

#include "base/codec.h"

static const char *parameter(struct issuer *i, const char *url, const char *name)
{
    struct form form;
    const char *value = NULL;
    assert_true(form_decode(i->w->arena, bytes_of(strchr(url, '?') + 1), &form));
    assert_true(form_get(&form, name, &value));
    return value;
}

static const char *id_token(struct issuer *i, const char *sub, const char *nonce)
{
    const char *token = NULL;
    assert_int_equal(jwt_sign(&i->w->c, i->key, "JWT",
                              text_printf(i->w->arena,
                                          "{\"iss\":\"%s\",\"aud\":\"us\",\"sub\":\"%s\",\"iat\":"
                                          "%lld,\"exp\":%lld,\"nonce\":\"%s\",\"name\":\"Al\"}",
                                          i->w->url, sub, (long long)time_now(),
                                          (long long)time_now() + 60, nonce),
                              &token)
                         .code,
                     ERR_OK);
    return token;
}

static void says_id(struct issuer *i, const char *sub, const char *nonce)
{
    peer_says(i->w, "/t", FINE,
              text_printf(i->w->arena,
                          "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"refresh_token\":"
                          "\"rt-2\",\"id_token\":\"%s\"}",
                          id_token(i, sub, nonce)));
}

static struct uauth_sign_in *begin(const struct uauth_client *client)
{
    const char *const more[] = { "kc_idp_hint", "x", NULL };
    const struct uauth_sign_in_options options = { .size = sizeof options,
                                                   .redirect_uri = "https://us.example/cb",
                                                   .prompt = "login",
                                                   .parameters = more };
    struct uauth_sign_in *sign_in = NULL;
    assert_int_equal(uauth_sign_in_begin(client, &options, &sign_in, NULL), UAUTH_OK);
    return sign_in;
}

static void somebody_signs_in_once(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_sign_in *sign_in = begin(client);
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    const char *url = uauth_sign_in_url(sign_in);
    assert_string_equal(parameter(i, url, "prompt"), "login");
    assert_string_equal(parameter(i, url, "kc_idp_hint"), "x");
    says_id(i, "alice", parameter(i, url, "nonce"));
    const char *back = text_printf(i->w->arena, "https://us.example/cb?code=c&state=%s#x",
                                   parameter(i, url, "state"));
    assert_int_equal(uauth_sign_in_finish(client, uauth_sign_in_kept(sign_in), "code=c&state=x",
                                          &tokens, &error),
                     UAUTH_REFUSED);
    assert_null(tokens);
    uauth_error_free(error);
    assert_int_equal(uauth_sign_in_finish(client, uauth_sign_in_kept(sign_in), back, &tokens, NULL),
                     UAUTH_OK);
    const struct uauth_token *id = uauth_tokens_id(tokens);
    assert_string_equal(uauth_token_text(id, "sub"), "alice");
    assert_string_equal(uauth_token_text(id, "name"), "Al");
    assert_string_equal(uauth_tokens_refresh(tokens), "rt-2");
    uauth_tokens_free(tokens);
    /* CD-01: the same answer, a second time. */
    assert_int_equal(uauth_sign_in_finish(client, uauth_sign_in_kept(sign_in), back, &tokens, NULL),
                     UAUTH_REFUSED);
    assert_int_equal(uauth_sign_in_finish(client, NULL, NULL, &tokens, NULL), UAUTH_REFUSED);
    uauth_sign_in_free(sign_in);
    uauth_client_free(client);
}

/* What was begun here is finished by whoever has the key, and by nobody else. */
static void a_sign_in_goes_on_elsewhere_with_the_key(void **state)
{
    struct issuer *i = *state;
    static const char key[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    static const char other[] = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    struct uauth_client *one = client_of(i, (struct uauth_client_options){ .seal_key = key });
    struct uauth_client *two = client_of(i, (struct uauth_client_options){ .seal_key = key });
    struct uauth_client *evil = client_of(i, (struct uauth_client_options){ .seal_key = other });
    struct uauth_client *none = client_of(i, (struct uauth_client_options){ .dpop = false });
    struct uauth_sign_in *sign_in = begin(one);
    struct uauth_tokens *tokens = NULL;
    const char *url = uauth_sign_in_url(sign_in), *kept = uauth_sign_in_kept(sign_in);
    const char *back = text_printf(i->w->arena, "code=c&state=%s", parameter(i, url, "state"));
    says_id(i, "alice", parameter(i, url, "nonce"));
    assert_int_equal(uauth_sign_in_finish(evil, kept, back, &tokens, NULL), UAUTH_REFUSED);
    assert_int_equal(uauth_sign_in_finish(none, kept, back, &tokens, NULL), UAUTH_REFUSED);
    assert_int_equal(uauth_sign_in_finish(two, kept, back, &tokens, NULL), UAUTH_OK);
    uauth_tokens_free(tokens);
    uauth_sign_in_free(sign_in);
    uauth_client_free(one);
    uauth_client_free(two);
    uauth_client_free(evil);
    uauth_client_free(none);
}

/* RT-12: the old token is used up, so the new one is handed out whatever else is wrong. */
static void a_rotated_token_is_handed_out_whatever_else_is_wrong(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_tokens *tokens = NULL;
    const struct uauth_refresh_options alice = { .size = sizeof alice,
                                                 .refresh_token = "rt-1",
                                                 .sub = "alice" };
    says_id(i, "alice", "n");
    assert_int_equal(uauth_refresh(client, &alice, &tokens, NULL), UAUTH_OK);
    assert_string_equal(uauth_tokens_refresh(tokens), "rt-2");
    assert_string_equal(uauth_token_text(uauth_tokens_id(tokens), "sub"), "alice");
    uauth_tokens_free(tokens);
    says_id(i, "mallory", "n");
    struct uauth_error *error = NULL;
    assert_int_equal(uauth_refresh(client, &alice, &tokens, &error), UAUTH_INVALID_TOKEN);
    assert_non_null(tokens);
    assert_string_equal(uauth_tokens_refresh(tokens), "rt-2");
    assert_null(uauth_tokens_id(tokens));
    assert_null(uauth_tokens_id_token(tokens));
    uauth_tokens_free(tokens);
    uauth_error_free(error);
    peer_says(i->w, "/t", "400 Bad\r\n", "{\"error\":\"invalid_grant\"}");
    assert_int_equal(uauth_refresh(client, &alice, &tokens, NULL), UAUTH_REFUSED);
    assert_null(tokens);
    assert_int_equal(uauth_refresh(client, NULL, &tokens, NULL), UAUTH_ARGUMENT);
    uauth_client_free(client);
}

static void a_logout_token_is_taken_once(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_token *told = NULL;
    const char *token = NULL;
    assert_int_equal(
        jwt_sign(&i->w->c, i->key, "logout+jwt",
                 text_printf(i->w->arena,
                             "{\"iss\":\"%s\",\"aud\":\"us\",\"sid\":\"s-1\",\"jti\":\"j\",\"iat\":"
                             "%lld,\"exp\":%lld,\"events\":{\"http://schemas.openid.net/event/"
                             "backchannel-logout\":{}}}",
                             i->w->url, (long long)time_now(), (long long)time_now() + 60),
                 &token)
            .code,
        ERR_OK);
    assert_int_equal(uauth_logout_token(client, token, &told, NULL), UAUTH_OK);
    assert_string_equal(uauth_token_text(told, "sid"), "s-1");
    uauth_token_free(told);
    assert_int_equal(uauth_logout_token(client, token, &told, NULL), UAUTH_INVALID_TOKEN);
    assert_int_equal(uauth_logout_token(client, NULL, &told, NULL), UAUTH_INVALID_TOKEN);
    uauth_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(somebody_signs_in_once),
        ISSUER_TEST(a_sign_in_goes_on_elsewhere_with_the_key),
        ISSUER_TEST(a_rotated_token_is_handed_out_whatever_else_is_wrong),
        ISSUER_TEST(a_logout_token_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
