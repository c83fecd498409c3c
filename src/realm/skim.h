/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_SKIM_H
#define UAUTH_REALM_SKIM_H

/*
 * Finds where the values of a large JSON text begin and end, and keeps nothing: memory does not
 * grow with the text.  It looks at brackets and quotes only.  What it finds is not known to be
 * sound: each value goes to the strict reader (base/json.h) before anything is believed.
 */

#include "base/arena.h"

struct skim {
    const uint8_t *at, *end;
    bool wrong; /* it is no JSON */
};

/* Enters the object ('{') or array ('[') that comes next; false if something else does. */
bool skim_enter(struct skim *s, uint8_t bracket);

/* The next member of the object, or item of the array, that was entered: the name between its
 * quotes and the value.  False at the end, which is stepped over, or if it is wrong. */
bool skim_member(struct skim *s, struct bytes *name, struct bytes *value);
bool skim_item(struct skim *s, struct bytes *value);

#endif
