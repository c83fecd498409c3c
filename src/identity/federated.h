/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_FEDERATED_H
#define UAUTH_IDENTITY_FEDERATED_H

/*
 * Signing in with an account elsewhere, and linking such accounts to one here.  Who somebody is
 * there is what federation has proven; here it is decided whose account that is.  An account is
 * found by provider, issuer and subject, and by nothing else: an address selects no account (AT-01,
 * nOAuth), not even a verified one.
 */

#include "identity/login.h"
#include "store/identities.h"
#include "store/upstream_sessions.h"

struct federated_person {
    const char *provider, *issuer, *subject;
    const char *email;     /* that the provider vouches for (AT-02); else NULL */
    const char *full_name; /* or NULL */
    int64_t auth_time;     /* when they proved there who they are; 0: nobody knows */
    bool may_create;       /* an account is made at the first sign-in */
    const char *sid;       /* of the session there; or NULL */
    const char *sealed;    /* what federation keeps of it; or NULL */
    int64_t check_at;      /* when it is asked again; 0: never */
    const char *tenant_id; /* of whom accounts are made there, and the roles; NULL: the default */
    /* Roles in that tenant that the provider decides about, and those of them that are due.
     */
    struct texts governed, due;
};

struct federated_login {
    struct federated_person person;
    enum session_mode mode;
    const char *tenant_id, *scope; /* as struct login */
    const char *device;            /* value of the device cookie, or NULL */
};

/*
 * Signs them in: as login(), but that no password is asked for, and that the sign-in is as old as
 * what was shown there: who is signed in elsewhere for days has proven nothing now, so what asks
 * for a recent sign-in asks again.  Where its age is not known it is not recent.  Whoever has a
 * second factor here shows it: MFA_REQUIRED, and login() goes on with the mfa_token.  FORBIDDEN:
 * nobody is linked, and no account may be made; CONFLICT: one would be made, but its address has an
 * account, whose owner can link them; INVALID_CREDENTIALS: the account is disabled, or its address
 * not verified.
 */
RESULT login_federated(struct ctx *c, const struct federated_login *attempt,
                       struct login_done *out);

/* Links them to the account of a live session whose sign-in is recent, with event and letter.
 * INVALID_SESSION, STEP_UP_REQUIRED; CONFLICT: they are linked already, to whomever. */
RESULT identity_link(struct ctx *c, const char *sid, const struct federated_person *person);

/*
 * The provider says that a session of there has ended: those that began with it end here, with
 * their events.  *ended: how many.
 */
RESULT federated_end(struct ctx *c, const struct upstream_meant *meant, int64_t *ended);

/*
 * Whose account it is, where nobody signs in and so nobody can be asked for anything: what a
 * sign-in by this proof alone shows.  None is made.  FORBIDDEN: nobody is linked, the account is
 * disabled, its address is not verified where that is asked for, or it has a second factor.  Inside
 * a transaction the link stays as it is until that ends.
 */
struct federated_known {
    const struct user_row *user;
    struct texts amr;
    const char *acr;
    int64_t auth_time;
};
RESULT federated_known(struct ctx *c, const struct federated_person *person,
                       struct federated_known *out);

/* Asked again, it says who they are now: the roles that it governs are brought up to date. */
RESULT federated_renew(struct ctx *c, const char *user_id, const struct federated_person *person);

/* Takes it away, with event and letter, and ends what was granted for its word with no session.
 * NOT_FOUND: it is not the user's; CONFLICT: it is the only
 * way in which they can sign in (AT-21). */
RESULT identity_unlink(struct ctx *c, const char *user_id, const char *id);

#endif
