/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_PLANTS_H
#define UAUTH_TESTS_FLOW_PLANTS_H

/*
 * Requests that work but for one thing, and the rule that has to name it.  `make` brings about a
 * service in which everything is right but for `fault`, and makes the request; without a fault it
 * works, which is a row of its own with RULE_NONE.
 */

#include "proof_story.h"

struct plant {
    enum rule rule;
    struct answer (*make)(struct world *w, const char *fault);
    const char *fault;
    const char *const *settings; /* of the world, or NULL */
};

struct plants {
    const struct plant *at;
    size_t n;
};
#define PLANTS(rows) ((struct plants){ (rows), sizeof(rows) / sizeof((rows)[0]) })

/* Of the whole program: an authority for certificates, in files that settings name. */
int plants_begin(void **state);
int plants_end(void **state);

struct plants plants_admin(void);
struct plants plants_authorize(void);
struct plants plants_client(void);
struct plants plants_grant(void);
struct plants plants_bearer(void);
struct plants plants_door(void);
struct plants plants_sign_in(void);
struct plants plants_registration(void);

#endif
