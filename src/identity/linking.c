/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit.h"
#include "identity/federated.h"
#include "identity/letter.h"
#include "store/authorizations.h"
#include "store/credentials.h"

enum { RECENT = 300 /* seconds (decision 1) */ };

static RESULT tell(struct ctx *c, const struct user_row *user, enum audit_event event,
                   const char *provider)
{
    bool linked = event == AUDIT_IDENTITY_LINKED;
    const struct letter letter = {
        .kind = LETTER_IDENTITY_CHANGED,
        .user_id = user->id,
        .to = user->email_entered,
        .full_name = user->full_name,
        .news = linked ? PHRASE_identity_linked : PHRASE_identity_unlinked,
    };
    TRY(letter_post(c, &letter));
    return audit_add(c, &(struct audit){ .event = event,
                                         .user_id = user->id,
                                         .actor_id = user->id,
                                         .details = { { "provider", provider } } });
}

/* ---- linking ---- */

struct linking {
    const char *sid;
    const struct federated_person *person;
};

/* The session as it is now: it may have ended on the way, and the proof grown old. */
static RESULT check_session(struct ctx *c, const char *sid, const struct session_row **out)
{
    enum session_state state = SESSION_UNKNOWN;
    TRY(session_find_id(c, sid, &state, out));
    if (*out == NULL || state != SESSION_LIVE)
        return because(c, SESSION_ENDED, NULL, NULL,
                       fail(c, INVALID_SESSION, "the session of a linking is over"));
    if (login_is_for_change((*out)->acr))
        return because(c, PASSWORD_CHANGE, NULL, NULL,
                       fail(c, PASSWORD_CHANGE_REQUIRED, "the password has to be changed first"));
    /* The way to the provider and back is allowed for: the attempt lives ten minutes. */
    if (c->now - (*out)->auth_time > 3 * RECENT)
        return because(c, SIGN_IN_AGE, NULL, NULL,
                       fail(c, STEP_UP_REQUIRED, "the sign-in of a linking is too old"));
    return ok();
}

static RESULT link_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct linking *l = arg;
    const struct session_row *session = NULL;
    const struct user_row *user = NULL;
    const char *id = NULL;
    TRY(check_session(c, l->sid, &session));
    TRY(user_find(c, session->user_id, &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return fail(c, INVALID_SESSION, "the user of a linking is gone");
    TRY(identity_add(c,
                     &(struct identity_row){ .provider = l->person->provider,
                                             .issuer = l->person->issuer,
                                             .subject = l->person->subject,
                                             .user_id = user->id },
                     &id));
    if (id == NULL)
        return fail_say(c, CONFLICT, "That account is linked already.",
                        "this identity of %s is linked", l->person->provider);
    return tell(c, user, AUDIT_IDENTITY_LINKED, l->person->provider);
}

RESULT identity_link(struct ctx *c, const char *sid, const struct federated_person *person)
{
    struct linking linking = { sid, person };
    return db_atomically(c, link_in, &linking);
}

/* ---- unlinking ---- */

struct unlinking {
    const char *user_id, *id;
};

static const struct identity_row *find(const struct identity_rows *rows, const char *id)
{
    for (size_t i = 0; i < rows->n; i++)
        if (text_equal(rows->at[i].id, id))
            return &rows->at[i];
    return NULL;
}

/* By an exchange (RFC 8693): nobody has signed in here, so there is no session, neither now nor
 * ever. */
static bool is_of_word(const struct authorization_row *row)
{
    return row->session_id == NULL && row->sid == NULL && texts_hold(row->amr, "fed");
}

/* A row does not say which identity it was, and what is given so lives for minutes: all of them. */
static RESULT end_granted(struct ctx *c, const char *user_id)
{
    struct page page = { .limit = PAGE_MAX };
    struct authorization_rows rows;
    bool revoked = false;
    do {
        TRY(authorizations_of(c, user_id, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            page.after = rows.at[i].id;
            if (is_of_word(&rows.at[i]))
                TRY(authorization_revoke(c, rows.at[i].id, &revoked));
        }
    } while (rows.n == PAGE_MAX);
    return ok();
}

static RESULT unlink_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct unlinking *u = arg;
    const struct user_row *user = NULL;
    struct identity_rows rows;
    struct password_row password;
    bool removed = false;
    TRY(identities_of(c, u->user_id, &rows));
    const struct identity_row *row = find(&rows, u->id);
    if (row == NULL)
        return fail(c, NOT_FOUND, "user %s has no identity of that handle", u->user_id);
    TRY(password_find(c, u->user_id, &password));
    if (password.hash == NULL && rows.n == 1)
        return fail_say(c, CONFLICT, "This is the only way in which you can sign in.",
                        "the last way in of user %s", u->user_id);
    TRY(identity_remove(c, u->user_id, u->id, &removed));
    TRY(upstream_sessions_forget(c, u->user_id, row->provider, row->subject));
    TRY(end_granted(c, u->user_id));
    TRY(user_find(c, u->user_id, &user));
    if (!removed || user == NULL)
        return fail(c, NOT_FOUND, "the identity is gone");
    return tell(c, user, AUDIT_IDENTITY_UNLINKED, row->provider);
}

RESULT identity_unlink(struct ctx *c, const char *user_id, const char *id)
{
    struct unlinking unlinking = { user_id, id };
    return db_atomically(c, unlink_in, &unlinking);
}
