/* SPDX-License-Identifier: Apache-2.0 */
/* AT-17, JOSE-07: issuers with many tenants. */
#include "verify_testing.h"

#define TENANT_A "72f988bf-86f1-41af-91ab-2d7cd011db47"
#define TENANT_B "9188040d-6c67-4c5b-b112-36a304b66dad"

static const char *const tenants[] = { TENANT_A };

static const char *signs(struct issuer *i, const char *iss, const char *tid)
{
    return issuer_signs(i, "JWT",
                        text_printf(i->w->arena,
                                    "{\"iss\":\"%s\",\"sub\":\"u1\",\"aud\":\"" AUDIENCE
                                    "\",\"exp\":%lld%s}",
                                    iss, (long long)i->w->c.now + 300, tid));
}

static const char *of(struct issuer *i, const char *tenant)
{
    return text_printf(i->w->arena, "%s/%s/v2.0", i->w->url, tenant);
}

static const char *tid(struct issuer *i, const char *tenant)
{
    return text_printf(i->w->arena, ",\"tid\":\"%s\"", tenant);
}

/* A key set whose key is said to be of `key_issuer`. */
static const char *key_set(struct issuer *i, const char *key_issuer)
{
    struct arena *a = i->w->arena;
    struct json_writer w = json_writer(a);
    key_write_jwk(&w, i->key);
    const char *jwk = json_written(&w);
    return text_printf(a, "{\"keys\":[%.*s%s%s%s}]}", (int)strlen(jwk) - 1, jwk,
                       key_issuer == NULL ? "" : ",\"issuer\":\"",
                       key_issuer == NULL ? "" : key_issuer, key_issuer == NULL ? "" : "\"");
}

/* The metadata and that key set; `template` is the path of the issuer. */
static struct uauth_verifier *open_template(struct issuer *i, const char *key_issuer,
                                            const char *template)
{
    static const char *const audiences[] = { AUDIENCE };
    struct arena *a = i->w->arena;
    peer_says(i->w, "/keys", FINE, key_set(i, key_issuer));
    peer_says(i->w, "/organizations", FINE,
              text_printf(a,
                          "{\"issuer\":\"%s%s\",\"jwks_uri\":\"%s/keys\","
                          "\"authorization_endpoint\":\"%s/a\",\"token_endpoint\":\"%s/t\"}",
                          i->w->url, template, i->w->url, i->w->url, i->w->url));
    const struct uauth_verifier_options options = {
        .size = sizeof options,
        .issuer = text_printf(a, "%s%s", i->w->url, template),
        .metadata_url = text_printf(a, "%s/organizations", i->w->url),
        .audiences = audiences,
        .audiences_n = 1,
        .tenants = tenants,
        .tenants_n = 1,
        .kind = UAUTH_ACCESS_UNTYPED,
    };
    struct uauth_verifier *v = NULL;
    assert_int_equal(uauth_verifier_new(i->uauth, &options, &v, NULL), UAUTH_OK);
    return v;
}

static struct uauth_verifier *open_many(struct issuer *i, const char *key_issuer)
{
    return open_template(i, key_issuer, "/{tenantid}/v2.0");
}

static enum uauth_result verdict_of(struct issuer *i, const struct uauth_verifier *v,
                                    const char *token)
{
    return ask(i, v, (struct uauth_request){ .token = token }).result;
}

