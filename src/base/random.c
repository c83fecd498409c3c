/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/codec.h"
#include "base/time.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

enum { BUFFER_BYTES = 512, UUID_CHARS = 36 };

/* Drawn and not yet given, in pages of its own that a child process sees as zeros: it has nothing
 * left then, and draws its own. */
struct drawn {
    size_t left; /* the last bytes of `buffer` */
    uint8_t buffer[BUFFER_BYTES];
};

struct random {
    void (*fill)(struct random *r, uint8_t *out, size_t n);
    uint64_t state;      /* of a seeded source */
    struct drawn *drawn; /* of a buffered source */
};

static void fill_from_system(struct random *r, uint8_t *out, size_t n)
{
    (void)r;
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        must(got > 0);
        out += got;
        n -= (size_t)got;
    }
}

struct random *random_system(struct arena *a)
{
    struct random *r = ARENA_NEW(a, struct random);
    r->fill = fill_from_system;
    return r;
}

/* What has been handed out is wiped here, so that nobody finds it later. */
static void fill_from_buffer(struct random *r, uint8_t *out, size_t n)
{
    struct drawn *d = r->drawn;
    if (n > sizeof d->buffer) {
        fill_from_system(r, out, n);
        return;
    }
    if (n > d->left) {
        fill_from_system(r, d->buffer, sizeof d->buffer);
        d->left = sizeof d->buffer;
    }
    uint8_t *from = d->buffer + sizeof d->buffer - d->left;
    memcpy(out, from, n);
    explicit_bzero(from, n);
    d->left -= n;
}

static void drawn_free(void *drawn)
{
    explicit_bzero(drawn, sizeof(struct drawn));
    (void)munmap(drawn, sizeof(struct drawn));
}

struct random *random_buffered(struct arena *a)
{
    void *drawn = mmap(NULL, sizeof(struct drawn), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (drawn == MAP_FAILED)
        return random_system(a);
    arena_own(a, drawn_free, drawn);
    /* CR-04: two processes never give the same bytes. */
    if (madvise(drawn, sizeof(struct drawn), MADV_WIPEONFORK) != 0)
        return random_system(a);
    struct random *r = ARENA_NEW(a, struct random);
    r->fill = fill_from_buffer;
    r->drawn = drawn;
    return r;
}

#ifdef UAUTH_TEST

/* SplitMix64. */
static void fill_from_seed(struct random *r, uint8_t *out, size_t n)
{
    while (n > 0) {
        r->state += 0x9E3779B97F4A7C15U;
        uint64_t z = r->state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
        z ^= z >> 31;
        size_t part = n < sizeof z ? n : sizeof z;
        memcpy(out, &z, part);
        out += part;
        n -= part;
    }
}

struct random *random_seeded(struct arena *a, uint64_t seed)
{
    struct random *r = ARENA_NEW(a, struct random);
    r->fill = fill_from_seed;
    r->state = seed;
    return r;
}

struct bytes random_drawn(const struct random *r)
{
    return (struct bytes){ r->drawn->buffer, sizeof r->drawn->buffer };
}

#endif

void random_fill(struct random *r, void *out, size_t n)
{
    r->fill(r, out, n);
}

uint32_t random_below(struct random *r, uint32_t bound)
{
    must(bound > 0);
    /* Numbers below 2^32 mod bound are drawn again, so that every remainder is equally likely. */
    uint32_t unfair = (0U - bound) % bound;
    uint32_t drawn = 0;
    do
        random_fill(r, &drawn, sizeof drawn);
    while (drawn < unfair);
    return drawn % bound;
}

const char *random_token(struct ctx *c)
{
    uint8_t secret[32];
    random_fill(c->random, secret, sizeof secret);
    const char *token = base64url_encode(c->arena, (struct bytes){ secret, sizeof secret });
    explicit_bzero(secret, sizeof secret);
    return token;
}

static const char digits[] = "0123456789abcdef";

/* The millisecond, which stays in the second `now`, whatever the clock says by then. */
static uint64_t millisecond_in(int64_t now)
{
    uint64_t first = now > 0 ? (uint64_t)now * 1000 : 0;
    uint64_t ms = (uint64_t)time_now_ms();
    if (ms < first || now <= 0)
        return first;
    return ms - first < 1000 ? ms : first + 999;
}

const char *random_timed_token(struct ctx *c)
{
    const char *secret = random_token(c);
    uint64_t ms = millisecond_in(c->now);
    char *token = arena_alloc(c->arena, RANDOM_TIMED_TOKEN_CHARS + 1);
    for (unsigned i = 0; i < RANDOM_TIME_CHARS; i++)
        token[i] = digits[ms >> (44 - 4 * i) & 15];
    memcpy(token + RANDOM_TIME_CHARS, secret, RANDOM_TOKEN_CHARS + 1);
    return token;
}

const char *random_uuid(struct ctx *c)
{
    uint8_t id[16];
    random_fill(c->random, id, sizeof id);
    /* RFC 9562 5.7: 48 bits of milliseconds, version 7, variant 10. */
    uint64_t ms = millisecond_in(c->now);
    for (unsigned i = 0; i < 6; i++)
        id[i] = (uint8_t)(ms >> (40 - 8 * i));
    id[6] = (uint8_t)((id[6] & 0x0F) | 0x70);
    id[8] = (uint8_t)((id[8] & 0x3F) | 0x80);
    char *text = arena_alloc(c->arena, UUID_CHARS + 1);
    char *at = text;
    for (unsigned i = 0; i < sizeof id; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[id[i] >> 4];
        *at++ = digits[id[i] & 15];
    }
    return text;
}
