/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a credential of Azure keeps, and when it asks anew.  Of entra.md:
 *
 *   2.9  cache key, refresh at half life   tokens_are_kept_until_half_of_a_long_life
 *   9.2  single flight under 64 threads    for_one_token_there_is_one_request
 *   6.4  test_get_token_mixin (test_retry_delay, ..._refresh_window), test_imds_credential
 *        test_cache
 */
#include "azure_testing.h"

#define TOKEN       "POST /t-1/oauth2/v2.0/token "
#define ENTRA_TOKEN "{\"access_token\":\"at-entra\",\"token_type\":\"Bearer\",\"expires_in\":3599}"
#define BAD_SECRET

static void set_secret(struct azure_place *p)
{
    azure_set(p, "AZURE_AUTHORITY_HOST", "URL/");
    azure_set(p, "AZURE_TENANT_ID", "t-1");
    azure_set(p, "AZURE_CLIENT_ID", "c-1");
    azure_set(p, "AZURE_CLIENT_SECRET", "CANARY~.+&");
}

static void tokens_are_kept_until_half_of_a_long_life(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    SCRIPT(w, { IMDS, NULL, FINE, DAY_TOKEN }, { IMDS, NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(token.refresh_on, NOW + 43199);
    w->c.now = NOW + 43198;
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_string_equal(token.token, "at-day");
    assert_int_equal(peer_step(w), 1);
    w->c.now = NOW + 43199;
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(peer_step(w), 2);
    assert_string_equal(token.token, "at-hour");
    peer_script_done(w);
    azure_credential_free(p.credential);
}

/* test_retry_delay: four calls, one refresh that fails, and the old token each time. */
static void an_old_token_is_given_out_while_no_other_can_be_had(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    SCRIPT(w, { IMDS, NULL, FINE, HOUR_TOKEN }, { IMDS, NULL, "401 x\r\n", "" },
           { IMDS, NULL, "401 x\r\n", "" }, { IMDS, NULL, "401 x\r\n", "" });
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    /* offset + 1: no request; within: one. */
    w->c.now = 1795532767 - 301;
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(peer_step(w), 1);
    w->c.now = 1795532767 - 299;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(azure_ask(&p, &token), ERR_OK);
        assert_string_equal(token.token, "at-hour");
    }
    assert_int_equal(peer_step(w), 2);
    w->c.now += AZURE_RETRY_SECONDS;
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(peer_step(w), 3);
    /* Expired, and nobody answers. */
    w->c.now = 1795532767;
    assert_int_equal(azure_ask(&p, &token), ERR_UPSTREAM);
    peer_script_done(w);
    azure_credential_free(p.credential);
}

static void a_challenge_passes_by_what_is_kept(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    const char *capability = "cp1";
    const struct azure_options options = { .capabilities = { &capability, 1 } };
    const struct azure_asked asked = {
        .scope = VAULT_SCOPE,
        .claims = "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"17\"}}}",
    };
    set_secret(&p);
    SCRIPT(w, { TOKEN, "claims=%7B%22access_token%22%3A%7B%22xms_cc%22%3A", FINE, ENTRA_TOKEN },
           { TOKEN, "%22nbf%22", FINE, ENTRA_TOKEN });
    assert_int_equal(azure_open(&p, &options), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(azure_credential_get(&w->c, p.credential, &asked, &token).code, ERR_OK);
    assert_non_null(strstr(peer_last(w), "xms_cc"));
    peer_script_done(w);
    azure_credential_free(p.credential);
}

/* test_cache: what has ended is given out as it came, and not a second time. */
static void a_token_that_has_ended_is_not_kept(void **state)
{
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    struct azure_token token = { 0 };
    static const char ended[] = "{\"access_token\":\"at-ended\",\"expires_on\":\"42\"}";
    SCRIPT(w, { IMDS, NULL, FINE, ended }, { IMDS, NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    assert_int_equal(token.expires_on, 42);
    assert_int_equal(azure_ask(&p, &token), ERR_OK);
    peer_script_done(w);
    azure_credential_free(p.credential);
}

/* ---- many at once ---- */

struct asking {
    struct azure_place *p;
    enum err_code code;
};

static void *ask_in_thread(void *arg)
{
    struct asking *asking = arg;
    struct ctx c = asking->p->w->c;
    struct azure_token token = { 0 };
    const struct azure_asked asked = { .scope = VAULT_SCOPE };
    c.arena = arena_new(ARENA_REQUEST_CEILING);
    asking->code = azure_credential_get(&c, asking->p->credential, &asked, &token).code;
    if (asking->code == ERR_OK)
        assert_string_equal(token.token, "at-hour");
    arena_end(c.arena);
    return NULL;
}

static void for_one_token_there_is_one_request(void **state)
{
    enum { MANY = 64 };
    struct world *w = *state;
    struct azure_place p = azure_place(state);
    pthread_t threads[MANY];
    struct asking asking[MANY];
    SCRIPT(w, { IMDS, NULL, FINE, HOUR_TOKEN });
    assert_int_equal(azure_open(&p, &managed_only), ERR_OK);
    for (size_t i = 0; i < MANY; i++) {
        asking[i] = (struct asking){ &p, ERR_OK };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, &asking[i]), 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(asking[i].code, ERR_OK);
    }
    peer_script_done(w);
    azure_credential_free(p.credential);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(tokens_are_kept_until_half_of_a_long_life),
        WORLD_TEST(an_old_token_is_given_out_while_no_other_can_be_had),
        WORLD_TEST(a_challenge_passes_by_what_is_kept),
        WORLD_TEST(a_token_that_has_ended_is_not_kept),
        WORLD_TEST(for_one_token_there_is_one_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
