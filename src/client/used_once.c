/* SPDX-License-Identifier: Apache-2.0 */
#include "client/used_once.h"

#include "crypto/digest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A value lies at its hash or within so many places behind it. */
enum { PROBES_MAX = 64 };

struct entry {
    uint8_t digest[DIGEST_SHA256];
    int64_t until; /* of no meaning from then on */
};

struct used_once {
    pthread_mutex_t lock;
    struct entry at[USED_ONCE_MAX];
};

struct used_once *used_once_new(void)
{
    struct used_once *u = calloc(1, sizeof *u);
    if (u != NULL)
        (void)pthread_mutex_init(&u->lock, NULL);
    return u;
}

void used_once_free(struct used_once *u)
{
    if (u == NULL)
        return;
    (void)pthread_mutex_destroy(&u->lock);
    free(u);
}

/* With the lock held.  All places where it might be are looked at before the first free one is
 * taken. */
static bool take(struct used_once *u, const uint8_t digest[DIGEST_SHA256], int64_t now,
                 int64_t until)
{
    struct entry *empty = NULL;
    size_t from = 0;
    memcpy(&from, digest, sizeof from);
    for (size_t i = 0; i < PROBES_MAX; i++) {
        struct entry *e = &u->at[(from + i) % USED_ONCE_MAX];
        if (e->until > now && ct_equal((struct bytes){ e->digest, DIGEST_SHA256 },
                                       (struct bytes){ digest, DIGEST_SHA256 }))
            return false;
        if (e->until <= now && empty == NULL)
            empty = e;
    }
    if (empty == NULL)
        return false;
    memcpy(empty->digest, digest, DIGEST_SHA256);
    empty->until = until;
    return true;
}

bool used_once_take(struct ctx *c, struct used_once *u, const char *value, int64_t until)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(bytes_of(value), digest);
    (void)pthread_mutex_lock(&u->lock);
    bool first = take(u, digest, c->now, until);
    (void)pthread_mutex_unlock(&u->lock);
    return first;
}
