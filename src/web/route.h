/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_ROUTE_H
#define UAUTH_WEB_ROUTE_H

/*
 * One endpoint as data.  The table of all endpoints is app/routes.c; the router, the stages, the
 * limits, CORS, OpenAPI and the documentation are read from it.  A row gives its first ten columns
 * in order and the others by name:
 *
 *     { "POST", "/auth/login", &guard_open, NULL, "login", PROBLEM, &login_request_shape,
 * &session_shape, post_login, "Sign in with a password", .cost = HASH, .flags = CHALLENGE },
 *
 * What a row leaves out is the strict choice: JSON in, nothing cached, no foreign origin, 64 KiB of
 * body.
 */

#include "base/shape.h"

struct req;
struct guard; /* web/guard.h */

/* How a failure is told to the caller (web/reply.h). */
enum route_errors {
    PROBLEM,  /* RFC 9457 problem+json */
    OAUTH,    /* RFC 6749 5.2, RFC 6750 3 */
    REDIRECT, /* RFC 6749 4.1.2.1 once the redirect URI is proven (req.redirect_uri), else as PAGE
               */
    PAGE      /* HTML for people */
};

/* Which queue runs it: decided when the head is complete. */
enum route_cost {
    PLAIN,   /* SQL and signatures */
    INLINE,  /* memory only: answered on the I/O thread, without a database */
    HASH,    /* may hash a password */
    OUTBOUND /* may call another server */
};

enum route_flag {
    FORM = 1 << 0,       /* the body is application/x-www-form-urlencoded instead of JSON */
    READ_ONLY = 1 << 1,  /* changes nothing whatever the method: no CSRF check (forward-auth) */
    CHALLENGE = 1 << 2,  /* may ask for a proof of work (web/challenge.h) */
    RECENT = 1 << 3,     /* the sign-in must be at most RECENT_SECONDS old, else STEP_UP_REQUIRED */
    CORS_ANY = 1 << 4,   /* any origin may read it, without credentials (key sets, discovery) */
    CORS_NEVER = 1 << 5, /* no origin may read it (RFC 9700 2.6: the authorization endpoint) */
    ANY_HOST = 1 << 6,   /* answers whatever the Host: signs of life */
    QUIET = 1 << 7,      /* its successes are not in the access log: signs of life */
    ANY_ORIGIN =
        1 << 8,    /* unauthenticated or client-authenticated calls from any site: uses no cookie */
    BODY = 1 << 9, /* the input of a DELETE is its body: secrets do not belong in a query */
    BODY_OPTIONAL = 1 << 10, /* no body at all counts as {} (requestBody.required is false) */
    CHANGING = 1 << 11, /* also for who has to change their password first (LOGIN_ACR_CHANGE) */
    HOSTED = 1 << 12, /* a page for people, or what its forms post to: the CSRF token is a field of
                        the form; whoever has to sign in, confirm or change a password first is sent
                        there; not in OpenAPI */
    CORS_CLIENT = 1 << 13, /* also the origins of the client that calls (req.origins), without
                              credentials */
    CLIENTS = 1 << 14,     /* a token that another client than our own API has will do without the
                              permission of a column */
    IN_TENANT = 1 << 18,   /* only for a person who acts in a tenant */
    OPERATOR = 1 << 15,    /* only for one who acts in the default tenant, whose the service is */
    API_KEYS = 1 << 20,    /* an API key will do without the permission of a column */
    OWN_SHAPE = 1 << 19,  /* the handler reads the body itself, with refusals of its own; `in` tells
                             what it is */
    IF_MATCH = 1 << 16,   /* asks for If-Match (web/precondition.h) */
    IDEMPOTENT = 1 << 17, /* takes an Idempotency-Key (web/idempotency.h) */
    ISSUER = 1 << 21,     /* also at the issuer of each tenant that has one (token/issuer.h) */
    IMPERSONATED = 1 << 22, /* also for who acts as a user (identity/impersonation.h) */
    MANY_ROWS = 1 << 23     /* pages of rows that may be large: in ROUTE_ROWS_CEILING of memory */
};

enum { RECENT_SECONDS = 300, ROUTE_BODY_MAX = 64 * 1024, ROUTE_PARAMS_MAX = 4 };

/* PAGE_MAX rows with all that a body of ROUTE_BODY_MAX may have brought, read and written again. */
enum { ROUTE_ROWS_CEILING = 64 << 20 };

struct route {
    const char *method; /* "GET" also answers HEAD; "*": every method */
    const char *path; /* "/admin/users/{id}"; a last segment "*" takes what follows, also nothing */
    const struct guard *guard; /* who may call */
    const char *permission;    /* "users:read"; NULL: none beyond the guard */
    const char *limit;         /* name of a class of app/limits.c */
    uint8_t errors;            /* enum route_errors */
    const struct shape *in;    /* the body; of GET, HEAD and DELETE the query; NULL: no input */
    const struct shape *out;   /* of a success, or NULL */
    RESULT (*handler)(struct req *r);
    const char *summary; /* one line, for OpenAPI and the documentation */

    uint8_t cost;              /* enum route_cost */
    uint16_t status;           /* of a success; 0: 200 with `out`, else 204 */
    uint32_t flags;            /* enum route_flag */
    uint32_t body_max;         /* bytes; 0: ROUTE_BODY_MAX where `in` is a body, else none */
    const struct shape *query; /* the query beside a body; read into req.query */
    const char *event;  /* the audit event that a success writes (identity/events.def), for the
                           documentation */
    int64_t deprecated; /* Unix seconds; Deprecation (RFC 9745); 0: not */
    int64_t sunset;     /* Unix seconds; Sunset (RFC 8594); 0: none */
};

/* The bodies that `route` takes, in bytes: what the server may read. */
size_t route_body_max(const struct route *route);

/* Whether its input is in the body. */
bool route_has_body(const struct route *route);

/* The status of its success. */
int route_status(const struct route *route);

#endif
