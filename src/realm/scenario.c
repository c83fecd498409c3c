/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenarios are proven by what serves requests: the tenant is chosen and the permission checked as
 * in the stages of a request, with what the open transaction has made of roles, members and
 * clients.  What a handler decides by the object that it is about is not asked.
 */
#include "realm/kind.h"

#include "identity/last_admin.h"
#include "identity/login.h"
#include "oauth/scope.h"
#include "store/roles.h"
#include "token/issuer.h"
#include "web/guard.h"
#include "web/principal.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_CLASS = 100 };

struct proving {
    const struct realm_order *order;
    struct realm_outcome *out;
    bool done;
};

/* ---- who acts ---- */

static RESULT give(struct ctx *c, const char *tenant_id, const char *user_id, struct texts roles)
{
    for (size_t i = 0; i < roles.n; i++)
        TRY(role_assign(c, &(struct role_assignment){
                               .tenant_id = tenant_id, .user_id = user_id, .role = roles.at[i] }));
    return ok();
}

/*
 * A member with these roles, for as long as the scenario is looked at: they stand for anybody.  An
 * address that can be guessed could be registered, and then nothing would be applied any more.
 */
static RESULT make_probe(struct ctx *c, const struct realm_scenario *s, const char *tenant_id,
                         const char **user_id)
{
    const char *user_role = ROLE_USER;
    const char *email = text_printf(c->arena, "scenario-%s@uauth.invalid", random_uuid(c));
    TRY(user_add(c,
                 &(struct user_new){ .email = email,
                                     .email_entered = email,
                                     .full_name = email,
                                     .verified = true,
                                     .tenant_id = tenant_id },
                 user_id));
    must(*user_id != NULL);
    TRY(give(c, tenant_id, *user_id, (struct texts){ &user_role, 1 }));
    return give(c, tenant_id, *user_id, s->roles);
}

