/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/introspect.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "oauth/client_messages.h"
#include "oauth/client_sector.h"
#include "store/refresh_tokens.h"
#include "token/act.h"
#include "token/claims.h"
#include "token/verify.h"
#include "web/media.h"
#include "web/reply.h"

#include <string.h>

static const char media_signed[] = "application/token-introspection+jwt";

/* What is told of a live token (RFC 7662 2.2). */
struct told {
    const struct grant_facts *facts;
    const char *sub; /* as the caller knows them */
    const char *token_type, *jti;
    int64_t issued_at, expires_at;
};

/* ---- the answer ---- */

static void write_sign_in(struct json_writer *w, const struct grant_facts *facts)
{
    json_text_if(w, "tenant_id", facts->tenant_id);
    json_text_if(w, "sid", facts->sid);
    json_text_if(w, "acr", facts->acr);
    if (facts->amr.n > 0)
        json_texts(w, "amr", facts->amr);
    if (facts->auth_time > 0)
        json_number(w, "auth_time", facts->auth_time);
}

static void write_told(struct ctx *c, struct json_writer *w, const struct told *told)
{
    const struct grant_facts *facts = told->facts;
    json_text(w, "iss", token_issuer(c));
    json_text(w, "sub", told->sub);
    json_text(w, "client_id", facts->client_id);
    json_text(w, "scope", text_join(c->arena, facts->scopes, " "));
    json_text(w, "token_type", told->token_type);
    json_number(w, "iat", told->issued_at);
    json_number(w, "exp", told->expires_at);
    json_text_if(w, "aud", facts->audience);
    json_text_if(w, "jti", told->jti);
    write_sign_in(w, facts);
    act_write(w, facts->actors);
    may_act_write(w, facts->style.may_act);
    claims_write_cnf(w, facts);
    if (facts->details != NULL)
        json_raw(w, "authorization_details", facts->details);
    if (facts->roles.n > 0)
        json_texts(w, "roles", facts->roles);
    if (facts->permissions.n > 0)
        json_texts(w, "permissions", facts->permissions);
}

/* RFC 7662 2.2: of one that is not active nothing is told but that. */
static void write_answer(struct ctx *c, struct json_writer *w, const char *name,
                         const struct told *told)
{
    json_object(w, name);
    json_bool(w, "active", told != NULL);
    if (told != NULL)
        write_told(c, w, told);
    json_object_end(w);
}

/* RFC 9701 5: no sub, no exp, and a type of its own, so that it is no other token. */
static RESULT answer_signed(struct req *r, const struct told *told)
{
    struct json_writer w = json_writer(r->c->arena);
    const char *token = NULL;
    json_object(&w, NULL);
    json_text(&w, "iss", token_issuer(r->c));
    json_text(&w, "aud", client_of(r)->id);
    json_number(&w, "iat", r->c->now);
    write_answer(r->c, &w, "token_introspection", told);
    json_object_end(&w);
    const struct client_message_text text = { "token-introspection+jwt", json_written(&w) };
    TRY(client_message_make(r->c, client_of(r), CLIENT_INTROSPECTION, &text, &token));
    return reply_text(r, 200, media_signed, token);
}

/* Whoever asks is told of a user by the name that it knows them by. */
static RESULT find_sub(struct req *r, const struct grant_facts *facts, const char **sub)
{
    *sub = facts->user_id;
    if (text_equal(facts->user_id, facts->client_id))
        return ok();
    return client_subject(r->c, client_of(r), facts->user_id, sub);
}

static RESULT answer(struct req *r, const struct told *told)
{
    struct json_writer w = json_writer(r->c->arena);
    reply_header(r, "Vary", "Accept");
    /* RFC 9701 4: who asks for it gets it signed. */
    if (media_prefers(req_header(r, "accept"), media_signed, "application/json"))
        return answer_signed(r, told);
    write_answer(r->c, &w, NULL, told);
    return reply_text(r, 200, "application/json", json_written(&w));
}

/* ---- the tokens ---- */

/* Whether the caller may know: it is its own token, or one for what it serves. */
static bool may_know(const struct client *client, const struct grant_facts *facts)
{
    return text_equal(facts->client_id, client->id) ||
           (facts->audience != NULL && texts_hold(client->metadata.audiences, facts->audience));
}

/* The rule by which nothing is told of a refresh token, or RULE_NONE. */
static enum rule why_not(struct req *r, const struct refresh_token_row *row)
{
    if (row == NULL)
        return RULE_REFRESH;
    if (!text_equal(row->authorization.client_id, client_of(r)->id))
        return RULE_TOKEN_OF_ANOTHER;
    if (row->used_at != 0)
        return RULE_REFRESH_USED;
    return row->expires_at <= r->c->now ? RULE_REFRESH_EXPIRED : RULE_NONE;
}

static RESULT tell_refresh(struct req *r, const char *hash)
{
    const struct refresh_token_row *row = NULL;
    const struct authorization_row *live = NULL;
    TRY(refresh_token_find(r->c, hash, &row));
    enum rule why = why_not(r, row);
    if (why != RULE_NONE) {
        fault_quiet(r->c, why, NULL, NULL);
        return answer(r, NULL);
    }
    TRY(authorization_find_live(r->c, row->authorization.id, &live));
    if (live == NULL) {
        refuse_quietly(r->c, REFRESH_ENDED, NULL, NULL);
        return answer(r, NULL);
    }
    const struct grant_facts facts = { .user_id = live->user_id,
                                       .client_id = live->client_id,
                                       .tenant_id = live->tenant_id,
                                       .sid = live->session_id,
                                       .scopes = live->scopes,
                                       .amr = live->amr,
                                       .acr = live->acr,
                                       .jkt = live->jkt,
                                       .x5t = live->x5t,
                                       .details = live->details,
                                       .auth_time = live->auth_time };
    const char *sub = NULL;
    TRY(find_sub(r, &facts, &sub));
    const struct told told = { .facts = &facts,
                               .sub = sub,
                               .token_type = "refresh_token",
                               .issued_at = live->created_at,
                               .expires_at = row->expires_at };
    return answer(r, &told);
}

static RESULT tell_access(struct req *r, const char *token)
{
    struct access access = { 0 };
    err verified = verify_access_any(r->c, token, &access);
    if (verified.code == ERR_INVALID_TOKEN) {
        fault_note(r->c);
        return answer(r, NULL);
    }
    TRY(verified);
    if (!may_know(client_of(r), &access.facts)) {
        refuse_quietly(r->c, TOKEN_OF_ANOTHER, access.facts.client_id, client_of(r)->id);
        return answer(r, NULL);
    }
    const char *sub = NULL;
    TRY(find_sub(r, &access.facts, &sub));
    const struct told told = { .facts = &access.facts,
                               .sub = sub,
                               .token_type = access.facts.jkt != NULL ? "DPoP" : "Bearer",
                               .jti = access.jti,
                               .issued_at = access.issued_at,
                               .expires_at = access.expires_at };
    return answer(r, &told);
}

RESULT post_introspect(struct req *r)
{
    const struct introspection_request *in = REQ_IN(r, introspection_request);
    /* The hint is not needed: the two kinds look different (RFC 7662 2.1). */
    const char *refresh = refresh_token_hash(r->c->arena, in->token);
    return refresh != NULL ? tell_refresh(r, refresh) : tell_access(r, in->token);
}
