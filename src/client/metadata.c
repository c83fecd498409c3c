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

/* ---- discovery ---- */

struct discovered {
    const char *issuer, *authorization_endpoint, *token_endpoint, *jwks_uri, *userinfo_endpoint,
        *end_session_endpoint, *cloud_instance_name;
    struct texts id_token_signing_alg_values_supported;
    bool authorization_response_iss_parameter_supported;
};
SHAPE_OPEN(discovered, FIELD(discovered, issuer, REQUIRED, 1, URL_MAX, "Who it is"),
           FIELD(discovered, authorization_endpoint, REQUIRED, 1, URL_MAX, "Where people go"),
           FIELD(discovered, token_endpoint, REQUIRED, 1, URL_MAX, "Where codes go"),
           FIELD(discovered, jwks_uri, REQUIRED, 1, URL_MAX, "Where its keys are"),
           FIELD(discovered, userinfo_endpoint, OPTIONAL, 1, URL_MAX, "Who somebody is"),
           FIELD(discovered, end_session_endpoint, OPTIONAL, 1, URL_MAX, "Where people sign out"),
           FIELD(discovered, cloud_instance_name, OPTIONAL, 1, 253, "The cloud of Entra"),
           FIELD(discovered, id_token_signing_alg_values_supported, OPTIONAL, 0, LIST_MAX,
                 "Algorithms of its ID tokens"),
           FIELD(discovered, authorization_response_iss_parameter_supported, OPTIONAL, 0, 0,
                 "Whether its answers name it"));

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

static unsigned algs_of(struct texts names)
{
    unsigned algs = 0;
    for (size_t i = 0; i < names.n; i++)
        algs |= (unsigned)alg_from_name(names.at[i]);
    return names.n == 0 ? (unsigned)ALG_RS256 : algs & (unsigned)ALGS_ASYMMETRIC;
}

static RESULT parse_metadata(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct discovered in;
    TRY(shape_read_json(c, &discovered_shape, body, &in));
    TRY(check_endpoint(c, url, in.authorization_endpoint));
    TRY(check_endpoint(c, url, in.token_endpoint));
    TRY(check_endpoint(c, url, in.jwks_uri));
    TRY(check_endpoint(c, url, in.userinfo_endpoint));
    TRY(check_endpoint(c, url, in.end_session_endpoint));
    struct metadata *out = ARENA_NEW(c->arena, struct metadata);
    *out = (struct metadata){ .issuer = in.issuer,
                              .authorization_endpoint = in.authorization_endpoint,
                              .token_endpoint = in.token_endpoint,
                              .jwks_uri = in.jwks_uri,
                              .userinfo_endpoint = in.userinfo_endpoint,
                              .end_session_endpoint = in.end_session_endpoint,
                              .algs = algs_of(in.id_token_signing_alg_values_supported),
                              .says_iss = in.authorization_response_iss_parameter_supported,
                              .cloud_instance_name = in.cloud_instance_name };
    if (out->algs == 0)
        return fail(c, UPSTREAM, "%s offers no algorithm that is accepted here", url);
    *parsed = out;
    return ok();
}

const struct document_kind metadata_kind = { "provider metadata", "application/json",
                                             parse_metadata };

RESULT metadata_get(struct ctx *c, const char *url, const struct metadata **out)
{
    struct upstreams *u = NULL;
    const void *parsed = NULL;
    const struct document_wanted wanted = { &metadata_kind, url, OUTBOUND_CONFIGURED };
    TRY(upstreams_of(c, &u));
    TRY(documents_get(c, u->documents, &wanted, &parsed));
    *out = parsed;
    return ok();
}

/* ---- keys ---- */

struct said_key {
    const char *kid, *issuer, *cloud_instance_name;
};
SHAPE_OPEN(said_key, FIELD(said_key, kid, OPTIONAL, 0, KID_MAX, "Its id"),
           FIELD(said_key, issuer, OPTIONAL, 0, URL_MAX, "Whose tokens it verifies"),
           FIELD(said_key, cloud_instance_name, OPTIONAL, 0, 253, "The cloud that it is of"));
struct said_keys {
    struct items keys;
};
SHAPE_OPEN(said_keys, FIELD_OF(said_keys, keys, REQUIRED, 0, KEYS_MAX, &said_key_shape, "Keys"));

/* An empty text says nothing. */
static const char *or_null(const char *text)
{
    return text == NULL || *text == '\0' ? NULL : text;
}

static RESULT parse_keys(struct ctx *c, struct bytes body, const char *url, const void **parsed)
{
    struct said_keys said;
    struct upstream_keys *out = ARENA_NEW(c->arena, struct upstream_keys);
    TRY(key_set_read(c, c->arena, body, &out->set));
    TRY(shape_read_json(c, &said_keys_shape, body, &said));
    const struct said_key *from = said.keys.at;
    struct upstream_key *to = ARENA_NEWS(c->arena, struct upstream_key, said.keys.n);
    for (size_t i = 0; i < said.keys.n; i++)
        to[i] = (struct upstream_key){ or_null(from[i].kid), or_null(from[i].issuer),
                                       or_null(from[i].cloud_instance_name) };
    out->at = to;
    out->n = said.keys.n;
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

RESULT metadata_keys(struct ctx *c, const char *url, const char *jwks_uri, const char *token,
                     const struct upstream_keys **out)
{
    struct upstreams *u = NULL;
    const void *parsed = NULL;
    const struct document_wanted wanted = { &upstream_keys_kind, jwks_uri,
                                            upstream_origin(c, url, jwks_uri) };
    TRY(upstreams_of(c, &u));
    TRY(documents_get(c, u->documents, &wanted, &parsed));
    if (!has_key(c, parsed, token))
        TRY(documents_renew(c, u->documents, &wanted, parsed, &parsed));
    *out = parsed;
    return ok();
}
