/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_ADMIN_CLIENT_H
#define UAUTH_APP_ADMIN_CLIENT_H

/*
 * The API under /admin of a service that runs elsewhere, called with somebody's access token.  What
 * is sent and what is answered are the shapes of api/: a service of another version may say more,
 * which is left out.  By https; by http on this machine only.
 */

#include "base/codec.h"
#include "base/shape.h"

struct resolver;

struct admin_server {
    const char *url;   /* without a slash at its end */
    const char *token; /* of whoever administers */
    const char *name;  /* of the program that calls: "uauth user list" */
    struct resolver *resolver;
};

/* INVALID_FIELD if `url` is none that a token may be sent to, or the file is not as that of a
 * secret has to be (crypto/secret_file.h), or holds no token. */
RESULT admin_client_open(struct ctx *c, const char *url, const char *token_file,
                         struct admin_server *out);

enum { ADMIN_QUERY_MAX = 10, ADMIN_BODY_MAX = 16 << 20 };
#define ADMIN_PAGE "200" /* entries of a page: as many as a service gives */

struct admin_call {
    const char *method, *path;
    const char *tenant_id; /* in which is acted; NULL: that of the token */
    const char *if_match;  /* the state of the object that was read before; or NULL */
    struct form_field query[ADMIN_QUERY_MAX]; /* those without a value are left out */
    const struct shape *in_shape;             /* of the body; NULL: there is none */
    const void *in;
    size_t most;                   /* of a list: no further page is read for more; 0: all are */
    struct bytes json;             /* the body, where it has no shape */
    const struct shape *out_shape; /* of the answer; NULL: it is not read */
    void *out;
};

struct admin_reply {
    const char *etag, *link; /* or NULL */
    struct bytes body;
};

/*
 * Makes the call; `reply` may be NULL.  A refusal is the failure of its problem document (RFC
 * 9457), and c->request_id is then the request that was refused.  Who calls too often waits as long
 * as asked, at most ADMIN_WAIT_MAX seconds in all.  UPSTREAM: nobody, or somebody else, answers.
 */
enum { ADMIN_WAIT_MAX = 120 };
RESULT admin_send(struct ctx *c, const struct admin_server *server, const struct admin_call *call,
                  struct admin_reply *reply);

/* Forgets a refusal: for a caller that has handled it. */
void admin_refusal_clear(struct ctx *c);

/* The entries of all pages of the list that `call` asks for: structs of the one list in `page`,
 * which also has a text `next`. */
RESULT admin_list(struct ctx *c, const struct admin_server *server, const struct admin_call *call,
                  const struct shape *page, struct items *out);

/* "/admin/users/01.../sessions": `id` is whatever somebody typed. */
const char *admin_path(struct arena *a, const char *list, const char *id, const char *rest);

#endif
