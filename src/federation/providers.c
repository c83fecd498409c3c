/* SPDX-License-Identifier: Apache-2.0 */
#include "store/providers.h"
#include "base/config.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "federation/provider.h"

static const char seal_purpose[] = "provider secret";

/* clang-format off */
static const struct provider_kind *const kinds[] = {
    &kind_openid,
    &kind_entra,
    &kind_google,
    &kind_apple,
    &kind_oauth2,
};
/* clang-format on */
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct provider_kind *const *provider_kinds(size_t *n)
{
    *n = KINDS;
    return kinds;
}

const struct provider_kind *provider_kind_find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (text_equal(kinds[i]->name, name))
            return kinds[i];
    return NULL;
}

/* ---- that of the settings ---- */

static RESULT from_settings(struct ctx *c, struct provider *out)
{
    const struct config *config = c->config;
    *out = (struct provider){
        .id = PROVIDER_ENTRA,
        .name = "Microsoft",
        .kind = &kind_entra,
        .m = { .issuer = config->azure_authority_host,
               .client_id = config->azure_client_id,
               .token_endpoint_auth_method = "client_secret_post",
               .create_users = config->azure_create_users,
               .email_domains = config->azure_email_domains,
               .login_domains = config->azure_login_domains,
               .roles = config->azure_roles,
               .recheck_minutes = config->azure_recheck_minutes,
               .sign_out = config->azure_sign_out,
               .tenant = config->azure_tenant_id,
               .tenants = config->azure_allowed_tenants,
               .guests = config->azure_guests,
               .graph = config->azure_graph_url[0] == '\0' ? NULL : config->azure_graph_url },
        .secret = config->azure_client_secret,
    };
    return ok();
}

/* ---- those of the table ---- */

static RESULT from_row(struct ctx *c, const struct provider_row *row, struct provider *out)
{
    const struct provider_kind *kind = provider_kind_find(row->kind);
    if (kind == NULL)
        return fail(c, INTERNAL, "the provider %s is of an unknown kind", row->id);
    *out =
        (struct provider){ .id = row->id, .name = row->name, .kind = kind, .sealed = row->sealed };
    return provider_metadata_load(c, row->metadata, &out->m);
}

static RESULT find(struct ctx *c, const char *id, bool disabled_too, const struct provider **out)
{
    struct provider *found = ARENA_NEW(c->arena, struct provider);
    const struct provider_row *row = NULL;
    if (text_equal(id, PROVIDER_ENTRA) && c->config->azure_client_id[0] != '\0') {
        TRY(from_settings(c, found));
    } else {
        TRY(provider_row_find(c, id, &row));
        if (row == NULL || (row->disabled && !disabled_too))
            return fail(c, NOT_FOUND, "there is no provider %.32s that can be used", id);
        TRY(from_row(c, row, found));
    }
    TRY(found->kind->check(c, &found->m));
    *out = found;
    return ok();
}

RESULT provider_find(struct ctx *c, const char *id, const struct provider **out)
{
    return find(c, id, false, out);
}

RESULT provider_any(struct ctx *c, const char *id, const struct provider **out)
{
    return find(c, id, true, out);
}

/* ---- who we are there ---- */

RESULT provider_seal(struct ctx *c, const char *id, const char *secret, const char **sealed)
{
    return seal_bytes(c, seal_purpose, id, bytes_of(secret), sealed);
}

RESULT provider_has_secret(struct ctx *c, const char *id, const char *sealed, const char *secret,
                           bool *same)
{
    struct bytes plain = { 0 };
    *same = false;
    if (sealed == NULL)
        return ok();
    TRY(seal_open(c, seal_purpose, id, sealed, &plain));
    *same = ct_equal(plain, bytes_of(secret));
    return ok();
}

static RESULT open_secret(struct ctx *c, const struct provider *p, const char **out)
{
    struct bytes plain;
    *out = p->secret;
    if (p->sealed == NULL)
        return ok();
    TRY(seal_open(c, seal_purpose, p->id, p->sealed, &plain));
    *out = text_copy(c->arena, (const char *)plain.at, plain.n);
    return ok();
}

RESULT provider_client(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       struct oauth_client *out)
{
    enum oauth_auth auth = OAUTH_AUTH_BASIC;
    const char *secret = NULL;
    *out = (struct oauth_client){ .client_id = p->m.client_id };
    must(p->m.token_endpoint_auth_method == NULL ||
         oauth_auth_find(p->m.token_endpoint_auth_method, &auth));
    TRY(open_secret(c, p, &secret));
    out->auth = auth;
    if (auth == OAUTH_AUTH_NONE)
        return ok();
    if (secret == NULL || *secret == '\0')
        return fail(c, UNAVAILABLE, "the provider %s has no secret", p->id);
    if (auth == OAUTH_AUTH_BASIC || auth == OAUTH_AUTH_POST) {
        out->secret = secret;
        return ok();
    }
    out->assertion_iss = p->m.team_id;
    out->assertion_aud = place->issuer == NULL ? place->token.url : place->issuer;
    return key_read_jwk(c, c->arena, bytes_of(secret), true, &out->key);
}

const char *provider_callback(struct arena *a, const char *public_url, const char *id)
{
    return text_printf(a, "%s/auth/oauth/%s/callback", public_url, id);
}
