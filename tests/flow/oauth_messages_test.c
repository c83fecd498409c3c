/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients get signed by the algorithm that they have registered.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "crypto/jwt.h"
#include "oauth/client_metadata.h"
#include "token/keyring.h"

#include <string.h>

static const char *const more[] = { "AUTH_JWT_MORE_ALGORITHMS=EdDSA,ES384", NULL };

static void app_of(struct world *w, const char *metadata)
{
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'none','first_party':true,"
                                   "'redirect_uris':['" APP_CALLBACK "'],"
                                   "'grant_types':['authorization_code','refresh_token']%s}",
                                   metadata));
}

/* The signature of `token` is good, by a published key; its algorithm. */
static const char *alg_of(struct world *w, const char *token)
{
    struct ctx *c = world_ctx(w);
    struct jws jws = { 0 };
    const struct jws_policy policy = { .algs = ALGS_ASYMMETRIC,
                                       .keys = keyring_public(c, c->keys) };
    story_does(w, jws_verify(c, token, &policy, &jws));
    return alg_name(jws.alg);
}

static struct answer tokens_of(struct world *w)
{
    struct client browser = oauth_ada(w);
    struct answer a = oauth_exchange(w, oauth_code(&browser, ""), "");
    assert_status(a, 200);
    return a;
}

static void tokens_are_signed_as_the_client_registered(void **state)
{
    struct world *w = *state;
    app_of(w, ",'id_token_signed_response_alg':'EdDSA',"
              "'access_token_signed_response_alg':'ES384'");
    struct answer t = tokens_of(w);
    assert_string_equal(alg_of(w, answer_text(&t, "id_token")), "EdDSA");
    assert_string_equal(alg_of(w, answer_text(&t, "access_token")), "ES384");
    struct client bearer = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&bearer, "/oauth2/userinfo"), 200);
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    t = oauth_post(w, "/oauth2/token", APP, NULL, form);
    assert_status(t, 200);
    assert_string_equal(alg_of(w, answer_text(&t, "id_token")), "EdDSA");
    assert_string_equal(alg_of(w, answer_text(&t, "access_token")), "ES384");
}

static void who_registers_nothing_gets_the_main_algorithm(void **state)
{
    struct world *w = *state;
    app_of(w, "");
    struct answer t = tokens_of(w);
    assert_string_equal(alg_of(w, answer_text(&t, "id_token")), "ES256");
    assert_string_equal(alg_of(w, answer_text(&t, "access_token")), "ES256");
}

static void discovery_names_what_signs(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_non_null(strstr(
        a.body, "\"id_token_signing_alg_values_supported\":[\"ES256\",\"ES384\",\"EdDSA\"]"));
}

/* JOSE-01: none, secrets and what is not offered cannot be registered. */
static void only_what_is_offered_can_be_registered(void **state)
{
    static const char *const names[] = { "none", "HS256", "RS256", "ES512", "eddsa", "Ed25519" };
    struct world *w = *state;
    struct client_metadata read;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ctx *c = world_ctx(w);
        const char *json = story_json(
            w, "{'redirect_uris':['" APP_CALLBACK "'],'id_token_signed_response_alg':'%s'}",
            names[i]);
        assert_int_equal(client_metadata_read(c, bytes_of(json), &read).code,
                         ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(c->fault.field, "id_token_signed_response_alg");
    }
}

static err registers(struct world *w, const char *members)
{
    struct client_metadata read;
    return client_metadata_read(
        world_ctx(w), bytes_of(story_json(w, "{'redirect_uris':['" APP_CALLBACK "'],%s}", members)),
        &read);
}

