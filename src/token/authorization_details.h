/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TOKEN_AUTHORIZATION_DETAILS_H
#define UAUTH_TOKEN_AUTHORIZATION_DETAILS_H

/*
 * Authorization details (RFC 9396): what exactly a client may do, where a scope is too coarse.  An
 * array of objects, each of a type that one API has registered (store/resources.h), which says
 * what members it may have.  Nothing else is taken, granted or passed on.
 */

#include "base/shape.h"

enum {
    AUTHORIZATION_DETAILS_BYTES_MAX = 4096,
    AUTHORIZATION_DETAILS_MAX = 16,
    DETAILS_TYPES_MAX = 32,
    DETAILS_MEMBERS_MAX = 32
};

struct details_type {
    const char *type;
    const char *title;     /* as consent pages show it; NULL: its name */
    struct texts members;  /* that may stand beside `type` */
    struct texts required; /* ... and of these, those that must */
};

/* What is registered of an API (resource_row.metadata). */
struct resource_metadata {
    struct items authorization_details_types; /* struct details_type */
};

/* clang-format off */
SHAPE(details_type,
    FIELD(details_type, type, REQUIRED, 1, 255, "Its name; an API of everybody's has a URI there"),
    FIELD(details_type, title, OPTIONAL, 1, 100, "As people are asked for it"),
    FIELD(details_type, members, OPTIONAL, 0, DETAILS_MEMBERS_MAX, "What may stand in it beside type"),
    FIELD(details_type, required, OPTIONAL, 0, DETAILS_MEMBERS_MAX, "What must"));
SHAPE_OPEN(resource_metadata,
    FIELD_OF(resource_metadata, authorization_details_types, OPTIONAL, 0, DETAILS_TYPES_MAX, &details_type_shape, "The types of authorization details that it understands (RFC 9396)"));
/* clang-format on */

/* One object of the array. */
struct detail {
    const char *type;
    const char *json; /* without white space between its parts */
};
struct details {
    const struct detail *at;
    size_t n;
};

/* INVALID_AUTHORIZATION_DETAILS: not one strict JSON array of 1 to AUTHORIZATION_DETAILS_MAX
 * objects that have a text `type`, or more than AUTHORIZATION_DETAILS_BYTES_MAX. */
RESULT details_read(struct ctx *c, const char *json, struct details *out);

/* The array as text; NULL if it is empty. */
const char *details_write(struct arena *a, const struct details *details);

/* Who asks, and for which APIs. */
struct details_asker {
    const char *client_id;
    struct texts types;     /* that it has registered */
    struct texts resources; /* that it asks for; none: any of `bound` */
    struct texts bound;     /* that it may ask for; none: every one */
};

/*
 * Whether `details` may be asked for by `asker`: each is of a type that the client has registered
 * and one of the APIs knows, with the members that this has, and in `locations` names that API
 * alone.  *resources is which APIs these are, each once, after those that `asker` names.
 * INVALID_AUTHORIZATION_DETAILS.
 */
RESULT details_check(struct ctx *c, const struct details *details,
                     const struct details_asker *asker, struct texts *resources);

/*
 * What a token for `audience` says (RFC 9396 7): of `granted` (or NULL) that which this API knows,
 * or of it what `asked` (or NULL) asks for, each as it was granted (6).  *out is NULL if that is
 * nothing.  INVALID_AUTHORIZATION_DETAILS if something was asked for that was not granted, or not
 * for this API.
 */
struct details_choice {
    const char *granted, *asked, *audience;
};
RESULT details_choose(struct ctx *c, const struct details_choice *choice, const char **out);

/* The type called `type` among those of the API, or NULL. */
RESULT resource_metadata_read(struct ctx *c, const char *json, struct resource_metadata *out);
const struct details_type *details_type_find(const struct resource_metadata *metadata,
                                             const char *type);

/* All types that are registered, with the APIs that know them: `resources[i]` knows `types[i]`. */
struct details_types {
    const struct details_type *at;
    const char **resources;
    size_t n;
};
RESULT details_types_all(struct ctx *c, struct details_types *out);

#endif
