/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/discovery_kept.h"

#include "base/json_writer.h"
#include "base/text.h"
#include "token/authorization_details.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Everything here is from malloc; NULL: nothing is kept. */
struct discovery_kept {
    pthread_mutex_t lock;
    char *types; /* a JSON list */
    char *json, *etag, *config_version;
    unsigned algs;
};

struct discovery_kept *discovery_kept_new(struct arena *a)
{
    struct discovery_kept *k = ARENA_NEW(a, struct discovery_kept);
    return pthread_mutex_init(&k->lock, NULL) == 0 ? k : NULL;
}

static void drop(struct discovery_kept *k)
{
    free(k->json);
    free(k->etag);
    free(k->config_version);
    k->json = NULL;
    k->etag = NULL;
    k->config_version = NULL;
}

void discovery_kept_free(struct discovery_kept *k)
{
    if (k == NULL)
        return;
    drop(k);
    free(k->types);
    (void)pthread_mutex_destroy(&k->lock);
}

static const char *write_types(struct arena *a, const struct details_types *types)
{
    struct json_writer w = json_writer(a);
    json_array(&w, NULL);
    for (size_t i = 0; i < types->n; i++)
        json_text(&w, NULL, types->at[i].type);
    json_array_end(&w);
    return json_written(&w);
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : text_equal(a, b);
}

RESULT discovery_kept_read(struct ctx *c, struct discovery_kept *k)
{
    struct details_types found;
    if (k == NULL)
        return ok();
    TRY(details_types_all(c, &found));
    char *types = found.n == 0 ? NULL : strdup(write_types(c->arena, &found));
    if (types == NULL && found.n > 0)
        return fail(c, OUT_OF_MEMORY, "no memory for the types of authorization details");
    (void)pthread_mutex_lock(&k->lock);
    char *before = k->types;
    if (!is_same(types, k->types))
        drop(k);
    k->types = types;
    (void)pthread_mutex_unlock(&k->lock);
    free(before);
    return ok();
}

static bool is_good(const struct discovery_kept *k, const struct discovery_of *of)
{
    return k->json != NULL && of->own && k->algs == of->algs &&
           text_equal(k->config_version, of->config_version);
}

bool discovery_kept_take(struct ctx *c, const struct discovery_of *of,
                         struct discovery_document *out, const char **types)
{
    struct discovery_kept *k = c->discovery;
    must(k != NULL);
    (void)pthread_mutex_lock(&k->lock);
    bool good = is_good(k, of);
    if (good) {
        size_t n = strlen(k->json);
        out->json = (struct bytes){ arena_copy(c->arena, k->json, n), n };
        out->etag = text_keep(c->arena, k->etag);
    } else {
        *types = text_keep(c->arena, k->types);
    }
    (void)pthread_mutex_unlock(&k->lock);
    return good;
}

void discovery_kept_put(struct ctx *c, const struct discovery_of *of, const char *types,
                        const struct discovery_document *made)
{
    struct discovery_kept *k = c->discovery;
    must(k != NULL);
    (void)pthread_mutex_lock(&k->lock);
    /* Other types may have been read since. */
    if (of->own && is_same(types, k->types)) {
        drop(k);
        k->json = strndup((const char *)made->json.at, made->json.n);
        k->etag = strdup(made->etag);
        k->config_version = strdup(of->config_version);
        k->algs = of->algs;
        if (k->json == NULL || k->etag == NULL || k->config_version == NULL)
            drop(k);
    }
    (void)pthread_mutex_unlock(&k->lock);
}
