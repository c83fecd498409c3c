/* SPDX-License-Identifier: Apache-2.0 */
/* The client part of the public header, as a program meets it. */
#include "client_testing.h"

static void a_client_is_made_of_what_goes_together(void **state)
{
    struct issuer *i = *state;
    const struct uauth_client_options bad[] = {
        { .size = sizeof bad[0] },
        { .size = sizeof bad[0], .issuer = "https://op.example" },
        { .size = sizeof bad[0], .issuer = "https://op.example", .client_id = "" },
        { .size = sizeof bad[0], .issuer = "x", .client_id = "us", .key = "{}" },
        { .size = sizeof bad[0], .issuer = "x", .client_id = "us", .key_file = "/nowhere" },
        { .size = sizeof bad[0], .issuer = "x", .client_id = "us", .certificate = "PEM" },
        { .size = sizeof bad[0],
          .issuer = "x",
          .client_id = "us",
          .client_secret = "s",
          .certificate = "PEM",
          .certificate_key = "PEM" },
        { .size = sizeof bad[0], .issuer = "x", .client_id = "us", .seal_key = "short" },
        { .size = sizeof bad[0], .issuer = "x", .client_id = "us", .dpop_key = "{\"kty\":\"EC\"}" },
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        struct uauth_client *client = NULL;
        struct uauth_error *error = NULL;
        if (uauth_client_new(i->uauth, &bad[n], &client, &error) != UAUTH_ARGUMENT)
            fail_msg("%zu: %s", n, uauth_error_text(error));
        assert_null(client);
        uauth_error_free(error);
    }
    uauth_client_free(NULL);
    uauth_tokens_free(NULL);
}

static void a_program_has_one_token_for_all_its_threads(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "CANARY-s" });
    const struct uauth_wanted wanted = { .size = sizeof wanted, .scope = "a b" };
    struct uauth_tokens *tokens = NULL;
    peer_says(i->w, "/t", FINE, BEARER);
    for (int n = 0; n < 3; n++) {
        assert_int_equal(uauth_client_credentials(client, &wanted, &tokens, NULL), UAUTH_OK);
        assert_string_equal(uauth_tokens_access(tokens), "at");
        assert_in_range(uauth_tokens_expires_at(tokens), time_now() + 280, time_now() + 300);
        assert_null(uauth_tokens_id(tokens));
        uauth_tokens_free(tokens);
    }
    assert_int_equal(peer_calls(i->w, "/t"), 1);
    assert_int_equal(uauth_client_credentials(client, NULL, &tokens, NULL), UAUTH_OK);
    uauth_tokens_free(tokens);
    assert_int_equal(peer_calls(i->w, "/t"), 2);
    uauth_client_credentials_forget(client, &wanted, "at");
    assert_int_equal(uauth_client_credentials(client, &wanted, &tokens, NULL), UAUTH_OK);
    uauth_tokens_free(tokens);
    assert_int_equal(peer_calls(i->w, "/t"), 3);
    uauth_client_free(client);
}

static void a_refusal_says_what_the_server_said(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    peer_says(i->w, "/t", "401 No\r\n",
              "{\"error\":\"invalid_client\",\"error_description\":\"who?\",\"error_uri\":\"u\"}");
    assert_int_equal(uauth_client_credentials(client, NULL, &tokens, &error), UAUTH_REFUSED);
    assert_null(tokens);
    assert_string_equal(uauth_error_code(error), "invalid_client");
    assert_string_equal(uauth_error_description(error), "who?");
    assert_string_equal(uauth_error_uri(error), "u");
    assert_int_equal(uauth_error_status(error), 401);
    uauth_error_free(error);
    peer_says(i->w, "/t", "503 Busy\r\nRetry-After: 9\r\n", "");
    assert_int_equal(uauth_client_credentials(client, NULL, &tokens, &error), UAUTH_UNAVAILABLE);
    assert_int_equal(uauth_error_retry_after(error), 9);
    uauth_error_free(error);
    assert_null(uauth_error_description(NULL));
    assert_null(uauth_error_uri(NULL));
    uauth_client_free(client);
}

