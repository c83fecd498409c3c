/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/finish.h"

#include "client/id_token.h"
#include "federation/ending.h"
#include "federation/kept.h"
#include "identity/audit.h"

#include <string.h>

/* ---- what may be believed ---- */

static bool is_of_domain(const char *email, struct texts domains)
{
    const char *at = strrchr(email, '@');
    for (size_t i = 0; at != NULL && i < domains.n; i++)
        if (text_equal_nocase(at + 1, domains.at[i]))
            return true;
    return false;
}

/* AT-02: an address that the provider has verified, if the operator trusts it with that; or one of
 * a domain that the operator says is the provider's, unless the provider itself does not stand by
 * it (AT-01, nOAuth). */
static const char *vouched(const struct provider *p, const struct person *person)
{
    if (person->email == NULL || person->email_doubtful)
        return NULL;
    bool trusted = p->m.trust_email && person->email_verified;
    return trusted || is_of_domain(person->email, p->m.email_domains) ? person->email : NULL;
}

static void add_once(struct texts *list, const char *text)
{
    if (!texts_hold(*list, text))
        list->at[list->n++] = text;
}

/* "theirs=ours" */
static void map_roles(struct ctx *c, const struct provider *p, struct texts theirs,
                      struct federated_person *out)
{
    out->governed.at = ARENA_NEWS(c->arena, const char *, p->m.roles.n);
    out->due.at = ARENA_NEWS(c->arena, const char *, p->m.roles.n);
    for (size_t i = 0; i < p->m.roles.n; i++) {
        const char *pair = p->m.roles.at[i];
        const char *equals = strrchr(pair, '=');
        if (equals == NULL)
            continue;
        add_once(&out->governed, equals + 1);
        if (texts_hold(theirs, text_copy(c->arena, pair, (size_t)(equals - pair))))
            add_once(&out->due, equals + 1);
    }
}

void finish_person(struct ctx *c, const struct provider *p, const struct person *person,
                   struct federated_person *out)
{
    size_t sid = person->sid == NULL ? 0 : strlen(person->sid);
    bool named = sid >= UPSTREAM_SID_MIN && sid <= UPSTREAM_SID_MAX;
    *out = (struct federated_person){ .provider = p->id,
                                      .issuer = person->issuer,
                                      .subject = person->subject,
                                      .email = vouched(p, person),
                                      .full_name = person->name,
                                      .auth_time = person->auth_time,
                                      .sid = named ? person->sid : NULL,
                                      .tenant_id = p->m.tenant_id,
                                      .may_create = p->m.create_users };
    map_roles(c, p, person->groups, out);
}

/* ---- proving ---- */

struct identifying {
    struct provider_place place;
    struct brought b;
    struct person person;
};

/* RFC 9207 2.4: the answer is of whom it was asked (mix-up). */
static RESULT check_iss(struct ctx *c, const struct provider *p, const struct provider_place *place,
                        const struct answer_brought *answer)
{
    bool due = place->metadata != NULL && place->metadata->says_iss && answer->id_token == NULL;
    if (answer->iss == NULL && due)
        return fail(c, INVALID_TOKEN, "an answer of %s does not say whose it is", p->id);
    if (answer->iss != NULL && place->issuer != NULL && !text_equal(answer->iss, place->issuer))
        return fail(c, INVALID_TOKEN, "an answer for %s is of %.256s", p->id, answer->iss);
    return ok();
}

static RESULT redeem(struct ctx *c, const struct provider *p, const struct provider_place *place,
                     const struct attempt *attempt, const char *code, struct brought *b)
{
    struct oauth_client client;
    struct oauth_tokens tokens;
    const struct code_exchange exchange = { .code = code,
                                            .redirect_uri = attempt->redirect_uri,
                                            .code_verifier = attempt->code_verifier };
    TRY(provider_client(c, p, place, &client));
    TRY(oauth_exchange_code(c, &client, &place->token, &exchange, &tokens));
    b->id_token = tokens.id_token;
    b->access_token = tokens.access_token;
    b->refresh_token = tokens.refresh_token;
    return ok();
}

