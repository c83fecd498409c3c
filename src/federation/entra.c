/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entra ID.  One registration may be open to every tenant there is, and each tenant writes its own
 * claims; so the issuer, the key and the tenant are tied together here before any claim is
 * believed, and only tenants that the operator has named come in (decision 36).
 */
#include "federation/entra.h"
#include "base/shape.h"
#include "client/tenant_issuer.h"

#include <string.h>

enum { GUID_CHARS = 36, GROUPS_MAX = 4096 };

/* Where personal accounts live. */
static const char consumers[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

/* ---- what the operator says ---- */

/* Graph is at a fixed address of each cloud: no token and no document says where. */
static const char *graph_of(const char *authority)
{
    static const struct {
        const char *authority, *graph;
    } clouds[] = {
        { "https://login.microsoftonline.com", "https://graph.microsoft.com" },
        { "https://login.microsoftonline.us", "https://graph.microsoft.us" },
        { "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn" },
    };
    for (size_t i = 0; i < sizeof clouds / sizeof clouds[0]; i++)
        if (text_equal(clouds[i].authority, authority))
            return clouds[i].graph;
    return NULL;
}

static bool is_open_to_many(const char *tenant)
{
    return text_equal(tenant, "organizations") || text_equal(tenant, "common");
}

/* Decision 36: one tenant allows itself; with many, who is allowed is said. */
static RESULT check_tenants(struct ctx *c, struct provider_metadata *m)
{
    if (text_equal(m->tenant, "consumers")) {
        m->tenants = (struct texts){ ARENA_NEWS(c->arena, const char *, 1), 1 };
        m->tenants.at[0] = consumers;
    } else if (!tenant_is_guid(m->tenant) && !is_open_to_many(m->tenant)) {
        return fail_field(c, INVALID_FIELD, "tenant",
                          "This is the id of a tenant, organizations, common or consumers.");
    }
    if (m->tenants.n == 0 && is_open_to_many(m->tenant))
        return fail_field(c, INVALID_FIELD, "tenants",
                          "The tenants whose users may sign in have to be listed.");
    for (size_t i = 0; i < m->tenants.n; i++)
        if (!tenant_is_guid(m->tenants.at[i]))
            return fail_field(c, INVALID_FIELD, "tenants", "A tenant is listed by its id.");
    return ok();
}

static RESULT check_entra(struct ctx *c, struct provider_metadata *m)
{
    if (m->issuer == NULL)
        m->issuer = "https://login.microsoftonline.com";
    size_t n = strlen(m->issuer);
    if (n > 0 && m->issuer[n - 1] == '/')
        m->issuer = text_copy(c->arena, m->issuer, n - 1);
    if (m->graph == NULL)
        m->graph = graph_of(m->issuer);
    if (m->token_endpoint_auth_method == NULL)
        m->token_endpoint_auth_method = "client_secret_post";
    return check_tenants(c, m);
}

/* ---- where it is ---- */

/* AT-19: the issuer that the authority has for this tenant, or its template for all. */
static RESULT open_entra(struct ctx *c, const struct provider *p, struct provider_place *out)
{
    const char *authority = p->m.issuer;
    const char *tenant = tenant_is_guid(p->m.tenant) ? p->m.tenant : TENANT_PLACE;
    if (text_equal(p->m.tenant, "consumers"))
        tenant = consumers;
    const char *due = text_printf(c->arena, "%s/%s/v2.0", authority, tenant);
    const char *url = text_printf(c->arena, "%s/%s/v2.0/.well-known/openid-configuration",
                                  authority, p->m.tenant);
    TRY(openid_place(c, p, url, out));
    if (!text_equal_nocase(out->issuer, due))
        return fail(c, UPSTREAM, "the provider %s calls itself %s, due is %s", p->id, out->issuer,
                    due);
    out->issuer = strstr(out->issuer, TENANT_PLACE) == NULL ? out->issuer : NULL;
    return ok();
}

/* ---- whose token it is ---- */

static bool is_allowed(const struct provider_metadata *m, const char *tid)
{
    return m->tenants.n == 0 ? text_equal_nocase(m->tenant, tid)
                             : tenant_is_listed(m->tenants, tid);
}

/* entra.md 1.4, 4: the whole text, with this tenant in it; the template itself is no issuer. */
static RESULT check_issuer(struct ctx *c, const struct brought *b, const struct jwt *jwt,
                           const char *tid)
{
    const char *ver = NULL;
    const char *due = tenant_fill(c->arena, b->place->metadata->issuer, tid);
    TRY(jwt_text(c, jwt, "ver", &ver));
    if (!text_equal(ver, "2.0"))
        return fail(c, INVALID_TOKEN, "an ID token is of the version %.16s",
                    ver == NULL ? "(none)" : ver);
    if (!text_equal(jwt->iss, due) || strstr(due, tid) == NULL)
        return fail(c, INVALID_TOKEN, "an ID token of tenant %s is of %.256s, due is %s", tid,
                    jwt->iss == NULL ? "(nobody)" : jwt->iss, due);
    if (b->iss != NULL && !text_equal(b->iss, due))
        return fail(c, INVALID_TOKEN, "the answer is of %.256s, due is %s", b->iss, due);
    return ok();
}

/* Somebody whose home is another tenant or a personal account: `acct` 1, or an `idp` that is not
 * the issuer. */
static RESULT is_guest(struct ctx *c, const struct jwt *jwt, bool *guest)
{
    const char *idp = NULL;
    int64_t acct = 0;
    TRY(jwt_int(c, jwt, "acct", &acct));
    TRY(jwt_text(c, jwt, "idp", &idp));
    *guest = acct == 1 || (idp != NULL && !text_equal(idp, jwt->iss));
    return ok();
}

static RESULT check_tenant(struct ctx *c, const struct provider *p, const struct jwt *jwt,
                           const char *tid)
{
    bool guest = false;
    if (!is_allowed(&p->m, tid) ||
        (text_equal_nocase(tid, consumers) && !tenant_is_listed(p->m.tenants, tid)))
        return because(c, PROVIDER_TENANT, NULL, tid,
                       fail_say(c, FORBIDDEN, "People of your organization may not sign in here.",
                                "tenant %s is not among those allowed", tid));
    TRY(is_guest(c, jwt, &guest));
    if (guest && !p->m.guests)
        return because(c, PROVIDER_GUEST, NULL, tid,
                       fail_say(c, FORBIDDEN, "Guests of an organization may not sign in here.",
                                "a guest of tenant %s", tid));
    return ok();
}

/* ---- groups ---- */

bool entra_wants_groups(const struct provider *p)
{
    for (size_t i = 0; i < p->m.roles.n; i++)
        if (strlen(p->m.roles.at[i]) > GUID_CHARS && p->m.roles.at[i][GUID_CHARS] == '=')
            return true;
    return false;
}

/* entra.md 1.8: there are more groups than the token holds. */
static bool is_overage(struct ctx *c, const struct jwt *jwt)
{
    const struct jwt_claim *names = jwt_claim(jwt, "_claim_names");
    const struct jwt_claim *has = jwt_claim(jwt, "hasgroups");
    if (has != NULL && has->value.kind == JSON_BOOL && has->value.truth)
        return true;
    if (names == NULL || names->value.kind != JSON_OBJECT)
        return false;
    struct json j = json_open(c->arena, names->value.raw);
    struct json_value v;
    const char *name = NULL;
    bool groups = false;
    if (!json_value(&j, &v))
        return false;
    while (json_member(&j, &name, &v) && json_skip(&j, &v))
        groups |= text_equal(name, "groups");
    return groups;
}

struct member_groups {
    struct texts value;
};
LOCAL_SHAPE_OPEN(member_groups,
                 FIELD(member_groups, value, REQUIRED, 0, GROUPS_MAX, "Ids of groups"));

/* At the address of the cloud, never at the one that the token names (SSRF); whoever's groups are
 * not known does not come in. */
static RESULT ask_graph(struct ctx *c, const struct provider *p, const struct brought *b,
                        struct texts *groups)
{
    struct member_groups in;
    struct bytes json;
    if (p->m.graph == NULL || b->access_token == NULL)
        return fail(c, UPSTREAM, "the groups of somebody have to be asked for, and cannot be");
    const struct oauth_endpoint endpoint = {
        text_printf(c->arena, "%s/v1.0/me/getMemberGroups", p->m.graph),
        provider_origin(c, p, p->m.graph), text_printf(c->arena, "%s graph", p->id)
    };
    TRY(oauth_call(c, &endpoint, b->access_token, "{\"securityEnabledOnly\":true}", &json));
    if (shape_read_json(c, &member_groups_shape, json, &in).code != ERR_OK) {
        fault_clear(c);
        return fail(c, UPSTREAM, "Graph did not answer with groups");
    }
    *groups = in.value;
    return ok();
}

static RESULT read_groups(struct ctx *c, const struct provider *p, const struct brought *b,
                          const struct jwt *jwt, struct person *out)
{
    struct texts more = { 0 };
    if (!entra_wants_groups(p) || !is_overage(c, jwt))
        return ok();
    TRY(ask_graph(c, p, b, &more));
    out->groups = openid_joined(c->arena, out->groups, more);
    return ok();
}

/* ---- who it is ---- */

/* `xms_edov` is written in four ways in the wild; anything else is no (entra.md 1.7). */
static bool owns_domain(const struct jwt *jwt)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "xms_edov");
    if (claim == NULL)
        return false;
    if (claim->value.kind == JSON_BOOL)
        return claim->value.truth;
    const char *text = claim->value.text;
    bool scalar = claim->value.kind == JSON_TEXT || claim->value.kind == JSON_NUMBER;
    return scalar &&
           (text_equal(text, "1") || (claim->value.kind == JSON_TEXT && text_equal(text, "true")));
}