static RESULT find_user(struct ctx *c, const struct realm_scenario *s, const char *tenant_id,
                        const char **user_id)
{
    const struct user_row *user = NULL;
    *user_id = NULL;
    if (s->roles.n > 0)
        return make_probe(c, s, tenant_id, user_id);
    if (s->user == NULL)
        return ok();
    TRY(user_find_email(c, text_lower(c->arena, s->user), &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return fail_say(c, INVALID_TOKEN, "Nobody active has this address.", "no user");
    *user_id = user->id;
    return ok();
}

/* From now on `c` is at the issuer of whose token it is: each client has exactly one. */
static RESULT find_client(struct ctx *c, const struct realm_scenario *s, const struct client **out)
{
    const struct client_row *row = NULL;
    TRY(client_find(c, s->client, &row));
    TRY(issuer_look(c, row == NULL ? NULL : row->tenant_id));
    TRY(client_load(c, s->client, out));
    return *out != NULL ? ok()
                        : fail_say(c, INVALID_CLIENT, "There is no such client, or it is disabled.",
                                   "no client");
}

/* The scopes of the token that the client gets. */
static RESULT scopes_of(struct ctx *c, const struct realm_scenario *s, const char *user_id,
                        struct texts *out)
{
    const struct client *client = NULL;
    const char *asked = s->scopes.n == 0 ? NULL : text_join(c->arena, s->scopes, " ");
    *out = s->scopes;
    if (s->client == NULL)
        return ok();
    TRY(find_client(c, s, &client));
    return user_id == NULL ? scope_of_client(c, client, asked, out)
                           : scope_of_request(c, client, asked, out);
}

static RESULT principal_of(struct ctx *c, const struct realm_scenario *s, const char *tenant_id,
                           struct principal *out)
{
    const char **amr = ARENA_NEWS(c->arena, const char *, 2);
    struct texts scopes = { 0 };
    const char *user_id = NULL;
    amr[0] = "pwd";
    amr[1] = "mfa";
    TRY(find_user(c, s, tenant_id, &user_id));
    TRY(scopes_of(c, s, user_id, &scopes));
    bool nobody = user_id == NULL && s->client == NULL;
    *out = (struct principal){
        .kind = nobody ? PRINCIPAL_NONE : PRINCIPAL_BEARER,
        .user_id = user_id,
        .client_id = s->client == NULL ? CLIENT_FIRST_PARTY : s->client,
        .scopes = scopes,
        .permissions = user_id == NULL ? scopes : (struct texts){ 0 },
        .amr = { amr, s->second_factor ? 2 : 1 },
        .acr = s->second_factor ? LOGIN_ACR_MFA : LOGIN_ACR_PASSWORD,
        .auth_time = c->now,
        .expires_at = c->now + 1,
    };
    return ok();
}

/* ---- what they do ---- */

static RESULT find_method(struct ctx *c, const char *name, enum http_method *out)
{
    for (int i = HTTP_GET; i <= HTTP_OPTIONS; i++) {
        *out = (enum http_method)i;
        if (text_equal(http_method_name(*out), name))
            return ok();
    }
    return fail_field(c, INVALID_FIELD, "method", "This is no method.");
}

static RESULT find_route(struct req *r, const struct proving *p, const struct realm_scenario *s)
{
    struct issuer_place place = { .path = s->route };
    enum http_method method = HTTP_GET;
    TRY(find_method(r->c, s->method == NULL ? "GET" : s->method, &method));
    (void)issuer_place_of(s->route, &place);
    r->issuer = place.slug;
    router_find(p->order->router, method, place.path, &r->match);
    r->route = r->match.route;
    if (r->match.allow == NULL || (r->issuer.n > 0 && !r->match.at_issuers))
        return fail(r->c, NOT_FOUND, "no row has this path");
    return r->route != NULL ? ok() : fail(r->c, METHOD_NOT_ALLOWED, "no row has this method");
}

/* At the issuer that the path is of; the token is of `theirs`, NULL being the service's own. */
static RESULT check_issuer(struct req *r, const struct issuer *theirs)
{
    const struct bytes slug = r->issuer;
    TRY(issuer_look_slug(
        r->c, slug.n == 0 ? NULL : text_copy(r->c->arena, (const char *)slug.at, slug.n)));
    const struct issuer *here = r->c->issuer;
    bool same = here == NULL || theirs == NULL ? here == theirs
                                               : text_equal(here->tenant_id, theirs->tenant_id);
    return same || r->route->guard->accepts == 0
               ? ok()
               : fail_say(r->c, INVALID_TOKEN, "The token is of another issuer than the route.",
                          "another issuer");
}

/* As the guard of the row, whose credentials are no matter here. */
static RESULT pass_guard(struct req *r)
{
    unsigned accepts = r->route->guard->accepts;
    if (accepts == 0) {
        r->who = (struct principal){ 0 };
        return ok();
    }
    if (r->who.kind != PRINCIPAL_NONE && (accepts & (ACCEPTS_BEARER | ACCEPTS_COOKIE)) != 0)
        return ok();
    return fail(r->c, INVALID_TOKEN, "the guard lets this caller not in");
}

static RESULT check_permission(struct req *r, const char *permission)
{
    if (r->who.kind == PRINCIPAL_NONE)
        return fail(r->c, INVALID_TOKEN, "nobody acts");
    if (principal_may(&r->who, permission))
        return ok();
    return because(r->c, PERMISSION, permission, text_join(r->c->arena, r->who.permissions, " "),
                   fail(r->c, FORBIDDEN, "the permission %s is not there", permission));
}

static RESULT act(struct req *r, const struct proving *p, const struct realm_scenario *s)
{
    const char *tenant_id = NULL;
    TRY(realm_tenant_id(r->c, s->tenant == NULL ? TENANT_DEFAULT_SLUG : s->tenant, &tenant_id));
    struct http_header *tenant = ARENA_NEW(r->c->arena, struct http_header);
    struct http_request *http = ARENA_NEW(r->c->arena, struct http_request);
    TRY(principal_of(r->c, s, tenant_id, &r->who));
    *tenant = (struct http_header){ "x-tenant-id", tenant_id };
    *http = (struct http_request){ .path = s->route,
                                   .query = "",
                                   .headers = tenant,
                                   .headers_n = r->who.user_id == NULL ? 0 : 1 };
    r->http = http;
    if (s->permission != NULL) {
        TRY(principal_choose_tenant(r));
        return check_permission(r, s->permission);
    }
    const struct issuer *theirs = r->c->issuer;
    TRY(find_route(r, p, s));
    TRY(check_issuer(r, theirs));
    TRY(pass_guard(r));
    TRY(principal_choose_tenant(r));
    return principal_check(r);
}

/* ---- what came of it ---- */

/* 200 stands for whatever succeeds. */
static bool holds(int64_t expected, int64_t got)
{
    return expected / STATUS_CLASS == STATUS_OK / STATUS_CLASS ? got == STATUS_OK : expected == got;
}

static RESULT prove_one(struct ctx *c, const struct proving *p, const struct realm_scenario *s,
                        struct realm_proof *proof)
{
    struct req *r = ARENA_NEW(c->arena, struct req);
    r->c = c;
    r->reply = ARENA_NEW(c->arena, struct http_response);
    const struct ctx before = *c;
    err done = act(r, p, s);
    c->issuer = before.issuer;
    c->keys = before.keys;
    if (done.code == ERR_UNAVAILABLE || done.code == ERR_INTERNAL ||
        done.code == ERR_OUT_OF_MEMORY || done.code == ERR_INVALID_FIELD ||
        (done.code == ERR_NOT_FOUND && s->route == NULL))
        return done;
    *proof = (struct realm_proof){
        .name = s->name,
        .expected = s->expect,
        .got = done.code == ERR_OK ? STATUS_OK : err_row(done.code)->status,
        .why = done.code == ERR_OK    ? NULL
               : c->fault.say != NULL ? c->fault.say
                                      : err_row(done.code)->title,
    };
    proof->held = holds(proof->expected, proof->got);
    fault_clear(c);
    return ok();
}

struct one {
    const struct proving *p;
    const struct realm_scenario *scenario;
    struct realm_proof *proof;
    bool done;
};

/* What a scenario makes is undone with it. */
static RESULT prove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct one *one = arg;
    one->done = false;
    TRY(prove_one(c, one->p, one->scenario, one->proof));
    one->done = true;
    return fail(c, CONFLICT, "undone");
}

RESULT realm_prove(struct ctx *c, const struct realm_order *order, struct realm_outcome *out)
{
    const struct realm *realm = order->realm;
    const struct proving p = { .order = order, .out = out };
    struct realm_proof *proofs = ARENA_NEWS(c->arena, struct realm_proof, realm->scenarios_n);
    out->proven = true;
    for (size_t i = 0; i < realm->scenarios_n; i++) {
        struct one one = { &p, &realm->scenarios[i], &proofs[i], false };
        err done = db_atomically(c, prove_in, &one);
        if (!one.done) {
            c->fault.field = text_printf(c->arena, "scenarios[%zu]", i);
            return done;
        }
        fault_clear(c);
        out->proven = out->proven && proofs[i].held;
    }
    out->proofs = proofs;
    out->proofs_n = realm->scenarios_n;
    return ok();
}
