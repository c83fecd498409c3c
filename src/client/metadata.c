/* SPDX-License-Identifier: Apache-2.0 */
#include "client/metadata.h"

#include "base/json.h"
#include "base/shape.h"
#include "client/id_token.h"
#include "crypto/jose_header.h"
#include "crypto/jws_parts.h"
#include "net/url.h"

#include <string.h>

enum { LIST_MAX = 64 };

const char *metadata_url(struct arena *a, const char *issuer)
{
    size_t n = strlen(issuer);
    if (n > 0 && issuer[n - 1] == '/')
        n--;
    return text_printf(a, "%.*s/.well-known/openid-configuration", (int)n, issuer);
}

const char *metadata_oauth_url(struct arena *a, const char *issuer)
{
    struct url url;
    if (!url_parse(a, bytes_of(issuer), &url) || url.query != NULL || url.fragment != NULL)
        return NULL;
    size_t n = strlen(url.path);
    if (n > 0 && url.path[n - 1] == '/')
        n--;
    return text_printf(a, "%s/.well-known/oauth-authorization-server%.*s", url_origin(a, &url),
                       (int)n, url.path);
}

/* ---- discovery ---- */

struct aliases {
    const char *token_endpoint, *pushed_authorization_request_endpoint,
        *device_authorization_endpoint, *revocation_endpoint, *introspection_endpoint,
        *userinfo_endpoint;
};
LOCAL_SHAPE_OPEN(aliases, FIELD(aliases, token_endpoint, OPTIONAL, 1, URL_MAX, "Where codes go"),
                 FIELD(aliases, pushed_authorization_request_endpoint, OPTIONAL, 1, URL_MAX,
                       "Where requests are pushed"),
                 FIELD(aliases, device_authorization_endpoint, OPTIONAL, 1, URL_MAX, "For devices"),
                 FIELD(aliases, revocation_endpoint, OPTIONAL, 1, URL_MAX, "Where tokens end"),
                 FIELD(aliases, introspection_endpoint, OPTIONAL, 1, URL_MAX, "What a token is"),
                 FIELD(aliases, userinfo_endpoint, OPTIONAL, 1, URL_MAX, "Who somebody is"));

struct discovered {
    const char *issuer, *authorization_endpoint, *token_endpoint, *jwks_uri, *userinfo_endpoint,
        *end_session_endpoint, *pushed_authorization_request_endpoint,
        *device_authorization_endpoint, *revocation_endpoint, *introspection_endpoint,
        *cloud_instance_name;
    const void *mtls_endpoint_aliases;
    struct texts id_token_signing_alg_values_supported;
    struct texts token_endpoint_auth_signing_alg_values_supported;
    bool authorization_response_iss_parameter_supported, require_pushed_authorization_requests;
};
LOCAL_SHAPE_OPEN(discovered, FIELD(discovered, issuer, REQUIRED, 1, URL_MAX, "Who it is"),
                 FIELD(discovered, authorization_endpoint, OPTIONAL, 1, URL_MAX, "Where people go"),
                 FIELD(discovered, token_endpoint, OPTIONAL, 1, URL_MAX, "Where codes go"),
                 FIELD(discovered, jwks_uri, OPTIONAL, 1, URL_MAX, "Where its keys are"),
                 FIELD(discovered, userinfo_endpoint, OPTIONAL, 1, URL_MAX, "Who somebody is"),
                 FIELD(discovered, end_session_endpoint, OPTIONAL, 1, URL_MAX,
                       "Where people sign out"),
                 FIELD(discovered, pushed_authorization_request_endpoint, OPTIONAL, 1, URL_MAX,
                       "Where requests are pushed"),
                 FIELD(discovered, device_authorization_endpoint, OPTIONAL, 1, URL_MAX,
                       "For devices"),
                 FIELD(discovered, revocation_endpoint, OPTIONAL, 1, URL_MAX, "Where tokens end"),
                 FIELD(discovered, introspection_endpoint, OPTIONAL, 1, URL_MAX, "What a token is"),
                 FIELD_OF(discovered, mtls_endpoint_aliases, OPTIONAL, 0, 0, &aliases_shape,
                          "The same for who shows a certificate"),
                 FIELD(discovered, cloud_instance_name, OPTIONAL, 1, 253, "The cloud of Entra"),
                 FIELD(discovered, id_token_signing_alg_values_supported, OPTIONAL, 0, LIST_MAX,
                       "Algorithms of its ID tokens"),
                 FIELD(discovered, token_endpoint_auth_signing_alg_values_supported, OPTIONAL, 0,
                       LIST_MAX, "Algorithms of clients"),
                 FIELD(discovered, authorization_response_iss_parameter_supported, OPTIONAL, 0, 0,
                       "Whether its answers name it"),
                 FIELD(discovered, require_pushed_authorization_requests, OPTIONAL, 0, 0,
                       "Whether requests have to be pushed"));