/* Where several tenants come in, each can write the addresses of the others (nOAuth). */
static bool is_shared(const struct provider_metadata *m)
{
    return m->tenants.n > 1;
}

RESULT entra_person(struct ctx *c, const struct jwt *jwt, struct person *out)
{
    const char *oid = NULL;
    TRY(jwt_text(c, jwt, "oid", &oid));
    if (!tenant_is_guid(oid))
        return fail(c, INVALID_TOKEN, "an ID token has no oid");
    TRY(openid_person(c, jwt, out));
    out->subject = text_lower(c->arena, oid);
    return ok();
}

/* The tenant and the object are who somebody is, in every application of the tenant; the issuer has
 * the tenant in it. */
static RESULT read_person(struct ctx *c, const struct provider *p, const struct jwt *jwt,
                          struct person *out)
{
    const char *username = NULL;
    TRY(entra_person(c, jwt, out));
    TRY(jwt_text(c, jwt, "preferred_username", &username));
    TRY(jwt_texts(c, jwt, "wids", &out->wids));
    out->email_verified = out->email != NULL && owns_domain(jwt);
    out->email_doubtful =
        !out->email_verified && (is_shared(&p->m) || jwt_claim(jwt, "xms_edov") != NULL);
    if (out->email == NULL)
        out->email = username;
    return ok();
}

