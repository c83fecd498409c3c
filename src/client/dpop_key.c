/* SPDX-License-Identifier: Apache-2.0 */
#include "client/dpop_key.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "net/url.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_MAX = 300 };

struct heard {
    char origin[ORIGIN_MAX + 1];
    char nonce[DPOP_HEARD_MAX + 1];
};

struct dpop_key {
    pthread_mutex_t lock;
    const struct key *key;
    size_t next; /* the one that goes when there is no room */
    struct heard heard[DPOP_ORIGINS_MAX];
};

struct dpop_key *dpop_key_new(const struct key *key)
{
    must(key->is_private);
    struct dpop_key *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    (void)pthread_mutex_init(&d->lock, NULL);
    d->key = key;
    return d;
}

void dpop_key_free(struct dpop_key *d)
{
    if (d == NULL)
        return;
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

const struct key *dpop_key_of(const struct dpop_key *d)
{
    return d->key;
}

const char *dpop_key_thumbprint(struct ctx *c, const struct dpop_key *d)
{
    return key_thumbprint(c->arena, d->key->pkey);
}

static const char *origin_of(struct ctx *c, const char *url)
{
    struct url parsed;
    if (!url_parse(c->arena, bytes_of(url), &parsed))
        return NULL;
    const char *origin = url_origin(c->arena, &parsed);
    return strlen(origin) > ORIGIN_MAX ? NULL : origin;
}

/* With the lock held. */
static struct heard *find(struct dpop_key *d, const char *origin)
{
    for (size_t i = 0; i < DPOP_ORIGINS_MAX; i++)
        if (text_equal(d->heard[i].origin, origin))
            return &d->heard[i];
    return NULL;
}

static const char *nonce_for(struct ctx *c, struct dpop_key *d, const char *url)
{
    const char *origin = origin_of(c, url);
    const char *nonce = NULL;
    if (origin == NULL)
        return NULL;
    (void)pthread_mutex_lock(&d->lock);
    const struct heard *h = find(d, origin);
    if (h != NULL)
        nonce = text_copy(c->arena, h->nonce, strlen(h->nonce));
    (void)pthread_mutex_unlock(&d->lock);
    return nonce;
}

static const char *public_half(struct ctx *c, const struct key *key)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    return json_written(&w);
}

RESULT dpop_prove(struct ctx *c, struct dpop_key *d, const char *method, const char *url,
                  const char *access_token, const char **proof)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "jti", random_token(c));
    json_text(&w, "htm", method);
    json_text(&w, "htu", text_copy(c->arena, url, strcspn(url, "?#")));
    json_number(&w, "iat", c->now);
    json_text_if(&w, "nonce", nonce_for(c, d, url));
    if (access_token != NULL)
        json_text(&w, "ath", token_hash(c->arena, access_token));
    json_object_end(&w);
    const struct jws_head header = { .typ = "dpop+jwt", .jwk = public_half(c, d->key) };
    return jws_sign_head(c, d->key, &header, bytes_of(json_written(&w)), proof);
}

void dpop_heard(struct ctx *c, struct dpop_key *d, const char *url, const char *nonce)
{
    const char *origin = origin_of(c, url);
    if (origin == NULL || nonce == NULL || *nonce == '\0' || strlen(nonce) > DPOP_HEARD_MAX ||
        text_has_control(nonce) || !text_is_utf8(bytes_of(nonce)))
        return;
    (void)pthread_mutex_lock(&d->lock);
    struct heard *h = find(d, origin);
    if (h == NULL) {
        h = &d->heard[d->next];
        d->next = (d->next + 1) % DPOP_ORIGINS_MAX;
        memcpy(h->origin, origin, strlen(origin) + 1);
    }
    memcpy(h->nonce, nonce, strlen(nonce) + 1);
    (void)pthread_mutex_unlock(&d->lock);
}
