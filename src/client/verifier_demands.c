/* SPDX-License-Identifier: Apache-2.0 */
#include "client/claims.h"
#include "client/verifier.h"

/* The words of the first of `names` that the token has. */
static struct texts first_words(struct arena *a, const struct jwt *jwt, const char *const *names,
                                size_t n)
{
    struct json_value v;
    for (size_t i = 0; i < n; i++)
        if (claim_find(a, jwt, names[i], &v))
            return claim_words(a, jwt, names[i]);
    return (struct texts){ 0 };
}

/* RFC 9068 2.2.3; Entra and Okta say `scp`. */
struct texts verifier_scopes(struct arena *a, const struct verifier *v, const struct jwt *jwt)
{
    static const char *const usual[] = { "scope", "scp" };
    return v->claims.scope != NULL ? claim_words(a, jwt, v->claims.scope)
                                   : first_words(a, jwt, usual, 2);
}

/* RFC 9068 2.2.3.1 */
struct texts verifier_roles(struct arena *a, const struct verifier *v, const struct jwt *jwt)
{
    return claim_words(a, jwt, v->claims.roles != NULL ? v->claims.roles : "roles");
}

struct texts verifier_permissions(struct arena *a, const struct verifier *v, const struct jwt *jwt)
{
    return claim_words(a, jwt,
                       v->claims.permissions != NULL ? v->claims.permissions : "permissions");
}

/* The first of `wanted` that `held` does not have, or NULL. */
static const char *missing(struct texts wanted, struct texts held)
{
    for (size_t i = 0; i < wanted.n; i++)
        if (!texts_hold(held, wanted.at[i]))
            return wanted.at[i];
    return NULL;
}

static bool has_any(struct texts wanted, struct texts held)
{
    for (size_t i = 0; i < wanted.n; i++)
        if (texts_hold(held, wanted.at[i]))
            return true;
    return wanted.n == 0;
}

static RESULT refuse(struct ctx *c, const char *what, const char *wanted)
{
    return because(c, SCOPE_OF_TOKEN, wanted, NULL,
                   fail(c, INSUFFICIENT_SCOPE, "the token has not the %s %s", what, wanted));
}

static RESULT check_scopes(struct ctx *c, const struct verifier_request *rq, struct texts held)
{
    const char *lacking = missing(rq->scopes, held);
    if (lacking != NULL)
        return refuse(c, "scope", lacking);
    if (!has_any(rq->any_scope, held))
        return refuse(c, "scope: one of", text_join(c->arena, rq->any_scope, " "));
    return ok();
}

static RESULT check_rights(struct ctx *c, const struct verifier *v,
                           const struct verifier_request *rq, const struct jwt *jwt)
{
    struct texts none = { 0 };
    struct texts permissions =
        rq->permissions.n > 0 ? verifier_permissions(c->arena, v, jwt) : none;
    const char *lacking = missing(rq->permissions, permissions);
    if (lacking != NULL)
        return refuse(c, "permission", lacking);
    if (rq->any_role.n > 0 && !has_any(rq->any_role, verifier_roles(c->arena, v, jwt)))
        return refuse(c, "role: one of", text_join(c->arena, rq->any_role, " "));
    return ok();
}

/* Ours is called tenant_id, Entra's tid. */
static RESULT check_tenant(struct ctx *c, const struct verifier *v, const char *wanted,
                           const struct jwt *jwt)
{
    static const char *const usual[] = { "tenant_id", "tid" };
    struct json_value value = { .kind = JSON_NULL };
    bool found = false;
    if (wanted == NULL)
        return ok();
    if (v->claims.tenant != NULL)
        found = claim_find(c->arena, jwt, v->claims.tenant, &value);
    for (size_t i = 0; v->claims.tenant == NULL && !found && i < 2; i++)
        found = claim_find(c->arena, jwt, usual[i], &value);
    if (!found || value.kind != JSON_TEXT || !text_equal(value.text, wanted))
        return refuse(c, "tenant", wanted);
    return ok();
}

/* RFC 9470 3: a token that does not say how or when somebody signed in does not do. */
static RESULT check_sign_in(struct ctx *c, const struct verifier_request *rq, const struct jwt *jwt)
{
    const char *acr = NULL;
    int64_t auth_time = 0;
    TRY(jwt_text(c, jwt, "acr", &acr));
    TRY(jwt_int(c, jwt, "auth_time", &auth_time));
    if (rq->acr_values.n > 0 && (acr == NULL || !texts_hold(rq->acr_values, acr)))
        return because(c, SIGN_IN_CLASS, text_join(c->arena, rq->acr_values, " "), acr,
                       fail(c, STEP_UP_REQUIRED, "acr is %.64s, wanted is one of %s",
                            acr == NULL ? "unknown" : acr,
                            text_join(c->arena, rq->acr_values, " ")));
    if (rq->max_age > 0 && (auth_time <= 0 || c->now - auth_time > rq->max_age))
        return because(c, SIGN_IN_AGE, text_printf(c->arena, "%lld s", (long long)rq->max_age),
                       NULL,
                       fail(c, STEP_UP_REQUIRED, "signed in at %lld, allowed are %lld s",
                            (long long)auth_time, (long long)rq->max_age));
    return ok();
}

RESULT verifier_demands(struct ctx *c, const struct verifier *v, const struct verifier_request *rq,
                        const struct verified *token)
{
    TRY(check_tenant(c, v, rq->tenant, &token->jwt));
    TRY(check_scopes(c, rq, token->scopes));
    TRY(check_rights(c, v, rq, &token->jwt));
    return check_sign_in(c, rq, &token->jwt);
}
