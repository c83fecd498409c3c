/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/scope.h"

#include "identity/access.h"
#include "oauth/user_claims.h"

struct texts scope_without(struct arena *a, struct texts scopes, const char *scope)
{
    struct texts out = { ARENA_NEWS(a, const char *, scopes.n), 0 };
    for (size_t i = 0; i < scopes.n; i++)
        if (!text_equal(scopes.at[i], scope))
            out.at[out.n++] = scopes.at[i];
    return out;
}

bool scope_is_personal(struct arena *a, const char *scope)
{
    return text_equal(scope, SCOPE_OPENID) || text_equal(scope, SCOPE_OFFLINE) ||
           texts_hold(user_claims_scopes(a), scope);
}

RESULT scope_of_request(struct ctx *c, const struct client *client, const char *scope,
                        struct texts *out)
{
    struct texts registered = text_split(c->arena, client->metadata.scope, ' ');
    struct texts asked;
    if (scope == NULL) {
        asked = scope_without(c->arena, registered, SCOPE_OPENID);
        *out = scope_without(c->arena, asked, SCOPE_OFFLINE);
        return ok();
    }
    TRY(scopes_read(c, scope, &asked));
    for (size_t i = 0; i < asked.n; i++)
        if (!texts_hold(registered, asked.at[i]))
            return because(
                c, SCOPE, client->metadata.scope, asked.at[i],
                fail_say(c, INVALID_SCOPE,
                         text_printf(c->arena, "The client is not registered for the scope %s.",
                                     asked.at[i]),
                         "client %s asks for %s, and is registered for \"%s\"", client->id,
                         asked.at[i], client->metadata.scope));
    *out = asked;
    return ok();
}

RESULT scope_of_client(struct ctx *c, const struct client *client, const char *scope,
                       struct texts *out)
{
    struct texts asked;
    TRY(scope_of_request(c, client, scope, &asked));
    struct texts own = { ARENA_NEWS(c->arena, const char *, asked.n), 0 };
    for (size_t i = 0; i < asked.n; i++) {
        bool personal = scope_is_personal(c->arena, asked.at[i]);
        if (personal && scope != NULL)
            return because(
                c, SCOPE_PERSONAL, NULL, asked.at[i],
                fail_say(c, INVALID_SCOPE, "There is no user whom this scope could be about.",
                         "client %s asks for %s on its own behalf", client->id, asked.at[i]));
        if (!personal)
            own.at[own.n++] = asked.at[i];
    }
    *out = own;
    return ok();
}
