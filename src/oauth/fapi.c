/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/fapi.h"

#include "client/dpop.h"
#include "oauth/client.h"
#include "oauth/device.h"
#include "token/keyring.h"

bool fapi_signs(const struct client_metadata *metadata)
{
    return text_equal(metadata->profile, FAPI_MESSAGES);
}

bool fapi_holds(const struct client_metadata *metadata)
{
    return text_equal(metadata->profile, FAPI_SECURITY) || fapi_signs(metadata);
}

unsigned fapi_algs(const struct client_metadata *metadata, unsigned algs)
{
    return fapi_holds(metadata) ? algs & FAPI_ALGS : algs;
}

RESULT client_proof_algs(struct ctx *c, const char *client_id, unsigned *algs)
{
    const struct client *client = NULL;
    TRY(client_load(c, client_id, &client));
    *algs = client == NULL ? DPOP_ALGS : fapi_algs(&client->metadata, DPOP_ALGS);
    return ok();
}

/* ---- what follows from it ---- */

/* What this service signs with: its main algorithm, or another; NULL: none is good enough. */
static const char *alg_of_service(const struct config *config)
{
    enum jws_alg main = keyring_alg_configured(config);
    const enum jws_alg preferred[] = { main, ALG_PS256, ALG_ES256, ALG_EDDSA };
    unsigned algs = keyring_algs_configured(config) & FAPI_ALGS;
    for (size_t i = 0; i < sizeof preferred / sizeof preferred[0]; i++)
        if ((algs & preferred[i]) != 0)
            return alg_name(preferred[i]);
    return NULL;
}

static void fill(const char **alg, const char *with)
{
    if (*alg == NULL)
        *alg = with;
}

void fapi_complete(const struct config *config, struct client_metadata *m)
{
    const char *alg = alg_of_service(config);
    if (!fapi_holds(m))
        return;
    m->require_pushed_authorization_requests = true;
    m->require_pkce = true;
    m->reuse_refresh_tokens = true;
    m->require_signed_request_object = m->require_signed_request_object || fapi_signs(m);
    fill(&m->id_token_signed_response_alg, alg);
    fill(&m->access_token_signed_response_alg, alg);
    fill(&m->authorization_signed_response_alg, alg);
    if (fapi_signs(m))
        fill(&m->introspection_signed_response_alg, alg);
}

/* ---- what may be registered ---- */

static RESULT refuse(struct ctx *c, const char *member, const char *say)
{
    return because(c, FAPI, NULL, member, fail_field(c, INVALID_CLIENT_METADATA, member, say));
}

/* FAPI 2.0 5.3.2.1-3, -6, -8. */
static RESULT check_authentication(struct ctx *c, const struct client_metadata *m)
{
    static const char *const methods[] = { "private_key_jwt", "tls_client_auth",
                                           "self_signed_tls_client_auth" };
    bool strong = false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        strong = strong || text_equal(m->token_endpoint_auth_method, methods[i]);
    if (!strong)
        return refuse(c, "token_endpoint_auth_method",
                      "FAPI 2.0 takes private_key_jwt, tls_client_auth and "
                      "self_signed_tls_client_auth.");
    if (m->legacy_assertion_aud)
        return refuse(c, "legacy_assertion_aud",
                      "In FAPI 2.0 the audience of assertions is the issuer alone.");
    return ok();
}

/* FAPI 2.0 5.3.2.1-4, -5. */
static RESULT check_binding(struct ctx *c, const struct client_metadata *m)
{
    return m->dpop_bound_access_tokens || m->tls_client_certificate_bound_access_tokens
               ? ok()
               : refuse(c, "dpop_bound_access_tokens",
                        "FAPI 2.0 binds access tokens: register this, or "
                        "tls_client_certificate_bound_access_tokens.");
}

/* FAPI 2.0 5.4.1. */
static RESULT check_algs(struct ctx *c, const struct client_metadata *m)
{
    bool signs = fapi_signs(m);
    const struct {
        const char *member, *alg;
        bool ours;
    } algs[] = {
        { "token_endpoint_auth_signing_alg", m->token_endpoint_auth_signing_alg, false },
        { "request_object_signing_alg", m->request_object_signing_alg, false },
        { "userinfo_signed_response_alg", m->userinfo_signed_response_alg, false },
        { "introspection_signed_response_alg", m->introspection_signed_response_alg, signs },
        { "id_token_signed_response_alg", m->id_token_signed_response_alg, true },
        { "access_token_signed_response_alg", m->access_token_signed_response_alg, true },
        { "authorization_signed_response_alg", m->authorization_signed_response_alg, true },
    };
    for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
        if (algs[i].alg == NULL && algs[i].ours)
            return refuse(c, algs[i].member,
                          "This service does not sign with PS256, ES256 or EdDSA: see "
                          "AUTH_JWT_MORE_ALGORITHMS.");
        if (algs[i].alg != NULL && (alg_from_name(algs[i].alg) & FAPI_ALGS) == 0)
            return refuse(c, algs[i].member, "FAPI 2.0 signs with PS256, ES256 and EdDSA only.");
    }
    return ok();
}

/* A code that is typed in on another device is not bound to the browser that asked for it. */
static RESULT check_grants(struct ctx *c, const struct client_metadata *m)
{
    return texts_hold(m->grant_types, GRANT_DEVICE_CODE)
               ? refuse(c, "grant_types", "FAPI 2.0 has no grant for devices.")
               : ok();
}

/* FAPI 2.0 5.3.2.2-8. */
static RESULT check_redirects(struct ctx *c, const struct client_metadata *m)
{
    for (size_t i = 0; i < m->redirect_uris.n; i++)
        if (!text_starts(m->redirect_uris.at[i], "https://"))
            return refuse(c, text_printf(c->arena, "redirect_uris[%zu]", i),
                          "FAPI 2.0 answers by https only.");
    return ok();
}

RESULT fapi_check(struct ctx *c, const struct client_metadata *m)
{
    if (m->profile == NULL)
        return ok();
    if (!fapi_holds(m))
        return refuse(c, "profile", "The profiles are fapi2 and fapi2_message_signing.");
    TRY(check_authentication(c, m));
    TRY(check_binding(c, m));
    TRY(check_algs(c, m));
    TRY(check_grants(c, m));
    return check_redirects(c, m);
}
