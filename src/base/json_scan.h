/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_JSON_SCAN_H
#define UAUTH_BASE_JSON_SCAN_H

/*
 * The tokens of JSON, for the reader in json.c only: where a text or a number ends, and what a text
 * says. All are pure, read nothing at or beyond `end`, and take time linear in the token.
 */

#include "base/arena.h"

/* A text between its quotes. */
struct json_run {
    const uint8_t *at;  /* behind the opening quote */
    const uint8_t *end; /* at the closing quote, or where `why` arose */
    bool escapes, beyond_ascii;
};

/* Finds the closing quote of the text whose first byte (behind the quote) is `at`.  NULL, or what
 * is wrong. */
const char *json_scan_text(const uint8_t *at, const uint8_t *end, struct json_run *out);

/*
 * Writes what `run` says to `out`, which has room for its bytes, and sets `*n`.  NULL, or what is
 * wrong: invalid UTF-8, an unknown escape, a lone surrogate, \u0000.
 */
const char *json_decode_text(const struct json_run *run, char *out, size_t *n);

/* The end of the number at `at` (RFC 8259 6), or NULL if none is well formed there. */
const uint8_t *json_scan_number(const uint8_t *at, const uint8_t *end);

#endif
