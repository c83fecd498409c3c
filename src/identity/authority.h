/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_AUTHORITY_H
#define UAUTH_IDENTITY_AUTHORITY_H

/*
 * How far the power of whoever administers reaches.  Three rules: nobody acts once their right was
 * taken (AZ-06), nobody gives what they do not have (AZ-04), and nobody touches who may more than
 * they do.  Each is looked at in the transaction of the change.
 *
 * The default tenant is the operators': who acts there may also act over another tenant, with no
 * more than their rights in the default one.  Who acts in any other tenant stays in it (TN-01).
 *
 * An account belongs to its home, which is its default tenant: there its owner may be locked out or
 * erased.  Elsewhere the user is a guest, whose membership can be ended and nothing else (TN-07).
 */

#include "base/text.h"
#include "db/db.h"
#include "store/users.h"

/* Who changes something for others, and by which right. */
struct actor {
    const char *user_id;
    const char *tenant_id;    /* in which they act */
    const char *over;         /* whose things they act on; NULL: tenant_id's */
    struct texts permissions; /* what the caller's token carries: never more than this */
    const char *permission;   /* what the change asks for */
};

/* The tenant whose things the actor acts on. */
const char *authority_tenant(const struct actor *actor) __attribute__((returns_nonnull));

/* Whether the actor acts in the default tenant, and so operates the service. */
bool authority_operates(const struct actor *actor);

/* Whether the actor may act on the things of this tenant at all: their own, or they operate. */
bool authority_reaches(const struct actor *actor, const char *tenant_id);

/*
 * Runs `fn` as one transaction in which the actor is an active member of their tenant and has the
 * permission, else FORBIDDEN.  NOT_FOUND if they act over another tenant and are no operator.
 */
RESULT authority_act(struct ctx *c, const struct actor *actor, db_unit *fn, void *arg);

/* The same for `fn` that only reads, which waits for no writer. */
RESULT authority_look(struct ctx *c, const struct actor *actor, db_unit *fn, void *arg);

/* FORBIDDEN unless the actor has each of `permissions` themselves; inside authority_act.  A NULL
 * actor is a command on the machine, and may. */
RESULT authority_to_give(struct ctx *c, const struct actor *actor, struct texts permissions);

/*
 * authority_act for what sends a mail that counts against the address's allowance (THROTTLE_MAIL).
 * `check` comes first, as by authority_look, and refuses whatever `fn` would: who may not uses up
 * nobody's allowance, and is not told by RATE_LIMITED that there is one.  The mail is counted once,
 * however often the transaction has to be run.
 */
struct authority_mail {
    db_unit *check, *fn;
    void *arg;
    const char **to; /* the canonical address, once `check` has found it */
};
RESULT authority_mail(struct ctx *c, const struct actor *actor, const struct authority_mail *mail);

enum authority_reach {
    AUTHORITY_SEE,     /* look at a member */
    AUTHORITY_MEMBER,  /* what the user has in this tenant */
    AUTHORITY_ACCOUNT, /* the account: at its home only */
    AUTHORITY_TAKEOVER /* what helps to sign in as the user: compares with all they may anywhere */
};

/*
 * The user, if the actor's power reaches so far; inside authority_act.  NOT_FOUND for who is no
 * member of the tenant, or was erased; FORBIDDEN for an account of another home, and for who may
 * something that the actor may not.  One reaches oneself, but by an API key only what that may.
 */
RESULT authority_over(struct ctx *c, const struct actor *actor, const char *user_id,
                      enum authority_reach reach, const struct user_row **out);

#endif
