/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/account.h"

#include "base/json_writer.h"
#include "base/language.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "identity/full_name.h"
#include "identity/impersonation.h"
#include "identity/invitation.h"
#include "identity/last_admin.h"
#include "identity/letter.h"
#include "identity/login.h"
#include "store/erasure_log.h"

RESULT account_find(struct ctx *c, const char *user_id, const struct user_row **out)
{
    const struct user_row *user = NULL;
    TRY(user_find(c, user_id, &user));
    if (user == NULL)
        return fail(c, NOT_FOUND, "there is no user %s", user_id);
    *out = user;
    return ok();
}

/* ---- the profile ---- */

struct updating {
    const char *user_id;
    const struct account_profile *to;
    const struct user_row *user;
};

static const char *profile_json(struct ctx *c, const struct user_row *user)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "full_name", user->full_name);
    json_text_if(&w, "locale", user->locale);
    json_object_end(&w);
    return json_written(&w);
}

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct updating *u = arg;
    bool found = false;
    const struct user_row *before = NULL;
    TRY(account_find(c, u->user_id, &before));
    TRY(user_set_profile(
        c, u->user_id,
        &(struct user_profile){ .full_name = u->to->full_name, .locale = u->to->locale }, &found));
    if (!found)
        return fail(c, NOT_FOUND, "there is no user %s", u->user_id);
    TRY(account_find(c, u->user_id, &u->user));
    return audit_add(
        c, &(struct audit){
               .event = AUDIT_USER_UPDATED,
               .user_id = u->user_id,
               .details = { { "field", u->to->full_name != NULL ? "full_name" : "locale" } },
               .changed_personal =
                   audit_changes(c, profile_json(c, before), profile_json(c, u->user)) });
}

static RESULT check_profile(struct ctx *c, const struct account_profile *to)
{
    enum language language;
    if (to->full_name != NULL)
        TRY(full_name_check(c, to->full_name));
    if (to->locale != NULL && !(language_of_tag(to->locale, &language) &&
                                text_equal(language_row(language)->tag, to->locale)))
        return fail_field(c, INVALID_FIELD, "locale",
                          "This is none of the languages that we have.");
    return ok();
}

RESULT account_update(struct ctx *c, const char *user_id, const struct account_profile *profile,
                      const struct user_row **out)
{
    if (profile->full_name == NULL && profile->locale == NULL)
        return account_find(c, user_id, out);
    struct updating u = { .user_id = user_id, .to = profile };
    TRY(check_profile(c, profile));
    TRY(db_atomically(c, update_in, &u));
    *out = u.user;
    return ok();
}

/* ---- the end ---- */

RESULT account_end(struct ctx *c, const struct user_row *user, const char *actor_id)
{
    bool found = false;
    TRY(audit_add(c, &(struct audit){
                         .event = AUDIT_USER_DELETED, .user_id = user->id, .actor_id = actor_id }));
    TRY(invitations_end(c, user->email));
    TRY(impersonations_end(c, NULL, user->id));
    TRY(user_delete(c, user->id, &found));
    /* Mails to the user go with them; this one has to arrive. */
    return letter_post(c, &(struct letter){ .kind = LETTER_ACCOUNT_ERASED,
                                            .to = user->email_entered,
                                            .full_name = user->full_name,
                                            .locale = user->locale });
}

struct erasing {
    const char *user_id;
    int64_t epoch; /* of the user when they showed the password */
};

static RESULT erase_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct erasing *e = arg;
    const struct user_row *user = NULL;
    TRY(account_find(c, e->user_id, &user));
    if (user->epoch != e->epoch)
        return fail(c, INVALID_CREDENTIALS, "another password of user %s was set meanwhile",
                    user->id);
    TRY(last_admin_check(c, e->user_id));
    return account_end(c, user, NULL);
}

RESULT account_erase(struct ctx *c, const char *user_id, const char *password)
{
    struct erasing e = { .user_id = user_id };
    TRY(login_check_password(c, user_id, password, &e.epoch));
    TRY(db_atomically(c, erase_in, &e));
    erasure_log_keep(c, user_id);
    return ok();
}
