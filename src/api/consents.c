/* SPDX-License-Identifier: Apache-2.0 */
#include "api/consents.h"

#include "oauth/consent.h"
#include "store/consents.h"
#include "web/ended.h"
#include "web/reply.h"

enum { PAGE_DEFAULT = 50 };

RESULT get_my_consents(struct req *r)
{
    const struct consent_query *query = REQ_IN(r, consent_query);
    struct page page = { .after = query->after,
                         .limit = query->limit == 0 ? PAGE_DEFAULT : query->limit };
    struct consent_rows rows;
    TRY(consents_of(r->c, r->who.user_id, page, &rows));
    struct consent_entry *entries = ARENA_NEWS(r->c->arena, struct consent_entry, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        entries[i] = (struct consent_entry){ .client_id = rows.at[i].client_id,
                                             .client_name = rows.at[i].client_name,
                                             .scopes = rows.at[i].scopes,
                                             .created_at = rows.at[i].created_at,
                                             .updated_at = rows.at[i].updated_at };
    bool more = rows.n == (size_t)page.limit;
    return reply(r, &(struct consent_list){ .consents = { entries, rows.n },
                                            .next = more ? rows.at[rows.n - 1].client_id : NULL });
}

static RESULT withdraw(struct req *r, const char *client_id)
{
    bool revoked = false;
    TRY(consent_withdraw(r->c, r->who.user_id, client_id, &revoked));
    if (!revoked)
        return fail(r->c, NOT_FOUND, "user %s has granted that client nothing", r->who.user_id);
    TRY(ended(r));
    return reply_no_content(r);
}

RESULT delete_my_consent(struct req *r)
{
    return withdraw(r, req_param(r, "client_id"));
}

RESULT delete_my_consent_named(struct req *r)
{
    return withdraw(r, REQ_IN(r, consent_named)->client_id);
}
