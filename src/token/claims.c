/* SPDX-License-Identifier: Apache-2.0 */
#include "token/claims.h"

#include "base/config.h"
#include "client/token_shown.h"
#include "token/act.h"
#include "token/issuer.h"
#include "token/status_list.h"

const char *token_issuer(const struct ctx *c)
{
    if (c->issuer != NULL)
        return c->issuer->url;
    return *c->config->jwt_issuer != '\0' ? c->config->jwt_issuer : c->config->public_url;
}

const char *token_audience(const struct ctx *c)
{
    bool is_said = c->issuer == NULL && *c->config->jwt_audience != '\0';
    return is_said ? c->config->jwt_audience : token_issuer(c);
}

int64_t token_life(const struct config *config)
{
    return config->jwt_access_expire_minutes * 60;
}

static void write_registered(struct json_writer *w, struct ctx *c, const struct access *access)
{
    /* RFC 9068 2.2: all of them are required. */
    json_text(w, "iss", token_issuer(c));
    json_text(w, "sub", access->facts.user_id);
    json_text(w, "aud", access->facts.audience);
    json_number(w, "exp", access->expires_at);
    json_number(w, "iat", access->issued_at);
    json_number(w, "nbf", access->issued_at);
    json_text(w, "jti", access->jti);
    json_text(w, "client_id", access->facts.client_id);
}

/* RFC 9068 2.2.1: how and when the user signed in. */
static void write_sign_in(struct json_writer *w, const struct grant_facts *facts)
{
    if (facts->auth_time > 0)
        json_number(w, "auth_time", facts->auth_time);
    json_text_if(w, "acr", facts->acr);
    if (facts->amr.n > 0)
        json_texts(w, "amr", facts->amr);
    json_text_if(w, "sid", facts->sid);
    json_text_if(w, "grant_id", facts->authorization_id);
    json_text_if(w, "grant_client_id", facts->grant_client_id);
}

void claims_write_cnf(struct json_writer *w, const struct grant_facts *facts)
{
    if (facts->jkt == NULL && facts->x5t == NULL)
        return;
    json_object(w, "cnf");
    json_text_if(w, "jkt", facts->jkt);
    json_text_if(w, "x5t#S256", facts->x5t);
    json_object_end(w);
}

static void write_rights(struct json_writer *w, struct arena *a, const struct grant_facts *facts)
{
    /* RFC 9068 2.2.3; a scope of no words is none. */
    if (facts->scopes.n > 0)
        json_text(w, "scope", text_join(a, facts->scopes, " "));
    json_texts(w, "scopes", facts->scopes);
    json_text_if(w, "tenant_id", facts->tenant_id);
    json_texts(w, "roles", facts->roles);
    json_texts(w, "permissions", facts->permissions);
    /* RFC 9396 9.1. */
    if (facts->details != NULL)
        json_raw(w, "authorization_details", facts->details);
}

const char *access_write(struct ctx *c, const struct access *access)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    write_registered(&w, c, access);
    json_text(&w, "type", "access");
    write_sign_in(&w, &access->facts);
    act_write(&w, access->facts.actors);
    may_act_write(&w, access->facts.style.may_act);
    claims_write_cnf(&w, &access->facts);
    write_rights(&w, c->arena, &access->facts);
    status_write(&w, c, &access->facts.status);
    json_object_end(&w);
    return json_written(&w);
}

static RESULT read_texts(struct ctx *c, const struct jwt *jwt, struct grant_facts *facts)
{
    const struct {
        const char *name;
        const char **at;
    } texts[] = {
        { "client_id", &facts->client_id },
        { "tenant_id", &facts->tenant_id },
        { "sid", &facts->sid },
        { "grant_id", &facts->authorization_id },
        { "grant_client_id", &facts->grant_client_id },
        { "acr", &facts->acr },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        TRY(jwt_text(c, jwt, texts[i].name, texts[i].at));
    return ok();
}

static RESULT read_lists(struct ctx *c, const struct jwt *jwt, struct grant_facts *facts)
{
    const struct {
        const char *name;
        struct texts *at;
    } lists[] = {
        { "scopes", &facts->scopes },
        { "roles", &facts->roles },
        { "permissions", &facts->permissions },
        { "amr", &facts->amr },
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        TRY(jwt_texts(c, jwt, lists[i].name, lists[i].at));
    return jwt_int(c, jwt, "auth_time", &facts->auth_time);
}

static RESULT read_cnf(struct ctx *c, const struct jwt *jwt, struct grant_facts *facts)
{
    struct token_bound bound;
    TRY(token_bound_read(c, jwt, &bound));
    facts->jkt = bound.jkt;
    facts->x5t = bound.x5t;
    return ok();
}

static RESULT read_details(struct ctx *c, const struct jwt *jwt, struct grant_facts *facts)
{
    const struct jwt_claim *claim = jwt_claim(jwt, "authorization_details");
    if (claim == NULL)
        return ok();
    const struct bytes *raw = &claim->value.raw;
    if (claim->value.kind != JSON_ARRAY)
        return fail(c, INVALID_TOKEN, "the authorization_details of a token are no list");
    facts->details = text_copy(c->arena, (const char *)raw->at, raw->n);
    return ok();
}

RESULT access_read(struct ctx *c, const struct jwt *jwt, struct access *out)
{
    struct access access = { .jti = jwt->jti, .issued_at = jwt->iat, .expires_at = jwt->exp };
    const char *type = NULL;
    TRY(jwt_text(c, jwt, "type", &type));
    if (!text_equal(type, "access"))
        return because(c, TOKEN_TYPE, "access", type,
                       fail(c, INVALID_TOKEN, "a token says that it is not an access token"));
    TRY(read_texts(c, jwt, &access.facts));
    if (access.facts.client_id == NULL)
        return because(c, TOKEN_CLAIM, "client_id", NULL,
                       fail(c, INVALID_TOKEN, "an access token does not say its client"));
    TRY(read_lists(c, jwt, &access.facts));
    TRY(read_cnf(c, jwt, &access.facts));
    TRY(read_details(c, jwt, &access.facts));
    TRY(act_read(c, jwt, &access.facts.actors));
    TRY(may_act_read(c, jwt, &access.facts.style.may_act));
    TRY(status_read(c, jwt, &access.status));
    access.facts.user_id = jwt->sub;
    access.facts.audience = jwt->aud.n == 0 ? NULL : jwt->aud.at[0];
    *out = access;
    return ok();
}
