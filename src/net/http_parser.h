/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_PARSER_H
#define UAUTH_NET_HTTP_PARSER_H

/*
 * The strict HTTP/1.1 request parser (RFC 9112): pure functions over bytes, no allocation until the
 * request is built in its arena.  One request is read in two steps, the head (here) and the body
 * (Content-Length: counted by the caller; chunked: net/http_chunked.h).
 *
 * What is refused, whatever other servers make of it: bare CR or LF, folding, a space before a
 * colon, an empty or non-token name, control characters, values that are not UTF-8; no Host, two
 * Hosts, a Host that is not a host; any Content-Length but one of digits; Transfer-Encoding with
 * Content-Length, in HTTP/1.0, or other than "chunked"; repeated singleton fields; targets with
 * bad, needless or forbidden escapes, dot segments, empty segments, ';' or backslash.  The answer
 * to a refusal is always followed by closing the connection.
 */

#include "net/http_message.h"

enum {
    HTTP_HEAD_MAX = 16 * 1024,  /* bytes from the method to the empty line */
    HTTP_TARGET_MAX = 8 * 1024, /* bytes of the request target */
    HTTP_FIELDS_MAX = 64
};

/* Why a request is not taken. */
struct http_refusal {
    int status;      /* 400, 405, 413, 414, 417, 431, 501, 505; the server adds 408 and 503 */
    const char *why; /* for the log; static storage */
};

/* Whether a step of reading is done. */
enum http_step {
    HTTP_MORE,   /* needs more bytes */
    HTTP_READY,  /* done */
    HTTP_REFUSED /* the refusal is written; no more bytes are looked at */
};

/* A run of bytes inside the head. */
struct http_run {
    uint16_t at, n;
};

struct http_field {
    struct http_run name, value; /* name as it came; value without white space around it */
};

/* A head as runs of the bytes that it was read from, which the caller keeps. */
struct http_head {
    enum http_method method;
    bool minor_1;       /* HTTP/1.1; else 1.0 */
    bool keep_alive;    /* the client wants the connection kept (RFC 9112 9.3) */
    bool expects;       /* Expect: 100-continue, in HTTP/1.1 */
    bool chunked;       /* the body is chunked */
    bool repeats_proxy; /* a field that only proxies write stands twice (net/forwarded.h) */
    uint64_t length;    /* Content-Length; 0 if there is none */
    struct http_run path, query, host; /* host: the authority, with port */
    struct http_run host_name;         /* the host in it, without brackets */
    uint8_t host_is;                   /* enum url_host */
    uint16_t fields_n;
    struct http_field fields[HTTP_FIELDS_MAX]; /* names with '_' are left out (HT-05) */
};

/* Where reading stands; all zero before the first byte of a request. */
struct http_scan {
    uint32_t at;     /* bytes looked at */
    uint32_t target; /* bytes of the target so far */
    uint8_t state;
};

/*
 * Reads the head from `in`: all bytes of this request so far, and maybe more behind it.  `scan`
 * says how far the last call came, so feeding byte by byte costs the same as feeding all at once,
 * with the same outcome.  READY: `head` is written and `head_n` is the number of bytes it takes.
 * One empty line before the request line is skipped (RFC 9112 2.2).
 */
enum http_step http_head_read(struct http_scan *scan, struct bytes in, struct http_head *head,
                              size_t *head_n, struct http_refusal *refusal);

/*
 * Builds the request in `a` from `head` and the bytes `in` that it was read from: path decoded,
 * names in lower case, everything copied.  Body, and what the connection says, are left to the
 * caller.
 */
struct http_request *http_request_new(struct arena *a, const struct http_head *head,
                                      struct bytes in) __attribute__((returns_nonnull));

#endif
