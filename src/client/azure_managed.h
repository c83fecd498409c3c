/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_AZURE_MANAGED_H
#define UAUTH_CLIENT_AZURE_MANAGED_H

/*
 * Managed identities: the seven places that give them out differ in where they are asked, how, and
 * which errors pass (entra.md 2.1 to 2.7).  A place is one file that ends in one `const struct
 * managed_place`, and one line in azure_managed.c.
 */

#include "client/azure_source.h"
#include "net/http_client.h"

enum { MANAGED_HEADERS_MAX = 4, MANAGED_ANSWER_MAX = 64 * 1024, MANAGED_LIMIT_MS = 10000 };

/* The chosen identity: at most one is not NULL. */
struct managed_identity {
    const char *client_id, *object_id, *resource_id;
};

/* What a place is asked. */
struct managed_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *headers[MANAGED_HEADERS_MAX];
    size_t headers_n;
    const char *body; /* or NULL */
    const uint8_t *pinned;
    const struct managed_retry *retry;
};

/* Which answers are asked for again. */
struct managed_retry {
    const int *statuses; /* 0 at the end; -1: every 5xx */
    unsigned times;
    int64_t first_ms;
    bool doubles;          /* each wait is twice the one before, less up to a half by chance */
    int64_t gone_first_ms; /* for 410: so that they last 70 s; 0: as the others */
};
extern const struct managed_retry managed_retry_plain;

struct managed_place {
    const char *name;
    bool (*is_here)(struct ctx *c, const struct azure_platform *p);
    RESULT(*get)
    (struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
     const struct managed_identity *id, struct azure_token *out);
};
extern const struct managed_place managed_fabric, managed_app_service, managed_ml, managed_shell,
    managed_arc, managed_imds;

/* Adds a header; INVALID_REQUEST if `value`, which is that of the variable `name`, has controls in
 * it. */
RESULT managed_header(struct ctx *c, struct managed_request *r, const char *header,
                      const char *variable, const char *value);

/* The URL in the variable `name`, with `query` behind it.  INVALID_REQUEST, naming the variable, if
 * it is no URL, or `https_only` and not one of https. */
RESULT managed_url(struct ctx *c, const struct azure_platform *p, const char *variable,
                   const char *query, const char **out);

/* "api-version=V&resource=R", and the chosen identity under the names given (NULL: refused with
 * INVALID_REQUEST). */
struct managed_names {
    const char *client_id, *object_id, *resource_id;
};
RESULT managed_query(struct ctx *c, const char *api_version, const char *resource,
                     const struct managed_identity *id, const struct managed_names *names,
                     const char **out);

/* Asks, as often as the retries say.  UPSTREAM: nobody answers. */
RESULT managed_ask(struct ctx *c, struct azure_credential *a, const struct managed_request *r,
                   struct http_answer *out);

/* Reads a token from an answer of status 200; what is not one fails as managed_refusal. */
RESULT managed_token(struct ctx *c, const char *place, const struct http_answer *answer,
                     struct azure_token *out);

/* The failure of an answer, with what was said in it and never a token. */
RESULT managed_refusal(struct ctx *c, const char *place, const struct http_answer *answer);

/* A member of the answer, also one inside "error", as "error.code"; NULL if there is none. */
const char *managed_said(struct ctx *c, struct bytes body, const char *name);

#endif
