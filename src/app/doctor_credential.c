/* SPDX-License-Identifier: Apache-2.0 */
#include "app/doctor_entra.h"
#include "app/doctor_portal.h"
#include "base/codec.h"
#include "base/config.h"
#include "crypto/certificate.h"
#include "crypto/jws.h"
#include "federation/entra.h"

enum { CERTIFICATE_WARN_SECONDS = 21 * 86400 };

static const char consumers[] = "9188040d-6c67-4c5b-b112-36a304b66dad";
static const char cloud_graph[] = "https://graph.microsoft.com";

/* ---- who we are there ---- */

RESULT doctor_look_at_certificate(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const struct doctor_registration *r = &d->registration;
    struct oauth_client client;
    struct certificate own;
    struct bytes der = { 0 };
    if (!text_equal(r->p->m.token_endpoint_auth_method, "certificate"))
        return doctor_skip(c, out, "the application shows none");
    if (!r->found)
        return doctor_skip(c, out, "the issuer comes first");
    TRY(provider_client(c, r->p, &r->place, &client));
    if (!base64_decode(c->arena, bytes_of(client.known_as->x5c.at[0]), true, &der))
        return fail(c, INTERNAL, "the certificate is not base64");
    TRY(certificate_read(c, c->arena, der, &own));
    if (!certificate_is_valid_at(&own, c->now))
        return fail(c, UNAVAILABLE, "the certificate %s has ended, or has not begun",
                    own.thumbprint);
    if (!certificate_is_valid_at(&own, c->now + CERTIFICATE_WARN_SECONDS))
        out->verdict = DOCTOR_DOUBTFUL;
    out->found = out->verdict == DOCTOR_DOUBTFUL ? "it ends within 21 days" : "it is valid";
    return ok();
}

/* The portal shows two columns, and the first one looks like a secret to whoever copies it. */
static const char *fix_of_secret(struct ctx *c, const struct doctor *d, const char *secret,
                                 const struct aadsts *row)
{
    if (row->code != 7000215 || !tenant_is_guid(secret))
        return portal_fix(c->arena, row, d->registration.p->m.client_id);
    return portal_at(c->arena, PORTAL_SECRETS, d->registration.p->m.client_id,
                     "what is set is the Secret ID; set the column Value, which is shown only when "
                     "the secret is made: make a new one");
}

/* RFC 6749 5.2, with Entra's numbers: what the tenant has against giving us a token. */
static RESULT judge_refusal(struct ctx *c, struct doctor *d, const struct oauth_client *client,
                            const struct oauth_answer *answer, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    struct entra_error e;
    entra_error_read(c, answer->status, answer->body, &e);
    r->refused = entra_error_known(&e);
    if (r->refused == NULL)
        return fail(c, UPSTREAM, "the token endpoint answers with status %d%s%.64s", answer->status,
                    answer->error == NULL ? "" : " and ",
                    answer->error == NULL ? "" : answer->error);
    if (portal_is_consent(r->refused, r->tenants.n > 1))
        return doctor_skip(c, out, "the consent of the tenant comes first");
    out->fix = fix_of_secret(c, d, client->secret, r->refused);
    return fail(c, UNAVAILABLE, "AADSTS%lld: %s", (long long)r->refused->code, r->refused->meaning);
}

RESULT doctor_look_at_credential(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    struct oauth_client client;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    r->refused = NULL;
    r->access_token = NULL;
    if (!r->found)
        return doctor_skip(c, out, "the issuer comes first");
    if (text_equal_nocase(r->tenant, consumers))
        return doctor_skip(c, out, "personal accounts give an application no token of its own");
    struct provider_place place = r->place;
    place.token = (struct oauth_endpoint){ text_printf(c->arena, "%s/%s/oauth2/v2.0/token",
                                                       r->p->m.issuer, r->tenant),
                                           OUTBOUND_CONFIGURED, NULL };
    const struct oauth_wanted wanted = { .scope = text_printf(
                                             c->arena, "%s/.default",
                                             r->p->m.graph == NULL ? cloud_graph : r->p->m.graph) };
    TRY(provider_client(c, r->p, &place, &client));
    err got = oauth_client_credentials(c, &client, &place.token, &wanted, &tokens, &answer);
    if (got.code != ERR_OK && answer.error == NULL)
        return got;
    fault_clear(c);
    if (got.code != ERR_OK)
        return judge_refusal(c, d, &client, &answer, out);
    r->access_token = tokens.access_token;
    if (r->graph_token == NULL)
        r->graph_token = tokens.access_token;
    out->found = "it is accepted";
    return ok();
}

/* ---- consent ---- */

static const char *consent_link(struct ctx *c, const struct doctor *d)
{
    const struct doctor_registration *r = &d->registration;
    const char *callback = provider_callback(c->arena, c->config->public_url, r->id);
    return text_printf(c->arena,
                       "%s/%s/v2.0/adminconsent?client_id=%s&scope=openid%%20profile%%20email"
                       "%%20User.Read&redirect_uri=%s",
                       r->p->m.issuer, r->tenant,
                       percent_encode(c->arena, d->registration.p->m.client_id),
                       percent_encode(c->arena, callback));
}

RESULT doctor_look_at_consent(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const struct doctor_registration *r = &d->registration;
    bool many = r->tenants.n > 1;
    if (r->access_token != NULL) {
        out->found = "the tenant knows the application";
        return ok();
    }
    if (r->refused == NULL || !portal_is_consent(r->refused, many))
        return doctor_skip(c, out, "the credential comes first");
    out->fix =
        text_printf(c->arena, "an administrator of the tenant opens %s and accepts, or: %s%s",
                    consent_link(c, d),
                    portal_at(c->arena, PORTAL_PERMISSIONS, d->registration.p->m.client_id,
                              "Grant admin consent"),
                    many ? ".  If no tenant knows the application, its client id is wrong" : "");
    return fail(c, UNAVAILABLE, "AADSTS%lld: %s", (long long)r->refused->code, r->refused->meaning);
}
