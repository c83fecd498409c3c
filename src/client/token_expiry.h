/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_TOKEN_EXPIRY_H
#define UAUTH_CLIENT_TOKEN_EXPIRY_H

/*
 * When a token ends, as the many token endpoints of Azure write it: seconds as a number or a text,
 * and dates in five forms.
 */

#include "base/json.h"

/* Far beyond any token's life; what is longer is cut to it. */
enum { TOKEN_LIFE_MAX = 10 * 366 * 86400 };

/*
 * A point in time: Unix seconds (a number or a text of digits), RFC 3339, "yyyy-MM-dd HH:mm:ss",
 * "MM/dd/yyyy HH:mm:ss", with " +00:00" or without, also with AM or PM; all of them in UTC.  False
 * for anything else, and before 1970.
 */
bool token_expires_on(struct arena *a, const struct json_value *value, int64_t *out);

/* A length in seconds: a number, also with a fraction, or a text of digits; not negative. */
bool token_expires_in(const struct json_value *value, int64_t *out);

#endif
