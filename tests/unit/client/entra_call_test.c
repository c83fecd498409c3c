/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of Entra ID's token endpoint, good ones and others, and requests that must wait.  Of
 * entra.md 9.2:
 *
 *   429: int, date, huge, negative, missing; local blocking; success clears
 *                                       a_busy_server_is_left_alone, ..._only_that_request, ...
 *   error bodies: HTML, truncated, empty, 10 MB, wrong types    whatever_comes_is_a_clean_failure
 *
 * 6.1 test_throttled_http_client; test_atswe_*; 6.2 ThrottlingUtils.spec, ResponseHandler.spec.
 */
#include "client/entra_call.h"

#include "azure_testing.h"

static const struct oauth_client us = { .client_id = "c-1",
                                        .auth = OAUTH_AUTH_POST,
                                        .secret = "CANARY-s" };
#define GOOD "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":3599}"

struct calling {
    struct world *w;
    struct throttles *throttles;
    struct entra_tokens tokens;
    struct entra_error error;
};

static struct calling open_calling(void **state)
{
    struct calling k = { .w = *state, .throttles = throttles_new() };
    k.w->c.random = random_system(k.w->arena);
    return k;
}

static enum err_code call(struct calling *k, const char *grant, const char *scope)
{
    const struct entra_endpoint at = { .url = text_printf(k->w->arena, "%s/token", k->w->url),
                                       .throttles = k->throttles };
    struct oauth_form form = { .n = 0 };
    oauth_form_add(&form, "grant_type", grant);
    oauth_form_add(&form, "scope", scope);
    oauth_form_add(&form, text_equal(grant, "device_code") ? "device_code" : "x", "1");
    fault_clear(&k->w->c);
    return entra_call(&k->w->c, &at, &us, &form, &k->tokens, &k->error).code;
}

/* ---- failures ---- */

#define ERROR(error, more) "{\"error\":\"" error "\"" more "}"

static void each_error_is_told_as_what_it_is(void **state)
{
    static const struct {
        const char *body, *said;
        enum err_code code;
    } rows[] = {
        { ERROR("invalid_grant", ",\"error_codes\":[70008],\"trace_id\":\"tr\""),
          "AADSTS70008: the code or refresh token has expired; let the user sign in again (trace "
          "id tr)",
          ERR_INVALID_GRANT },
        { ERROR("interaction_required", ",\"suberror\":\"basic_action\",\"error_codes\":[50076]"),
          "(basic_action): AADSTS50076", ERR_INTERACTION_REQUIRED },
        { ERROR("invalid_grant", ",\"suberror\":\"bad_token\""), "bad_token",
          ERR_INTERACTION_REQUIRED },
        { ERROR("invalid_grant", ",\"suberror\":\"client_mismatch\""), "client_mismatch",
          ERR_INVALID_GRANT },
        { ERROR("consent_required", ""), "consent_required", ERR_INTERACTION_REQUIRED },
        { ERROR("login_required", ""), "login_required", ERR_INTERACTION_REQUIRED },
        { ERROR("invalid_client", ",\"error_codes\":[7000222]"), "the secret has expired",
          ERR_INVALID_CLIENT },
        { ERROR("unauthorized_client", ",\"error_codes\":[700016]"), "not known in this tenant",
          ERR_UNAUTHORIZED_CLIENT },
        { ERROR("invalid_scope", ",\"error_codes\":[1002012]"), "/.default", ERR_INVALID_SCOPE },
        { ERROR("invalid_resource", ",\"error_codes\":[500011]"), "service principal",
          ERR_INVALID_TARGET },
        { ERROR("authorization_pending", ""), "authorization_pending", ERR_AUTHORIZATION_PENDING },
        { ERROR("slow_down", ""), "slow_down", ERR_SLOW_DOWN },
        { ERROR("authorization_declined", ""), "authorization_declined", ERR_ACCESS_DENIED },
        { ERROR("expired_token", ",\"error_codes\":[70019]"), "start again", ERR_EXPIRED_TOKEN },
        { ERROR("bad_verification_code", ""), "bad_verification_code", ERR_INVALID_GRANT },
        { ERROR("new_error", ",\"error_description\":\"AADSTS1: words\\r\\nTrace ID: x\""),
          ": AADSTS1: words", ERR_UPSTREAM },
        { ERROR("e", ",\"error_description\":\"\\u001b[31mred\""), "(not shown)", ERR_UPSTREAM },
        { ERROR("e", ",\"error_codes\":\"70008\""), "refused with status 400: e", ERR_UPSTREAM },
        { ERROR("e", ",\"error_codes\":[\"x\",{},70008]"), "AADSTS70008", ERR_UPSTREAM },
        { ERROR("e", ",\"error_codes\":[]"), "refused with status 400: e", ERR_UPSTREAM },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct calling k = open_calling(state);
        SCRIPT(k.w, { "POST /token ", NULL, "400 x\r\n", rows[i].body });
        assert_int_equal(call(&k, "g", "s"), rows[i].code);
        assert_non_null(strstr(k.w->c.fault.text, rows[i].said));
        assert_null(strstr(k.w->c.fault.text, "CANARY"));
        throttles_free(k.throttles);
    }
}

