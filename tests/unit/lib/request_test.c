/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: what they need of a token, what it is bound to, and what is answered when that is not
 * so. */
#include "client/dpop_key.h"
#include "crypto/certificate.h"
#include "verify_testing.h"

#define HERE "https://api.example/notes"

static const char *bearer(struct issuer *i, const char *more)
{
    return text_printf(i->w->arena, "Bearer %s", issuer_token(i, "at+jwt", AUDIENCE, more));
}

static void scopes_roles_permissions_and_tenants_are_needed(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    const char *field =
        bearer(i, ",\"scope\":\"a b\",\"roles\":[\"editor\"],\"permissions\":[\"x:y\","
                  "\"x:z\"],\"tenant_id\":\"t1\"");
    const struct {
        struct uauth_request request;
        enum uauth_result due;
    } cases[] = {
        { { .scopes = "a" }, UAUTH_OK },
        { { .scopes = "b a" }, UAUTH_OK },
        { { .scopes = "" }, UAUTH_OK },
        { { .scopes = "a c" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .scopes = "A" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .any_scope = "c b" }, UAUTH_OK },
        { { .any_scope = "c d" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .permissions = "x:z x:y" }, UAUTH_OK },
        { { .permissions = "x:y x:w" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .any_role = "admin editor" }, UAUTH_OK },
        { { .any_role = "admin" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .tenant = "t1" }, UAUTH_OK },
        { { .tenant = "t2" }, UAUTH_INSUFFICIENT_SCOPE },
        { { .scopes = "a", .any_role = "admin" }, UAUTH_INSUFFICIENT_SCOPE },
    };
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct uauth_request request = cases[n].request;
        request.authorization = field;
        assert_int_equal(ask(i, v, request).result, cases[n].due);
    }
    /* A token that says nothing has nothing. */
    struct uauth_request bare = { .authorization = bearer(i, ""), .scopes = "a" };
    assert_int_equal(ask(i, v, bare).result, UAUTH_INSUFFICIENT_SCOPE);
    bare = (struct uauth_request){ .authorization = bearer(i, ""), .tenant = "t1" };
    assert_int_equal(ask(i, v, bare).result, UAUTH_INSUFFICIENT_SCOPE);
    uauth_verifier_free(v);
}

/* As Keycloak, Okta and Entra write them. */
static void they_stand_where_the_issuer_has_them(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(
        i, (struct uauth_verifier_options){ .roles_claim = "/realm_access/roles",
                                            .tenant_claim = "https://example.com/org" });
    const char *field = bearer(i, ",\"scp\":[\"a\",\"b\"],\"realm_access\":{\"x\":1,\"roles\":"
                                  "[\"one\",\"two\"]},\"https://example.com/org\":\"o1\"");
    struct uauth_request request = {
        .authorization = field, .scopes = "b", .any_role = "two", .tenant = "o1"
    };
    assert_int_equal(ask(i, v, request).result, UAUTH_OK);
    request.any_role = "three";
    assert_int_equal(ask(i, v, request).result, UAUTH_INSUFFICIENT_SCOPE);
    uauth_verifier_free(v);
}

/* RFC 6750 3.1: what is answered. */
static void a_refusal_says_what_would_do(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .resource = "https://api.example/v1",
                                                            .realm = "notes" });
