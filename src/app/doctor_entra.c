/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What uauth doctor looks at in a registration at Entra ID: by asking as the service does, and
 * where nobody has to be at hand.
 */
#include "app/doctor_entra.h"
#include "app/doctor_portal.h"
#include "app/doctor_probe.h"
#include "base/codec.h"
#include "base/config.h"
#include "base/random.h"
#include "federation/entra.h"
#include "federation/provider_test.h"
#include "store/providers.h"

#include <string.h>

static const char *client_id_of(const struct doctor *d)
{
    return d->registration.p->m.client_id;
}

/* ---- what is set ---- */

static RESULT look_at_settings(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    const struct provider *p = NULL;
    TRY(provider_any(c, r->id, &p));
    r->p = p;
    r->tenants = p->m.tenants;
    if (r->tenants.n == 0) {
        r->tenants = (struct texts){ ARENA_NEWS(c->arena, const char *, 1), 1 };
        r->tenants.at[0] = p->m.tenant;
    }
    out->found = text_printf(c->arena, "people of %zu tenant%s may sign in", r->tenants.n,
                             r->tenants.n == 1 ? "" : "s");
    return ok();
}

/* ---- where it is ---- */

static const char *metadata_of(struct ctx *c, const struct provider *p, const char *tenant)
{
    return text_printf(c->arena, "%s/%s/v2.0/.well-known/openid-configuration", p->m.issuer,
                       tenant);
}

/* What an answer that is no document says. */
static RESULT refused_tenant(struct ctx *c, struct doctor *d, const struct http_answer *answer,
                             struct doctor_finding *out)
{
    struct entra_error e;
    entra_error_read(c, answer->status, answer->body, &e);
    const struct aadsts *row = entra_error_known(&e);
    if (row == NULL)
        return fail(c, UPSTREAM, "it answers with status %d, which Entra ID would not",
                    answer->status);
    out->fix = portal_fix(c->arena, row, client_id_of(d));
    return fail(c, UPSTREAM, "AADSTS%lld: %s", (long long)row->code, row->meaning);
}

static RESULT look_at_authority(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    TRY(doctor_ask(c, metadata_of(c, r->p, r->p->m.tenant), NULL, &r->answer));
    r->answered = true;
    if (r->answer.status != 200)
        return refused_tenant(c, d, &r->answer, out);
    out->found = text_printf(c->arena, "%s/%s answers", r->p->m.issuer, r->p->m.tenant);
    return ok();
}

static RESULT look_at_clock(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    if (!d->registration.answered)
        return doctor_skip(c, out, "the authority comes first");
    return doctor_compare_clock(c, &d->registration.answer, &out->found);
}

static RESULT look_at_issuer(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    if (!r->answered || r->answer.status != 200)
        return doctor_skip(c, out, "the authority comes first");
    TRY(r->p->kind->open(c, r->p, &r->place));
    r->found = true;
    out->found = text_printf(c->arena, "tokens are of %s", r->place.metadata->issuer);
    return ok();
}

static RESULT look_at_keys(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    if (!d->registration.found)
        return doctor_skip(c, out, "the issuer comes first");
    TRY(provider_look_for_keys(c, &d->registration.place));
    out->found = "ID tokens can be verified";
    return ok();
}

static RESULT look_at_tenant(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    struct doctor_registration *r = &d->registration;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    if (!r->found)
        return doctor_skip(c, out, "the issuer comes first");
    TRY(doctor_ask(c, metadata_of(c, r->p, r->tenant), NULL, answer));
    if (answer->status != 200)
        return refused_tenant(c, d, answer, out);
    out->found = "it exists";
    return ok();
}

/* ---- the way back ---- */

static const char *authorize_url(struct ctx *c, const struct doctor_registration *r,
                                 const char *callback)
{
    struct form_field fields[] = {
        { "client_id", r->p->m.client_id },
        { "response_type", "code" },
        { "redirect_uri", callback },
        { "response_mode", "query" },
        { "scope", "openid" },
        { "prompt", "none" },
        { "state", random_token(c) },
        { "nonce", random_token(c) },
        { "code_challenge", random_token(c) },
        { "code_challenge_method", "S256" },
    };
    const struct form form = { fields, sizeof fields / sizeof fields[0] };
    return text_printf(c->arena, "%s?%s", r->place.authorization_endpoint,
                       form_encode(c->arena, &form));
}

