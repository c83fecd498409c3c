/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange_story.h"

#include "store/resources.h"

const char *orders(struct world *w, const char *more)
{
    static const char *const uris[] = { ORDERS, STOCK };
    for (size_t i = 0; i < 2; i++)
        story_does(w, resource_set(world_ctx(w),
                                   &(struct resource_row){ .uri = uris[i], .name = uris[i] }));
    return oauth_client(w, "orders", text_printf(w->arena, "{" ORDERS_POLICY "%s}", more));
}

struct answer exchanges_as(struct world *w, const char *client_id, const char *secret,
                           const char *token, const char *changes)
{
    const char *form = text_printf(
        w->arena, EXCHANGE "&subject_token_type=" TYPE "access_token&subject_token=%s", token);
    return oauth_post(w, "/oauth2/token", client_id, secret, oauth_form(w, form, changes));
}

struct answer exchanges(struct world *w, const char *secret, const char *token, const char *changes)
{
    return exchanges_as(w, "orders", secret, token, changes);
}

const char *shown(struct world *w)
{
    struct answer t = oauth_tokens(w, "resource=" ORDERS);
    return answer_text(&t, "access_token");
}

const char *link_of_chain(struct world *w, const char *id, const char *from, const char *to)
{
    return oauth_client(
        w, id,
        text_printf(w->arena,
                    "{'grant_types':['urn:ietf:params:oauth:grant-type:token-exchange'],"
                    "'scope':'email','audiences':['%s'],'token_exchange_audiences':['%s']}",
                    from, to));
}
