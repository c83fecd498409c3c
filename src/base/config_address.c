/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config_source.h"

#include <arpa/inet.h>
#include <string.h>

bool config_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return text_equal_nocase(host, "localhost");
}

bool config_is_host(const char *host)
{
    struct in6_addr v6;
    size_t n = strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");
    if (n > 0 && host[n] == '\0')
        return n <= 253 && host[0] != '.' && host[0] != '-';
    return inet_pton(AF_INET6, host, &v6) == 1;
}

bool config_split_address(struct arena *a, const char *text, const char **host, int64_t *port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !text_int(colon + 1, 0, 65535, port) || colon[1] == '-')
        return false;
    bool bracketed = text[0] == '[' && colon - text > 2 && colon[-1] == ']';
    const char *found = bracketed ? text_copy(a, text + 1, (size_t)(colon - text) - 2)
                                  : text_copy(a, text, (size_t)(colon - text));
    /* Without brackets it is not clear where an IPv6 address ends. */
    if (!config_is_host(found) || bracketed != (strchr(found, ':') != NULL))
        return false;
    *host = found;
    return true;
}

const char *config_url_host(struct arena *a, const char *url)
{
    const char *from = strstr(url, "://");
    must(from != NULL);
    from += 3;
    if (*from == '[')
        return text_copy(a, from + 1, strcspn(from + 1, "]"));
    return text_copy(a, from, strcspn(from, ":/"));
}

bool config_is_range(struct arena *a, const char *range)
{
    const char *slash = strchr(range, '/');
    const char *address = slash == NULL ? range : text_copy(a, range, (size_t)(slash - range));
    struct in_addr v4;
    struct in6_addr v6;
    int64_t bits = 0;
    int64_t most = inet_pton(AF_INET, address, &v4) == 1    ? 32
                   : inet_pton(AF_INET6, address, &v6) == 1 ? 128
                                                            : 0;
    return most > 0 && (slash == NULL || text_int(slash + 1, 1, most, &bits));
}

bool config_takes_certificates(const struct config *config)
{
    return config->tls_client_certs != 0 || config->client_cert_header;
}

bool config_is_local(struct ctx *c, const struct config *config)
{
    struct texts listen = text_split(c->arena, config->listen, ',');
    for (size_t i = 0; i < listen.n; i++) {
        const char *address = text_trim(c->arena, listen.at[i]);
        const char *host = NULL;
        int64_t port = 0;
        if (text_starts(address, "unix:"))
            continue;
        if (!config_split_address(c->arena, address, &host, &port) || !config_is_loopback(host))
            return false;
    }
    return true;
}
