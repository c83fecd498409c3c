/* SPDX-License-Identifier: Apache-2.0 */
/* Exchanging codes: how we show who we are, what is made of answers, and when nobody is called. */
#include "client/oauth_client.h"

#include "base/random.h"
#include "crypto/jwt.h"
#include "peer_testing.h"

#define GOOD                                                                                       \
    "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":\"3599\",\"id_token\":"     \
    "\"it\"}"

static struct oauth_endpoint endpoint(struct world *w)
{
    return (struct oauth_endpoint){ text_printf(w->arena, "%s/token", w->url), OUTBOUND_CONFIGURED,
                                    "peer" };
}

static err exchange(struct world *w, const struct oauth_client *client, struct oauth_tokens *out)
{
    const struct oauth_endpoint at = endpoint(w);
    const struct code_exchange code = { "a code&b", "https://us.example/cb", "verifier", NULL };
    fault_clear(&w->c);
    return oauth_exchange_code(&w->c, client, &at, &code, out);
}

static const struct oauth_client by_post = { .client_id = "us:1",
                                             .auth = OAUTH_AUTH_POST,
                                             .secret = "CANARY-s&3=~" };

static void a_code_is_exchanged_with_its_verifier(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    peer_says(w, "/token", FINE, GOOD);
    assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_OK);
    assert_string_equal(tokens.access_token, "at");
    assert_string_equal(tokens.id_token, "it");
    assert_null(tokens.refresh_token);
    assert_non_null(strstr(peer_last(w), "POST /token "));
    assert_non_null(strstr(peer_last(w), "grant_type=authorization_code&code=a%20code%26b&"
                                         "redirect_uri=https%3A%2F%2Fus.example%2Fcb&"
                                         "code_verifier=verifier&client_id=us%3A1&"
                                         "client_secret=CANARY-s%263%3D~"));
    assert_null(strstr(peer_last(w), "Authorization:"));
}

/* CL-02, CL-05: an assertion is for the issuer and nobody else; a header is encoded before it is
 * joined. */
static void each_way_of_showing_who_we_are(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    const struct key *key = NULL;
    w->c.random = random_system(w->arena);
    peer_says(w, "/token", FINE, GOOD);
    struct oauth_client client = by_post;
    client.auth = OAUTH_AUTH_BASIC;
    assert_int_equal(exchange(w, &client, &tokens).code, ERR_OK);
    /* us%3A1:CANARY-s%263%3D~ */
    assert_non_null(strstr(peer_last(w), "Authorization: Basic dXMlM0ExOkNBTkFSWS1zJTI2MyUzRH4="));
    assert_null(strstr(peer_last(w), "client_secret"));
    client.auth = OAUTH_AUTH_NONE;
    assert_int_equal(exchange(w, &client, &tokens).code, ERR_OK);
    assert_null(strstr(peer_last(w), "secret"));
    assert_int_equal(key_generate(&w->c, w->arena, ALG_ES256, 0, &key).code, ERR_OK);
    client = (struct oauth_client){ .client_id = "us:1",
                                    .auth = OAUTH_AUTH_PRIVATE_KEY,
                                    .key = key,
                                    .assertion_aud = "https://op.example" };
    assert_int_equal(exchange(w, &client, &tokens).code, ERR_OK);
    const char *at = strstr(peer_last(w), "&client_assertion=");
    assert_non_null(at);
    const struct key_set set = { &key, 1, 0 };
    const char *aud = "https://op.example";
    const struct jwt_policy policy = { .signature = { .algs = ALG_ES256, .keys = &set },
                                       .iss = "us:1",
                                       .aud = { &aud, 1 },
                                       .required = JWT_SUB | JWT_JTI | JWT_IAT,
                                       .max_life = 300 };
    struct jwt jwt;
    assert_int_equal(
        jwt_verify(&w->c, text_copy(w->arena, at + 18, strcspn(at + 18, "&")), &policy, &jwt).code,
        ERR_OK);
}

static void every_answer_comes_to_a_clear_end(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens = { 0 };
    char *huge = arena_alloc(w->arena, 2 * OAUTH_ANSWER_MAX);
    memset(huge, ' ', 2 * OAUTH_ANSWER_MAX - 1);
    const struct {
        const char *head, *body;
        enum err_code code;
    } cases[] = {
        { "400 Bad\r\n", "{\"error\":\"invalid_grant\",\"error_codes\":\"70008\"}",
          ERR_INVALID_GRANT },
        { "200 OK\r\n", "{\"error\":\"bad_verification_code\"}", ERR_INVALID_GRANT },
        { "401 No\r\n", "{\"error\":\"invalid_client\"}", ERR_UPSTREAM },
        { "400 Bad\r\n", "{}", ERR_UPSTREAM },
        { "200 OK\r\n", "{}", ERR_UPSTREAM },
        { "200 OK\r\n", "{\"access_token\":7}", ERR_UPSTREAM },
        { "200 OK\r\n", "<html>", ERR_UPSTREAM },
        { "200 OK\r\n", "{\"access_token\":\"a", ERR_UPSTREAM },
        { "200 OK\r\n", "", ERR_UPSTREAM },
        { "200 OK\r\n", huge, ERR_UPSTREAM },
        { "302 Found\r\nLocation: https://evil.example/\r\n", "", ERR_UPSTREAM },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        peer_says(w, "/token", cases[i].head, cases[i].body);
        if (exchange(w, &by_post, &tokens).code != cases[i].code)
            fail_msg("%s %.100s: %s", cases[i].head, cases[i].body, w->c.fault.text);
        assert_null(tokens.access_token);
        assert_null(strstr(w->c.fault.text, "CANARY"));
    }
}

