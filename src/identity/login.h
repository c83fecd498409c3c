/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_LOGIN_H
#define UAUTH_IDENTITY_LOGIN_H

/*
 * Signing in with a password and, where one is enrolled, a second factor: the one state machine
 * behind every door (C5).  Whoever is unknown, disabled, unverified, without a password or locked
 * meets the same path, words and time as whoever types a wrong password (claim I12, EN-01): one
 * hash, one transaction.  A recovery code that comes with the password costs one hash more, whether
 * or not anything of it is right (MF-14).
 *
 * Attempts count against the account (the canonical address) or, with a known device's cookie,
 * against that device (throttle.h).  Completing a sign-in gives its attempts back; a right password
 * alone does not (MF-07).
 *
 * A letter tells the owner of a sign-in from a browser not seen before (AU-10), unless it is their
 * first sign-in.  Modes session and spa: the browser has no device cookie of theirs.  Mode token,
 * whose callers keep no cookies: besides, none of their live sessions came from the same network
 * address with the same user agent.  At most five such letters an hour.
 */

#include "identity/access.h"
#include "identity/tenant_settings.h"
#include "store/sessions.h"
#include "store/status_lists.h"
#include "store/users.h"

struct login {
    /* Either an address and a password, and perhaps a code ... */
    const char *email, *password;
    /* ... or the handle of an MFA_REQUIRED before, and a code. */
    const char *mfa_token;
    const char *mfa_code; /* TOTP or recovery code, at most MFA_CODE_MAX characters; or NULL */
    const char
        *tenant_id;    /* NULL: the user's default tenant; "none": without tenant (decision 5) */
    const char *scope; /* what the tokens shall be good for; NULL: everything */
    enum session_mode mode;
    const char *device; /* value of the device cookie, or NULL */
};

enum { MFA_CODE_MAX = 32, MFA_TOKEN_SECONDS = 300, MFA_TOKEN_TRIES = 5, DEVICE_DAYS = 180 };

/* A sign-in that was completed; or, when login() fails with MFA_REQUIRED, the two last members. */
struct login_done {
    const struct user_row *user;
    const char *sid;
    enum session_mode mode;       /* of the attempt; with an mfa_token, of the one before it */
    const char *secret;           /* the session cookie's, mode SESSION_COOKIE */
    const char *authorization_id; /* behind the tokens */
    const char *refresh_token;    /* any other mode; made with the session */
    struct status_place status;   /* of the tokens */
    const char *tenant_id;        /* or NULL */
    const struct tenant_settings *policy; /* what holds there */
    struct rights rights;
    struct texts scopes;
    struct texts amr; /* RFC 8176: "pwd", "otp", "mfa", "rc" for a recovery code */
    const char *acr;  /* LOGIN_ACR_*; see docs/guide */
    int64_t auth_time;
    const char *device; /* a device cookie to set, or NULL */
    bool must_change_password;

    const char *mfa_token;
    struct texts methods; /* "totp", "recovery_code" */
};
#define LOGIN_ACR_PASSWORD "urn:uauth:acr:pwd"
#define LOGIN_ACR_MFA      "urn:uauth:acr:mfa"
/* With a password that an administrator has set and that is to be changed: such a sign-in has no
 * roles and permissions, and is good for changing it and for little else (web/principal.h). */
#define LOGIN_ACR_CHANGE "urn:uauth:acr:change"
bool login_is_for_change(const char *acr);

/*
 * With an mfa_token only mfa_code goes along: mode, tenant and scope are those of the first step,
 * and a known device that began must go on.  A handle is good for MFA_TOKEN_TRIES codes and one
 * sign-in, and dies when the user's password or status changes.
 *
 * INVALID_CREDENTIALS for whatever is wrong; MFA_REQUIRED if the password is right and a code is
 * needed (then `out` holds mfa_token and methods); RATE_LIMITED; FORBIDDEN if they are no member of
 * the tenant they asked for; INVALID_SCOPE; INVALID_FIELD; UNAVAILABLE from the gate.
 */
RESULT login(struct ctx *c, const struct login *attempt, struct login_done *out);

/*
 * A signed-in user proves again who they are: auth_time, amr and acr of the session become those of
 * now.  A user with a second factor must show it: MFA_REQUIRED without a code, whatever the
 * password; INVALID_CREDENTIALS if either is wrong.  INVALID_SESSION if the session is over;
 * RATE_LIMITED.  Whoever holds a cookie then calls session_renew, because rights grew.
 */
struct confirmation {
    const char *user_id, *sid;
    const char *password;
    const char *mfa_code; /* or NULL */
};
RESULT login_confirm(struct ctx *c, const struct confirmation *confirmation);

/*
 * Whether `password` is the user's: for changes that ask for it once more.  Costs one hash; counts
 * together with login_confirm.  *epoch is the user's then: the change compares it in its
 * transaction, because another password may have been set since.  INVALID_CREDENTIALS;
 * RATE_LIMITED; UNAVAILABLE from the gate.
 */
RESULT login_check_password(struct ctx *c, const char *user_id, const char *password,
                            int64_t *epoch);

/* Signs out: ends the session (all of the user's if `all`), with the event.  One that has ended
 * already is fine. */
RESULT logout(struct ctx *c, const char *user_id, const char *sid, bool all);

#endif
