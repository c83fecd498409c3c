/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/argon2.h"

#include "base/result.h"
#include "crypto/argon2_block.h"
#include "crypto/blake2b.h"

#include <openssl/crypto.h>
#include <string.h>

enum {
    VERSION = 0x13,
    TYPE_ID = 2,
    SLICES = 4,
    H0_BYTES = 64,
    LINE_BYTES = 64,
    SPARE_BLOCKS = 2 /* beside one of addresses per lane: what the addresses are made of */
};

/* One computation on its way through the matrix of RFC 9106 3.2. */
struct fill {
    argon2_compress *compress;
    struct argon2_block *memory;
    struct argon2_block *addresses;      /* one per lane */
    struct argon2_block *zero, *counter; /* what the addresses are made of */
    const struct argon2_costs *costs;
    uint32_t lanes, lane_blocks, segment_blocks;
    uint32_t pass, slice;
};

/* One row per path, in the order of enum argon2_path. */
static const struct {
    const char *name;
    argon2_compress *compress;
} paths[ARGON2_PATHS] = {
    [ARGON2_PORTABLE] = { "portable", argon2_compress_portable },
#if defined(__x86_64__)
    [ARGON2_SSSE3] = { "ssse3", argon2_compress_ssse3 },
    [ARGON2_AVX2] = { "avx2", argon2_compress_avx2 },
#else
    [ARGON2_SSSE3] = { "ssse3", NULL },
    [ARGON2_AVX2] = { "avx2", NULL },
#endif
};

const char *argon2_path_name(enum argon2_path path)
{
    return paths[path].name;
}

bool argon2_path_runs(enum argon2_path path)
{
#if defined(__x86_64__)
    if (path == ARGON2_SSSE3)
        return __builtin_cpu_supports("ssse3") != 0;
    if (path == ARGON2_AVX2)
        return __builtin_cpu_supports("avx2") != 0;
#endif
    return path == ARGON2_PORTABLE;
}

enum argon2_path argon2_best_path(void)
{
    enum argon2_path path = ARGON2_PATHS - 1;
    while (!argon2_path_runs(path))
        path--;
    return path;
}

/* RFC 9106 3.2 step 2: the memory is cut to a multiple of 4 * lanes blocks. */
static uint32_t segment_blocks(const struct argon2_costs *costs)
{
    return costs->memory_kib / (SLICES * costs->lanes);
}

static size_t matrix_blocks(const struct argon2_costs *costs)
{
    return (size_t)segment_blocks(costs) * SLICES * costs->lanes;
}

size_t argon2_memory_bytes(const struct argon2_costs *costs)
{
    return (matrix_blocks(costs) + costs->lanes + SPARE_BLOCKS) * sizeof(struct argon2_block);
}

static void store_32(uint8_t out[static 4], uint32_t n)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> (8 * i));
}

static void add_32(struct blake2b *b, size_t n)
{
    uint8_t out[4];
    must(n <= UINT32_MAX);
    store_32(out, (uint32_t)n);
    blake2b_add(b, (struct bytes){ out, sizeof out });
}

static void add_framed(struct blake2b *b, struct bytes in)
{
    add_32(b, in.n);
    blake2b_add(b, in);
}

/* H_0 of RFC 9106 3.2 step 1. */
static void first_hash(const struct argon2_job *job, uint8_t out[static H0_BYTES])
{
    struct blake2b b = blake2b_begin(H0_BYTES);
    add_32(&b, job->costs.lanes);
    add_32(&b, job->tag_n);
    add_32(&b, job->costs.memory_kib);
    add_32(&b, job->costs.time);
    add_32(&b, VERSION);
    add_32(&b, TYPE_ID);
    add_framed(&b, job->password);
    add_framed(&b, job->salt);
    add_framed(&b, job->secret);
    add_framed(&b, job->associated);
    blake2b_end(&b, out);
}

/* H' of RFC 9106 3.3: `n` bytes from `in`. */
static void long_hash(struct bytes in, uint8_t *out, size_t n)
{
    uint8_t v[BLAKE2B_MAX];
    struct blake2b b = blake2b_begin(n < BLAKE2B_MAX ? n : BLAKE2B_MAX);
    add_32(&b, n);
    blake2b_add(&b, in);
    while (n > BLAKE2B_MAX) {
        blake2b_end(&b, v);
        memcpy(out, v, BLAKE2B_MAX / 2);
        out += BLAKE2B_MAX / 2;
        n -= BLAKE2B_MAX / 2;
        b = blake2b_begin(n < BLAKE2B_MAX ? n : BLAKE2B_MAX);
        blake2b_add(&b, (struct bytes){ v, BLAKE2B_MAX });
    }
    blake2b_end(&b, out);
    OPENSSL_cleanse(v, sizeof v);
}