/*
 * When who they are was proven there (Core 2, auth_time; 3.1.2.1, max_age).  What was to be proven
 * anew has been since the attempt began, or it was not: to be signed in there is no proof (claim of
 * RECENT).  A clock that is ahead of ours makes nothing newer than now.
 */
static RESULT check_when(struct ctx *c, const struct provider *p, const struct attempt *attempt,
                         int64_t *auth_time)
{
    if (*auth_time > c->now)
        *auth_time = c->now;
    if (attempt->fresh_since == 0)
        return ok();
    if (*auth_time != 0 && *auth_time >= attempt->fresh_since - ID_TOKEN_LEEWAY) {
        *auth_time = c->now;
        return ok();
    }
    return because(
        c, PROVIDER_RECHECK, NULL, p->id,
        fail_say(c, FORBIDDEN,
                 "Your provider did not ask you again who you are. Sign out there and start "
                 "again, or use your password here.",
                 "%s says that it was proven at %lld", p->id, (long long)*auth_time));
}

/* Who they are there; what came with it is left in `b`. */
static RESULT identify(struct ctx *c, const struct provider *p, const struct attempt *attempt,
                       const struct answer_brought *answer, struct identifying *out)
{
    out->b = (struct brought){ .place = &out->place,
                               .nonce = attempt->nonce,
                               .no_nonce = answer->no_nonce,
                               .id_token = answer->id_token,
                               .iss = answer->iss,
                               .user = answer->user };
    TRY(p->kind->open(c, p, &out->place));
    TRY(check_iss(c, p, &out->place, answer));
    if (answer->code != NULL)
        TRY(redeem(c, p, &out->place, attempt, answer->code, &out->b));
    TRY(p->kind->identify(c, p, &out->b, &out->person));
    return check_when(c, p, attempt, &out->person.auth_time);
}

/* The event of a refusal; that it could not be written changes nothing about it. */
static void tell(struct ctx *c, const struct provider *p, enum err_code code)
{
    const struct fault why = c->fault;
    const struct audit audit = { .event = AUDIT_FEDERATION_REFUSED,
                                 .refused = true,
                                 .details = { { "provider", p->id }, { "why", err_slug(code) } } };
    fault_clear(c);
    if (audit_add(c, &audit).code != ERR_OK)
        fault_clear(c);
    c->fault = why;
}

/* Whatever is wrong with an answer is one failure. */
static RESULT refuse(struct ctx *c, const struct provider *p, err proven)
{
    tell(c, p, proven.code);
    if (proven.code != ERR_INVALID_TOKEN && proven.code != ERR_INVALID_GRANT)
        return proven;
    const char *why = c->fault.text;
    fault_clear(c);
    return because(
        c, PROVIDER_ANSWER, NULL, p->id,
        fail_say(c, FORBIDDEN,
                 "What your provider answered was refused. Start again; if it happens again, "
                 "tell the administrator of this service.",
                 "%s", why));
}

RESULT finish_identify(struct ctx *c, const struct provider *p, const struct attempt *attempt,
                       const struct answer_brought *answer, struct person *out)
{
    struct identifying found = { 0 };
    err proven = identify(c, p, attempt, answer, &found);
    if (proven.code != ERR_OK)
        return refuse(c, p, proven);
    *out = found.person;
    return ok();
}

RESULT finish_prove(struct req *r, const struct provider *p, const struct attempt *attempt,
                    const struct answer_brought *answer, struct federated_person *out)
{
    struct ctx *c = r->c;
    struct identifying found = { 0 };
    err proven = identify(c, p, attempt, answer, &found);
    if (proven.code != ERR_OK)
        return refuse(c, p, proven);
    finish_person(c, p, &found.person, out);
    TRY(kept_seal(c, p, &found.person, &found.b, &out->sealed));
    out->check_at = found.b.refresh_token == NULL ? 0 : kept_check_at(c, p, out->sealed);
    return ok();
}
