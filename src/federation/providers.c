/* SPDX-License-Identifier: Apache-2.0 */
#include "store/providers.h"
#include "base/config.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "federation/credential.h"

static const char seal_purpose[] = "provider secret";

/* clang-format off */
static const struct provider_kind *const kinds[] = {
    &kind_openid,
    &kind_entra,
    &kind_b2c,
    &kind_ciam,
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

/* In the order of the choices of azure_credential. */
static const char *const methods[] = { "client_secret_post", "certificate", "federated_file",
                                       "managed_identity", "own_key" };

static const char *set(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static RESULT from_settings(struct ctx *c, struct provider *out)
{
    const struct config *config = c->config;
    *out = (struct provider){
        .id = PROVIDER_ENTRA,
        .name = "Microsoft",
        .kind = &kind_entra,
        .m = { .issuer = config->azure_authority_host,
               .client_id = config->azure_client_id,
               .token_endpoint_auth_method = methods[config->azure_credential],
               .assertion_file = set(config->azure_federated_token_file),
               .managed_identity = set(config->azure_managed_identity_client_id),
               .create_users = config->azure_create_users,
               .email_domains = config->azure_email_domains,
               .login_domains = config->azure_login_domains,
               .roles = config->azure_roles,
               .recheck_minutes = config->azure_recheck_minutes,
               .sign_out = config->azure_sign_out,
               .tenant = config->azure_tenant_id,
               .tenants = config->azure_allowed_tenants,
               .guests = config->azure_guests,
               .graph = set(config->azure_graph_url) },
        .secret = config->azure_client_secret,
        .certificate_path = set(config->azure_client_certificate_path),
    };
    return ok();
}

/* ---- those of the table ---- */

static RESULT from_row(struct ctx *c, const struct provider_row *row, struct provider *out)
{
    const struct provider_kind *kind = provider_kind_find(row->kind);
    if (kind == NULL)
        return fail(c, INTERNAL, "the provider %s is of an unknown kind", row->id);
    *out = (struct provider){ .id = row->id,
                              .name = row->name,
                              .kind = kind,
                              .foreign = row->foreign,
                              .sealed = row->sealed };
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

enum outbound_origin provider_origin(struct ctx *c, const struct provider *p, const char *url)
{
    return p->foreign && !upstream_is_internal(c, url) ? OUTBOUND_FOREIGN : OUTBOUND_CONFIGURED;
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
    const char *secret = NULL;
    TRY(open_secret(c, p, &secret));
    return credential_fill(c, p, place, secret, out);
}

const char *provider_callback(struct arena *a, const char *public_url, const char *id)
{
    return text_printf(a, "%s/auth/oauth/%s/callback", public_url, id);
}