static RESULT identify_entra(struct ctx *c, const struct provider *p, const struct brought *b,
                             struct person *out)
{
    const struct upstream_keys *keys = NULL;
    const char *tid = NULL;
    struct jwt jwt;
    TRY(openid_token(c, p, b, NULL, &jwt, &keys));
    TRY(tenant_claim_once(c, &jwt, "tid"));
    TRY(tenant_claim_once(c, &jwt, "oid"));
    TRY(jwt_text(c, &jwt, "tid", &tid));
    if (!tenant_is_guid(tid))
        return fail(c, INVALID_TOKEN, "an ID token has no tid");
    TRY(check_issuer(c, b, &jwt, tid));
    TRY(tenant_key_check(c, &jwt, keys, b->place->metadata->cloud_instance_name));
    TRY(check_tenant(c, p, &jwt, tid));
    TRY(read_person(c, p, &jwt, out));
    return read_groups(c, p, b, &jwt, out);
}

const struct provider_kind kind_entra = {
    .name = "entra",
    .summary = "Microsoft Entra ID: one tenant, or those that are listed",
    .scope = "openid profile email User.Read",
    .openid = true,
    .says_when = true,
    .offline = "offline_access",
    .check = check_entra,
    .open = open_entra,
    .identify = identify_entra,
};
