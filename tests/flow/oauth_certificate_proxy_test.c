/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that a proxy hands on (RFC 9440), and the address by which clients with certificates
 * call (RFC 8705 5).
 */
#include "certificate_story.h"

#include "base/codec.h"
#include "tests/unit/crypto/jose_testing.h"

static const char *const settings[] = { "AUTH_CLIENT_CERT_HEADER=on",
                                        "AUTH_MTLS_URL=https://mtls.test",
                                        "AUTH_TRUSTED_PROXIES=10.0.0.0/8", authority.setting,
                                        NULL };

#define FORM "grant_type=client_credentials&client_id=" JOB

static void job(struct world *w)
{
    (void)oauth_client(w, JOB,
                       "{'token_endpoint_auth_method':'tls_client_auth',"
                       "'tls_client_auth_san_dns':'job.test','grant_types':['client_credentials'],"
                       "'tls_client_certificate_bound_access_tokens':true,'scope':'read'}");
}

static struct certificates job_certificate(struct world *w, const struct made_certificate *issuer)
{
    return story_certificate(w, (struct certificate_plan){ .subject = "CN=job",
                                                           .names = "DNS:job.test",
                                                           .issuer = issuer });
}

/* A request for a token with these fields, by a proxy or directly; it shows `tls` itself. */
static struct answer ask(struct world *w, bool by_proxy, struct certificates tls, const char *cert,
                         const char *chain)
{
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/token",
                         .form = FORM,
                         .host = "mtls.test",
                         .tls = true,
                         .by_proxy = by_proxy,
                         .shown = tls };
    size_t n = 0;
    if (cert != NULL)
        sent.headers[n++] = (struct http_header){ "client-cert", cert };
    if (chain != NULL)
        sent.headers[n++] = (struct http_header){ "client-cert-chain", chain };
    return client_send(&c, &sent);
}

static const struct certificates nothing;

static void a_trusted_proxy_hands_the_certificate_on(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w, &authority.root);
    job(w);
    struct answer t = ask(w, true, nothing, story_field(w, own), NULL);
    assert_status(t, 200);
    struct answer claims = story_claims(w, answer_text(&t, "access_token"));
    assert_string_equal(answer_text(&claims, "cnf.x5t#S256"),
                        certificate_thumbprint(w->arena, own.at[0]));
}

/* CL-10: whoever is no proxy can write what they like. */
static void the_field_of_anybody_else_is_not_read(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w, &authority.root);
    job(w);
    assert_oauth_error(ask(w, false, nothing, story_field(w, own), NULL), 401, "invalid_client");
    assert_oauth_error(ask(w, false, nothing, "rubbish", NULL), 401, "invalid_client");
}

/* CL-10: nor is the proxy its clients. */
static void a_proxy_that_says_nothing_has_no_certificate(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w, &authority.root);
    job(w);
    assert_oauth_error(ask(w, true, own, NULL, NULL), 401, "invalid_client");
    struct certificates other = job_certificate(w, NULL);
    assert_oauth_error(ask(w, true, own, story_field(w, other), NULL), 401, "invalid_client");
}

static void a_field_that_is_not_well_formed_is_refused(void **state)
{
    struct world *w = *state;
    struct certificates own = job_certificate(w, &authority.root);
    job(w);
    assert_oauth_error(ask(w, true, nothing, "rubbish", NULL), 400, "invalid_request");
    assert_oauth_error(ask(w, true, nothing, "-----BEGIN CERTIFICATE-----", NULL), 400,
                       "invalid_request");
    assert_oauth_error(ask(w, true, nothing, story_field(w, own), "rubbish"), 400,
                       "invalid_request");
}

/* RFC 9440 2.3 */
static void the_chain_comes_with_it(void **state)
{
    struct world *w = *state;
    struct certificate_plan plan = { .subject = "CN=middle",
                                     .issuer = &authority.root,
                                     .authority = true,
                                     .from = STORY_NOW - 60,
                                     .to = STORY_NOW + 60 };
    struct made_certificate middle = certificate_make(w->arena, &plan);
    struct certificates own = job_certificate(w, &middle);
    struct certificates between = { &middle.der, 1 };
    job(w);
    assert_oauth_error(ask(w, true, nothing, story_field(w, own), NULL), 401, "invalid_client");
    assert_status(ask(w, true, nothing, story_field(w, own), story_field(w, between)), 200);
}

static const char *const off[] = { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert,
                                   authority.own_key, NULL };

