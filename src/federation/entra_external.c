/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure AD B2C and Entra External ID (entra.md 1.22): customers instead of employees.  Their
 * metadata stands elsewhere than what it calls itself, so which issuers may stand there is said
 * here, and the token has exactly that of the metadata.
 */
#include "federation/entra.h"

#include "net/url.h"

#include <string.h>

/* The authority without a slash at its end. */
static const char *trimmed(struct arena *a, const char *authority)
{
    size_t n = strlen(authority);
    return n > 0 && authority[n - 1] == '/' ? text_copy(a, authority, n - 1) : authority;
}

static RESULT check_authority(struct ctx *c, struct provider_metadata *m, const char *text)
{
    if (m->authority == NULL)
        return fail_field(c, INVALID_FIELD, "authority", text);
    m->authority = trimmed(c->arena, m->authority);
    if (m->token_endpoint_auth_method == NULL)
        m->token_endpoint_auth_method = "client_secret_post";
    return ok();
}

static RESULT open_there(struct ctx *c, const struct provider *p, const char *base,
                         struct provider_place *out)
{
    const char *url = text_printf(c->arena, "%s/v2.0/.well-known/openid-configuration", base);
    return openid_place(c, p, url, out);
}

static RESULT refuse_issuer(struct ctx *c, const struct provider *p, const char *issuer)
{
    return fail(c, UPSTREAM, "the provider %s calls itself %s", p->id, issuer);
}

/* ---- b2c ---- */

/* The policy is the last part of the authority. */
static const char *policy_of(const char *authority)
{
    return strrchr(authority, '/') + 1;
}

static RESULT check_b2c(struct ctx *c, struct provider_metadata *m)
{
    struct url url;
    TRY(check_authority(c, m, "https://TENANT.b2clogin.com/TENANT.onmicrosoft.com/POLICY"));
    if (!url_parse(c->arena, bytes_of(m->authority), &url) || url.path == NULL ||
        url.path[0] != '/' || strchr(url.path + 1, '/') == NULL)
        return fail_field(c, INVALID_FIELD, "authority",
                          "The authority ends in a tenant and a policy.");
    return ok();
}

/* https://HOST/GUID/v2.0/ or https://HOST/tfp/GUID/POLICY/v2.0/, of the host that was asked; or
 * what the operator has said. */
static bool is_of_b2c(struct ctx *c, const struct provider *p, const char *issuer)
{
    struct url asked;
    struct url named;
    if (p->m.issuer != NULL)
        return text_equal(p->m.issuer, issuer);
    if (!url_parse(c->arena, bytes_of(p->m.authority), &asked) ||
        !url_parse(c->arena, bytes_of(issuer), &named) || named.query != NULL)
        return false;
    if (!text_equal(url_origin(c->arena, &asked), url_origin(c->arena, &named)) ||
        named.path == NULL || named.path[0] != '/')
        return false;
    struct texts parts = text_split(c->arena, named.path + 1, '/');
    if (parts.n >= 2 && text_equal(parts.at[0], "tfp"))
        return parts.n >= 4 && tenant_is_guid(parts.at[1]) &&
               text_equal_nocase(parts.at[2], policy_of(p->m.authority)) &&
               text_equal(parts.at[3], "v2.0");
    return parts.n >= 2 && tenant_is_guid(parts.at[0]) && text_equal(parts.at[1], "v2.0");
}

static RESULT open_b2c(struct ctx *c, const struct provider *p, struct provider_place *out)
{
    TRY(open_there(c, p, p->m.authority, out));
    return is_of_b2c(c, p, out->issuer) ? ok() : refuse_issuer(c, p, out->issuer);
}