static void block_load(struct argon2_block *block, const uint8_t at[static ARGON2_BLOCK_BYTES])
{
    for (size_t i = 0; i < ARGON2_WORDS; i++) {
        block->word[i] = 0;
        for (unsigned k = 0; k < 8; k++)
            block->word[i] |= (uint64_t)at[8 * i + k] << (8 * k);
    }
}

static struct argon2_block *block_at(const struct fill *f, uint32_t lane, uint32_t position)
{
    return f->memory + (size_t)lane * f->lane_blocks + position;
}

/* The first two blocks of each lane (RFC 9106 3.2 steps 3 and 4). */
static void begin_lanes(const struct fill *f, const uint8_t h0[static H0_BYTES])
{
    uint8_t seed[H0_BYTES + 8], bytes[ARGON2_BLOCK_BYTES];
    memcpy(seed, h0, H0_BYTES);
    for (uint32_t lane = 0; lane < f->lanes; lane++) {
        for (uint32_t i = 0; i < 2; i++) {
            store_32(seed + H0_BYTES, i);
            store_32(seed + H0_BYTES + 4, lane);
            long_hash((struct bytes){ seed, sizeof seed }, bytes, sizeof bytes);
            block_load(block_at(f, lane, i), bytes);
        }
    }
    OPENSSL_cleanse(seed, sizeof seed);
    OPENSSL_cleanse(bytes, sizeof bytes);
}

/* RFC 9106 3.4.1.2 and 3.4.1.3: Argon2id takes addresses from a counter in the first half of the
 * first pass. */
static bool is_independent(const struct fill *f)
{
    return f->pass == 0 && f->slice < SLICES / 2;
}

/* The next 128 pseudo-random addresses of a lane's segment, from block `index` on. */
static void make_addresses(const struct fill *f, uint32_t lane, uint32_t index)
{
    const uint64_t input[7] = { f->pass,
                                lane,
                                f->slice,
                                matrix_blocks(f->costs),
                                f->costs->time,
                                TYPE_ID,
                                (uint64_t)index / ARGON2_WORDS + 1 };
    struct argon2_block *addresses = &f->addresses[lane];
    memset(f->counter, 0, sizeof *f->counter);
    memcpy(f->counter->word, input, sizeof input);
    memset(f->zero, 0, sizeof *f->zero);
    f->compress(addresses, f->zero, f->counter, false);
    memcpy(f->counter, addresses, sizeof *addresses);
    f->compress(addresses, f->zero, f->counter, false);
}

/* How many blocks block `index` of the present segment may refer to in a lane (RFC 9106 3.4.2). */
static uint32_t reference_area(const struct fill *f, uint32_t index, bool same_lane)
{
    uint32_t finished =
        f->pass == 0 ? f->slice * f->segment_blocks : f->lane_blocks - f->segment_blocks;
    return same_lane ? finished + index - 1 : finished - (index == 0);
}

/* The block that block `index` of the present segment of `lane` refers to, for the 64 pseudo-random
 * bits `j` (RFC 9106 3.4.2). */
static const struct argon2_block *reference(const struct fill *f, uint32_t lane, uint32_t index,
                                            uint64_t j)
{
    bool first = f->pass == 0 && f->slice == 0;
    uint32_t other = first ? lane : (uint32_t)(j >> 32) % f->lanes;
    uint32_t area = reference_area(f, index, other == lane);
    uint64_t x = (j & UINT32_MAX) * (j & UINT32_MAX) >> 32;
    uint32_t back = (uint32_t)(area * x >> 32);
    bool from_start = f->pass == 0 || f->slice == SLICES - 1;
    uint64_t start = from_start ? 0 : (uint64_t)(f->slice + 1) * f->segment_blocks;
    return block_at(f, other, (uint32_t)((start + area - 1 - back) % f->lane_blocks));
}

static struct argon2_block *previous(const struct fill *f, uint32_t lane, uint32_t index)
{
    uint32_t position = f->slice * f->segment_blocks + index;
    return block_at(f, lane, (position == 0 ? f->lane_blocks : position) - 1);
}