/* CL-10: a proxy that was not told to overwrite the field hands on what its clients write. */
static void without_the_setting_the_field_means_nothing(void **state)
{
    struct world *w = *state;
    struct certificates own =
        story_certificate(w, (struct certificate_plan){ .subject = "CN=phone" });
    struct client b = oauth_ada(w);
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['" APP_CALLBACK "'],"
                       "'tls_client_certificate_bound_access_tokens':true}");
    const char *code = oauth_code(&b, "");
    struct client c = client_new(w);
    struct sent sent = { .method = HTTP_POST,
                         .target = "/oauth2/token",
                         .tls = true,
                         .by_proxy = true,
                         .headers = { { "client-cert", story_field(w, own) } } };
    sent.form = text_printf(w->arena,
                            "grant_type=authorization_code&client_id=" APP "&code=%s"
                            "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb&code_verifier=" VERIFIER,
                            code);
    assert_oauth_error(client_send(&c, &sent), 400, "invalid_request");
    /* DP-11: the certificate of a proxy that tells of its clients would be that of all of them. */
    sent.shown = own;
    sent.headers[1] = (struct http_header){ "x-forwarded-for", "192.0.2.1" };
    assert_oauth_error(client_send(&c, &sent), 400, "invalid_request");
    sent.headers[1] = (struct http_header){ "forwarded", "for=192.0.2.1" };
    assert_oauth_error(client_send(&c, &sent), 400, "invalid_request");
    /* One that hands on the connection as it is (PROXY) shows what its client shows. */
    sent.headers[1] = (struct http_header){ NULL, NULL };
    assert_status(client_send(&c, &sent), 200);
}

static void discovery_names_the_other_address(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_string_equal(answer_text(&a, "mtls_endpoint_aliases.token_endpoint"),
                        "https://mtls.test/oauth2/token");
    assert_string_equal(answer_text(&a, "mtls_endpoint_aliases.userinfo_endpoint"),
                        "https://mtls.test/oauth2/userinfo");
    assert_string_equal(
        answer_text(&a, "mtls_endpoint_aliases.pushed_authorization_request_endpoint"),
        "https://mtls.test/oauth2/par");
    assert_string_equal(answer_text(&a, "token_endpoint"), "http://localhost:8080/oauth2/token");
    assert_null(answer_text(&a, "mtls_endpoint_aliases.authorization_endpoint"));
}

/* The proof of a key names the address that is called (RFC 9449 4.3), of the two that are ours. */
static void a_proof_names_the_address_that_is_called(void **state)
{
    struct world *w = *state;
    struct ctx *c = world_ctx(w);
    const struct key *key = new_key(c, ALG_ES256);
    const char *secret =
        oauth_client(w, WEB, "{'grant_types':['client_credentials'],'scope':'read'}");
    world_pass(w, 100);
    static const struct {
        const char *host, *url;
        int status;
    } cases[] = {
        { "mtls.test", "https://mtls.test/oauth2/token", 200 },
        { "localhost", "http://localhost:8080/oauth2/token", 200 },
        { "mtls.test", "http://localhost:8080/oauth2/token", 400 },
        { "localhost", "https://mtls.test/oauth2/token", 400 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client caller = client_new(w);
        struct json_writer head = json_writer(w->arena), body = json_writer(w->arena);
        json_object(&head, NULL);
        json_text(&head, "typ", "dpop+jwt");
        json_text(&head, "alg", "ES256");
        json_object(&head, "jwk");
        key_write_members(&head, key->pkey, false);
        json_object_end(&head);
        json_object_end(&head);
        json_object(&body, NULL);
        json_text(&body, "htm", "POST");
        json_text(&body, "htu", cases[i].url);
        json_number(&body, "iat", world_ctx(w)->now);
        json_text(&body, "jti", random_token(c));
        json_object_end(&body);
        const char *pair = text_printf(w->arena, WEB ":%s", secret);
        struct sent sent = { .method = HTTP_POST,
                             .target = "/oauth2/token",
                             .form = "grant_type=client_credentials",
                             .host = cases[i].host,
                             .tls = true };
        sent.headers[0] =
            (struct http_header){ "dpop", forge(c, key, ALG_ES256, json_written(&head),
                                                json_written(&body)) };
        sent.headers[1] =
            (struct http_header){ "authorization",
                                  text_printf(w->arena, "Basic %s",
                                              base64_encode(w->arena, bytes_of(pair), true)) };
        assert_status(client_send(&caller, &sent), cases[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(a_trusted_proxy_hands_the_certificate_on, settings),
        STORY_WITH(the_field_of_anybody_else_is_not_read, settings),
        STORY_WITH(a_proxy_that_says_nothing_has_no_certificate, settings),
        STORY_WITH(a_field_that_is_not_well_formed_is_refused, settings),
        STORY_WITH(the_chain_comes_with_it, settings),
        STORY_WITH(without_the_setting_the_field_means_nothing, off),
        STORY_WITH(discovery_names_the_other_address, settings),
        STORY_WITH(a_proof_names_the_address_that_is_called, settings),
    };
    return cmocka_run_group_tests(tests, authority_begin, authority_end);
}
