/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_RULES_H
#define UAUTH_BASE_RULES_H

/*
 * The rules by which requests are refused: base/rules.def.  A failure says what a client may know;
 * its rule says to the administrator which one of the checks it was, and how to put it right.
 */

enum rule {
    RULE_NONE = 0, /* the failure speaks for itself */
#define RULE(name, clause, cause, matters, fix) RULE_##name,
#include "base/rules.def"
#undef RULE
    RULE_ROWS /* how many there are; never a rule */
};

/* One row of base/rules.def.  In `fix`, {client_id} stands for the client of the request. */
struct rule_row {
    const char *slug;    /* "pkce-verifier" */
    const char *clause;  /* "RFC 7636 4.6", or "" where the rule is our own */
    const char *cause;   /* what was found, as a sentence */
    const char *matters; /* what the rule is good for */
    const char *fix;     /* what to do */
};

/* The row of `rule`, which is not RULE_NONE.  Static storage. */
const struct rule_row *rule_row(enum rule rule) __attribute__((returns_nonnull));

/* The rule whose slug is `slug`, or RULE_NONE if none has it. */
enum rule rule_from_slug(const char *slug);

#endif
