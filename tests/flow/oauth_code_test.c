/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authorization codes: from the browser's request to tokens, and every way in which one is refused.
 */
#include "oauth_story.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "oauth/client_change.h"

/* ---- what it gives ---- */

/* URI-19: the answer is kept by no cache and told by no Referer; tokens are never in it. */
static void a_code_becomes_tokens_for_who_signed_in(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    struct answer a = oauth_authorize(&b, "");
    assert_status(a, 303);
    assert_true(text_starts(answer_header(&a, "location"), APP_CALLBACK "?"));
    assert_string_equal(oauth_param(&a, "state"), "s");
    assert_string_equal(answer_header(&a, "cache-control"), "no-store");
    assert_string_equal(answer_header(&a, "referrer-policy"), "no-referrer");
    struct answer t = oauth_exchange(w, oauth_param(&a, "code"), "");
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "token_type"), "Bearer");
    assert_string_equal(answer_text(&t, "expires_in"), "900");
    assert_string_equal(answer_text(&t, "scope"), "openid profile email");
    assert_non_null(answer_text(&t, "refresh_token"));
    struct answer access = story_claims(w, answer_text(&t, "access_token"));
    struct answer me = client_get(&b, "/auth/me");
    assert_string_equal(answer_text(&access, "sub"), answer_text(&me, "id"));
    assert_string_equal(answer_text(&access, "client_id"), APP);
    assert_string_equal(answer_text(&access, "aud"), "http://localhost:8080");
    assert_string_equal(answer_text(&access, "scope"), "openid profile email");
}

/* The left half of the hash that goes with ES256, or with EdDSA. */
static const char *at_hash(struct world *w, const char *token)
{
    uint8_t digest[DIGEST_SHA512];
    enum { EDDSA = 4 };
    bool longer = w->config->jwt_algorithm == EDDSA;
    if (longer)
        sha512(bytes_of(token), digest);
    else
        sha256(bytes_of(token), digest);
    size_t n = longer ? DIGEST_SHA512 / 2 : DIGEST_SHA256 / 2;
    return base64url_encode(w->arena, (struct bytes){ digest, n });
}

static const char *const eddsa[] = { "AUTH_JWT_ALGORITHM=EdDSA", NULL };

static void an_id_token_says_who_signed_in_and_how(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct answer id = story_claims(w, answer_text(&t, "id_token"));
    struct answer access = story_claims(w, answer_text(&t, "access_token"));
    struct answer header = story_header(w, answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&header, "typ"), "JWT");
    assert_string_equal(answer_text(&id, "iss"), "http://localhost:8080");
    assert_string_equal(answer_text(&id, "aud"), APP);
    assert_string_equal(answer_text(&id, "sub"), answer_text(&access, "sub"));
    assert_string_equal(answer_text(&id, "nonce"), "n");
    assert_string_equal(answer_text(&id, "sid"), answer_text(&access, "sid"));
    assert_string_equal(answer_text(&id, "acr"), "urn:uauth:acr:pwd");
    assert_string_equal(answer_text(&id, "auth_time"), text_printf(w->arena, "%d", STORY_NOW));
    assert_string_equal(answer_text(&id, "at_hash"), at_hash(w, answer_text(&t, "access_token")));
    assert_string_equal(answer_text(&id, "email"), ADA);
    assert_string_equal(answer_text(&id, "email_verified"), "true");
    assert_true(answer_holds(&id, "pwd"));
    assert_null(answer_text(&id, "azp"));
    assert_null(answer_text(&id, "scope"));
}

static void without_openid_there_is_no_id_token(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "scope=email");
    assert_null(answer_text(&t, "id_token"));
    assert_string_equal(answer_text(&t, "scope"), "email");
}

/* RFC 8725 3.12: an ID token lets nobody in. */
static void an_id_token_is_no_access_token(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "id_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    assert_status(client_get(&c, "/auth/me"), 401);
}

/* RFC 9700 2.3: what a user lets an application do is not what our own API lets its user do. */
static void an_applications_token_does_not_open_our_own_api(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_problem(client_get(&c, "/auth/me"), 403, "insufficient-scope");
    assert_problem(client_put(&c, "/auth/me", "{\"full_name\":\"Eve\"}"), 403,
                   "insufficient-scope");
    assert_problem(client_get(&c, "/auth/me/sessions"), 403, "insufficient-scope");
    assert_problem(client_post(&c, "/auth/logout", "{}"), 403, "insufficient-scope");
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
}

/* ---- once ---- */

/* CD-01: the second exchange is refused, and everything that the first one gave is dead. */
static void a_second_exchange_revokes_what_the_first_gave(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *code = oauth_code(&b, "");
    struct answer t = oauth_exchange(w, code, "");
    assert_status(t, 200);
    struct client c = story_bearer(w, answer_text(&t, "access_token"));
    assert_status(client_get(&c, "/oauth2/userinfo"), 200);
    assert_oauth_error(oauth_exchange(w, code, ""), 400, "invalid_grant");
    assert_status(client_get(&c, "/oauth2/userinfo"), 401);
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL, form), 400, "invalid_grant");
    /* Whoever signed in is still signed in. */
    assert_status(client_get(&b, "/auth/me"), 200);
}

