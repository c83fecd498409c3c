/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JWT bearer grant (RFC 7523 2.1): an issuer that the client's registration names says for whom
 * a token is asked; its keys and the subjects that it may speak of stand there, too.  Each
 * assertion is good once, by one INSERT in the transaction that grants.
 */
#include "oauth/grant.h"

#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/jwt.h"
#include "db/db.h"
#include "identity/access.h"
#include "identity/audit.h"
#include "identity/email.h"
#include "identity/tenancy.h"
#include "oauth/resource.h"
#include "oauth/scope.h"
#include "store/authorizations.h"
#include "store/seen.h"
#include "store/users.h"
#include "token/claims.h"
#include "token/refresh.h"

enum { ASSERTION_LIFE_MAX = 3600 };

struct bearing {
    const struct client *client;
    const struct token_request *in;
    const struct assertion_issuer *issuer;
    struct jwt jwt;
    const char *resource; /* or NULL */
    struct texts scopes;
    const char *user_id; /* NULL: the client itself */
    struct texts amr;    /* how the issuer has proven who it is */
    bool first;          /* nobody has brought it before */
    const struct authorization_row *authorization;
};

/* ---- the assertion ---- */

static const struct assertion_issuer *find_issuer(const struct client *client, const char *iss)
{
    const struct assertion_issuer *at = client->metadata.assertion_issuers.at;
    for (size_t i = 0; i < client->metadata.assertion_issuers.n; i++)
        if (iss != NULL && text_equal(at[i].issuer, iss))
            return &at[i];
    return NULL;
}

static bool speaks_of(const struct assertion_issuer *issuer, const char *sub)
{
    bool any = texts_hold(issuer->subjects, ASSERTION_SUB_ANY) &&
               !text_equal(issuer->sub_is, ASSERTION_SUB_CLIENT);
    return any || texts_hold(issuer->subjects, sub);
}

/* RFC 7523 3.  The unverified issuer says only whose keys to try. */
static RESULT verify(struct ctx *c, struct bearing *b)
{
    struct key_set keys = { 0 };
    const char *aud = token_issuer(c);
    if (b->in->assertion == NULL)
        return fail_field(c, INVALID_REQUEST, "assertion", "This field is required.");
    b->issuer = find_issuer(b->client, jwt_unverified_text(c, b->in->assertion, "iss"));
    if (b->issuer == NULL)
        return because(c, GRANT_ASSERTION, "an issuer of the client",
                       jwt_unverified_text(c, b->in->assertion, "iss"),
                       fail(c, INVALID_GRANT, "client %s trusts no such issuer of an assertion",
                            b->client->id));
    TRY(key_set_read(c, c->arena, b->issuer->jwks, &keys));
    const struct jwt_policy policy = {
        .signature = { .algs = ALGS_ASYMMETRIC, .keys = &keys, .refusal = ERR_INVALID_GRANT },
        .iss = b->issuer->issuer,
        /* Decision 12. */
        .aud = { &aud, 1 },
        .required = JWT_SUB | JWT_JTI | JWT_TEXT_AUDIENCE,
        .max_life = ASSERTION_LIFE_MAX,
    };
    TRY(jwt_verify(c, b->in->assertion, &policy, &b->jwt));
    if (!speaks_of(b->issuer, b->jwt.sub))
        return because(c, GRANT_ASSERTION, "a subject of the issuer", NULL,
                       fail(c, INVALID_GRANT, "the issuer %s may not speak of this subject",
                            b->issuer->issuer));
    return ok();
}

/* ---- for whom ---- */

static RESULT find_user(struct ctx *c, const struct bearing *b, const struct user_row **out)
{
    const char *email = NULL;
    if (text_equal(b->issuer->sub_is, ASSERTION_SUB_USER_ID))
        return user_find(c, b->jwt.sub, out);
    if (email_canonical(c->arena, b->jwt.sub, &email))
        TRY(user_find_email(c, email, out));
    /* An address that nobody has shown to be theirs names nobody. */
    if (*out != NULL && (*out)->email_verified_at == 0)
        *out = NULL;
    return ok();
}

/* Nobody has signed in here; what the issuer says of the sign-in counts where a tenant asks for a
 * second factor (RFC 8176 2). */
static RESULT check_factor(struct ctx *c, struct bearing *b)
{
    const struct tenant_row *tenant = NULL;
    struct texts said;
    TRY(jwt_texts(c, &b->jwt, "amr", &said));
    if (texts_hold(said, "mfa"))
        b->amr = text_split(c->arena, "mfa", ' ');
    if (b->client->tenant_id != NULL)
        TRY(tenant_find(c, b->client->tenant_id, &tenant));
    if (tenant == NULL || tenancy_admits(tenant, NULL, b->amr))
        return ok();
    return because(c, SIGN_IN_CLASS, "amr with mfa", text_join(c->arena, said, " "),
                   fail(c, INVALID_GRANT,
                        "the tenant asks for a second factor, and an assertion of %s says of none",
                        b->issuer->issuer));
}

