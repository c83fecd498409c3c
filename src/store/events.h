/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_EVENTS_H
#define UAUTH_STORE_EVENTS_H

/*
 * The audit: what happened, appended in the transaction of the change (AU-04), never changed.
 * Personal fields are sealed by identity/audit.c under a key of the user's own before they come
 * here; erasing a user destroys that key, and the leaf hash, made over the sealed text, stays true.
 */

#include "store/schema.h"

struct event_row {
    const char *id;   /* made by the caller (random_uuid): the sealed fields are bound to it */
    const char *name; /* of identity/events.def */
    int64_t at;
    const char *outcome;   /* "done", "refused" */
    const char *tenant_id; /* or NULL, as all that follow */
    const char *user_id;   /* whom it is about */
    const char *actor_id;  /* who did it */
    const char *client_id;
    const char *session_id;
    const char *request_id;
    const char *correlation_id;
    const char *detail;    /* JSON without personal data */
    const char *sealed;    /* address, user agent and the like */
    const char *leaf_hash; /* over all of the above */
    int64_t leaf_index;    /* its place in the tree (store/audit_tree.h); -1: none yet */
};
struct event_rows {
    const struct event_row *at;
    size_t n;
};

/* Appends it, of c->now.  `at` and `leaf_index` of the row are not read. */
RESULT event_append(struct ctx *c, const struct event_row *event);

/* Newest first; each NULL of the filter means any. */
struct event_filter {
    const char *user_id, *tenant_id, *name;
    int64_t since, until; /* both included; 0: open */
};
RESULT events_page(struct ctx *c, const struct event_filter *filter, struct page page,
                   struct event_rows *out);

/* Those from place `from` of the tree on, in its order, at most `limit` (1 to PAGE_MAX). */
RESULT events_of_tree(struct ctx *c, int64_t from, int64_t limit, struct event_rows *out);

/* The event `id`; NULL: there is none. */
RESULT event_find(struct ctx *c, const char *id, const struct event_row **out);

/* The sealed key of a user's personal audit fields; NULL: none yet, or destroyed. */
RESULT audit_key_find(struct ctx *c, const char *user_id, const char **sealed);

/* Stores one if there is none (and the user is not deleted); *found is the one that is there
 * afterwards, or NULL. */
RESULT audit_key_add(struct ctx *c, const char *user_id, const char *sealed, const char **found);

#endif
