/* SPDX-License-Identifier: Apache-2.0 */
#include "web/trace.h"

#include "base/random.h"

#include <string.h>

/* Crockford's: without I, L, O and U. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { TIME_CHARS = 10, TRACE_ID_CHARS = 32, TRACEPARENT_CHARS = 55 };

/* The lowest bits of `value`, five a digit, as `n` digits. */
static void put_digits(char *out, uint64_t value, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        out[i - 1] = digits[value % 32];
        value /= 32;
    }
}

const char *trace_request_id(struct ctx *c)
{
    uint64_t halves[2] = { 0 };
    char *id = arena_alloc(c->arena, REQUEST_ID_CHARS + 1);
    uint64_t ms = c->now < 0 ? 0 : (uint64_t)c->now * 1000;
    random_fill(c->random, halves, sizeof halves);
    put_digits(id, ms, TIME_CHARS);
    put_digits(id + TIME_CHARS, halves[0], 8);
    put_digits(id + TIME_CHARS + 8, halves[1], 8);
    return id;
}

/* `n` digits in lower case and no others, not all of them zero. */
static bool is_id(const char *at, size_t n)
{
    return strspn(at, "0123456789abcdef") >= n && strspn(at, "0") < n;
}

static bool is_byte(const char *at)
{
    return strspn(at, "0123456789abcdef") >= 2;
}

/* version "-" trace-id "-" parent-id "-" flags (W3C Trace Context 3.2.2). */
static bool is_traceparent(const char *at)
{
    if (strnlen(at, TRACEPARENT_CHARS) < TRACEPARENT_CHARS)
        return false;
    if (at[2] != '-' || at[35] != '-' || at[52] != '-' || !is_byte(at) || !is_byte(at + 53))
        return false;
    if (!is_id(at + 3, TRACE_ID_CHARS) || !is_id(at + 36, 16) || memcmp(at, "ff", 2) == 0)
        return false;
    /* Later versions may say more behind another dash; version 00 ends here. */
    char next = at[TRACEPARENT_CHARS];
    return next == '\0' || (next == '-' && memcmp(at, "00", 2) != 0);
}

const char *trace_parent_id(struct arena *a, const char *traceparent)
{
    if (traceparent == NULL || !is_traceparent(traceparent))
        return NULL;
    return text_copy(a, traceparent + 3, TRACE_ID_CHARS);
}
