/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_REPLY_H
#define UAUTH_NET_HTTP_REPLY_H

/*
 * A response as bytes (RFC 9112 4, 6): one run, so that it is written in one call.
 */

#include "net/buffer.h"
#include "net/http_parser.h"

/* The Date field of the running second, made once a second.  One for each thread. */
struct http_date {
    int64_t at;
    char text[32];
};

struct http_reply_how {
    bool head_only;  /* the request was HEAD */
    bool close;      /* say that the connection ends */
    bool keep_alive; /* say that it does not, to an HTTP/1.0 client */
};

/* What a thread writes responses with. */
struct http_writer {
    struct buffer_pool *pool; /* or NULL */
    struct arena *arena;
    struct http_date *date;
};

/* The bytes of `response`; NULL if there is no memory. */
struct buffer *http_reply_write(const struct http_writer *writer,
                                const struct http_response *response, struct http_reply_how how);

/* Writes a short problem document (RFC 9457) for what the server itself refuses; text in `a`. */
void http_reply_problem(struct arena *a, const struct http_refusal *refusal,
                        struct http_response *response);

/*
 * Gives a refusal its status, which is not the application's to choose, and the fields that go with
 * it: Retry-After (seconds; 0: none) and, for 405, Allow.
 */
void http_reply_refuse(struct arena *a, int status, int64_t retry_after,
                       struct http_response *response);

#endif
