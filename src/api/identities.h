/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_API_IDENTITIES_H
#define UAUTH_API_IDENTITIES_H

/*
 * Accounts elsewhere: signing in with what a program has brought from there, and one's own linked
 * ones.
 */

#include "federation/start.h"

/* What a program brings (decision 37). */
struct provider_token {
    const char *attempt, *code, *id_token, *iss, *mode, *tenant_id, *scope;
};
SHAPE(provider_token,
      FIELD(provider_token, attempt, REQUIRED | SECRET, 43, 43,
            "Handle of GET /auth/oauth/{provider} with Accept: application/json"),
      FIELD(provider_token, code, SECRET, 1, 8192, "Authorization code; or"),
      FIELD(provider_token, id_token, SECRET, 1, 32768,
            "an ID token with the nonce of the attempt"),
      FIELD(provider_token, iss, OPTIONAL, 1, 2048, "Whose answer it is (RFC 9207)"),
      FIELD(provider_token, mode, OPTIONAL, 3, 7, "token (the default), session or spa"),
      FIELD(provider_token, tenant_id, OPTIONAL, 4, 64, "As of POST /auth/login"),
      FIELD(provider_token, scope, OPTIONAL, 1, 4096, "As of POST /auth/login"));
RESULT post_provider_token(struct req *r);

/* Where somebody signs in, by the domain of their address (web/home_realm.h): for applications that
 * ask for the address first. */
struct home_realm_request {
    const char *email;
};
SHAPE(home_realm_request,
      FIELD(home_realm_request, email, REQUIRED, 3, 254, "Only its domain is looked at"));
struct home_realm {
    const char *provider, *start;
};
SHAPE(home_realm,
      FIELD(home_realm, provider, NULLABLE, 1, PROVIDER_ID_MAX, "Its id; null: a password here"),
      FIELD(home_realm, start, OPTIONAL, 1, URL_MAX, "Where to send the browser, or ask for JSON"));
RESULT post_home_realm(struct req *r);

struct identity_entry {
    const char *id, *provider, *issuer, *subject;
    int64_t created_at, last_used_at;
};
SHAPE(identity_entry, FIELD(identity_entry, id, REQUIRED, 36, 36, "Handle of the link"),
      FIELD(identity_entry, provider, REQUIRED, 1, PROVIDER_ID_MAX, "Id of the provider"),
      FIELD(identity_entry, issuer, REQUIRED, 1, 2048, "Who says so there"),
      FIELD(identity_entry, subject, REQUIRED, 1, 2048, "Who one is there"),
      FIELD(identity_entry, created_at, REQUIRED | TIME, 0, INT64_MAX, "When it was linked"),
      FIELD(identity_entry, last_used_at, REQUIRED | TIME, 0, INT64_MAX, "The last sign-in"));
struct identity_list {
    struct items identities;
};
SHAPE(identity_list, FIELD_OF(identity_list, identities, REQUIRED, 0, 200, &identity_entry_shape,
                              "Linked accounts"));
RESULT get_my_identities(struct req *r);

struct link_request {
    const char *provider;
};
SHAPE(link_request,
      FIELD(link_request, provider, REQUIRED, 1, PROVIDER_ID_MAX, "Id of the provider"));
struct link_begun {
    const char *authorization_url;
    int64_t expires_in;
};
SHAPE(link_begun,
      FIELD(link_begun, authorization_url, REQUIRED, 1, INT64_MAX,
            "Where to send this browser, which comes back to /account"),
      FIELD(link_begun, expires_in, REQUIRED, 0, ATTEMPT_SECONDS, "Seconds that it is good"));
RESULT post_my_identity(struct req *r);
RESULT delete_my_identity(struct req *r);

#endif
