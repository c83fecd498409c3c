/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_outbound.h"

#include "client/upstreams.h"
#include "net/resolver.h"

RESULT command_with_upstreams(struct ctx *c, const struct command_line *line,
                              command_outbound_work *work, void *arg)
{
    struct resolver *resolver = resolver_new(1);
    if (resolver == NULL)
        return fail(c, OUT_OF_MEMORY, "not enough memory to call anybody");
    /* What is tied last goes first: documents before their keeper, which goes before the resolver.
     */
    ARENA_OWN(c->arena, struct resolver, resolver_free, resolver);
    c->upstreams = upstreams_new(c->arena, resolver);
    if (c->upstreams == NULL)
        return fail(c, OUT_OF_MEMORY, "not enough memory to call anybody");
    ARENA_OWN(c->arena, struct upstreams, upstreams_free, c->upstreams);
    return work(c, line, arg);
}
