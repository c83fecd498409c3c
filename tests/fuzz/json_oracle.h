/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FUZZ_JSON_ORACLE_H
#define UAUTH_TESTS_FUZZ_JSON_ORACLE_H

/* jansson behind a wall, since its names are ours, too. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum oracle_answer { ORACLE_TAKES, ORACLE_REFUSES, ORACLE_NUMBER_TOO_LARGE };

/*
 * Reads a JSON text.  What it takes is written to `out` without freedom: n, t, f, i and the value
 * of an integer literal, r for another number, s and the length and bytes of a text, { and [ with
 * members and items in order.
 */
enum oracle_answer oracle_read(const uint8_t *data, size_t size, FILE *out);

#endif
