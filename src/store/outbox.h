/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_STORE_OUTBOX_H
#define UAUTH_STORE_OUTBOX_H

/*
 * What must leave the house and must not be lost: mails, back-channel logouts
 * (store/session_clients.h), and webhooks later.  A row is added in the transaction of what it
 * tells of, and delivered at least once; its id goes along, so that the other side can tell a
 * repetition.
 */

#include "store/schema.h"

enum outbox_kind { OUTBOX_MAIL, OUTBOX_BACKCHANNEL, OUTBOX_WEBHOOK };

struct outbox_row {
    const char *id; /* made by the caller (random_uuid): `sealed` is bound to it */
    enum outbox_kind kind;
    const char *user_id; /* whom it concerns: it goes when they are erased; or NULL */
    const char *recipient, *subject;
    const char *sealed; /* the text: links in it are secrets */
    int64_t attempts;   /* so far, this one included */
    int64_t created_at;
};
struct outbox_rows {
    const struct outbox_row *at;
    size_t n;
};

/* Adds one, due now; attempts and created_at are not read. */
RESULT outbox_add(struct ctx *c, const struct outbox_row *row);

/* Takes up to `limit` that are due, oldest first.  Nobody else gets them for `lease` seconds; after
 * that they are due again, unless outbox_done or outbox_retry came. */
RESULT outbox_claim(struct ctx *c, int64_t limit, int64_t lease, struct outbox_rows *out);

/* It has been delivered: its text is gone. */
RESULT outbox_done(struct ctx *c, const char *id);

/* It has not: due again at `next_at`, or given up (0).  `why` is kept for the administrator. */
RESULT outbox_retry(struct ctx *c, const char *id, int64_t next_at, const char *why);

/* Whether there is one to claim: looks at one row, however many wait. */
RESULT outbox_is_due(struct ctx *c, bool *due);

/* How many wait, and for how long the oldest has been due: for metrics, since it counts them. */
RESULT outbox_waiting(struct ctx *c, int64_t *waiting, int64_t *oldest);

#endif
