/* SPDX-License-Identifier: Apache-2.0 */
/* A resource server by the public header: which tokens are good, and what others are answered. */
#include "verify_testing.h"

#include "base/codec.h"

static void a_token_for_us_is_good(void **state)
{
    struct issuer *i = *state;
    assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_OK);
    assert_int_equal(verdict(i, issuer_token(i, "application/at+jwt", AUDIENCE, "")), UAUTH_OK);
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
    assert_int_equal(peer_calls(i->w, DISCOVERY), 1);
}

/* JOSE-24, JOSE-26, JOSE-29, JOSE-32, JOSE-35: as a consumer of others. */
static void others_are_not(void **state)
{
    struct issuer *i = *state;
    struct arena *a = i->w->arena;
    const char *good = issuer_token(i, "at+jwt", AUDIENCE, "");
    const char *const bad[] = {
        "x",
        "..",
        "",
        text_printf(a, "%sA", good),
        text_printf(a, "%s=", good),
        text_printf(a, "%s ", good),
        text_copy(a, good, strlen(good) - 1),
        issuer_token(i, "at+jwt", "https://other.example", ""),
        issuer_token(i, "at+jwt", AUDIENCE "/", ""),
        issuer_token(i, "JWT", AUDIENCE, ""),
        issuer_token(i, "dpop+jwt", AUDIENCE, ""),
        issuer_signs(i, "at+jwt",
                     text_printf(a, "{\"iss\":\"%s\",\"sub\":\"u1\",\"exp\":%lld}", i->w->url,
                                 (long long)i->w->c.now + 300)),
        issuer_signs(i, "at+jwt", "[]"),
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++)
        assert_int_equal(verdict(i, bad[n]), UAUTH_INVALID_TOKEN);
    for (size_t n = 0; n < strlen(good); n += 7) {
        char *changed = arena_copy(a, good, strlen(good) + 1);
        changed[n] = changed[n] == 'A' ? 'B' : 'A';
        assert_int_equal(verdict(i, changed), UAUTH_INVALID_TOKEN);
    }
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
}

/* JOSE-07, JOSE-24: as AT-17, for the issuer of a token. */
static void another_issuer_is_another(void **state)
{
    struct issuer *i = *state;
    struct arena *a = i->w->arena;
    const char *const issuers[] = { "\"https://login.example\"",
                                    text_printf(a, "\"%s/\"", i->w->url),
                                    text_printf(a, "[\"%s\"]", i->w->url),
                                    text_printf(a, "\"%.*s\"", (int)strlen(i->w->url) - 1,
                                                i->w->url),
                                    "7",
                                    "null" };
    for (size_t n = 0; n < sizeof issuers / sizeof issuers[0]; n++)
        assert_int_equal(
            verdict(i, issuer_signs(i, "at+jwt",
                                    text_printf(a,
                                                "{\"iss\":%s,\"sub\":\"u1\",\"aud\":\"" AUDIENCE
                                                "\",\"exp\":%lld}",
                                                issuers[n], (long long)i->w->c.now + 300))),
            UAUTH_INVALID_TOKEN);
}

/* JOSE-27 */
static void times_are_kept(void **state)
{
    struct issuer *i = *state;
    struct arena *a = i->w->arena;
    static const struct {
        long long exp, nbf, leeway;
        enum uauth_result due;
    } cases[] = {
        { 300, 0, 0, UAUTH_OK },  { -1, 0, 0, UAUTH_INVALID_TOKEN },
        { -30, 0, 60, UAUTH_OK }, { -90, 0, 60, UAUTH_INVALID_TOKEN },
        { 300, 30, 0, UAUTH_OK }, { 300, 120, 0, UAUTH_INVALID_TOKEN },
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        const char *token =
            issuer_signs(i, "at+jwt",
                         text_printf(a,
                                     "{\"iss\":\"%s\",\"sub\":\"u1\",\"aud\":\"" AUDIENCE
                                     "\",\"exp\":%lld,\"nbf\":%lld}",
                                     i->w->url, (long long)i->w->c.now + cases[n].exp,
                                     (long long)i->w->c.now + cases[n].nbf));
        struct uauth_verifier *v =
            issuer_verifier(i, (struct uauth_verifier_options){ .leeway = cases[n].leeway });
        struct uauth_token *good = NULL;
        assert_int_equal(uauth_verify_token(v, token, &good, NULL), cases[n].due);
        uauth_token_free(good);
        uauth_verifier_free(v);
    }
}

