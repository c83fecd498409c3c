/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_REQ_H
#define UAUTH_WEB_REQ_H

/*
 * One request on its walk through the stages (web/stages.h): what came in, who calls, what goes
 * out.  It lives in the arena of its context.  A handler reads `in`, `query`, `who` and the path
 * parameters, and ends with one of the functions of web/reply.h or a failure.
 */

#include "base/ctx.h"
#include "net/http_message.h"
#include "web/limit.h"
#include "web/router.h"

struct client;
struct door;
struct form; /* base/codec.h */

enum principal_kind {
    PRINCIPAL_NONE,    /* nobody proved who calls */
    PRINCIPAL_SESSION, /* a person, by the session cookie */
    PRINCIPAL_BEARER,  /* a person or a client, by an access token */
    PRINCIPAL_API_KEY, /* a service that acts for a person, by a key that they made */
    PRINCIPAL_CLIENT   /* a client, by its own credentials */
};

/* Who calls.  Only guards and stage_tenant write it. */
struct principal {
    enum principal_kind kind;
    const char *user_id; /* NULL: a client on its own behalf */
    const char *client_id;
    const char *tenant_id;    /* NULL: none */
    const char *session_id;   /* SESSION: the row of the session, never the secret of the cookie */
    const char *sid;          /* public handle of the session, or NULL */
    const char *csrf_binding; /* SESSION: what CSRF tokens of this session are bound to */
    const char *authorization_id; /* or NULL */
    const char *jti;              /* BEARER: of the access token */
    const char *api_key_id;       /* API_KEY: its row */
    const char *actor_id;         /* who acts as the user (identity/impersonation.h); or NULL */
    struct texts roles, permissions, scopes, amr;
    const char *acr;    /* or NULL */
    int64_t auth_time;  /* of the last sign-in or confirmation */
    int64_t expires_at; /* BEARER, API_KEY: of the token or key */
};

/* A member of a problem document beyond the standard ones. */
struct problem_member {
    const char *name;
    const char *text; /* or, if NULL, `texts` */
    struct texts texts;
};

enum { PROBLEM_MEMBERS_MAX = 4, REQ_LIMITS_MAX = 4 };

/* Who acts as whom, for the pages; NULL: nobody but the user. */
struct req_acting {
    const char *actor, *user; /* their names */
    const char *csrf_token;   /* of the form that ends it */
};

struct req {
    struct ctx *c;
    const struct door *door;
    const struct http_request *http;
    struct http_response *reply;
    const char *path;    /* as the table of routes has it: http->path without the tenant's issuer */
    struct bytes issuer; /* the slug of that tenant; empty: the service's own */
    const struct route *route; /* NULL until stage_route has found it */
    struct route_match match;
    struct principal who;
    const void *in;    /* the struct of route->in, zeroed where optional; NULL without `in` */
    const void *query; /* the struct of route->query */
    const char *redirect_uri;             /* REDIRECT: where failures go, set once it is proven */
    const char *redirect_state;           /* REDIRECT: the state to give back, or NULL */
    bool redirect_by_form;                /* REDIRECT: by a form that the browser posts */
    const struct client *redirect_client; /* REDIRECT: whom that goes to */
    /* REDIRECT: makes one signed text of what is told, for the parameter `response`; or NULL */
    RESULT (*redirect_sign)(struct req *r, const struct form *fields, const char **response);
    const char *claims_client;   /* the client that is said to ask, proven or not; or NULL */
    const struct client *client; /* whom a guard of clients has let in (oauth/client.h) */
    struct texts origins;        /* CORS_CLIENT: the origins of the client that the answer is for */

    struct limit_state
        limits[REQ_LIMITS_MAX]; /* what was taken, for the RateLimit fields and limit_give_back */
    size_t limits_n;
    struct problem_member members[PROBLEM_MEMBERS_MAX];
    size_t members_n;
    struct req_acting acting;
    int64_t began_ms; /* time_monotonic_ms when the walk began */
};

/* The value of the path parameter `name`, as text; the row has it: must(). */
const char *req_param(struct req *r, const char *name) __attribute__((returns_nonnull));

/* The value of header `name` (lower case), or NULL. */
const char *req_header(const struct req *r, const char *name);

/*
 * A parameter of the query of a page, NULL if there is none.  What nobody meant to be read counts
 * as absent, because links in mails pass through the hands of many programs: a query that cannot be
 * decoded, a name that stands twice, an empty value or one of more than REQ_QUERY_MAX bytes,
 * control characters.
 */
const char *req_query(struct req *r, const char *name);
enum { REQ_QUERY_MAX = 512 };

/* Whether the request may change something: neither GET, HEAD nor OPTIONS, nor a READ_ONLY row. */
bool req_changes(const struct req *r);

/*
 * Does `work` with an arena of its own that may grow to `ceiling`, where the memory of a request
 * (claim I15) does not hold what few may ask for.  What it leaves lives as long as the request.
 */
typedef RESULT req_work(struct req *r, void *arg);
RESULT req_with_room(struct req *r, size_t ceiling, req_work *work, void *arg);

/* The input as its struct: const struct login_request *in = REQ_IN(r, login_request); */
#define REQ_IN(r, tag) ((const struct tag *)(r)->in)

/* Whether the principal has `permission`, wildcards considered ("users:*", "admin:*" covers all).
 */
bool principal_may(const struct principal *who, const char *permission);

/* Adds a member to the problem document, should the request fail: mfa_token, methods, ... */
void req_problem_text(struct req *r, const char *name, const char *value);
void req_problem_texts(struct req *r, const char *name, struct texts values);

#endif
