/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_CHALLENGE_H
#define UAUTH_CLIENT_CHALLENGE_H

/* Parts of WWW-Authenticate (RFC 9110 11.6.1), as the server and resource servers of others write
 * it. */

#include "base/text.h"

/* `text` in the characters of error_description (RFC 6749 5.2): others become ' or ?. */
const char *challenge_plain(struct arena *a, const char *text) __attribute__((returns_nonnull));

/* Appends the name of a scheme, behind those that stand already. */
void challenge_scheme(struct text_buffer *b, const char *scheme);

/* Appends a parameter of the scheme appended last; nothing if `value` is NULL.  `first`: it is the
 * first one of its scheme. */
void challenge_parameter(struct text_buffer *b, bool first, const char *name, const char *value);

/*
 * The next parameter at *at, a text or a token; several challenges may stand there, and the names
 * of their schemes are passed over.  False: there is no more.
 */
bool challenge_next(struct arena *a, const char **at, const char **name, const char **value);

#endif