static void claims_of_an_answer_are_handed_on(void **state)
{
    struct calling k = open_calling(state);
    SCRIPT(k.w, { "POST /token ", NULL, "400 x\r\n",
                  "{\"error\":\"interaction_required\",\"suberror\":\"message_only\",\"claims\":"
                  "\"{\\\"access_token\\\":{}}\",\"correlation_id\":\"co\",\"timestamp\":\"t\"}" });
    assert_int_equal(call(&k, "g", "s"), ERR_INTERACTION_REQUIRED);
    assert_string_equal(k.error.claims, "{\"access_token\":{}}");
    assert_string_equal(k.error.correlation_id, "co");
    assert_string_equal(entra_error_classification(&k.error), "message_only");
    throttles_free(k.throttles);
}

static void some_suberrors_are_nobodys_business(void **state)
{
    (void)state;
    static const struct {
        const char *suberror, *told;
    } rows[] = { { "bad_token", "" },
                 { "token_expired", "" },
                 { "protection_policy_required", "" },
                 { "client_mismatch", "" },
                 { "device_authentication_failed", "" },
                 { NULL, "" },
                 { "basic_action", "basic_action" },
                 { "something_new", "something_new" } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct entra_error e = { .suberror = rows[i].suberror };
        assert_string_equal(entra_error_classification(&e), rows[i].told);
    }
}

