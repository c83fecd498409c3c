/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_TOLD_H
#define UAUTH_OAUTH_TOLD_H

/*
 * Which applications a session was used with, and how each of them hears of its end: from the
 * outbox (OpenID Connect Back-Channel Logout 1.0) or from the browser (Front-Channel Logout 1.0).
 */

#include "base/ctx.h"
#include "web/page_end_session.h"

struct told_applications {
    const struct told *at;
    const char *const *client_ids; /* in the same order */
    size_t n;
};

/* Of the session `sid`, live or ended. */
RESULT told_of(struct ctx *c, const char *sid, struct told_applications *out);

/* Whether one of them has to be loaded in a frame. */
bool told_has_frames(const struct told_applications *told);

#endif
