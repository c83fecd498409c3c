/* SPDX-License-Identifier: Apache-2.0 */
#include "client/entra_authority.h"

#include "client/tenant_issuer.h"
#include "net/url.h"

#include <string.h>

/* Hosts that are one cloud, the preferred one first (entra.md 3.6). */
enum { ALIASES_MAX = 4 };
static const char *const clouds[][ALIASES_MAX] = {
    { "login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net" },
    { "login.partner.microsoftonline.cn", "login.chinacloudapi.cn" },
    { "login.microsoftonline.us", "login.usgovcloudapi.net" },
    { "login.microsoftonline.de" },
    { "login-us.microsoftonline.com" },
    { "login.sovcloud-identity.fr" },
    { "login.sovcloud-identity.de" },
    { "login.sovcloud-identity.sg" },
};
enum { CLOUDS = sizeof clouds / sizeof clouds[0] };

static const char *const b2c_hosts[] = { ".b2clogin.com", ".b2clogin.us", ".b2clogin.de",
                                         ".b2clogin.cn" };
static const char ciam_host[] = ".ciamlogin.com";
static const char adfs[] = "adfs";

struct texts entra_aliases(const char *host)
{
    for (size_t i = 0; i < CLOUDS; i++) {
        size_t n = 0;
        bool here = false;
        for (; n < ALIASES_MAX && clouds[i][n] != NULL; n++)
            here = here || text_equal_nocase(clouds[i][n], host);
        if (here)
            return (struct texts){ (const char **)(uintptr_t)clouds[i], n };
    }
    return (struct texts){ NULL, 0 };
}

static bool is_b2c(const char *host)
{
    for (size_t i = 0; i < sizeof b2c_hosts / sizeof b2c_hosts[0]; i++)
        if (text_ends(host, b2c_hosts[i]))
            return true;
    return false;
}

static bool is_segment(const char *text)
{
    return *text != '\0' && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-._") == strlen(text);
}

/* "T/P" or "tfp/T/P"; the policy is what stands behind the tenant. */
static RESULT read_b2c(struct ctx *c, struct arena *a, struct texts path,
                       struct entra_authority *out)
{
    size_t first = path.n > 0 && text_equal_nocase(path.at[0], "tfp");
    if (path.n < first + 2)
        return fail(c, INVALID_REQUEST, "an authority of B2C names a tenant and a policy");
    out->kind = ENTRA_B2C;
    out->tenant = path.at[first];
    out->policy = path.at[first + 1];
    if (!is_segment(out->policy))
        return fail(c, INVALID_REQUEST, "this is no policy of B2C");
    out->policy = text_lower(a, out->policy);
    return ok();
}

static enum entra_kind kind_of(const char *tenant)
{
    return text_equal_nocase(tenant, "common")          ? ENTRA_COMMON
           : text_equal_nocase(tenant, "organizations") ? ENTRA_ORGANIZATIONS
           : text_equal_nocase(tenant, "consumers")     ? ENTRA_CONSUMERS
                                                        : ENTRA_TENANT;
}

static RESULT read_path(struct ctx *c, struct arena *a, const struct url *url,
                        struct entra_authority *out)
{
    struct texts path = text_split(a, url->path, '/');
    if (is_b2c(url->host))
        TRY(read_b2c(c, a, path, out));
    else if (text_ends(url->host, ciam_host)) {
        size_t n = strlen(url->host) - strlen(ciam_host);
        out->kind = ENTRA_CIAM;
        out->tenant =
            path.n > 0 ? path.at[0] : text_printf(a, "%.*s.onmicrosoft.com", (int)n, url->host);
    } else if (path.n > 0) {
        bool own = entra_aliases(url->host).n == 0 && text_equal_nocase(path.at[0], adfs);
        out->kind = own ? ENTRA_ADFS : kind_of(path.at[0]);
        out->tenant = path.at[0];
    }
    if (out->tenant == NULL || !is_segment(out->tenant))
        return fail(c, INVALID_REQUEST, "an authority names a tenant: https://HOST/TENANT");
    out->tenant = text_lower(a, out->tenant);
    return ok();
}