/* JOSE-01, JOSE-02, JOSE-04, JOSE-05, JOSE-06, JOSE-09: nothing in a header opens anything. */
static void a_header_opens_nothing(void **state)
{
    struct issuer *i = *state;
    struct arena *a = i->w->arena;
    const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"None\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"\",\"typ\":\"at+jwt\"}",
        "{\"typ\":\"at+jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}",
        "{\"alg\":null,\"typ\":\"at+jwt\"}",
        text_printf(a, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"jku\":\"%s/trap\"}", i->w->url),
        text_printf(a, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"x5u\":\"%s/trap\"}", i->w->url),
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"jwk\":{\"kty\":\"EC\"}}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"x5c\":[\"AA==\"]}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"b64\":false,\"crit\":[\"b64\"]}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"../../../../dev/null\"}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"\"}",
        "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":7}",
    };
    peer_says(i->w, "/trap", FINE, "{\"keys\":[]}");
    const char *good = issuer_token(i, "at+jwt", AUDIENCE, "");
    const char *rest = strchr(good, '.');
    for (size_t n = 0; n < sizeof headers / sizeof headers[0]; n++) {
        const char *header = base64url_encode(a, bytes_of(headers[n]));
        assert_int_equal(verdict(i, text_printf(a, "%s%s", header, rest)), UAUTH_INVALID_TOKEN);
        const char *empty =
            text_printf(a, "%s%.*s.", header, (int)(strrchr(rest, '.') - rest), rest);
        assert_int_equal(verdict(i, empty), UAUTH_INVALID_TOKEN);
    }
    assert_int_equal(peer_calls(i->w, "/trap"), 0);
}

/* JOSE-34: an unknown key has the keys fetched once, and then not for a while. */
static void unknown_keys_are_no_amplifier(void **state)
{
    struct issuer *i = *state;
    const struct key *own = i->key;
    assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_OK);
    for (int n = 0; n < 20; n++) {
        i->key = issuer_makes_key(i, ALG_ES256);
        assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_INVALID_TOKEN);
    }
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
    i->key = own;
    assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_OK);
}

/* SR-05, SR-07, AT-19: without keys nobody is let in. */
static void without_keys_nobody_is_let_in(void **state)
{
    struct issuer *i = *state;
    static const struct {
        const char *head, *body;
    } answers[] = {
        { "500 Broken\r\n", "" },
        { "302 Found\r\nLocation: /other\r\n", "" },
        { FINE, "" },
        { FINE, "{\"keys\":[]}" },
        { FINE, "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}" },
        { "200 OK\r\nContent-Type: text/html\r\n", "<html>" },
    };
    const char *token = issuer_token(i, "at+jwt", AUDIENCE, "");
    for (size_t n = 0; n < sizeof answers / sizeof answers[0]; n++) {
        struct uauth *fresh = NULL, *own = i->uauth;
        struct uauth_options options = { .size = sizeof options, .insecure_loopback = true };
        peer_says(i->w, "/keys", answers[n].head, answers[n].body);
        assert_int_equal(uauth_new(&options, &fresh, NULL), UAUTH_OK);
        i->uauth = fresh;
        assert_int_equal(verdict(i, token), UAUTH_UPSTREAM);
        i->uauth = own;
        uauth_free(fresh);
    }
}

static void an_issuer_of_another_name_is_refused(void **state)
{
    struct issuer *i = *state;
    peer_says(i->w, DISCOVERY, FINE,
              "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://evil.example/keys\"}");
    assert_int_equal(verdict(i, issuer_token(i, "at+jwt", AUDIENCE, "")), UAUTH_UPSTREAM);
}

/* Entra and Keycloak do not say at+jwt. */
static void another_kind_is_taken_where_that_is_asked_for(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .kind = UAUTH_ACCESS_UNTYPED });
    static const char *const types[] = { "JWT", "at+jwt", NULL };
    for (size_t n = 0; n < 3; n++) {
        struct uauth_token *good = NULL;
        assert_int_equal(
            uauth_verify_token(v, issuer_token(i, types[n], AUDIENCE, ""), &good, NULL), UAUTH_OK);
        uauth_token_free(good);
    }
    struct uauth_token *none = NULL;
    assert_int_equal(
        uauth_verify_token(v, issuer_token(i, "logout+jwt", AUDIENCE, ""), &none, NULL),
        UAUTH_INVALID_TOKEN);
    assert_null(none);
    uauth_verifier_free(v);
}

static void an_id_token_is_for_one_client(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .kind = UAUTH_ID_TOKEN });
    struct uauth_request request = { .size = sizeof request, .nonce = "n1" };
    struct uauth_token *good = NULL;
    request.token = issuer_token(i, "JWT", AUDIENCE, ",\"nonce\":\"n1\"");
    assert_int_equal(uauth_verify(v, &request, &good, NULL), UAUTH_OK);
    uauth_token_free(good);
    const char *const bad[] = { issuer_token(i, "JWT", AUDIENCE, ",\"nonce\":\"n2\""),
                                issuer_token(i, "JWT", AUDIENCE, ""),
                                issuer_token(i, "at+jwt", AUDIENCE, ",\"nonce\":\"n1\""),
                                issuer_token(i, "JWT", AUDIENCE, ",\"nonce\":\"n1\",\"azp\":\"x\""),
                                issuer_token(i, "JWT", "x", ",\"nonce\":\"n1\"") };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        request.token = bad[n];
        assert_int_equal(uauth_verify(v, &request, &good, NULL), UAUTH_INVALID_TOKEN);
    }
    uauth_verifier_free(v);
}

