/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/attempt.h"

#include "base/random.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "store/sign_in_attempts.h"
#include "web/cookies.h"
#include "web/door.h"

#include <string.h>

enum { PARAMETERS_MAX = 16 };

static const char seal_purpose[] = "sign-in attempt";

/* ---- what is sealed ---- */

LOCAL_SHAPE(attempt, FIELD(attempt, code_verifier, REQUIRED, 43, 43, "PKCE"),
            FIELD(attempt, nonce, REQUIRED, 43, 43, "Of the ID token"),
            FIELD(attempt, redirect_uri, REQUIRED, 1, URL_MAX, "Where it comes back"),
            FIELD(attempt, request, OPTIONAL, 43, 43, "What waits for it"),
            FIELD(attempt, then, OPTIONAL, 1, URL_MAX, "Where to go afterwards"),
            FIELD(attempt, consent, OPTIONAL, 0, 64, "Of which tenant it is"),
            FIELD(attempt, fresh_since, OPTIONAL, 0, INT64_MAX, "When it has to be proven after"));

static RESULT seal(struct ctx *c, const struct attempt *attempt, const char *hash,
                   const char **sealed)
{
    struct json_writer w = json_writer(c->arena);
    shape_write(&w, NULL, &attempt_shape, attempt);
    return seal_bytes(c, seal_purpose, hash, bytes_of(json_written(&w)), sealed);
}

static RESULT unseal(struct ctx *c, const struct sign_in_attempt_row *row, struct attempt *out)
{
    struct bytes json;
    TRY(seal_open(c, seal_purpose, row->hash, row->sealed, &json));
    TRY(shape_read_json(c, &attempt_shape, json, out));
    out->session_id = row->session_id;
    return ok();
}

/* ---- whose it is ---- */

/* One cookie for all attempts of a browser: the newest makes it live as long as itself. */
static RESULT bind_browser(struct req *r, const char **browser)
{
    const char *binding = NULL;
    TRY(cookie_get(r, COOKIE_FEDERATION, &binding));
    if (binding == NULL || strlen(binding) != RANDOM_TOKEN_CHARS)
        binding = random_token(r->c);
    cookie_set(r, COOKIE_FEDERATION, binding, ATTEMPT_SECONDS);
    *browser = token_hash(r->c->arena, binding);
    return ok();
}

static RESULT bound(struct req *r, const char **browser)
{
    const char *binding = NULL;
    TRY(cookie_get(r, COOKIE_FEDERATION, &binding));
    if (binding == NULL)
        return because(
            r->c, PROVIDER_ATTEMPT, "the cookie", NULL,
            fail_say(r->c, INVALID_REQUEST,
                     "This sign-in was begun in another browser, or too long ago. Start again.",
                     "there is no cookie of an attempt"));
    *browser = token_hash(r->c->arena, binding);
    return ok();
}

/* ---- beginning ---- */

static const char *scope_of(struct arena *a, const struct provider *p)
{
    const char *scope = p->m.scopes.n == 0 ? p->kind->scope : text_join(a, p->m.scopes, " ");
    bool more = p->m.recheck_minutes > 0 && p->kind->offline != NULL &&
                !texts_hold(p->m.scopes, p->kind->offline);
    return more ? text_printf(a, "%s %s", scope, p->kind->offline) : scope;
}

struct parameters {
    struct form_field at[PARAMETERS_MAX];
    size_t n;
};

static void put(struct parameters *q, const char *name, const char *value)
{
    if (value == NULL)
        return;
    must(q->n < PARAMETERS_MAX);
    q->at[q->n++] = (struct form_field){ name, value };
}

/* RFC 6749 4.1.1, RFC 7636 4.3, Core 3.1.2.1: state, nonce and S256 always, whatever is advertised.
 */
static const char *url_of(struct ctx *c, const struct provider *p,
                          const struct provider_place *place, const struct attempt *attempt,
                          const struct attempt_begun *begun)
{
    struct parameters q = { 0 };
    put(&q, "response_type", "code");
    put(&q, "client_id", p->m.client_id);
    put(&q, "redirect_uri", attempt->redirect_uri);
    put(&q, "scope", scope_of(c->arena, p));
    put(&q, "state", begun->state);
    put(&q, "nonce", p->kind->openid ? attempt->nonce : NULL);
    put(&q, "code_challenge", oauth_challenge(c->arena, attempt->code_verifier));
    put(&q, "code_challenge_method", "S256");
    put(&q, "response_mode", p->m.response_mode);
    put(&q, "hd", p->m.hosted_domain);
    put(&q, "prompt", attempt->fresh_since != 0 ? "login" : NULL);
    put(&q, "max_age", attempt->fresh_since != 0 ? "0" : NULL);
    const struct form form = { q.at, q.n };
    return oauth_authorization_url(c->arena, place->authorization_endpoint, &form);
}

