/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/ending.h"

#include "client/id_token.h"
#include "client/logout_token.h"
#include "db/db.h"
#include "federation/kept.h"
#include "federation/openid.h"
#include "identity/federated.h"
#include "store/seen.h"
#include "web/browser.h"
#include "web/door.h"
#include "web/ended.h"
#include "web/reply.h"

#include <string.h>

#define SIGNED_OUT "/signed-out"

/* ---- what they tell us ---- */

static RESULT end(struct req *r, const struct upstream_meant *meant)
{
    int64_t n = 0;
    TRY(federated_end(r->c, meant, &n));
    return n > 0 ? ended(r) : ok();
}

RESULT get_frontchannel(struct req *r)
{
    const struct frontchannel *in = REQ_IN(r, frontchannel);
    const struct provider *p = NULL;
    TRY(provider_find(r->c, req_param(r, "provider"), &p));
    if (in->sid != NULL && strlen(in->sid) >= UPSTREAM_SID_MIN)
        TRY(end(r,
                &(struct upstream_meant){ .provider = p->id, .issuer = in->iss, .sid = in->sid }));
    reply_header(r, "Cache-Control", "no-store");
    return reply_text(r, 200, "text/plain; charset=utf-8", "");
}

/* What a logout token says, and how often it may say it. */
struct telling {
    struct upstream_meant meant;
    struct seen_key key;
    int64_t ended;
};

/* Back-Channel Logout 1.0 2.6, with the keys of the provider. */
static RESULT read_token(struct ctx *c, const struct provider *p, const char *token,
                         struct telling *out)
{
    struct provider_place place;
    struct logout_told told;
    TRY(p->kind->open(c, p, &place));
    if (place.metadata == NULL || place.issuer == NULL)
        return fail(c, INVALID_TOKEN, "%s sends no logout tokens", p->id);
    const struct issuer issuer = { place.issuer, place.metadata_at, place.metadata };
    TRY(logout_token_check(c, &issuer, p->m.client_id, token, NULL, &told));
    *out = (struct telling){
        .meant = { .provider = p->id,
                   .issuer = place.issuer,
                   .sid = told.sid,
                   .subject = told.sub },
        .key = { "logout token", place.issuer, told.jti },
    };
    return ok();
}

/* Its `jti` is good once; one that ended nothing because we failed is not used up. */
static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct telling *t = arg;
    int64_t until = c->now + LOGOUT_TOKEN_AGE_MAX + 2 * (int64_t)ID_TOKEN_LEEWAY;
    bool first = false;
    TRY(seen_add(c, &t->key, until, &first));
    if (!first)
        return fail(c, INVALID_TOKEN, "a logout token came twice");
    return federated_end(c, &t->meant, &t->ended);
}

RESULT post_backchannel(struct req *r)
{
    struct ctx *c = r->c;
    const struct provider *p = NULL;
    struct telling telling;
    TRY(provider_find(c, req_param(r, "provider"), &p));
    err read = read_token(c, p, REQ_IN(r, backchannel)->logout_token, &telling);
    if (read.code == ERR_OK)
        read = db_atomically(c, take_in, &telling);
    if (read.code == ERR_INVALID_TOKEN) {
        const char *why = c->fault.text;
        fault_clear(c);
        return because(c, PROVIDER_LOGOUT, NULL, p->id, fail(c, INVALID_REQUEST, "%s", why));
    }
    TRY(read);
    if (telling.ended > 0)
        TRY(ended(r));
    reply_header(r, "Cache-Control", "no-store");
    return reply_text(r, 200, "application/json", "{}");
}

/* ---- what they are told ---- */

/* RP-Initiated Logout 1.0 2; Entra takes a logout_hint. */
static RESULT address(struct req *r, const struct provider *p, const struct upstream_session *was,
                      const char **url)
{
    struct ctx *c = r->c;
    struct provider_place place;
    struct kept kept;
    *url = NULL;
    TRY(kept_open(c, p, was->subject, was->sealed, &kept));
    TRY(p->kind->open(c, p, &place));
    if (place.metadata == NULL || place.metadata->end_session_endpoint == NULL)
        return ok();
    struct form_field fields[4] = {
        { "client_id", p->m.client_id },
        { "post_logout_redirect_uri", text_printf(c->arena, "%s" SIGNED_OUT, r->door->public_url) },
    };
    struct form form = { fields, 2 };
    if (kept.login_hint != NULL)
        fields[form.n++] = (struct form_field){ "logout_hint", kept.login_hint };
    if (kept.id_token != NULL)
        fields[form.n++] = (struct form_field){ "id_token_hint", kept.id_token };
    *url = oauth_authorization_url(c->arena, place.metadata->end_session_endpoint, &form);
    return ok();
}

/* Who has signed out here is signed out, whatever becomes of there. */
RESULT get_signed_out_there(struct req *r)
{
    struct ctx *c = r->c;
    const struct session_row *session = NULL;
    const struct upstream_session *was = NULL;
    const struct provider *p = NULL;
    const char *url = NULL;
    TRY(browser_ended(r, &session));
    if (session != NULL)
        TRY(upstream_session_find(c, session->id, &was));
    if (was == NULL || !text_equal(was->provider, req_param(r, "provider")))
        return reply_redirect(r, SIGNED_OUT);
    err found = provider_find(c, was->provider, &p);
    if (found.code == ERR_OK && p->m.sign_out)
        found = address(r, p, was, &url);
    if (found.code != ERR_OK)
        fault_note(c);
    return reply_redirect(r, url == NULL ? SIGNED_OUT : url);
}
