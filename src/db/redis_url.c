/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_url.h"

#include "base/codec.h"
#include "base/text.h"
#include "net/address.h"
#include "net/host.h"

#include <string.h>

static const struct scheme {
    const char *name;
    bool is_path, tls;
} schemes[] = {
    { "redis://", false, false },
    { "rediss://", false, true },
    { "unix://", true, false },
    { "redis+unix://", true, false },
};

/* Sub-delimiters and what needs no % in user information (RFC 3986 3.2.1), the colon apart. */
static const char user_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-._~%!$&'()*+,;=";

static RESULT refuse(struct ctx *c, const char *say)
{
    return fail_field(c, INVALID_FIELD, "redis_url", say);
}

static RESULT decode(struct ctx *c, struct bytes text, const char **out)
{
    return percent_decode(c->arena, text, out)
               ? ok()
               : refuse(c, "has a % without two hexadecimal digits, or a code of no UTF-8 text");
}

/* "user:password", ":password". */
static RESULT read_user(struct ctx *c, struct bytes text, struct redis_url *out)
{
    const char *given = text_copy(c->arena, (const char *)text.at, text.n);
    size_t user = strspn(given, user_characters);
    const char *password = given + user + 1;
    if (given[user] != ':' || strspn(password, user_characters) != strlen(password) ||
        password[0] == '\0')
        return refuse(c, "has before the @ no user:password or :password in which every other "
                         "character is written as % and its hexadecimal code");
    if (user > 0)
        TRY(decode(c, (struct bytes){ text.at, user }, &out->user));
    return decode(c, bytes_of(password), &out->password);
}

static RESULT read_database(struct ctx *c, const char *text, struct redis_url *out)
{
    bool is_plain = text[0] != '-' && (text[0] != '0' || text[1] == '\0');
    if (text[0] == '\0' || (is_plain && text_int(text, 0, REDIS_DATABASE_MAX, &out->database)))
        return ok();
    return refuse(c, "has something else than the number of a database behind the server, as in "
                     "redis://host:6379/0");
}

/* "host:port/3" */
static RESULT read_server(struct ctx *c, const char *text, struct redis_url *out)
{
    struct host_parts parts;
    size_t n = strcspn(text, "/?#");
    if (memchr(text, ',', n) != NULL)
        return refuse(c, "names several servers: Redis Cluster and Sentinel are not spoken; name "
                         "one server, or a proxy that follows the primary");
    if (!host_split((struct bytes){ (const uint8_t *)text, n }, &parts))
        return refuse(c, "has no host name or address, and perhaps a port, behind the //");
    out->host = host_text(c->arena, &parts);
    out->port = parts.port == 0 ? REDIS_PORT : parts.port;
    if (text[n] == '\0')
        return ok();
    return read_database(c, text[n] == '/' ? text + n + 1 : text + n, out);
}

/* "/run/redis.sock?db=3" */
static RESULT read_path(struct ctx *c, const char *text, struct redis_url *out)
{
    size_t n = strcspn(text, "?#");
    TRY(decode(c, (struct bytes){ (const uint8_t *)text, n }, &out->path));
    if (text[0] != '/' || n < 2 || strlen(out->path) > REDIS_PATH_MAX)
        return refuse(c, "has no path of a socket, as in unix:///run/redis/redis.sock, of at most "
                         "107 bytes");
    if (text[n] == '\0')
        return ok();
    if (!text_starts(text + n, "?db=") || text[n + strlen("?db=")] == '\0')
        return refuse(c,
                      "may have ?db= and the number of a database behind the path, nothing else");
    return read_database(c, text + n + strlen("?db="), out);
}

static const struct scheme *scheme_of(const char *url)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (text_starts(url, schemes[i].name))
            return &schemes[i];
    }
    return NULL;
}

RESULT redis_url_read(struct ctx *c, const char *url, struct redis_url *out)
{
    struct redis_url read = { 0 };
    const struct scheme *scheme = scheme_of(url);
    if (scheme == NULL)
        return refuse(c, "begins with none of redis://, rediss://, unix:// and redis+unix://");
    const char *rest = url + strlen(scheme->name);
    /* User information ends at the last @ before the path. */
    size_t authority = strcspn(rest, "/?#");
    const char *at = memrchr(rest, '@', authority);
    if (at != NULL) {
        TRY(read_user(c, (struct bytes){ (const uint8_t *)rest, (size_t)(at - rest) }, &read));
        rest = at + 1;
    }
    read.tls = scheme->tls;
    TRY(scheme->is_path ? read_path(c, rest, &read) : read_server(c, rest, &read));
    *out = read;
    return ok();
}

bool redis_url_is_here(const struct redis_url *url)
{
    struct address address;
    if (url->path != NULL || text_equal(url->host, "localhost"))
        return true;
    return address_parse(bytes_of(url->host), &address) && address_is_loopback(&address);
}