/* entra.md 1.13 */
static const char *consent_url(struct ctx *c, const struct provider *p,
                               const struct attempt *attempt, const struct attempt_begun *begun)
{
    struct parameters q = { 0 };
    put(&q, "client_id", p->m.client_id);
    put(&q, "scope", "https://graph.microsoft.com/.default");
    put(&q, "redirect_uri", attempt->redirect_uri);
    put(&q, "state", begun->state);
    const struct form form = { q.at, q.n };
    return oauth_authorization_url(
        c->arena, text_printf(c->arena, "%s/organizations/v2.0/adminconsent", p->m.issuer), &form);
}

static const char *with(struct ctx *c, const char *url, const char *name, const char *value)
{
    const struct form_field field = { name, value };
    const struct form form = { &field, 1 };
    return oauth_authorization_url(c->arena, url, &form);
}

static RESULT choose_redirect(struct req *r, const struct provider *p,
                              const struct attempt_wanted *wanted, const char **out)
{
    *out = wanted->redirect_uri;
    if (wanted->redirect_uri == NULL)
        *out = provider_callback(r->c->arena, r->door->public_url, p->id);
    else if (!texts_hold(p->m.redirect_uris, wanted->redirect_uri))
        return fail_field(r->c, INVALID_FIELD, "redirect_uri",
                          "This is not a redirect URI of the provider.");
    return ok();
}

static RESULT store(struct req *r, const struct provider *p, const struct attempt_wanted *wanted,
                    const struct attempt *attempt, const struct attempt_begun *begun)
{
    const char *secret = wanted->by_program ? begun->handle : begun->state;
    struct sign_in_attempt_row row = { .hash = token_hash(r->c->arena, secret),
                                       .provider = p->id,
                                       .session_id = wanted->session_id,
                                       .expires_at = begun->expires_at };
    if (!wanted->by_program)
        TRY(bind_browser(r, &row.browser));
    TRY(seal(r->c, attempt, row.hash, &row.sealed));
    return sign_in_attempt_add(r->c, &row);
}

RESULT attempt_begin(struct req *r, const struct provider *p, const struct attempt_wanted *wanted,
                     struct attempt_begun *out)
{
    struct ctx *c = r->c;
    struct provider_place place;
    struct attempt attempt = { .code_verifier = random_token(c),
                               .nonce = random_token(c),
                               .request = wanted->request,
                               .then = wanted->then,
                               .consent = wanted->consent,
                               .fresh_since = wanted->fresh ? c->now : 0 };
    struct attempt_begun begun = { .state = random_token(c),
                                   .handle = wanted->by_program ? random_token(c) : NULL,
                                   .nonce = attempt.nonce,
                                   .expires_at = time_add(c->now, ATTEMPT_SECONDS) };
    if (wanted->fresh && !p->kind->says_when)
        return because(
            c, PROVIDER_RECHECK, NULL, p->id,
            fail_say(c, FORBIDDEN,
                     "This provider does not say when you last proved who you are. Use your "
                     "password here.",
                     "%s cannot be asked for a fresh sign-in", p->id));
    TRY(choose_redirect(r, p, wanted, &attempt.redirect_uri));
    TRY(p->kind->open(c, p, &place));
    TRY(store(r, p, wanted, &attempt, &begun));
    begun.url = text_equal(wanted->consent, CONSENT_ASKED) ? consent_url(c, p, &attempt, &begun)
                                                           : url_of(c, p, &place, &attempt, &begun);
    if (wanted->login_hint != NULL)
        begun.url = with(c, begun.url, "login_hint", wanted->login_hint);
    *out = begun;
    return ok();
}

/* ---- coming back ---- */

RESULT attempt_take(struct req *r, const struct provider *p, const char *state, const char *handle,
                    struct attempt *out)
{
    const struct sign_in_attempt_row *row = NULL;
    const char *browser = NULL;
    const char *secret = state != NULL ? state : handle;
    if (state != NULL)
        TRY(bound(r, &browser));
    if (secret != NULL)
        TRY(sign_in_attempt_use(r->c, token_hash(r->c->arena, secret), p->id, browser, &row));
    if (row == NULL)
        return because(
            r->c, PROVIDER_ATTEMPT, NULL, p->id,
            fail_say(r->c, INVALID_REQUEST,
                     "This sign-in is over or was begun in another browser. Start again.",
                     "there is no attempt of this state, provider and browser"));
    return unseal(r->c, row, out);
}
