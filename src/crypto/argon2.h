/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_ARGON2_H
#define UAUTH_CRYPTO_ARGON2_H

/*
 * Argon2id, version 0x13 (RFC 9106), in memory that the caller lends.  All lanes are computed by
 * the calling thread, in turns, so that one is computed while the block that another refers to is
 * fetched.  The same result comes out of every path: portable C, or the vector instructions that
 * the processor has.
 */

#include "base/arena.h"

/* What a hash costs: passes, KiB, lanes. */
struct argon2_costs {
    uint32_t time, memory_kib, lanes;
};

/* RFC 9106 3.1 with our upper bounds. */
enum {
    ARGON2_LANES_MAX = 64,
    ARGON2_MEMORY_MIN_PER_LANE = 8, /* KiB */
    ARGON2_TAG_MIN = 4,
    ARGON2_TAG_MAX = 1024,
    ARGON2_SALT_MIN = 8
};

enum argon2_path { ARGON2_PORTABLE, ARGON2_SSSE3, ARGON2_AVX2, ARGON2_PATHS };

/* Whether this processor can take `path`. */
bool argon2_path_runs(enum argon2_path path);

/* The fastest that it can take. */
enum argon2_path argon2_best_path(void);

/* "portable", "ssse3", "avx2". */
const char *argon2_path_name(enum argon2_path path);

struct argon2_job {
    struct argon2_costs costs;
    struct bytes password, salt, secret, associated;
    void *memory; /* argon2_memory_bytes(costs), aligned to 64 bytes, of any content */
    uint8_t *tag; /* where the hash goes */
    size_t tag_n; /* ARGON2_TAG_MIN to ARGON2_TAG_MAX */
};

/* How much memory a job of these costs needs: a little more than memory_kib. */
size_t argon2_memory_bytes(const struct argon2_costs *costs);

/*
 * Computes the hash.  Costs, salt and tag are within the bounds above and `path` runs: must().
 * What it leaves in the memory helps to guess the password, at 1 - 1/time of the cost of a hash;
 * whoever cannot live with that wipes it.
 */
void argon2id(enum argon2_path path, const struct argon2_job *job);

#endif
