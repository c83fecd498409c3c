/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_INVITATION_H
#define UAUTH_IDENTITY_INVITATION_H

/*
 * Invitations into a tenant, by mail.  Who has no account registers with the link and is at home in
 * the tenant; who has one joins as a guest, and nothing about their account changes hands (TN-07).
 * The one who invites is not told whether there is an account (TN-09).  Roles are given when the
 * invitation is accepted, and only those that whoever invited still may give then (AZ-04).
 */

#include "identity/authority.h"
#include "store/invitations.h"
#include "store/tenants.h"

enum { INVITATION_SECONDS = 7 * 86400 };

struct invitation_new {
    const struct actor *actor; /* NULL: a command on the machine */
    const char *tenant_id, *email;
    struct texts roles; /* beside `user` */
};

/* Sends one, instead of an earlier one to the address; as authority_mail if there is an actor.
 * INVALID_FIELD; NOT_FOUND for a role, FORBIDDEN for one beyond the actor; CONFLICT for a member,
 * unless their address is not proven: by the invitation it is; RATE_LIMITED by mails to it. */
RESULT invitation_make(struct ctx *c, const struct invitation_new *invitation,
                       const struct invitation_row **out);

/* Its link is dead from now on.  NOT_FOUND. */
RESULT invitation_withdraw(struct ctx *c, const struct actor *actor, const char *tenant_id,
                           const char *id);

/*
 * Tells each tenant that has invited the address that its invitation is gone, as it goes with the
 * account; in the transaction that erases, before it does.  Nothing tells by whom and from where:
 * that is not theirs to know, and no key that goes with the account would seal it.
 */
RESULT invitations_end(struct ctx *c, const char *email);

/* The owner of the invited address joins by the token of the link.  INVALID_TOKEN_LINK, also for
 * who has no account yet: they register with it. */
RESULT invitation_accept(struct ctx *c, const char *token);

/* Into which tenant the token of a link invites, as long as it does; *out is NULL otherwise. */
RESULT invitation_look(struct ctx *c, const char *token, const struct tenant_row **out);

/* The invitation behind a token's payload, for the address; INVALID_TOKEN_LINK if it is not there
 * any more, was for another address, or its tenant is suspended. */
RESULT invitation_check(struct ctx *c, const char *id, const char *email,
                        const struct invitation_row **out);

/* Makes the user a member with what the invitation gives, and uses it up; in a transaction. */
RESULT invitation_join(struct ctx *c, const struct invitation_row *invitation, const char *user_id);

#endif