static void issuer_and_tenant_are_tied_together(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = open_many(i, NULL);
    assert_int_equal(verdict_of(i, v, signs(i, of(i, TENANT_A), tid(i, TENANT_A))), UAUTH_OK);
    const char *const bad[] = {
        signs(i, of(i, TENANT_B), tid(i, TENANT_B)),
        signs(i, of(i, TENANT_B), tid(i, TENANT_A)),
        signs(i, of(i, TENANT_A), tid(i, TENANT_B)),
        signs(i, of(i, "{tenantid}"), tid(i, TENANT_A)),
        signs(i, of(i, "{tenantid}"), tid(i, "{tenantid}")),
        signs(i, of(i, TENANT_A), ""),
        signs(i, of(i, TENANT_A), ",\"tid\":\"" TENANT_A "\",\"TID\":\"" TENANT_B "\""),
        signs(i, of(i, TENANT_A), ",\"tid\":[\"" TENANT_A "\"]"),
        signs(i, text_printf(i->w->arena, "%s/%s/", i->w->url, TENANT_A), tid(i, TENANT_A)),
    };
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++)
        assert_int_equal(verdict_of(i, v, bad[n]), UAUTH_INVALID_TOKEN);
    assert_true(uauth_verifier_suits(v, bad[0]));
    assert_false(uauth_verifier_suits(v, bad[1]));
    uauth_verifier_free(v);
}

/* AT-17, entra.md 1.6: an API that takes tokens of version 1 takes none of version 2 (the reverse
 * is above); the slash at the end is part of the issuer. */
static void a_token_of_version_1_has_an_issuer_of_its_own(void **state)
{
    struct issuer *i = *state;
    const char *one = text_printf(i->w->arena, "%s/" TENANT_A "/", i->w->url);
    const char *bare = text_printf(i->w->arena, "%s/" TENANT_A, i->w->url);
    const char *template = text_printf(i->w->arena, "%s/{tenantid}/", i->w->url);
    const char *two = of(i, TENANT_A), *a = tid(i, TENANT_A);
    struct uauth_verifier *v1 = open_template(i, NULL, "/{tenantid}/");
    assert_int_equal(verdict_of(i, v1, signs(i, one, a)), UAUTH_OK);
    assert_int_equal(verdict_of(i, v1, signs(i, two, a)), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict_of(i, v1, signs(i, bare, a)), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict_of(i, v1, signs(i, template, a)), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict_of(i, v1, signs(i, one, tid(i, TENANT_B))), UAUTH_INVALID_TOKEN);
    uauth_verifier_free(v1);
}

static void a_key_of_one_tenant_is_of_that_one(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = open_many(i, of(i, TENANT_B));
    assert_int_equal(verdict_of(i, v, signs(i, of(i, TENANT_A), tid(i, TENANT_A))),
                     UAUTH_INVALID_TOKEN);
    uauth_verifier_free(v);
}

static void a_key_of_all_tenants_is_of_each(void **state)
{
    struct issuer *i = *state;
    struct uauth_verifier *v = open_many(i, of(i, "{tenantid}"));
    assert_int_equal(verdict_of(i, v, signs(i, of(i, TENANT_A), tid(i, TENANT_A))), UAUTH_OK);
    uauth_verifier_free(v);
}

/* ---- one issuer ---- */

/* A verifier of one issuer: its keys are at `jwks_uri`, or `jwks` is the set itself. */
static struct uauth_verifier *open_one(struct issuer *i, const char *issuer, const char *jwks)
{
    static const char *const audiences[] = { AUDIENCE };
    const struct uauth_verifier_options options = {
        .size = sizeof options,
        .issuer = issuer,
        .jwks_uri = jwks == NULL ? text_printf(i->w->arena, "%s/keys", i->w->url) : NULL,
        .jwks = jwks,
        .audiences = audiences,
        .audiences_n = 1,
        .kind = UAUTH_ACCESS_UNTYPED,
    };
    struct uauth_verifier *v = NULL;
    assert_int_equal(uauth_verifier_new(i->uauth, &options, &v, NULL), UAUTH_OK);
    return v;
}

#define STS "https://sts.windows.net/" TENANT_A "/"
#define NEW "https://login.microsoftonline.com/"

/* AT-17, entra.md 1.4, 6: whose a key is, as its set says, against who signed: template, one
 * tenant, nothing said; of both versions (AadSigningKeyIssuerValidatorTests). */
