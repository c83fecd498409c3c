/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that authenticate by a certificate, and tokens that are bound to one (RFC 8705).
 */
#include "certificate_story.h"

#include "base/codec.h"
#include "crypto/key_made.h"
#include "oauth/client_change.h"

static const char *const settings[] = { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert,
                                        authority.own_key, authority.setting, NULL };

#define NAMES "DNS:job.test,URI:urn:job,IP:192.0.2.9,email:job@mail.test"
#define FORM  "grant_type=client_credentials&client_id=" JOB

static const struct certificates nothing;

/* A client known by `member`, whose certificate is bound to its tokens if `more` says so. */
static void named(struct world *w, const char *id, const char *member, const char *more)
{
    (void)oauth_client(w, id,
                       text_printf(w->arena,
                                   "{'token_endpoint_auth_method':'tls_client_auth',%s%s,"
                                   "'grant_types':['client_credentials'],'scope':'read'}",
                                   member, more));
}

static void named_job(struct world *w, const char *member, const char *more)
{
    named(w, JOB, member, more);
}

static struct certificates job_certificate(struct world *w)
{
    return story_certificate(w, (struct certificate_plan){ .subject = "CN=job,O=Test",
                                                           .names = NAMES,
                                                           .issuer = &authority.root });
}

/* ---- authentication ---- */

/* RFC 8705 2.1.2: by each of the five. */
static void a_client_is_known_by_one_name_of_its_certificate(void **state)
{
    struct world *w = *state;
    static const char *const members[] = {
        "'tls_client_auth_subject_dn':'CN=job,O=Test'", "'tls_client_auth_san_dns':'job.test'",
        "'tls_client_auth_san_uri':'urn:job'",          "'tls_client_auth_san_ip':'192.0.2.9'",
        "'tls_client_auth_san_email':'job@mail.test'",
    };
    struct certificates own = job_certificate(w);
    struct certificates other = story_certificate(
        w, (struct certificate_plan){ .subject = "CN=jobs,O=Test",
                                      .names = "DNS:a.job.test,URI:urn:jobs,IP:192.0.2.8,"
                                               "email:jo@mail.test",
                                      .issuer = &authority.root });
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *id = text_printf(w->arena, "job%zu", i);
        const char *form = text_printf(w->arena, "grant_type=client_credentials&client_id=%s", id);
        named(w, id, members[i], "");
        struct answer a = shown_post(w, "/oauth2/token", own, form);
        assert_status(a, 200);
        assert_string_equal(answer_text(&a, "token_type"), "Bearer");
        assert_oauth_error(shown_post(w, "/oauth2/token", other, form), 401, "invalid_client");
        assert_oauth_error(shown_post(w, "/oauth2/token", nothing, form), 401, "invalid_client");
    }
}

/* CL-10: the name alone is anybody's. */
static void only_what_an_authority_signed_counts(void **state)
{
    struct world *w = *state;
    struct made_certificate false_root =
        certificate_make(w->arena, &(struct certificate_plan){ .subject = "CN=root",
                                                               .authority = true,
                                                               .from = STORY_NOW - 60,
                                                               .to = STORY_NOW + 60 });
    const struct certificate_plan wrong[] = {
        { .issuer = NULL },
        { .issuer = &false_root },
        { .issuer = &authority.root, .to = STORY_NOW - 1 },
        { .issuer = &authority.root, .from = STORY_NOW + 30 },
        { .issuer = &authority.root, .usage = "serverAuth" },
    };
    named_job(w, "'tls_client_auth_subject_dn':'CN=job,O=Test'", "");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct certificate_plan plan = wrong[i];
        plan.subject = "CN=job,O=Test";
        assert_oauth_error(shown_post(w, "/oauth2/token", story_certificate(w, plan), FORM), 401,
                           "invalid_client");
    }
    assert_status(shown_post(w, "/oauth2/token", job_certificate(w), FORM), 200);
    world_pass(w, 3601);
    assert_oauth_error(shown_post(w, "/oauth2/token", job_certificate(w), FORM), 401,
                       "invalid_client");
}

/* CL-04: by what it registered and nothing else. */
static void a_certificate_stands_for_no_other_method(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w);
    const char *secret =
        oauth_client(w, WEB, "{'grant_types':['client_credentials'],'scope':'read'}");
    assert_oauth_error(
        shown_post(w, "/oauth2/token", own, "grant_type=client_credentials&client_id=" WEB), 401,
        "invalid_client");
    named_job(w, "'tls_client_auth_subject_dn':'CN=job,O=Test'", "");
    assert_oauth_error(shown_post(w, "/oauth2/token", own,
                                  text_printf(w->arena, FORM "&client_secret=%s", secret)),
                       401, "invalid_client");
    assert_oauth_error(shown_post(w, "/oauth2/token", own, "grant_type=client_credentials"), 401,
                       "invalid_client");
    /* Of a certificate that cannot be read, nobody hears more than that. */
    struct bytes rubbish = bytes_of("rubbish");
    assert_oauth_error(shown_post(w, "/oauth2/token", (struct certificates){ &rubbish, 1 }, FORM),
                       401, "invalid_client");
}