RESULT entra_authority_read(struct ctx *c, struct arena *a, const char *text,
                            struct entra_authority *out)
{
    struct url url;
    struct entra_authority made = { 0 };
    if (!url_parse(a, bytes_of(text), &url) || url.host == NULL || !url_is_private(&url))
        return fail(c, INVALID_REQUEST, "an authority is an address of https: https://HOST/TENANT");
    made.origin = url_origin(a, &url);
    made.host = strstr(made.origin, "://") + 3;
    made.environment = url.host;
    TRY(read_path(c, a, &url, &made));
    made.aliases = entra_aliases(made.host);
    made.known = made.aliases.n > 0;
    if (!made.known) {
        /* MSAL for Node.js keeps the port, the one for Python does not. */
        const char **own = ARENA_NEWS(a, const char *, 2);
        own[0] = made.environment;
        own[1] = made.host;
        made.aliases = (struct texts){ own, 2 };
    }
    *out = made;
    return ok();
}

struct entra_authority entra_authority_for(const struct entra_authority *authority,
                                           const char *tenant)
{
    struct entra_authority out = *authority;
    if (tenant == NULL || authority->kind == ENTRA_B2C || authority->kind == ENTRA_ADFS)
        return out;
    out.tenant = tenant;
    if (authority->kind != ENTRA_CIAM)
        out.kind = kind_of(tenant);
    return out;
}

const char *entra_authority_url(struct arena *a, const struct entra_authority *authority,
                                const char *rest)
{
    if (authority->policy != NULL)
        return text_printf(a, "%s/%s/%s%s", authority->origin, authority->tenant, authority->policy,
                           rest);
    return text_printf(a, "%s/%s%s", authority->origin, authority->tenant, rest);
}

const char *entra_authority_metadata(struct arena *a, const struct entra_authority *authority)
{
    return entra_authority_url(a, authority,
                               authority->kind == ENTRA_ADFS
                                   ? "/.well-known/openid-configuration"
                                   : "/v2.0/.well-known/openid-configuration");
}

bool entra_authority_has_tenant(const struct entra_authority *authority)
{
    return authority->kind == ENTRA_TENANT || authority->kind == ENTRA_CIAM ||
           authority->kind == ENTRA_B2C || authority->kind == ENTRA_ADFS;
}

/* "westeurope.login.microsoft.com": a label in front of one of Microsoft's. */
static bool is_microsoft(const char *host)
{
    const char *dot = strchr(host, '.');
    return entra_aliases(host).n > 0 || (dot != NULL && entra_aliases(dot + 1).n > 0);
}

/* "GUID.ciamlogin.com": the name of the tenant is another than the one in the authority. */
static bool is_tenant_of_ciam(struct arena *a, const char *host)
{
    size_t n = strlen(host), suffix = strlen(ciam_host);
    return n > suffix && text_ends(host, ciam_host) &&
           tenant_is_guid(text_copy(a, host, n - suffix));
}

bool entra_issuer_is_trusted(struct arena *a, const struct entra_authority *authority,
                             const char *issuer, struct texts known)
{
    struct url url;
    /* A template has braces in it, which stand for a GUID. */
    size_t place = strcspn(issuer, "{");
    if (!url_parse(a, (struct bytes){ (const uint8_t *)issuer, place }, &url) || url.host == NULL)
        return false;
    const char *origin = url_origin(a, &url);
    if (text_equal(origin, authority->origin))
        return true;
    if (!text_equal(url.scheme, "https"))
        return false;
    return is_microsoft(url.host) || texts_hold(known, strstr(origin, "://") + 3) ||
           (authority->kind == ENTRA_CIAM && is_tenant_of_ciam(a, url.host));
}
