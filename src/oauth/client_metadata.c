/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_metadata.h"
#include "oauth/client_metadata_own.h"

#include "base/readings.h"
#include "crypto/key.h"
#include "identity/access.h"
#include "net/url.h"
#include "oauth/client_auth_certificate.h"
#include "oauth/client_messages.h"
#include "oauth/client_url.h"
#include "oauth/device.h"
#include "oauth/fapi.h"
#include "oauth/grant.h"
#include "web/cors.h"

#include <string.h>

static const char scope_default[] = "openid profile email offline_access";

static RESULT refuse(struct ctx *c, const char *member, const char *say)
{
    return because(c, CLIENT_METADATA, NULL, member,
                   fail_field(c, INVALID_CLIENT_METADATA, member, say));
}

/* ---- redirect URIs ---- */

/* RFC 9700 2.1, RFC 8252 7, RFC 6749 3.1.2. */
static const char *redirect_fault(struct arena *a, const char *uri)
{
    struct url url;
    if (!url_parse(a, bytes_of(uri), &url))
        return "This is no absolute URL that may be registered.";
    if (url.fragment != NULL)
        return "A redirect URI has no fragment.";
    if (text_equal(url.scheme, "http") && !url_is_loopback(&url))
        return "Plain http is for loopback only.";
    return NULL;
}

static RESULT check_redirects(struct ctx *c, const struct client_metadata *m)
{
    bool codes = texts_hold(m->grant_types, "authorization_code");
    for (size_t i = 0; i < m->redirect_uris.n; i++) {
        const char *fault = redirect_fault(c->arena, m->redirect_uris.at[i]);
        if (fault != NULL)
            return fail_field(c, INVALID_REDIRECT_URI,
                              text_printf(c->arena, "redirect_uris[%zu]", i), fault);
    }
    for (size_t i = 0; i < m->post_logout_redirect_uris.n; i++) {
        const char *fault = redirect_fault(c->arena, m->post_logout_redirect_uris.at[i]);
        if (fault != NULL)
            return refuse(c, text_printf(c->arena, "post_logout_redirect_uris[%zu]", i), fault);
    }
    if (codes && m->redirect_uris.n == 0)
        return fail_field(c, INVALID_REDIRECT_URI, "redirect_uris",
                          "The grant authorization_code needs a redirect URI.");
    return ok();
}

/* ---- grants ---- */

/* Whether one of its grants is a user's. */
static bool has_users(const struct client_metadata *m)
{
    return texts_hold(m->grant_types, "authorization_code") ||
           texts_hold(m->grant_types, GRANT_DEVICE_CODE);
}

static RESULT check_grants(struct ctx *c, const struct client_metadata *m)
{
    for (size_t i = 0; i < m->grant_types.n; i++)
        if (grant_find(m->grant_types.at[i]) == NULL)
            return refuse(c, "grant_types", "One of these grants is not offered here.");
    if (texts_hold(m->grant_types, "client_credentials") && !client_metadata_is_confidential(m))
        return refuse(c, "grant_types",
                      "The grant client_credentials is for clients that authenticate.");
    if (texts_hold(m->grant_types, "refresh_token") && !has_users(m))
        return refuse(c, "grant_types", "There is nothing that refresh_token could refresh.");
    /* RFC 9700 2.2.2: those of who proves nothing have to rotate. */
    if (m->reuse_refresh_tokens && !client_metadata_is_confidential(m) &&
        !m->dpop_bound_access_tokens && !m->tls_client_certificate_bound_access_tokens)
        return refuse(c, "reuse_refresh_tokens",
                      "This is for clients that authenticate, or bind their tokens.");
    for (size_t i = 0; i < m->response_types.n; i++)
        if (!text_equal(m->response_types.at[i], "code"))
            return refuse(c, "response_types", "The only response type here is code.");
    return ok();
}

/* ---- authentication ---- */

/* RFC 7591 2: one or the other; SR-02: what we will call. */
static RESULT check_jwks_uri(struct ctx *c, const struct client_metadata *m)
{
    struct url url;
    if (m->jwks_uri == NULL)
        return ok();
    if (m->jwks.n > 0)
        return refuse(c, "jwks_uri", "Register jwks or jwks_uri, not both.");
    if (!url_parse(c->arena, bytes_of(m->jwks_uri), &url) || url.fragment != NULL ||
        !upstream_is_callable(c->config->internal_hosts, &url))
        return refuse(c, "jwks_uri",
                      "This must be an https URL on port 443 of a host by its public name; for "
                      "others the host has to stand in AUTH_INTERNAL_HOSTS.");
    return ok();
}

