/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of Keycloak as a client here.
 */
#include "base/json.h"
#include "oauth/client_auth.h"
#include "oauth/device.h"
#include "realm/keycloak.h"

#include <string.h>

/* Attributes are texts under names with dots. */
struct keycloak_client {
    const char *clientId, *name, *protocol, *clientAuthenticatorType, *secret, *rootUrl;
    bool enabled, publicClient, bearerOnly, consentRequired, standardFlowEnabled,
        implicitFlowEnabled, directAccessGrantsEnabled, serviceAccountsEnabled;
    struct texts redirectUris, webOrigins, defaultClientScopes, optionalClientScopes;
    struct bytes attributes;
};
/* clang-format off */
LOCAL_SHAPE_OPEN(keycloak_client,
    FIELD(keycloak_client, clientId, REQUIRED, 1, 255, "Its id"),
    FIELD(keycloak_client, name, OPTIONAL, 0, 255, "Its name"),
    FIELD(keycloak_client, protocol, OPTIONAL, 0, 64, "openid-connect or saml"),
    FIELD(keycloak_client, clientAuthenticatorType, OPTIONAL, 0, 64, "How it authenticates"),
    FIELD(keycloak_client, secret, OPTIONAL, 0, 255, "Its secret, or stars"),
    FIELD(keycloak_client, rootUrl, OPTIONAL, 0, 900, "Before addresses that begin with /"),
    FIELD(keycloak_client, enabled, OPTIONAL, 0, 0, "It works"),
    FIELD(keycloak_client, publicClient, OPTIONAL, 0, 0, "It has no secret"),
    FIELD(keycloak_client, bearerOnly, OPTIONAL, 0, 0, "It is an API"),
    FIELD(keycloak_client, consentRequired, OPTIONAL, 0, 0, "Its users are asked"),
    FIELD(keycloak_client, standardFlowEnabled, OPTIONAL, 0, 0, "authorization_code"),
    FIELD(keycloak_client, implicitFlowEnabled, OPTIONAL, 0, 0, "implicit"),
    FIELD(keycloak_client, directAccessGrantsEnabled, OPTIONAL, 0, 0, "password"),
    FIELD(keycloak_client, serviceAccountsEnabled, OPTIONAL, 0, 0, "client_credentials"),
    FIELD(keycloak_client, redirectUris, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Where codes go"),
    FIELD(keycloak_client, webOrigins, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Who may call from a browser"),
    FIELD(keycloak_client, defaultClientScopes, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Scopes that come by themselves"),
    FIELD(keycloak_client, optionalClientScopes, OPTIONAL, 0, KEYCLOAK_LIST_MAX, "Scopes that it may ask for"),
    FIELD(keycloak_client, attributes, OPTIONAL, 0, 32 * 1024, "Everything else"));
/* clang-format on */

bool keycloak_client_reads(struct bytes name)
{
    for (size_t i = 0; i < keycloak_client_shape.n; i++) {
        const char *one = keycloak_client_shape.fields[i].name;
        if (strlen(one) == name.n && memcmp(one, name.at, name.n) == 0)
            return true;
    }
    return false;
}

struct reading {
    const struct keycloak_client *from;
    struct client_metadata *to;
    struct import_notes *notes;
    struct arena *arena;
};

static RESULT left_out(struct ctx *c, const char *why)
{
    return fail_say(c, INVALID_REQUEST, why, "a client is left out");
}

/* ---- attributes ---- */

static const char *attribute(const struct reading *r, const char *wanted)
{
    struct json j = json_open(r->arena, r->from->attributes);
    struct json_value v;
    const char *name = NULL;
    const char *found = NULL;
    if (r->from->attributes.n == 0 || !json_value(&j, &v) || v.kind != JSON_OBJECT)
        return NULL;
    while (json_member(&j, &name, &v)) {
        if (v.kind == JSON_TEXT && text_equal(name, wanted) && v.text[0] != '\0')
            found = v.text;
        if (!json_skip(&j, &v))
            return NULL;
    }
    return found;
}

/* ---- addresses ---- */

static void add(struct texts *list, size_t max, const char *text)
{
    if (list->n < max && !texts_hold(*list, text))
        list->at[list->n++] = text;
}

static struct texts room(const struct reading *r)
{
    return (struct texts){ ARENA_NEWS(r->arena, const char *, CLIENT_LIST_MAX), 0 };
}

/* RFC 9700 2.1: the whole address stands there, and nothing that matches several. */
static void add_address(const struct reading *r, const char *what, const char *uri,
                        struct texts *list)
{
    const char *root = r->from->rootUrl == NULL ? "" : r->from->rootUrl;
    if (strchr(uri, '*') != NULL)
        import_note(r->notes, what,
                    text_printf(r->arena, "%s stands for many: register each of them.", uri));
    else if (uri[0] == '/' && root[0] == '\0')
        import_note(r->notes, what, text_printf(r->arena, "%s is no whole address.", uri));
    else
        add(list, REDIRECT_URIS_MAX,
            uri[0] == '/' ? text_printf(r->arena, "%s%s", root, uri) : uri);
}

static void read_addresses(const struct reading *r)
{
    const char *after = attribute(r, "post.logout.redirect.uris");
    r->to->redirect_uris = room(r);
    r->to->post_logout_redirect_uris = room(r);
    r->to->allowed_origins = room(r);
    for (size_t i = 0; i < r->from->redirectUris.n; i++)
        add_address(r, "redirect_uri", r->from->redirectUris.at[i], &r->to->redirect_uris);
    struct texts uris = { 0 };
    if (after != NULL)
        uris = text_split(r->arena, after, '#');
    for (size_t i = 0; i < uris.n; i++) {
        if (!text_equal(uris.at[i], "+"))
            add_address(r, "post_logout_redirect_uri", uris.at[i],
                        &r->to->post_logout_redirect_uris);
        for (size_t k = 0; text_equal(uris.at[i], "+") && k < r->to->redirect_uris.n; k++)
            add(&r->to->post_logout_redirect_uris, CLIENT_LIST_MAX, r->to->redirect_uris.at[k]);
    }
    /* "+" is what is so here: the origins of its redirect URIs. */
    for (size_t i = 0; i < r->from->webOrigins.n; i++)
        if (!text_equal(r->from->webOrigins.at[i], "+"))
            add_address(r, "origin", r->from->webOrigins.at[i], &r->to->allowed_origins);
    r->to->backchannel_logout_uri = attribute(r, "backchannel.logout.url");
}

/* ---- grants and scopes ---- */

static RESULT read_grants(struct ctx *c, const struct reading *r)
{
    const struct keycloak_client *from = r->from;
    struct texts grants = room(r);
    bool codes = from->standardFlowEnabled && r->to->redirect_uris.n > 0;
    bool device = text_equal(attribute(r, "oauth2.device.authorization.grant.enabled"), "true");
    if (from->standardFlowEnabled && !codes)
        import_note(r->notes, "grant", "authorization_code: no redirect URI is left.");
    if (from->implicitFlowEnabled)
        import_note(r->notes, "grant", "implicit is not offered (RFC 9700 2.1.2).");
    if (from->directAccessGrantsEnabled)
        import_note(r->notes, "grant", "password is not offered (RFC 9700 2.4).");
    if (codes)
        add(&grants, CLIENT_LIST_MAX, "authorization_code");
    if (device)
        add(&grants, CLIENT_LIST_MAX, GRANT_DEVICE_CODE);
    if (codes || device)
        add(&grants, CLIENT_LIST_MAX, "refresh_token");
    if (from->serviceAccountsEnabled && !from->publicClient)
        add(&grants, CLIENT_LIST_MAX, "client_credentials");
    r->to->grant_types = grants;
    return grants.n > 0 ? ok() : left_out(c, "No grant is left that it could use.");
}

/* Scopes that only say what Keycloak puts into tokens. */
static bool is_own_scope(const char *scope)
{
    static const char *const own[] = { "web-origins",     "acr",
                                       "roles",           "basic",
                                       "service_account", "microprofile-jwt",
                                       "organization",    "role_list" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (text_equal(own[i], scope))
            return true;
    return false;
}

static void add_scopes(const struct reading *r, struct texts from, struct texts *scopes)
{
    for (size_t i = 0; i < from.n; i++)
        if (!is_own_scope(from.at[i]) && strchr(from.at[i], ' ') == NULL)
            add(scopes, CLIENT_LIST_MAX, from.at[i]);
    (void)r;
}

static void read_scopes(const struct reading *r)
{
    struct texts scopes = room(r);
    if (texts_hold(r->to->grant_types, "refresh_token"))
        add(&scopes, CLIENT_LIST_MAX, "openid");
    add_scopes(r, r->from->defaultClientScopes, &scopes);
    add_scopes(r, r->from->optionalClientScopes, &scopes);
    r->to->scope = text_join(r->arena, scopes, " ");
}

/* ---- how it authenticates ---- */

static RESULT read_method(struct ctx *c, const struct reading *r)
{
    const char *type = r->from->clientAuthenticatorType;
    r->to->token_endpoint_auth_method = "client_secret_basic";
    if (r->from->publicClient)
        r->to->token_endpoint_auth_method = "none";
    else if (text_equal(type, "client-secret-jwt"))
        r->to->token_endpoint_auth_method = "client_secret_jwt";
    else if (text_equal(type, "client-jwt"))
        r->to->token_endpoint_auth_method = "private_key_jwt";
    else if (type != NULL && !text_equal(type, "client-secret"))
        return left_out(c, text_printf(c->arena, "It authenticates by %s.", type));
    r->to->jwks_uri = attribute(r, "jwks.url");
    return ok();
}

static const char *secret_of(const struct reading *r)
{
    const struct client_auth *method = client_auth_find(r->to->token_endpoint_auth_method);
    const char *secret = r->from->secret;
    if (method == NULL || !method->has_secret)
        return NULL;
    if (secret != NULL && strlen(secret) >= CLIENT_SECRET_MIN && strchr(secret, '*') == NULL)
        return secret;
    import_note(r->notes, "secret", "It is not in the file, or too short: it gets another one.");
    return NULL;
}

/* ---- all of it ---- */

static RESULT check_kind(struct ctx *c, const struct keycloak_client *from)
{
    if (from->protocol != NULL && !text_equal(from->protocol, "openid-connect"))
        return left_out(c, text_printf(c->arena, "It speaks %s.", from->protocol));
    return from->bearerOnly ? left_out(c, "It is an API: uauth resource set registers those.")
                            : ok();
}

RESULT keycloak_client_read(struct ctx *c, struct bytes json, struct realm_client *out,
                            struct import_notes *notes, const char **client_id)
{
    struct keycloak_client from;
    struct client_metadata *to = ARENA_NEW(c->arena, struct client_metadata);
    const struct reading r = { &from, to, notes, c->arena };
    TRY(shape_read_json(c, &keycloak_client_shape, json, &from));
    *client_id = from.clientId;
    TRY(check_kind(c, &from));
    bool named = from.name != NULL && from.name[0] != '\0' && !text_starts(from.name, "${");
    to->client_name = named ? from.name : from.clientId;
    to->first_party = !from.consentRequired;
    to->require_pkce = attribute(&r, "pkce.code.challenge.method") != NULL;
    read_addresses(&r);
    TRY(read_method(c, &r));
    TRY(read_grants(c, &r));
    read_scopes(&r);
    *out = (struct realm_client){ .client_id = from.clientId,
                                  .status = from.enabled ? "active" : "disabled",
                                  .metadata = to };
    out->value = secret_of(&r);
    return ok();
}
