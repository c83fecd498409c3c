/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_url.h"

#include "oauth/client_metadata.h"

enum outbound_origin client_url_origin(struct ctx *c, const struct client_metadata *metadata,
                                       const char *url)
{
    bool own = texts_hold(metadata->foreign_urls, url);
    return !own && upstream_is_internal(c, url) ? OUTBOUND_CONFIGURED : OUTBOUND_FOREIGN;
}
