/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of certificates may be registered, and what is said to be offered (RFC 8705 2.1.2, 3.3).
 */
#include "certificate_story.h"

#include "oauth/client_change.h"

#define BOUND ",'tls_client_certificate_bound_access_tokens':true"

static const char *const settings[] = { "AUTH_TLS_CLIENT_CERTS=optional", authority.own_cert,
                                        authority.own_key, authority.setting, NULL };

static void exactly_one_name_is_registered(void **state)
{
    struct world *w = *state;
    static const char *const wrong[][2] = {
        { "'token_endpoint_auth_method':'tls_client_auth'", "tls_client_auth_subject_dn" },
        { "'token_endpoint_auth_method':'tls_client_auth','tls_client_auth_san_dns':'a.test',"
          "'tls_client_auth_san_uri':'urn:a'",
          "tls_client_auth_san_uri" },
        { "'token_endpoint_auth_method':'tls_client_auth','tls_client_auth_san_dns':'*.a.test'",
          "tls_client_auth_san_dns" },
        { "'token_endpoint_auth_method':'tls_client_auth','tls_client_auth_san_ip':'a.test'",
          "tls_client_auth_san_ip" },
        { "'token_endpoint_auth_method':'tls_client_auth','tls_client_auth_subject_dn':'job'",
          "tls_client_auth_subject_dn" },
        { "'tls_client_auth_san_dns':'a.test'", "tls_client_auth_san_dns" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ctx *c = world_ctx(w);
        struct client_metadata m;
        const char *json = story_json(w, "{%s,'redirect_uris':['" APP_CALLBACK "']}", wrong[i][0]);
        assert_int_equal(client_metadata_read(c, bytes_of(json), &m).code,
                         ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(c->fault.field, wrong[i][1]);
    }
}

static void discovery_says_what_certificates_are_good_for(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_status(a, 200);
    assert_string_equal(answer_text(&a, "tls_client_certificate_bound_access_tokens"), "true");
    assert_non_null(strstr(a.body, "\"tls_client_auth\""));
    assert_non_null(strstr(a.body, "\"self_signed_tls_client_auth\""));
    assert_null(strstr(a.body, "mtls_endpoint_aliases"));
}

static const char *const without_authorities[] = { "AUTH_TLS_CLIENT_CERTS=optional",
                                                   authority.own_cert, authority.own_key, NULL };

static void without_authorities_nobody_is_known_by_a_name(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct client_metadata m;
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_null(strstr(a.body, "\"tls_client_auth\""));
    assert_non_null(strstr(a.body, "\"self_signed_tls_client_auth\""));
    const char *json = story_json(w, "{'token_endpoint_auth_method':'tls_client_auth',"
                                     "'tls_client_auth_san_dns':'a.test',"
                                     "'grant_types':['client_credentials']}");
    assert_int_equal(client_metadata_read(world_ctx(w), bytes_of(json), &m).code,
                     ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "token_endpoint_auth_method");
}

static void where_nobody_is_asked_nothing_is_offered(void **state)
{
    struct world *w = *state;
    struct client c = client_new(w);
    struct client_metadata m;
    struct answer a = client_get(&c, "/.well-known/openid-configuration");
    assert_null(strstr(a.body, "tls_client"));
    const char *json = story_json(w, "{'redirect_uris':['" APP_CALLBACK "']" BOUND "}");
    assert_int_equal(client_metadata_read(world_ctx(w), bytes_of(json), &m).code,
                     ERR_INVALID_CLIENT_METADATA);
    assert_string_equal(w->c.fault.field, "tls_client_certificate_bound_access_tokens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_WITH(exactly_one_name_is_registered, settings),
        STORY_WITH(discovery_says_what_certificates_are_good_for, settings),
        STORY_WITH(without_authorities_nobody_is_known_by_a_name, without_authorities),
        STORY(where_nobody_is_asked_nothing_is_offered),
    };
    return cmocka_run_group_tests(tests, authority_begin, authority_end);
}