static RESULT check_keys(struct ctx *c, const struct client_metadata *m, bool needed)
{
    struct key_set set = { 0 };
    TRY(check_jwks_uri(c, m));
    if (m->jwks_uri != NULL)
        return ok();
    if (m->jwks.n == 0)
        return needed ? refuse(c, "jwks",
                               "Its method of authentication needs the public keys of the client.")
                      : ok();
    err read = key_set_read(c, c->arena, m->jwks, &set);
    if (read.code == ERR_INVALID_REQUEST) {
        fault_clear(c);
        return refuse(c, "jwks", "This is no JWK Set of public keys.");
    }
    TRY(read);
    if (needed && set.n == 0)
        return refuse(c, "jwks", "None of these keys can be used for signatures.");
    return ok();
}

static RESULT check_authentication(struct ctx *c, const struct client_metadata *m)
{
    const struct client_auth *method = client_auth_find(m->token_endpoint_auth_method);
    const char *alg = m->token_endpoint_auth_signing_alg;
    if (method == NULL)
        return refuse(c, "token_endpoint_auth_method", client_auth_say(c->arena));
    if (!client_auth_is_offered(method, c->config))
        return refuse(c, "token_endpoint_auth_method",
                      "No certificates are taken for this here: see AUTH_TLS_CLIENT_CERTS and "
                      "AUTH_TLS_CLIENT_CA.");
    if (alg != NULL && (alg_from_name(alg) & method->algs) == 0)
        return refuse(c, "token_endpoint_auth_signing_alg",
                      "This algorithm does not go with the method of authentication.");
    TRY(check_keys(c, m, method->needs_keys));
    return client_auth_check_metadata(c, m);
}

/* ---- the rest ---- */

static RESULT check_pages(struct ctx *c, const struct client_metadata *m)
{
    const struct {
        const char *name, *url;
    } pages[] = {
        { "client_uri", m->client_uri },
        { "logo_uri", m->logo_uri },
        { "policy_uri", m->policy_uri },
        { "tos_uri", m->tos_uri },
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct url url;
        if (pages[i].url == NULL)
            continue;
        if (!url_parse(c->arena, bytes_of(pages[i].url), &url) || strchr(url.scheme, '.') != NULL)
            return refuse(c, pages[i].name, "This must be an https URL.");
    }
    return ok();
}

/* Back-Channel Logout 1.0 2.2; SR-02: what we will call. */
static RESULT check_backchannel(struct ctx *c, const struct client_metadata *m)
{
    struct url url;
    if (m->backchannel_logout_uri == NULL)
        return ok();
    if (!url_parse(c->arena, bytes_of(m->backchannel_logout_uri), &url) || url.fragment != NULL ||
        !upstream_is_callable(c->config->internal_hosts, &url))
        return refuse(
            c, "backchannel_logout_uri",
            "This must be an https URL on port 443 of a host by its public name; for others "
            "the host has to stand in AUTH_INTERNAL_HOSTS.");
    return ok();
}

/* Front-Channel Logout 1.0 2: scheme, host and port are those of a redirect URI, so that nobody has
 * the browsers of others load what is not theirs. */
static RESULT check_frontchannel(struct ctx *c, const struct client_metadata *m)
{
    const char *uri = m->frontchannel_logout_uri;
    const char *origin = uri == NULL ? NULL : cors_origin(c->arena, uri);
    if (uri == NULL)
        return ok();
    if (origin == NULL || redirect_fault(c->arena, uri) != NULL)
        return refuse(c, "frontchannel_logout_uri", "This must be an https URL without fragment.");
    for (size_t i = 0; i < m->redirect_uris.n; i++)
        if (text_equal(cors_origin(c->arena, m->redirect_uris.at[i]), origin))
            return ok();
    return refuse(c, "frontchannel_logout_uri",
                  "Scheme, host and port must be those of one of the redirect URIs.");
}