static const struct argon2_block *fetch(const struct argon2_block *block)
{
    for (size_t i = 0; i < ARGON2_WORDS; i += LINE_BYTES / 8)
        __builtin_prefetch(&block->word[i]);
    return block;
}

/* Decides what block `index` refers to, and begins to fetch it. */
static const struct argon2_block *aim(const struct fill *f, uint32_t lane, uint32_t index)
{
    if (!is_independent(f))
        return fetch(reference(f, lane, index, previous(f, lane, index)->word[0]));
    const struct argon2_block *addresses = &f->addresses[lane];
    if (index % ARGON2_WORDS == 0 || (f->slice == 0 && index == 2))
        make_addresses(f, lane, index);
    return fetch(reference(f, lane, index, addresses->word[index % ARGON2_WORDS]));
}

/*
 * Computes a slice of all lanes.  Segments of one slice do not refer to each other (RFC 9106 3.4),
 * so the lanes take turns: while the block that one refers to is fetched, the others are computed.
 */
static void fill_slice(const struct fill *f)
{
    const struct argon2_block *aimed[ARGON2_LANES_MAX];
    uint32_t first = f->pass == 0 && f->slice == 0 ? 2 : 0;
    for (uint32_t lane = 0; lane < f->lanes; lane++)
        aimed[lane] = first < f->segment_blocks ? aim(f, lane, first) : NULL;
    for (uint32_t index = first; index < f->segment_blocks; index++) {
        for (uint32_t lane = 0; lane < f->lanes; lane++) {
            struct argon2_block *next = block_at(f, lane, f->slice * f->segment_blocks + index);
            f->compress(next, previous(f, lane, index), aimed[lane], f->pass > 0);
            if (index + 1 < f->segment_blocks)
                aimed[lane] = aim(f, lane, index + 1);
        }
    }
}

/* RFC 9106 3.2 step 7: the last column, folded and hashed. */
static void finish(const struct fill *f, const struct argon2_job *job)
{
    uint8_t bytes[ARGON2_BLOCK_BYTES];
    struct argon2_block *last = block_at(f, 0, f->lane_blocks - 1);
    for (uint32_t lane = 1; lane < f->lanes; lane++) {
        for (size_t i = 0; i < ARGON2_WORDS; i++)
            last->word[i] ^= block_at(f, lane, f->lane_blocks - 1)->word[i];
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(last->word[i / 8] >> (8 * (i % 8)));
    long_hash((struct bytes){ bytes, sizeof bytes }, job->tag, job->tag_n);
    /* Whoever has this block has the hash. */
    OPENSSL_cleanse(last, sizeof *last);
    OPENSSL_cleanse(bytes, sizeof bytes);
}

static bool is_within_bounds(const struct argon2_job *job)
{
    const struct argon2_costs *costs = &job->costs;
    return costs->time >= 1 && costs->lanes >= 1 && costs->lanes <= ARGON2_LANES_MAX &&
           costs->memory_kib / ARGON2_MEMORY_MIN_PER_LANE >= costs->lanes &&
           job->salt.n >= ARGON2_SALT_MIN && job->tag_n >= ARGON2_TAG_MIN &&
           job->tag_n <= ARGON2_TAG_MAX;
}

void argon2id(enum argon2_path path, const struct argon2_job *job)
{
    must(is_within_bounds(job) && argon2_path_runs(path));
    struct argon2_block *memory = job->memory, *spare = memory + matrix_blocks(&job->costs);
    struct fill f = { .compress = paths[path].compress,
                      .memory = memory,
                      .zero = &spare[0],
                      .counter = &spare[1],
                      .addresses = &spare[SPARE_BLOCKS],
                      .costs = &job->costs,
                      .lanes = job->costs.lanes,
                      .segment_blocks = segment_blocks(&job->costs) };
    f.lane_blocks = f.segment_blocks * SLICES;
    uint8_t h0[H0_BYTES];
    first_hash(job, h0);
    begin_lanes(&f, h0);
    OPENSSL_cleanse(h0, sizeof h0);
    for (f.pass = 0; f.pass < job->costs.time; f.pass++) {
        for (f.slice = 0; f.slice < SLICES; f.slice++)
            fill_slice(&f);
    }
    finish(&f, job);
}
