/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_FLOW_PROOF_STORY_H
#define UAUTH_TESTS_FLOW_PROOF_STORY_H

/*
 * Holders of keys (RFC 9449): they make proofs and call with them.
 */

#include "oauth_story.h"

struct key;

/* Somebody with a key of their own. */
struct holder {
    struct world *w;
    const struct key *key;
    const char *jkt;
    const char *nonce; /* that goes into its proofs, or NULL */
};
struct holder holder_new(struct world *w);

/* A new proof for a request of this method and path, beside `access_token` (or NULL). */
const char *holder_proof(const struct holder *holder, const char *method, const char *path,
                         const char *access_token);

/* POST of a form with this proof (NULL: without), and Basic of `client_id` unless `secret` is NULL.
 */
struct answer proof_post(struct world *w, const char *path, const char *proof, const char *basic,
                         const char *form);

/* The form that exchanges a code of APP. */
const char *exchange_form(struct world *w, const char *code);

/* POST of `form` to the token endpoint with a new proof. */
struct answer holder_token(const struct holder *holder, const char *form);

/* GET of `path` with the token by the scheme and a proof; both may be NULL. */
struct answer token_get(struct world *w, const char *path, const char *scheme, const char *token,
                        const char *proof);

/* The same as a holder does it. */
struct answer holder_get(const struct holder *holder, const char *path, const char *token);

#endif