#define METADATA "resource_metadata=\"https://api.example/.well-known/oauth-protected-resource/v1\""
    struct answered a = ask(i, v, (struct uauth_request){ 0 });
    assert_int_equal(a.result, UAUTH_NO_TOKEN);
    assert_int_equal(a.status, 401);
    assert_null(a.code);
    assert_non_null(strstr(a.challenge, "Bearer realm=\"notes\", " METADATA));
    assert_non_null(strstr(a.challenge, ", DPoP realm=\"notes\", " METADATA ", algs=\""));
    assert_null(strstr(a.challenge, "error"));

    a = ask(i, v, (struct uauth_request){ .authorization = "Bearer x" });
    assert_int_equal(a.result, UAUTH_INVALID_TOKEN);
    assert_string_equal(a.code, "invalid_token");
    assert_non_null(strstr(a.challenge, "Bearer realm=\"notes\", " METADATA
                                        ", error=\"invalid_token\", error_description=\""));

    a = ask(i, v, (struct uauth_request){ .authorization = bearer(i, ""), .scopes = "a b" });
    assert_int_equal(a.status, 403);
    assert_non_null(strstr(a.challenge, "error=\"insufficient_scope\""));
    assert_non_null(strstr(a.challenge, "scope=\"a b\""));
    uauth_verifier_free(v);
}

/* RFC 9470 3 */
static void a_sign_in_may_be_too_weak_or_too_old(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    const char *field = bearer(i, text_printf(i->w->arena, ",\"acr\":\"1\",\"auth_time\":%lld",
                                              (long long)i->w->c.now - 400));
    struct uauth_request request = { .authorization = field, .acr_values = "1 2", .max_age = 500 };
    assert_int_equal(ask(i, v, request).result, UAUTH_OK);
    request.acr_values = "2 3";
    struct answered a = ask(i, v, request);
    assert_int_equal(a.result, UAUTH_STEP_UP);
    assert_int_equal(a.status, 401);
    assert_string_equal(a.code, "insufficient_user_authentication");
    assert_non_null(strstr(a.challenge, "acr_values=\"2 3\", max_age=\"500\""));
    request.acr_values = NULL;
    request.max_age = 300;
    assert_int_equal(ask(i, v, request).result, UAUTH_STEP_UP);
    /* A token that does not say is not taken for one that does. */
    request.authorization = bearer(i, "");
    assert_int_equal(ask(i, v, request).result, UAUTH_STEP_UP);
    uauth_verifier_free(v);
}

static void a_token_comes_in_one_way(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    const char *token = issuer_token(i, "at+jwt", AUDIENCE, "");
    struct arena *a = i->w->arena;
    const char *const fields[] = { "Basic eDp5",
                                   "Bearer",
                                   "Bearer ",
                                   text_printf(a, "Bearer  %s", token),
                                   text_printf(a, "Bearer %s, Bearer %s", token, token),
                                   text_printf(a, "Token %s", token),
                                   token };
    for (size_t n = 0; n < sizeof fields / sizeof fields[0]; n++)
        assert_int_equal(ask(i, v, (struct uauth_request){ .authorization = fields[n] }).result,
                         UAUTH_INVALID_TOKEN);
    struct uauth_request both = { .authorization = text_printf(a, "bEARER %s", token) };
    assert_int_equal(ask(i, v, both).result, UAUTH_OK);
    both.token = token;
    assert_int_equal(ask(i, v, both).result, UAUTH_ARGUMENT);
    uauth_verifier_free(v);
}

/* ---- DPoP ---- */

struct holder {
    struct dpop_key *key;
    const char *token, *field; /* that is bound to it */
};

static struct holder holder(struct issuer *i)
{
    struct holder h = { .key = dpop_key_new(issuer_makes_key(i, ALG_ES256)) };
    h.token = issuer_token(i, "at+jwt", AUDIENCE,
                           text_printf(i->w->arena, ",\"cnf\":{\"jkt\":\"%s\"}",
                                       dpop_key_thumbprint(&i->w->c, h.key)));
    h.field = text_printf(i->w->arena, "DPoP %s", h.token);
    return h;
}

static const char *prove(struct issuer *i, const struct holder *h, const char *method,
                         const char *url, const char *token)
{
    const char *proof = NULL;
    i->w->c.now = time_now();
    assert_int_equal(dpop_prove(&i->w->c, h->key, method, url, token, &proof).code, ERR_OK);
    return proof;
}

static struct uauth_request shown(struct issuer *i, const struct holder *h)
{
    return (struct uauth_request){ .authorization = h->field,
                                   .dpop = prove(i, h, "GET", HERE, h->token),
                                   .method = "GET",
                                   .url = HERE };
}

