/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/shown.h"

#include "base/time.h"
#include "client/id_token.h"
#include "client/tenant_issuer.h"
#include "crypto/digest.h"
#include "federation/finish.h"

#include <string.h>

/* ---- of whom it is ---- */

struct looking {
    struct jwt says; /* which nobody has verified: it tells whose keys to try, and no more */
    const char *tid; /* the same of a tenant; or NULL */
    const struct provider *found;
    bool of_client; /* `found` is the registration that it names, too */
    err trouble;    /* one could not be looked at */
    struct fault why;
};

static const char *issuer_of(struct ctx *c, const struct looking *l,
                             const struct provider_place *place)
{
    if (place->issuer != NULL || place->metadata == NULL)
        return place->issuer;
    return l->tid == NULL ? NULL : tenant_fill(c->arena, place->metadata->issuer, l->tid);
}

/* Google leaves the scheme out at times. */
static bool is_issuer(const char *issuer, const char *iss)
{
    const char *scheme = issuer == NULL ? NULL : strstr(issuer, "://");
    return scheme != NULL && iss != NULL &&
           (text_equal(issuer, iss) || text_equal(scheme + strlen("://"), iss));
}

/* What can be told without asking anybody. */
static bool may_be_of(const struct provider *p, const struct looking *l)
{
    return p->kind->openid && (!p->kind->at_issuer || is_issuer(p->m.issuer, l->says.iss));
}

static RESULT look_at(struct ctx *c, const char *id, struct looking *l)
{
    const struct provider *p = NULL;
    struct provider_place place = { 0 };
    TRY(provider_find(c, id, &p));
    if (!may_be_of(p, l))
        return ok();
    TRY(p->kind->open(c, p, &place));
    bool of_client = texts_hold(l->says.aud, p->m.client_id);
    if (!is_issuer(issuer_of(c, l, &place), l->says.iss) || (l->found != NULL && !of_client))
        return ok();
    l->found = p;
    l->of_client = of_client;
    return ok();
}

/* One that is not there or does not answer is no reason not to look at the others. */
static void look_at_all(struct ctx *c, struct texts providers, struct looking *l)
{
    for (size_t i = 0; i < providers.n && !l->of_client; i++) {
        err looked = look_at(c, providers.at[i], l);
        if (looked.code == ERR_OK)
            continue;
        if (looked.code != ERR_NOT_FOUND) {
            l->trouble = looked;
            l->why = c->fault;
        }
        fault_clear(c);
    }
}

static RESULT find(struct ctx *c, struct texts providers, const char *id_token,
                   const struct provider **out)
{
    struct looking l = { .trouble = ok() };
    err read = jwt_unverified(c, id_token, ID_TOKEN_BYTES_MAX, &l.says);
    if (read.code == ERR_OK)
        read = jwt_text(c, &l.says, "tid", &l.tid);
    if (read.code != ERR_OK) {
        fault_clear(c);
        return fail(c, FORBIDDEN, "what was shown is no ID token");
    }
    look_at_all(c, providers, &l);
    *out = l.found;
    if (l.found != NULL)
        return ok();
    if (l.trouble.code != ERR_OK) {
        c->fault = l.why;
        return l.trouble;
    }
    return fail(c, FORBIDDEN, "an ID token is of %.256s, which is no provider of this client",
                l.says.iss == NULL ? "(nobody)" : l.says.iss);
}

/* ---- once ---- */

/* Of what is signed: a signature can be written in more than one way (ECDSA). */
static const char *hash_of(struct ctx *c, const char *id_token)
{
    const char *dot = strrchr(id_token, '.');
    must(dot != NULL);
    return token_hash(c->arena, text_copy(c->arena, id_token, (size_t)(dot - id_token)));
}

RESULT shown_prove(struct ctx *c, struct texts providers, const char *id_token, struct shown *out)
{
    const struct provider *p = NULL;
    const struct attempt none = { 0 };
    const struct answer_brought answer = { .id_token = id_token, .no_nonce = true };
    struct person person = { 0 };
    TRY(find(c, providers, id_token, &p));
    TRY(finish_identify(c, p, &none, &answer, &person));
    *out = (struct shown){
        .once = { "id token", person.issuer, hash_of(c, id_token) },
        .expires_at = person.expires_at,
        .once_until = time_add(person.expires_at, ID_TOKEN_LEEWAY),
    };
    finish_person(c, p, &person, &out->person);
    return ok();
}
