/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_USERS_H
#define UAUTH_STORE_USERS_H

/*
 * People.  The address that counts is `email`, in the canonical form that identity/email.h makes,
 * compared byte for byte and unique (AT-05, AT-06); mail goes to `email_entered`, which is what its
 * owner wrote.
 */

#include "store/schema.h"

enum user_status {
    USER_ACTIVE,
    USER_DISABLED, /* by an administrator: nothing of theirs works */
    USER_DELETED   /* erased: only the id is left, for the audit */
};

struct user_row {
    const char *id;
    const char *email;         /* canonical; NULL: deleted */
    const char *email_entered; /* NULL: deleted */
    const char *full_name;
    enum user_status status;
    int64_t email_verified_at;     /* 0: not verified */
    const char *default_tenant_id; /* or NULL */
    const char *locale;            /* BCP 47: in which they are written to; NULL: not known yet */
    int64_t created_at, updated_at;
    int64_t last_login_at; /* 0: never */
    int64_t epoch;         /* from 1; rises whenever everything issued before must die: password,
                              status */
    bool totp;             /* has a confirmed TOTP factor */
};
struct user_rows {
    const struct user_row *at;
    size_t n;
    const char *goes_on; /* a page that is not full, of a search that has looked at enough: after
                            what the next one begins; else NULL */
};

/* A new user with all that they begin with. */
struct user_new {
    const char *email, *email_entered, *full_name;
    const char *password_hash; /* PHC text; NULL: none, another way in is linked later */
    bool must_change;          /* the password, at the next login */
    bool verified;             /* the address counts as verified */
    const char *tenant_id;     /* default tenant, of which they become a member; or NULL */
};

/* Adds one; *id is NULL if the address is taken. */
RESULT user_add(struct ctx *c, const struct user_new *user, const char **id);

/* *out is NULL if there is none (a deleted user is found by id only). */
RESULT user_find(struct ctx *c, const char *id, const struct user_row **out);
RESULT user_find_email(struct ctx *c, const char *email, const struct user_row **out);

/* All that a sign-in with a password has to know, in one read. */
struct login_row {
    struct user_row user;
    const char *password_hash; /* NULL: has no password */
    bool must_change;
    const char *pending_hash; /* not verified: the password of the newest registration, or NULL */
    const char *registration_id; /* of pending_hash */
    bool default_tenant_live;    /* default_tenant_id is active and the user a member */
};
RESULT login_find(struct ctx *c, const char *email, const struct login_row **out);

/* Users by id, without the deleted ones; `email_starts` (canonical form; may be NULL) narrows.  A
 * tenant's own: memberships_of_tenant. */
RESULT users_page(struct ctx *c, const char *email_starts, struct page page, struct user_rows *out);

/*
 * The members of a tenant, without the deleted ones, by id; with `email_starts` (canonical form) by
 * address, and then `after` is one, too.  However many people there are, a page looks at a few
 * thousand: all members of a small tenant, else those who are called so, or are disabled, wherever
 * they are members, from `after` on.
 */
struct member_filter {
    const char *tenant_id;
    const char *email_starts; /* or NULL */
    const char *status;       /* "active", "disabled"; NULL: both */
};
RESULT users_of_tenant(struct ctx *c, const struct member_filter *filter, struct page page,
                       struct user_rows *out);

/* NULL leaves a field as it is. */
struct user_profile {
    const char *full_name, *default_tenant_id, *locale;
};
RESULT user_set_profile(struct ctx *c, const char *id, const struct user_profile *profile,
                        bool *found);

/* Notes a completed sign-in, and the language of it: one that the person has `chosen` counts from
 * now on, one that they only `asked` for where none is known.  Either may be NULL. */
RESULT user_logged_in(struct ctx *c, const char *id, const char *chosen, const char *asked);

/* The language in which a user is written to; NULL if it is not known, or there is no such user. */
RESULT user_locale(struct ctx *c, const char *id, const char **out);

/*
 * Moves a user to a new address, verified by the link sent to it.  Links and pending registrations
 * of the old address die (PR-02).  *old is the address as entered before, for the notice; TAKEN
 * changes nothing.
 */
enum email_outcome { EMAIL_CHANGED, EMAIL_TAKEN, EMAIL_NO_USER };
RESULT user_set_email(struct ctx *c, const char *id, const char *email, const char *email_entered,
                      enum email_outcome *how, const char **old);

/* The owner of the present address follows a link that came there, which is of no registration: it
 * is verified.  *first: nobody had proven it before, and so what came before ends (end_unproven in
 * store/endings.h), but for the password: the caller sets another, or knows whose it is. */
RESULT user_prove_address(struct ctx *c, const char *id, bool *first);

/* Disabling ends everything of theirs at once: sessions, authorizations, devices, links, and access
 * tokens by a row of `revocations` (RT-11, SS-09); enabling brings none of it back.  A deleted user
 * is not found. */
RESULT user_set_status(struct ctx *c, const char *id, enum user_status status, bool *found);

/*
 * Erases a user: as disabling, and every personal field, credential, factor, identity, membership,
 * mail and audit key (store/events.h) goes.  The id stays; the address may be registered anew.
 */
RESULT user_delete(struct ctx *c, const char *id, bool *found);

#endif