/* What was proven before the memory began may have come before: a nonce shows that it was not. */
static void hear(struct issuer *i, const struct holder *h, const struct uauth_verifier *v)
{
    struct answered a = ask(i, v, shown(i, h));
    assert_int_equal(a.result, UAUTH_USE_NONCE);
    assert_int_equal(a.status, 401);
    assert_non_null(a.nonce);
    assert_non_null(strstr(a.challenge, "DPoP error=\"use_dpop_nonce\""));
    dpop_heard(&i->w->c, h->key, HERE, a.nonce);
}

/* DP-01, DP-02, DP-04 */
static void a_bound_token_comes_with_its_proof(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct holder h = holder(i), other = holder(i);
    hear(i, &h, v);
    struct uauth_request good = shown(i, &h);
    assert_int_equal(ask(i, v, good).result, UAUTH_OK);
    assert_int_equal(ask(i, v, good).result, UAUTH_INVALID_PROOF); /* once */

    struct uauth_request bad = shown(i, &h);
    bad.method = "POST";
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_PROOF);
    bad = shown(i, &h);
    bad.url = "https://api.example/other";
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_PROOF);
    bad = shown(i, &h);
    bad.dpop = prove(i, &h, "GET", HERE, other.token);
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_PROOF);
    bad = shown(i, &h);
    bad.dpop = prove(i, &other, "GET", HERE, h.token);
    struct answered a = ask(i, v, bad);
    assert_int_equal(a.result, UAUTH_INVALID_PROOF);
    assert_int_equal(a.status, 401);
    assert_non_null(strstr(a.challenge, "DPoP error=\"invalid_dpop_proof\""));
    bad = shown(i, &h);
    bad.dpop = NULL;
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_PROOF);

    /* Neither passes for the other. */
    bad = shown(i, &h);
    bad.authorization = text_printf(i->w->arena, "Bearer %s", h.token);
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_TOKEN);
    bad.dpop = NULL;
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_TOKEN);
    bad = shown(i, &h);
    bad.authorization = bearer(i, "");
    assert_int_equal(ask(i, v, bad).result, UAUTH_INVALID_TOKEN);
    struct uauth_request bare = { .token = h.token };
    assert_int_equal(ask(i, v, bare).result, UAUTH_INVALID_TOKEN);
    uauth_verifier_free(v);
    dpop_key_free(h.key);
    dpop_key_free(other.key);
}

/* DP-02: the path of a URL is what somebody has asked for. */
static void a_url_that_is_none_is_refused(void **state)
{
    static const char *const urls[] = { "",
                                        "notes",
                                        "/notes",
                                        "https://api.example/a b",
                                        "https://api.example/%zz",
                                        "https://api.example/\x80",
                                        "mailto:a@b.example",
                                        "https://" };
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct holder h = holder(i);
    hear(i, &h, v);
    for (size_t n = 0; n < sizeof urls / sizeof urls[0]; n++) {
        struct uauth_request bad = shown(i, &h);
        bad.url = urls[n];
        assert_int_equal(ask(i, v, bad).result, UAUTH_ARGUMENT);
    }
    uauth_verifier_free(v);
    dpop_key_free(h.key);
}

/* DP-09 */
static void nonces_are_due_where_that_is_asked_for(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .nonce_always = true });
    struct holder h = holder(i);
    hear(i, &h, v);
    struct answered a = ask(i, v, shown(i, &h));
    assert_int_equal(a.result, UAUTH_OK);
    assert_non_null(a.nonce);
    dpop_heard(&i->w->c, h.key, HERE, "1795529167.AAAA");
    assert_int_equal(ask(i, v, shown(i, &h)).result, UAUTH_USE_NONCE);
    uauth_verifier_free(v);
    dpop_key_free(h.key);
}

