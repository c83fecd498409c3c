/* SPDX-License-Identifier: Apache-2.0 */
#include "client/key_vault_inside.h"

#include "base/json_writer.h"
#include "base/random.h"
#include "base/time.h"
#include "client/azure_source.h"
#include "client/entra_claims.h"
#include "client/upstreams.h"

#include <pthread.h>
#include <string.h>

enum { VAULT_CEILING = 64 * 1024, HEADERS_MAX = 4, FIRST_WAIT_MS = 500, UNAUTHORIZED = 401 };

struct key_vault {
    struct arena *arena; /* in which all of it lives */
    struct vault_address address;
    struct azure_credential *credential;
    int64_t limit_ms;
    const char *breaker;
    struct outbound_kept *kept; /* connections to it */
    pthread_mutex_t lock;       /* of what follows */
    bool challenged;
    char scope[VAULT_TEXT_MAX + sizeof "/.default"];
    char tenant[VAULT_TEXT_MAX];
};

const char *key_vault_url(const struct key_vault *v)
{
    return v->address.url;
}

const char *key_vault_host(const struct key_vault *v)
{
    return v->address.host;
}

/* ---- its life ---- */

RESULT key_vault_new(struct ctx *c, const struct key_vault_plan *plan, struct key_vault **out)
{
    struct vault_address address;
    TRY(vault_url_read(c, plan->url, &address));
    struct arena *a = arena_new(VAULT_CEILING);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for a key vault");
    struct key_vault *v = ARENA_NEW(a, struct key_vault);
    *v = (struct key_vault){ .arena = a,
                             .address = { .url = text_keep(a, address.url),
                                          .host = text_keep(a, address.host) },
                             .credential = plan->credential,
                             .limit_ms = plan->limit_ms == 0 ? KEY_VAULT_LIMIT_MS : plan->limit_ms,
                             .breaker = text_keep(a, plan->breaker) };
    if (pthread_mutex_init(&v->lock, NULL) != 0) {
        arena_end(a);
        return fail(c, UNAVAILABLE, "no lock could be made for a key vault");
    }
    v->kept = outbound_kept_new();
    if (v->kept == NULL) {
        key_vault_free(v);
        return fail(c, UNAVAILABLE, "there is no memory for a key vault");
    }
    *out = v;
    return ok();
}

void key_vault_free(struct key_vault *v)
{
    if (v == NULL)
        return;
    outbound_kept_free(v->kept);
    (void)pthread_mutex_destroy(&v->lock);
    arena_end(v->arena);
}

/* ---- what it has asked for ---- */

static bool recall(struct ctx *c, struct key_vault *v, struct vault_challenge *out)
{
    (void)pthread_mutex_lock(&v->lock);
    bool challenged = v->challenged;
    if (challenged)
        *out = (struct vault_challenge){ text_keep(c->arena, v->scope),
                                         text_keep(c->arena, v->tenant) };
    (void)pthread_mutex_unlock(&v->lock);
    return challenged;
}

/* Reads the challenge of an answer, and keeps it.  *changed: it is another than was kept. */
static RESULT learn(struct ctx *c, struct key_vault *v, const struct http_answer *answer,
                    struct vault_challenge *out, bool *changed)
{
    const char *authority = NULL;
    const char *said = http_answer_header(answer, "www-authenticate");
    TRY(azure_authority(c, v->credential, &authority));
    const char *why =
        vault_challenge_read(c->arena, said == NULL ? "" : said, v->address.url, authority, out);
    if (why != NULL)
        return fail(c, UPSTREAM, "the challenge of the key vault %s is not followed: %s",
                    v->address.host, why);
    (void)pthread_mutex_lock(&v->lock);
    *changed =
        !v->challenged || strcmp(v->scope, out->scope) != 0 || strcmp(v->tenant, out->tenant) != 0;
    memcpy(v->scope, out->scope, strlen(out->scope) + 1);
    memcpy(v->tenant, out->tenant, strlen(out->tenant) + 1);
    v->challenged = true;
    (void)pthread_mutex_unlock(&v->lock);
    return ok();
}

/* ---- one request ---- */

/* A request on its way. */
struct asking {
    struct key_vault *v;
    const struct vault_request *request;
    int64_t deadline_ms; /* of time_monotonic_ms */
};

static int64_t time_left(const struct asking *q)
{
    int64_t left = q->deadline_ms - time_monotonic_ms();
    return left < 1 ? 1 : left > KEY_VAULT_CALL_MS ? KEY_VAULT_CALL_MS : left;
}

/* `token` NULL: as the first one is sent, without a body. */
static RESULT call(struct ctx *c, const struct asking *q, const char *token,
                   struct http_answer *out)
{
    struct upstreams *u = NULL;
    const char *headers[HEADERS_MAX] = {
        "Accept: application/json",
        text_printf(c->arena, "x-ms-client-request-id: %s", random_uuid(c)),
    };
    struct http_call call = { .method = q->request->method,
                              .url = q->request->url,
                              .origin = OUTBOUND_CONFIGURED,
                              .headers = headers,
                              .headers_n = 2,
                              .answer_max = VAULT_ANSWER_MAX,
                              .limit_ms = time_left(q),
                              .kept = q->v->kept };
    TRY(upstreams_of(c, &u));
    if (token != NULL)
        headers[call.headers_n++] = text_printf(c->arena, "Authorization: Bearer %s", token);
    if (token != NULL && q->request->body != NULL) {
        headers[call.headers_n++] = "Content-Type: application/json";
        call.body = bytes_of(q->request->body);
    }
    return http_call(c, u->resolver, &call, out);
}

