/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_LIBCURL_H
#define UAUTH_NET_LIBCURL_H

/*
 * libcurl, which is opened by the first call to another server: with what it brings it is most of
 * the libraries of this process, and a service that calls nobody does without.
 */

#include "base/library.h"

#include <curl/curl.h>

/* The functions that are used, without "curl_". */
#define LIBCURL_FUNCTIONS                                                                          \
    X(easy_cleanup)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_perform)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_setopt)                                                                                 \
    X(easy_strerror)                                                                               \
    X(free)                                                                                        \
    X(getdate)                                                                                     \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)                                                                                     \
    X(version_info)

/* Each with the type that its header says. */
struct libcurl {
#define X(name) __typeof__(curl_##name) *name;
    LIBCURL_FUNCTIONS
#undef X
};

/*
 * *out lives in c->arena.  By any thread; the library sets itself up, once, when it is first used.
 * UNAVAILABLE, naming Debian's package, if it is not there or too old.
 */
RESULT libcurl_open(struct ctx *c, const struct libcurl **out);

struct library_version libcurl_version(const struct libcurl *curl);

#endif
