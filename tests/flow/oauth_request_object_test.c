/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that their client has signed (RFC 9101), brought by the browser or pushed.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "crypto/jwt.h"

#include <string.h>

#define ISSUER "http://localhost:8080"
#define TYP    "oauth-authz-req+jwt"

static const struct key *key_made(struct world *w, enum jws_alg alg)
{
    const struct key *key = NULL;
    story_does(w, key_generate(world_ctx(w), w->arena, alg, RSA_BITS, &key));
    return key;
}

/* APP, with the key that it is given and further metadata. */
static void app_with(struct world *w, const struct key *key, const char *metadata)
{
    const struct key_set set = { .at = &key, .n = 1 };
    (void)oauth_client(w, APP,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'none','first_party':true,"
                                   "'redirect_uris':['" APP_CALLBACK "'],'jwks':%s%s}",
                                   key_set_write(w->arena, &set), metadata));
}

static const struct key *app_signs(struct world *w, const char *metadata)
{
    const struct key *key = key_made(w, ALG_ES256);
    app_with(w, key, metadata);
    return key;
}

/* The members of a good request object; each can be changed or left out. */
static const char *const members[][2] = {
    { "iss", "\"" APP "\"" },
    { "aud", "\"" ISSUER "\"" },
    { "client_id", "\"" APP "\"" },
    { "response_type", "\"code\"" },
    { "redirect_uri", "\"" APP_CALLBACK "\"" },
    { "scope", "\"openid email\"" },
    { "state", "\"inside\"" },
    { "nonce", "\"n\"" },
    { "code_challenge", "\"" CHALLENGE "\"" },
    { "code_challenge_method", "\"S256\"" },
};

/* With `name` changed to `value` ("": left out). */
static const char *claims(struct world *w, const char *name, const char *value)
{
    struct text_buffer b = text_buffer(w->arena);
    bool changed = false, dated = text_equal(name, "exp");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        bool it = text_equal(members[i][0], name);
        const char *v = it ? value : members[i][1];
        changed = changed || it;
        if (*v != '\0')
            text_addf(&b, "%c\"%s\":%s", b.n == 0 ? '{' : ',', members[i][0], v);
    }
    if (!dated)
        text_addf(&b, ",\"exp\":%lld", (long long)w->now + 300);
    if (!changed && *name != '\0' && *value != '\0')
        text_addf(&b, ",\"%s\":%s", name, value);
    text_add(&b, "}");
    return text_of(&b);
}

static const char *signed_by(struct world *w, const struct key *key, const char *typ,
                             const char *payload)
{
    const char *token = NULL;
    story_does(w, jwt_sign(world_ctx(w), key, typ, payload, &token));
    return token;
}

static const char *object(struct world *w, const struct key *key, const char *name,
                          const char *value)
{
    return signed_by(w, key, TYP, claims(w, name, value));
}

static struct answer brought(struct client *browser, const char *object, const char *more)
{
    return client_get(browser, text_printf(browser->w->arena,
                                           "/oauth2/authorize?client_id=" APP "%s&request=%s", more,
                                           object));
}

static struct answer pushed(struct world *w, const char *object, const char *more)
{
    return oauth_post(w, "/oauth2/par", APP, NULL,
                      text_printf(w->arena, "client_id=" APP "%s&request=%s", more, object));
}

/* ---- what is taken ---- */

static void a_signed_request_gives_a_code(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    struct answer a = brought(&b, object(w, key, "", ""), "");
    assert_status(a, 303);
    assert_string_equal(oauth_param(&a, "state"), "inside");
    struct answer t = oauth_exchange(w, oauth_param(&a, "code"), "");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "scope"), "openid email");
}

/* CD-15, RFC 9101 6.3: what stands beside it counts for nothing. */
static void only_what_is_inside_counts(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    struct answer a = brought(&b, object(w, key, "", ""),
                              "&state=outside&scope=openid+profile+admin&redirect_uri=https%3A%2F%"
                              "2Fevil.test%2F&response_type=token&prompt=none+login");
    assert_true(text_starts(answer_header(&a, "location"), APP_CALLBACK "?"));
    assert_string_equal(oauth_param(&a, "state"), "inside");
    assert_non_null(oauth_param(&a, "code"));
    /* PK-04: a challenge outside is none. */
    a = brought(&b, object(w, key, "code_challenge", ""),
                "&code_challenge=" CHALLENGE "&code_challenge_method=S256");
    assert_redirected_error(a, APP_CALLBACK, "invalid_request");
}

static void numbers_and_objects_are_as_json_has_them(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    const char *const good[][2] = {
        { "max_age", "3600" },
        { "max_age", "\"3600\"" },
        { "claims", "{\"id_token\":{\"email\":null}}" },
        { "claims", "\"{}\"" },
        { "resource", "[]" },
        { "state", "null" },
        { "unknown", "[[1]]" },
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct answer a = brought(&b, object(w, key, good[i][0], good[i][1]), "");
        if (oauth_param(&a, "code") == NULL)
            fail_msg("%s %s: %s", good[i][0], good[i][1], answer_header(&a, "location"));
    }
    world_pass(w, 60);
    assert_redirected_error(brought(&b, object(w, key, "resource", "[\"https://none.test\"]"), ""),
                            APP_CALLBACK, "invalid_target");
}

