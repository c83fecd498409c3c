/* SPDX-License-Identifier: Apache-2.0 */
#include "api/logout.h"

#include "api/answer.h"
#include "web/acting.h"
#include "web/browser.h"
#include "web/ended.h"
#include "web/reply.h"

RESULT post_logout(struct req *r)
{
    const struct logout_query *query = r->query;
    if (r->who.user_id == NULL || r->who.sid == NULL)
        return because(r->c, TOKEN_OF_APPLICATION, "sid", NULL,
                       fail_say(r->c, FORBIDDEN, "This token belongs to no session.",
                                "logout with a token without sid"));
    /* Who acts as a user signs out themselves, and the user nowhere else. */
    TRY(acting_forget(r));
    TRY(logout(r->c, r->who.user_id, r->who.sid, query->all && r->who.actor_id == NULL));
    TRY(ended(r));
    browser_sign_out(r);
    return reply_no_content(r);
}
