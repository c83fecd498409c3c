/* SPDX-License-Identifier: Apache-2.0 */
/* The longest request with which somebody is sent to sign in elsewhere. */
#include "sign_in_story.h"

/* All that a request may have in it at once, and a key that shows who asks. */
static void a_request_has_room_for_all_that_may_be_said(void **state)
{
    enum { ALL = 16 };
    struct form_field more[ALL];
    const char *resources[ALL];
    struct world *w = *state;
    for (size_t i = 0; i < ALL; i++) {
        more[i] = (struct form_field){ text_printf(w->arena, "more_%zu", i), "x" };
        resources[i] = text_printf(w->arena, "https://api.example/%zu", i);
    }
    struct story s = begin_story(
        w, text_printf(w->arena, ",\"pushed_authorization_request_endpoint\":\"%s/par\"", w->url));
    const struct oauth_client client = { .client_id = "us",
                                         .auth = OAUTH_AUTH_PRIVATE_KEY,
                                         .key = s.key,
                                         .assertion_aud = w->url,
                                         .dpop = dpop_key_new(s.key) };
    const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT,
                                           .scope = "openid",
                                           .response_mode = "query",
                                           .prompt = "login",
                                           .login_hint = "x",
                                           .acr_values = "x",
                                           .ui_locales = "x",
                                           .max_age = 1,
                                           .resources = { resources, ALL },
                                           .more = { more, ALL },
                                           .pushed = true };
    struct sign_in_begun begun;
    struct oauth_answer answer;
    peer_says(w, "/par", "201 x\r\n", "{\"request_uri\":\"urn:x\",\"expires_in\":60}");
    assert_int_equal(sign_in_begin(&w->c, &s.issuer, &client, &wanted, &begun, &answer).code,
                     ERR_OK);
    const char *form = strstr(peer_last(w), "\r\n\r\n") + 4;
    assert_string_equal(parameter(w, form, "more_15"), "x");
    assert_non_null(parameter(w, form, "client_assertion"));
    dpop_key_free(client.dpop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_request_has_room_for_all_that_may_be_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
