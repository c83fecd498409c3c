/* SPDX-License-Identifier: Apache-2.0 */
#include "api/health.h"

#include "base/log.h"
#include "client/key_vault.h"
#include "client/upstreams.h"
#include "crypto/key.h"
#include "db/kv.h"
#include "db/migrate.h"
#include "store/schema.h"
#include "token/keyring.h"
#include "web/reply.h"

enum { JWKS_MAX_AGE = 300, RETRY_SECONDS = 5 };

static const char word_ok[] = "ok";
static const char word_unavailable[] = "unavailable";

RESULT get_health(struct req *r)
{
    return reply(r, &(struct health){ .status = word_ok });
}

/* What is not ready is logged with its reason; the caller learns which part it is. */
static const char *word_of(struct req *r, const char *part, err checked)
{
    if (checked.code == ERR_OK)
        return word_ok;
    LOG_LINE(r->c->log, r->c, LOG_WARN, "not ready", { "part", .text = part },
             { "why", .text = r->c->fault.text });
    fault_clear(r->c);
    return word_unavailable;
}

static RESULT check_migrations(struct ctx *c)
{
    struct migrations_due due;
    TRY(migrate_plan(c, store_schema(), &due));
    return due.n == 0 ? ok() : fail(c, UNAVAILABLE, "%zu migrations are due", due.n);
}

static RESULT check_keys(struct ctx *c)
{
    const struct key_set *set = keyring_public(c, c->keys);
    return set->n > 0 ? ok() : fail(c, UNAVAILABLE, "the keyring is empty");
}

/* Nobody is sent elsewhere for it: the other nodes have no more. */
static const char *word_of_kv(struct req *r)
{
    struct kv_figures figures;
    kv_figures(r->c->kv, &figures);
    if (!figures.is_shared)
        return NULL;
    err checked = kv_check(r->c);
    fault_clear(r->c);
    return checked.code == ERR_OK ? word_ok : word_unavailable;
}

/* Nor for this: what was signed is checked here. */
static const char *word_of_vault(struct req *r)
{
    struct keyring_vault vault;
    if (!keyring_vault(r->c, r->c->keys, &vault))
        return NULL;
    return vault.signs ? word_ok : word_unavailable;
}

/* Nor for these: people sign in with a password meanwhile. */
static const char *word_of_providers(struct req *r)
{
    if (r->c->upstreams == NULL)
        return NULL;
    struct breaker_states all = breakers_state(r->c, r->c->upstreams->breakers);
    const char *word = NULL;
    for (size_t i = 0; i < all.n; i++) {
        if (text_starts(all.at[i].name, KEY_VAULT_BREAKER))
            continue;
        if (all.at[i].open)
            return word_unavailable;
        word = word_ok;
    }
    return word;
}

RESULT get_readiness(struct req *r)
{
    struct readiness out = { .status = word_ok };
    out.database = word_of(r, "database", db_check(r->c));
    out.migrations = word_of(r, "migrations", check_migrations(r->c));
    out.keys = word_of(r, "keys", check_keys(r->c));
    out.redis = word_of_kv(r);
    out.key_vault = word_of_vault(r);
    out.providers = word_of_providers(r);
    if (out.database == word_ok && out.migrations == word_ok && out.keys == word_ok)
        return reply(r, &out);
    out.status = word_unavailable;
    reply_header(r, "Retry-After", text_printf(r->c->arena, "%d", RETRY_SECONDS));
    return reply_json(r, 503, &readiness_shape, &out);
}

RESULT get_jwks(struct req *r)
{
    struct reply_fixed fixed = { .media = "application/jwk-set+json", .max_age = JWKS_MAX_AGE };
    TRY(keyring_jwks(r->c, r->c->keys, &fixed.bytes, &fixed.etag));
    return reply_fixed(r, &fixed);
}
