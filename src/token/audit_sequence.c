/* SPDX-License-Identifier: Apache-2.0 */
#include "token/audit_sequence.h"

#include "base/random.h"
#include "token/audit_head.h"

static RESULT grow(struct ctx *c, bool *again)
{
    const struct audit_log *log = NULL;
    int64_t given = 0;
    TRY(audit_log_current(c, &log));
    if (log == NULL)
        TRY(audit_log_begin(c, random_uuid(c)));
    TRY(audit_tree_grow(c, &given));
    *again = given == AUDIT_BATCH;
    return ok();
}

RESULT audit_sequence(struct ctx *c, bool *again)
{
    bool waits = false;
    *again = false;
    TRY(audit_tree_waits(c, &waits));
    if (waits)
        TRY(grow(c, again));
    /* Also what somebody gave places to who was ended before signing. */
    return audit_head_sign(c);
}
