/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letting people sign in elsewhere: what they are sent away with, and everything that may come back
 * and is not to be believed.
 */
#include "sign_in_story.h"

#include "crypto/seal.h"

static struct sign_in_begun begin(struct story *s, const struct oauth_client *client)
{
    const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT };
    struct sign_in_begun begun;
    struct oauth_answer answer;
    fault_clear(&s->w->c);
    assert_int_equal(sign_in_begin(&s->w->c, &s->issuer, client, &wanted, &begun, &answer).code,
                     ERR_OK);
    return begun;
}

/* What the provider answers with at its token endpoint: an ID token with `nonce`. */
static void says_tokens(struct story *s, const char *nonce, const char *more)
{
    struct world *w = s->w;
    const char *id =
        signed_by(s, "JWT",
                  text_printf(w->arena,
                              "{\"iss\":\"%s\",\"aud\":\"us\",\"sub\":\"alice\","
                              "\"iat\":%lld,\"exp\":%lld,\"nonce\":\"%s\"%s}",
                              w->url, (long long)w->c.now, (long long)w->c.now + 60, nonce, more));
    peer_says(w, "/token", FINE,
              text_printf(w->arena,
                          "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"id_token\":\"%s\","
                          "\"refresh_token\":\"rt\"}",
                          id));
}

static err finish(struct story *s, const char *kept, const char *answer, struct sign_in_done *done)
{
    const struct sign_in_back back = { .kept = kept, .answer = bytes_of(answer) };
    struct oauth_answer said;
    fault_clear(&s->w->c);
    return sign_in_finish(&s->w->c, &s->issuer, &us, &back, done, &said);
}

static const char *answer_with(struct story *s, const struct sign_in_begun *begun, const char *more)
{
    return text_printf(s->w->arena, "code=a%%20code&state=%s%s", begun->state, more);
}

static void somebody_is_sent_away_with_state_nonce_and_challenge(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct sign_in_begun begun = begin(&s, &us);
    assert_true(text_starts(begun.url, text_printf(w->arena, "%s/authorize?", w->url)));
    assert_string_equal(parameter(w, begun.url, "response_type"), "code");
    assert_string_equal(parameter(w, begun.url, "client_id"), "us");
    assert_string_equal(parameter(w, begun.url, "scope"), "openid");
    assert_string_equal(parameter(w, begun.url, "state"), begun.state);
    assert_string_equal(parameter(w, begun.url, "code_challenge_method"), "S256");
    const char *nonce = parameter(w, begun.url, "nonce");
    assert_int_equal(strlen(nonce), RANDOM_TOKEN_CHARS);
    assert_string_not_equal(nonce, begun.state);
    struct sign_in_begun other = begin(&s, &us);
    assert_string_not_equal(other.state, begun.state);
    says_tokens(&s, nonce, "");
    struct sign_in_done done;
    /* The second time its keys are at hand, so that the last call is the one that is looked at. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code, ERR_OK);
    assert_string_equal(done.id.sub, "alice");
    assert_string_equal(done.tokens.refresh_token, "rt");
    const char *form = strstr(peer_last(w), "\r\n\r\n") + 4;
    assert_string_equal(parameter(w, form, "code"), "a code");
    assert_string_equal(parameter(w, form, "redirect_uri"), REDIRECT);
    assert_string_equal(oauth_challenge(w->arena, parameter(w, form, "code_verifier")),
                        parameter(w, begun.url, "code_challenge"));
}

/* CD-07, CD-12, CD-19: no code leaves for the token endpoint. */
static void an_answer_that_is_not_to_this_request_is_refused(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct sign_in_begun begun = begin(&s, &us), other = begin(&s, &us);
    struct sign_in_done done;
    says_tokens(&s, parameter(w, begun.url, "nonce"), "");
    const char *const answers[] = {
        "",
        "code=x",
        "code=x&state=",
        text_printf(w->arena, "code=x&state=%s", other.state),
        text_printf(w->arena, "code=x&state=%sA", begun.state),
        text_printf(w->arena, "code=x&state=%s&state=%s", begun.state, begun.state),
        text_printf(w->arena, "code=x&code=y&state=%s", begun.state),
        text_printf(w->arena, "state=%s", begun.state),
        text_printf(w->arena, "response=e30.e30.&state=%s&code=x", begun.state),
        text_printf(w->arena, "code=%%zz&state=%s", begun.state),
        text_printf(w->arena, "code=%s&state=%s",
                    (char *)memset(arena_alloc(w->arena, 9000), 'x', 8999), begun.state),
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (finish(&s, begun.kept, answers[i], &done).code != ERR_INVALID_REQUEST)
            fail_msg("%.100s was taken", answers[i]);
    /* What was kept is of another request, cut, or made up. */
    const char *const kepts[] = { other.kept, "", "x", "bm90IEpTT04", NULL };
    for (size_t i = 0; i < sizeof kepts / sizeof kepts[0]; i++)
        assert_int_equal(finish(&s, kepts[i], answer_with(&s, &begun, ""), &done).code,
                         ERR_INVALID_REQUEST);
    assert_int_equal(peer_calls(w, "/token"), 0);
    w->c.now += SIGN_IN_SECONDS + 1;
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code,
                     ERR_INVALID_REQUEST);
    assert_int_equal(peer_calls(w, "/token"), 0);
}

/* CD-07, AT-19: mix-up (RFC 9207, RFC 9700 4.4). */
static void an_answer_of_another_server_is_refused(void **state)
{
    struct story s =
        begin_story(*state, ",\"authorization_response_iss_parameter_supported\":true");
    struct world *w = s.w;
    struct sign_in_begun begun = begin(&s, &us);
    struct sign_in_done done;
    says_tokens(&s, parameter(w, begun.url, "nonce"), "");
    const char *const others[] = { "", "&iss=https%3A%2F%2Fevil.example",
                                   "&iss=", text_printf(w->arena, "&iss=%s%%2F", w->url) };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, others[i]), &done).code,
                         ERR_INVALID_TOKEN);
    /* The request was to another server, or of another client. */
    struct metadata silent = *s.issuer.m;
    silent.says_iss = false;
    struct story evil = s;
    evil.issuer.issuer = "https://evil.example";
    evil.issuer.m = &silent;
    assert_int_equal(finish(&evil, begun.kept, answer_with(&s, &begun, ""), &done).code,
                     ERR_INVALID_TOKEN);
    assert_int_equal(peer_calls(w, "/token"), 0);
    const char *right = text_printf(w->arena, "&iss=%s", percent_encode(w->arena, w->url));
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, right), &done).code, ERR_OK);
}

