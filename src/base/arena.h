/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_ARENA_H
#define UAUTH_BASE_ARENA_H

/*
 * Memory of one unit of work.  What a request allocates lives here and goes with it; nobody frees.
 *
 * An arena reserves its address space when it is made and touches pages on demand, so allocation
 * inside a request cannot fail: arena_alloc never returns NULL.  Past its `ceiling` the arena says
 * so (arena_over), and the points through which all input and all rows come (the JSON reader, the
 * shapes, the database, each stage of a request) refuse to go on with OUT_OF_MEMORY.  The
 * reservation is 16 times the ceiling; reaching that is a bug, and aborts.
 *
 * Everything handed out is zeroed, aligned for any type, and wiped when the arena is rewound or
 * ended. Under AddressSanitizer allocations are separated and poisoned when given back. An arena
 * belongs to one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* A borrowed run of bytes; may hold anything.  `at` may be NULL only if `n` is 0. */
struct bytes {
    const uint8_t *at;
    size_t n;
};

/* The bytes of a C string without its NUL. */
struct bytes bytes_of(const char *text);

enum { ARENA_REQUEST_CEILING = 1 << 20 };

/* A new arena that may hold `ceiling` bytes; NULL if the address space could not be reserved. */
struct arena *arena_new(size_t ceiling);

/* `n` zeroed bytes (n may be 0; the address is then unique but not to be used). */
void *arena_alloc(struct arena *a, size_t n)
    __attribute__((malloc, returns_nonnull, alloc_size(2)));

/* `count` zeroed items of `size` bytes each; the product is checked. */
void *arena_array(struct arena *a, size_t count, size_t size)
    __attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

/* A zeroed `type` (or `n` of them) from arena `a`. */
#define ARENA_NEW(a, type)     ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_NEWS(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))

/* A copy of `n` bytes at `from`. */
void *arena_copy(struct arena *a, const void *from, size_t n) __attribute__((returns_nonnull));

/* Whether more than the ceiling is in use. */
bool arena_over(const struct arena *a);

/* Bytes in use now. */
size_t arena_used(const struct arena *a);

/*
 * Ties the life of `object` to the arena: `release(object)` runs, last tied first, when the arena
 * is rewound past this point or ended.  For OpenSSL and other foreign objects.
 */
void arena_own(struct arena *a, void (*release)(void *), void *object);

/*
 * arena_own for a typed release function: ARENA_OWN(a, EVP_PKEY, EVP_PKEY_free, key).
 * The function must take one pointer.
 */
#define ARENA_OWN(a, type, release, object)                                                        \
    arena_own((a), (void (*)(void *))(void (*)(void))(release), (void *)(type *)(object))

/* A place to come back to. */
struct arena_mark {
    size_t used;
    size_t owned;
};
struct arena_mark arena_mark(const struct arena *a);

/* Releases and wipes all that was allocated or owned since `mark`. */
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Rewinds to the beginning and gives pages beyond the first 64 KiB back to the system. */
void arena_reset(struct arena *a);

/* Releases, wipes and unmaps everything.  `a` may be NULL. */
void arena_end(struct arena *a);

#endif