static void each_asymmetric_algorithm_is_taken(void **state)
{
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        const struct key *key = key_made(w, algs[i]);
        const char *id = text_printf(w->arena, "app-%zu", i);
        const struct key_set set = { .at = &key, .n = 1 };
        (void)oauth_client(
            w, id,
            text_printf(w->arena,
                        "{'token_endpoint_auth_method':'none','redirect_uris':['" APP_CALLBACK
                        "'],'jwks':%s}",
                        key_set_write(w->arena, &set)));
        const char *payload =
            text_printf(w->arena,
                        "{\"iss\":\"%s\",\"client_id\":\"%s\",\"aud\":\"" ISSUER "\",\"exp\":%lld,"
                        "\"response_type\":\"code\",\"redirect_uri\":\"" APP_CALLBACK "\","
                        "\"scope\":\"openid\",\"code_challenge\":\"" CHALLENGE "\","
                        "\"code_challenge_method\":\"S256\"}",
                        id, id, (long long)w->now + 60);
        const char *form =
            text_printf(w->arena, "client_id=%s&request=%s", id, signed_by(w, key, TYP, payload));
        assert_status(oauth_post(w, "/oauth2/par", id, NULL, form), 201);
    }
}

/* ---- what is refused ---- */

/* CD-15, JOSE-01, JOSE-07, JOSE-24, JOSE-26, JOSE-27, JOSE-29: claims that are not what they must
 * be. */
static void an_object_says_what_it_must(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    const char *late = text_printf(w->arena, "%lld", (long long)w->now + 3600 + 61);
    const char *past = text_printf(w->arena, "%lld", (long long)w->now - 1);
    const char *ahead = text_printf(w->arena, "%lld", (long long)w->now + 120);
    const char *const bad[][2] = {
        { "iss", "" },
        { "iss", "\"web\"" },
        { "iss", "[\"" APP "\"]" },
        { "aud", "" },
        { "aud", "\"" ISSUER "/\"" },
        { "aud", "\"" ISSUER "/oauth2/token\"" },
        { "aud", "[\"" ISSUER "\",\"https://other.test\"]" },
        { "aud", "[]" },
        { "client_id", "" },
        { "client_id", "\"web\"" },
        { "client_id", "[\"" APP "\"]" },
        { "exp", "" },
        { "exp", past },
        { "exp", late },
        { "exp", "\"1893456000\"" },
        { "nbf", ahead },
        { "iat", ahead },
        { "sub", "\"" APP "\"" },
        { "request", "\"x\"" },
        { "request_uri", "\"https://app.test/r\"" },
        { "scope", "[\"openid\"]" },
        { "scope", "{}" },
        { "state", "1" },
        { "state", "true" },
        { "max_age", "[1]" },
        { "claims", "[]" },
        { "resource", "[1]" },
        { "resource", "{}" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *token = object(w, key, bad[i][0], bad[i][1]);
        struct answer a = brought(&b, token, "");
        if (a.status != 400)
            fail_msg("%s %s: %d %s", bad[i][0], bad[i][1], a.status, answer_header(&a, "location"));
        assert_error_page(a);
        assert_oauth_error(pushed(w, token, ""), 400, "invalid_request_object");
    }
}

/* RFC 9101 10.8, JOSE-07: a token of another kind is none, nor one of another key. */
static void a_token_of_another_kind_is_no_request(void **state)
{
    static const char *const typs[] = { "at+jwt", "client-authentication+jwt", "dpop+jwt",
                                        "logout+jwt", "token-introspection+jwt" };
    struct world *w = *state;
    const struct key *key = app_signs(w, "");
    for (size_t i = 0; i < sizeof typs / sizeof typs[0]; i++)
        assert_oauth_error(pushed(w, signed_by(w, key, typs[i], claims(w, "", "")), ""), 400,
                           "invalid_request_object");
    assert_status(pushed(w, signed_by(w, key, "JWT", claims(w, "", "")), ""), 201);
    const struct key *other = key_made(w, ALG_ES256);
    assert_oauth_error(pushed(w, object(w, other, "", ""), ""), 400, "invalid_request_object");
}

/* JOSE-01, JOSE-02: unsigned, by a secret, changed after it was signed. */
static void what_is_not_signed_by_its_client_is_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}", "{\"alg\":\"None\"}", "{\"alg\":\"\"}", "{}", "{\"alg\":\"HS256\"}",
    };
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    const char *good = object(w, key, "", "");
    const char *payload = strchr(good, '.');
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const char *header = base64url_encode(w->arena, bytes_of(headers[i]));
        assert_error_page(brought(&b, text_printf(w->arena, "%s%s", header, payload), ""));
        const char *end = strrchr(payload, '.');
        const char *unsigned_ =
            text_printf(w->arena, "%s%.*s.", header, (int)(end - payload), payload);
        assert_oauth_error(pushed(w, unsigned_, ""), 400, "invalid_request_object");
    }
    const char *other = strrchr(object(w, key, "state", "\"other\""), '.');
    const char *end = strrchr(good, '.');
    assert_oauth_error(
        pushed(w, text_printf(w->arena, "%.*s%s", (int)(end - good), good, other), ""), 400,
        "invalid_request_object");
}