/* CD-01. */
static void an_answer_comes_once(void **state)
{
    struct story s = begin_story(*state, "");
    struct sign_in_begun begun = begin(&s, &us);
    struct replays *used = replays_new(0, NOW);
    struct sign_in_done done;
    struct oauth_answer said;
    const struct sign_in_back back = { .kept = begun.kept,
                                       .answer = bytes_of(answer_with(&s, &begun, "")),
                                       .used = used };
    says_tokens(&s, parameter(s.w, begun.url, "nonce"), "");
    assert_int_equal(sign_in_finish(&s.w->c, &s.issuer, &us, &back, &done, &said).code, ERR_OK);
    for (int i = 0; i < 2; i++) {
        fault_clear(&s.w->c);
        s.w->c.now += SIGN_IN_SECONDS / 2;
        assert_int_equal(sign_in_finish(&s.w->c, &s.issuer, &us, &back, &done, &said).code,
                         ERR_INVALID_REQUEST);
    }
    assert_int_equal(peer_calls(s.w, "/token"), 1);
    replays_free(used);
}

/* JOSE-07, JOSE-29: whoever's ID token it is, it is this one's or nobody's; the tokens are handed
 * out still. */
static void an_id_token_of_another_request_is_refused(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct sign_in_done done;
    struct sign_in_begun begun = begin(&s, &us), other = begin(&s, &us);
    says_tokens(&s, parameter(w, other.url, "nonce"), "");
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code,
                     ERR_INVALID_TOKEN);
    assert_false(done.has_id);
    assert_string_equal(done.tokens.refresh_token, "rt");
    struct story evil = s;
    assert_int_equal(key_generate(&w->c, w->arena, ALG_ES256, 0, &evil.key).code, ERR_OK);
    says_tokens(&evil, parameter(w, begun.url, "nonce"), "");
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code,
                     ERR_INVALID_TOKEN);
    peer_says(w, "/token", FINE, "{\"access_token\":\"at\"}");
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code, ERR_UPSTREAM);
}

