/* SPDX-License-Identifier: Apache-2.0 */
#include "token/issuer.h"

#include "base/config.h"
#include "identity/tenancy.h"
#include "token/claims.h"
#include "token/keyrings.h"

#include <string.h>

#define PREFIX "/t/"

/* ---- addresses ---- */

const char *issuer_path(const struct ctx *c)
{
    return c->issuer == NULL ? "" : c->issuer->path;
}

/* "acme" of "acme/x"; none of anything else. */
static struct bytes slug_at(const char *at)
{
    size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-");
    bool good = n >= 1 && n <= TENANT_SLUG_MAX && (at[n] == '/' || at[n] == '\0');
    return good ? (struct bytes){ (const uint8_t *)at, n } : (struct bytes){ 0 };
}

bool issuer_place_of(const char *path, struct issuer_place *out)
{
    /* RFC 8414 3.1: the path of the issuer comes last. */
    static const char *const documents[] = { "/.well-known/oauth-authorization-server",
                                             "/.well-known/openid-configuration" };
    struct issuer_place place = { 0 };
    /* Nearly all paths. */
    if (strstr(path, PREFIX) == NULL)
        return false;
    if (text_starts(path, PREFIX)) {
        place.slug = slug_at(path + strlen(PREFIX));
        place.path = path + strlen(PREFIX) + place.slug.n;
    }
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        size_t n = strlen(documents[i]);
        if (!text_starts(path, documents[i]) || !text_starts(path + n, PREFIX))
            continue;
        place.slug = slug_at(path + n + strlen(PREFIX));
        place.path = path[n + strlen(PREFIX) + place.slug.n] == '\0' ? documents[i] : "";
    }
    if (place.slug.n == 0 || place.path[0] != '/')
        return false;
    *out = place;
    return true;
}

/* ---- entering ---- */

static RESULT has_own(struct ctx *c, const struct tenant_row *tenant, bool *own)
{
    struct tenant_settings settings;
    *own = false;
    if (tenant == NULL || tenant->settings == NULL)
        return ok();
    TRY(tenant_settings_read(c, tenant->settings, &settings));
    *own = text_equal(settings.issuer, TENANT_ISSUER_OWN);
    return ok();
}

static RESULT find_tenant(struct ctx *c, const char *tenant_id, const struct tenant_row **out,
                          bool *own)
{
    *out = NULL;
    if (tenant_id != NULL)
        TRY(tenant_find(c, tenant_id, out));
    return has_own(c, *out, own);
}

static RESULT find_slug(struct ctx *c, const char *slug, bool suspended_too,
                        const struct tenant_row **out)
{
    bool own = false;
    TRY(tenant_find_slug(c, slug, out));
    TRY(has_own(c, *out, &own));
    return own && (suspended_too || (*out)->status == TENANT_ACTIVE)
               ? ok()
               : because(
                     c, ISSUER_OF_TENANT, NULL, slug,
                     fail(c, NOT_FOUND, "no active tenant \"%s\" has an issuer of its own", slug));
}

static const char *path_of(struct arena *a, const struct tenant_row *tenant)
{
    return text_printf(a, PREFIX "%s", tenant->slug);
}

RESULT issuer_has_clients_of(struct ctx *c, const struct tenant_row *tenant, bool *has)
{
    bool own = false;
    TRY(has_own(c, tenant, &own));
    const char *due = own ? tenant->id : NULL;
    const char *is = c->issuer == NULL ? NULL : c->issuer->tenant_id;
    *has = due == NULL || is == NULL ? due == is : text_equal(due, is);
    return ok();
}

RESULT issuer_url_of(struct ctx *c, const char *tenant_id, const char **url)
{
    const struct tenant_row *tenant = NULL;
    bool own = false;
    TRY(find_tenant(c, tenant_id, &tenant, &own));
    const struct ctx service = issuer_own(c);
    *url = own ? text_printf(c->arena, "%s%s", c->config->public_url, path_of(c->arena, tenant))
               : token_issuer(&service);
    return ok();
}

struct ctx issuer_own(const struct ctx *c)
{
    struct ctx own = *c;
    if (c->issuer != NULL)
        own.keys = keyrings_own(c->keyrings);
    own.issuer = NULL;
    return own;
}

static void stand_at(struct ctx *c, const struct tenant_row *tenant, struct keyring *keys)
{
    struct issuer *issuer = ARENA_NEW(c->arena, struct issuer);
    issuer->tenant_id = tenant->id;
    issuer->path = path_of(c->arena, tenant);
    issuer->url = text_printf(c->arena, "%s%s", c->config->public_url, issuer->path);
    c->keys = keys;
    c->issuer = issuer;
}

static RESULT enter(struct ctx *c, const struct tenant_row *tenant)
{
    struct keyring *keys = NULL;
    must(c->keyrings != NULL);
    TRY(keyrings_of(c, c->keyrings, tenant->id, &keys));
    stand_at(c, tenant, keys);
    return ok();
}

RESULT issuer_enter_slug(struct ctx *c, const char *slug)
{
    const struct tenant_row *tenant = NULL;
    TRY(find_slug(c, slug, false, &tenant));
    return enter(c, tenant);
}

RESULT issuer_enter(struct ctx *c, const char *tenant_id)
{
    const struct tenant_row *tenant = NULL;
    bool own = false;
    TRY(find_tenant(c, tenant_id, &tenant, &own));
    if (own)
        return enter(c, tenant);
    *c = issuer_own(c);
    return ok();
}

RESULT issuer_look(struct ctx *c, const char *tenant_id)
{
    const struct tenant_row *tenant = NULL;
    bool own = false;
    TRY(find_tenant(c, tenant_id, &tenant, &own));
    c->keys = NULL;
    c->issuer = NULL;
    if (own)
        stand_at(c, tenant, NULL);
    return ok();
}

RESULT issuer_look_slug(struct ctx *c, const char *slug)
{
    const struct tenant_row *tenant = NULL;
    if (slug == NULL)
        return issuer_look(c, NULL);
    TRY(find_slug(c, slug, false, &tenant));
    stand_at(c, tenant, NULL);
    return ok();
}

RESULT issuer_keys(struct ctx *c, const char *slug, struct keyring **keys)
{
    const struct tenant_row *tenant = NULL;
    *keys = c->keys;
    if (slug == NULL)
        return ok();
    TRY(find_slug(c, slug, true, &tenant));
    return keyrings_of(c, c->keyrings, tenant->id, keys);
}
