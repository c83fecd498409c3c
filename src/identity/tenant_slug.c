/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/tenant_slug.h"

#include "store/issuer_slugs.h"

#include <string.h>

RESULT tenant_slug_check(struct ctx *c, const char *slug)
{
    size_t n = strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-");
    bool good =
        n >= 1 && n <= TENANT_SLUG_MAX && slug[n] == '\0' && slug[0] != '-' && slug[n - 1] != '-';
    return good ? ok()
                : fail_field(c, INVALID_FIELD, "slug",
                             "This is 1 to 63 of a-z, 0-9 and '-', which stands inside only.");
}

/* Whoever trusts an issuer by its name would trust the tokens of another tenant. */
static RESULT check_issuer(struct ctx *c, const struct actor *actor, const char *tenant_id,
                           const char *slug)
{
    const char *holder = NULL;
    TRY(issuer_slug_find(c, slug, &holder));
    if (holder == NULL || text_equal(holder, tenant_id) || actor == NULL ||
        authority_reaches(actor, holder))
        return ok();
    return fail_say(c, CONFLICT,
                    "This slug is in the name of an issuer that another tenant has had, and which "
                    "may still be trusted: only an operator may give it away.",
                    "the slug %s was of the issuer of tenant %s", slug, holder);
}

RESULT tenant_slug_take(struct ctx *c, const struct actor *actor, const char *tenant_id,
                        const char *slug)
{
    if (text_is_uuid(slug))
        return fail_field(c, INVALID_FIELD, "slug",
                          "This looks like the id of a tenant: a slug is no UUID.");
    return check_issuer(c, actor, tenant_id, slug);
}

RESULT tenant_slug_take_issuer(struct ctx *c, const struct actor *actor, const char *tenant_id,
                               const char *slug)
{
    TRY(check_issuer(c, actor, tenant_id, slug));
    return issuer_slug_put(c, slug, tenant_id);
}
