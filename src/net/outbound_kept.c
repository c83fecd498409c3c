/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outbound_kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct outbound_kept {
    pthread_mutex_t lock; /* of what follows */
    struct libcurl lib;   /* with which those were made */
    pid_t process;
    CURL *idle[OUTBOUND_KEPT_MAX];
    size_t n;
};

struct outbound_kept *outbound_kept_new(void)
{
    struct outbound_kept *kept = calloc(1, sizeof *kept);
    if (kept != NULL && pthread_mutex_init(&kept->lock, NULL) != 0) {
        free(kept);
        return NULL;
    }
    return kept;
}

/* A child of ours has them, too: to use or to close one would end it for the parent. */
static void forget_strange(struct outbound_kept *kept)
{
    if (kept->process != getpid())
        kept->n = 0;
    kept->process = getpid();
}

void outbound_kept_free(struct outbound_kept *kept)
{
    if (kept == NULL)
        return;
    forget_strange(kept);
    while (kept->n > 0)
        kept->lib.easy_cleanup(kept->idle[--kept->n]);
    (void)pthread_mutex_destroy(&kept->lock);
    free(kept);
}

CURL *outbound_kept_take(struct outbound_kept *kept)
{
    (void)pthread_mutex_lock(&kept->lock);
    forget_strange(kept);
    CURL *curl = kept->n == 0 ? NULL : kept->idle[--kept->n];
    (void)pthread_mutex_unlock(&kept->lock);
    return curl;
}

void outbound_kept_give(struct outbound_kept *kept, const struct libcurl *lib, CURL *curl)
{
    lib->easy_reset(curl);
    (void)pthread_mutex_lock(&kept->lock);
    forget_strange(kept);
    kept->lib = *lib;
    bool is_room = kept->n < OUTBOUND_KEPT_MAX;
    if (is_room)
        kept->idle[kept->n++] = curl;
    (void)pthread_mutex_unlock(&kept->lock);
    if (!is_room)
        lib->easy_cleanup(curl);
}
