/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_CSV_H
#define UAUTH_REALM_CSV_H

/*
 * Comma-separated values (RFC 4180): a record is a line, unless a line break stands in a field in
 * quotes; lines end with LF or CRLF.
 */

#include "base/text.h"

enum { CSV_FIELDS_MAX = 64 };

/* The next record of what is between *at and `end`, without its line break; *at goes behind it.
 * False if nothing is left. */
bool csv_next(const uint8_t **at, const uint8_t *end, struct bytes *record);

/* Its fields.  False if it is no record: a quote where none may be, one that does not end, NUL,
 * what is not UTF-8, or more than CSV_FIELDS_MAX fields. */
bool csv_fields(struct arena *a, struct bytes record, struct texts *out);

#endif
