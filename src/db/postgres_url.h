/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_DB_POSTGRES_URL_H
#define UAUTH_DB_POSTGRES_URL_H

/*
 * What libpq is given to connect with: what the URL says, and what is needed besides.  Reads the
 * URL and connects to nothing.
 */

#include "db/db.h"
#include "db/libpq.h"

struct postgres_url;

/* Reads `url`.  UNAVAILABLE as libpq_open; INVALID_FIELD if libpq cannot read it; the text shows
 * nothing of it, since a password may stand anywhere in a URL that is written wrongly. */
RESULT postgres_url_read(struct ctx *c, const char *url, struct postgres_url **out);
void postgres_url_free(struct postgres_url *u); /* NULL is fine */

/* What reads it, and connects. */
const struct libpq *postgres_url_libpq(const struct postgres_url *u);

/* For PQconnectStartParams: two lists that end with NULL. */
const char *const *postgres_url_keywords(const struct postgres_url *u);
const char *const *postgres_url_values(const struct postgres_url *u);

/* The value for `keyword`, or NULL. */
const char *postgres_url_value(const struct postgres_url *u, const char *keyword);

#endif
