/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_REFUSALS_H
#define UAUTH_WEB_REFUSALS_H

/*
 * Why requests were refused, for `uauth explain`: the newest refusals of this node, in
 * REFUSALS_BYTES of memory that is touched as it fills (decision 25).  There are shards, and the
 * address of the caller chooses one by a number that nobody knows: whoever makes refusals without
 * end pushes out those of one shard, and all others stay.  What is gone from here is in the log.
 *
 * A slot has the same room for everybody, and each shard its own lock, held while a slot is copied.
 */

#include "base/ctx.h"

enum {
    REFUSALS_BYTES = 16 << 20,
    REFUSAL_ID_MAX = 64,    /* ids of users, tenants, requests: longer ones are cut */
    REFUSAL_CLIENT_MAX = 96 /* the same of clients, which may be URLs */
};

/* One refusal.  Texts are empty where there is none; never a secret. */
struct refusal {
    int64_t at;         /* Unix seconds */
    const char *method; /* static storage, as the route: its path, not that of the request */
    const char *route;
    int status;
    enum err_code error; /* ERR_OK: it was answered with something ordinary */
    enum rule rule;
    char request_id[32];
    char config_version[16];
    char peer[48];
    char client_id[REFUSAL_CLIENT_MAX]; /* who is said to ask; not proven */
    char user_id[REFUSAL_ID_MAX];
    char tenant_id[REFUSAL_ID_MAX];
    char expected[FAULT_VALUE_MAX + 4], got[FAULT_VALUE_MAX + 4];
    char why[128]; /* the text of the failure */
};

struct refusals;

/* Made in `a`, once for the process.  `seed` is random. */
struct refusals *refusals_new(struct arena *a, uint64_t seed) __attribute__((returns_nonnull));

/* Keeps a copy, in the place of the oldest of its shard, which is that of `whose`: the address of
 * the caller, or the network that it may choose its addresses from. */
void refusals_add(struct refusals *refusals, const char *whose, const struct refusal *refusal);

/* The one of this request id; false if it is not, or no longer, here. */
bool refusals_find(struct refusals *refusals, const char *request_id, struct refusal *out);

/* Copies `from` (or "") into the `size` bytes at `to`, whole characters of it. */
void refusal_put(char *to, size_t size, const char *from);
#define REFUSAL_PUT(to, from) refusal_put((to), sizeof(to), (from))

#endif