static void who_wants_to_be_left_alone_is_left_alone(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    peer_says(w, "/token", "429 Slow down\r\nRetry-After: 7\r\n", "{}");
    assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_UNAVAILABLE);
    assert_int_equal(w->c.fault.retry_after, 7);
    w->c.now += 5;
    assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_UNAVAILABLE);
    assert_int_equal(w->c.fault.retry_after, 2);
    assert_int_equal(peer_calls(w, "/token"), 1);
    peer_says(w, "/token", FINE, GOOD);
    w->c.now += 2;
    assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_OK);
    struct breaker_states all = breakers_state(&w->c, w->upstreams->breakers);
    assert_int_equal(all.n, 1);
    assert_false(all.at[0].open);
    assert_int_equal(all.at[0].failed, 1);
    assert_int_equal(all.at[0].failures, 0);
}

static void who_does_not_answer_is_not_called_for_a_while(void **state)
{
    struct world *w = *state;
    struct oauth_tokens tokens;
    peer_says(w, "/token", "500 Broken\r\n", "");
    for (unsigned i = 0; i < BREAKER_FAILURES; i++)
        assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_UNAVAILABLE);
    assert_int_equal(peer_calls(w, "/token"), BREAKER_FAILURES);
    for (int i = 0; i < 100; i++)
        assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_UNAVAILABLE);
    assert_int_equal(peer_calls(w, "/token"), BREAKER_FAILURES);
    assert_true(breakers_state(&w->c, w->upstreams->breakers).at[0].open);
    /* One tries, and it is as before. */
    w->c.now += BREAKER_SECONDS;
    for (int i = 0; i < 3; i++)
        assert_int_equal(exchange(w, &by_post, &tokens).code, ERR_UNAVAILABLE);
    assert_int_equal(peer_calls(w, "/token"), BREAKER_FAILURES + 1);
}

static void how_long_to_wait_is_read_with_care(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = { { "7", 7 },
                  { "0", 0 },
                  { "-1", 0 },
                  { "99999", BREAKER_SECONDS_MAX },
                  { "99999999999999999999", 0 },
                  { "Wed, 21 Oct 2026 07:28:00 GMT", 0 }, /* past */
                  { "Tue, 24 Nov 2026 14:06:14 GMT", 7 },
                  { "Wed, 24 Nov 2026 14:06:14 GMT", 0 },
                  { "Tue, 24 Nov 2026 14:06:14 UTC", 0 },
                  { "Mon, 24 Nov 2098 14:06:14 GMT", BREAKER_SECONDS_MAX },
                  { "7.5", 0 },
                  { "", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_answer *answer = ARENA_NEW(w->arena, struct http_answer);
        answer->headers[0] = (struct http_answer_header){ "retry-after", cases[i].text };
        answer->headers_n = 1;
        assert_int_equal(oauth_retry_after(&w->c, answer), cases[i].seconds);
    }
}

static void the_way_to_the_provider_is_written_with_care(void **state)
{
    struct world *w = *state;
    const struct form_field fields[] = { { "scope", "a b" }, { "state", "&x=y" } };
    const struct form form = { fields, 2 };
    assert_string_equal(oauth_authorization_url(w->arena, "https://op.example/a", &form),
                        "https://op.example/a?scope=a%20b&state=%26x%3Dy");
    assert_string_equal(oauth_authorization_url(w->arena, "https://op.example/a?p=q", &form),
                        "https://op.example/a?p=q&scope=a%20b&state=%26x%3Dy");
    /* RFC 7636 appendix B */
    assert_string_equal(oauth_challenge(w->arena, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_code_is_exchanged_with_its_verifier),
        WORLD_TEST(each_way_of_showing_who_we_are),
        WORLD_TEST(every_answer_comes_to_a_clear_end),
        WORLD_TEST(who_wants_to_be_left_alone_is_left_alone),
        WORLD_TEST(who_does_not_answer_is_not_called_for_a_while),
        WORLD_TEST(how_long_to_wait_is_read_with_care),
        WORLD_TEST(the_way_to_the_provider_is_written_with_care),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