/* Discovery 3: by https; the plain http of a test is good for other services of that machine. */
static RESULT check_endpoint(struct ctx *c, const char *url, const char *endpoint)
{
    struct url at;
    struct url parsed;
    if (endpoint == NULL)
        return ok();
    if (!url_parse(c->arena, bytes_of(url), &at) ||
        !url_parse(c->arena, bytes_of(endpoint), &parsed) || parsed.fragment != NULL)
        return fail(c, UPSTREAM, "%s names what is no URL", url);
    bool plain = text_equal(at.scheme, "http") && text_equal(parsed.scheme, "http") &&
                 url_is_loopback(&parsed);
    if (!plain && !text_equal(parsed.scheme, "https"))
        return fail(c, UPSTREAM, "%s names an endpoint that is not by https", url);
    return ok();
}

static RESULT check_endpoints(struct ctx *c, const char *url, const struct metadata *m)
{
    const char *const all[] = { m->authorization_endpoint,
                                m->token_endpoint,
                                m->jwks_uri,
                                m->userinfo_endpoint,
                                m->end_session_endpoint,
                                m->pushed_authorization_request_endpoint,
                                m->device_authorization_endpoint,
                                m->revocation_endpoint,
                                m->introspection_endpoint,
                                m->mtls_token_endpoint,
                                m->mtls_pushed_authorization_request_endpoint,
                                m->mtls_device_authorization_endpoint,
                                m->mtls_revocation_endpoint,
                                m->mtls_introspection_endpoint,
                                m->mtls_userinfo_endpoint };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        TRY(check_endpoint(c, url, all[i]));
    return ok();
}

static unsigned algs_in(struct texts names)
{
    unsigned algs = 0;
    for (size_t i = 0; i < names.n; i++)
        algs |= (unsigned)alg_from_name(names.at[i]);
    return algs & (unsigned)ALGS_ASYMMETRIC;
}

static void set_aliases(struct metadata *out, const struct aliases *in)
{
    if (in == NULL)
        return;
    out->mtls_token_endpoint = in->token_endpoint;
    out->mtls_pushed_authorization_request_endpoint = in->pushed_authorization_request_endpoint;
    out->mtls_device_authorization_endpoint = in->device_authorization_endpoint;
    out->mtls_revocation_endpoint = in->revocation_endpoint;
    out->mtls_introspection_endpoint = in->introspection_endpoint;
    out->mtls_userinfo_endpoint = in->userinfo_endpoint;
}

static RESULT parse_metadata(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct discovered in;
    TRY(shape_read_json(c, &discovered_shape, body, &in));
    struct texts id_algs = in.id_token_signing_alg_values_supported;
    struct metadata *out = ARENA_NEW(c->arena, struct metadata);
    *out = (struct metadata){
        .issuer = in.issuer,
        .authorization_endpoint = in.authorization_endpoint,
        .token_endpoint = in.token_endpoint,
        .jwks_uri = in.jwks_uri,
        .userinfo_endpoint = in.userinfo_endpoint,
        .end_session_endpoint = in.end_session_endpoint,
        .pushed_authorization_request_endpoint = in.pushed_authorization_request_endpoint,
        .device_authorization_endpoint = in.device_authorization_endpoint,
        .revocation_endpoint = in.revocation_endpoint,
        .introspection_endpoint = in.introspection_endpoint,
        .algs = id_algs.n == 0 ? (unsigned)ALG_RS256 : algs_in(id_algs),
        .auth_algs = algs_in(in.token_endpoint_auth_signing_alg_values_supported),
        .says_iss = in.authorization_response_iss_parameter_supported,
        .must_push = in.require_pushed_authorization_requests,
        .cloud_instance_name = in.cloud_instance_name,
    };
    set_aliases(out, in.mtls_endpoint_aliases);
    TRY(check_endpoints(c, url, out));
    if (out->jwks_uri != NULL)
        out->jwks_origin =
            upstream_origin(c, &(struct upstream_url){ url, OUTBOUND_CONFIGURED }, out->jwks_uri);
    if (out->algs == 0)
        return fail(c, UPSTREAM, "%s offers no algorithm that is accepted here", url);
    *parsed = out;
    return ok();
}

const struct document_kind metadata_kind = { "provider metadata", "application/json",
                                             parse_metadata };

RESULT metadata_read(struct ctx *c, const struct upstream_url *at, const struct metadata **out)
{
    const void *parsed = NULL;
    const struct document_wanted wanted = { &metadata_kind, at->url, at->origin };
    TRY(upstreams_get(c, &wanted, &parsed));
    *out = parsed;
    return ok();
}