static RESULT check_origins(struct ctx *c, const struct client_metadata *m)
{
    for (size_t i = 0; i < m->allowed_origins.n; i++)
        if (!text_equal(cors_origin(c->arena, m->allowed_origins.at[i]), m->allowed_origins.at[i]))
            return refuse(c, "allowed_origins",
                          "An origin is as a browser writes it, such as https://app.example.com.");
    return ok();
}

/* RFC 8707 2: an absolute URI without a fragment. */
static RESULT check_resources(struct ctx *c, const struct client_metadata *m)
{
    for (size_t i = 0; i < m->resources.n; i++) {
        struct url url;
        if (!url_parse(c->arena, bytes_of(m->resources.at[i]), &url) || url.fragment != NULL)
            return refuse(c, "resources", "A resource is an absolute URI without a fragment.");
    }
    return ok();
}

static RESULT check_scope(struct ctx *c, const struct client_metadata *m)
{
    struct texts scopes;
    if (*m->scope == '\0')
        return ok();
    err read = scopes_read(c, m->scope, &scopes);
    if (read.code != ERR_INVALID_SCOPE)
        return read;
    fault_clear(c);
    return refuse(c, "scope", "Scopes stand once each, with one space between them.");
}

static struct texts one(struct arena *a, const char *text)
{
    return text_split(a, text, ' ');
}

static void complete(struct arena *a, struct client_metadata *m)
{
    if (m->grant_types.n == 0)
        m->grant_types = one(a, "authorization_code");
    if (m->response_types.n == 0 && texts_hold(m->grant_types, "authorization_code"))
        m->response_types = one(a, "code");
    if (m->token_endpoint_auth_method == NULL)
        m->token_endpoint_auth_method = "client_secret_basic";
    if (m->scope == NULL)
        m->scope = has_users(m) ? scope_default : "";
}

RESULT client_metadata_check(struct ctx *c, struct client_metadata *metadata)
{
    complete(c->arena, metadata);
    fapi_complete(c->config, metadata);
    TRY(fapi_check(c, metadata));
    TRY(check_authentication(c, metadata));
    TRY(check_grants(c, metadata));
    TRY(check_redirects(c, metadata));
    TRY(client_metadata_check_own(c, metadata));
    TRY(check_scope(c, metadata));
    TRY(check_pages(c, metadata));
    TRY(check_backchannel(c, metadata));
    TRY(check_frontchannel(c, metadata));
    TRY(client_messages_check(c, metadata));
    TRY(check_origins(c, metadata));
    return check_resources(c, metadata);
}

RESULT client_metadata_read(struct ctx *c, struct bytes json, struct client_metadata *out)
{
    struct client_metadata read;
    err done = shape_read_json(c, &client_metadata_shape, json, &read);
    if (done.code == ERR_INVALID_FIELD) {
        struct fault found = c->fault;
        fault_clear(c);
        return refuse(c, found.field, found.say);
    }
    TRY(done);
    TRY(client_metadata_check(c, &read));
    *out = read;
    return ok();
}

static RESULT load(struct ctx *c, struct bytes json, void *out)
{
    err read = shape_read_json(c, &client_metadata_shape, json, out);
    if (read.code == ERR_OK || read.code == ERR_OUT_OF_MEMORY)
        return read;
    const char *why = c->fault.text;
    fault_clear(c);
    return fail(c, INTERNAL, "stored metadata of a client cannot be read: %s", why);
}

RESULT client_metadata_load(struct ctx *c, const char *json, struct client_metadata *out)
{
    return load(c, bytes_of(json), out);
}

static const struct reading metadata_reading = { sizeof(struct client_metadata), load };

RESULT client_metadata_of(struct ctx *c, const char *id, const char *json,
                          const struct client_metadata **out)
{
    const void *read = NULL;
    TRY(readings_read(c, &metadata_reading, id, bytes_of(json), &read));
    *out = read;
    return ok();
}

const char *client_metadata_write(struct arena *a, const struct client_metadata *metadata)
{
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, &client_metadata_shape, metadata);
    return json_written(&w);
}

const char *client_metadata_store(struct arena *a, const struct client_metadata *metadata)
{
    struct json_writer w = json_writer(a);
    shape_write_brief(&w, NULL, &client_metadata_shape, metadata);
    return json_written(&w);
}

bool client_metadata_is_confidential(const struct client_metadata *metadata)
{
    return !text_equal(metadata->token_endpoint_auth_method, "none");
}