/* Core 3.1.3.7, 13. */
static void a_sign_in_is_as_recent_as_was_asked_for(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT, .max_age = 100 };
    struct sign_in_begun begun;
    struct oauth_answer answer;
    struct sign_in_done done;
    assert_int_equal(sign_in_begin(&w->c, &s.issuer, &us, &wanted, &begun, &answer).code, ERR_OK);
    assert_string_equal(parameter(w, begun.url, "max_age"), "100");
    const char *nonce = parameter(w, begun.url, "nonce");
    const struct {
        const char *more;
        enum err_code code;
    } cases[] = {
        { "", ERR_INVALID_TOKEN },
        { text_printf(w->arena, ",\"auth_time\":%lld", (long long)w->c.now - 1000),
          ERR_INVALID_TOKEN },
        { ",\"auth_time\":\"now\"", ERR_INVALID_TOKEN },
        { text_printf(w->arena, ",\"auth_time\":%lld", (long long)w->c.now - 90), ERR_OK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        says_tokens(&s, nonce, cases[i].more);
        assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code,
                         cases[i].code);
    }
}

static void what_the_server_says_instead_of_a_code_is_told(void **state)
{
    struct story s = begin_story(*state, "");
    struct sign_in_begun begun = begin(&s, &us);
    struct oauth_answer said;
    struct sign_in_done done;
    struct sign_in_back back = {
        .kept = begun.kept,
        .answer = bytes_of(text_printf(
            s.w->arena, "error=access_denied&error_description=no%%20thanks&state=%s", begun.state))
    };
    assert_int_equal(sign_in_finish(&s.w->c, &s.issuer, &us, &back, &done, &said).code,
                     ERR_ACCESS_DENIED);
    assert_string_equal(said.error, "access_denied");
    assert_string_equal(said.description, "no thanks");
    fault_clear(&s.w->c);
    back.answer = bytes_of(
        text_printf(s.w->arena, "error=%%1b&error_description=%%1b%%5b2J&state=%s", begun.state));
    assert_int_equal(sign_in_finish(&s.w->c, &s.issuer, &us, &back, &done, &said).code,
                     ERR_UPSTREAM);
    assert_null(said.error);
    assert_null(said.description);
    /* Not without the state: nobody else makes us believe that it was refused. */
    assert_int_equal(finish(&s, begun.kept, "error=access_denied", &done).code,
                     ERR_INVALID_REQUEST);
}

/* RFC 9126, RFC 9449 10. */
static void a_request_is_pushed_where_it_has_to_be(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct oauth_answer answer;
    struct sign_in_begun begun;
    const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT, .pushed = true };
    assert_int_equal(sign_in_begin(&w->c, &s.issuer, &us, &wanted, &begun, &answer).code,
                     ERR_NOT_IMPLEMENTED);
    w->c.now += DOCUMENT_FRESH_MAX + DOCUMENT_STALE_MAX + 1;
    fault_clear(&w->c);
    says_metadata(w, text_printf(w->arena,
                                 ",\"pushed_authorization_request_endpoint\":\"%s/par\","
                                 "\"require_pushed_authorization_requests\":true",
                                 w->url));
    assert_int_equal(issuer_open(&w->c, w->url, &s.issuer).code, ERR_OK);
    peer_says(w, "/par", "201 Created\r\n", "{\"request_uri\":\"urn:x:1\",\"expires_in\":60}");
    struct dpop_key *dpop = dpop_key_new(s.key);
    const struct oauth_client bound = { .client_id = "us", .dpop = dpop };
    begun = begin(&s, &bound);
    assert_string_equal(begun.url, text_printf(w->arena,
                                               "%s/authorize?client_id=us&"
                                               "request_uri=urn%%3Ax%%3A1",
                                               w->url));
    const char *form = strstr(peer_last(w), "\r\n\r\n") + 4;
    assert_string_equal(parameter(w, form, "state"), begun.state);
    assert_string_equal(parameter(w, form, "dpop_jkt"), dpop_key_thumbprint(&w->c, dpop));
    assert_non_null(strstr(peer_last(w), "\r\nDPoP: "));
    static const struct {
        const char *head, *body;
    } bad[] = { { "400 Bad\r\n", "{\"error\":\"invalid_request\"}" },
                { "201 Created\r\n", "{}" },
                { "302 Found\r\n", "{\"request_uri\":\"urn:x:1\"}" },
                { "201 Created\r\n", "<html>" } };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fault_clear(&w->c);
        peer_says(w, "/par", bad[i].head, bad[i].body);
        assert_int_equal(sign_in_begin(&w->c, &s.issuer, &us, &wanted, &begun, &answer).code,
                         ERR_UPSTREAM);
    }
    dpop_key_free(dpop);
}

