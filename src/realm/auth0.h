/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_AUTH0_H
#define UAUTH_REALM_AUTH0_H

/* What the import of users of Auth0 needs beside their file: the hashes of their passwords. */

#include "realm/import.h"

enum { AUTH0_ID_MAX = 64 };

struct auth0_hash {
    const char *id;    /* of the user, without "auth0|" */
    struct bytes line; /* that has the hash */
};
struct auth0_hashes { /* import_order.also; by id */
    const struct auth0_hash *at;
    size_t n;
};

/* Reads the file of hashes; it stays while they are used.  INVALID_JSON. */
RESULT auth0_hashes_read(struct ctx *c, struct bytes bytes, struct auth0_hashes *out);

#endif