RESULT metadata_get(struct ctx *c, const struct upstream_url *at, const struct metadata **out)
{
    const struct metadata *m = NULL;
    TRY(metadata_read(c, at, &m));
    if (m->authorization_endpoint == NULL || m->token_endpoint == NULL || m->jwks_uri == NULL)
        return fail(c, UPSTREAM, "%s is not of a server where people sign in", at->url);
    *out = m;
    return ok();
}

/* ---- keys ---- */

struct said_key {
    const char *kid, *issuer, *cloud_instance_name;
};
LOCAL_SHAPE_OPEN(said_key, FIELD(said_key, kid, OPTIONAL, 0, KID_MAX, "Its id"),
                 FIELD(said_key, issuer, OPTIONAL, 0, URL_MAX, "Whose tokens it verifies"),
                 FIELD(said_key, cloud_instance_name, OPTIONAL, 0, 253, "The cloud that it is of"));
struct said_keys {
    struct items keys;
};
LOCAL_SHAPE_OPEN(said_keys,
                 FIELD_OF(said_keys, keys, REQUIRED, 0, KEYS_MAX, &said_key_shape, "Keys"));

/* A blank text says nothing. */
static const char *or_null(const char *text)
{
    return text == NULL || text[strspn(text, " ")] == '\0' ? NULL : text;
}

RESULT upstream_keys_read(struct ctx *c, struct bytes body, struct upstream_keys *out)
{
    struct said_keys said;
    TRY(key_set_read(c, c->arena, body, &out->set));
    TRY(shape_read_json(c, &said_keys_shape, body, &said));
    const struct said_key *from = said.keys.at;
    struct upstream_key *to = ARENA_NEWS(c->arena, struct upstream_key, said.keys.n);
    for (size_t i = 0; i < said.keys.n; i++)
        to[i] = (struct upstream_key){ or_null(from[i].kid), or_null(from[i].issuer),
                                       or_null(from[i].cloud_instance_name) };
    out->at = to;
    out->n = said.keys.n;
    return ok();
}

static RESULT parse_keys(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct upstream_keys *out = ARENA_NEW(c->arena, struct upstream_keys);
    TRY(upstream_keys_read(c, body, out));
    if (out->set.n == 0)
        return fail(c, UPSTREAM, "%s has no key that is accepted here", url);
    *parsed = out;
    return ok();
}

const struct document_kind upstream_keys_kind = { "key set",
                                                  "application/jwk-set+json, application/json",
                                                  parse_keys };

const struct upstream_key *upstream_key(const struct upstream_keys *keys, const char *kid)
{
    for (size_t i = 0; i < keys->n; i++)
        if (kid != NULL && text_equal(keys->at[i].kid, kid))
            return &keys->at[i];
    return NULL;
}

/* Whether the set has what the header of the token asks for.  The header only chooses: what it says
 * is proven by the signature or not at all. */
static bool has_key(struct ctx *c, const struct upstream_keys *keys, const char *token)
{
    struct jws_parts parts;
    struct jose_header h;
    if (!jws_split(token, ID_TOKEN_BYTES_MAX, &parts) ||
        jose_header_read(c->arena, parts.header, &h) != NULL)
        return true; /* no other set would make it better */
    enum jws_alg alg = alg_from_name(h.alg);
    return alg == 0 || key_find(&keys->set, h.kid, alg) != NULL;
}

RESULT metadata_keys(struct ctx *c, const struct upstream_url *at, const char *jwks_uri,
                     const char *token, const struct upstream_keys **out)
{
    const void *parsed = NULL;
    const struct document_wanted wanted = { &upstream_keys_kind, jwks_uri,
                                            upstream_origin(c, at, jwks_uri) };
    TRY(upstreams_get(c, &wanted, &parsed));
    if (!has_key(c, parsed, token))
        TRY(upstreams_renew(c, &wanted, parsed, &parsed));
    *out = parsed;
    return ok();
}

/* ---- what is at hand ---- */

static const void *kept(struct ctx *c, const struct document_wanted *wanted)
{
    const void *parsed = NULL;
    bool fresh =
        c->upstreams != NULL && documents_kept(c, c->upstreams->documents, wanted, &parsed);
    return fresh ? parsed : NULL;
}

const struct metadata *metadata_kept(struct ctx *c, const char *url)
{
    const struct document_wanted wanted = { &metadata_kind, url, OUTBOUND_CONFIGURED };
    return kept(c, &wanted);
}

const struct upstream_keys *metadata_keys_kept(struct ctx *c, const char *jwks_uri,
                                               enum outbound_origin origin)
{
    const struct document_wanted wanted = { &upstream_keys_kind, jwks_uri, origin };
    return kept(c, &wanted);
}
