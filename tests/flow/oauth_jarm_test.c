/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization responses as JWTs (JARM): signed, and encrypted to the client's key.
 */
#include "oauth_story.h"
#include "page_story.h"

#include "crypto/jwe.h"
#include "crypto/jwt.h"
#include "oauth/client_metadata.h"
#include "token/keyring.h"

#include <string.h>

static const char *const more[] = { "AUTH_JWT_MORE_ALGORITHMS=EdDSA", NULL };

static void app_with(struct world *w, const char *metadata)
{
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'none','first_party':true,"
                                   "'redirect_uris':['" APP_CALLBACK "']%s}",
                                   metadata));
}

/* What the client reads in `response`, having checked it as JARM 2.4 asks. */
static struct jwt response_of(struct world *w, const char *token)
{
    struct ctx *c = world_ctx(w);
    static const char *const audience = APP;
    const char *aud = audience;
    struct jwt jwt = { 0 };
    const struct jwt_policy policy = {
        .signature = { .algs = ALGS_ASYMMETRIC, .keys = keyring_public(c, c->keys) },
        .iss = "http://localhost:8080",
        .aud = { &aud, 1 },
        .required = JWT_TEXT_AUDIENCE,
        .max_life = 600,
    };
    assert_non_null(token);
    story_does(w, jwt_verify(c, token, &policy, &jwt));
    return jwt;
}

static const char *text_in(struct world *w, const struct jwt *jwt, const char *name)
{
    const char *text = NULL;
    story_does(w, jwt_text(world_ctx(w), jwt, name, &text));
    return text;
}

static void the_answer_is_one_signed_parameter(void **state)
{
    static const char *const modes[] = { "jwt", "query.jwt" };
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    app_with(w, "");
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct answer a = oauth_authorize(&b, text_printf(w->arena, "response_mode=%s", modes[i]));
        assert_status(a, 303);
        assert_true(text_starts(answer_header(&a, "location"), APP_CALLBACK "?response="));
        assert_null(oauth_param(&a, "code"));
        assert_null(oauth_param(&a, "state"));
        assert_null(oauth_param(&a, "iss"));
        struct jwt jwt = response_of(w, oauth_param(&a, "response"));
        assert_string_equal(text_in(w, &jwt, "state"), "s");
        assert_status(oauth_exchange(w, text_in(w, &jwt, "code"), ""), 200);
    }
}

/* JARM 2.1: refusals are signed as well. */
static void a_refusal_is_signed(void **state)
{
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    app_with(w, "");
    struct answer a = oauth_authorize(&b, "response_mode=jwt&scope=openid+x");
    struct jwt jwt = response_of(w, oauth_param(&a, "response"));
    assert_string_equal(text_in(w, &jwt, "error"), "invalid_scope");
    assert_null(oauth_param(&a, "error"));
    world_pass(w, 5);
    a = oauth_authorize(&b, "response_mode=jwt&prompt=none&max_age=1");
    jwt = response_of(w, oauth_param(&a, "response"));
    assert_string_equal(text_in(w, &jwt, "error"), "login_required");
    assert_string_equal(text_in(w, &jwt, "state"), "s");
}

/* The same after a page: in which way a request is answered is remembered with it. */
static void what_a_user_answers_is_signed(void **state)
{
    static const char *const answers[][3] = {
        { "answer=refuse", "error", "access_denied" },
        { "answer=allow", "code", NULL },
    };
    struct world *w = *state;
    w->counts = true;
    struct client b = oauth_ada(w);
    (void)oauth_client(
        w, APP, "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK "']}");
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct answer a = oauth_authorize(&b, "response_mode=jwt");
        const char *page = answer_header(&a, "location");
        assert_true(text_starts(page, "/consent?request="));
        const char *form =
            text_printf(w->arena, "request=%s&%s", oauth_param(&a, "request"), answers[i][0]);
        a = page_send(&b, page, "/consent", form);
        while (text_starts(answer_header(&a, "location"), "/"))
            a = client_get(&b, answer_header(&a, "location"));
        assert_true(text_starts(answer_header(&a, "location"), APP_CALLBACK "?response="));
        struct jwt jwt = response_of(w, oauth_param(&a, "response"));
        const char *text = text_in(w, &jwt, answers[i][1]);
        assert_non_null(text);
        if (answers[i][2] != NULL)
            assert_string_equal(text, answers[i][2]);
    }
}

static void a_form_carries_it(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    app_with(w, "");
    struct answer a = oauth_authorize(&b, "response_mode=form_post.jwt");
    assert_status(a, 200);
    const char *field = strstr(a.body, "name=\"response\" value=\"");
    assert_non_null(field);
    assert_null(strstr(a.body, "name=\"code\""));
    assert_null(strstr(a.body, "name=\"iss\""));
    const char *begin = field + strlen("name=\"response\" value=\"");
    const char *token = text_copy(w->arena, begin, strcspn(begin, "\""));
    struct jwt jwt = response_of(w, token);
    assert_non_null(text_in(w, &jwt, "code"));
}

