/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_LIB_CALL_H
#define UAUTH_LIB_CALL_H

/*
 * How a function of the public header runs: it opens a call, which has a context and an arena of
 * its own, does its work in the rooms to the left, and closes the call with what came of it.  What
 * it hands out lives in that arena and takes it along, so that nothing is copied and one call frees
 * all; so does the error.  Whatever else there is ends with the call.
 *
 *     enum uauth_result uauth_thing_find(struct uauth *u, const char *name, struct uauth_thing
 * **out, struct uauth_error **error)
 *     {
 *         struct call k;
 *         if (!call_open(&k, u, error))
 *             return UAUTH_MEMORY;
 *         struct uauth_thing *made = ARENA_NEW(k.c.arena, struct uauth_thing);
 *         err result = thing_find(&k.c, name, &made->inside);
 *         return CALL_CLOSE(&k, result, made, out, error);
 *     }
 *
 *     void uauth_thing_free(struct uauth_thing *thing)
 *     {
 *         if (thing != NULL)
 *             held_free(&thing->held);
 *     }
 */

#include "base/config.h"
#include "base/log.h"
#include "client/upstreams.h"
#include "net/outbound.h"

#include <uauth/base.h>

#include <pthread.h>

/* Arenas that wait for the next call. */
enum { LIB_ARENAS_IDLE = 32 };

struct uauth {
    struct arena *arena; /* of the context: the texts of its options */
    struct config config;
    struct outbound_rules outbound;
    struct log log;
    struct log_sink sink;
    struct random *random;
    const struct seal *seal;
    bool secret_shared; /* with other processes */
    struct resolver *resolver;
    struct upstreams *upstreams;
    void (*say)(void *arg, enum uauth_log_level level, const char *line);
    void *say_arg;
    pthread_mutex_t lock; /* of what follows */
    struct arena *idle[LIB_ARENAS_IDLE];
    size_t idle_n;
};

/* What is handed out begins with this as its member `held`. */
struct held {
    struct uauth *uauth;
    struct arena *arena;
};

/* What is told of a refusal beside its fault.  All may be NULL or 0, and lies in the call's arena.
 */
struct call_told {
    const char *code;              /* what a server said (RFC 6749 5.2 `error`) */
    const char *description, *uri; /* the same, `error_description` and `error_uri` */
    const char *challenge;         /* WWW-Authenticate */
    const char *nonce;             /* DPoP-Nonce */
    const char *claims;            /* that Entra ID wants to be asked for */
    enum uauth_result result;      /* instead of the one that the failure stands for */
    int status;                    /* the same of the HTTP status */
};

struct call {
    struct ctx c;
    struct uauth *uauth;
    struct call_told told;
};

/* False, with *error written, if there is no memory. */
bool call_open(struct call *k, struct uauth *u, struct uauth_error **error);

/*
 * Ends the call.  If `result` is good, `made` goes to the caller with the arena; `made` may be NULL
 * where nothing is handed out.  If not, *error is made of c->fault.
 */
enum uauth_result call_close(struct call *k, err result, struct held *made,
                             struct uauth_error **error);

/* The same for an object with a member `held`: writes *out, which is NULL on failure. */
#define CALL_CLOSE(k, result, made, out, error)                                                    \
    (*(out) = (result).code == ERR_OK ? (made) : NULL,                                             \
     call_close((k), (result), &(made)->held, (error)))

/* Gives the arena of what was handed out back to its context. */
void held_free(struct held *held);

/*
 * Copies the options at `from`, which begin with their size, into `to` of `size` bytes; what a
 * shorter one does not have is zero.  INVALID_REQUEST: it has something that this library does not
 * know, or no size.  NULL is one without anything.
 */
RESULT options_read(struct ctx *c, const void *from, void *to, size_t size);

/* A text by itself, to be handed out. */
struct uauth_text {
    struct held held;
    const char *text;
};

/* Copies of the words of `text`, which may be NULL, and of `n` texts. */
struct texts lib_words(struct arena *a, const char *text);
struct texts lib_texts(struct arena *a, const char *const *texts, size_t n);

#endif
