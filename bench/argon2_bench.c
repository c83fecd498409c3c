/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an Argon2id hash of the default costs takes of the processor: ours on each path, in memory
 * that is kept, beside libargon2 with its malloc, in turns; the median of each.
 *     argon2_bench [--microseconds] [ROUNDS]
 * --microseconds: only "ours N" and "libargon2 N", for bench/scenarios.mjs: the means, as what a
 * login takes is one.
 */
#include "bench/measure.h"

#include "base/config.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/argon2.h"
#include "crypto/hash_gate.h"
#include "crypto/password.h"

#include <argon2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME = 3, MEMORY_KIB = 65536, LANES = 4, ROUNDS = 5, ROUNDS_MAX = 1000, TAG = 32 };
enum { LIBARGON2, WHOLE, PATHS, SIDES = PATHS + ARGON2_PATHS };

static const char password[] = "Correct-horse-7-battery";
static const char salt[] = "saltsaltsaltsalt";

struct bench {
    struct ctx ctx;
    struct hash_slot *slot;
    double took[SIDES][ROUNDS_MAX]; /* microseconds */
    uint8_t tag[SIDES][TAG];
};

static void hash_with_libargon2(uint8_t *tag)
{
    uint8_t pwd[sizeof password], salted[sizeof salt];
    memcpy(pwd, password, sizeof password);
    memcpy(salted, salt, sizeof salt);
    struct Argon2_Context x = { .out = tag,
                                .outlen = TAG,
                                .pwd = pwd,
                                .pwdlen = sizeof password - 1,
                                .salt = salted,
                                .saltlen = sizeof salt - 1,
                                .t_cost = TIME,
                                .m_cost = MEMORY_KIB,
                                .lanes = LANES,
                                .threads = 1,
                                .version = ARGON2_VERSION_13 };
    must(argon2_ctx(&x, Argon2_id) == ARGON2_OK);
}

static void hash_on_path(struct bench *b, enum argon2_path path, uint8_t *tag)
{
    struct argon2_job job = { .costs = { TIME, MEMORY_KIB, LANES },
                              .password = bytes_of(password),
                              .salt = bytes_of(salt),
                              .tag = tag,
                              .tag_n = TAG };
    size_t n = argon2_memory_bytes(&job.costs);
    must(hash_slot_memory(&b->ctx, b->slot, n, &job.memory).code == ERR_OK);
    argon2id(path, &job);
}

/* All that a sign-in pays: the gate, the salt, the text. */
static void hash_as_the_service_does(struct bench *b)
{
    const char *stored = NULL;
    struct arena_mark mark = arena_mark(b->ctx.arena);
    must(password_hash(&b->ctx, password, &stored).code == ERR_OK);
    arena_rewind(b->ctx.arena, mark);
}

static void run_side(struct bench *b, int side, size_t round)
{
    if (side >= PATHS && !argon2_path_runs((enum argon2_path)(side - PATHS)))
        return;
    double began = processor_us();
    if (side == LIBARGON2)
        hash_with_libargon2(b->tag[side]);
    else if (side == WHOLE)
        hash_as_the_service_does(b);
    else
        hash_on_path(b, (enum argon2_path)(side - PATHS), b->tag[side]);
    b->took[side][round] = processor_us() - began;
}

static double mean(const double *at, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += at[i];
    return sum / (double)n;
}

static void print_all(struct bench *b, size_t rounds)
{
    double peer = median(b->took[LIBARGON2], rounds);
    printf("Argon2id t=%d m=%d KiB p=%d, CPU a hash, median of %zu\n", TIME, MEMORY_KIB, LANES,
           rounds);
    printf("%-22s %7.1f ms\n", "libargon2, malloc", peer / 1e3);
    for (enum argon2_path path = 0; path < ARGON2_PATHS; path++) {
        if (!argon2_path_runs(path))
            continue;
        double ours = median(b->took[PATHS + path], rounds);
        printf("%-22s %7.1f ms  ratio %.2f\n", argon2_path_name(path), ours / 1e3, ours / peer);
    }
    double whole = median(b->took[WHOLE], rounds);
    printf("%-22s %7.1f ms  ratio %.2f (target <= 0.30)\n", "password_hash", whole / 1e3,
           whole / peer);
}

/* The memory of the job is measured warm, as it is under load.  The paths come last: `sides` may
 * leave them out. */
static void run(struct bench *b, size_t rounds, int sides)
{
    hash_as_the_service_does(b);
    for (size_t round = 0; round < rounds; round++) {
        for (int side = 0; side < sides; side++) {
            if (side == WHOLE) {
                run_side(b, side, round);
                continue;
            }
            must(hash_gate_take(&b->ctx, &b->slot).code == ERR_OK);
            run_side(b, side, round);
            hash_gate_release(b->ctx.hashes, b->slot);
            must(side == LIBARGON2 || !argon2_path_runs((enum argon2_path)(side - PATHS)) ||
                 memcmp(b->tag[side], b->tag[LIBARGON2], TAG) == 0);
        }
    }
}

int main(int argc, char **argv)
{
    bool brief = argc > 1 && strcmp(argv[1], "--microseconds") == 0;
    int64_t rounds = ROUNDS;
    if (argc > 1 + brief && !text_int(argv[1 + brief], 1, ROUNDS_MAX, &rounds)) {
        (void)fprintf(stderr, "usage: argon2_bench [--microseconds] [ROUNDS]\n");
        return EXIT_FAILURE;
    }
    const struct config config = { .argon2_time = TIME,
                                   .argon2_memory_kib = MEMORY_KIB,
                                   .argon2_lanes = LANES };
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    must(arena != NULL);
    struct bench *b = ARENA_NEW(arena, struct bench);
    b->ctx = (struct ctx){ .arena = arena, .config = &config, .random = random_system(arena) };
    must(hash_gate_new(&b->ctx, arena, 1, HASH_WAIT_MS, &b->ctx.hashes).code == ERR_OK);
    run(b, (size_t)rounds, brief ? PATHS : SIDES);
    if (brief)
        printf("ours %.0f\nlibargon2 %.0f\n", mean(b->took[WHOLE], (size_t)rounds),
               mean(b->took[LIBARGON2], (size_t)rounds));
    else
        print_all(b, (size_t)rounds);
    arena_end(arena);
    return EXIT_SUCCESS;
}
