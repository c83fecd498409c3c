/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_AUDIT_H
#define UAUTH_IDENTITY_AUDIT_H

/*
 * The audit of what people and administrators do.  An event is written in the transaction of the
 * change that it tells of: inside db_atomically where there are several facts (AU-04: where the
 * event cannot be written, nothing happens).
 *
 * What tells about a person (network address, user agent, e-mail addresses) is sealed under a key
 * of that user's own, which erasure destroys (decision 35): of whom it is about, and what tells of
 * the call of somebody else who did it under a key of theirs; where no user is known it is sealed
 * under the master key.  `details` hold no personal data and no secret.  The address that was typed
 * for an unknown user is kept as a keyed hash only (AU-05).
 */

#include "store/events.h"

enum audit_event {
#define EVENT(name, text, summary) AUDIT_##name,
#include "identity/events.def"
#undef EVENT
    AUDIT_EVENTS
};

struct audit_detail {
    const char *name, *value; /* a NULL value is left out */
};

enum { AUDIT_DETAILS_MAX = 8 };

struct audit {
    enum audit_event event;
    bool refused;           /* the outcome: "refused", else "done" */
    const char *user_id;    /* whom it is about; NULL: nobody known */
    const char *actor_id;   /* who did it; NULL: who administers by this call, if that is
                               what it is, else the user themselves, or nobody known; where
                               somebody acts as the caller it is always they */
    const char *tenant_id;  /* NULL: the one in which the caller acts, if any */
    const char *session_id; /* or NULL */
    const char *identifier; /* what was typed where no user is known; kept as a hash; or NULL */
    struct audit_detail details[AUDIT_DETAILS_MAX];  /* up to the first without a name */
    struct audit_detail personal[AUDIT_DETAILS_MAX]; /* sealed beside address and user agent */
    const char *changed;          /* the member `changed` of the details: audit_changes, or NULL */
    const char *changed_personal; /* the same of what is sealed, or NULL */
};

/* Appends the event, of c->now and c->origin. */
RESULT audit_add(struct ctx *c, const struct audit *event);

/* What was sealed of an event. */
struct audit_personal {
    const char *address, *user_agent; /* or NULL */
    const char *more;                 /* a JSON object of `personal`, or NULL */
    bool erased;                      /* a key has been destroyed: what it had sealed is NULL */
};
RESULT audit_open(struct ctx *c, const struct event_row *row, struct audit_personal *out);

/* What was sealed, a JSON object, and the key that opens this one value (or two, for two parts);
 * both NULL if nothing was sealed or it was erased. */
RESULT audit_disclose(struct ctx *c, const struct event_row *row, const char **plain,
                      const char **key);

/* Whether `key` opens what was sealed of the row to *plain.  INVALID_REQUEST.  Needs no database
 * and no master key. */
RESULT audit_open_disclosed(struct ctx *c, const struct event_row *row, const char *key,
                            const char **plain);

/* The leaf hash of a row (everything but leaf_hash and sealed keys), as base64url: for writing and
 * for checking. */
const char *audit_leaf(struct arena *a, const struct event_row *row)
    __attribute__((returns_nonnull));

/* One row of events.def. */
struct audit_row {
    const char *text, *summary;
};
const struct audit_row *audit_rows(size_t *n);

#endif