static void userinfo_is_of_the_same_person(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_token *who = NULL;
    peer_says(i->w, "/u", FINE, "{\"sub\":\"alice\",\"email\":\"a@b.example\",\"n\":7}");
    assert_int_equal(uauth_userinfo(client, "at", "alice", &who, NULL), UAUTH_OK);
    assert_string_equal(uauth_token_text(who, "email"), "a@b.example");
    uauth_token_free(who);
    assert_int_equal(uauth_userinfo(client, "at", "bob", &who, NULL), UAUTH_INVALID_TOKEN);
    assert_null(who);
    assert_int_equal(uauth_userinfo(client, "at", NULL, &who, NULL), UAUTH_ARGUMENT);
    uauth_client_free(client);
}

static void what_is_asked_about_tokens_is_told(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    struct uauth_token *told = NULL;
    struct uauth_tokens *tokens = NULL;
    struct uauth_text *text = NULL;
    bool active = false;
    peer_says(i->w, "/i", FINE, "{\"active\":true,\"scope\":\"a\",\"exp\":1}");
    assert_int_equal(uauth_introspect(client, "t", NULL, &told, NULL), UAUTH_OK);
    assert_true(uauth_token_boolean(told, "active", &active) && active);
    uauth_token_free(told);
    peer_says(i->w, "/r", "200 OK\r\n", "");
    assert_int_equal(uauth_revoke(client, "t", "refresh_token", NULL), UAUTH_OK);
    peer_says(i->w, "/r", "400 Bad\r\n", "{\"error\":\"unsupported_token_type\"}");
    assert_int_equal(uauth_revoke(client, "t", NULL, NULL), UAUTH_REFUSED);
    const struct uauth_exchange_options exchange = {
        .size = sizeof exchange, .subject_token = "st", .actor_token = "ac", .audiences = "x y"
    };
    peer_says(
        i->w, "/t", FINE,
        "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"issued_token_type\":\"urn:x\"}");
    assert_int_equal(uauth_exchange(client, &exchange, &tokens, NULL), UAUTH_OK);
    assert_string_equal(uauth_tokens_issued_type(tokens), "urn:x");
    assert_non_null(strstr(peer_last(i->w),
                           "actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type"
                           "%3Aaccess_token&audience=x&audience=y"));
    uauth_tokens_free(tokens);
    const struct uauth_sign_out_options out = { .size = sizeof out, .id_token_hint = "h" };
    assert_int_equal(uauth_sign_out_url(client, &out, &text, NULL), UAUTH_OK);
    assert_string_equal(uauth_text(text),
                        text_printf(i->w->arena, "%s/e?id_token_hint=h&client_id=us", i->w->url));
    uauth_text_free(text);
    uauth_client_free(client);
}

static void tokens_are_bound_to_a_key_that_can_be_kept(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client = client_of(i, (struct uauth_client_options){ .dpop = true });
    struct uauth_text *key = NULL, *proof = NULL;
    struct uauth_tokens *tokens = NULL;
    peer_says(i->w, "/t", FINE,
              "{\"access_token\":\"at\",\"token_type\":\"DPoP\",\"expires_in\":300}");
    assert_int_equal(uauth_client_credentials(client, NULL, &tokens, NULL), UAUTH_OK);
    assert_string_equal(uauth_tokens_type(tokens), "DPoP");
    assert_non_null(strstr(peer_last(i->w), "\r\nDPoP: "));
    uauth_tokens_free(tokens);
    assert_int_equal(uauth_client_dpop_key(client, &key, NULL), UAUTH_OK);
    struct uauth_client *again =
        client_of(i, (struct uauth_client_options){ .dpop_key = uauth_text(key) });
    const struct uauth_dpop_request request = { .size = sizeof request,
                                                .method = "GET",
                                                .url = "https://api.example/y" };
    uauth_dpop_heard(again, "https://api.example/x", "n-1");
    assert_int_equal(uauth_dpop_prove(again, &request, &proof, NULL), UAUTH_OK);
    uauth_text_free(proof);
    uauth_text_free(key);
    uauth_client_free(again);
    uauth_client_free(client);
    client = client_of(i, (struct uauth_client_options){ .client_secret = "s" });
    assert_int_equal(uauth_client_dpop_key(client, &key, NULL), UAUTH_ARGUMENT);
    uauth_client_free(client);
}

