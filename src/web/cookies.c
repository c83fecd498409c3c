/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cookies.h"

#include "web/door.h"
#include "web/reply.h"

#include <string.h>

struct cookie {
    const char *plain;  /* on http://localhost */
    const char *secure; /* by https */
    const char *wide;   /* by https, with AUTH_COOKIE_DOMAIN; NULL: that does not concern it */
    const char *path;
    const char *same_site;
    bool http_only;
};

/* clang-format off */
/* RFC 6265bis 4.1.3: __Host- wants Secure, Path=/ and no Domain; __Secure- wants Secure. */
static const struct cookie cookies[COOKIE_KINDS] = {
    [COOKIE_SESSION] = { "session", "__Host-session",   "__Secure-session", "/",     "Lax",    true  },
    [COOKIE_CSRF]    = { "csrf",    "__Host-csrf",      NULL,               "/",     "Lax",    false },
    [COOKIE_REFRESH] = { "refresh", "__Secure-refresh", NULL,               "/auth", "Strict", true  },
    [COOKIE_DEVICE]  = { "device",  "__Host-device",    NULL,               "/",     "Lax",    true  },
    [COOKIE_BROWSER] = { "browser", "__Host-browser",   NULL,               "/",     "Lax",    true  },
    [COOKIE_SECOND]  = { "second",  "__Host-second",    NULL,               "/",     "Lax",    true  },
    [COOKIE_ENDED]   = { "ended",   "__Secure-ended",   NULL,               "/signed-out", "Lax", true },
    [COOKIE_ACTOR]   = { "actor",   "__Host-actor",     NULL,               "/",     "Lax",    true  },
    [COOKIE_WAITING] = { "waiting", "__Host-waiting",   NULL,               "/",     "Lax",    true  },
    [COOKIE_FEDERATION] = { "federation", "__Host-federation", NULL,            "/",     "None",   true  },
    [COOKIE_LANG]    = { "lang",    "__Host-lang",      NULL,               "/",     "Lax",    true  },
};
/* clang-format on */

static const char *domain_of(const struct door *door, enum cookie_kind kind)
{
    const char *domain = door->config->cookie_domain;
    return cookies[kind].wide == NULL || domain[0] == '\0' ? NULL : domain;
}

const char *cookie_name(const struct door *door, enum cookie_kind kind)
{
    const struct cookie *cookie = &cookies[kind];
    if (!door->secure)
        return cookie->plain;
    return domain_of(door, kind) != NULL ? cookie->wide : cookie->secure;
}

/* cookie-octet (RFC 6265 4.1.1). */
static bool is_octet(uint8_t c)
{
    return c > ' ' && c < 0x7f && strchr("\",;\\", c) == NULL;
}

static bool is_value(struct bytes value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (!is_octet(value.at[i]))
            return false;
    }
    return value.n > 0 && value.n <= COOKIE_VALUE_MAX;
}

static struct bytes take_pair(struct bytes *rest)
{
    const uint8_t *end = rest->n == 0 ? NULL : memchr(rest->at, ';', rest->n);
    size_t n = end == NULL ? rest->n : (size_t)(end - rest->at);
    struct bytes pair = { rest->at, n };
    size_t used = end == NULL ? n : n + 1;
    *rest = (struct bytes){ rest->at + used, rest->n - used };
    while (pair.n > 0 && (pair.at[0] == ' ' || pair.at[0] == '\t'))
        pair = (struct bytes){ pair.at + 1, pair.n - 1 };
    while (pair.n > 0 && (pair.at[pair.n - 1] == ' ' || pair.at[pair.n - 1] == '\t'))
        pair.n--;
    return pair;
}

size_t cookie_find(struct bytes field, const char *name, struct bytes *value)
{
    size_t found = 0;
    size_t name_n = strlen(name);
    for (struct bytes rest = field; rest.n > 0;) {
        struct bytes pair = take_pair(&rest);
        if (pair.n <= name_n || memcmp(pair.at, name, name_n) != 0 || pair.at[name_n] != '=')
            continue;
        if (found++ == 0)
            *value = (struct bytes){ pair.at + name_n + 1, pair.n - name_n - 1 };
    }
    return found;
}

RESULT cookie_get(struct req *r, enum cookie_kind kind, const char **value)
{
    struct bytes found = { NULL, 0 };
    const char *name = cookie_name(r->door, kind);
    const char *field = req_header(r, "cookie");
    size_t times = field == NULL ? 0 : cookie_find(bytes_of(field), name, &found);
    if (times > 1)
        return because(
            r->c, COOKIE_TWICE, NULL, NULL,
            fail_say(r->c, INVALID_REQUEST,
                     "A cookie of this service was sent twice. Clear the cookies of this site "
                     "and sign in again.",
                     "cookie %s came %zu times: one of them was planted", name, times));
    *value = times == 1 && is_value(found) ? text_copy(r->c->arena, (const char *)found.at, found.n)
                                           : NULL;
    return ok();
}

/* An earlier Set-Cookie of the same name in this answer is taken back: the last word counts. */
static void withdraw(struct req *r, const char *name)
{
    size_t kept = 0;
    size_t name_n = strlen(name);
    for (size_t i = 0; i < r->reply->headers_n; i++) {
        const struct http_header *header = &r->reply->headers[i];
        bool same = text_equal_nocase(header->name, "set-cookie") &&
                    text_starts(header->value, name) && header->value[name_n] == '=';
        if (!same)
            r->reply->headers[kept++] = *header;
    }
    r->reply->headers_n = kept;
}

/* RFC 6265bis 5.6.7: None is for cookies that are Secure. */
static const char *same_site(const struct door *door, const struct cookie *cookie)
{
    bool none = text_equal(cookie->same_site, "None");
    return none && !door->secure ? "Lax" : cookie->same_site;
}

static void put(struct req *r, enum cookie_kind kind, const char *value, const char *age)
{
    const struct cookie *cookie = &cookies[kind];
    const char *name = cookie_name(r->door, kind);
    const char *domain = domain_of(r->door, kind);
    struct text_buffer b = text_buffer(r->c->arena);
    text_addf(&b, "%s=%s; Path=%s", name, value, cookie->path);
    if (domain != NULL)
        text_addf(&b, "; Domain=%s", domain);
    text_addf(&b, "%s%s%s; SameSite=%s", age, cookie->http_only ? "; HttpOnly" : "",
              r->door->secure ? "; Secure" : "", same_site(r->door, cookie));
    withdraw(r, name);
    reply_header(r, "Set-Cookie", text_of(&b));
}

void cookie_set(struct req *r, enum cookie_kind kind, const char *value, int64_t max_age)
{
    must(is_value(bytes_of(value)) && max_age >= 0);
    put(r, kind, value,
        max_age == 0 ? "" : text_printf(r->c->arena, "; Max-Age=%lld", (long long)max_age));
}

void cookie_clear(struct req *r, enum cookie_kind kind)
{
    put(r, kind, "", "; Max-Age=0");
}
