/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outbound_proxy.h"

#include "base/text.h"
#include "net/host.h"
#include "net/ssrf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

/* Whether `host` is an address literal, as inet_pton(3) reads one. */
static bool read_literal(const char *host, struct sockaddr_storage *out)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
        memcpy(out, &four, sizeof four);
    else if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
        memcpy(out, &six, sizeof six);
    else
        return false;
    return true;
}

static bool is_own(const char *host)
{
    struct sockaddr_storage address;
    return host_is_localhost(host) ||
           (read_literal(host, &address) &&
            ssrf_is_loopback((const struct sockaddr *)(const void *)&address));
}

/* Whether the pattern of `m` bytes names `host`: itself, or with a dot before it a suffix. */
static bool matches(const char *host, const char *pattern, size_t m)
{
    size_t n = strlen(host);
    if (m == 0 || n < m)
        return false;
    return (n == m || pattern[0] == '.') && strncasecmp(host + n - m, pattern, m) == 0;
}

static bool is_left_out(const char *no_proxy, const char *host)
{
    while (no_proxy != NULL && *no_proxy != '\0') {
        no_proxy += strspn(no_proxy, ", ");
        size_t m = strcspn(no_proxy, ", ");
        if (matches(host, no_proxy, m))
            return true;
        no_proxy += m;
    }
    return false;
}

const char *outbound_proxy(const struct ctx *c, const char *host)
{
    const struct outbound_rules *rules = c->outbound;
    if (rules == NULL || rules->proxy == NULL || is_own(host) || is_left_out(rules->no_proxy, host))
        return NULL;
    return rules->proxy;
}

RESULT outbound_proxy_check(struct ctx *c, const char *host)
{
    struct sockaddr_storage address;
    if (host_is_localhost(host))
        return fail(c, FORBIDDEN, "%s is this host", host);
    if (read_literal(host, &address) &&
        !ssrf_is_public((const struct sockaddr *)(const void *)&address))
        return fail(c, FORBIDDEN, "%s is not public", host);
    return ok();
}
