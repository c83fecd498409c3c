/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_ONE_TIME_TOKENS_H
#define UAUTH_STORE_ONE_TIME_TOKENS_H

/*
 * Links and handles that work once.  The kind is part of the key: a token of one kind is unknown to
 * every other (C3, CD-04).
 */

#include "store/schema.h"

/* clang-format off */
/*          kind            text in the table   how many unused ones a holder may have */
#define ONE_TIME_KINDS(KIND)                        \
    KIND(   VERIFY_EMAIL,   "verify_email",    3 )  \
    KIND(   RESET_PASSWORD, "reset_password",  1 )  \
    KIND(   CHANGE_EMAIL,   "change_email",    1 )  \
    KIND(   MFA,            "mfa",             5 )  \
    KIND(   INVITATION,     "invitation",      1 )
/* clang-format on */

enum one_time_kind {
#define KIND(name, text, most) ONE_TIME_##name,
    ONE_TIME_KINDS(KIND)
#undef KIND
};

struct one_time_new {
    enum one_time_kind kind;
    const char *hash;
    const char *user_id; /* or NULL */
    const char
        *about; /* what it is about within its kind (a registration, an invited address), or NULL */
    const char *payload; /* given back with it; or NULL */
    int64_t expires_at;
};

/* Adds one; the oldest unused ones of the same kind, user and `about` beyond the kind's number die
 * (PR-02). */
RESULT one_time_add(struct ctx *c, const struct one_time_new *token);

enum one_time_outcome {
    ONE_TIME_DONE,    /* of all who present it, one gets this */
    ONE_TIME_UNKNOWN, /* none, of another kind, or replaced by a newer */
    ONE_TIME_EXPIRED,
    ONE_TIME_USED
};

struct one_time_row {
    const char *user_id; /* or NULL */
    const char *about, *payload;
    int64_t created_at, expires_at;
};

/* Uses it.  *out is filled for DONE, EXPIRED and USED. */
RESULT one_time_use(struct ctx *c, enum one_time_kind kind, const char *hash,
                    enum one_time_outcome *how, struct one_time_row *out);

/* Looks at it without using it, and counts the look: EXPIRED also after `max` of them.  For an
 * mfa_token, which may be tried with a few codes before it is used. */
RESULT one_time_try(struct ctx *c, enum one_time_kind kind, const char *hash, int64_t max,
                    enum one_time_outcome *how, struct one_time_row *out);

/* Looks at a live one, and neither uses nor counts it; `found`: there is one. */
RESULT one_time_look(struct ctx *c, enum one_time_kind kind, const char *hash, bool *found,
                     struct one_time_row *out);

/* Kills the unused ones of a user, of every kind. */
RESULT one_time_kill(struct ctx *c, const char *user_id);

#endif
