/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Families of clients (entra.md 3.4): refresh tokens that one of Microsoft's own applications has
 * got are good for the others.  6.1 test_application, FOCI:
 *
 *   test_unknown_orphan_app_will_attempt_frt_and_not_remove_it   who_is_of_no_family_finds_out_once
 *   test_known_orphan_app_will_skip_frt_and_only_use_its_own_rt  who_is_known_to_be_of_none_...
 *   test_unknown_family_app_will_attempt_frt_and_join_family     who_is_of_the_family_joins_it
 *   test_preexisting_family_app_will_attempt_frt_and_return_error  a_refusal_of_the_family_is_told
 *   test_family_app_remove_account                               who_signs_out_does_so_for_all
 */
#include "entra_testing.h"

#define MISMATCH "{\"error\":\"invalid_grant\",\"suberror\":\"client_mismatch\"}"

#define RT(key, client, secret, family)                                                            \
    "\"" key "\":{\"home_account_id\":\"" HOME                                                     \
    "\",\"environment\":\"127.0.0.1\",\"client_id\":\"" client "\",\"secret\":\"" secret           \
    "\"" family "}"
#define ACCOUNT                                                                                    \
    "\"Account\":{\"a\":{\"home_account_id\":\"" HOME                                              \
    "\",\"environment\":\"127.0.0.1\",\"realm\":\"" TENANT "\",\"username\":\"alice\"}}"
#define APP(family)                                                                                \
    "\"AppMetadata\":{\"m\":{\"environment\":\"127.0.0.1\",\"client_id\":\"" CLIENT "\"" family "}}"
#define ONE ",\"family_id\":\"1\""

static const char family_only[] =
    "{" ACCOUNT ",\"RefreshToken\":{" RT("f", "other", "frt", ONE) "}}";

static void open_with(struct entra_world *e, const char *cache)
{
    assert_int_equal(entra_open(e, TENANT, NULL), ERR_OK);
    assert_int_equal(token_cache_read(&e->w->c, entra_app_cache(e->app), bytes_of(cache)).code,
                     ERR_OK);
}

static const char *kept(struct entra_world *e)
{
    return token_cache_write(&e->w->c, entra_app_cache(e->app));
}

static void who_is_of_the_family_joins_it(void **state)
{
    struct entra_world e = entra_world(state);
    open_with(&e, family_only);
    const char *body =
        entra_answer(&e, "at-1", entra_id_token(&e, TENANT, NULL), HOUR ",\"foci\":\"1\"");
    SCRIPT(e.w, { TOKEN, "refresh_token=frt&", FINE, body });
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_string_equal(e.result.access_token, "at-1");
    assert_non_null(strstr(kept(&e), "\"client_id\":\"" CLIENT "\",\"family_id\":\"1\""));
    assert_non_null(strstr(kept(&e), "\"frt\"")); /* the other's stays */
    peer_script_done(e.w);
    entra_app_free(e.app);
}

/* With one of its own, by which it learns that it is of no family; without, it has none. */
static void who_is_of_no_family_finds_out_once(void **state)
{
    struct entra_world e = entra_world(state);
    const struct entra_asked again = { .scopes = entra_asked().scopes, .force = true };
    open_with(&e, "{" ACCOUNT ",\"RefreshToken\":{" RT("f", "other", "frt",
                                                       ONE) "," RT("o", CLIENT, "own", "") "}}");
    const char *body = entra_answer(&e, "at-1", entra_id_token(&e, TENANT, NULL), HOUR);
    SCRIPT(e.w, { TOKEN, "refresh_token=frt&", "400 x\r\n", MISMATCH },
           { TOKEN, "refresh_token=own&", FINE, body },
           { TOKEN, "refresh_token=rt-1&", FINE, body });
    assert_int_equal(entra_quietly(&e, NULL), ERR_OK);
    assert_non_null(strstr(kept(&e), "\"frt\""));
    assert_int_equal(entra_quietly(&e, &again), ERR_OK);
    peer_script_done(e.w);
    entra_app_free(e.app);
    open_with(&e, family_only);
    e.w->c.now += 120; /* what was refused is remembered for a minute */
    SCRIPT(e.w, { TOKEN, "refresh_token=frt&", "400 x\r\n", MISMATCH });
    assert_int_equal(entra_quietly(&e, NULL), ERR_INVALID_GRANT);
    assert_string_equal(entra_error_classification(&e.error), "");
    assert_non_null(strstr(kept(&e), "\"frt\""));
    peer_script_done(e.w);
    entra_app_free(e.app);
}

static void who_is_known_to_be_of_none_uses_its_own(void **state)
{
    struct entra_world e = entra_world(state);
    open_with(&e, "{" ACCOUNT "," APP("") ",\"RefreshToken\":{" RT("f", "other", "frt", ONE) "}}");
    assert_int_equal(entra_quietly(&e, NULL), ERR_NOT_FOUND);
    assert_int_equal(peer_step(e.w), 0);
    entra_app_free(e.app);
}

static void a_refusal_of_the_family_is_told(void **state)
{
    struct entra_world e = entra_world(state);
    open_with(&e, "{" ACCOUNT "," APP(ONE) ",\"RefreshToken\":{" RT("f", "other", "frt", ONE) "}}");
    SCRIPT(e.w, { TOKEN, "refresh_token=frt&", "400 x\r\n",
                  "{\"error\":\"interaction_required\",\"claims\":\"{}\"}" });
    assert_int_equal(entra_quietly(&e, NULL), ERR_INTERACTION_REQUIRED);
    assert_string_equal(e.error.error, "interaction_required");
    peer_script_done(e.w);
    entra_app_free(e.app);
}

static void who_signs_out_does_so_for_all(void **state)
{
    static const char *const apps[] = { APP(ONE), APP("") };
    struct entra_world e = entra_world(state);
    for (size_t i = 0; i < sizeof apps / sizeof apps[0]; i++) {
        open_with(&e,
                  text_printf(e.w->arena,
                              "{" ACCOUNT ",%s,\"RefreshToken\":{" RT(
                                  "f", "other", "frt", ONE) "," RT("s", "stranger", "srt", "") "}}",
                              apps[i]));
        assert_int_equal(entra_account_remove(&e.w->c, e.app, HOME).code, ERR_OK);
        assert_int_equal(strstr(kept(&e), "\"frt\"") == NULL, i == 0);
        assert_non_null(strstr(kept(&e), "\"srt\""));
        entra_app_free(e.app);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(who_is_of_the_family_joins_it),
        WORLD_TEST(who_is_of_no_family_finds_out_once),
        WORLD_TEST(who_is_known_to_be_of_none_uses_its_own),
        WORLD_TEST(a_refusal_of_the_family_is_told),
        WORLD_TEST(who_signs_out_does_so_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