/* A JWK Set with this key and this certificate. */
static const char *jwks_of(struct world *w, EVP_PKEY *key, struct bytes der)
{
    struct json_writer j = json_writer(w->arena);
    json_object(&j, NULL);
    json_array(&j, "keys");
    json_object(&j, NULL);
    key_write_members(&j, key, false);
    json_texts(&j, "x5c", text_split(w->arena, base64_encode(w->arena, der, true), ' '));
    json_object_end(&j);
    json_array_end(&j);
    json_object_end(&j);
    return json_written(&j);
}

static err register_self_signed(struct world *w, const char *jwks)
{
    struct ctx *c = world_ctx(w);
    struct client_new client = { .id = JOB };
    struct client_made made;
    const char *metadata =
        text_printf(w->arena,
                    "{\"token_endpoint_auth_method\":\"self_signed_tls_client_auth\","
                    "\"grant_types\":[\"client_credentials\"],\"scope\":\"read\",\"jwks\":%s}",
                    jwks);
    err read = client_metadata_read(c, bytes_of(metadata), &client.metadata);
    return read.code != ERR_OK ? read : client_create(c, &client, &made);
}

/* RFC 8705 2.2 */
static void a_client_is_known_by_the_certificate_that_it_registered(void **state)
{
    struct world *w = *state;
    struct certificate_plan plan = { .subject = "CN=job",
                                     .from = STORY_NOW - 60,
                                     .to = STORY_NOW + 60 };
    struct made_certificate own = certificate_make(w->arena, &plan);
    struct certificates shown = { &own.der, 1 };
    story_does(w, register_self_signed(w, jwks_of(w, own.key, own.der)));
    assert_status(shown_post(w, "/oauth2/token", shown, FORM), 200);
    /* Another certificate of the same name, and another one of the same key. */
    assert_oauth_error(shown_post(w, "/oauth2/token", story_certificate(w, plan), FORM), 401,
                       "invalid_client");
    plan.key = own.key;
    plan.to += 1;
    assert_oauth_error(shown_post(w, "/oauth2/token", story_certificate(w, plan), FORM), 401,
                       "invalid_client");
    world_pass(w, 61);
    assert_oauth_error(shown_post(w, "/oauth2/token", shown, FORM), 401, "invalid_client");
}

/* RFC 7517 4.7 */
static void a_key_set_without_its_certificate_is_refused(void **state)
{
    struct world *w = *state;
    struct certificate_plan plan = { .subject = "CN=job",
                                     .from = STORY_NOW - 60,
                                     .to = STORY_NOW + 60 };
    struct made_certificate own = certificate_make(w->arena, &plan);
    struct made_certificate other = certificate_make(w->arena, &plan);
    const char *wrong[] = {
        "{\"keys\":[]}",
        jwks_of(w, own.key, bytes_of("no certificate")),
        jwks_of(w, other.key, own.der),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(register_self_signed(w, wrong[i]).code, ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(w->c.fault.field, "jwks");
    }
}

/* ---- tokens ---- */

#define BOUND ",'tls_client_certificate_bound_access_tokens':true"

/* RFC 8705 3.1, 3.2; DP-11, DP-12. */
static void a_bound_token_says_whose_it_is(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w);
    const char *thumbprint = certificate_thumbprint(w->arena, own.at[0]);
    named_job(w, "'tls_client_auth_san_dns':'job.test'", BOUND);
    struct answer t = shown_post(w, "/oauth2/token", own, FORM);
    assert_status(t, 200);
    assert_string_equal(answer_text(&t, "token_type"), "Bearer");
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.x5t#S256"), thumbprint);
    assert_null(answer_text(&claims, "cnf.jkt"));
    const char *form =
        text_printf(w->arena, "client_id=" JOB "&token=%s", answer_text(&t, "access_token"));
    struct answer told = shown_post(w, "/oauth2/introspect", own, form);
    assert_string_equal(answer_text(&told, "active"), "true");
    assert_string_equal(answer_text(&told, "cnf.x5t#S256"), thumbprint);
    assert_string_equal(answer_text(&told, "token_type"), "Bearer");
}

