/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_RESULT_H
#define UAUTH_BASE_RESULT_H

/*
 * The one error idiom.  A function that can fail returns RESULT; the caller writes TRY(call) or
 * looks at
 * `.code`.  Where a failure is found, `return fail(c, INVALID_GRANT, "why: %s", id)` records it in
 * the context (base/ctx.h); on the way up nothing is added.  A bug is not an error: must(condition)
 * aborts.
 */

#include <stdbool.h>

enum err_code {
    ERR_OK = 0,
#define ERR(name, status, oauth, title) ERR_##name,
#include "base/errors.def"
#undef ERR
    ERR_CODES /* how many there are; never a result */
};

/* A newtype, so that a result cannot be mixed up with an int or a bool. */
typedef struct {
    enum err_code code;
} err;

#define RESULT __attribute__((warn_unused_result)) err

/* The only macro with control flow: leaves the function with the failure of `e`, if it failed. */
#define TRY(e)                                                                                     \
    do {                                                                                           \
        err try_ = (e);                                                                            \
        if (try_.code != ERR_OK)                                                                   \
            return try_;                                                                           \
    } while (0)

static inline err ok(void)
{
    return (err){ ERR_OK };
}

/*
 * `recorded`, whose code is `code`.  Said where the call is, so that a compiler and an analyser see
 * that after fail() nobody goes on as if an output had been written.
 */
static inline err err_known(err recorded, enum err_code code)
{
    (void)recorded;
    return (err){ code };
}

/* One row of base/errors.def. */
struct err_row {
    const char *name;  /* "INVALID_GRANT" */
    int status;        /* HTTP status */
    const char *oauth; /* RFC 6749 5.2 `error`, or NULL: the row has no OAuth form */
    const char *title; /* the sentence that a client may read */
};

/* The row of `code`.  `code` is not ERR_OK. */
const struct err_row *err_row(enum err_code code);

/* The name of a row as a slug for problem types: INVALID_GRANT -> "invalid-grant".  Static storage.
 */
const char *err_slug(enum err_code code);

/* The code whose slug is `slug`, or ERR_OK if none has it. */
enum err_code err_from_slug(const char *slug);

/* Aborts the process, naming the place, if `condition` is false.  For what only a bug can bring
 * about. */
#define must(condition) ((condition) ? (void)0 : must_failed(#condition, __FILE__, __LINE__))

_Noreturn void must_failed(const char *condition, const char *file, int line);

#endif
