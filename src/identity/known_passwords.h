/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_KNOWN_PASSWORDS_H
#define UAUTH_IDENTITY_KNOWN_PASSWORDS_H

/*
 * The embedded list (src/identity/known_passwords.txt without its head): one password a line, in
 * lower case, sorted by bytes.  Those of eight characters and more stand for themselves and, as
 * the shorter ones, for what they become with other digits at the end.
 */

#include "base/arena.h"

struct bytes known_passwords(void);

#endif