/* A token for what the vault has asked for, in the time that is left. */
static RESULT sign_in(struct ctx *c, const struct asking *q,
                      const struct vault_challenge *challenge, const char *claims,
                      const char **token)
{
    const struct outbound_rules *before = c->outbound;
    struct outbound_rules rules = { 0 };
    if (before != NULL)
        rules = *before;
    if (rules.limit_ms == 0 || rules.limit_ms > time_left(q))
        rules.limit_ms = time_left(q);
    const struct azure_asked asked = { challenge->scope, challenge->tenant, claims };
    struct azure_token got = { 0 };
    c->outbound = &rules;
    err result = azure_credential_get(c, q->v->credential, &asked, &got);
    c->outbound = before;
    *token = got.token;
    if (result.code != ERR_NOT_FOUND)
        return result;
    const char *why = c->fault.text;
    fault_clear(c);
    return fail(c, UNAVAILABLE, "the key vault %s wants to know who we are: %s", q->v->address.host,
                why);
}

/* The answer says what the next token has to be for: another resource or tenant, or with claims
 * (continuous access evaluation).  False: nothing that could help. */
static RESULT ask_again(struct ctx *c, const struct asking *q, struct vault_challenge *challenge,
                        struct http_answer *out)
{
    const char *said = http_answer_header(out, "www-authenticate");
    const char *claims = said == NULL ? NULL : entra_challenge_claims(c->arena, said);
    const char *token = NULL;
    bool changed = false;
    if (said == NULL)
        return ok();
    if (claims == NULL)
        TRY(learn(c, q->v, out, challenge, &changed));
    if (claims == NULL && !changed)
        return ok();
    TRY(sign_in(c, q, challenge, claims, &token));
    return call(c, q, token, out);
}

/* Sends the request with a token.  Whatever was answered is ok(). */
static RESULT send_once(struct ctx *c, const struct asking *q, struct http_answer *out)
{
    struct vault_challenge challenge;
    const char *token = NULL;
    bool changed = false;
    if (!recall(c, q->v, &challenge)) {
        TRY(call(c, q, NULL, out));
        if (out->status != UNAUTHORIZED)
            return ok();
        TRY(learn(c, q->v, out, &challenge, &changed));
    }
    TRY(sign_in(c, q, &challenge, NULL, &token));
    TRY(call(c, q, token, out));
    return out->status == UNAUTHORIZED ? ask_again(c, q, &challenge, out) : ok();
}

/* ---- as often as it takes ---- */

bool key_vault_may_pass(int status)
{
    return status == 408 || status == 429 || status >= 500;
}

/* Milliseconds to wait before another try; 0: there is no time for one. */
static int64_t pause(struct ctx *c, const struct asking *q, const struct http_answer *answer,
                     unsigned tried)
{
    int64_t asked = oauth_retry_after(c, answer) * 1000;
    int64_t ms = (int64_t)FIRST_WAIT_MS << tried;
    ms = ms / 2 + random_below(c->random, (uint32_t)(ms / 2) + 1);
    ms = asked > ms ? asked : ms;
    return time_monotonic_ms() + ms < q->deadline_ms ? ms : 0;
}

static RESULT send_often(struct ctx *c, const struct asking *q, struct http_answer *out)
{
    for (unsigned tried = 0;; tried++) {
        err sent = send_once(c, q, out);
        /* Who does not answer at all is asked again where there is time, too. */
        bool passes =
            sent.code == ERR_UPSTREAM ? out->status == 0 : key_vault_may_pass(out->status);
        if (!passes || (sent.code != ERR_OK && sent.code != ERR_UPSTREAM))
            return sent;
        int64_t ms = pause(c, q, out, tried);
        if (ms == 0)
            return sent;
        fault_clear(c);
        *out = (struct http_answer){ .status = 0 };
        azure_wait(&q->v->credential->platform, ms);
    }
}

static RESULT ask(struct ctx *c, struct key_vault *v, const struct vault_request *request,
                  struct http_answer *out)
{
    const struct asking q = { v, request, time_monotonic_ms() + v->limit_ms };
    *out = (struct http_answer){ .status = 0 };
    TRY(send_often(c, &q, out));
    return out->status == 200 ? ok() : key_vault_refusal(c, v->address.host, out);
}

/* Whether it is the vault that is in trouble, and not what it was asked for. */
static bool is_trouble(enum err_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_UPSTREAM;
}

RESULT key_vault_ask(struct ctx *c, struct key_vault *v, const struct vault_request *request,
                     struct http_answer *out)
{
    struct upstreams *u = NULL;
    if (v->breaker == NULL)
        return ask(c, v, request, out);
    TRY(upstreams_of(c, &u));
    TRY(breaker_check(c, u->breakers, v->breaker));
    err asked = ask(c, v, request, out);
    if (is_trouble(asked.code))
        breaker_failed(c, u->breakers, v->breaker, c->fault.retry_after);
    else
        breaker_done(c, u->breakers, v->breaker);
    return asked;
}
