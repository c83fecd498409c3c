/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_ENTRA_CALL_H
#define UAUTH_CLIENT_ENTRA_CALL_H

/*
 * Calls to Entra ID's token endpoint (entra.md 1.10): the answer with what Entra adds to OAuth's,
 * and what must not be sent again yet.
 */

#include "client/entra_error.h"
#include "client/entra_throttle.h"
#include "client/oauth_call.h"

/* What came back; texts may be NULL, lengths of time 0, but for the first. */
struct entra_tokens {
    const char *access_token, *token_type, *scope, *id_token, *refresh_token;
    const char *client_info; /* base64url of {"uid":..,"utid":..} */
    const char *foci;
    int64_t expires_in, ext_expires_in, refresh_in;
};

/* Where, and what is remembered of it. */
struct entra_endpoint {
    const char *url;
    enum outbound_origin origin;
    struct throttles *throttles;
    bool confidential; /* as THROTTLE_CONFIDENTIAL has it */
};

/*
 * Posts `form` to `at`.  Fails as entra_error_fail says, with what was answered in `error`;
 * UNAVAILABLE with retry_after: it may not be sent yet, and was not; UPSTREAM: there was no proper
 * answer.  `client` may have OAUTH_AUTH_NONE.
 */
RESULT entra_call(struct ctx *c, const struct entra_endpoint *at, const struct oauth_client *client,
                  const struct oauth_form *form, struct entra_tokens *out,
                  struct entra_error *error);

/* The same for an endpoint that answers with no tokens: devicecode.  `body` is what came. */
RESULT entra_post(struct ctx *c, const struct entra_endpoint *at, const struct oauth_client *client,
                  const struct oauth_form *form, struct bytes *body, struct entra_error *error);

/* How answers with tokens are read: times as numbers or texts (1.10).  UPSTREAM. */
RESULT entra_tokens_read(struct ctx *c, struct bytes body, struct entra_tokens *out);

#endif
