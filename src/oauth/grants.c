/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/grant.h"

static const struct grant *const rows[] = {
    &grant_authorization_code, &grant_refresh_token,  &grant_client_credentials,
    &grant_device_code,        &grant_token_exchange, &grant_jwt_bearer,
};
enum { GRANTS = sizeof rows / sizeof rows[0] };

const struct grant *const *grants(size_t *n)
{
    *n = GRANTS;
    return rows;
}

const struct grant *grant_find(const char *name)
{
    for (size_t i = 0; i < GRANTS; i++)
        if (text_equal(rows[i]->name, name))
            return rows[i];
    return NULL;
}

const char *grant_names(struct arena *a)
{
    struct texts names = { ARENA_NEWS(a, const char *, GRANTS), 0 };
    for (size_t i = 0; i < GRANTS; i++)
        names.at[names.n++] = rows[i]->name;
    return text_join(a, names, " ");
}

RESULT grant_resource(struct ctx *c, const struct token_request *in, const char **out)
{
    /* RFC 8707 2.2: a token is for one API, so that none of them can use it at another. */
    if (in->resource.n > 1)
        return because(c, RESOURCES, "1", text_printf(c->arena, "%zu", in->resource.n),
                       fail_say(c, INVALID_TARGET, "Ask for one resource at a time.",
                                "%zu resources in one token request", in->resource.n));
    *out = in->resource.n == 0 ? NULL : in->resource.at[0];
    return ok();
}
