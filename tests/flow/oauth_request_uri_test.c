/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that are kept at an address of their client (RFC 9101 5.2).
 */
#include "oauth_story.h"

#include "oauth/client_metadata.h"

#define OBJECT_AT "https%3A%2F%2Fapp.test%2Fobject"
static const char *const fetches[] = { "AUTH_REQUEST_URI_FETCH=on", NULL };

static void app_refers(struct world *w)
{
    (void)oauth_client(w, APP,
                       "{'token_endpoint_auth_method':'none','first_party':true,"
                       "'redirect_uris':['" APP_CALLBACK "'],'jwks_uri':'https://app.test/jwks',"
                       "'request_uris':['https://app.test/object']}");
}

static struct answer referred(struct client *browser, const char *uri)
{
    return client_get(browser, text_printf(browser->w->arena,
                                           "/oauth2/authorize?client_id=" APP
                                           "&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb"
                                           "&request_uri=%s",
                                           uri));
}

/* SR-01, decision 12: unless a setting allows it, nobody is called, whatever was registered. */
static void a_reference_is_not_followed_by_default(void **state)
{
    struct world *w = *state;
    struct client b = oauth_ada(w);
    app_refers(w);
    assert_redirected_error(referred(&b, OBJECT_AT), APP_CALLBACK, "request_uri_not_supported");
    struct answer a = client_get(&b, "/.well-known/openid-configuration");
    assert_string_equal(answer_text(&a, "request_uri_parameter_supported"), "false");
    assert_null(answer_text(&a, "require_request_uri_registration"));
}

/* URI-01, URI-20: the very letters of the registration, and nothing near them. */
static void only_registered_references_are_followed(void **state)
{
    static const char *const others[] = {
        OBJECT_AT "%3F",
        OBJECT_AT "%23x",
        OBJECT_AT "%2F",
        "https%3A%2F%2Fapp.test%3A443%2Fobject",
        "https%3A%2F%2Fapp.test%2F.%2Fobject",
        "HTTPS%3A%2F%2Fapp.test%2Fobject",
        "http%3A%2F%2Fapp.test%2Fobject",
        "https%3A%2F%2F127.0.0.1%2Fobject",
        "file%3A%2F%2F%2Fetc%2Fpasswd",
        "URN%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
    };
    struct world *w = *state;
    struct client b = oauth_ada(w);
    app_refers(w);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_redirected_error(referred(&b, others[i]), APP_CALLBACK, "request_uri_not_supported");
    /* That one would be fetched; in a story nobody is called. */
    assert_redirected_error(referred(&b, OBJECT_AT), APP_CALLBACK, "temporarily_unavailable");
    struct answer a = referred(&b, OBJECT_AT "&request=x");
    assert_redirected_error(a, APP_CALLBACK, "invalid_request");
    a = client_get(&b, "/.well-known/openid-configuration");
    assert_string_equal(answer_text(&a, "request_uri_parameter_supported"), "true");
    assert_string_equal(answer_text(&a, "require_request_uri_registration"), "true");
    /* RFC 9126 2.1. */
    assert_oauth_error(
        oauth_post(w, "/oauth2/par", APP, NULL, oauth_request(w, "request_uri=" OBJECT_AT)), 400,
        "invalid_request");
}

/* SR-02: what may be registered is what may be called. */
static void only_what_may_be_called_is_registered(void **state)
{
    static const char *const bad[] = {
        "http://app.test/object",
        "https://127.0.0.1/object",
        "https://localhost/object",
        "https://app.test:8443/",
        "urn:ietf:params:oauth:request_uri:x",
        "file:///etc/passwd",
    };
    struct world *w = *state;
    struct client_metadata read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ctx *c = world_ctx(w);
        const char *json =
            story_json(w, "{'redirect_uris':['" APP_CALLBACK "'],'request_uris':['%s']}", bad[i]);
        assert_int_equal(client_metadata_read(c, bytes_of(json), &read).code,
                         ERR_INVALID_CLIENT_METADATA);
        assert_string_equal(c->fault.field, "request_uris[0]");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_reference_is_not_followed_by_default),
        STORY_WITH(only_registered_references_are_followed, fetches),
        STORY(only_what_may_be_called_is_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
