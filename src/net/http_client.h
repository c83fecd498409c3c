/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_CLIENT_H
#define UAUTH_NET_HTTP_CLIENT_H

/*
 * The HTTP client.  Every call has a deadline and a largest answer; redirects are answers, never
 * followed; answers are asked for and taken uncompressed.  See net/outbound.h for what else holds.
 */

#include "net/outbound.h"

enum { HTTP_ANSWER_HEADERS_MAX = 100, HTTP_ANSWER_HEAD_BYTES = 32 * 1024 };

struct http_answer_header {
    const char *name; /* in lower case */
    const char *value;
};

struct http_call {
    const char *method; /* "GET", "POST", ... */
    const char *url;
    enum outbound_origin origin;
    const char *const *headers; /* "Name: value", without controls; n of them */
    size_t headers_n;
    struct bytes body;
    size_t answer_max;                         /* bytes of the answer's body; more is UPSTREAM */
    int64_t limit_ms;                          /* for everything: look-up, connect, TLS, answer */
    const char *certificate, *certificate_key; /* PEM: with which we show who we are (RFC 8705), the
                                                  certificate first in its chain; or NULL */
    const uint8_t *pinned; /* net/tls_pin.h: the only certificate that is taken; or NULL */
    struct outbound_kept
        *kept; /* whose connections are used again; NULL, as beside `pinned`: none */
};

struct http_answer {
    int status;
    struct http_answer_header headers[HTTP_ANSWER_HEADERS_MAX];
    size_t headers_n;
    struct bytes body;
};

/*
 * Makes the call.  FORBIDDEN: the URL or its addresses may not be called.  UPSTREAM: no proper
 * answer, for whatever reason; the text says which.  Any status is a proper answer.
 */
RESULT http_call(struct ctx *c, struct resolver *resolver, const struct http_call *call,
                 struct http_answer *out);

/* The value of header `name` (lower case), or NULL; of a repeated header the first. */
const char *http_answer_header(const struct http_answer *answer, const char *name);

#endif
