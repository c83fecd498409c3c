/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_TESTS_UNIT_LIB_CLIENT_TESTING_H
#define UAUTH_TESTS_UNIT_LIB_CLIENT_TESTING_H

/* An issuer with all endpoints, and clients of it. */

#include "issuer_testing.h"

#define BEARER "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":300}"

static inline void publish(struct issuer *i)
{
    const char *url = i->w->url;
    peer_says(i->w, DISCOVERY, FINE,
              text_printf(i->w->arena,
                          "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/a\","
                          "\"id_token_signing_alg_values_supported\":[\"ES256\"],"
                          "\"token_endpoint\":\"%s/t\",\"jwks_uri\":\"%s/keys\","
                          "\"userinfo_endpoint\":\"%s/u\",\"revocation_endpoint\":\"%s/r\","
                          "\"introspection_endpoint\":\"%s/i\","
                          "\"device_authorization_endpoint\":\"%s/d\","
                          "\"end_session_endpoint\":\"%s/e\"}",
                          url, url, url, url, url, url, url, url, url));
}

static inline struct uauth_client *client_of(struct issuer *i, struct uauth_client_options options)
{
    struct uauth_client *client = NULL;
    struct uauth_error *error = NULL;
    publish(i);
    options.size = sizeof options;
    options.issuer = i->w->url;
    options.client_id = "us";
    if (uauth_client_new(i->uauth, &options, &client, &error) != UAUTH_OK)
        fail_msg("%s", uauth_error_text(error));
    return client;
}

#endif
