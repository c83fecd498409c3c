/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_ACCOUNT_H
#define UAUTH_IDENTITY_ACCOUNT_H

/*
 * What people do with their own account.  Calls that anybody can make about any address
 * (registering, asking for a link) answer the same, and take the same time, whether there is an
 * account or not (EN-10): the same reads, the same hash, one transaction; mail goes by the outbox.
 */

#include "store/registrations.h"
#include "store/users.h"

/* ---- registering ---- */

struct account_registration {
    const char *email, *password, *full_name;
    const char *invitation; /* the token of one; needed where registration is `invite` */
    const char *tenant_id;  /* into which, without an invitation; NULL: the default one */
};
struct account_registered {
    const char *id; /* of the new user; random where the address was known before */
    const char *email, *full_name;
    int64_t created_at;
    bool verified; /* an invitation, which came to the address, has verified it */
};
/* Whether anybody may register, without an invitation. */
bool account_anybody_may_register(const struct config *config);

/* REGISTRATION_CLOSED; INVALID_FIELD, WEAK_PASSWORD; INVALID_TOKEN_LINK for the invitation;
 * RATE_LIMITED, by the address and whether or not it is known. */
RESULT account_register(struct ctx *c, const struct account_registration *registration,
                        struct account_registered *out);

/* The link in the mail, of a registration or of a change of address.  INVALID_TOKEN_LINK. */
RESULT account_verify_email(struct ctx *c, const char *token);

/* The events of a registration that was verified, `by` an invitation or (NULL) its link; in the
 * transaction of that. */
RESULT account_tell_verified(struct ctx *c, const struct verified *done, const char *by);

/* Sends the link again, or one to choose a password (identity/link.h), if the address waits for its
 * owner.  Past the allowance of the address it sends nothing, and answers the same. */
RESULT account_resend(struct ctx *c, const char *email);

/* ---- passwords ---- */

/* Sends a link to choose a password, if an active user has the address who does not sign in with
 * others alone (PR-14).  Past the allowance of the address it sends nothing, and answers the same
 * (PR-10). */
RESULT account_forgot(struct ctx *c, const char *email);

/* Sends `user` the link by which a password is chosen, and records who asked for it: `actor_id`, or
 * (NULL) the user.  Inside db_atomically. */
RESULT account_send_reset(struct ctx *c, const struct user_row *user, const char *actor_id);

/* Sends a user who signs in with others alone a link to choose a first password: they are signed
 * in, and read the mail.  CONFLICT: they have one.  Past the allowance of the address it sends
 * nothing, and answers the same. */
RESULT account_ask_first_password(struct ctx *c, const char *user_id);

/* INVALID_TOKEN_LINK; WEAK_PASSWORD, and then the link is still good.  Ends all sessions; does not
 * sign in (PR-07). */
RESULT account_reset(struct ctx *c, const char *token, const char *password);

struct account_password {
    const char *user_id, *sid; /* the session to keep, or NULL */
    const char *current_password, *new_password;
};
/* INVALID_CREDENTIALS, RATE_LIMITED for the present password; WEAK_PASSWORD (`field` new_password),
 * also if it is the same.  Tells the owner, and ends all sessions but `sid`, which from now on is
 * one like any other if it was for the change (LOGIN_ACR_CHANGE). */
RESULT account_change_password(struct ctx *c, const struct account_password *change);

/* ---- the rest of one's account ---- */

/* Sends a link to the new address after checking the password; nothing changes until it is
 * followed, and then the old address is told (AU-10).  The answer does not tell whether the address
 * is taken: then its owner is told.  INVALID_FIELD; INVALID_CREDENTIALS; RATE_LIMITED. */
struct account_email {
    const char *user_id, *email, *password;
};
RESULT account_change_email(struct ctx *c, const struct account_email *change);

/* Changes name and language (NULL: stays).  INVALID_FIELD; NOT_FOUND if the user is gone. */
struct account_profile {
    const char *full_name;
    const char *locale; /* the tag of one of base/language.h */
};
RESULT account_update(struct ctx *c, const char *user_id, const struct account_profile *profile,
                      const struct user_row **out);

/* The user, whatever their status.  NOT_FOUND. */
RESULT account_find(struct ctx *c, const char *user_id, const struct user_row **out);

/* Everything that is known of the user, as a JSON object (GDPR 15, 20), with the event.  Of events
 * the newest, and `events_complete`: past 1 MiB the oldest are left out. */
RESULT account_export(struct ctx *c, const char *user_id, const char **json);

/* Erases the account after checking the password (GDPR 17).  INVALID_CREDENTIALS, RATE_LIMITED;
 * CONFLICT for the last administrator (AZ-15). */
RESULT account_erase(struct ctx *c, const char *user_id, const char *password);

/* What erasing does, whoever asks for it, with its events and the last letter; in a transaction.
 * `actor_id` NULL: the user, or a command. */
RESULT account_end(struct ctx *c, const struct user_row *user, const char *actor_id);

#endif
