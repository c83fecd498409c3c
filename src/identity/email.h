/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_EMAIL_H
#define UAUTH_IDENTITY_EMAIL_H

/*
 * E-mail addresses.  The grammar is narrower than RFC 5322: a dot-atom of printable ASCII, one '@',
 * a host name of at least two labels, or `localhost`; no quotes, comments, routes, encoded words,
 * lists or characters that another program may read as one of these (AT-05, AT-07).
 */

#include "base/ctx.h"

enum { EMAIL_MAX = 254 };

struct email {
    const char *canonical; /* ASCII letters in lower case: the key, compared byte for byte */
    const char *entered;   /* as it came: where mail goes */
};

/* Reads all of `text`.  INVALID_FIELD (`field` as given by the caller) says what is wrong. */
RESULT email_read(struct ctx *c, const char *field, const char *text, struct email *out);

/* Whether `text` is one, and if so its canonical form: for looking up what may be anything. */
bool email_canonical(struct arena *a, const char *text, const char **canonical);

#endif