static void whatever_comes_is_a_clean_failure(void **state)
{
    struct world *w = *state;
    char *large = arena_alloc(w->arena, 200 * 1024);
    memset(large, 'x', 200 * 1024 - 1);
    const struct {
        const char *head, *body;
    } rows[] = {
        { FINE, "<html>" },
        { FINE, "" },
        { FINE, "{\"access_token\":\"CANARY" },
        { FINE, "{\"access_token\":1,\"expires_in\":1}" },
        { FINE, "{\"access_token\":\"\",\"expires_in\":1}" },
        { FINE, "{\"access_token\":\"CANARY\",\"expires_in\":-1}" },
        { FINE, "{\"access_token\":\"CANARY\",\"expires_in\":\"x\"}" },
        { FINE, "{\"access_token\":\"CANARY\",\"expires_in\":{}}" },
        { FINE, "{\"access_token\":\"CANARY\",\"access_token\":\"b\"}" },
        { FINE, "[]" },
        { FINE, large },
        { "400 x\r\n", "<html>" },
        { "404 x\r\n", "" },
        { "302 x\r\nLocation: /x\r\n", GOOD },
        { "204 x\r\n", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct calling k = open_calling(state);
        SCRIPT(k.w, { "POST /token ", NULL, rows[i].head, rows[i].body });
        assert_int_equal(call(&k, "g", "s"), ERR_UPSTREAM);
        assert_null(strstr(k.w->c.fault.text, "CANARY"));
        throttles_free(k.throttles);
    }
}

/* TestTokenResponseUnmarshal; v1 and ADFS write texts. */
static void times_are_numbers_or_texts(void **state)
{
    static const struct {
        const char *body;
        int64_t expires_in, refresh_in;
    } rows[] = {
        { GOOD, 3599, 0 },
        { "{\"access_token\":\"at\",\"expires_in\":\"3600\",\"refresh_in\":\"1800\"}", 3600, 1800 },
        { "{\"access_token\":\"at\",\"expires_in\":3600.0,\"refresh_in\":null}", 3600, 0 },
        { "{\"access_token\":\"at\",\"expires_on\":\"1795532767\"}", 3600, 0 },
        { "{\"access_token\":\"at\",\"expires_in\":60,\"expires_on\":\"1795532767\"}", 60, 0 },
        { "{\"access_token\":\"at\",\"expires_on\":\"11/24/2026 15:06:07\"}", 3600, 0 },
        { "{\"access_token\":\"at\"}", 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct calling k = open_calling(state);
        SCRIPT(k.w, { "POST /token ", NULL, FINE, rows[i].body });
        assert_int_equal(call(&k, "g", "s"), ERR_OK);
        assert_int_equal(k.tokens.expires_in, rows[i].expires_in);
        assert_int_equal(k.tokens.refresh_in, rows[i].refresh_in);
        throttles_free(k.throttles);
    }
}

/* ---- throttling ---- */

static void a_busy_server_is_left_alone(void **state)
{
    static const struct {
        const char *head;
        int64_t seconds;
    } rows[] = {
        { "429 x\r\nRetry-After: 7\r\n", 7 },
        { "429 x\r\nRetry-After: Tue, 24 Nov 2026 14:06:14 GMT\r\n", 7 },
        { "429 x\r\nRetry-After: 99999999\r\n", THROTTLE_MAX },
        { "429 x\r\nRetry-After: -7\r\n", THROTTLE_DEFAULT },
        { "429 x\r\nRetry-After: soon\r\n", THROTTLE_DEFAULT },
        { "429 x\r\n", THROTTLE_DEFAULT },
        { "500 x\r\n", THROTTLE_DEFAULT },
        { "503 x\r\nRetry-After: 9\r\n", 9 },
        { "400 x\r\nRetry-After: 9\r\n", 9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct calling k = open_calling(state);
        k.w->c.now = NOW;
        SCRIPT(k.w, { "POST /token ", NULL, rows[i].head, "{\"error\":\"x\"}" },
               { "POST /token ", NULL, FINE, GOOD });
        assert_int_not_equal(call(&k, "g", "s"), ERR_OK);
        k.w->c.now = NOW + rows[i].seconds - 1;
        assert_int_not_equal(call(&k, "g", "s"), ERR_OK);
        assert_int_equal(peer_step(k.w), 1);
        k.w->c.now = NOW + rows[i].seconds;
        assert_int_equal(call(&k, "g", "s"), ERR_OK);
        peer_script_done(k.w);
        throttles_free(k.throttles);
    }
}

static void only_the_same_request_waits(void **state)
{
    struct calling k = open_calling(state);
    SCRIPT(k.w, { "POST /token ", "scope=one", "429 x\r\nRetry-After: 50\r\n", "" },
           { "POST /token ", "scope=two", FINE, GOOD });
    assert_int_equal(call(&k, "g", "one"), ERR_UNAVAILABLE);
    assert_int_equal(call(&k, "g", "two"), ERR_OK);
    assert_int_equal(call(&k, "g", "one"), ERR_UNAVAILABLE);
    assert_int_equal(k.w->c.fault.retry_after, 50);
    peer_script_done(k.w);
    throttles_free(k.throttles);
}

static void what_was_refused_is_answered_from_memory_for_a_minute(void **state)
{
    struct calling k = open_calling(state);
    static const char refused[] = ERROR("invalid_grant", ",\"suberror\":\"x\"");
    k.w->c.now = NOW;
    SCRIPT(k.w, { "POST /token ", NULL, "400 x\r\n", refused },
           { "POST /token ", NULL, "400 x\r\n", refused }, { "POST /token ", NULL, FINE, GOOD },
           { "POST /token ", NULL, FINE, GOOD });
    assert_int_equal(call(&k, "g", "s"), ERR_INVALID_GRANT);
    k.w->c.now = NOW + 59;
    assert_int_equal(call(&k, "g", "s"), ERR_INVALID_GRANT);
    assert_string_equal(k.error.suberror, "x");
    assert_non_null(strstr(k.w->c.fault.text, "from memory"));
    assert_int_equal(peer_step(k.w), 1);
    k.w->c.now = NOW + 60;
    assert_int_equal(call(&k, "g", "s"), ERR_INVALID_GRANT);
    k.w->c.now = NOW + 120;
    assert_int_equal(call(&k, "g", "s"), ERR_OK);
    assert_int_equal(call(&k, "g", "s"), ERR_OK);
    peer_script_done(k.w);
    throttles_free(k.throttles);
}

/* test_device_flow_retry_should_not_be_cached. */
static void a_device_asks_the_same_again(void **state)
{
    struct calling k = open_calling(state);
    SCRIPT(k.w, { "POST /token ", NULL, "400 x\r\n", ERROR("authorization_pending", "") },
           { "POST /token ", NULL, FINE, GOOD });
    assert_int_equal(call(&k, "device_code", "s"), ERR_AUTHORIZATION_PENDING);
    assert_int_equal(call(&k, "device_code", "s"), ERR_OK);
    peer_script_done(k.w);
    throttles_free(k.throttles);
}

static void what_is_remembered_has_a_bound(void **state)
{
    struct calling k = open_calling(state);
    const struct throttled busy = { .status = 429 };
    struct bytes first = bytes_of("0");
    for (int i = 0; i < THROTTLES_MAX + 10; i++)
        throttle_put(&k.w->c, k.throttles, bytes_of(text_printf(k.w->arena, "%d", i)), &busy,
                     100 + i);
    assert_int_equal(throttle_find(&k.w->c, k.throttles, first).status, 0);
    assert_int_equal(throttle_find(&k.w->c, k.throttles, bytes_of("1033")).status, 429);
    throttle_clear(k.throttles, bytes_of("1033"));
    assert_int_equal(throttle_find(&k.w->c, k.throttles, bytes_of("1033")).status, 0);
    throttles_free(k.throttles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(each_error_is_told_as_what_it_is),
        WORLD_TEST(claims_of_an_answer_are_handed_on),
        WORLD_TEST(some_suberrors_are_nobodys_business),
        WORLD_TEST(whatever_comes_is_a_clean_failure),
        WORLD_TEST(times_are_numbers_or_texts),
        WORLD_TEST(a_busy_server_is_left_alone),
        WORLD_TEST(only_the_same_request_waits),
        WORLD_TEST(what_was_refused_is_answered_from_memory_for_a_minute),
        WORLD_TEST(a_device_asks_the_same_again),
        WORLD_TEST(what_is_remembered_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
