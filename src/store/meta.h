/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_META_H
#define UAUTH_STORE_META_H

/*
 * Single values of the whole installation: whether the master key is still the same, the generation
 * that a restore raises.
 */

#include "store/schema.h"

#define META_SEAL_CHECK "seal_check" /* seal_check_value of crypto/seal.h */
#define META_GENERATION "generation" /* a number; raised by restore */

/* The value of `name`, or NULL. */
RESULT meta_get(struct ctx *c, const char *name, const char **value);

/* Sets it. */
RESULT meta_set(struct ctx *c, const char *name, const char *value);

/* Sets it if it is absent; *found is what is there afterwards. */
RESULT meta_add(struct ctx *c, const char *name, const char *value, const char **found);

#endif
