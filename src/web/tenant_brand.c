/* SPDX-License-Identifier: Apache-2.0 */
#include "web/tenant_brand.h"

#include "base/codec.h"
#include "base/picture.h"
#include "store/tenant_logos.h"
#include "store/tenants.h"
#include "web/accent.h"
#include "web/reply.h"

const char *tenant_logo_path(struct arena *a, const char *logo)
{
    return logo == NULL ? NULL : text_printf(a, "/tenant-logos/%s", logo);
}

RESULT tenant_brand_find(struct ctx *c, const char *tenant_id, const struct page_brand **out)
{
    const struct tenant_row *tenant = NULL;
    *out = NULL;
    if (tenant_id != NULL)
        TRY(tenant_find(c, tenant_id, &tenant));
    if (tenant == NULL)
        return ok();
    struct page_brand *brand = ARENA_NEW(c->arena, struct page_brand);
    brand->name = text_equal(tenant->id, TENANT_DEFAULT_ID) ? NULL : tenant->name;
    brand->logo_path = tenant_logo_path(c->arena, tenant->logo);
    brand->accent_path =
        tenant->accent == NULL ? NULL : accent_asset_path(c->arena, tenant->accent);
    *out = brand;
    return ok();
}

/* The kind is read from the bytes once more: what was stored as something else is not served. */
RESULT get_tenant_logo(struct req *r)
{
    const char *name = req_param(r, "name");
    const char *content = NULL;
    struct picture picture;
    struct reply_fixed fixed = { .immutable = true };
    TRY(tenant_logo_find(r->c, name, &content));
    if (content == NULL || !base64_decode(r->c->arena, bytes_of(content), true, &fixed.bytes) ||
        !picture_read(fixed.bytes, &picture))
        return fail(r->c, NOT_FOUND, "no picture is called %s", name);
    fixed.media = picture.media;
    fixed.etag = reply_etag(r->c->arena, fixed.bytes);
    return reply_fixed(r, &fixed);
}
