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
    const char *at = strstr(template, TENANT_PLACE);
    if (at == NULL)
        return template;
    return text_printf(a, "%.*s%s%s", (int)(at - template), template, tid,
                       at + strlen(TENANT_PLACE));
}

RESULT tenant_claim_once(struct ctx *c, const struct jwt *jwt, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < jwt->claims_n; i++)
        n += text_equal_nocase(jwt->claims[i].name, name);
    return n <= 1 ? ok() : fail(c, INVALID_TOKEN, "a token has the claim %s twice", name);
}

/* entra.md 1.4, 6: some keys are of one tenant, or of another cloud. */
RESULT tenant_key_check(struct ctx *c, const struct jwt *jwt, const struct upstream_keys *keys,
                        const char *tid, const char *cloud)
{
    const struct upstream_key *key = upstream_key(keys, jwt->signature.key->kid);
    if (key == NULL)
        return ok();
    if (key->issuer != NULL && !text_equal(tenant_fill(c->arena, key->issuer, tid), jwt->iss))
        return fail(c, INVALID_TOKEN, "the key %s is of %.256s", key->kid, key->issuer);
    if (key->cloud_instance_name != NULL && cloud != NULL &&
        !text_equal(key->cloud_instance_name, cloud))
        return fail(c, INVALID_TOKEN, "the key %s is of the cloud %.253s", key->kid,
                    key->cloud_instance_name);
    return ok();
}

RESULT tenant_issuer_check(struct ctx *c, const char *template, struct texts allowed,
                           const struct upstream_keys *keys, const struct jwt *jwt)
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
    return keys == NULL ? ok() : tenant_key_check(c, jwt, keys, tid, NULL);
}
