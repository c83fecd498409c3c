/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_FEDERATION_CREDENTIAL_H
#define UAUTH_FEDERATION_CREDENTIAL_H

/*
 * How we show a provider who we are: the methods of client/oauth_call.h, and those that Entra has
 * besides (entra.md 1.14, 2.8): a certificate, and assertions of somebody whom the registration
 * trusts, so that there is no secret anywhere: the platform's, a managed identity's, or our own.
 */

#include "federation/provider.h"

/* How a provider's secret is to look. */
enum credential_secret {
    CREDENTIAL_NONE, /* there is none */
    CREDENTIAL_TEXT,
    CREDENTIAL_JWK,        /* a private one */
    CREDENTIAL_CERTIFICATE /* PEM with the private key and the certificate */
};

/* Of a token_endpoint_auth_method; NULL is the default.  False: there is no such method. */
bool credential_find(const char *method, enum credential_secret *out);

/* Fills `out` for the provider, whose opened secret (or NULL) is given.  UNAVAILABLE: there is none
 * where one is needed; the failures of the files and of the managed identity. */
RESULT credential_fill(struct ctx *c, const struct provider *p, const struct provider_place *place,
                       const char *secret, struct oauth_client *out);

#endif
