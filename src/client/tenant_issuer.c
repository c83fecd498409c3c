/* SPDX-License-Identifier: Apache-2.0 */
#include "client/tenant_issuer.h"

#include <string.h>

enum { GUID_CHARS = 36 };

bool tenant_is_guid(const char *text)
{
    if (text == NULL || strlen(text) != GUID_CHARS)
        return false;
    for (size_t i = 0; i < GUID_CHARS; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return true;
}

bool tenant_is_listed(struct texts guids, const char *tid)
{
    for (size_t i = 0; i < guids.n; i++)
        if (text_equal_nocase(guids.at[i], tid))
            return true;
    return false;
}

const char *tenant_fill(struct arena *a, const char *template, const char *tid)
{
    struct text_buffer out = text_buffer(a);
    const char *at = template;
    for (const char *place = strstr(at, TENANT_PLACE); place != NULL;
         place = strstr(at, TENANT_PLACE)) {
        text_addf(&out, "%.*s%s", (int)(place - at), at, tid);
        at = place + strlen(TENANT_PLACE);
    }
    text_add(&out, at);
    return text_of(&out);
}

RESULT tenant_claim_once(struct ctx *c, const struct jwt *jwt, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < jwt->claims_n; i++)
        n += text_equal_nocase(jwt->claims[i].name, name);
    return n <= 1 ? ok() : fail(c, INVALID_TOKEN, "a token has the claim %s twice", name);
}

/* A token of version 1 names its issuer otherwise than keys of version 2 do, of the same tenant. */
static const struct {
    const char *token, *key;
} versions[] = {
    { "https://sts.windows.net/{tenantid}/", "https://login.microsoftonline.com/{tenantid}/v2.0" },
    { "https://sts.windows.net/{tenantid}/", "https://login.microsoftonline.us/{tenantid}/v2.0" },
    { "https://sts.chinacloudapi.cn/{tenantid}/",
      "https://login.partner.microsoftonline.cn/{tenantid}/v2.0" },
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

static bool is_version_1_of(struct arena *a, const char *iss, const char *key_issuer,
                            const char *tid)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (text_equal(iss, tenant_fill(a, versions[i].token, tid)) &&
            text_equal(key_issuer, tenant_fill(a, versions[i].key, tid)))
            return true;
    return false;
}

/* Whether `iss` is `template` with some tenant in its place. */
static bool is_filled(struct arena *a, const char *template, const char *iss)
{
    const char *at = strstr(template, TENANT_PLACE);
    if (at == NULL)
        return text_equal(template, iss);
    size_t before = (size_t)(at - template);
    if (strncmp(template, iss, before) != 0)
        return false;
    const char ends[] = { '/', at[strlen(TENANT_PLACE)], '\0' };
    size_t n = strcspn(iss + before, ends);
    return n > 0 && text_equal(tenant_fill(a, template, text_copy(a, iss + before, n)), iss);
}

/* As Microsoft.IdentityModel has it (IDX40004, IDX40005). */
static bool is_of(struct arena *a, const char *key_issuer, const char *iss, const char *tid)
{
    if (tid == NULL)
        return is_filled(a, key_issuer, iss);
    const char *due = tenant_fill(a, key_issuer, tid);
    return strstr(iss, tid) != NULL && (text_equal(due, iss) || is_version_1_of(a, iss, due, tid));
}

RESULT tenant_key_check(struct ctx *c, const struct jwt *jwt, const struct upstream_keys *keys,
                        const char *cloud)
{
    const struct upstream_key *key =
        keys == NULL ? NULL : upstream_key(keys, jwt->signature.key->kid);
    const char *tid = NULL;
    if (key == NULL)
        return ok();
    if (key->issuer != NULL) {
        TRY(tenant_claim_once(c, jwt, "tid"));
        TRY(jwt_text(c, jwt, "tid", &tid));
        if (jwt->iss == NULL || !is_of(c->arena, key->issuer, jwt->iss, tid))
            return because(
                c, TOKEN_ISSUER, key->issuer, jwt->iss,
                fail(c, INVALID_TOKEN, "the key %s is of %.256s", key->kid, key->issuer));
    }
    if (key->cloud_instance_name != NULL && cloud != NULL &&
        !text_equal(key->cloud_instance_name, cloud))
        return fail(c, INVALID_TOKEN, "the key %s is of the cloud %.253s", key->kid,
                    key->cloud_instance_name);
    return ok();
}

RESULT tenant_issuer_check(struct ctx *c, const char *template, struct texts allowed,
                           const struct jwt *jwt)
{
    const char *tid = NULL;
    TRY(tenant_claim_once(c, jwt, "tid"));
    TRY(jwt_text(c, jwt, "tid", &tid));
    if (!tenant_is_guid(tid))
        return fail(c, INVALID_TOKEN, "a token has no tid");
    const char *due = tenant_fill(c->arena, template, tid);
    if (!text_equal(jwt->iss, due))
        return because(c, TOKEN_ISSUER, due, jwt->iss,
                       fail(c, INVALID_TOKEN, "a token of tenant %s is of %.256s, due is %s", tid,
                            jwt->iss == NULL ? "(nobody)" : jwt->iss, due));
    if (!tenant_is_listed(allowed, tid))
        return because(c, TOKEN_ISSUER, "a tenant that is listed", tid,
                       fail(c, INVALID_TOKEN, "tenant %s is not among those allowed", tid));
    return ok();
}
