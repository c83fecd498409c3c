/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_url.h"

#include "base/config.h"
#include "oauth/client_metadata.h"

enum { PORT_OF_HTTPS = 443 };

bool client_url_is_callable(struct texts inside, const struct url *url)
{
    if (url->host != NULL && texts_hold(inside, url->host))
        return url_is_private(url);
    return text_equal(url->scheme, "https") && url->host_is == URL_HOST_NAME &&
           url_port(url) == PORT_OF_HTTPS && !url_is_loopback(url);
}

bool client_url_is_internal(struct ctx *c, const char *url)
{
    struct url parsed;
    return url_parse(c->arena, bytes_of(url), &parsed) && parsed.host != NULL &&
           texts_hold(c->config->internal_hosts, parsed.host);
}

enum outbound_origin client_url_origin(struct ctx *c, const struct client_metadata *metadata,
                                       const char *url)
{
    bool own = texts_hold(metadata->foreign_urls, url);
    return !own && client_url_is_internal(c, url) ? OUTBOUND_CONFIGURED : OUTBOUND_FOREIGN;
}