/* Said after the address has been looked at: nobody, or several people, are signed in there. */
static bool is_past_the_address(const struct aadsts *row)
{
    return row != NULL && (row->code == 50058 || row->code == 16000);
}

/* entra.md 1.9: who has registered the address is sent back to it, also with "nobody is signed in";
 * else a page says why not. */
static RESULT look_at_redirect_uri(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const struct doctor_registration *r = &d->registration;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    const char *callback = provider_callback(c->arena, c->config->public_url, r->id);
    if (!r->found)
        return doctor_skip(c, out, "the issuer comes first");
    TRY(doctor_ask(c, authorize_url(c, r, callback), NULL, answer));
    const char *location = http_answer_header(answer, "location");
    const struct aadsts *row = portal_read_page(c->arena, answer->body);
    out->found = text_printf(c->arena, "%s is registered", callback);
    if ((location != NULL && text_starts(location, callback)) || is_past_the_address(row))
        return ok();
    if (row == NULL) {
        out->verdict = DOCTOR_DOUBTFUL;
        out->found =
            text_printf(c->arena, "nothing is said against %s, but neither for it", callback);
        return ok();
    }
    out->fix = row->code == 50011
                   ? portal_at(c->arena, PORTAL_AUTHENTICATION, client_id_of(d),
                               text_printf(c->arena, "Add a platform > Web > %s", callback))
                   : portal_fix(c->arena, row, client_id_of(d));
    return fail(c, UNAVAILABLE, "AADSTS%lld: %s: %s", (long long)row->code, row->meaning, callback);
}

/* ---- groups ---- */

struct application {
    const char *groupMembershipClaims; /* "SecurityGroup", or NULL */
};
LOCAL_SHAPE_OPEN(application, FIELD(application, groupMembershipClaims, OPTIONAL, 0, 256,
                                    "Which groups tokens have"));

/* entra.md 1.8, 5: who may ask for the groups that a token has no room for. */
static bool may_ask_for_groups(const struct provider *p)
{
    bool may = p->m.scopes.n == 0;
    for (size_t i = 0; i < p->m.scopes.n; i++)
        may = may || strstr(p->m.scopes.at[i], "User.Read") != NULL ||
              strstr(p->m.scopes.at[i], "Directory.Read") != NULL;
    return may;
}

/* Our own registration, which an application may read only if it has been allowed to. */
static RESULT look_at_claims(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const struct doctor_registration *r = &d->registration;
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    struct application app;
    const char *url =
        text_printf(c->arena, "%s/v1.0/applications(appId='%s')?$select=groupMembershipClaims",
                    r->p->m.graph, percent_encode(c->arena, client_id_of(d)));
    TRY(doctor_ask(c, url, r->graph_token, answer));
    if (answer->status != 200)
        return doctor_skip(c, out,
                           "whether tokens have groups cannot be seen: the application may not "
                           "read its own registration (Application.Read.All)");
    TRY(shape_read_json(c, &application_shape, answer->body, &app));
    out->fix = portal_at(c->arena, PORTAL_TOKENS, client_id_of(d),
                         "Add groups claim > Security groups, or Groups assigned to the "
                         "application");
    if (app.groupMembershipClaims == NULL || text_equal(app.groupMembershipClaims, "None"))
        return fail(c, UNAVAILABLE, "roles are given by group, and tokens have no groups");
    out->found = text_printf(c->arena, "tokens have groups: %s", app.groupMembershipClaims);
    return ok();
}

static RESULT look_at_groups(struct ctx *c, struct doctor *d, struct doctor_finding *out)
{
    const struct doctor_registration *r = &d->registration;
    if (!entra_wants_groups(r->p))
        return doctor_skip(c, out, "no role is given by a group");
    if (r->p->m.graph == NULL) {
        out->fix = "set where Microsoft Graph of this cloud is: AUTH_AZURE_GRAPH_URL, or uauth "
                   "provider update --graph-url";
        return fail(c, UNAVAILABLE,
                    "of who has more than 200 groups they cannot be asked for: nobody knows where");
    }
    if (!may_ask_for_groups(r->p)) {
        out->fix = "uauth provider update --scope User.Read, beside the others";
        return fail(c, UNAVAILABLE,
                    "of who has more than 200 groups they cannot be asked for: the scopes lack "
                    "User.Read");
    }
    if (r->graph_token == NULL)
        return doctor_skip(c, out, "the credential comes first");
    return look_at_claims(c, d, out);
}

