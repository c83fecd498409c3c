/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/registration_rules.h"

#include "base/config.h"
#include "oauth/client_url.h"

#include <string.h>

/* What a client says of itself, and what makes it stricter.  A member that is not here is for the
 * operator: it may give power over others. */
static const char *const own_members[] = {
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "id_token_signed_response_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "access_token_signed_response_alg",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "request_object_signing_alg",
    "request_uris",
    "require_signed_request_object",
    "scope",
    "jwks",
    "jwks_uri",
    "default_max_age",
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "profile",
    "subject_type",
    "sector_identifier_uri",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "software_id",
    "software_version",
    "software_statement",
    "require_pkce",
    "resources",
};

static bool is_own(const char *name)
{
    for (size_t i = 0; i < sizeof own_members / sizeof own_members[0]; i++)
        if (text_equal(own_members[i], name))
            return true;
    return false;
}

/* Bytes of a member. */
static size_t size_of(const struct shape_field *field)
{
    switch (field->kind) {
    case SHAPE_TEXT:
        return sizeof(const char *);
    case SHAPE_INT:
        return sizeof(int64_t);
    case SHAPE_BOOL:
        return sizeof(bool);
    case SHAPE_TEXTS:
        return sizeof(struct texts);
    case SHAPE_OBJECT:
        return sizeof(const void *);
    case SHAPE_ITEMS:
        return sizeof(struct items);
    case SHAPE_RAW:
        break;
    }
    return sizeof(struct bytes);
}

static void keep_what_is_for_the_operator(const struct client_metadata *before,
                                          struct client_metadata *m)
{
    static const struct client_metadata nothing = { 0 };
    const struct client_metadata *from = before == NULL ? &nothing : before;
    for (size_t i = 0; i < client_metadata_shape.n; i++) {
        const struct shape_field *field = &client_metadata_shape.fields[i];
        if (!is_own(field->name))
            memcpy((char *)m + field->offset, (const char *)from + field->offset, size_of(field));
    }
}

/* RFC 7591 3.2.1: the server may leave out what it does not give, and says what is left. */
static void bound_scopes(struct ctx *c, const struct client_metadata *before,
                         struct client_metadata *m)
{
    struct texts asked = text_split(c->arena, m->scope, ' ');
    struct texts had = text_split(c->arena, before == NULL ? "" : before->scope, ' ');
    struct texts left = { ARENA_NEWS(c->arena, const char *, asked.n), 0 };
    for (size_t i = 0; i < asked.n; i++)
        if (texts_hold(c->config->client_registration_scopes, asked.at[i]) ||
            texts_hold(had, asked.at[i]))
            left.at[left.n++] = asked.at[i];
    m->scope = text_join(c->arena, left, " ");
}

static bool is_for_everybody(const char *grant)
{
    return text_equal(grant, "authorization_code") || text_equal(grant, "refresh_token");
}

/* SR-02: AUTH_INTERNAL_HOSTS opens what is inside to what operators register.  What one of them
 * gave, `had`, stays. */
static RESULT check_outside(struct ctx *c, const char *member, const char *url, const char *had)
{
    if (url == NULL || text_equal(url, had) || !upstream_is_internal(c, url))
        return ok();
    return fail_field(c, INVALID_CLIENT_METADATA, member,
                      "Only the operator registers URLs of this host.");
}

static RESULT check_outsides(struct ctx *c, const struct client_metadata *had,
                             const struct client_metadata *m)
{
    TRY(check_outside(c, "jwks_uri", m->jwks_uri, had->jwks_uri));
    TRY(check_outside(c, "backchannel_logout_uri", m->backchannel_logout_uri,
                      had->backchannel_logout_uri));
    TRY(check_outside(c, "sector_identifier_uri", m->sector_identifier_uri,
                      had->sector_identifier_uri));
    for (size_t i = 0; i < m->request_uris.n; i++)
        if (!texts_hold(had->request_uris, m->request_uris.at[i]))
            TRY(check_outside(c, "request_uris", m->request_uris.at[i], NULL));
    return ok();
}

/* SR-02: a host that is listed later is not opened to whoever named it before. */
static void note_foreign(struct ctx *c, const struct client_metadata *had,
                         struct client_metadata *m)
{
    const char *now[] = { m->jwks_uri, m->backchannel_logout_uri, m->sector_identifier_uri };
    const char *then[] = { had->jwks_uri, had->backchannel_logout_uri, had->sector_identifier_uri };
    enum { SINGLE = sizeof now / sizeof now[0] };
    struct texts foreign = { ARENA_NEWS(c->arena, const char *, SINGLE + m->request_uris.n), 0 };
    for (size_t i = 0; i < SINGLE; i++)
        if (now[i] != NULL &&
            (!text_equal(now[i], then[i]) || texts_hold(had->foreign_urls, now[i])))
            foreign.at[foreign.n++] = now[i];
    for (size_t i = 0; i < m->request_uris.n; i++) {
        const char *uri = m->request_uris.at[i];
        if (!texts_hold(had->request_uris, uri) || texts_hold(had->foreign_urls, uri))
            foreign.at[foreign.n++] = uri;
    }
    m->foreign_urls = foreign;
}

RESULT registration_take_calls(struct ctx *c, const struct client_metadata *before,
                               struct client_metadata *m)
{
    static const struct client_metadata nothing = { 0 };
    const struct client_metadata *had = before == NULL ? &nothing : before;
    TRY(check_outsides(c, had, m));
    note_foreign(c, had, m);
    return ok();
}

RESULT registration_bound(struct ctx *c, enum registration_kind kind,
                          const struct client_metadata *before, struct client_metadata *metadata)
{
    for (size_t i = 0; i < metadata->grant_types.n && kind != REGISTERED_BY_TOKEN; i++)
        if (!is_for_everybody(metadata->grant_types.at[i]))
            return fail_field(c, INVALID_CLIENT_METADATA, "grant_types",
                              "Open registration gives authorization_code and refresh_token.");
    keep_what_is_for_the_operator(before, metadata);
    TRY(registration_take_calls(c, before, metadata));
    bound_scopes(c, before, metadata);
    return ok();
}
