/* SPDX-License-Identifier: Apache-2.0 */
#include "client/key_vault_address.h"

#include "client/azure_source.h"
#include "client/challenge.h"
#include "client/entra_authority.h"
#include "net/host.h"
#include "net/url.h"

#include <string.h>

static const char scheme[] = "keyvault://";
static const char default_scope[] = "/.default";

/* Where the vaults of a cloud are (entra.md 1.22). */
static const struct {
    const char *authority, *suffix;
} clouds[] = {
    { "login.microsoftonline.com", "vault.azure.net" },
    { "login.microsoftonline.us", "vault.usgovcloudapi.net" },
    { "login.partner.microsoftonline.cn", "vault.azure.cn" },
};

/* ---- names ---- */

bool vault_is_name(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 0 && n <= VAULT_NAME_MAX && text[n] == '\0';
}

bool vault_is_version(const char *text)
{
    size_t n = strspn(text, "0123456789abcdef");
    return n == VAULT_VERSION_CHARS && text[n] == '\0';
}

/* The host of an authority as the table has it; the public cloud where it is none of Microsoft's.
 */
static const char *cloud_suffix(struct arena *a, const char *authority)
{
    struct url url;
    if (authority == NULL || !url_parse(a, bytes_of(authority), &url) || url.host == NULL)
        return clouds[0].suffix;
    struct texts aliases = entra_aliases(url.host);
    for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
        if (texts_hold(aliases, clouds[i].authority))
            return clouds[i].suffix;
    return clouds[0].suffix;
}

RESULT vault_url_read(struct ctx *c, const char *text, struct vault_address *out)
{
    struct url url;
    bool good = strlen(text) <= VAULT_TEXT_MAX && url_parse(c->arena, bytes_of(text), &url) &&
                url.host_is == URL_HOST_NAME && url.query == NULL && url.fragment == NULL &&
                (*url.path == '\0' || text_equal(url.path, "/")) &&
                (text_equal(url.scheme, "https") ||
                 (text_equal(url.scheme, "http") && host_is_localhost(url.host)));
    if (!good)
        return fail(c, INVALID_REQUEST,
                    "this is no key vault: it is named as https://NAME.vault.azure.net");
    *out = (struct vault_address){ .url = url_origin(c->arena, &url), .host = url.host };
    return ok();
}

static RESULT malformed(struct ctx *c)
{
    return fail(c, INVALID_REQUEST,
                "write it as keyvault://VAULT/NAME or keyvault://VAULT/NAME/VERSION: VAULT is the "
                "name of a vault or its host, NAME has letters, digits and '-', VERSION 32 "
                "hexadecimal digits");
}

RESULT vault_address_read(struct ctx *c, const char *text, const char *authority,
                          struct vault_address *out)
{
    struct arena *a = c->arena;
    struct vault_address address;
    if (!text_starts(text, scheme) || strlen(text) > VAULT_TEXT_MAX || text_ends(text, "/") ||
        strstr(text + strlen(scheme), "//") != NULL)
        return malformed(c);
    struct texts parts = text_split(a, text + strlen(scheme), '/');
    if (parts.n < 2 || parts.n > 3 || !vault_is_name(parts.at[1]) ||
        (parts.n == 3 && !vault_is_version(parts.at[2])))
        return malformed(c);
    const char *host = strchr(parts.at[0], '.') != NULL
                           ? parts.at[0]
                           : text_printf(a, "%s.%s", parts.at[0], cloud_suffix(a, authority));
    if (vault_url_read(c, text_printf(a, "https://%s", host), &address).code != ERR_OK) {
        fault_clear(c);
        return malformed(c);
    }
    address.name = parts.at[1];
    address.version = parts.n == 3 ? parts.at[2] : NULL;
    *out = address;
    return ok();
}

/* ---- challenges ---- */

struct said {
    const char *authorization, *resource, *scope;
};

/* The first of each counts. */
static struct said hear(struct arena *a, const char *www_authenticate)
{
    struct said said = { 0 };
    const char *name = NULL;
    const char *value = NULL;
    for (const char *at = www_authenticate; challenge_next(a, &at, &name, &value);) {
        const char **into =
            text_equal_nocase(name, "authorization") || text_equal_nocase(name, "authorization_uri")
                ? &said.authorization
            : text_equal_nocase(name, "resource") ? &said.resource
            : text_equal_nocase(name, "scope")    ? &said.scope
                                                  : NULL;
        if (into != NULL && *into == NULL)
            *into = value;
    }
    return said;
}

/* The scope that is asked for; NULL: there is none, or there are two. */
static const char *scope_of(struct arena *a, const struct said *said)
{
    const char *scope = said->resource == NULL
                            ? said->scope
                            : text_printf(a, "%s%s", said->resource, default_scope);
    bool same = said->scope == NULL || text_equal(said->scope, scope);
    return scope != NULL && same && text_ends(scope, default_scope) ? scope : NULL;
}

static const char *resource_flaw(struct arena *a, const char *scope, const char *vault)
{
    struct url resource;
    struct url own;
    const char *text = text_copy(a, scope, strlen(scope) - strlen(default_scope));
    if (strlen(scope) > VAULT_TEXT_MAX || !url_parse(a, bytes_of(text), &resource) ||
        resource.host_is != URL_HOST_NAME || *resource.path != '\0' || resource.query != NULL ||
        resource.fragment != NULL || !url_parse(a, bytes_of(vault), &own))
        return "it asks for a token of what is no resource";
    if (!text_equal(resource.scheme, own.scheme))
        return "it asks for a token of a resource without TLS";
    bool is_domain = strchr(resource.host, '.') != NULL || host_is_localhost(resource.host);
    const char *below = text_printf(a, ".%s", resource.host);
    if (!is_domain || !text_ends(own.host, below) ||
        (resource.port != 0 && url_port(&resource) != url_port(&own)))
        return "it asks for a token of a resource that it does not belong to";
    return NULL;
}

static const char *authority_flaw(struct arena *a, const char *authorization, const char *authority,
                                  const char **tenant)
{
    struct url asked;
    struct url trusted;
    if (strlen(authorization) > VAULT_TEXT_MAX || !url_parse(a, bytes_of(authorization), &asked) ||
        asked.host == NULL || !url_parse(a, bytes_of(authority), &trusted))
        return "it names no authority";
    bool same = text_equal(url_origin(a, &asked), url_origin(a, &trusted));
    if (!same && !(text_equal(asked.scheme, "https") && entra_aliases(asked.host).n > 0))
        return "it names an authority that is not trusted here (AZURE_AUTHORITY_HOST)";
    struct texts path = text_split(a, asked.path, '/');
    if (path.n == 0 || !azure_is_tenant(path.at[0]))
        return "it names no tenant";
    *tenant = path.at[0];
    return NULL;
}

const char *vault_challenge_read(struct arena *a, const char *www_authenticate, const char *url,
                                 const char *authority, struct vault_challenge *out)
{
    struct said said = hear(a, www_authenticate);
    struct vault_challenge challenge = { .scope = scope_of(a, &said) };
    if (said.authorization == NULL || challenge.scope == NULL)
        return "it does not say which token it wants";
    const char *why = resource_flaw(a, challenge.scope, url);
    if (why == NULL)
        why = authority_flaw(a, said.authorization, authority, &challenge.tenant);
    if (why == NULL)
        *out = challenge;
    return why;
}
