/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_H
#define UAUTH_BASE_H

/*
 * What all parts of the library share: the context, results, errors, memory.
 *
 * There is no global state.  Every function may be called from any thread, and one context, and
 * what is made from it, may be shared by any number of them; only what is freed must not be in use.
 *
 * Memory: what a function hands out by `**out` is the caller's, and one call of the function that
 * is named after it frees all of it (NULL is fine).  Texts that are read from it live as long.
 * Whatever goes in is copied where it is kept.  Objects are freed before the context that they were
 * made from.
 *
 * Structs that go in begin with their size, so that a program that was built with an older header
 * runs with a newer library, and the reverse as long as it asks for nothing new:
 *
 *     struct uauth_options options = { .size = sizeof options, .ca_file = "/etc/ssl/our-ca.pem" };
 *
 * What comes out is opaque and read by functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UAUTH_API __attribute__((visibility("default")))

/* The version of this header; uauth_version() tells that of the library. */
#define UAUTH_VERSION "0.1.0"

/* The context: connections, documents that are kept, memory for calls. */
struct uauth;

/* Why a call has failed. */
struct uauth_error;

/* What has become of a call. Numbers stay as they are; further ones may be added. */
enum uauth_result {
    UAUTH_OK = 0,
    UAUTH_ARGUMENT = 1,     /* the program asks for what cannot be: see uauth_error_text */
    UAUTH_MEMORY = 2,       /* there is none left */
    UAUTH_INTERNAL = 3,     /* something went wrong here */
    UAUTH_UPSTREAM = 4,     /* a server could not be reached, or did not answer properly */
    UAUTH_UNAVAILABLE = 5,  /* a server wants to be asked later: uauth_error_retry_after */
    UAUTH_FORBIDDEN = 6,    /* the library does not call this address */
    UAUTH_NOT_FOUND = 7,    /* there is no such thing */
    UAUTH_IO = 8,           /* a file could not be read or written */
    UAUTH_REFUSED = 9,      /* a server has refused: uauth_error_code says with which error */
    UAUTH_INTERACTION = 10, /* a person has to do something first */
    UAUTH_PENDING = 11,     /* a person has not done it yet */
    /* What a resource server answers; uauth_error_status and uauth_error_challenge say how. */
    UAUTH_NO_TOKEN = 20,           /* the request carries no access token */
    UAUTH_INVALID_TOKEN = 21,      /* the token is not good, or not for this resource */
    UAUTH_INSUFFICIENT_SCOPE = 22, /* it is good, and does not allow this */
    UAUTH_STEP_UP = 23,            /* the user has to sign in again, or more strongly */
    UAUTH_INVALID_PROOF = 24,      /* the proof of possession is not good */
    UAUTH_USE_NONCE = 25           /* it has to carry a nonce of ours */
};

/* The name of a result: "INVALID_TOKEN". */
UAUTH_API const char *uauth_result_name(enum uauth_result result);

/* The version of the library: "0.1.0". */
UAUTH_API const char *uauth_version(void);

/* ---- the context ---- */

enum uauth_log_level { UAUTH_LOG_DEBUG, UAUTH_LOG_INFO, UAUTH_LOG_WARN, UAUTH_LOG_ERROR };

/* All but `size` may be left out. */
struct uauth_options {
    size_t size;
    const char *ca_file;    /* PEM: the certificates that servers are trusted by; NULL: the
                               system's */
    const char *proxy;      /* "http://proxy.example:3128"; NULL: none.  Those of the environment
                               are not used.  Names are then looked up by the proxy. */
    const char *no_proxy;   /* hosts that are called without it: "a.example,.b.example"; loopback
                               always is */
    const char *user_agent; /* NULL: "libuauth/VERSION" */
    int64_t timeout_ms;     /* the longest that one call to a server may take; 0: as each kind of
                               call has it, at most 10 s */
    bool insecure_loopback; /* http without TLS is good for servers on this host: for tests */
    const void *secret;     /* 32 random bytes that all processes of a service share: DPoP nonces of
                               one are then good at the others; NULL: new ones */
    size_t secret_n;
    /* Gets one JSON object a line, without its line feed and without secrets; called from any
     * thread.  NULL: nothing is logged. */
    void (*log)(void *log_arg, enum uauth_log_level level, const char *line);
    void *log_arg;
    enum uauth_log_level log_level; /* from which on */
};

/* Makes a context.  `options` may be NULL.  ARGUMENT, MEMORY. */
UAUTH_API enum uauth_result uauth_new(const struct uauth_options *options, struct uauth **out,
                                      struct uauth_error **error);

UAUTH_API void uauth_free(struct uauth *uauth);

/* ---- texts ---- */

/* A text that is handed out by itself. */
struct uauth_text;

UAUTH_API const char *uauth_text(const struct uauth_text *text);
UAUTH_API void uauth_text_free(struct uauth_text *text);

/* ---- errors ----
 *
 * Every call that can fail takes `error`, which may be NULL.  It is written by each call: NULL when
 * all is well, else an object that the caller frees.  Its functions take NULL too: there is then
 * nothing to tell.
 */

UAUTH_API enum uauth_result uauth_error_result(const struct uauth_error *error);

/* Why, in English, for a log or whoever runs the program; never with a secret in it. */
UAUTH_API const char *uauth_error_text(const struct uauth_error *error);

/* The OAuth error code (RFC 6749 5.2, RFC 6750 3.1): what the server said, or what to answer;
 * NULL: there is none. */
UAUTH_API const char *uauth_error_code(const struct uauth_error *error);

/* Seconds after which another try makes sense; 0: nobody has said. */
UAUTH_API int64_t uauth_error_retry_after(const struct uauth_error *error);

/* The HTTP status that a resource server answers with: 401, 403, 503...; 0: without an error. */
UAUTH_API int uauth_error_status(const struct uauth_error *error);

UAUTH_API void uauth_error_free(struct uauth_error *error);

#ifdef __cplusplus
}
#endif

#endif
