/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"
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

RESULT key_source_read(struct ctx *c, struct key_source *out)
{
    struct key_source source = { .alg = keyring_alg_configured(c->config),
                                 .more = further_algs(c->config) };
    if (*c->config->jwt_private_key_path != '\0')
        TRY(read_file(c, source.alg, &source.file));
    *out = source;
    return ok();
}

void key_file_release(struct key_file *file)
{
    if (file != NULL && --file->holders == 0)
        arena_end(file->arena);
}
