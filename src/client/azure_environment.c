/* SPDX-License-Identifier: Apache-2.0 */
/* An application whose secret or certificate is in the environment (entra.md 2.10). */
#include "client/azure_source.h"

#include "crypto/certificate_key.h"

static RESULT with_certificate(struct ctx *c, struct azure_credential *a, const char *tenant,
                               const struct azure_wanted *wanted, struct azure_token *out)
{
    const struct azure_platform *p = &a->platform;
    struct certificate_key pair;
    const char *path = azure_variable(p, "AZURE_CLIENT_CERTIFICATE_PATH");
    const char *chain = azure_variable(p, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
    TRY(certificate_key_read(c, c->arena, path,
                             azure_variable(p, "AZURE_CLIENT_CERTIFICATE_PASSWORD"), ALG_PS256,
                             &pair));
    struct jws_head head = { .typ = "JWT", .x5t_s256 = pair.own.thumbprint };
    if (text_equal(chain, "1") || text_equal_nocase(chain, "true"))
        head.x5c = pair.x5c;
    const struct oauth_client client = { .client_id = azure_variable(p, "AZURE_CLIENT_ID"),
                                         .auth = OAUTH_AUTH_PRIVATE_KEY,
                                         .key = pair.key,
                                         .known_as = &head };
    return azure_client_credentials(c, a, &client, tenant, wanted, out);
}

static RESULT get(struct ctx *c, struct azure_credential *a, const struct azure_wanted *wanted,
                  struct azure_token *out)
{
    const struct azure_platform *p = &a->platform;
    const char *tenant =
        a->options.tenant_id != NULL ? a->options.tenant_id : azure_variable(p, "AZURE_TENANT_ID");
    const char *secret = azure_variable(p, "AZURE_CLIENT_SECRET");
    const struct oauth_client client = { .client_id = azure_variable(p, "AZURE_CLIENT_ID"),
                                         .auth = OAUTH_AUTH_POST,
                                         .secret = secret };
    bool has_proof = secret != NULL || azure_variable(p, "AZURE_CLIENT_CERTIFICATE_PATH") != NULL;
    if (tenant == NULL || client.client_id == NULL || !has_proof)
        return fail(c, NOT_FOUND, "not set:%s%s%s; set all three of them",
                    tenant == NULL ? " AZURE_TENANT_ID" : "",
                    client.client_id == NULL ? " AZURE_CLIENT_ID" : "",
                    has_proof ? "" : " AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH");
    return secret != NULL ? azure_client_credentials(c, a, &client, tenant, wanted, out)
                          : with_certificate(c, a, tenant, wanted, out);
}

const struct azure_source azure_environment = { "environment", "EnvironmentCredential", false,
                                                get };
