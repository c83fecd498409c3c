/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/discovery.h"

#include "base/config.h"
#include "base/json_writer.h"
#include "base/language.h"
#include "client/dpop.h"
#include "crypto/jwe.h"
#include "identity/login.h"
#include "oauth/authorize_request.h"
#include "oauth/client_auth.h"
#include "oauth/client_document.h"
#include "oauth/client_sector.h"
#include "oauth/discovery_kept.h"
#include "oauth/grant.h"
#include "oauth/guard_registration.h"
#include "oauth/response.h"
#include "oauth/scope.h"
#include "oauth/user_claims.h"
#include "token/claims.h"
#include "token/issuer.h"
#include "token/keyring.h"
#include "token/status_list.h"
#include "web/door.h"
#include "web/reply.h"

enum { DISCOVERY_MAX_AGE = 300 };

typedef struct texts list_values(struct req *r);

#define TEXT_LIST(a, ...)                                                                          \
    text_list((a), (const char *const[]){ __VA_ARGS__ },                                           \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static struct texts text_list(struct arena *a, const char *const *at, size_t n)
{
    return (struct texts){ arena_copy(a, at, n * sizeof *at), n };
}

static struct texts scopes(struct req *r)
{
    struct arena *a = r->c->arena;
    struct texts of_claims = user_claims_scopes(a);
    struct texts out = { ARENA_NEWS(a, const char *, of_claims.n + 2), 0 };
    out.at[out.n++] = SCOPE_OPENID;
    for (size_t i = 0; i < of_claims.n; i++)
        out.at[out.n++] = of_claims.at[i];
    out.at[out.n++] = SCOPE_OFFLINE;
    return out;
}

static struct texts response_types(struct req *r)
{
    return TEXT_LIST(r->c->arena, "code");
}

static struct texts response_modes(struct req *r)
{
    return response_mode_names(r->c->arena);
}

static struct texts grant_types(struct req *r)
{
    size_t n = 0;
    const struct grant *const *rows = grants(&n);
    struct texts out = { ARENA_NEWS(r->c->arena, const char *, n), 0 };
    for (size_t i = 0; i < n; i++)
        out.at[out.n++] = rows[i]->name;
    return out;
}

/* Those of a row of client_auths that `which` says. */
static struct texts methods(struct req *r, bool public_too)
{
    size_t n = 0;
    const struct client_auth *rows = client_auths(&n);
    struct texts out = { ARENA_NEWS(r->c->arena, const char *, n), 0 };
    for (size_t i = 0; i < n; i++)
        if (client_auth_is_offered(&rows[i], r->c->config) &&
            (public_too || rows[i].way != CLIENT_BY_NAME))
            out.at[out.n++] = rows[i].name;
    return out;
}

static struct texts all_methods(struct req *r)
{
    return methods(r, true);
}

static struct texts secret_methods(struct req *r)
{
    return methods(r, false);
}

static struct texts assertion_algs(struct req *r)
{
    size_t n = 0;
    const struct client_auth *rows = client_auths(&n);
    unsigned algs = 0;
    for (size_t i = 0; i < n; i++)
        algs |= rows[i].algs;
    return alg_names_taken(r->c->arena, algs);
}

/* What signs now: a client that registers one of these gets it at once. */
static struct texts signing_algs(struct req *r)
{
    return alg_names(r->c->arena, keyring_algs(r->c, r->c->keys));
}

static struct texts encryption_algs(struct req *r)
{
    return TEXT_LIST(r->c->arena, jwe_alg_name(JWE_RSA_OAEP_256), jwe_alg_name(JWE_ECDH_ES),
                     jwe_alg_name(JWE_ECDH_ES_A256KW));
}

static struct texts encryption_encs(struct req *r)
{
    return TEXT_LIST(r->c->arena, jwe_enc_name(JWE_A256GCM), jwe_enc_name(JWE_A128CBC_HS256));
}

static struct texts asymmetric_algs(struct req *r)
{
    return alg_names_taken(r->c->arena, ALGS_ASYMMETRIC);
}

static struct texts dpop_algs(struct req *r)
{
    return alg_names_taken(r->c->arena, DPOP_ALGS);
}

static struct texts challenge_methods(struct req *r)
{
    return TEXT_LIST(r->c->arena, "S256");
}

static struct texts subject_types(struct req *r)
{
    return TEXT_LIST(r->c->arena, SUBJECT_PUBLIC, SUBJECT_PAIRWISE);
}

static struct texts prompts(struct req *r)
{
    return prompt_names(r->c->arena, r->c->config);
}

static struct texts acrs(struct req *r)
{
    return TEXT_LIST(r->c->arena, LOGIN_ACR_PASSWORD, LOGIN_ACR_MFA);
}

static struct texts claims(struct req *r)
{
    struct arena *a = r->c->arena;
    static const char *const own[] = { "sub", "iss",   "aud",     "exp", "iat", "auth_time",
                                       "acr", "nonce", "at_hash", "amr", "sid", "grant_id" };
    enum { OWN = sizeof own / sizeof own[0] };
    struct texts of_user = user_claims_names(a);
    struct texts out = { ARENA_NEWS(a, const char *, OWN + of_user.n), 0 };
    for (size_t i = 0; i < OWN; i++)
        out.at[out.n++] = own[i];
    for (size_t i = 0; i < of_user.n; i++)
        out.at[out.n++] = of_user.at[i];
    return out;
}

/* Those of the pages. */
static struct texts locales(struct req *r)
{
    struct texts out = { ARENA_NEWS(r->c->arena, const char *, LANGUAGES), 0 };
    for (unsigned i = 0; i < LANGUAGES; i++)
        out.at[out.n++] = language_row((enum language)i)->tag;
    return out;
}

static struct texts claim_types(struct req *r)
{
    return TEXT_LIST(r->c->arena, "normal");
}

/* An operator's initial access tokens are for the service's own issuer. */
static bool registers(const struct ctx *c)
{
    return c->config->client_registration != MODE_OFF &&
           (c->issuer == NULL || c->config->client_registration == MODE_OPEN);
}

/* One member; of `path`, `list` and `yes` exactly one says what it is. */
static const struct {
    const char *name;
    const char *path; /* of an endpoint */
    list_values *list;
    bool yes;
    bool (*when)(const struct ctx *c); /* it stands only then; NULL: always */
} members[] = {
    { "authorization_endpoint", .path = "/oauth2/authorize" },
    { "token_endpoint", .path = "/oauth2/token" },
    { "userinfo_endpoint", .path = "/oauth2/userinfo" },
    { "jwks_uri", .path = "/.well-known/jwks.json" },
    { "introspection_endpoint", .path = "/oauth2/introspect" },
    { "revocation_endpoint", .path = "/oauth2/revoke" },
    { "pushed_authorization_request_endpoint", .path = "/oauth2/par" },
    { "end_session_endpoint", .path = "/oauth2/logout" },
    { "device_authorization_endpoint", .path = "/oauth2/device_authorization" },
    { "registration_endpoint", .path = "/oauth2/register", .when = registers },
    { "client_id_metadata_document_supported", .yes = true, .when = client_documents_are_taken },
    { "status_list_aggregation_endpoint", .path = "/oauth2/status-lists",
      .when = status_list_is_on },
    { "scopes_supported", .list = scopes },
    { "response_types_supported", .list = response_types },
    { "response_modes_supported", .list = response_modes },
    { "grant_types_supported", .list = grant_types },
    { "code_challenge_methods_supported", .list = challenge_methods },
    { "token_endpoint_auth_methods_supported", .list = all_methods },
    { "token_endpoint_auth_signing_alg_values_supported", .list = assertion_algs },
    { "introspection_endpoint_auth_methods_supported", .list = secret_methods },
    { "introspection_endpoint_auth_signing_alg_values_supported", .list = assertion_algs },
    { "revocation_endpoint_auth_methods_supported", .list = all_methods },
    { "revocation_endpoint_auth_signing_alg_values_supported", .list = assertion_algs },
    { "dpop_signing_alg_values_supported", .list = dpop_algs },
    { "subject_types_supported", .list = subject_types },
    { "id_token_signing_alg_values_supported", .list = signing_algs },
    { "id_token_encryption_alg_values_supported", .list = encryption_algs },
    { "id_token_encryption_enc_values_supported", .list = encryption_encs },
    { "userinfo_signing_alg_values_supported", .list = signing_algs },
    { "userinfo_encryption_alg_values_supported", .list = encryption_algs },
    { "userinfo_encryption_enc_values_supported", .list = encryption_encs },
    { "introspection_signing_alg_values_supported", .list = signing_algs },
    { "introspection_encryption_alg_values_supported", .list = encryption_algs },
    { "introspection_encryption_enc_values_supported", .list = encryption_encs },
    { "authorization_signing_alg_values_supported", .list = signing_algs },
    { "authorization_encryption_alg_values_supported", .list = encryption_algs },
    { "authorization_encryption_enc_values_supported", .list = encryption_encs },
    { "prompt_values_supported", .list = prompts },
    { "acr_values_supported", .list = acrs },
    { "ui_locales_supported", .list = locales },
    { "claims_supported", .list = claims },
    { "claim_types_supported", .list = claim_types },
    { "claims_parameter_supported", .yes = true },
    { "backchannel_logout_supported", .yes = true },
    { "backchannel_logout_session_supported", .yes = true },
    { "frontchannel_logout_supported", .yes = true },
    { "frontchannel_logout_session_supported", .yes = true },
    { "authorization_response_iss_parameter_supported", .yes = true },
    { "request_parameter_supported", .yes = true },
    { "request_object_signing_alg_values_supported", .list = asymmetric_algs },
};

static const char *path_of(const char *name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (text_equal(members[i].name, name))
            return members[i].path;
    must(false);
    return NULL;
}

/* RFC 8705 3.3, 5: where clients with certificates call, if it is not where all others do. */
static void write_certificates(struct json_writer *w, struct req *r)
{
    static const char *const aliases[] = {
        "token_endpoint",         "revocation_endpoint",
        "introspection_endpoint", "pushed_authorization_request_endpoint",
        "userinfo_endpoint",      "device_authorization_endpoint",
    };
    if (!config_takes_certificates(r->c->config))
        return;
    json_bool(w, "tls_client_certificate_bound_access_tokens", true);
    if (r->door->mtls_url == NULL)
        return;
    json_object(w, "mtls_endpoint_aliases");
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        json_text(w, aliases[i],
                  text_printf(r->c->arena, "%s%s%s", r->door->mtls_url, issuer_path(r->c),
                              path_of(aliases[i])));
    json_object_end(w);
}

/* OpenID Connect Discovery 3: without the first one, true is meant. */
static void write_references(struct json_writer *w, struct req *r)
{
    bool fetches = r->c->config->request_uri_fetch;
    json_bool(w, "request_uri_parameter_supported", fetches);
    if (fetches)
        json_bool(w, "require_request_uri_registration", true);
}

/* RFC 9396 10. */
static void write_details(struct json_writer *w, const char *types)
{
    if (types != NULL)
        json_raw(w, "authorization_details_types_supported", types);
}

static struct bytes write_document(struct req *r, const char *types)
{
    struct json_writer w = json_writer(r->c->arena);
    json_object(&w, NULL);
    json_text(&w, "issuer", token_issuer(r->c));
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *name = members[i].name;
        if (members[i].when != NULL && !members[i].when(r->c))
            continue;
        if (members[i].path != NULL)
            json_text(&w, name,
                      text_printf(r->c->arena, "%s%s%s", r->door->public_url, issuer_path(r->c),
                                  members[i].path));
        else if (members[i].list != NULL)
            json_texts(&w, name, members[i].list(r));
        else
            json_bool(&w, name, members[i].yes);
    }
    write_references(&w, r);
    write_certificates(&w, r);
    write_details(&w, types);
    json_object_end(&w);
    return bytes_of(json_written(&w));
}

RESULT get_discovery(struct req *r)
{
    const struct discovery_of of = { r->door->config_version, keyring_algs(r->c, r->c->keys),
                                     r->c->issuer == NULL };
    struct discovery_document document = { 0 };
    const char *types = NULL;
    if (!discovery_kept_take(r->c, &of, &document, &types)) {
        document.json = write_document(r, types);
        document.etag = reply_etag(r->c->arena, document.json);
        discovery_kept_put(r->c, &of, types, &document);
    }
    const struct reply_fixed fixed = { .media = "application/json",
                                       .bytes = document.json,
                                       .etag = document.etag,
                                       .max_age = DISCOVERY_MAX_AGE };
    return reply_fixed(r, &fixed);
}