/* JOSE-02, JOSE-10: what the caller allows, and no other. */
static void algorithms_are_the_callers(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .algorithms = "RS256 PS256" });
    struct uauth_token *good = NULL;
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &good, NULL),
                     UAUTH_INVALID_TOKEN);
    uauth_verifier_free(v);
    v = issuer_verifier(i, (struct uauth_verifier_options){ .algorithms = "ES256" });
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &good, NULL),
                     UAUTH_OK);
    uauth_token_free(good);
    uauth_verifier_free(v);
}

static void keys_at_hand_need_nobody(void **state)
{
    struct issuer *i = *state;
    const struct key_set set = { &i->key, 1, 0 };
    struct uauth_verifier *v = issuer_verifier(
        i, (struct uauth_verifier_options){ .jwks = key_set_write(i->w->arena, &set) });
    struct uauth_token *good = NULL;
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &good, NULL),
                     UAUTH_OK);
    assert_int_equal(peer_calls(i->w, DISCOVERY) + peer_calls(i->w, "/keys"), 0);
    uauth_token_free(good);
    uauth_verifier_free(v);
    v = issuer_verifier(i, (struct uauth_verifier_options){
                               .jwks_uri = text_printf(i->w->arena, "%s/keys", i->w->url) });
    assert_int_equal(uauth_verify_token(v, issuer_token(i, "at+jwt", AUDIENCE, ""), &good, NULL),
                     UAUTH_OK);
    assert_int_equal(peer_calls(i->w, DISCOVERY), 0);
    uauth_token_free(good);
    uauth_verifier_free(v);
}

static void it_says_whose_a_token_may_be(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    assert_true(uauth_verifier_suits(v, issuer_token(i, "at+jwt", "x", "")));
    assert_false(uauth_verifier_suits(v, "x"));
    assert_false(uauth_verifier_suits(v, issuer_signs(i, "at+jwt", "{\"iss\":\"https://a.b\"}")));
    uauth_verifier_free(v);
}

/* JOSE-26: a verifier that would take anything is not made. */
static void options_that_would_let_in_anybody_are_refused(void **state)
{
    struct issuer *i = *state;
    static const char *const audiences[] = { AUDIENCE, "" };
    static const char *const tenants[] = { "contoso" };
    const char *t = "https://login.example/{tenantid}/v2.0";
    const struct uauth_verifier_options cases[] = {
        { .issuer = NULL, .audiences = audiences, .audiences_n = 1 },
        { .issuer = "", .audiences = audiences, .audiences_n = 1 },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 0 },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 2 },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .leeway = 301 },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .leeway = -1 },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .algorithms = "none" },
        { .issuer = "https://a.b",
          .audiences = audiences,
          .audiences_n = 1,
          .algorithms = "HS256" },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .algorithms = "" },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .jwks = "{}" },
        { .issuer = "https://a.b", .audiences = audiences, .audiences_n = 1, .resource = "x" },
        { .issuer = t, .audiences = audiences, .audiences_n = 1, .jwks_uri = "https://a.b" },
        { .issuer = t,
          .audiences = audiences,
          .audiences_n = 1,
          .tenants = tenants,
          .tenants_n = 1,
          .jwks_uri = "https://a.b" },
        { .issuer = "https://a.b",
          .audiences = audiences,
          .audiences_n = 1,
          .tenants = tenants,
          .tenants_n = 1 },
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct uauth_verifier_options options = cases[n];
        struct uauth_verifier *v = NULL;
        options.size = sizeof options;
        assert_int_equal(uauth_verifier_new(i->uauth, &options, &v, NULL), UAUTH_ARGUMENT);
        assert_null(v);
    }
    struct uauth_verifier_options options = { .size = sizeof options,
                                              .issuer = "https://a.b",
                                              .audiences = audiences,
                                              .audiences_n = 1,
                                              .jwks_file = "/nowhere/keys" };
    struct uauth_verifier *v = NULL;
    assert_int_equal(uauth_verifier_new(i->uauth, &options, &v, NULL), UAUTH_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(a_token_for_us_is_good),
        ISSUER_TEST(others_are_not),
        ISSUER_TEST(another_issuer_is_another),
        ISSUER_TEST(times_are_kept),
        ISSUER_TEST(a_header_opens_nothing),
        ISSUER_TEST(unknown_keys_are_no_amplifier),
        ISSUER_TEST(without_keys_nobody_is_let_in),
        ISSUER_TEST(an_issuer_of_another_name_is_refused),
        ISSUER_TEST(another_kind_is_taken_where_that_is_asked_for),
        ISSUER_TEST(an_id_token_is_for_one_client),
        ISSUER_TEST(algorithms_are_the_callers),
        ISSUER_TEST(keys_at_hand_need_nobody),
        ISSUER_TEST(it_says_whose_a_token_may_be),
        ISSUER_TEST(options_that_would_let_in_anybody_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
