/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profiles of FAPI 2.0: what may be registered with them.  What they refuse afterwards is in
 * tests/wire/fapi.test.mjs.
 */
#include "oauth_story.h"

#include "oauth/client_change.h"

#define KEY                                                                                        \
    "'jwks':{'keys':[{'kty':'EC','crv':'P-256',"                                                   \
    "'x':'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',"                                           \
    "'y':'4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM'}]}"
#define BASE                                                                                       \
    "'redirect_uris':['" APP_CALLBACK "'],'grant_types':['authorization_code','refresh_token'],"   \
    "'token_endpoint_auth_method':'private_key_jwt'," KEY
#define FAPI "{'profile':'fapi2','dpop_bound_access_tokens':true," BASE

static err reads(struct world *w, const char *json, struct client_metadata *out)
{
    return client_metadata_read(world_ctx(w), bytes_of(story_json(w, "%s", json)), out);
}

static void the_profile_says_what_it_implies(void **state)
{
    struct world *w = *state;
    struct client_metadata m;
    assert_int_equal(reads(w, FAPI "}", &m).code, ERR_OK);
    assert_true(m.require_pushed_authorization_requests);
    assert_true(m.require_pkce);
    assert_true(m.reuse_refresh_tokens);
    assert_false(m.require_signed_request_object);
    assert_string_equal(m.id_token_signed_response_alg, "ES256");
    assert_string_equal(m.access_token_signed_response_alg, "ES256");
    assert_int_equal(reads(w,
                           "{'profile':'fapi2_message_signing','dpop_bound_access_tokens':true,"
                           "'id_token_signed_response_alg':'PS256'," BASE "}",
                           &m)
                         .code,
                     ERR_OK);
    assert_true(m.require_signed_request_object);
    assert_string_equal(m.id_token_signed_response_alg, "PS256");
    assert_string_equal(m.authorization_signed_response_alg, "ES256");
}

static void nothing_weaker_can_be_registered(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *json, *member;
    } wrong[] = {
        { "{'profile':'fapi1','redirect_uris':['" APP_CALLBACK "']}", "profile" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,'redirect_uris':['" APP_CALLBACK
          "']}",
          "token_endpoint_auth_method" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,'redirect_uris':['" APP_CALLBACK
          "'],'token_endpoint_auth_method':'none'}",
          "token_endpoint_auth_method" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,'redirect_uris':['" APP_CALLBACK
          "'],'token_endpoint_auth_method':'client_secret_jwt'}",
          "token_endpoint_auth_method" },
        { "{'profile':'fapi2'," BASE "}", "dpop_bound_access_tokens" },
        { FAPI ",'legacy_assertion_aud':true}", "legacy_assertion_aud" },
        { FAPI ",'token_endpoint_auth_signing_alg':'RS256'}", "token_endpoint_auth_signing_alg" },
        { FAPI ",'token_endpoint_auth_signing_alg':'ES384'}", "token_endpoint_auth_signing_alg" },
        { FAPI ",'request_object_signing_alg':'RS256'}", "request_object_signing_alg" },
        { FAPI ",'id_token_signed_response_alg':'RS256'}", "id_token_signed_response_alg" },
        { FAPI ",'access_token_signed_response_alg':'RS256'}", "access_token_signed_response_alg" },
        { FAPI ",'authorization_signed_response_alg':'RS256'}",
          "authorization_signed_response_alg" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,"
          "'token_endpoint_auth_method':'private_key_jwt','redirect_uris':['http://127.0.0.1/"
          "cb']," KEY "}",
          "redirect_uris[0]" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,"
          "'token_endpoint_auth_method':'private_key_jwt','redirect_uris':['com.example.app:/"
          "cb']," KEY "}",
          "redirect_uris[0]" },
        { "{'profile':'fapi2','dpop_bound_access_tokens':true,"
          "'token_endpoint_auth_method':'private_key_jwt',"
          "'grant_types':['urn:ietf:params:oauth:grant-type:device_code']," KEY "}",
          "grant_types" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct client_metadata m;
        assert_int_equal(reads(w, wrong[i].json, &m).code, ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(w->c.fault.field, wrong[i].member);
    }
}

static const char *const strong[] = { "AUTH_JWT_ALGORITHM=ES256",
                                      "AUTH_JWT_MORE_ALGORITHMS=PS256,RS256", NULL };
static const char *const weak[] = { "AUTH_JWT_ALGORITHM=RS256", NULL };

/* FAPI 2.0 5.4.1 */
static void a_service_that_signs_with_rs256_alone_has_no_profile(void **state)
{
    struct world *w = *state;
    struct client_metadata m;
    assert_int_equal(reads(w, FAPI "}", &m).code, ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "id_token_signed_response_alg");
}

/* ---- refresh tokens that stay ---- */

#define KEEPS                                                                                      \
    "{'reuse_refresh_tokens':true,'first_party':true,'redirect_uris':['" APP_CALLBACK "'],"        \
    "'grant_types':['authorization_code','refresh_token']}"

enum { DAY = 86400 };

static const char *code_form(struct world *w, const char *code)
{
    return text_printf(w->arena,
                       "grant_type=authorization_code&code=%s"
                       "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb&code_verifier=" VERIFIER,
                       code);
}

static const char *refresh_form(struct world *w, const char *token)
{
    return text_printf(w->arena, "grant_type=refresh_token&refresh_token=%s", token);
}

/* Rule 3 of the profile: for clients that have to prove more than that they have the token. */
static void a_refresh_token_stays_if_its_client_says_so(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_client(w, WEB, KEEPS);
    struct client b = oauth_ada(w);
    struct answer t =
        oauth_post(w, "/oauth2/token", WEB, secret, code_form(w, oauth_code(&b, "client_id=" WEB)));
    assert_status(t, 200);
    const char *token = answer_text(&t, "refresh_token");
    const char *last = answer_text(&t, "access_token");
    for (int i = 0; i < 3; i++) {
        world_pass(w, 60);
        struct answer next = oauth_post(w, "/oauth2/token", WEB, secret, refresh_form(w, token));
        assert_status(next, 200);
        assert_string_equal(answer_text(&next, "refresh_token"), token);
        assert_string_not_equal(answer_text(&next, "access_token"), last);
        last = answer_text(&next, "access_token");
    }
    /* RT-04, RT-14: nobody else's all the same, and gone when it is revoked. */
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, "wrong", refresh_form(w, token)), 401,
                       "invalid_client");
    assert_status(
        oauth_post(w, "/oauth2/revoke", WEB, secret, text_printf(w->arena, "token=%s", token)),
        200);
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, refresh_form(w, token)), 400,
                       "invalid_grant");
}

