/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: what is shown, how often the server is asked, and when that ends (RFC 8628). */
#include "client/device_flow.h"

#include "peer_testing.h"

#define BEGUN                                                                                      \
    "{\"device_code\":\"dc\",\"user_code\":\"AB-CD\",\"verification_uri\":"                        \
    "\"https://op.example/device\",\"expires_in\":60,\"interval\":2}"
#define PENDING "{\"error\":\"authorization_pending\"}"
#define TOKENS  "{\"access_token\":\"at\",\"token_type\":\"Bearer\"}"

static const struct oauth_client client = { .client_id = "us" };

static struct oauth_endpoint at(struct world *w, const char *path)
{
    fault_clear(&w->c);
    return (struct oauth_endpoint){ text_printf(w->arena, "%s%s", w->url, path),
                                    OUTBOUND_CONFIGURED, "peer" };
}

static err begin(struct world *w, const char *json, struct device_begun *out)
{
    const struct oauth_endpoint endpoint = at(w, "/device");
    const struct oauth_wanted wanted = { .scope = "openid" };
    struct oauth_answer answer;
    peer_says(w, "/device", FINE, json);
    return device_begin(&w->c, &client, &endpoint, &wanted, out, &answer);
}

/* Time that passes when somebody waits; at each turn the server may say something else. */
struct turns {
    struct world *w;
    const struct turn {
        const char *head, *body;
        int64_t waited; /* what is due before it */
    } * at;
    size_t n, now;
};

static bool pass(struct ctx *c, void *arg, int64_t seconds)
{
    struct turns *t = arg;
    if (t->now == t->n)
        return false;
    assert_int_equal(seconds, t->at[t->now].waited);
    c->now += seconds;
    if (t->at[t->now].head != NULL)
        peer_says(t->w, "/token", t->at[t->now].head, t->at[t->now].body);
    t->now++;
    return true;
}

static err await(struct world *w, struct turns *turns, struct oauth_tokens *out)
{
    struct device_begun begun;
    assert_int_equal(begin(w, BEGUN, &begun).code, ERR_OK);
    const struct device_clock clock = { pass, turns };
    const struct oauth_endpoint token = at(w, "/token");
    return device_await(&w->c, &client, &token, &begun, &clock, out);
}

