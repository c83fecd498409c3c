/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_REGISTRATIONS_H
#define UAUTH_STORE_REGISTRATIONS_H

/*
 * Registrations that wait for the link in the mail.  Registering an unverified address again is a
 * new registration beside the others, each with its own link; verifying one activates its password
 * and its name only, and drops whatever came before.
 */

#include "store/schema.h"

/* The newest few of a user live; older ones go with their links (DO-09). */
enum { REGISTRATIONS_MAX = 5 };

struct registration_new {
    const char *email, *email_entered, *full_name;
    const char *password_hash;
    const char *link_hash; /* of the token in the link */
    int64_t expires_at;
    const char *tenant_id; /* in which a new user becomes a member; or NULL */
    const char *joining;   /* which they join by following the link; or NULL */
    bool usable; /* the first password works before the address is verified (require_verified_email
                    off) */
};

enum registration_outcome {
    REGISTRATION_NEW,     /* a new user */
    REGISTRATION_PENDING, /* a further registration of an unverified user */
    REGISTRATION_TAKEN /* a verified user has the address (or a disabled one): nothing was changed
                        */
};

/* Adds one, with its link.  *user_id: whose the address is, in every outcome. */
RESULT registration_add(struct ctx *c, const struct registration_new *new,
                        enum registration_outcome *how, const char **user_id);

/* A further link for a registration; the two before it stay good.  *found is false if it is gone.
 */
RESULT registration_relink(struct ctx *c, const char *id, const char *link_hash, int64_t expires_at,
                           bool *found);

/* The newest registration of an unverified user, or NULL.  *several: the account has another
 * password, too, of another registration or of who made it. */
RESULT registration_newest(struct ctx *c, const char *user_id, const char **id, bool *several);

enum verify_outcome {
    VERIFY_DONE,
    VERIFY_UNKNOWN, /* no such link, or replaced by a newer */
    VERIFY_EXPIRED,
    VERIFY_USED /* also when another registration of the user was verified first */
};

/* Links that wait lead into the tenant no longer. */
RESULT registrations_turn_away(struct ctx *c, const char *tenant_id);

/*
 * Uses the link: the user is verified, has this registration's password and name, and what came
 * before is gone: end_unproven (store/endings.h), and memberships of tenants that had made the
 * account or added it, which its owner has not asked for.  They join the tenant of the
 * registration, or the default one if that is suspended or their address is of none of its domains
 * any more; who has a home already joins no default one.  By an invitation, of which nothing is
 * here, the caller lets them join, and registration_settle.
 */
struct verified {
    const char *user_id;
    struct texts left; /* tenants of which they are no member any more */
};
RESULT registration_verify(struct ctx *c, const char *link_hash, enum verify_outcome *how,
                           struct verified *out);

/* Who has no home is at home in the tenant, which they have joined. */
RESULT registration_settle(struct ctx *c, const char *user_id, const char *tenant_id);

#endif