/* CD-05: 60 seconds, and not one more. */
static void a_code_lives_for_a_minute(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *early = oauth_code(&b, "");
    const char *late = oauth_code(&b, "");
    world_pass(w, 59);
    assert_status(oauth_exchange(w, early, ""), 200);
    world_pass(w, 1);
    assert_oauth_error(oauth_exchange(w, late, ""), 400, "invalid_grant");
}

/* CD-04: nothing else that works once is a code, and a code is nothing else. */
static void a_code_is_a_code_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct answer t = oauth_tokens(w, "");
    struct client b = story_browser(w, ADA, "session");
    const char *refresh = answer_text(&t, "refresh_token");
    const char *code = oauth_code(&b, "");
    assert_oauth_error(oauth_exchange(w, refresh, ""), 400, "invalid_grant");
    assert_oauth_error(oauth_exchange(w, client_cookie(&b, "session"), ""), 400, "invalid_grant");
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s", code);
    assert_oauth_error(oauth_post(w, "/oauth2/token", APP, NULL, form), 400, "invalid_grant");
    assert_status(oauth_exchange(w, code, ""), 200);
    form = text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                       refresh);
    assert_status(oauth_post(w, "/oauth2/token", APP, NULL, form), 200);
}

/* ---- by whom ---- */

/* URI-10: the redirect URI comes again, the same. */
static void a_code_is_bound_to_its_redirect_uri(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const changes[] = { "redirect_uri=",
                                           "redirect_uri=https%3A%2F%2Fapp.test%2Fc",
                                           "redirect_uri=https%3A%2F%2Fapp.test%2Fcb%2F" };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *code = oauth_code(&b, "");
        assert_oauth_error(oauth_exchange(w, code, changes[i]), 400, "invalid_grant");
        assert_oauth_error(oauth_exchange(w, code, ""), 400, "invalid_grant");
    }
}

/* PK-02, PK-05: without the right verifier the code is spent, and gives nothing. */
static void a_wrong_verifier_spends_the_code(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    static const char *const changes[] = {
        "code_verifier=",
        ("code_verifier=" CHALLENGE),
        "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK",
        "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
        "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX%2B",
        "code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX%C3%A4",
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *code = oauth_code(&b, "");
        assert_oauth_error(oauth_exchange(w, code, changes[i]), 400, "invalid_grant");
        assert_oauth_error(oauth_exchange(w, code, ""), 400, "invalid_grant");
    }
}

/* CD-04: another client can neither use nor spend it. */
static void a_code_is_its_clients(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *secret = oauth_web(w);
    const char *code = oauth_code(&b, "");
    const char *form = text_printf(w->arena,
                                   "grant_type=authorization_code&code=%s"
                                   "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb"
                                   "&code_verifier=" VERIFIER,
                                   code);
    assert_oauth_error(oauth_post(w, "/oauth2/token", WEB, secret, form), 400, "invalid_grant");
    assert_status(oauth_exchange(w, code, ""), 200);
}

static void sign_out(struct world *w, struct client *b)
{
    (void)w;
    assert_status(client_post(b, "/auth/logout", "{}"), 204);
}

static void disable_client(struct world *w, struct client *b)
{
    (void)b;
    world_pass(w, 1);
    story_does(w, client_switch(world_ctx(w), APP, CLIENT_DISABLED, NULL));
    story_does(w, client_switch(world_ctx(w), APP, CLIENT_ACTIVE, NULL));
}

static void change_password(struct world *w, struct client *b)
{
    (void)w;
    struct answer a = story_post(b, "/auth/me/password",
                                 "{'current_password':'" STORY_PASSWORD
                                 "','new_password':'Another-horse-8-battery'}");
    assert_status(a, 204);
}

/* CD-09: what the code rests on has ended. */
static void a_code_dies_with_what_it_rests_on(void **state)
{
    struct world *w = *state;
    void (*const causes[])(struct world *, struct client *) = { sign_out, disable_client,
                                                                change_password };
    oauth_app(w);
    (void)story_person(w, ADA);
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        struct client b = story_browser(w, ADA, "session");
        struct client other = story_browser(w, ADA, "session");
        const char *code = oauth_code(causes[i] == change_password ? &other : &b, "");
        causes[i](w, &b);
        assert_oauth_error(oauth_exchange(w, code, ""), 400, "invalid_grant");
    }
}

/* CD-06: codes are random, and no two are alike. */
static void codes_have_256_random_bits(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    oauth_app(w);
    const char *codes[32];
    for (size_t i = 0; i < 32; i++) {
        codes[i] = oauth_code(&b, "");
        assert_int_equal(strlen(codes[i]), 43);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(codes[i], codes[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_code_becomes_tokens_for_who_signed_in),
        STORY(an_id_token_says_who_signed_in_and_how),
        STORY_WITH(an_id_token_says_who_signed_in_and_how, eddsa),
        STORY(without_openid_there_is_no_id_token),
        STORY(an_id_token_is_no_access_token),
        STORY(an_applications_token_does_not_open_our_own_api),
        STORY(a_second_exchange_revokes_what_the_first_gave),
        STORY(a_code_lives_for_a_minute),
        STORY(a_code_is_a_code_and_nothing_else),
        STORY(a_code_is_bound_to_its_redirect_uri),
        STORY(a_wrong_verifier_spends_the_code),
        STORY(a_code_is_its_clients),
        STORY(a_code_dies_with_what_it_rests_on),
        STORY(codes_have_256_random_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