/* Where no more proofs can be remembered, none is taken. */
static void the_memory_of_proofs_is_bounded(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .proofs_max = 3 });
    struct holder h = holder(i);
    hear(i, &h, v);
    assert_int_equal(ask(i, v, shown(i, &h)).result, UAUTH_OK);
    assert_int_equal(ask(i, v, shown(i, &h)).result, UAUTH_OK);
    assert_int_equal(ask(i, v, shown(i, &h)).result, UAUTH_UNAVAILABLE);
    uauth_verifier_free(v);
    dpop_key_free(h.key);
}

/* DP-12 */
static void a_verifier_may_take_bound_tokens_only(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v =
        issuer_verifier(i, (struct uauth_verifier_options){ .bound_only = true });
    struct answered a = ask(i, v, (struct uauth_request){ .authorization = bearer(i, "") });
    assert_int_equal(a.result, UAUTH_INVALID_TOKEN);
    assert_null(strstr(a.challenge, "Bearer"));
    struct holder h = holder(i);
    hear(i, &h, v);
    assert_int_equal(ask(i, v, shown(i, &h)).result, UAUTH_OK);
    uauth_verifier_free(v);
    dpop_key_free(h.key);
}

/* DP-11 */
static void a_token_of_a_certificate_comes_with_it(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    const char *x5t = certificate_thumbprint(i->w->arena, bytes_of("a certificate"));
    struct uauth_request request = {
        .authorization = bearer(i, text_printf(i->w->arena, ",\"cnf\":{\"x5t#S256\":\"%s\"}", x5t)),
        .certificate = "a certificate",
        .certificate_n = strlen("a certificate"),
    };
    assert_int_equal(ask(i, v, request).result, UAUTH_OK);
    request.certificate_n--;
    assert_int_equal(ask(i, v, request).result, UAUTH_INVALID_TOKEN);
    request.certificate = NULL;
    assert_int_equal(ask(i, v, request).result, UAUTH_INVALID_TOKEN);
    static const char *const unknown[] = { ",\"cnf\":{\"kid\":\"x\"}", ",\"cnf\":{}", ",\"cnf\":7",
                                           ",\"cnf\":null" };
    for (size_t n = 0; n < sizeof unknown / sizeof unknown[0]; n++)
        assert_int_equal(
            ask(i, v, (struct uauth_request){ .authorization = bearer(i, unknown[n]) }).result,
            UAUTH_INVALID_TOKEN);
    uauth_verifier_free(v);
}

static void requests_that_cannot_be_are_refused(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = issuer_verifier(i, (struct uauth_verifier_options){ 0 });
    struct uauth_token *good = NULL;
    struct uauth_request request = { .size = 0, .token = "x" };
    assert_int_equal(uauth_verify(v, &request, &good, NULL), UAUTH_ARGUMENT);
    assert_int_equal(ask(i, v, (struct uauth_request){ .token = "x", .max_age = -1 }).result,
                     UAUTH_ARGUMENT);
    assert_int_equal(uauth_verify(v, NULL, &good, NULL), UAUTH_NO_TOKEN);
    assert_null(good);
    uauth_verifier_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(scopes_roles_permissions_and_tenants_are_needed),
        ISSUER_TEST(they_stand_where_the_issuer_has_them),
        ISSUER_TEST(a_refusal_says_what_would_do),
        ISSUER_TEST(a_sign_in_may_be_too_weak_or_too_old),
        ISSUER_TEST(a_token_comes_in_one_way),
        ISSUER_TEST(a_bound_token_comes_with_its_proof),
        ISSUER_TEST(a_url_that_is_none_is_refused),
        ISSUER_TEST(nonces_are_due_where_that_is_asked_for),
        ISSUER_TEST(the_memory_of_proofs_is_bounded),
        ISSUER_TEST(a_verifier_may_take_bound_tokens_only),
        ISSUER_TEST(a_token_of_a_certificate_comes_with_it),
        ISSUER_TEST(requests_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
