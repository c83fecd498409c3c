/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_CRYPTO_LIBRARY_FAULTS_H
#define UAUTH_TESTS_UNIT_CRYPTO_LIBRARY_FAULTS_H

/*
 * The functions of OpenSSL that can fail in the room's hands, each behind one of ours that fails
 * when it is told to.  The linker puts them in their place (--wrap; the list in meson.build is the
 * same).
 */

#include <stdbool.h>
#include <stddef.h>

struct faults {
    size_t calls;     /* so far */
    size_t failing;   /* the number of the call that fails; 0: none */
    int answer;       /* of a call that fails and answers with a number */
    const char *name; /* of the last one that failed */
};
extern struct faults faults;

#endif
