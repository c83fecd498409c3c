/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_SIGN_IN_H
#define UAUTH_IDENTITY_SIGN_IN_H

/*
 * A sign-in on its way.  login.c looks at what was typed, login_second.c at the handle of an
 * MFA_REQUIRED and a code; both fill this, and sign_in_conclude is the one end of both: one
 * transaction of outcome, event and letter.
 */

#include "identity/login.h"
#include "identity/mfa_code.h"
#include "store/upstream_sessions.h"

struct sign_in {
    const char *who;             /* canonical address: by which the throttles count */
    const struct login_row *row; /* NULL: nobody has it */
    enum session_mode mode;
    const char *tenant_id; /* as asked for, or NULL */
    const char *scope;     /* the same */
    struct texts scopes;   /* of `scope` */
    const char *provider;  /* that has proven who they are; NULL: it is done by a password */
    int64_t auth_time;     /* when it has; 0: now */
    const struct upstream_session *upstream; /* the session of there; NULL: by a password */

    const char *device;    /* the cookie that came, if it is a known device's; else NULL */
    const char *device_id; /* of that device */

    const char *why;              /* the refusal, for the audit; NULL: the password is right */
    bool resend;                  /* refused for its address alone: the link goes out again */
    const char *checked, *rehash; /* the stored hash that matched, and what replaces it, or NULL */
    bool has_code;
    struct mfa_code code;
    const char *handle; /* hash of the mfa_token that is used up, or NULL */
    bool may_write;     /* a letter about a new sign-in is within its allowance */
};

/* Finds the user, and the known device that `cookie` (or NULL) names, of s->who. */
RESULT sign_in_find(struct ctx *c, struct sign_in *s, const char *cookie);

/* Takes an attempt of the device's allowance or the account's.  RATE_LIMITED, with at most one
 * event a minute. */
RESULT sign_in_throttle(struct ctx *c, const struct sign_in *s);

/* Decides, and carries it out; the failures are those of login(). */
RESULT sign_in_conclude(struct ctx *c, struct sign_in *s, struct login_done *out);

/* Completes a sign-in whose factors are all proven, inside the transaction of its outcome.
 * *member is false, and nothing is changed, if they are none of the tenant they asked for.  *wrote:
 * whether a letter tells of it. */
struct sign_in_finish {
    const struct sign_in *s;
    const struct user_row *user; /* as it is in this transaction */
    enum mfa_method method;
    bool member, wrote;
    struct login_done *out;
};
RESULT sign_in_let_in(struct ctx *c, struct sign_in_finish *f);

/* A handle for the second step of `s`: what the first step established travels with it. */
RESULT mfa_handle_add(struct ctx *c, const struct sign_in *s, const char **mfa_token);

/* The second step. */
RESULT login_second(struct ctx *c, const struct login *attempt, struct login_done *out);

/* What a sign-in by `first` ("pwd", or "fed": by a provider) shows (RFC 8176, and "rc" for a
 * recovery code). */
struct texts sign_in_amr(struct arena *a, const char *first, enum mfa_method method);
const char *sign_in_acr(enum mfa_method method) __attribute__((returns_nonnull));

#endif
