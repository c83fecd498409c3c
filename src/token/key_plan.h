/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_KEY_PLAN_H
#define UAUTH_TOKEN_KEY_PLAN_H

/*
 * What is to be done with the keys of the table at a moment: a pure function, one step at a time.
 * token/keyring.c does the step and asks again, so that nodes that ask at once do the same.
 */

#include "store/keys.h"

struct key_times {
    int64_t now;
    int64_t publish;  /* seconds that a next key is published before it signs */
    int64_t rotation; /* seconds that a key signs */
    int64_t linger;   /* seconds that a retired key stays */
};

/* The times that `c` asks for. */
struct key_times key_times(const struct ctx *c);

enum key_step_kind {
    KEY_STEP_NONE,
    KEY_STEP_ADD_CURRENT, /* make a key that signs from `at` */
    KEY_STEP_ADD_NEXT,    /* make a key that shall sign from `at` */
    KEY_STEP_REPLACE,     /* make a current key: the present one's private half is not here */
    KEY_STEP_PROMOTE,     /* make `kid` current; the one before is published until `at` */
    KEY_STEP_RETIRE,      /* retire `kid`, published until `at` */
    /* Of a key that is elsewhere: */
    KEY_STEP_ADOPT_NEXT, /* it shall sign from `at` */
    KEY_STEP_ADOPT       /* it is current; the one before is published until `at` */
};
struct key_step {
    enum key_step_kind kind;
    const char *kid;
    int64_t at;
};

/*
 * The next step for a service that signs with `alg`: as its main algorithm, for which there is a
 * key from the first moment on, or as a further one, whose first key is published before it signs
 * unless the table is so new that nobody can have seen it.
 */
struct key_step key_plan(const struct key_rows *rows, const char *alg, bool main,
                         const struct key_times *times);

/*
 * The same where the newest version of a key that is elsewhere shall sign: `kid`.  What is said of
 * the current key: whether it can sign, and whether it was taken back where it is, so that what it
 * has signed is not good any more.
 */
struct key_target {
    const char *kid;
    bool current_signs, current_revoked;
};
struct key_step key_plan_remote(const struct key_rows *rows, const char *alg,
                                const struct key_target *target, const struct key_times *times);

/* The next step about keys of algorithms that are not in `algs` (enum jws_alg). */
struct key_step key_plan_leftover(const struct key_rows *rows, unsigned algs,
                                  const struct key_times *times);

/* The row of `alg` in `state` (next or current), or NULL. */
const struct key_row *key_row_of(const struct key_rows *rows, const char *alg,
                                 enum key_row_state state);

/* Whether it signs, and with a private half that is in the table. */
bool key_row_signs(const struct key_row *row);

/* The current key that this service can sign with: of `alg`, else the newest of another algorithm;
 * NULL if there is none with a private half in the table. */
const struct key_row *key_signer(const struct key_rows *rows, const char *alg);

#endif
