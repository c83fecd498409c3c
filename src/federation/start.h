/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_START_H
#define UAUTH_FEDERATION_START_H

/* Where signing in with others begins. */

#include "federation/attempt.h"

/* For programs (decision 37): what POST /auth/oauth/{provider}/token goes on with. */
struct attempt_answer {
    const char *attempt, *authorization_url, *state, *nonce;
    int64_t expires_in;
};
SHAPE(attempt_answer,
      FIELD(attempt_answer, attempt, SECRET, 43, 43, "Handle, for the token endpoint alone"),
      FIELD(attempt_answer, authorization_url, REQUIRED, 1, INT64_MAX, "Where to send the person"),
      FIELD(attempt_answer, state, OPTIONAL, 43, 43, "What has to come back beside the code"),
      FIELD(attempt_answer, nonce, OPTIONAL, 43, 43, "For an ID token got in another way"),
      FIELD(attempt_answer, expires_in, REQUIRED, 0, ATTEMPT_SECONDS, "Seconds that it lives"));

struct start_query {
    const char *request, *then, *return_to, *login_hint, *redirect_uri, *fresh;
};
SHAPE_OPEN(start_query,
           FIELD(start_query, request, OPTIONAL, 0, 512, "Handle of a request that waits"),
           FIELD(start_query, then, OPTIONAL, 0, URL_MAX, "Where to go afterwards"),
           FIELD(start_query, return_to, OPTIONAL, 0, URL_MAX, "The same, of forward-auth"),
           FIELD(start_query, login_hint, OPTIONAL, 0, 254, "Who is expected"),
           FIELD(start_query, redirect_uri, OPTIONAL, 0, URL_MAX,
                 "Of a program: one that is registered with the provider"),
           FIELD(start_query, fresh, OPTIONAL, 0, 8, "yes: ask them there again who they are"));

/* GET /auth/oauth/{provider}: sends a browser there; answers a program (Accept: application/json).
 */
RESULT get_provider(struct req *r);

struct linking_form {
    const char *csrf_token, *provider;
};
SHAPE(linking_form, FIELD(linking_form, csrf_token, SECRET, 0, 64, "CSRF token of the page"),
      FIELD(linking_form, provider, REQUIRED, 1, PROVIDER_ID_MAX, "Id of the provider"));

/* Form: sends a browser there to link an account to one's own. */
RESULT post_link_form(struct req *r);

#endif
