/* SPDX-License-Identifier: Apache-2.0 */
#include "app/libraries.h"

#include "db/libpq.h"
#include "net/libcurl.h"

#include <event2/event.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

static struct library_version version_of_openssl(void)
{
    return (struct library_version){ OPENSSL_version_major(), OPENSSL_version_minor(),
                                     OPENSSL_version_patch() };
}

/* 3040001 is 3.40.1. */
static struct library_version version_of_sqlite(void)
{
    unsigned number = (unsigned)sqlite3_libversion_number();
    return (struct library_version){ number / 1000000, number / 1000 % 1000, number % 1000 };
}

/* 0x02010c00 is 2.1.12. */
static struct library_version version_of_libevent(void)
{
    unsigned number = event_get_version_number();
    return (struct library_version){ number >> 24, number >> 16 & 255, number >> 8 & 255 };
}

/* clang-format off */
static const struct library_linked linked[] = {
    { { "openssl",       { 3, 0, 0 },  "keys are made from their numbers"     }, version_of_openssl  },
    { { "sqlite3",       { 3, 37, 0 }, "changes are counted in 64 bits"       }, version_of_sqlite   },
    { { "libevent_core", { 2, 1, 0 },  "timers follow a clock that is steady" }, version_of_libevent },
};
/* clang-format on */

static RESULT open_libcurl(struct ctx *c, struct library_version *loaded)
{
    const struct libcurl *curl = NULL;
    TRY(libcurl_open(c, &curl));
    *loaded = libcurl_version(curl);
    return ok();
}

static RESULT open_libpq(struct ctx *c, struct library_version *loaded)
{
    struct libpq pq;
    TRY(libpq_open(c, &pq));
    *loaded = libpq_version(&pq);
    return ok();
}

static const struct library_later later[] = {
    { "libpq", open_libpq },
    { "libcurl", open_libcurl },
};

const struct library_linked *libraries_linked(size_t *n)
{
    *n = sizeof linked / sizeof linked[0];
    return linked;
}

const struct library_later *libraries_later(size_t *n)
{
    *n = sizeof later / sizeof later[0];
    return later;
}

RESULT libraries_check(struct ctx *c)
{
    for (size_t i = 0; i < sizeof linked / sizeof linked[0]; i++)
        TRY(library_check(c, &linked[i].need, linked[i].loaded()));
    return ok();
}
