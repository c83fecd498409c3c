/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_EXPLANATION_H
#define UAUTH_WEB_EXPLANATION_H

/*
 * A refusal in words, for administrators: from what was kept (web/refusals.h) or a line of the log,
 * and the row of its rule.  Members without a value are NULL.
 */

#include "base/shape.h"
#include "web/refusals.h"

struct explanation {
    const char *request_id;
    const char *time; /* RFC 3339 */
    const char *method, *route;
    int64_t status;
    const char *peer, *client_id, *user_id;
    const char *error; /* the slug of the failure, or NULL: it was answered as something ordinary */
    const char *rule, *clause, *cause, *expected, *got, *why, *matters, *fix;
    const char *config_version; /* of the settings then */
    const char *config_now;     /* of those that now hold; NULL: not known */
};
/* clang-format off */
SHAPE(explanation,
    FIELD(explanation, request_id, REQUIRED, 0, 4096, "The id of the request"),
    FIELD(explanation, time, REQUIRED, 0, 4096, "When it came"),
    FIELD(explanation, method, OPTIONAL, 0, 4096, "Its method"),
    FIELD(explanation, route, OPTIONAL, 0, 4096, "The path of the row of the API"),
    FIELD(explanation, status, OPTIONAL, 0, 999, "The status that it was answered with"),
    FIELD(explanation, peer, OPTIONAL, 0, 4096, "The address that it came from"),
    FIELD(explanation, client_id, OPTIONAL, 0, 4096, "The application that is said to have asked"),
    FIELD(explanation, user_id, OPTIONAL, 0, 4096, "The user that was signed in"),
    FIELD(explanation, error, OPTIONAL, 0, 4096, "The type of the problem; absent if something ordinary was answered"),
    FIELD(explanation, rule, OPTIONAL, 0, 4096, "The rule that refused it"),
    FIELD(explanation, clause, OPTIONAL, 0, 4096, "Where the rule stands"),
    FIELD(explanation, cause, OPTIONAL, 0, 4096, "What was wrong"),
    FIELD(explanation, expected, OPTIONAL, 0, 4096, "What was due"),
    FIELD(explanation, got, OPTIONAL, 0, 4096, "What came"),
    FIELD(explanation, why, OPTIONAL, 0, 4096, "The words of the log"),
    FIELD(explanation, matters, OPTIONAL, 0, 4096, "What the rule is good for"),
    FIELD(explanation, fix, OPTIONAL, 0, 4096, "What to do"),
    FIELD(explanation, config_version, OPTIONAL, 0, 4096, "A name for the settings at that time"),
    FIELD(explanation, config_now, OPTIONAL, 0, 4096, "The same for the present ones"));
/* clang-format on */

/* What `kept` says. */
struct explanation explanation_of(struct arena *a, const struct refusal *kept);

/* Completes it from base/rules.def by `rule`, else from web/problems.def by `error`. */
void explanation_complete(struct arena *a, struct explanation *e);

#endif
