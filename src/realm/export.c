/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "oauth/client_auth.h"

#include <string.h>

/* "UAUTH_CLIENT_WEB_SHOP_SECRET" for the client web-shop. */
static const struct realm_secret *secret_variable(struct arena *a, const struct realm_kind *kind,
                                                  const char *key)
{
    struct realm_secret *secret = ARENA_NEW(a, struct realm_secret);
    const char *name = text_printf(a, "UAUTH_%s_%s_SECRET", kind->name, key);
    char *upper = arena_copy(a, name, strlen(name) + 1);
    for (char *at = upper; *at != '\0'; at++) {
        bool lower = *at >= 'a' && *at <= 'z';
        bool kept = (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        *at = lower ? (char)(*at - 'a' + 'A') : kept ? *at : '_';
    }
    secret->env = upper;
    return secret;
}

static bool has_secret(const char *method)
{
    const struct client_auth *auth = client_auth_find(method);
    return auth != NULL && auth->has_secret;
}

/* Refers to the secret of a thing that has one. */
static void refer(struct arena *a, const struct realm_kind *kind, void *thing)
{
    const char *key = kind->key(a, thing);
    if (kind == &realm_kind_client) {
        struct realm_client *client = thing;
        const struct client_metadata *metadata = client->metadata;
        if (has_secret(metadata->token_endpoint_auth_method))
            client->secret = secret_variable(a, kind, key);
    }
    if (kind == &realm_kind_provider) {
        struct realm_provider *provider = thing;
        const struct provider_metadata *metadata = provider->metadata;
        if (!text_equal(metadata->token_endpoint_auth_method, "none"))
            provider->secret = secret_variable(a, kind, key);
    }
}

static RESULT write_kind(struct ctx *c, const struct realm_wish *wish,
                         const struct realm_kind *kind, struct json_writer *w)
{
    struct realm_things things;
    TRY(realm_now(c, kind, &things));
    if (things.n > REALM_LIST_MAX)
        return fail_say(
            c, INVALID_REQUEST,
            text_printf(c->arena, "There are more %s than a file may list.", kind->list),
            "more than %d", REALM_LIST_MAX);
    json_array(w, kind->list);
    for (size_t i = 0; i < things.n; i++) {
        if (wish->secrets_from_env)
            refer(c->arena, kind, things.at[i]);
        realm_thing_write(w, NULL, kind->shape, things.at[i]);
    }
    json_array_end(w);
    return ok();
}

struct exporting {
    const struct realm_wish *wish;
    const char *json;
};

static RESULT export_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct exporting *e = arg;
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    for (size_t i = 0; i < n; i++)
        if (!kinds[i]->when_asked || e->wish->members)
            TRY(write_kind(c, e->wish, kinds[i], &w));
    json_object_end(&w);
    e->json = json_written(&w);
    return ok();
}

RESULT realm_export(struct ctx *c, const struct realm_wish *wish, const char **json)
{
    struct exporting e = { .wish = wish };
    TRY(db_atomically(c, export_in, &e));
    *json = realm_laid_out(c->arena, e.json);
    return ok();
}