static void a_caller_does_not_say_what_is_made_here(void **state)
{
    struct story s = begin_story(*state, "");
    static const char *const ours[] = { "state", "nonce", "code_challenge", "request",
                                        "client_id" };
    struct oauth_answer answer;
    struct sign_in_begun begun;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        const struct form_field field = { ours[i], "x" };
        const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT, .more = { &field, 1 } };
        fault_clear(&s.w->c);
        assert_int_equal(sign_in_begin(&s.w->c, &s.issuer, &us, &wanted, &begun, &answer).code,
                         ERR_INVALID_REQUEST);
    }
    const struct form_field field = { "kc_idp_hint", "x" };
    const struct sign_in_wanted wanted = { .redirect_uri = REDIRECT, .more = { &field, 1 } };
    fault_clear(&s.w->c);
    assert_int_equal(sign_in_begin(&s.w->c, &s.issuer, &us, &wanted, &begun, &answer).code, ERR_OK);
    assert_string_equal(parameter(s.w, begun.url, "kc_idp_hint"), "x");
}

/* Sealed, it may be the browser's: nobody reads or changes it. */
static void what_is_kept_is_sealed_where_there_is_a_key(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    uint8_t master[SEAL_MASTER_BYTES] = { 1, 2, 3 };
    const struct bytes masters = { master, sizeof master };
    struct seal *seal = NULL;
    struct sign_in_done done;
    struct sign_in_begun plain = begin(&s, &us);
    assert_int_equal(seal_new(&w->c, w->arena, &masters, 1, &seal).code, ERR_OK);
    w->c.seal = seal;
    struct sign_in_begun begun = begin(&s, &us);
    struct bytes json;
    assert_false(base64url_decode(w->arena, bytes_of(begun.kept), &json));
    says_tokens(&s, parameter(w, plain.url, "nonce"), "");
    assert_int_equal(finish(&s, plain.kept, answer_with(&s, &plain, ""), &done).code,
                     ERR_INVALID_REQUEST);
    char *changed = arena_copy(w->arena, begun.kept, strlen(begun.kept) + 1);
    changed[strlen(changed) - 4] ^= 1;
    assert_int_equal(finish(&s, changed, answer_with(&s, &begun, ""), &done).code,
                     ERR_INVALID_REQUEST);
    says_tokens(&s, parameter(w, begun.url, "nonce"), "");
    assert_int_equal(finish(&s, begun.kept, answer_with(&s, &begun, ""), &done).code, ERR_OK);
}

/* Core 12.2. */
static void a_refreshed_id_token_is_of_the_same_person(void **state)
{
    struct story s = begin_story(*state, "");
    struct world *w = s.w;
    struct jwt jwt;
    struct oauth_tokens tokens = { .access_token = "at" };
    tokens.id_token =
        signed_by(&s, NULL,
                  text_printf(w->arena,
                              "{\"iss\":\"%s\",\"aud\":\"us\",\"sub\":\"alice\",\"iat\":%lld,"
                              "\"exp\":%lld}",
                              w->url, (long long)w->c.now, (long long)w->c.now + 60));
    assert_int_equal(sign_in_check(&w->c, &s.issuer, &us, &tokens, "alice", &jwt).code, ERR_OK);
    assert_int_equal(sign_in_check(&w->c, &s.issuer, &us, &tokens, NULL, &jwt).code, ERR_OK);
    assert_int_equal(sign_in_check(&w->c, &s.issuer, &us, &tokens, "bob", &jwt).code,
                     ERR_INVALID_TOKEN);
}

static void signing_out_has_a_place(void **state)
{
    struct story s = begin_story(*state, "");
    const struct sign_out_wanted wanted = { .id_token_hint = "a.b.c", .state = "s&t" };
    const char *url = NULL;
    assert_int_equal(sign_out_url(&s.w->c, &s.issuer, &us, &wanted, &url).code, ERR_OK);
    assert_string_equal(url, text_printf(s.w->arena,
                                         "%s/end?x=y&id_token_hint=a.b.c&client_id=us&state=s%%26t",
                                         s.w->url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(somebody_is_sent_away_with_state_nonce_and_challenge),
        WORLD_TEST(an_answer_that_is_not_to_this_request_is_refused),
        WORLD_TEST(an_answer_of_another_server_is_refused),
        WORLD_TEST(an_answer_comes_once),
        WORLD_TEST(an_id_token_of_another_request_is_refused),
        WORLD_TEST(a_sign_in_is_as_recent_as_was_asked_for),
        WORLD_TEST(what_the_server_says_instead_of_a_code_is_told),
        WORLD_TEST(a_request_is_pushed_where_it_has_to_be),
        WORLD_TEST(a_caller_does_not_say_what_is_made_here),
        WORLD_TEST(what_is_kept_is_sealed_where_there_is_a_key),
        WORLD_TEST(a_refreshed_id_token_is_of_the_same_person),
        WORLD_TEST(signing_out_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
