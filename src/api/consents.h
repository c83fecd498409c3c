/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_CONSENTS_H
#define UAUTH_API_CONSENTS_H

/*
 * What one has allowed applications: seeing it and taking it back.
 */

#include "base/shape.h"
#include "web/req.h"

struct consent_query {
    const char *after;
    int64_t limit;
};
SHAPE(consent_query,
      FIELD(consent_query, after, OPTIONAL, 1, 255, "The member next of the page before"),
      FIELD(consent_query, limit, OPTIONAL, 1, 200, "Entries of a page; 50 if it is not given"));

struct consent_entry {
    const char *client_id, *client_name;
    struct texts scopes;
    int64_t created_at, updated_at;
};
SHAPE(consent_entry, FIELD(consent_entry, client_id, REQUIRED, 1, 255, "The application"),
      FIELD(consent_entry, client_name, REQUIRED, 1, 100, "Its name"),
      FIELD(consent_entry, scopes, REQUIRED, 0, 64, "What it may"),
      FIELD(consent_entry, created_at, REQUIRED | TIME, 0, INT64_MAX, "Since when"),
      FIELD(consent_entry, updated_at, REQUIRED | TIME, 0, INT64_MAX, "The last answer"));
struct consent_list {
    struct items consents;
    const char *next;
};
SHAPE(consent_list,
      FIELD_OF(consent_list, consents, REQUIRED, 0, 200, &consent_entry_shape, "The consents"),
      FIELD(consent_list, next, OPTIONAL, 1, 255, "There are more, after this one"));
RESULT get_my_consents(struct req *r);

/* What was granted under it ends at once.  NOT_FOUND if nothing was. */
RESULT delete_my_consent(struct req *r);

/* The same for a client whose id is a URL, which no path can hold. */
struct consent_named {
    const char *client_id;
};
SHAPE(consent_named, FIELD(consent_named, client_id, REQUIRED, 1, 255, "The application"));
RESULT delete_my_consent_named(struct req *r);

#endif
