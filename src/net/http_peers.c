/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_peers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { PREFIX_BITS = 64 };

struct peer {
    struct address prefix;
    unsigned n; /* 0: the place is free */
};

/* Open addressing with linear probing, at most half full. */
struct http_peers {
    pthread_mutex_t lock;
    uint64_t seed[2]; /* so that nobody can choose addresses that collide */
    size_t mask;
    struct peer *at;
};

struct http_peers *http_peers_new(unsigned connections_max)
{
    struct http_peers *peers = calloc(1, sizeof *peers);
    if (peers == NULL)
        return NULL;
    size_t size = 64;
    while (size < 2 * (size_t)connections_max)
        size *= 2;
    peers->mask = size - 1;
    peers->at = calloc(size, sizeof(struct peer));
    bool seeded = getrandom(peers->seed, sizeof peers->seed, 0) == sizeof peers->seed;
    if (peers->at == NULL || !seeded || pthread_mutex_init(&peers->lock, NULL) != 0) {
        free(peers->at);
        free(peers);
        return NULL;
    }
    return peers;
}

void http_peers_free(struct http_peers *peers)
{
    if (peers == NULL)
        return;
    (void)pthread_mutex_destroy(&peers->lock);
    free(peers->at);
    free(peers);
}

static struct address key_of(const struct address *address)
{
    return address_is_v4(address) ? *address : address_prefix(address, PREFIX_BITS);
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93;
    return x ^ x >> 32;
}

static size_t home_of(const struct http_peers *peers, const struct address *key)
{
    uint64_t half[2];
    memcpy(half, key->at, sizeof half);
    return (size_t)mix(mix(half[0] ^ peers->seed[0]) + (half[1] ^ peers->seed[1])) & peers->mask;
}

/* Where `key` is, or the free place where it would be. */
static size_t find(const struct http_peers *peers, const struct address *key)
{
    size_t i = home_of(peers, key);
    while (peers->at[i].n > 0 && !address_equal(&peers->at[i].prefix, key))
        i = (i + 1) & peers->mask;
    return i;
}

bool http_peers_add(struct http_peers *peers, const struct address *address, unsigned most)
{
    struct address key = key_of(address);
    (void)pthread_mutex_lock(&peers->lock);
    struct peer *peer = &peers->at[find(peers, &key)];
    bool counted = peer->n < most;
    if (counted) {
        peer->prefix = key;
        peer->n++;
    }
    (void)pthread_mutex_unlock(&peers->lock);
    return counted;
}

/* Frees place `hole` and moves up those behind it that would not be found any more. */
static void close_hole(struct http_peers *peers, size_t hole)
{
    peers->at[hole].n = 0;
    for (size_t i = (hole + 1) & peers->mask; peers->at[i].n > 0; i = (i + 1) & peers->mask) {
        size_t home = home_of(peers, &peers->at[i].prefix);
        if (((i - home) & peers->mask) < ((i - hole) & peers->mask))
            continue;
        peers->at[hole] = peers->at[i];
        peers->at[i].n = 0;
        hole = i;
    }
}

void http_peers_remove(struct http_peers *peers, const struct address *address)
{
    struct address key = key_of(address);
    (void)pthread_mutex_lock(&peers->lock);
    size_t i = find(peers, &key);
    if (peers->at[i].n == 1)
        close_hole(peers, i);
    else if (peers->at[i].n > 1)
        peers->at[i].n--;
    (void)pthread_mutex_unlock(&peers->lock);
}
