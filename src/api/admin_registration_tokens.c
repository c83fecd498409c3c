/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_registration_tokens.h"

#include "web/reply.h"

struct admin_registration_token
admin_registration_token_of(const struct registration_token_made *made)
{
    return (struct admin_registration_token){ .token = made->token,
                                              .uses = made->row.uses,
                                              .expires_at = made->row.expires_at };
}

RESULT post_admin_registration_token(struct req *r)
{
    const struct admin_registration_token_new *in = r->in;
    const struct actor actor = admin_actor(r);
    struct registration_token_made made;
    TRY(registration_token_make(
        r->c,
        &(struct registration_token_new){
            .actor = &actor, .uses = in->uses, .hours = in->hours, .label = in->label },
        &made));
    const struct admin_registration_token shown = admin_registration_token_of(&made);
    return reply(r, &shown);
}

RESULT delete_admin_registration_tokens(struct req *r)
{
    const struct actor actor = admin_actor(r);
    struct admin_registration_tokens_ended out = { 0 };
    TRY(registration_tokens_withdraw(r->c, &actor, &out.ended));
    return reply(r, &out);
}