/* ---- the rows ---- */

static const struct doctor_check rows[] = {
    { "entra.settings", "What is set here for the registration goes together",
      "AUTH_AZURE_TENANT_ID is the Directory (tenant) ID, organizations, common or consumers, and "
      "AUTH_AZURE_ALLOWED_TENANTS lists ids; for others see uauth provider update",
      look_at_settings, false },
    { "entra.authority", "The authority answers, and knows the tenant that is set",
      "check AUTH_AZURE_AUTHORITY_HOST (or --issuer), DNS, and that this machine may call it",
      look_at_authority, false },
    { "entra.clock", "The clock of this machine is that of the authority",
      "let this machine keep time: timedatectl set-ntp true, then timedatectl timesync-status",
      look_at_clock, false },
    { "entra.issuer", "The authority's issuer is that of the tenant, or the template for all",
      "what answers is another authority than is set, or a proxy between: set the one of your "
      "cloud",
      look_at_issuer, false },
    { "entra.keys", "The keys that sign ID tokens can be had",
      "let this machine call the authority's jwks_uri; a proxy may change what it says",
      look_at_keys, false },
    { "entra.redirect_uri", "Our callback is registered",
      "Microsoft Entra admin center > App registrations > Authentication: add the callback exactly "
      "as it is shown here, as platform Web",
      look_at_redirect_uri, false },
    { "entra.certificate", "The certificate that shows who we are is valid, for more than 21 days",
      "make a new certificate, upload it under Certificates & secrets, and only then set it here",
      doctor_look_at_certificate, false },
    { "entra.tenant", "The tenant whose people may sign in exists",
      "Microsoft Entra admin center > Overview: copy the Tenant ID", look_at_tenant, true },
    { "entra.credential", "The tenant accepts our secret, certificate or federated credential",
      "Microsoft Entra admin center > App registrations > Certificates & secrets",
      doctor_look_at_credential, true },
    { "entra.consent", "The tenant knows the application: somebody has consented",
      "an administrator of the tenant consents", doctor_look_at_consent, true },
    { "entra.groups", "Tokens have the groups by which roles are given, or they can be asked for",
      "Microsoft Entra admin center > App registrations > Token configuration > Add groups claim",
      look_at_groups, false },
};

const struct doctor_check *doctor_entra_checks(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}

/* ---- all of them ---- */

static void look_at_tenants(struct ctx *c, struct doctor *d, size_t *row)
{
    struct doctor_registration *r = &d->registration;
    size_t first = *row, last = first;
    while (rows[last].each_tenant)
        last++;
    for (size_t i = 0; i < r->tenants.n; i++) {
        r->tenant = r->tenants.at[i];
        for (size_t k = first; k < last; k++)
            doctor_look(c, d, &rows[k], r->tenant);
    }
    *row = last - 1;
}

static void look_at_one(struct ctx *c, struct doctor *d, const char *id)
{
    struct doctor_registration *r = &d->registration;
    *r = (struct doctor_registration){ .id = id };
    doctor_look(c, d, &rows[0], id);
    for (size_t i = 1; r->p != NULL && i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].each_tenant)
            look_at_tenants(c, d, &i);
        else
            doctor_look(c, d, &rows[i], id);
    }
}

RESULT doctor_look_at_entra(struct ctx *c, struct doctor *d, const char *only)
{
    struct provider_rows all;
    size_t looked = 0;
    if (c->config->azure_client_id[0] != '\0' &&
        (only == NULL || text_equal(only, PROVIDER_ENTRA))) {
        look_at_one(c, d, PROVIDER_ENTRA);
        looked++;
    }
    TRY(provider_rows_list(c, &all));
    for (size_t i = 0; i < all.n; i++)
        if (text_equal(all.at[i].kind, kind_entra.name) &&
            (only == NULL || text_equal(only, all.at[i].id))) {
            look_at_one(c, d, all.at[i].id);
            looked++;
        }
    if (looked == 0)
        return fail(c, NOT_FOUND,
                    "there is no provider of the kind entra: set AUTH_AZURE_CLIENT_ID, or uauth "
                    "provider create --kind entra");
    return ok();
}
