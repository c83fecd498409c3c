/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
#include "base/log.h"
#include "token/key_plan.h"
#include "token/key_snapshot.h"

#include <string.h>

enum { FILE_CEILING = 128 * 1024 };

/* The setting is the index of a choice of config.def. */
enum jws_alg keyring_alg_configured(const struct config *config)
{
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    must(config->jwt_algorithm >= 0 &&
         (size_t)config->jwt_algorithm < sizeof algs / sizeof algs[0]);
    return algs[config->jwt_algorithm];
}

static unsigned further_algs(const struct config *config)
{
    unsigned algs = 0;
    for (size_t i = 0; i < config->jwt_more_algorithms.n; i++)
        algs |= alg_from_name(config->jwt_more_algorithms.at[i]);
    return algs & ~(unsigned)keyring_alg_configured(config);
}

unsigned keyring_algs_configured(const struct config *config)
{
    return keyring_alg_configured(config) | further_algs(config);
}

/* Decision 14: where both halves are given, they belong together. */
static RESULT read_pair(struct ctx *c, enum jws_alg alg, struct key_file *into)
{
    const char *public_path = c->config->jwt_public_key_path;
    bool matches = true;
    TRY(key_read_pem(c, into->arena, into->path, alg, &into->key));
    if (*public_path != '\0')
        TRY(key_matches_pem(c, into->key, public_path, &matches));
    if (!matches)
        return fail(c, INVALID_REQUEST,
                    "%s is not the public half of %s: openssl pkey -in %s -pubout -out %s",
                    public_path, into->path, into->path, public_path);
    return ok();
}

static RESULT read_file(struct ctx *c, enum jws_alg alg, struct key_file **out)
{
    const char *path = c->config->jwt_private_key_path;
    struct arena *a = arena_new(FILE_CEILING);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for a key");
    struct key_file *file = ARENA_NEW(a, struct key_file);
    file->arena = a;
    file->holders = 1;
    file->path = text_copy(a, path, strlen(path));
    err done = read_pair(c, alg, file);
    if (done.code == ERR_OK)
        *out = file;
    else
        arena_end(a);
    return done;
}

/* Whether tokens of the key have been signed before: then a vault that is away is no mistake in the
 * settings. */
static bool has_signed(struct ctx *c, enum jws_alg alg)
{
    struct key_rows rows;
    if (keys_list(c, NULL, &rows).code != ERR_OK) {
        fault_clear(c);
        return false;
    }
    const struct key_row *current = key_row_of(&rows, alg_name(alg), KEY_ROW_CURRENT);
    return current != NULL && current->sealed_private == NULL;
}

static RESULT ask(struct ctx *c, struct key_remote *remote, enum jws_alg alg)
{
    err polled = key_remote_poll(c, remote);
    bool is_away = polled.code == ERR_UNAVAILABLE || polled.code == ERR_UPSTREAM;
    if (polled.code == ERR_OK || !is_away)
        return polled;
    const struct fault why = c->fault;
    fault_clear(c);
    if (key_remote_generation(remote) == 0 && !has_signed(c, alg)) {
        c->fault = why;
        return polled;
    }
    LOG_LINE(c->log, c, LOG_WARN, "the key vault is away; no token is signed until it is back",
             { "why", .text = why.text });
    key_remote_miss(c, remote);
    return ok();
}

/* Commands call nobody: what the table says is all they know. */
static RESULT open_remote(struct ctx *c, const struct key_source *before, enum jws_alg alg,
                          struct key_remote **out)
{
    struct key_remote *remote = before == NULL ? NULL : before->remote;
    if (key_remote_is_configured(c, remote, alg))
        (void)key_remote_hold(remote);
    else
        TRY(key_remote_new(c, alg, &remote));
    err asked = c->upstreams == NULL ? ok() : ask(c, remote, alg);
    if (asked.code == ERR_OK)
        *out = remote;
    else
        key_remote_release(remote);
    return asked;
}

RESULT key_source_read(struct ctx *c, const struct key_source *before, struct key_source *out)
{
    struct key_source source = { .alg = keyring_alg_configured(c->config),
                                 .more = further_algs(c->config) };
    if (*c->config->jwt_key_vault_key != '\0')
        TRY(open_remote(c, before, source.alg, &source.remote));
    if (*c->config->jwt_private_key_path != '\0')
        TRY(read_file(c, source.alg, &source.file));
    *out = source;
    return ok();
}

struct key_source key_source_of_tenant(const struct config *config, const char *tenant_id)
{
    return (struct key_source){ .tenant_id = tenant_id,
                                .alg = keyring_alg_configured(config),
                                .more = further_algs(config) };
}

void key_source_release(const struct key_source *source)
{
    struct key_file *file = source->file;
    if (file != NULL && --file->holders == 0)
        arena_end(file->arena);
    key_remote_release(source->remote);
}
