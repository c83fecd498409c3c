/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_NET_HTTP_MESSAGE_H
#define UAUTH_NET_HTTP_MESSAGE_H

/*
 * A request as the parser leaves it and a response as the server writes it.  Both live in the
 * request's arena.
 */

#include "base/text.h"
#include "crypto/certificate.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS
};
enum { HTTP_METHODS = 7 };

struct http_header {
    const char *name;         /* in lower case */
    const char *value;        /* without the white space around it */
    uint32_t name_n, value_n; /* their lengths; of a response only */
};

struct http_request {
    enum http_method method;
    const char
        *path; /* decoded once; begins with '/', holds no NUL, no encoded slash, no dot segment */
    const char *query; /* as it came, without '?'; "" if there is none */
    const char *host;  /* the host of Host or of the absolute form, lower case, without port */
    const struct http_header *headers;
    size_t headers_n;
    struct bytes body;
    const char
        *peer; /* address of the caller: the connection's, or what a trusted proxy says; "unix" */
    bool tls;  /* came in by TLS, here or at a trusted proxy */
    bool by_proxy;             /* the connection is a trusted proxy's */
    struct certificates shown; /* in the handshake of this connection */
    bool minor_1;              /* HTTP/1.1 */
    unsigned listener;         /* the number that the plan gave to the listener it came in by */
};

/* The value of header `name` (lower case), or NULL.  Repeated singleton headers were refused by the
 * parser. */
const char *http_header(const struct http_request *request, const char *name);

enum { HTTP_RESPONSE_HEADERS_MAX = 32 };

struct http_response {
    int status;
    struct http_header headers[HTTP_RESPONSE_HEADERS_MAX];
    size_t headers_n;
    struct bytes body; /* Content-Length is written by the server */
    bool close;        /* close the connection after this */
};

/* Adds a header; CR, LF, NUL or other controls in name or value, or more than the maximum: must().
 */
void http_response_header(struct http_response *response, const char *name, const char *value);

/* A field whose name and value are literals. */
#define HTTP_FIELD(name, value)                                                                    \
    {                                                                                              \
        "" name "", "" value "", sizeof name - 1, sizeof value - 1                                 \
    }

/* Adds `field`, which is HTTP_FIELD's: in the tests it is looked at as others are, and then no
 * more. */
void http_response_field(struct http_response *response, const struct http_header *field);

/* "GET"; the name of a method. */
const char *http_method_name(enum http_method method);

/* The reason phrase of RFC 9110 15, or "". */
const char *http_reason(int status);

#endif