/* APP with a certificate of its own making, which binds its tokens. */
static void bound_app(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['" APP_CALLBACK "'],"
                       "'grant_types':['authorization_code','refresh_token']" BOUND "}");
}

static const char *exchange_form(struct world *w, const char *code)
{
    return text_printf(w->arena,
                       "grant_type=authorization_code&client_id=" APP "&code=%s"
                       "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb&code_verifier=" VERIFIER,
                       code);
}

/* DP-11 */
static void a_bound_token_is_of_use_with_its_certificate_alone(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct certificate_plan plan = { .subject = "CN=phone" };
    struct certificates own = story_certificate(w, plan), other = story_certificate(w, plan);
    bound_app(w);
    struct answer t = shown_post(w, "/oauth2/token", own, exchange_form(w, oauth_code(&b, "")));
    assert_status(t, 200);
    const char *token = answer_text(&t, "access_token");
    assert_status(shown_get(w, "/oauth2/userinfo", own, token), 200);
    static const char *const paths[] = { "/oauth2/userinfo", "/auth/verify", "/auth/me" };
    for (size_t i = 0; i < 3; i++) {
        assert_status(shown_get(w, paths[i], other, token), 401);
        assert_status(shown_get(w, paths[i], nothing, token), 401);
    }
}

/* RFC 8705 4 */
static void a_public_client_refreshes_with_its_certificate_alone(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct certificate_plan plan = { .subject = "CN=phone" };
    struct certificates own = story_certificate(w, plan), other = story_certificate(w, plan);
    bound_app(w);
    struct answer t = shown_post(w, "/oauth2/token", own, exchange_form(w, oauth_code(&b, "")));
    assert_status(t, 200);
    const char *form =
        text_printf(w->arena, "grant_type=refresh_token&client_id=" APP "&refresh_token=%s",
                    answer_text(&t, "refresh_token"));
    assert_oauth_error(shown_post(w, "/oauth2/token", other, form), 400, "invalid_grant");
    assert_oauth_error(shown_post(w, "/oauth2/token", nothing, form), 400, "invalid_request");
    struct answer next = shown_post(w, "/oauth2/token", own, form);
    assert_status(next, 200);
    struct answer claims = story_claims(w, answer_text(&next, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.x5t#S256"),
                        certificate_thumbprint(w->arena, own.at[0]));
    /* An answer that was lost is its holder's, too; of another it is theft. */
    assert_status(shown_post(w, "/oauth2/token", own, form), 200);
    assert_oauth_error(shown_post(w, "/oauth2/token", other, form), 400, "invalid_grant");
    assert_status(shown_get(w, "/oauth2/userinfo", own, answer_text(&next, "access_token")), 401);
}

/* DP-12: who has promised to bind its tokens gets no other, and spends nothing. */
static void a_client_that_binds_gets_no_unbound_token(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct certificates own = story_certificate(w, (struct certificate_plan){ .subject = "CN=a" });
    struct certificates old =
        story_certificate(w, (struct certificate_plan){ .subject = "CN=a", .to = STORY_NOW - 1 });
    bound_app(w);
    const char *form = exchange_form(w, oauth_code(&b, ""));
    assert_oauth_error(shown_post(w, "/oauth2/token", nothing, form), 400, "invalid_request");
    assert_oauth_error(shown_post(w, "/oauth2/token", old, form), 400, "invalid_request");
    assert_status(shown_post(w, "/oauth2/token", own, form), 200);
}

static void without_the_promise_a_certificate_binds_nothing(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    struct certificates own = story_certificate(w, (struct certificate_plan){ .subject = "CN=a" });
    oauth_app(w);
    struct answer t = shown_post(w, "/oauth2/token", own, exchange_form(w, oauth_code(&b, "")));
    assert_status(t, 200);
    assert_status(shown_get(w, "/oauth2/userinfo", nothing, answer_text(&t, "access_token")), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(a_client_is_known_by_one_name_of_its_certificate, settings),
        STORY_WITH(only_what_an_authority_signed_counts, settings),
        STORY_WITH(a_certificate_stands_for_no_other_method, settings),
        STORY_WITH(a_client_is_known_by_the_certificate_that_it_registered, settings),
        STORY_WITH(a_key_set_without_its_certificate_is_refused, settings),
        STORY_WITH(a_bound_token_says_whose_it_is, settings),
        STORY_WITH(a_bound_token_is_of_use_with_its_certificate_alone, settings),
        STORY_WITH(a_public_client_refreshes_with_its_certificate_alone, settings),
        STORY_WITH(a_client_that_binds_gets_no_unbound_token, settings),
        STORY_WITH(without_the_promise_a_certificate_binds_nothing, settings),
    };
    return cmocka_run_group_tests(tests, authority_begin, authority_end);
}
