/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_CHUNKED_H
#define UAUTH_NET_HTTP_CHUNKED_H

/*
 * The chunked transfer coding (RFC 9112 7.1), read strictly: sizes of at most eight hexadecimal
 * digits, CRLF only.  Extensions are checked, bounded and ignored; trailer fields are checked,
 * bounded and dropped.
 */

#include "net/http_parser.h"

enum {
    HTTP_CHUNK_EXTENSIONS_MAX = 1024, /* bytes of extensions in one body */
    HTTP_TRAILER_MAX = 4096           /* bytes of the trailer section */
};

/* Where reading stands; all zero before the first byte of the body. */
struct http_chunked {
    uint64_t left;  /* bytes of this chunk that are still to come */
    uint64_t total; /* bytes of data so far */
    uint32_t extensions, trailer;
    uint8_t state, digits;
};

/* What one call has read. */
struct http_chunk_run {
    size_t used;       /* bytes of `in` that are behind us */
    struct bytes data; /* the body bytes among them, inside `in`; n may be 0 */
};

/*
 * Reads on from `in`, which begins where the last call ended, up to the end of the next run of body
 * bytes.  MORE with all of `in` used: needs more bytes; MORE with some left: call again with what
 * follows.  READY: the body is complete.  413 as soon as the chunks together say more than
 * `body_max`.
 */
enum http_step http_chunked_read(struct http_chunked *chunked, struct bytes in, size_t body_max,
                                 struct http_chunk_run *run, struct http_refusal *refusal);

#endif