static void what_is_shown_is_what_may_be_shown(void **state)
{
    struct world *w = *state;
    struct device_begun begun;
    assert_int_equal(begin(w, BEGUN, &begun).code, ERR_OK);
    assert_non_null(strstr(peer_last(w), "\r\n\r\nscope=openid&client_id=us"));
    assert_string_equal(begun.user_code, "AB-CD");
    assert_int_equal(begun.interval, 2);
    assert_int_equal(begun.expires_at, NOW + 60);
    assert_null(begun.verification_uri_complete);
    static const char *const bad[] = {
        "{}",
        "{\"device_code\":\"dc\",\"user_code\":\"x\",\"verification_uri\":\"https://a.example\"}",
        "{\"device_code\":\"dc\",\"user_code\":\"x\",\"verification_uri\":\"javascript:alert(1)\","
        "\"expires_in\":60}",
        "{\"device_code\":\"dc\",\"user_code\":\"x\",\"verification_uri\":\"http://a.example\","
        "\"expires_in\":60}",
        "{\"device_code\":\"dc\",\"user_code\":\"\\u001b[2J\",\"verification_uri\":"
        "\"https://a.example\",\"expires_in\":60}",
        "{\"device_code\":\"dc\",\"user_code\":\"x\\ny\",\"verification_uri\":"
        "\"https://a.example\",\"expires_in\":60}",
        "{\"device_code\":\"dc\",\"user_code\":\"x\",\"verification_uri\":\"https://a.example\","
        "\"expires_in\":0}",
        "{\"error\":\"unauthorized_client\"}",
        "<html>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (begin(w, bad[i], &begun).code != ERR_UPSTREAM)
            fail_msg("%s was taken", bad[i]);
    /* What cannot be opened is left out; what takes too long is cut. */
    assert_int_equal(begin(w,
                           "{\"device_code\":\"dc\",\"user_code\":\"x\",\"verification_uri\":"
                           "\"https://a.example\",\"verification_uri_complete\":\"data:x\","
                           "\"expires_in\":99999999,\"interval\":99999}",
                           &begun)
                         .code,
                     ERR_OK);
    assert_null(begun.verification_uri_complete);
    assert_int_equal(begun.interval, DEVICE_INTERVAL_MAX);
    assert_int_equal(begun.expires_at, NOW + DEVICE_EXPIRES_MAX);
}

/* DV-07, RFC 8628 3.5. */
static void a_server_is_asked_as_often_as_it_wants(void **state)
{
    struct world *w = *state;
    static const struct turn script[] = { { "400 Bad\r\n", PENDING, 2 },
                                          { NULL, NULL, 2 },
                                          { "400 Bad\r\n", "{\"error\":\"slow_down\"}", 2 },
                                          { NULL, NULL, 7 },
                                          { "400 Bad\r\n", PENDING, 12 },
                                          { FINE, TOKENS, 12 } };
    struct turns turns = { w, script, 6, 0 };
    struct oauth_tokens tokens;
    assert_int_equal(await(w, &turns, &tokens).code, ERR_OK);
    assert_string_equal(tokens.access_token, "at");
    assert_int_equal(turns.now, 6);
    assert_non_null(strstr(peer_last(w), "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"
                                         "device_code&device_code=dc&client_id=us"));
}

static void a_server_in_trouble_is_asked_less_often(void **state)
{
    struct world *w = *state;
    static const struct turn script[] = { { "503 Busy\r\n", "", 2 },
                                          { "503 Busy\r\nRetry-After: 11\r\n", "", 4 },
                                          { FINE, TOKENS, 11 } };
    struct turns turns = { w, script, 3, 0 };
    struct oauth_tokens tokens;
    assert_int_equal(await(w, &turns, &tokens).code, ERR_OK);
    assert_int_equal(turns.now, 3);
}

static void an_end_is_an_end(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *body;
        enum err_code code;
    } ends[] = { { "{\"error\":\"access_denied\"}", ERR_ACCESS_DENIED },
                 { "{\"error\":\"interaction_required\"}", ERR_ACCESS_DENIED },
                 { "{\"error\":\"login_required\"}", ERR_ACCESS_DENIED },
                 { "{\"error\":\"expired_token\"}", ERR_EXPIRED_TOKEN },
                 { "{\"error\":\"invalid_grant\"}", ERR_INVALID_GRANT },
                 { "{\"error\":\"invalid_client\"}", ERR_UPSTREAM },
                 { "<html>", ERR_UPSTREAM } };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const struct turn script[] = { { "400 Bad\r\n", ends[i].body, 2 } };
        struct turns turns = { w, script, 1, 0 };
        struct oauth_tokens tokens;
        assert_int_equal(await(w, &turns, &tokens).code, ends[i].code);
        assert_int_equal(turns.now, 1);
    }
}

static void a_code_whose_time_is_over_is_not_asked_with(void **state)
{
    struct world *w = *state;
    struct turn script[40];
    for (size_t i = 0; i < 40; i++)
        script[i] = (struct turn){ "400 Bad\r\n", PENDING, 2 };
    struct turns turns = { w, script, 40, 0 };
    struct oauth_tokens tokens;
    assert_int_equal(await(w, &turns, &tokens).code, ERR_EXPIRED_TOKEN);
    assert_int_equal(turns.now, 30);
    assert_int_equal(peer_calls(w, "/token"), 29);
    /* Given up before. */
    turns = (struct turns){ w, script, 3, 0 };
    assert_int_equal(await(w, &turns, &tokens).code, ERR_ACCESS_DENIED);
    assert_non_null(strstr(w->c.fault.text, "given up"));
    assert_int_equal(peer_calls(w, "/token"), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_shown_is_what_may_be_shown),
        WORLD_TEST(a_server_is_asked_as_often_as_it_wants),
        WORLD_TEST(a_server_in_trouble_is_asked_less_often),
        WORLD_TEST(an_end_is_an_end),
        WORLD_TEST(a_code_whose_time_is_over_is_not_asked_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
