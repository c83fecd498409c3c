/* SPDX-License-Identifier: Apache-2.0 */
#include "app/libraries.h"

#include "base/text.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <libpq-fe.h>
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

/* 150020 is 15.20. */
static struct library_version version_of_libpq(void)
{
    unsigned number = (unsigned)PQlibVersion();
    return (struct library_version){ number / 10000, number % 10000, 0 };
}

/* 0x075801 is 7.88.1. */
static struct library_version version_of_curl(void)
{
    unsigned number = curl_version_info(CURLVERSION_NOW)->version_num;
    return (struct library_version){ number >> 16, number >> 8 & 255, number & 255 };
}

/* 0x02010c00 is 2.1.12. */
static struct library_version version_of_libevent(void)
{
    unsigned number = event_get_version_number();
    return (struct library_version){ number >> 24, number >> 16 & 255, number >> 8 & 255 };
}

/* clang-format off */
static const struct library known[] = {
    { "openssl",       { 3, 0, 0 },  "keys are made from their numbers",    version_of_openssl  },
    { "sqlite3",       { 3, 35, 0 }, "statements return what they changed", version_of_sqlite   },
    { "libpq",         { 14, 0, 0 }, "statements are sent in a row",        version_of_libpq    },
    { "libcurl",       { 7, 85, 0 }, "protocols are bounded by name",       version_of_curl     },
    { "libevent_core", { 2, 1, 0 },  "timers follow a clock that is steady", version_of_libevent },
};
/* clang-format on */

const struct library *libraries(size_t *n)
{
    *n = sizeof known / sizeof known[0];
    return known;
}

static bool is_older(struct library_version a, struct library_version b)
{
    if (a.major != b.major)
        return a.major < b.major;
    return a.minor != b.minor ? a.minor < b.minor : a.patch < b.patch;
}

RESULT libraries_check(struct ctx *c, const struct library *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct library_version loaded = all[i].loaded();
        if (is_older(loaded, all[i].needed))
            return fail(c, UNAVAILABLE, "%s %s is loaded, and %s or later is needed (%s)",
                        all[i].name, library_version_text(c->arena, loaded),
                        library_version_text(c->arena, all[i].needed), all[i].why);
    }
    return ok();
}

const char *library_version_text(struct arena *a, struct library_version version)
{
    return text_printf(a, "%u.%u.%u", version.major, version.minor, version.patch);
}
