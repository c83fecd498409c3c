/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_PEOPLE_H
#define UAUTH_IDENTITY_PEOPLE_H

/*
 * What administrators do with accounts: for commands, and for the API under /admin.  Whether the
 * actor may is asked before (identity/authority.h); `actor_id` is NULL for a command on the
 * machine.
 */

#include "identity/authority.h"

struct people_new {
    const char *email, *full_name;
    const char *password;      /* NULL: none, unless password_hash */
    const char *password_hash; /* imported (crypto/password.h); or NULL */
    bool must_change;
    bool unverified;       /* so is whom an actor makes who does not operate the service */
    bool disabled;         /* and cannot sign in */
    bool quiet;            /* unverified, and gets no link before they try to sign in */
    struct texts roles;    /* beside `user`, given in the tenant that they are made in */
    const char *tenant_id; /* without an actor: that tenant; NULL: the default one */
    const char *actor_id;
    const struct actor *actor; /* who acts through the API: the user is made in their tenant */
};

/* CONFLICT if the address is taken; NOT_FOUND for an unknown role; INVALID_FIELD, WEAK_PASSWORD;
 * FORBIDDEN for a role of which the actor does not have everything; RATE_LIMITED by mails to the
 * address.
 * The first administrator made so closes setup.  An unverified user gets the link by mail. */
RESULT people_add(struct ctx *c, const struct people_new *person, const struct user_row **out);

/* By id or by address; NOT_FOUND. */
RESULT people_find(struct ctx *c, const char *id_or_email, const struct user_row **out);

/* Each NOT_FOUND for a user who is not there or erased; each ends or erases as store/users.h says,
 * and tells the user where AU-10 asks for it.  An actor (not a command on the machine) gets
 * CONFLICT instead of disabling, erasing or demoting the last administrator (AZ-15).  `status` is
 * not USER_DELETED. */
RESULT people_set_status(struct ctx *c, const char *user_id, enum user_status status,
                         const char *actor_id);
RESULT people_set_password(struct ctx *c, const char *user_id, const char *password,
                           bool must_change, const char *actor_id);
/* A link to choose a password, to the address of the account; CONFLICT for who is disabled. */
RESULT people_send_link(struct ctx *c, const char *user_id, const char *actor_id);
RESULT people_erase(struct ctx *c, const char *user_id, const char *actor_id);
RESULT people_end_sessions(struct ctx *c, const char *user_id, const char *actor_id,
                           int64_t *ended);

/*
 * What an actor does about somebody through the API, as far as their power reaches
 * (identity/authority.h): an account at its home only; what helps to sign in as its owner only for
 * who may everything that the owner may.  Beside what the functions above say: CONFLICT for a link
 * to somebody who is disabled, RATE_LIMITED by mails to the address.
 */
enum people_act {
    PEOPLE_DISABLE,
    PEOPLE_ENABLE,
    PEOPLE_ERASE,
    PEOPLE_END_SESSIONS,
    PEOPLE_RESET_FACTOR,
    PEOPLE_UNLOCK_FACTOR,
    PEOPLE_SEND_RESET /* a link to choose a password, to the address of the account */
};
RESULT people_act(struct ctx *c, const struct actor *actor, const char *user_id,
                  enum people_act act);

/* Another name; inside authority_act, the reach being looked at.  INVALID_FIELD; NOT_FOUND. */
RESULT people_rename(struct ctx *c, const struct user_row *user, const char *full_name,
                     const char *actor_id);

/* A role in the default tenant.  NOT_FOUND: no such role or user, or (taking) they do not have it.
 * Whoever becomes administrator closes setup. */
RESULT people_give_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id);
RESULT people_take_role(struct ctx *c, const char *user_id, const char *role, const char *actor_id);

#endif
