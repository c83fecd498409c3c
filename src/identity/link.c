/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/link.h"

#include "base/config.h"
#include "base/random.h"
#include "crypto/digest.h"

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

RESULT link_send_own_address(struct ctx *c, const char *user_id, const char *email_entered)
{
    return link_send(c, &(struct link){ .kind = ONE_TIME_CHANGE_EMAIL,
                                        .letter = LETTER_VERIFY_EMAIL,
                                        .user_id = user_id,
                                        .payload = email_entered,
                                        .to = email_entered,
                                        .ttl = c->config->verify_email_hours * 3600 });
}
