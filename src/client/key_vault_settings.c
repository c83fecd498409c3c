/* SPDX-License-Identifier: Apache-2.0 */
#include "client/key_vault_settings.h"

#include "base/config_source.h"
#include "client/azure_source.h"
#include "client/key_vault.h"
#include "net/resolver.h"

#include <string.h>
#include <unistd.h>

enum { VAULTS_MAX = 16 };

/* What is made once for all settings. */
struct resolving {
    struct azure_credential *credential;
    const char *authority;
    struct {
        const char *url;
        struct key_vault *vault;
    } at[VAULTS_MAX];
    size_t n;
};

RESULT key_vault_credential(struct ctx *c, struct azure_credential **out)
{
    const struct azure_platform platform = azure_platform((const char *const *)environ);
    return azure_credential_new(c, &platform, &(struct azure_options){ .credential = "prod" }, out);
}

static RESULT find_vault(struct ctx *c, struct resolving *r, const char *url,
                         struct key_vault **out)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!text_equal(r->at[i].url, url))
            continue;
        *out = r->at[i].vault;
        return ok();
    }
    if (r->n == VAULTS_MAX)
        return fail(c, INVALID_REQUEST, "settings refer to more than %d key vaults", VAULTS_MAX);
    const struct key_vault_plan plan = { .url = url, .credential = r->credential };
    TRY(key_vault_new(c, &plan, out));
    r->at[r->n].url = url;
    r->at[r->n++].vault = *out;
    return ok();
}

static RESULT fetch(struct ctx *c, struct resolving *r, const char *reference, const char **out)
{
    struct vault_address address;
    struct vault_secret secret = { .value = "" };
    struct key_vault *vault = NULL;
    TRY(vault_address_read(c, reference, r->authority, &address));
    TRY(find_vault(c, r, address.url, &vault));
    TRY(key_vault_secret(c, vault, address.name, address.version, &secret));
    if (!vault_version_is_good(&secret.is, c->now))
        return fail(c, INVALID_REQUEST, "the secret is disabled, not good yet, or has ended");
    size_t n = strlen(secret.value);
    n -= n > 0 && secret.value[n - 1] == '\n';
    *out = text_copy(c->arena, secret.value, n);
    return ok();
}

/* The value of one row, or why not: the setting is named, and the reference, and what to do. */
static RESULT resolve(struct ctx *c, struct resolving *r, const struct config_row *row,
                      const char *reference, struct config *config)
{
    struct config_given given = { .name = row->name, .label = row->variable, .from = reference };
    if (fetch(c, r, reference, &given.value).code != ERR_OK) {
        const char *why = c->fault.text == NULL ? "" : c->fault.text;
        fault_clear(c);
        return fail_field(c, INVALID_FIELD, row->variable,
                          text_printf(c->arena, "%s cannot be read: %s", reference, why));
    }
    if (config_is_reference(given.value))
        return fail_field(c, INVALID_FIELD, row->variable,
                          text_printf(c->arena, "%s refers to another reference", reference));
    return config_set(c, row, &given, config);
}

static const char *value_of(const struct config *config, const struct config_row *row)
{
    const void *at = (const uint8_t *)config + row->offset;
    return *(const char *const *)at;
}

static bool refers(const struct config *config, const struct config_row *row)
{
    return config_may_refer(row) && config_is_reference(value_of(config, row));
}

static RESULT resolve_all(struct ctx *c, struct config *config)
{
    struct resolving r = { .n = 0 };
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    err done = key_vault_credential(c, &r.credential);
    if (done.code == ERR_OK)
        done = azure_authority(c, r.credential, &r.authority);
    for (size_t i = 0; done.code == ERR_OK && i < n; i++)
        if (refers(config, &rows[i]))
            done = resolve(c, &r, &rows[i], value_of(config, &rows[i]), config);
    for (size_t i = 0; i < r.n; i++)
        key_vault_free(r.at[i].vault);
    azure_credential_free(r.credential);
    return done;
}

/* With the means to call others, where there are none yet. */
static RESULT call_out(struct ctx *c, struct config *config)
{
    struct resolver *resolver = resolver_new(1);
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    err done = { ERR_OK };
    if (resolver != NULL && arena != NULL)
        c->upstreams = upstreams_new(arena, resolver);
    if (c->upstreams == NULL)
        done = fail(c, OUT_OF_MEMORY, "not enough memory to call a key vault");
    else
        done = resolve_all(c, config);
    upstreams_free(c->upstreams);
    c->upstreams = NULL;
    arena_end(arena);
    resolver_free(resolver);
    return done;
}

RESULT key_vault_settings(struct ctx *c, struct config *config)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any = any || refers(config, &rows[i]);
    if (!any)
        return ok();
    TRY(c->upstreams == NULL ? call_out(c, config) : resolve_all(c, config));
    return config_check(c, config);
}
