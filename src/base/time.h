/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_TIME_H
#define UAUTH_BASE_TIME_H

/*
 * Time is int64 Unix seconds, read once per unit of work and passed on in ctx.now.  Only the
 * readers here look at a clock.  Arithmetic saturates.
 */

#include "base/arena.h"

/* The wall clock. */
int64_t time_now(void);

/* The same in milliseconds: for the order of ids only. */
int64_t time_now_ms(void);

/* A clock that never goes back, in milliseconds: for deadlines and measuring only. */
int64_t time_monotonic_ms(void);

/* The same clock at the last tick of the system, which is TIME_TICK_MS ago at most, and a fifth of
 * the price: for deadlines of a second and more, of which each request has several. */
enum { TIME_TICK_MS = 10 };
int64_t time_monotonic_tick_ms(void);

/* The same clock in microseconds. */
int64_t time_monotonic_us(void);

int64_t time_add(int64_t at, int64_t seconds);

/* "2026-11-24T14:06:07Z" (RFC 3339); years beyond 9999 are written as 9999-12-31T23:59:59Z, before
 * 1970 as 1970. */
const char *time_rfc3339(struct arena *a, int64_t at) __attribute__((returns_nonnull));

/* The same into `out`, without an arena. */
enum { TIME_TEXT = 21 };
void time_write(char out[static TIME_TEXT], int64_t at);

/* "Tue, 24 Nov 2026 14:06:07 GMT" (RFC 9110 5.6.7). */
const char *time_http(struct arena *a, int64_t at) __attribute__((returns_nonnull));

/*
 * Reads RFC 3339 with Z or an offset, of the years 0000 to 9999; fractions are cut.  A leap second
 * is taken at the end of a UTC day and is the second after.
 */
bool time_parse(const char *text, int64_t *out);

/* Reads what time_http writes, in the form that alone is sent today (RFC 9110 5.6.7). */
bool time_parse_http(const char *text, int64_t *out);

#endif
