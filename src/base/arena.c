/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/result.h"

#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, n)   ASAN_POISON_MEMORY_REGION((at), (n))
#define UNPOISON(at, n) ASAN_UNPOISON_MEMORY_REGION((at), (n))
enum { GAP = 16 }; /* between allocations, so that a step past one is seen */
#else
#define POISON(at, n)   ((void)(at), (void)(n))
#define UNPOISON(at, n) ((void)(at), (void)(n))
enum { GAP = 0 };
#endif

enum {
    RESERVE_FACTOR = 16,
    ALIGN = 16,
    KEEP_BYTES = 64 * 1024, /* stays resident across arena_reset */
    OWNED_PER_CHUNK = 30
};

/* Objects to release live in chunks inside the arena, newest first. */
struct owned {
    void (*release)(void *);
    void *object;
};
struct owned_chunk {
    struct owned_chunk *older;
    size_t n;
    struct owned at[OWNED_PER_CHUNK];
};

/* The arena stands at the beginning of its own reservation. */
struct arena {
    size_t ceiling, reserved;
    size_t used;    /* bytes after the header, gaps included */
    size_t touched; /* the most that `used` has been since pages were last given back */
    size_t owned;
    struct owned_chunk *newest;
};

static const size_t header = (sizeof(struct arena) + ALIGN - 1) / ALIGN * ALIGN;

static uint8_t *arena_base(const struct arena *a)
{
    return (uint8_t *)(uintptr_t)a + header;
}

struct bytes bytes_of(const char *text)
{
    return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

struct arena *arena_new(size_t ceiling)
{
    size_t reserved = header + (ceiling < KEEP_BYTES ? KEEP_BYTES : ceiling) * RESERVE_FACTOR;
    void *at = mmap(NULL, reserved, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    (void)madvise(at, reserved, MADV_DONTDUMP);
    struct arena *a = at;
    a->ceiling = ceiling;
    a->reserved = reserved - header;
    POISON(arena_base(a), a->reserved);
    return a;
}

void *arena_alloc(struct arena *a, size_t n)
{
    must(n <= a->reserved);
    size_t rounded = (n + ALIGN - 1) / ALIGN * ALIGN + GAP;
    must(rounded <= a->reserved - a->used);
    uint8_t *at = arena_base(a) + a->used;
    a->used += rounded;
    if (a->used > a->touched)
        a->touched = a->used;
    UNPOISON(at, n);
    return at;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n = 0;
    must(!__builtin_mul_overflow(count, size, &n));
    return arena_alloc(a, n);
}

void *arena_copy(struct arena *a, const void *from, size_t n)
{
    void *to = arena_alloc(a, n);
    if (n > 0)
        memcpy(to, from, n);
    return to;
}

bool arena_over(const struct arena *a)
{
    return a->used > a->ceiling;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

void arena_own(struct arena *a, void (*release)(void *), void *object)
{
    if (a->newest == NULL || a->newest->n == OWNED_PER_CHUNK) {
        struct owned_chunk *chunk = ARENA_NEW(a, struct owned_chunk);
        chunk->older = a->newest;
        a->newest = chunk;
    }
    a->newest->at[a->newest->n++] = (struct owned){ release, object };
    a->owned++;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ a->used, a->owned };
}

static void release_newest(struct arena *a)
{
    struct owned last = a->newest->at[--a->newest->n];
    a->owned--;
    if (a->newest->n == 0)
        a->newest = a->newest->older;
    last.release(last.object);
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    must(mark.used <= a->used && mark.owned <= a->owned);
    while (a->owned > mark.owned)
        release_newest(a);
    uint8_t *from = arena_base(a) + mark.used;
    UNPOISON(from, a->used - mark.used);
    explicit_bzero(from, a->used - mark.used);
    POISON(from, a->used - mark.used);
    a->used = mark.used;
}

void arena_reset(struct arena *a)
{
    arena_rewind(a, (struct arena_mark){ 0, 0 });
    if (a->touched <= KEEP_BYTES)
        return;
    uintptr_t page = 4096;
    uintptr_t from = ((uintptr_t)arena_base(a) + KEEP_BYTES + page - 1) / page * page;
    uintptr_t to = (uintptr_t)arena_base(a) + a->touched;
    if (to > from)
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    a->touched = KEEP_BYTES;
}

void arena_end(struct arena *a)
{
    if (a == NULL)
        return;
    arena_rewind(a, (struct arena_mark){ 0, 0 });
    UNPOISON(arena_base(a), a->reserved);
    (void)munmap(a, header + a->reserved);
}
