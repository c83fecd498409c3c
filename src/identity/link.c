/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/link.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "store/registrations.h"
#include "store/tenants.h"

/* Adds a token; its letter is to be posted. */
static RESULT make(struct ctx *c, const struct link *link, struct letter *letter)
{
    const char *token = random_token(c);
    *letter = (struct letter){ .kind = link->letter,
                               .user_id = link->user_id,
                               .to = link->to,
                               .full_name = link->full_name,
                               .about = link->phrase,
                               .locale = link->locale,
                               .token = token,
                               .ttl = link->ttl };
    return one_time_add(c, &(struct one_time_new){ .kind = link->kind,
                                                   .hash = token_hash(c->arena, token),
                                                   .user_id = link->user_id,
                                                   .about = link->about,
                                                   .payload = link->payload,
                                                   .expires_at = c->now + link->ttl });
}

RESULT link_send(struct ctx *c, const struct link *link)
{
    struct letter letter;
    TRY(make(c, link, &letter));
    return letter_post(c, &letter);
}

RESULT link_rehearse(struct ctx *c, const struct link *link)
{
    struct link nobodys = *link;
    struct letter letter;
    nobodys.user_id = NULL;
    nobodys.about = random_uuid(c);
    TRY(make(c, &nobodys, &letter));
    return letter_rehearse(c, &letter);
}

RESULT link_send_registration(struct ctx *c, const struct user_row *user,
                              const char *registration_id)
{
    int64_t ttl = c->config->verify_email_hours * 3600;
    const char *token = random_token(c);
    bool found = false;
    TRY(registration_relink(c, registration_id, token_hash(c->arena, token), c->now + ttl, &found));
    if (!found)
        return ok();
    return letter_post(c, &(struct letter){ .kind = LETTER_VERIFY_EMAIL,
                                            .user_id = user->id,
                                            .to = user->email_entered,
                                            .token = token,
                                            .ttl = ttl });
}

/* The default tenant is the service itself, which the letter names anyway. */
static RESULT name_tenant(struct ctx *c, const char *tenant_id, const char **name)
{
    const struct tenant_row *tenant = NULL;
    if (tenant_id != NULL && !text_equal(tenant_id, TENANT_DEFAULT_ID))
        TRY(tenant_find(c, tenant_id, &tenant));
    *name = tenant == NULL ? NULL : tenant->name;
    return ok();
}

RESULT link_send_password(struct ctx *c, const struct user_row *user)
{
    struct link link = { .kind = ONE_TIME_RESET_PASSWORD,
                         .letter = LETTER_RESET_PASSWORD,
                         .user_id = user->id,
                         .to = user->email_entered,
                         .full_name = user->full_name,
                         .ttl = c->config->reset_password_minutes * 60 };
    if (user->email_verified_at != 0)
        return link_send(c, &link);
    link.letter = LETTER_CHOOSE_PASSWORD;
    link.full_name = NULL; /* whoever made the account has written it */
    link.ttl = c->config->verify_email_hours * 3600;
    TRY(name_tenant(c, user->default_tenant_id, &link.phrase));
    return link_send(c, &link);
}