/* SR-02, SR-12, RFC 7591 2: where keys may be. */
static void a_jwks_uri_is_one_that_may_be_called(void **state)
{
    static const char *const bad[] = {
        "http://app.test/jwks",
        "https://127.0.0.1/jwks",
        "https://[::1]/jwks",
        "https://10.0.0.1/jwks",
        "https://169.254.169.254/",
        "https://localhost/jwks",
        "https://app.test:8443/",
        "https://app.test/jwks#x",
        "ftp://app.test/jwks",
        "https://user@app.test/",
        "/jwks",
        "file:///etc/passwd",
        "https://app.test/jwks\\n",
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *members = text_printf(w->arena, "'jwks_uri':'%s'", bad[i]);
        if (registers(w, members).code != ERR_INVALID_CLIENT_METADATA)
            fail_msg("%s", bad[i]);
        assert_string_equal(w->c.fault.field, "jwks_uri");
    }
    assert_int_equal(registers(w, "'jwks_uri':'https://app.test/jwks'").code, ERR_OK);
    assert_int_equal(registers(w, "'jwks_uri':'https://app.test/jwks',"
                                  "'token_endpoint_auth_method':'private_key_jwt'")
                         .code,
                     ERR_OK);
    assert_int_equal(registers(w, "'jwks_uri':'https://app.test/jwks','jwks':{'keys':[]}").code,
                     ERR_INVALID_CLIENT_METADATA);
}

static void what_is_encrypted_is_signed(void **state)
{
    struct world *w = *state;
    assert_int_equal(registers(w, "'jwks_uri':'https://app.test/jwks',"
                                  "'userinfo_encrypted_response_alg':'RSA-OAEP-256'")
                         .code,
                     ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "userinfo_signed_response_alg");
    assert_int_equal(registers(w, "'jwks_uri':'https://app.test/jwks',"
                                  "'userinfo_signed_response_alg':'ES256',"
                                  "'userinfo_encrypted_response_alg':'RSA-OAEP-256'")
                         .code,
                     ERR_OK);
    assert_int_equal(registers(w, "'jwks':{'keys':[]},"
                                  "'id_token_encrypted_response_alg':'ECDH-ES'")
                         .code,
                     ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "id_token_encrypted_response_alg");
}

/* SR-11: keys that cannot be had are one failure, which says nothing of why. */
static void keys_that_cannot_be_had_are_one_failure(void **state)
{
    struct world *w = *state;
    struct client browser = oauth_ada(w);
    app_of(w, ",'jwks_uri':'https://app.test/jwks','id_token_encrypted_response_alg':'ECDH-ES'");
    const char *code = oauth_code(&browser, "");
    struct answer a = oauth_exchange(w, code, "");
    assert_int_equal(a.status, 503); /* nobody is called in a story */
    assert_null(strstr(a.body, "app.test"));
}

/* What could not be signed uses nothing up. */
static void a_code_waits_for_a_key(void **state)
{
    struct world *w = *state;
    app_of(w, ",'id_token_signed_response_alg':'EdDSA'");
    struct client browser = oauth_ada(w);
    const char *code = oauth_code(&browser, "");
    world_pass(w, 1); /* the keys are not of this moment any more */
    struct ctx *c = world_ctx(w);
    story_does(w, db_run(c, "UPDATE keys SET state = 'next' WHERE alg = 'EdDSA'", NULL, 0, NULL));
    story_does(w, db_run(c, "UPDATE keys SET activates_at = activates_at + 5", NULL, 0, NULL));
    story_does(w, keyring_refresh(c, w->node->keys));
    assert_oauth_error(oauth_exchange(w, code, ""), 503, "temporarily_unavailable");
    world_pass(w, 5);
    c = world_ctx(w);
    story_does(w, keyring_refresh(c, w->node->keys));
    assert_status(oauth_exchange(w, code, ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(tokens_are_signed_as_the_client_registered, more),
        STORY_WITH(who_registers_nothing_gets_the_main_algorithm, more),
        STORY_WITH(discovery_names_what_signs, more),
        STORY_WITH(only_what_is_offered_can_be_registered, more),
        STORY(a_jwks_uri_is_one_that_may_be_called),
        STORY(what_is_encrypted_is_signed),
        STORY(keys_that_cannot_be_had_are_one_failure),
        STORY_WITH(a_code_waits_for_a_key, more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