/* RFC 9449 5: what anybody could use is not handed out, also not beside the refusal. */
static void a_refreshed_token_that_is_not_bound_is_not_handed_out(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client = client_of(i, (struct uauth_client_options){ .dpop = true });
    const struct uauth_refresh_options asked = { .size = sizeof asked, .refresh_token = "rt" };
    struct uauth_tokens *tokens = NULL;
    peer_says(i->w, "/t", FINE,
              "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"refresh_token\":\"rt2\"}");
    assert_int_equal(uauth_refresh(client, &asked, &tokens, NULL), UAUTH_UPSTREAM);
    assert_null(tokens);
    uauth_client_free(client);
}

/* ---- devices ---- */

static bool three_times(void *arg)
{
    int *left = arg;
    return (*left)-- > 0;
}

static void a_device_waits_and_may_give_up(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client = client_of(i, (struct uauth_client_options){ .dpop = false });
    struct uauth_device *device = NULL;
    struct uauth_tokens *tokens = NULL;
    peer_says(i->w, "/d", FINE,
              "{\"device_code\":\"dc\",\"user_code\":\"AB-CD\",\"verification_uri\":"
              "\"https://op.example/d\",\"expires_in\":60,\"interval\":1}");
    peer_says(i->w, "/t", FINE, BEARER);
    assert_int_equal(uauth_device_begin(client, NULL, &device, NULL), UAUTH_OK);
    assert_string_equal(uauth_device_user_code(device), "AB-CD");
    assert_string_equal(uauth_device_uri(device), "https://op.example/d");
    assert_null(uauth_device_uri_complete(device));
    assert_in_range(uauth_device_expires_at(device), time_now() + 50, time_now() + 60);
    int left = 2;
    assert_int_equal(uauth_device_wait(device, three_times, &left, &tokens, NULL), UAUTH_REFUSED);
    assert_int_equal(peer_calls(i->w, "/t"), 0);
    assert_int_equal(uauth_device_wait(device, NULL, NULL, &tokens, NULL), UAUTH_OK);
    assert_string_equal(uauth_tokens_access(tokens), "at");
    uauth_tokens_free(tokens);
    uauth_device_free(device);
    uauth_client_free(client);
}

/* AT-19: who calls itself otherwise is not asked for anything. */
static void a_server_that_is_another_one_is_not_asked(void **state)
{
    struct issuer *i = *state;
    struct uauth_client *client =
        client_of(i, (struct uauth_client_options){ .client_secret = "CANARY-s" });
    struct uauth_tokens *tokens = NULL;
    struct uauth_error *error = NULL;
    peer_says(i->w, DISCOVERY, FINE,
              text_printf(i->w->arena,
                          "{\"issuer\":\"https://evil.example\",\"token_endpoint\":\"%s/t\"}",
                          i->w->url));
    assert_int_equal(uauth_client_credentials(client, NULL, &tokens, &error), UAUTH_UPSTREAM);
    assert_null(strstr(uauth_error_text(error), "CANARY"));
    assert_int_equal(peer_calls(i->w, "/t"), 0);
    uauth_error_free(error);
    uauth_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(a_client_is_made_of_what_goes_together),
        ISSUER_TEST(a_program_has_one_token_for_all_its_threads),
        ISSUER_TEST(a_refusal_says_what_the_server_said),
        ISSUER_TEST(userinfo_is_of_the_same_person),
        ISSUER_TEST(what_is_asked_about_tokens_is_told),
        ISSUER_TEST(tokens_are_bound_to_a_key_that_can_be_kept),
        ISSUER_TEST(a_refreshed_token_that_is_not_bound_is_not_handed_out),
        ISSUER_TEST(a_device_waits_and_may_give_up),
        ISSUER_TEST(a_server_that_is_another_one_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