/* A token of another policy, such as that of a password reset, is no sign-in. */
static RESULT check_policy(struct ctx *c, const struct provider *p, const struct jwt *jwt)
{
    const char *tfp = NULL;
    TRY(jwt_text(c, jwt, "tfp", &tfp));
    if (tfp == NULL)
        TRY(jwt_text(c, jwt, "acr", &tfp));
    if (tfp == NULL || !text_equal_nocase(tfp, policy_of(p->m.authority)))
        return fail(c, INVALID_TOKEN, "an ID token is of the policy %.128s",
                    tfp == NULL ? "(none)" : tfp);
    return ok();
}

static RESULT identify_b2c(struct ctx *c, const struct provider *p, const struct brought *b,
                           struct person *out)
{
    const struct upstream_keys *keys = NULL;
    struct texts emails = { 0 };
    struct jwt jwt;
    TRY(openid_token(c, p, b, b->place->issuer, &jwt, &keys));
    TRY(tenant_claim_once(c, &jwt, "tfp"));
    TRY(check_policy(c, p, &jwt));
    TRY(openid_person(c, &jwt, out));
    TRY(jwt_texts(c, &jwt, "emails", &emails));
    if (out->email == NULL && emails.n > 0)
        out->email = emails.at[0];
    return ok();
}

const struct provider_kind kind_b2c = {
    .name = "b2c",
    .summary = "Azure AD B2C: one policy (user flow) of a tenant",
    .scope = "openid",
    .offline = "offline_access",
    .openid = true,
    .says_when = true,
    .check = check_b2c,
    .open = open_b2c,
    .identify = identify_b2c,
};

/* ---- ciam ---- */

static RESULT check_ciam(struct ctx *c, struct provider_metadata *m)
{
    TRY(check_authority(c, m, "https://TENANT.ciamlogin.com"));
    if (!tenant_is_guid(m->tenant))
        return fail_field(c, INVALID_FIELD, "tenant", "This is the id of a tenant.");
    return ok();
}

/* Its own host has the id of the tenant in it, whatever the one that was asked is called. */
static bool is_of_ciam(struct ctx *c, const struct provider *p, const char *issuer)
{
    const char *own =
        text_printf(c->arena, "https://%s.ciamlogin.com/%s/v2.0", p->m.tenant, p->m.tenant);
    const char *asked = text_printf(c->arena, "%s/%s/v2.0", p->m.authority, p->m.tenant);
    if (p->m.issuer != NULL)
        return text_equal(issuer, p->m.issuer);
    return text_equal_nocase(issuer, own) || text_equal_nocase(issuer, asked);
}

static RESULT open_ciam(struct ctx *c, const struct provider *p, struct provider_place *out)
{
    TRY(open_there(c, p, text_printf(c->arena, "%s/%s", p->m.authority, p->m.tenant), out));
    return is_of_ciam(c, p, out->issuer) ? ok() : refuse_issuer(c, p, out->issuer);
}

static RESULT identify_ciam(struct ctx *c, const struct provider *p, const struct brought *b,
                            struct person *out)
{
    const struct upstream_keys *keys = NULL;
    const char *tid = NULL;
    const char *ver = NULL;
    struct jwt jwt;
    TRY(openid_token(c, p, b, b->place->issuer, &jwt, &keys));
    TRY(tenant_claim_once(c, &jwt, "tid"));
    TRY(tenant_claim_once(c, &jwt, "oid"));
    TRY(jwt_text(c, &jwt, "tid", &tid));
    TRY(jwt_text(c, &jwt, "ver", &ver));
    if (!text_equal_nocase(tid, p->m.tenant) || !text_equal(ver, "2.0"))
        return fail(c, INVALID_TOKEN, "an ID token is of another tenant or version");
    return entra_person(c, &jwt, out);
}

const struct provider_kind kind_ciam = {
    .name = "ciam",
    .summary = "Microsoft Entra External ID: customers of one tenant",
    .scope = "openid profile email",
    .offline = "offline_access",
    .openid = true,
    .says_when = true,
    .check = check_ciam,
    .open = open_ciam,
    .identify = identify_ciam,
};