static void the_registered_algorithm_signs(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    app_with(w, ",'authorization_signed_response_alg':'EdDSA'");
    struct answer a = oauth_authorize(&b, "response_mode=jwt");
    struct jwt jwt = response_of(w, oauth_param(&a, "response"));
    assert_int_equal(jwt.signature.alg, ALG_EDDSA);
}

/* ---- encryption ---- */

static const char *keys_json(struct world *w, const struct encryption_key *key)
{
    struct json_writer j = json_writer(w->arena);
    json_object(&j, NULL);
    json_array(&j, "keys");
    encryption_key_write_jwk(&j, key);
    json_array_end(&j);
    json_object_end(&j);
    return json_written(&j);
}

static void only_the_client_reads_what_is_encrypted(void **state)
{
    static const struct {
        enum jwe_alg alg;
        const char *enc;
        enum jwe_enc means;
    } ways[] = {
        { JWE_RSA_OAEP_256, ",'authorization_encrypted_response_enc':'A256GCM'", JWE_A256GCM },
        { JWE_ECDH_ES, "", JWE_A128CBC_HS256 },
        { JWE_ECDH_ES_A256KW, ",'authorization_encrypted_response_enc':'A128CBC-HS256'",
          JWE_A128CBC_HS256 },
    };
    struct world *w = *state;
    struct client b = oauth_ada(w);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct encryption_key *key = NULL;
        story_does(w, encryption_key_generate(world_ctx(w), w->arena, ways[i].alg, &key));
        const char *id = text_printf(w->arena, "app-%zu", i);
        (void)oauth_client(
            w, id,
            text_printf(w->arena,
                        "{'token_endpoint_auth_method':'none','first_party':true,'redirect_uris':["
                        "'" APP_CALLBACK
                        "'],'jwks':%s,'authorization_encrypted_response_alg':'%s'%s}",
                        keys_json(w, key), jwe_alg_name(ways[i].alg), ways[i].enc));
        struct answer a =
            oauth_authorize(&b, text_printf(w->arena, "response_mode=jwt&client_id=%s", id));
        const struct encryption_keys keys = { .at = &key, .n = 1 };
        const struct jwe_policy policy = { .algs = ways[i].alg,
                                           .encs = ways[i].means,
                                           .keys = &keys };
        const char *jwt = NULL;
        assert_non_null(oauth_param(&a, "response"));
        story_does(w, jwe_decrypt_jwt(world_ctx(w), oauth_param(&a, "response"), &policy, &jwt));
        assert_non_null(strchr(jwt, '.'));
    }
}

/* What cannot be encrypted, signed or is unknown cannot be registered. */
static void what_cannot_be_done_cannot_be_registered(void **state)
{
    static const char *const bad[][2] = {
        { "'authorization_signed_response_alg':'none'", "authorization_signed_response_alg" },
        { "'authorization_signed_response_alg':'HS256'", "authorization_signed_response_alg" },
        { "'authorization_encrypted_response_alg':'RSA1_5'",
          "authorization_encrypted_response_alg" },
        { "'authorization_encrypted_response_alg':'RSA-OAEP-256'",
          "authorization_encrypted_response_alg" },
        { "'authorization_encrypted_response_enc':'A256GCM'",
          "authorization_encrypted_response_enc" },
    };
    struct world *w = *state;
    struct client_metadata read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ctx *c = world_ctx(w);
        const char *json = story_json(w, "{'redirect_uris':['" APP_CALLBACK "'],%s}", bad[i][0]);
        assert_int_equal(client_metadata_read(c, bytes_of(json), &read).code,
                         ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(c->fault.field, bad[i][1]);
    }
}

/* A key that is not there signs nothing, and what should have been signed is not told unsigned in
 * its place: the client learns that it has to come again. */
static void without_a_key_nothing_is_granted(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    app_with(w, ",'authorization_signed_response_alg':'EdDSA'");
    world_pass(w, 1);
    story_does(w, db_run(world_ctx(w), "DELETE FROM keys WHERE alg = 'EdDSA'", NULL, 0, NULL));
    story_does(w, keyring_refresh(world_ctx(w), w->node->keys));
    assert_redirected_error(oauth_authorize(&b, "response_mode=jwt"), APP_CALLBACK,
                            "temporarily_unavailable");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_answer_is_one_signed_parameter),
        STORY(a_refusal_is_signed),
        STORY(what_a_user_answers_is_signed),
        STORY(a_form_carries_it),
        STORY_WITH(the_registered_algorithm_signs, more),
        STORY(only_the_client_reads_what_is_encrypted),
        STORY(what_cannot_be_done_cannot_be_registered),
        STORY_WITH(without_a_key_nothing_is_granted, more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
