/* SPDX-License-Identifier: Apache-2.0 */
#include "web/hosts.h"

#include "net/address.h"
#include "net/url.h"

static bool is_http(const struct url *url)
{
    return text_equal(url->scheme, "https") || text_equal(url->scheme, "http");
}

bool hosts_is_loopback(const char *host)
{
    struct address address;
    if (text_equal(host, "localhost"))
        return true;
    return address_parse(bytes_of(host), &address) && address_is_loopback(&address);
}

const char *hosts_of_url(struct arena *a, const char *url)
{
    struct url parts;
    if (!url_parse(a, bytes_of(url), &parts) || !is_http(&parts))
        return NULL;
    return parts.host;
}

static RESULT add_name(struct ctx *c, const char *pattern, struct texts *names)
{
    struct address address;
    const char *name = text_lower(c->arena, pattern);
    if (address_parse(bytes_of(name), &address))
        name = address_text(c->arena, &address); /* as http_request.host writes it */
    else if (!host_is_pattern(name))
        return fail_field(c, INVALID_FIELD, "trusted_hosts",
                          text_printf(c->arena,
                                      "\"%s\" must be a host name, an address, or *.example.com",
                                      pattern));
    names->at[names->n++] = name;
    return ok();
}

static RESULT check_url(struct ctx *c, const char *public_url, struct url *out)
{
    if (!url_parse(c->arena, bytes_of(public_url), out) || !is_http(out))
        return fail_field(c, INVALID_FIELD, "public_url",
                          "must be an address such as https://auth.example.com");
    if (text_equal(out->scheme, "http") && !hosts_is_loopback(out->host))
        return fail_field(c, INVALID_FIELD, "public_url",
                          "plain http is for localhost only: anywhere else it would carry "
                          "passwords in the open");
    return ok();
}

RESULT hosts_new(struct ctx *c, const char *public_url, struct texts trusted, struct hosts *out)
{
    struct url url = { 0 };
    TRY(check_url(c, public_url, &url));
    struct texts names = { ARENA_NEWS(c->arena, const char *, trusted.n + 1), 0 };
    if (trusted.n == 0)
        names.at[names.n++] = url.host;
    for (size_t i = 0; i < trusted.n; i++)
        TRY(add_name(c, trusted.at[i], &names));
    *out = (struct hosts){ names, text_equal(url.scheme, "https") };
    return ok();
}

void hosts_add(struct arena *a, struct hosts *hosts, const char *host)
{
    struct texts names = { ARENA_NEWS(a, const char *, hosts->names.n + 1), 0 };
    for (size_t i = 0; i < hosts->names.n; i++)
        names.at[names.n++] = hosts->names.at[i];
    names.at[names.n++] = host;
    hosts->names = names;
}

bool hosts_serve(const struct hosts *hosts, const char *host)
{
    for (size_t i = 0; i < hosts->names.n; i++) {
        if (host_matches(host, hosts->names.at[i]))
            return true;
    }
    return hosts_is_loopback(host);
}
