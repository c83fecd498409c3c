/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_SPELL_H
#define UAUTH_BASE_SPELL_H

/*
 * Names that follow from other names, spelt by the compiler, so that they are constant data:
 * SPELL(LETTER, "name") is the initialiser of a char array of SPELL_MAX, with LETTER(c) in place of
 * each character c.  The name is shorter than SPELL_MAX; what follows it is zero if LETTER('\0')
 * is.
 */

enum { SPELL_MAX = 32 };

/* clang-format off */
#define SPELL1(f, s, i) f((i) < sizeof(s) ? (s)[(i) < sizeof(s) ? (i) : 0] : '\0')
#define SPELL4(f, s, i) SPELL1(f, s, (i)), SPELL1(f, s, (i) + 1), SPELL1(f, s, (i) + 2), SPELL1(f, s, (i) + 3)
#define SPELL16(f, s, i) SPELL4(f, s, (i)), SPELL4(f, s, (i) + 4), SPELL4(f, s, (i) + 8), SPELL4(f, s, (i) + 12)
#define SPELL(f, s)     SPELL16(f, s, 0), SPELL16(f, s, 16)
/* clang-format on */

#endif
