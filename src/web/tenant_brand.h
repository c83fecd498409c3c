/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_TENANT_BRAND_H
#define UAUTH_WEB_TENANT_BRAND_H

/*
 * How a tenant presents itself on the pages for its applications and its members: name, picture and
 * colour.  All of it comes from our own origin, so that the strict policy of pages holds.
 */

#include "web/page.h"

/* That of the tenant; NULL for none (NULL) and for one that is not there.  The default one keeps
 * the name of the service. */
RESULT tenant_brand_find(struct ctx *c, const char *tenant_id, const struct page_brand **out);

/* Where the picture `logo` (store/tenant_logos.h) is found; NULL for NULL. */
const char *tenant_logo_path(struct arena *a, const char *logo);

/* Handler of GET /tenant-logos/{name}: immutable. */
RESULT get_tenant_logo(struct req *r);

#endif