static RESULT choose_user(struct ctx *c, struct bearing *b)
{
    const struct user_row *user = NULL;
    if (text_equal(b->issuer->sub_is, ASSERTION_SUB_CLIENT))
        return ok();
    TRY(find_user(c, b, &user));
    if (user == NULL || user->status != USER_ACTIVE)
        return because(c, GRANT_ASSERTION, "an active user", NULL,
                       fail(c, INVALID_GRANT, "the subject of an assertion of %s is no active user",
                            b->issuer->issuer));
    b->user_id = user->id;
    return check_factor(c, b);
}

/* Nobody has signed in, so there is no ID token and nothing to be refreshed. */
static RESULT choose_scopes(struct ctx *c, struct bearing *b)
{
    struct texts asked;
    if (b->user_id == NULL)
        return scope_of_client(c, b->client, b->in->scope, &b->scopes);
    TRY(scope_of_request(c, b->client, b->in->scope, &asked));
    b->scopes = scope_without(c->arena, asked, SCOPE_OFFLINE);
    return ok();
}

static RESULT choose_resource(struct ctx *c, struct bearing *b)
{
    TRY(grant_resource(c, b->in, &b->resource));
    return resource_check(c, b->client, b->in->resource);
}

/* ---- granting ---- */

/* Other clients may trust another issuer of the same name, by another key. */
static RESULT use_up(struct ctx *c, struct bearing *b)
{
    const char *by = key_thumbprint(c->arena, b->jwt.signature.key->pkey);
    const struct seen_key key = { "grant", text_printf(c->arena, "%s %s", by, b->issuer->issuer),
                                  token_hash(c->arena, b->jwt.jti) };
    return seen_add(c, &key, time_add(b->jwt.exp, JWT_SKEW), &b->first);
}

static RESULT record(struct ctx *c, const struct bearing *b)
{
    const struct audit audit = {
        .event = AUDIT_ASSERTION_REDEEMED,
        .user_id = b->user_id,
        .tenant_id = b->client->tenant_id,
        .details = { { "client_id", b->client->id },
                     { "issuer", b->issuer->issuer },
                     { "authorization_id",
                       b->authorization == NULL ? NULL : b->authorization->id } },
    };
    return audit_add(c, &audit);
}

/* What a user's token stands on, so that it can be revoked; it ends with the token. */
static RESULT authorize(struct ctx *c, struct bearing *b)
{
    const char *id = NULL;
    struct authorization_row row = {
        .user_id = b->user_id,
        .client_id = b->client->id,
        .tenant_id = b->client->tenant_id,
        .scopes = b->scopes,
        .amr = b->amr,
        .audience = b->resource,
        .expires_at = time_add(c->now, token_life(c->config)),
    };
    TRY(authorization_add(c, &row, &id));
    TRY(authorization_find_live(c, id, &b->authorization));
    if (b->authorization == NULL)
        return because(
            c, TENANT, b->client->tenant_id, NULL,
            fail(c, INVALID_GRANT, "user %s is no member of the client's tenant", b->user_id));
    return ok();
}

static RESULT redeem(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct bearing *b = arg;
    b->authorization = NULL;
    TRY(use_up(c, b));
    if (!b->first)
        return ok();
    if (b->user_id != NULL)
        TRY(authorize(c, b));
    return record(c, b);
}

static RESULT write_facts(struct ctx *c, const struct bearing *b, struct grant_facts *out)
{
    if (b->authorization != NULL) {
        TRY(refresh_facts(c, b->authorization, NULL, out));
    } else {
        *out = (struct grant_facts){
            .user_id = b->client->id,
            .client_id = b->client->id,
            .tenant_id = b->client->tenant_id,
            .audience = b->resource,
            .scopes = b->scopes,
            .permissions = permissions_within(c->arena, b->scopes, b->scopes),
        };
        TRY(client_place(c, b->client, &out->status));
    }
    out->jkt = b->in->jkt;
    out->x5t = b->in->x5t;
    out->style = client_style(b->client);
    return ok();
}

static RESULT give(struct req *r, const struct client *client, const struct token_request *in,
                   struct grant_given *out)
{
    struct bearing b = { .client = client, .in = in };
    TRY(verify(r->c, &b));
    TRY(choose_user(r->c, &b));
    TRY(choose_scopes(r->c, &b));
    TRY(choose_resource(r->c, &b));
    TRY(db_atomically(r->c, redeem, &b));
    if (!b.first)
        return because(
            r->c, ASSERTION_REPLAY, NULL, NULL,
            fail(r->c, INVALID_GRANT, "an assertion of %s came twice", b.issuer->issuer));
    TRY(write_facts(r->c, &b, &out->facts));
    out->no_id_token = true;
    return issue_access(r->c, &out->facts, &out->tokens);
}

const struct grant grant_jwt_bearer = { GRANT_JWT_BEARER, give };
