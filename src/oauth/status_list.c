/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/status_list.h"

#include "token/status_list.h"
#include "web/reply.h"

RESULT get_status_list(struct req *r)
{
    struct status_list list;
    TRY(status_list_get(r->c, req_param(r, "name"), &list));
    const struct reply_fixed fixed = { .media = "application/statuslist+jwt",
                                       .bytes = bytes_of(list.token),
                                       .etag = list.etag,
                                       .max_age = list.max_age };
    return reply_fixed(r, &fixed);
}

RESULT get_status_lists(struct req *r)
{
    struct status_list_uris out = { 0 };
    if (!status_list_is_on(r->c))
        return fail(r->c, NOT_FOUND, "tokens have no status here");
    TRY(status_lists_used(r->c, &out.status_lists));
    for (size_t i = 0; i < out.status_lists.n; i++)
        out.status_lists.at[i] = status_list_uri(r->c, out.status_lists.at[i]);
    return reply(r, &out);
}