/* The one algorithm of the registration, and no other. */
static void the_registered_algorithm_is_the_only_one(void **state)
{
    struct world *w = *state;
    const struct key *key = app_signs(w, ",'request_object_signing_alg':'PS256'");
    assert_oauth_error(pushed(w, object(w, key, "", ""), ""), 400, "invalid_request_object");
}

static void a_client_without_keys_cannot_sign(void **state)
{
    struct world *w = *state;
    const struct key *key = key_made(w, ALG_ES256);
    oauth_app(w);
    assert_oauth_error(pushed(w, object(w, key, "", ""), ""), 400, "request_not_supported");
}

/* URI-01, I8: an address inside is as good as one outside: registered, or nobody is sent there. */
static void a_signed_address_is_registered_all_the_same(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    assert_error_page(brought(&b, object(w, key, "redirect_uri", "\"https://evil.test/\""),
                              "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"));
    assert_error_page(brought(&b, object(w, key, "redirect_uri", ""),
                              "&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"));
}

/* CD-15, PK-07: either by value or by reference. */
static void a_request_comes_one_way(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    struct answer p = pushed(w, object(w, key, "", ""), "&state=outside");
    assert_status(p, 201);
    const char *uri = answer_text(&p, "request_uri");
    struct answer a = client_get(
        &b, text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request_uri=%s", uri));
    assert_string_equal(oauth_param(&a, "state"), "inside");
    assert_non_null(oauth_param(&a, "code"));
    p = pushed(w, object(w, key, "", ""), "");
    a = brought(&b, object(w, key, "", ""),
                text_printf(w->arena, "&request_uri=%s", answer_text(&p, "request_uri")));
    assert_redirected_error(a, APP_CALLBACK, "invalid_request");
    assert_oauth_error(pushed(w, object(w, key, "", ""), "&request=x"), 400, "invalid_request");
}

/* CL-01, decision 10: a jti is good once, pushed or brought. */
static void an_object_with_a_jti_is_good_once(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, "");
    const char *once = object(w, key, "jti", "\"1\"");
    assert_status(pushed(w, once, ""), 201);
    assert_oauth_error(pushed(w, once, ""), 400, "invalid_request_object");
    assert_redirected_error(brought(&b, once, ""), APP_CALLBACK, "invalid_request_object");
    once = object(w, key, "jti", "\"2\"");
    struct answer a = brought(&b, once, "");
    assert_non_null(oauth_param(&a, "code"));
    assert_redirected_error(brought(&b, once, ""), APP_CALLBACK, "invalid_request_object");
    /* One that was refused for another reason has used nothing up. */
    assert_oauth_error(pushed(w, object(w, key, "aud", "\"x\""), ""), 400,
                       "invalid_request_object");
}

/* RFC 9101 10.5: where it is registered so, no plain request is taken, however it comes. */
static void a_client_may_be_bound_to_sign(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    const struct key *key = app_signs(w, ",'require_signed_request_object':true");
    assert_redirected_error(oauth_authorize(&b, ""), APP_CALLBACK, "invalid_request");
    assert_oauth_error(oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, "")), 400,
                       "invalid_request");
    struct answer a = brought(&b, object(w, key, "", ""), "");
    assert_non_null(oauth_param(&a, "code"));
    a = pushed(w, object(w, key, "", ""), "");
    a = client_get(&b, text_printf(w->arena, "/oauth2/authorize?client_id=" APP "&request_uri=%s",
                                   answer_text(&a, "request_uri")));
    assert_non_null(oauth_param(&a, "code"));
    /* One that waits for its user was looked at when it came. */
    a = brought(&b, object(w, key, "prompt", "\"login\""), "");
    assert_true(text_starts(answer_header(&a, "location"), "/sign-in?request="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_signed_request_gives_a_code),
        STORY(only_what_is_inside_counts),
        STORY(numbers_and_objects_are_as_json_has_them),
        STORY(each_asymmetric_algorithm_is_taken),
        STORY(an_object_says_what_it_must),
        STORY(a_token_of_another_kind_is_no_request),
        STORY(what_is_not_signed_by_its_client_is_refused),
        STORY(the_registered_algorithm_is_the_only_one),
        STORY(a_client_without_keys_cannot_sign),
        STORY(a_signed_address_is_registered_all_the_same),
        STORY(a_request_comes_one_way),
        STORY(an_object_with_a_jti_is_good_once),
        STORY(a_client_may_be_bound_to_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
