/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_CTX_H
#define UAUTH_BASE_CTX_H

/*
 * The world of a function: the first parameter of everything that touches memory, time, randomness,
 * storage or configuration.  Pure functions do not take it.  A context lives as long as one unit of
 * work: a request, a job, a command.
 */

#include "base/arena.h"
#include "base/result.h"
#include "base/rules.h"

struct config;
struct db;
struct hash_gate;
struct issuer;
struct keyring;
struct keyrings;
struct kv;
struct log;
struct outbound_rules;
struct random;
struct readings;
struct revocations;
struct seal;
struct status_lists;
struct discovery_kept;
struct upstreams;

/* The first failure of a unit of work. */
struct fault {
    enum err_code code;
    const char *text;  /* why: for the log and the administrator */
    const char *say;   /* what a client may read beyond the title, or NULL */
    const char *field; /* the offending field, or NULL */
    const char *file;
    int line;
    bool unsure;                /* it may have happened all the same */
    int64_t retry_after;        /* seconds, 0: none */
    enum rule rule;             /* base/rules.def */
    const char *expected, *got; /* what the rule compared, at most FAULT_VALUE_MAX bytes; or NULL */
};
enum { FAULT_VALUE_MAX = 256 };

/* Where the work comes from, as the audit records it.  All may be NULL. */
struct origin {
    const char *address; /* of the caller, as the trusted proxies say */
    const char *user_agent;
    const char *client_id;
    const char *api_key_id;      /* by which somebody acts */
    const char *tenant_id;       /* in which the caller acts */
    const char *actor_id;        /* who administers; NULL: the call is about oneself */
    const char *impersonator_id; /* who acts as the user that calls; NULL: nobody */
    const char *correlation_id;  /* the trace id of a W3C traceparent */
    const char *locale; /* the language that the caller reads (BCP 47); NULL: they do not say */
    bool locale_chosen; /* by the person, not by their browser or an application */
};

struct ctx {
    struct arena *arena;
    const struct config *config;
    struct db *db; /* this worker's */
    struct kv *kv;
    struct keyring *keys;        /* token/keyring.h: the only door to private keys */
    const struct issuer *issuer; /* token/issuer.h: a tenant's, whose keys those are; NULL: the
                                    service's own */
    struct keyrings *keyrings;   /* token/keyrings.h; NULL where no tenant has an issuer */
    const struct seal *seal;     /* crypto/seal.h: keys for what is sealed at rest */
    struct hash_gate *hashes;    /* crypto/hash_gate.h: memory for password hashing */
    struct revocations
        *revoked; /* token/revoke.h: what was revoked lately, in this node's memory */
    struct upstreams *upstreams; /* client/upstreams.h: calling others; NULL where nobody does */
    const struct outbound_rules *outbound; /* net/outbound.h; NULL: as it is without */
    struct status_lists *status_lists;     /* token/status_list.h; NULL where none is given out */
    struct discovery_kept *discovery;      /* oauth/discovery_kept.h; likewise */
    const struct log *log;
    struct random *random;
    struct readings *readings;    /* base/readings.h: of this worker; NULL where nothing is kept */
    const char *erasure_log;      /* store/erasure_log.h: its path; NULL: none is kept */
    const _Atomic bool *given_up; /* nobody waits for the outcome any longer; NULL: somebody does */
    bool needed;            /* its thread is one that other requests wait for: client/upstreams.h */
    int64_t now;            /* Unix seconds, read once when the work began */
    const char *request_id; /* 26 characters, never NULL inside a request */
    struct origin origin;
    struct fault fault;
    struct fault noted; /* see fault_note */
};

/*
 * Records the failure `name` of errors.def with its text (printf) and place, unless one is recorded
 * already (the first wins), and yields the err to return.
 */
#define fail(c, name, ...)                                                                         \
    err_known(fail_at((c), ERR_##name, __FILE__, __LINE__, __VA_ARGS__), ERR_##name)

/* As fail, and lets the client read `say` (a whole sentence, fixed or harmless) as the problem's
 * detail. */
#define fail_say(c, name, say, ...)                                                                \
    err_known(fail_say_at((c), ERR_##name, (say), __FILE__, __LINE__, __VA_ARGS__), ERR_##name)

/* A failure of one field of the input, which the client is told with `say`.  Its rule is FIELD,
 * unless another is said. */
#define fail_field(c, name, field, say)                                                            \
    err_known(fail_field_at((c), ERR_##name, (field), (say), __FILE__, __LINE__), ERR_##name)

RESULT fail_at(struct ctx *c, enum err_code code, const char *file, int line, const char *text, ...)
    __attribute__((format(printf, 5, 6)));
RESULT fail_say_at(struct ctx *c, enum err_code code, const char *say, const char *file, int line,
                   const char *text, ...) __attribute__((format(printf, 6, 7)));
RESULT fail_field_at(struct ctx *c, enum err_code code, const char *field, const char *say,
                     const char *file, int line);

/*
 * Says which rule of rules.def the failure `failed` of `name` breaks, and the two values that it
 * compared: what was due and what came, or NULL.  Administrators read them, so neither is ever a
 * secret, token, code, password, cookie, or made of one.  Yields `failed`:
 *
 *     return because(c, PKCE_METHOD, "S256", method, fail(c, INVALID_REQUEST, "..."));
 */
#define because(c, name, expected, got, failed)                                                    \
    fault_because((c), RULE_##name, (expected), (got), (failed))

void fault_explain(struct ctx *c, enum err_code code, enum rule rule, const char *expected,
                   const char *got);

/* For because(): written here so that a compiler sees that the failure is passed on. */
static inline err fault_because(struct ctx *c, enum rule rule, const char *expected,
                                const char *got, err failed)
{
    fault_explain(c, failed.code, rule, expected, got);
    return failed;
}

/* Forgets the recorded failure: for a caller that has handled it. */
void fault_clear(struct ctx *c);

/*
 * The same where the caller answers it with something ordinary: `active: false`, a form once more.
 * It is kept as c->noted, so that `uauth explain` knows why.
 */
void fault_note(struct ctx *c);

/* A refusal that is no failure: a header that is left out (CORS), a hint that is not believed. */
#define refuse_quietly(c, name, expected, got) fault_quiet((c), RULE_##name, (expected), (got))
void fault_quiet(struct ctx *c, enum rule rule, const char *expected, const char *got);

/* OUT_OF_MEMORY if the arena is over its ceiling.  Called where input or rows come in. */
RESULT ctx_check_memory(struct ctx *c);

#endif
