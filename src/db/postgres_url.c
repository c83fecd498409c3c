/* SPDX-License-Identifier: Apache-2.0 */
#include "db/postgres_url.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64, HOSTS_BYTES = 1024 };

struct postgres_url {
    struct libpq pq;
    PQconninfoOption *options; /* own the values that come from the URL */
    const char *keywords[OPTIONS_MAX + 1];
    const char *values[OPTIONS_MAX + 1];
    size_t n;
};

struct row {
    const char *keyword, *value;
};

/* What the URL may say otherwise. */
/* clang-format off */
static const struct row defaults[] = {
    { "fallback_application_name", "uauth"      },
    { "gssencmode",                "disable"    },
    { "keepalives_idle",           "10"         },
    { "keepalives_interval",       "3"          },
    { "keepalives_count",          "3"          },
    { "tcp_user_timeout",          "5000"       },
    { "target_session_attrs",      "read-write" },
};
/* clang-format on */

const struct libpq *postgres_url_libpq(const struct postgres_url *u)
{
    return &u->pq;
}

const char *const *postgres_url_keywords(const struct postgres_url *u)
{
    return u->keywords;
}

const char *const *postgres_url_values(const struct postgres_url *u)
{
    return u->values;
}

const char *postgres_url_value(const struct postgres_url *u, const char *keyword)
{
    for (size_t i = 0; i < u->n; i++) {
        if (strcmp(u->keywords[i], keyword) == 0)
            return u->values[i];
    }
    return NULL;
}

static void add(struct postgres_url *u, const char *keyword, const char *value)
{
    must(u->n < OPTIONS_MAX);
    u->keywords[u->n] = keyword;
    u->values[u->n] = value;
    u->n++;
}

/* ---- where the server is ---- */

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* A socket of this machine, or its loopback.  "127.example.org" is neither. */
static bool is_here(const char *host)
{
    return host[0] == '\0' || host[0] == '/' || host[0] == '@' ||
           text_equal_nocase(host, "localhost") || is_loopback(host);
}

/* Whether each of `hosts`, separated by commas, is on this machine. */
static bool are_here(const char *hosts)
{
    char host[HOSTS_BYTES];
    for (;;) {
        size_t n = strcspn(hosts, ",");
        if (n >= sizeof host)
            return false;
        memcpy(host, hosts, n);
        host[n] = '\0';
        if (!is_here(host))
            return false;
        if (hosts[n] == '\0')
            return true;
        hosts += n + 1;
    }
}

/* What libpq takes for `keyword` if the URL does not say: PGHOST and the like. */
static bool default_is_here(const struct libpq *pq, const char *keyword)
{
    PQconninfoOption *all = pq->conndefaults();
    bool here = all != NULL;
    for (PQconninfoOption *at = all; at != NULL && at->keyword != NULL; at++) {
        if (strcmp(at->keyword, keyword) == 0)
            here = at->val == NULL || are_here(at->val);
    }
    pq->conninfoFree(all);
    return here;
}

static bool server_is_here(const struct postgres_url *u)
{
    const char *host = postgres_url_value(u, "host");
    const char *address = postgres_url_value(u, "hostaddr");
    if (postgres_url_value(u, "service") != NULL)
        return false; /* a file says where it is */
    if (address != NULL)
        return are_here(address);
    return default_is_here(&u->pq, "hostaddr") &&
           (host != NULL ? are_here(host) : default_is_here(&u->pq, "host"));
}

/* ---- reading ---- */

/* SR-09: nothing but a server that proves its name, unless the operator says so. */
static void fill(struct postgres_url *u)
{
    for (PQconninfoOption *at = u->options; at->keyword != NULL; at++) {
        if (at->val != NULL && strcmp(at->keyword, "client_encoding") != 0)
            add(u, at->keyword, at->val);
    }
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        if (postgres_url_value(u, defaults[i].keyword) == NULL)
            add(u, defaults[i].keyword, defaults[i].value);
    }
    if (postgres_url_value(u, "sslmode") == NULL && !server_is_here(u))
        add(u, "sslmode", "verify-full");
    add(u, "client_encoding", "UTF8");
}

static RESULT read(struct ctx *c, struct postgres_url *u, const char *url)
{
    char *why = NULL;
    TRY(libpq_open(c, &u->pq));
    u->options = u->pq.conninfoParse(url, &why);
    u->pq.freemem(why);
    if (u->options == NULL)
        return fail_field(c, INVALID_FIELD, "database_url",
                          "not a URL of PostgreSQL: postgres://user:password@host:5432/name, with "
                          "% before the hexadecimal code of what is no letter or digit in the "
                          "password, and parameters of libpq after a ?");
    fill(u);
    return ok();
}

RESULT postgres_url_read(struct ctx *c, const char *url, struct postgres_url **out)
{
    struct postgres_url *u = calloc(1, sizeof *u);
    if (u == NULL)
        return fail(c, UNAVAILABLE, "database: no memory to open it");
    err done = read(c, u, url);
    if (done.code != ERR_OK)
        free(u);
    else
        *out = u;
    return done;
}

void postgres_url_free(struct postgres_url *u)
{
    if (u == NULL)
        return;
    u->pq.conninfoFree(u->options);
    free(u);
}
