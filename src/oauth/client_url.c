/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/client_url.h"

#include "base/config.h"

enum { PORT_OF_HTTPS = 443 };

static bool is_internal(const struct config *config, const struct url *url)
{
    return url->host != NULL && texts_hold(config->internal_hosts, url->host);
}

bool client_url_is_callable(const struct config *config, const struct url *url)
{
    bool by_tls = text_equal(url->scheme, "https");
    if (is_internal(config, url))
        return by_tls || (text_equal(url->scheme, "http") && url_is_loopback(url));
    return by_tls && url->host_is == URL_HOST_NAME && url_port(url) == PORT_OF_HTTPS &&
           !url_is_loopback(url);
}

bool client_url_is_internal(struct ctx *c, const char *url)
{
    struct url parsed;
    return url_parse(c->arena, bytes_of(url), &parsed) && is_internal(c->config, &parsed);
}

enum outbound_origin client_url_origin(struct ctx *c, const char *url)
{
    return client_url_is_internal(c, url) ? OUTBOUND_CONFIGURED : OUTBOUND_FOREIGN;
}