static void a_key_of_somebody_else_signs_for_nobody_else(void **state)
{
    static const struct {
        const char *key, *issuer, *claims;
        enum uauth_result due;
    } rows[] = {
        { NULL, NEW TENANT_A "/v2.0", "", UAUTH_OK },
        { "", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { "  ", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { NEW "{tenantid}/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { NEW TENANT_A "/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { NEW TENANT_B "/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_A "\"",
          UAUTH_INVALID_TOKEN },
        { NEW TENANT_B "/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_B "\"",
          UAUTH_INVALID_TOKEN },
        { "https://login.microsoftonline.us/{tenantid}/v2.0", NEW TENANT_A "/v2.0",
          ",\"tid\":\"" TENANT_A "\"", UAUTH_INVALID_TOKEN },
        { NEW TENANT_A "/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":\"" TENANT_B "\"",
          UAUTH_INVALID_TOKEN },
        { NEW "{tenantid}/v2.0", NEW TENANT_A "/v2.0",
          ",\"tid\":\"" TENANT_A "\",\"TID\":\"" TENANT_B "\"", UAUTH_INVALID_TOKEN },
        { NEW "{tenantid}/v2.0", NEW TENANT_A "/v2.0", ",\"tid\":[\"" TENANT_A "\"]",
          UAUTH_INVALID_TOKEN },
        /* A token without a tenant: it is the one of its issuer. */
        { NEW "{tenantid}/v2.0", NEW TENANT_A "/v2.0", "", UAUTH_OK },
        { NEW TENANT_B "/v2.0", NEW TENANT_A "/v2.0", "", UAUTH_INVALID_TOKEN },
        { NEW "{tenantid}/v2.0", NEW "x/" TENANT_A "/v2.0", "", UAUTH_INVALID_TOKEN },
        { "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
          "https://" TENANT_A ".ciamlogin.com/" TENANT_A "/v2.0", "", UAUTH_OK },
        { "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
          "https://" TENANT_A ".ciamlogin.com/" TENANT_B "/v2.0", "", UAUTH_INVALID_TOKEN },
        /* Version 1 by keys of version 2. */
        { NEW "{tenantid}/v2.0", STS, ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { NEW TENANT_A "/v2.0", STS, ",\"tid\":\"" TENANT_A "\"", UAUTH_OK },
        { NEW TENANT_B "/v2.0", STS, ",\"tid\":\"" TENANT_A "\"", UAUTH_INVALID_TOKEN },
        { "https://evil.example/{tenantid}/v2.0", STS, ",\"tid\":\"" TENANT_A "\"",
          UAUTH_INVALID_TOKEN },
    };
    struct issuer *i = *state;
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        const char *token = signs(i, rows[n].issuer, rows[n].claims);
        struct uauth_verifier *given = open_one(i, rows[n].issuer, key_set(i, rows[n].key));
        assert_int_equal(verdict_of(i, given, token), rows[n].due);
        uauth_verifier_free(given);
    }
}

/* The same of a set that is fetched, and when it is at hand. */
static void what_is_said_of_a_fetched_key_counts(void **state)
{
    struct issuer *i = *state;
    const char *good = signs(i, NEW TENANT_A "/v2.0", tid(i, TENANT_A));
    peer_says(i->w, "/keys", FINE, key_set(i, NEW TENANT_B "/v2.0"));
    struct uauth_verifier *v = open_one(i, NEW TENANT_A "/v2.0", NULL);
    assert_int_equal(verdict_of(i, v, good), UAUTH_INVALID_TOKEN);
    assert_int_equal(verdict_of(i, v, good), UAUTH_INVALID_TOKEN);
    assert_int_equal(peer_calls(i->w, "/keys"), 1);
    uauth_verifier_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ISSUER_TEST(issuer_and_tenant_are_tied_together),
        ISSUER_TEST(a_token_of_version_1_has_an_issuer_of_its_own),
        ISSUER_TEST(a_key_of_one_tenant_is_of_that_one),
        ISSUER_TEST(a_key_of_all_tenants_is_of_each),
        ISSUER_TEST(a_key_of_somebody_else_signs_for_nobody_else),
        ISSUER_TEST(what_is_said_of_a_fetched_key_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