/* RT-07: each use lets it live on, up to the end of the sign-in. */
static void it_ends_without_use_and_with_the_sign_in(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_client(w, WEB, KEEPS);
    struct client b = oauth_ada(w);
    const char *offline = "client_id=" WEB "&scope=openid+offline_access";
    struct answer t =
        oauth_post(w, "/oauth2/token", WEB, secret, code_form(w, oauth_code(&b, offline)));
    struct answer idle =
        oauth_post(w, "/oauth2/token", WEB, secret, code_form(w, oauth_code(&b, offline)));
    const char *form = refresh_form(w, answer_text(&t, "refresh_token"));
    for (int day = 6; day < 30; day += 6) {
        world_pass(w, 6 * DAY);
        assert_status(oauth_post(w, "/oauth2/token", WEB, secret, form), 200);
        if (day > 7)
            assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret,
                                          refresh_form(w, answer_text(&idle, "refresh_token"))),
                               400, "invalid_grant");
    }
    world_pass(w, 6 * DAY + 1);
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, form), 400, "invalid_grant");
}

/* Whoever changes the client's mind: what was used up is theft from then on, too. */
static void a_client_may_change_its_mind(void **state)
{
    struct world *w = *state;
    const char *secret = oauth_client(w, WEB, KEEPS);
    struct client b = oauth_ada(w);
    struct answer t =
        oauth_post(w, "/oauth2/token", WEB, secret, code_form(w, oauth_code(&b, "client_id=" WEB)));
    const char *first = answer_text(&t, "refresh_token");
    struct client_made made;
    story_does(w, client_read(world_ctx(w), WEB, &made));
    made.metadata.reuse_refresh_tokens = false;
    story_does(w, client_change(world_ctx(w), WEB, &made.metadata, NULL, &made));
    struct answer next = oauth_post(w, "/oauth2/token", WEB, secret, refresh_form(w, first));
    assert_status(next, 200);
    assert_string_not_equal(answer_text(&next, "refresh_token"), first);
    made.metadata.reuse_refresh_tokens = true;
    story_does(w, client_change(world_ctx(w), WEB, &made.metadata, NULL, &made));
    world_pass(w, 60);
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, refresh_form(w, first)), 400,
                       "invalid_grant");
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret,
                                  refresh_form(w, answer_text(&next, "refresh_token"))),
                       400, "invalid_grant");
}

static void who_proves_nothing_rotates(void **state)
{
    struct world *w = *state;
    struct client_metadata m;
    assert_int_equal(reads(w,
                           "{'token_endpoint_auth_method':'none','reuse_refresh_tokens':true,"
                           "'redirect_uris':['" APP_CALLBACK "']}",
                           &m)
                         .code,
                     ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "reuse_refresh_tokens");
    assert_int_equal(reads(w,
                           "{'token_endpoint_auth_method':'none','reuse_refresh_tokens':true,"
                           "'dpop_bound_access_tokens':true,'redirect_uris':['" APP_CALLBACK "']}",
                           &m)
                         .code,
                     ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(the_profile_says_what_it_implies, strong),
        STORY_WITH(nothing_weaker_can_be_registered, strong),
        STORY_WITH(a_service_that_signs_with_rs256_alone_has_no_profile, weak),
        STORY(a_refresh_token_stays_if_its_client_says_so),
        STORY(it_ends_without_use_and_with_the_sign_in),
        STORY(a_client_may_change_its_mind),
        STORY(who_proves_nothing_rotates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
