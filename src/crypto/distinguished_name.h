/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CRYPTO_DISTINGUISHED_NAME_H
#define UAUTH_CRYPTO_DISTINGUISHED_NAME_H

/* Distinguished names as text (RFC 4514): "CN=Steve Kille,O=Isode Limited,C=GB". */

#include "base/arena.h"

#include <openssl/types.h>

enum { DISTINGUISHED_NAME_MAX = 1024, DISTINGUISHED_NAME_PARTS_MAX = 32 };

/*
 * Reads all of `text`, as strictly as RFC 4514 3 writes it: no white space around separators,
 * special characters escaped, values in UTF-8 or as '#' and hexadecimal DER of a string.  Attribute
 * types are dotted numbers or one of the names CN, L, ST, O, OU, C, STREET, DC, UID (RFC 4514 3),
 * serialNumber, organizationIdentifier, givenName, SN, title and emailAddress, in either case.
 * The name lives in `a`; NULL for anything else, for no part at all, and beyond the bounds above.
 */
X509_NAME *distinguished_name_read(struct arena *a, const char *text);

/* `name` as such a text, attribute types without a name there as dotted numbers; NULL if there are
 * values in it that are no text. */
const char *distinguished_name_write(struct arena *a, const X509_NAME *name);

/*
 * Whether both are the same name (RFC 5280 7.1): the same parts in the same order, letters of ASCII
 * in either case, white space at the ends ignored and inside taken for one space, whatever string
 * type a value has.
 */
bool distinguished_name_equal(const X509_NAME *a, const X509_NAME *b);

#endif
