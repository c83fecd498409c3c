/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_DATABASE_URL_H
#define UAUTH_BASE_DATABASE_URL_H

/* Which database a URL names: by its scheme, which stands before the first colon.  How it is opened
 * is for db/db.h. */

#include "base/arena.h"

enum database_kind { DATABASE_UNKNOWN, DATABASE_SQLITE, DATABASE_POSTGRES };

/* The kind that `url` names; *place is what stands behind its colon, NULL if the kind is unknown.
 * `place` may be NULL. */
enum database_kind database_kind_of(const char *url, const char **place);

/* "sqlite:, postgres:, ...": the schemes that there are. */
const char *database_schemes(struct arena *a);

/* "sqlite:/// postgres:// ...": what the settings take, where every path is absolute. */
const char *database_beginnings(struct arena *a);

#endif
