/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outbound.h"

#include "base/config.h"
#include "base/text.h"
#include "base/time.h"
#include "net/outbound_proxy.h"
#include "net/resolver.h"
#include "net/ssrf.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { URL_BYTES = 2048 };

/* What of a URL matters for where a call goes.  libcurl's own parser reads it, and the same parsed
 * URL is used. */
struct target {
    const struct libcurl *lib;
    CURLU *url;
    const char *scheme, *host, *port;
};

static const char *part_of(struct ctx *c, const struct target *t, CURLUPart part)
{
    char *text = NULL;
    if (t->lib->url_get(t->url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return NULL;
    const char *copy = text_copy(c->arena, text, strlen(text));
    t->lib->free(text);
    return copy;
}

/* libcurl mends some URLs ("https:///x", a missing scheme); here they are refused. */
static bool is_acceptable(const char *url)
{
    const char *host = strstr(url, "://");
    return strlen(url) <= URL_BYTES && !text_has_control(url) && strpbrk(url, " \\") == NULL &&
           host != NULL && host[3] != '/' && host[3] != '\0';
}

static RESULT read_target(struct ctx *c, const char *url, enum outbound_origin origin,
                          struct target *out)
{
    struct target t = { .lib = NULL };
    TRY(libcurl_open(c, &t.lib));
    t.url = t.lib->url();
    if (t.url == NULL)
        return fail(c, UNAVAILABLE, "no memory for a URL");
    ARENA_OWN(c->arena, CURLU, t.lib->url_cleanup, t.url);
    unsigned flags = origin == OUTBOUND_FOREIGN ? CURLU_DISALLOW_USER : 0;
    if (!is_acceptable(url) || t.lib->url_set(t.url, CURLUPART_URL, url, flags) != CURLUE_OK)
        return fail(c, FORBIDDEN, "this is not a URL that can be called: %s", url);
    const char *zone = part_of(c, &t, CURLUPART_ZONEID);
    t.scheme = part_of(c, &t, CURLUPART_SCHEME);
    t.host = part_of(c, &t, CURLUPART_HOST);
    t.port = part_of(c, &t, CURLUPART_PORT);
    if (zone != NULL || t.scheme == NULL || t.host == NULL || t.port == NULL)
        return fail(c, FORBIDDEN, "this URL names no host or port that can be called: %s", url);
    *out = t;
    return ok();
}

static RESULT check_scheme(struct ctx *c, const struct target *t, enum outbound_origin origin)
{
    static const char *const known[] = { "https", "http", "smtps", "smtp" };
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        is_known = is_known || text_equal(t->scheme, known[i]);
    if (!is_known)
        return fail(c, FORBIDDEN, "calls by %s are not made", t->scheme);
    if (origin == OUTBOUND_PLATFORM)
        return ok();
    if (c->outbound != NULL && c->outbound->tls_only && text_equal(t->scheme, "http"))
        return fail(c, FORBIDDEN, "%s: http without TLS is not used", t->host);
    if (origin == OUTBOUND_CONFIGURED)
        return ok();
    if (!text_equal(t->scheme, "https") || !text_equal(t->port, "443"))
        return fail(c, FORBIDDEN, "%s: only https on port 443 is called for others", t->host);
    return ok();
}

static RESULT check_addresses(struct ctx *c, const struct target *t, enum outbound_origin origin,
                              const struct resolved *found, bool *loopback)
{
    bool near = origin == OUTBOUND_PLATFORM;
    *loopback = true;
    for (size_t i = 0; i < found->n; i++) {
        const struct sockaddr *address = (const struct sockaddr *)(const void *)&found->at[i];
        *loopback = *loopback && ssrf_is_loopback(address);
        near = near && !ssrf_is_public(address);
        if (origin == OUTBOUND_FOREIGN && !ssrf_is_public(address))
            return fail(c, FORBIDDEN, "%s has an address that is not public", t->host);
    }
    if (text_equal(t->scheme, "http") && !*loopback && !near)
        return fail(c, FORBIDDEN, "%s: http without TLS is used on this host only", t->host);
    return ok();
}

/* "host:port:address,address": libcurl connects to the checked addresses and looks nothing up.  An
 * address in brackets is none that it would look up, nor one that can stand there. */
static RESULT pin(struct ctx *c, CURL *curl, const struct target *t, const struct resolved *found)
{
    if (t->host[0] == '[')
        return ok();
    struct text_buffer entry = text_buffer(c->arena);
    text_addf(&entry, "%s:%s:", t->host, t->port);
    for (size_t i = 0; i < found->n; i++) {
        char literal[NI_MAXHOST];
        const struct sockaddr *address = (const struct sockaddr *)(const void *)&found->at[i];
        if (getnameinfo(address, sizeof found->at[i], literal, sizeof literal, NULL, 0,
                        NI_NUMERICHOST) != 0)
            return fail(c, UPSTREAM, "%s has an address that cannot be written", t->host);
        text_addf(&entry, i == 0 ? "%s" : ",%s", literal);
    }
    struct curl_slist *pinned = t->lib->slist_append(NULL, text_of(&entry));
    if (pinned == NULL)
        return fail(c, UNAVAILABLE, "no memory for the addresses of %s", t->host);
    ARENA_OWN(c->arena, struct curl_slist, t->lib->slist_free_all, pinned);
    (void)t->lib->easy_setopt(curl, CURLOPT_RESOLVE, pinned);
    return ok();
}

/* ME-19: a program that somebody starts in this process gets none of its connections. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)arg;
    (void)purpose;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static RESULT set_rules(struct ctx *c, CURL *curl, const struct target *t)
{
    const struct libcurl *lib = t->lib;
    (void)lib->easy_setopt(curl, CURLOPT_CURLU, t->url);
    (void)lib->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)lib->easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)lib->easy_setopt(curl, CURLOPT_PROXY, "");
    (void)lib->easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)lib->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)lib->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, t->scheme);
    (void)lib->easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)lib->easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    (void)lib->easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (c->outbound != NULL && c->outbound->user_agent != NULL)
        (void)lib->easy_setopt(curl, CURLOPT_USERAGENT, c->outbound->user_agent);
    const char *authorities = c->config->outbound_ca;
    if (authorities[0] != '\0' && lib->easy_setopt(curl, CURLOPT_CAINFO, authorities) != CURLE_OK)
        return fail(c, UNAVAILABLE, "the certificates in %s cannot be used", authorities);
    return ok();
}

/* A literal IPv6 host stands in brackets in a URL; the look-up takes it without. */
static const char *bare_host(struct arena *a, const char *host)
{
    size_t n = strlen(host);
    return host[0] == '[' && n > 2 ? text_copy(a, host + 1, n - 2) : host;
}

/* By a proxy, which looks the name up and sees the calls' TLS as bytes. */
static RESULT check_proxied(struct ctx *c, const struct target *t, enum outbound_origin origin)
{
    if (!text_equal(t->scheme, "https"))
        return fail(c, FORBIDDEN, "%s: nothing but https goes through a proxy", t->host);
    return origin == OUTBOUND_FOREIGN ? outbound_proxy_check(c, bare_host(c->arena, t->host))
                                      : ok();
}

/* Looks up and pins what is called directly. */
static RESULT set_way(struct ctx *c, struct resolver *resolver, const struct target *t,
                      enum outbound_origin origin, struct outbound *o)
{
    const char *host = bare_host(c->arena, t->host);
    const char *proxy = origin == OUTBOUND_PLATFORM ? NULL : outbound_proxy(c, host);
    struct resolved found;
    if (proxy != NULL) {
        TRY(check_proxied(c, t, origin));
        if (o->lib->easy_setopt(o->curl, CURLOPT_PROXY, proxy) != CURLE_OK ||
            o->lib->easy_setopt(o->curl, CURLOPT_NOPROXY, "") != CURLE_OK)
            return fail(c, UNAVAILABLE, "no memory for a call to %s", t->host);
        return ok();
    }
    unsigned port = (unsigned)strtoul(t->port, NULL, 10);
    TRY(resolver_find(c, resolver, host, port, o->deadline_ms, &found));
    TRY(check_addresses(c, t, origin, &found, &o->loopback));
    return pin(c, o->curl, t, &found);
}

struct outbound_lease {
    const struct libcurl *lib;
    struct outbound_kept *kept;
    CURL *curl;
};

static void end_lease(struct outbound_lease *lease)
{
    if (lease->curl != NULL)
        lease->lib->easy_cleanup(lease->curl);
}

/* One whose connections are there, or a new one. */
static RESULT take_curl(struct ctx *c, const struct target *t, const struct outbound_plan *plan,
                        struct outbound *o)
{
    struct outbound_lease *lease = ARENA_NEW(c->arena, struct outbound_lease);
    *lease = (struct outbound_lease){ .lib = t->lib, .kept = plan->kept };
    if (plan->kept != NULL) {
        must(plan->origin == OUTBOUND_CONFIGURED);
        lease->curl = outbound_kept_take(plan->kept);
    }
    if (lease->curl == NULL)
        lease->curl = t->lib->easy_init();
    if (lease->curl == NULL)
        return fail(c, UNAVAILABLE, "no memory for a call to %s", t->host);
    ARENA_OWN(c->arena, struct outbound_lease, end_lease, lease);
    o->lease = lease;
    o->curl = lease->curl;
    return ok();
}

void outbound_close(struct outbound *o)
{
    struct outbound_lease *lease = o->lease;
    if (lease->kept == NULL)
        return;
    outbound_kept_give(lease->kept, lease->lib, lease->curl);
    lease->curl = NULL;
    o->curl = NULL;
}

RESULT outbound_open(struct ctx *c, struct resolver *resolver, const struct outbound_plan *plan,
                     struct outbound *out)
{
    const struct outbound_rules *rules = c->outbound;
    int64_t limit_ms = plan->limit_ms;
    if (rules != NULL && rules->limit_ms > 0 && rules->limit_ms < limit_ms)
        limit_ms = rules->limit_ms;
    struct outbound o = { .deadline_ms = time_monotonic_ms() + limit_ms };
    struct target t;
    TRY(read_target(c, plan->url, plan->origin, &t));
    TRY(check_scheme(c, &t, plan->origin));
    o.host = t.host;
    o.lib = t.lib;
    TRY(take_curl(c, &t, plan, &o));
    TRY(set_rules(c, o.curl, &t));
    TRY(set_way(c, resolver, &t, plan->origin, &o));
    int64_t left = o.deadline_ms - time_monotonic_ms();
    (void)o.lib->easy_setopt(o.curl, CURLOPT_TIMEOUT_MS, (long)(left < 1 ? 1 : left));
    (void)o.lib->easy_setopt(o.curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(left < 1 ? 1 : left));
    (void)o.lib->easy_setopt(o.curl, CURLOPT_MAXLIFETIME_CONN, (long)OUTBOUND_KEPT_SECONDS);
    *out = o;
    return ok();
}

RESULT outbound_perform(struct ctx *c, struct outbound *o)
{
    char *why = arena_alloc(c->arena, CURL_ERROR_SIZE);
    (void)o->lib->easy_setopt(o->curl, CURLOPT_ERRORBUFFER, why);
    CURLcode code = o->lib->easy_perform(o->curl);
    if (code == CURLE_OK)
        return ok();
    return fail(c, UPSTREAM, "%s: %s", o->host, why[0] != '\0' ? why : o->lib->easy_strerror(code));
}
