/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_BASE_TALLY_H
#define UAUTH_TESTS_UNIT_BASE_TALLY_H

/* How evenly the letters of codes and tokens come (CR-16): one tally for each place of a code. */

#include "tests/unit/base/testing.h"

enum { TALLY_LETTERS_MAX = 64 };

/* How often each letter of `alphabet` came. */
struct tally {
    const char *alphabet;
    int seen[TALLY_LETTERS_MAX];
    int n;
};

/* Counts each letter of `code` in the tally of its place. */
static inline void tally_count(struct tally *places, const char *code)
{
    for (size_t i = 0; code[i] != '\0'; i++) {
        const char *at = strchr(places[i].alphabet, code[i]);
        assert_non_null(at);
        places[i].seen[at - places[i].alphabet]++;
        places[i].n++;
    }
}

/*
 * Chi-square against "all are equally likely": chance exceeds this bound less than once in a
 * million times.  The bits come from a seed, so that a test passes always or never.
 */
static inline void tally_is_even(const struct tally *t)
{
    size_t letters = strlen(t->alphabet);
    double expected = (double)t->n / (double)letters;
    double chi = 0;
    for (size_t i = 0; i < letters; i++)
        chi += (t->seen[i] - expected) * (t->seen[i] - expected) / expected;
    if (chi > 3.0 * (double)letters + 20)
        fail_msg("chi-square is %.0f for %zu letters", chi, letters);
}

#endif
