/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_remote.h"

#include "base/config.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "client/azure_source.h"
#include "client/key_vault.h"
#include "client/key_vault_settings.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "crypto/signature.h"
#include "token/key_versions.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { REMOTE_CEILING = 1024 * 1024, ONE_WORKER_IN = 2 };

static const char trial[] = "uauth key trial";

struct key_remote {
    struct arena *arena; /* in which all of it lives, itself included; only who polls writes it */
    _Atomic size_t holders;
    const char *reference;
    const char *name, *pinned; /* of the key; its version, or NULL */
    enum jws_alg alg;
    int64_t limit_ms;
    struct azure_credential *credential;
    struct key_vault *vault;
    _Atomic int64_t due_at, known_at;
    _Atomic int64_t waiting, signatures, failures;
    atomic_bool fails; /* the last call has */
    atomic_uint generation;
    pthread_mutex_t polling; /* one does so at a time */
    pthread_mutex_t lock;    /* of what follows, for moments */
    struct key_version at[KEY_REMOTE_VERSIONS_MAX];
    size_t n;
};

/* ---- its life ---- */

static void end(struct key_remote *r)
{
    key_vault_free(r->vault);
    azure_credential_free(r->credential);
    (void)pthread_mutex_destroy(&r->lock);
    (void)pthread_mutex_destroy(&r->polling);
    arena_end(r->arena);
}

static RESULT open_vault(struct ctx *c, struct key_remote *r)
{
    struct vault_address address;
    const char *authority = NULL;
    TRY(key_vault_credential(c, &r->credential));
    TRY(azure_authority(c, r->credential, &authority));
    if (vault_address_read(c, r->reference, authority, &address).code != ERR_OK) {
        const char *why = c->fault.text;
        fault_clear(c);
        return fail_field(c, INVALID_FIELD, "AUTH_JWT_KEY_VAULT_KEY", why);
    }
    r->name = text_keep(r->arena, address.name);
    r->pinned = text_keep(r->arena, address.version);
    const struct key_vault_plan plan = { .url = address.url,
                                         .credential = r->credential,
                                         .limit_ms = r->limit_ms,
                                         .breaker = text_printf(
                                             c->arena, KEY_VAULT_BREAKER " %.48s", address.host) };
    return key_vault_new(c, &plan, &r->vault);
}

RESULT key_remote_new(struct ctx *c, enum jws_alg alg, struct key_remote **out)
{
    struct arena *a = arena_new(REMOTE_CEILING);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for the keys");
    struct key_remote *r = ARENA_NEW(a, struct key_remote);
    r->arena = a;
    r->holders = 1;
    r->alg = alg;
    r->reference = text_keep(a, c->config->jwt_key_vault_key);
    r->limit_ms = c->config->key_vault_timeout_ms;
    if (pthread_mutex_init(&r->lock, NULL) != 0 || pthread_mutex_init(&r->polling, NULL) != 0) {
        arena_end(a);
        return fail(c, UNAVAILABLE, "no lock could be made for the keys");
    }
    err opened = open_vault(c, r);
    if (opened.code == ERR_OK)
        *out = r;
    else
        end(r);
    return opened;
}

struct key_remote *key_remote_hold(struct key_remote *r)
{
    if (r != NULL)
        r->holders++;
    return r;
}

void key_remote_release(struct key_remote *r)
{
    if (r != NULL && --r->holders == 0)
        end(r);
}

bool key_remote_is_configured(const struct ctx *c, const struct key_remote *r, enum jws_alg alg)
{
    return r != NULL && r->alg == alg && r->limit_ms == c->config->key_vault_timeout_ms &&
           text_equal(r->reference, c->config->jwt_key_vault_key);
}

/* ---- what it knows ---- */

unsigned key_remote_generation(const struct key_remote *r)
{
    return atomic_load(&r->generation);
}

bool key_remote_knows(const struct key_remote *r, int64_t since)
{
    return atomic_load(&r->known_at) >= time_add(since, KEY_REMOTE_SOON_SECONDS);
}

bool key_remote_is_due(const struct ctx *c, struct key_remote *r)
{
    int64_t due = atomic_load(&r->due_at);
    return c->upstreams != NULL && due <= c->now &&
           atomic_compare_exchange_strong(&r->due_at, &due, c->now + KEY_REMOTE_POLL_SECONDS);
}

void key_remote_miss(const struct ctx *c, struct key_remote *r)
{
    int64_t due = atomic_load(&r->due_at);
    if (due > c->now + KEY_REMOTE_SOON_SECONDS)
        (void)atomic_compare_exchange_strong(&r->due_at, &due, c->now + KEY_REMOTE_SOON_SECONDS);
}

const struct key *key_remote_newest(struct key_remote *r)
{
    const struct key_version *newest = NULL;
    (void)pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].may_sign && (newest == NULL || key_version_is_newer(&r->at[i], newest)))
            newest = &r->at[i];
    const struct key *key = newest == NULL ? NULL : newest->key;
    (void)pthread_mutex_unlock(&r->lock);
    return key;
}

/* `lock` is held. */
static const struct key_version *find(const struct key_remote *r, const char *kid)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].key != NULL && text_equal(r->at[i].key->kid, kid))
            return &r->at[i];
    return NULL;
}

const struct key *key_remote_find(struct key_remote *r, const char *kid, bool *may_sign,
                                  bool *enabled)
{
    (void)pthread_mutex_lock(&r->lock);
    const struct key_version *found = find(r, kid);
    const struct key *key = found == NULL ? NULL : found->key;
    *may_sign = found != NULL && found->may_sign;
    *enabled = found != NULL && found->enabled;
    (void)pthread_mutex_unlock(&r->lock);
    return key;
}

/* ---- asking for versions ---- */

static RESULT read_key(struct ctx *c, struct key_remote *r, const struct vault_key *from,
                       const struct key **out)
{
    if (!from->may_sign)
        return fail(c, INVALID_REQUEST, "the key %s is not for signing", r->reference);
    size_t n = strlen(from->jwk);
    const char *jwk =
        text_printf(c->arena, "%.*s,\"alg\":\"%s\"}", (int)(n - 1), from->jwk, alg_name(r->alg));
    if (key_read_jwk(c, r->arena, bytes_of(jwk), false, out).code == ERR_OK)
        return ok();
    const char *why = c->fault.text;
    fault_clear(c);
    return fail(c, INVALID_REQUEST, "the key %s cannot sign with %s: %s (AUTH_JWT_ALGORITHM)",
                r->reference, alg_name(r->alg), why);
}

static RESULT list(struct ctx *c, struct key_remote *r, struct vault_versions *out)
{
    struct vault_key got;
    struct vault_version *one = ARENA_NEW(c->arena, struct vault_version);
    if (r->pinned == NULL) {
        TRY(key_vault_key_versions(c, r->vault, r->name, out));
    } else {
        TRY(key_vault_key(c, r->vault, r->name, r->pinned, &got));
        *one = got.is;
        *out = (struct vault_versions){ one, 1 };
    }
    if (out->n > KEY_REMOTE_VERSIONS_MAX)
        out->n = KEY_REMOTE_VERSIONS_MAX;
    return ok();
}

/* Asks for the versions that are not known, into `got`.  What was never good for anything here is
 * not asked for. */
static RESULT ask_new(struct ctx *c, struct key_remote *r, const struct vault_versions *versions,
                      struct key_versions *known, struct vault_key *got)
{
    for (size_t i = 0; i < versions->n; i++) {
        const struct vault_version *v = &versions->at[i];
        if (vault_version_is_good(v, c->now) && key_versions_find(known, v->version) == NULL)
            TRY(key_vault_key(c, r->vault, r->name, v->version, &got[i]));
    }
    return ok();
}

/* One that cannot sign is no reason to do without the others. */
static void meet(struct ctx *c, struct key_remote *r, const struct vault_version *is,
                 const struct vault_key *got, struct key_versions *known)
{
    struct key_version *v = key_versions_place(known);
    memset(v, 0, sizeof *v);
    memcpy(v->name, is->version, VAULT_VERSION_CHARS + 1);
    v->created_at = is->created_at;
    if (read_key(c, r, got, &v->key).code == ERR_OK)
        return;
    known->flaw = c->fault.text;
    fault_clear(c);
    v->key = NULL;
    LOG_LINE(c->log, c, LOG_WARN, "a version of the key in the key vault cannot sign",
             { "version", .text = v->name }, { "why", .text = known->flaw });
}

/* Keys are read into the memory of `r` when all has been answered, and each once: who polls for
 * years has no more of them than there are versions. */
static RESULT learn(struct ctx *c, struct key_remote *r, struct key_versions *known)
{
    struct vault_versions versions;
    struct vault_key *got = ARENA_NEWS(c->arena, struct vault_key, KEY_REMOTE_VERSIONS_MAX);
    TRY(list(c, r, &versions));
    TRY(ask_new(c, r, &versions, known, got));
    for (size_t i = 0; i < versions.n; i++)
        if (got[i].jwk != NULL)
            meet(c, r, &versions.at[i], &got[i], known);
    key_versions_mark(known, &versions, c->now);
    return ok();
}

static void put(struct key_remote *r, const struct key_versions *known)
{
    (void)pthread_mutex_lock(&r->lock);
    if (r->n != known->n || !key_versions_same(r->at, known->at, known->n))
        (void)atomic_fetch_add(&r->generation, 1);
    memcpy(r->at, known->at, sizeof r->at);
    r->n = known->n;
    (void)pthread_mutex_unlock(&r->lock);
}

static RESULT check(struct ctx *c, const struct key_remote *r, const struct key_versions *known)
{
    for (size_t i = 0; i < known->n; i++)
        if (known->at[i].may_sign)
            return ok();
    return known->flaw != NULL
               ? fail(c, INVALID_REQUEST, "%s", known->flaw)
               : fail(c, INVALID_REQUEST, "no version of the key %s may sign", r->reference);
}

RESULT key_remote_poll(struct ctx *c, struct key_remote *r)
{
    (void)pthread_mutex_lock(&r->polling);
    struct key_versions *known = ARENA_NEW(c->arena, struct key_versions);
    memcpy(known->at, r->at, sizeof known->at); /* written by who polls */
    known->n = r->n;
    err learnt = learn(c, r, known);
    if (learnt.code == ERR_OK) {
        put(r, known);
        learnt = check(c, r, known);
    }
    if (learnt.code == ERR_OK)
        atomic_store(&r->known_at, c->now);
    (void)pthread_mutex_unlock(&r->polling);
    atomic_store(&r->due_at, c->now + KEY_REMOTE_POLL_SECONDS);
    return learnt;
}

/* ---- signing ---- */

static bool enter(const struct ctx *c, struct key_remote *r)
{
    if (++r->waiting <= config_workers_share(c->config, ONE_WORKER_IN))
        return true;
    r->waiting--;
    return false;
}

/* Whoever asks for a token is told to come again, whatever it was. */
static RESULT unavailable(struct ctx *c, const struct key_remote *r)
{
    int64_t after = c->fault.retry_after;
    const char *why = c->fault.text == NULL ? "" : c->fault.text;
    fault_clear(c);
    err failed = fail(c, UNAVAILABLE, "the key %s does not sign: %s", r->reference, why);
    c->fault.retry_after = after > 0 ? after : KEY_REMOTE_RETRY_SECONDS;
    return failed;
}

static RESULT ask(struct ctx *c, struct key_remote *r, const struct key *key, struct bytes in,
                  struct bytes *signature)
{
    uint8_t digest[DIGEST_SHA384];
    struct vault_signing signing = { .name = r->name, .alg = key->alg };
    bool is_384 = key->alg == ALG_ES384;
    (void)pthread_mutex_lock(&r->lock);
    const struct key_version *found = find(r, key->kid);
    signing.version = found == NULL ? NULL : text_keep(c->arena, found->name);
    (void)pthread_mutex_unlock(&r->lock);
    if (is_384)
        sha384(in, digest);
    else
        sha256(in, digest);
    signing.digest = (struct bytes){ digest, is_384 ? DIGEST_SHA384 : DIGEST_SHA256 };
    TRY(key_vault_sign(c, r->vault, &signing, signature));
    /* Also that it was this version. */
    return signature_holds(key, key->alg, in, *signature)
               ? ok()
               : fail(c, UPSTREAM, "the signature is not of the key %s", key->kid);
}

static RESULT sign(struct ctx *c, struct key_remote *r, const struct key *key, struct bytes in,
                   struct bytes *signature)
{
    if (!enter(c, r)) {
        err full = fail(c, UNAVAILABLE, "too many wait for a signature of %s", r->reference);
        c->fault.retry_after = 1;
        return full;
    }
    err asked = ask(c, r, key, in, signature);
    r->waiting--;
    atomic_store(&r->fails, asked.code != ERR_OK);
    if (asked.code == ERR_OK)
        r->signatures++;
    else
        r->failures++;
    return asked.code == ERR_OK ? asked : unavailable(c, r);
}

RESULT key_remote_sign(struct ctx *c, struct key_remote *r, const struct key *key, const char *typ,
                       const char *payload, const char **token)
{
    const struct jws_head head = { .typ = typ, .kid = key->kid };
    const char *text = jws_unsigned(c->arena, key->alg, &head, bytes_of(payload));
    struct bytes signature;
    TRY(sign(c, r, key, bytes_of(text), &signature));
    *token = jws_complete(c->arena, text, signature);
    return ok();
}

RESULT key_remote_ready(struct ctx *c, struct key_remote *r, const struct key *key)
{
    struct bytes signature;
    return atomic_load(&r->fails) ? sign(c, r, key, bytes_of(trial), &signature) : ok();
}

struct key_remote_figures key_remote_figures(struct key_remote *r)
{
    return (struct key_remote_figures){ .answers = !atomic_load(&r->fails),
                                        .signatures = r->signatures,
                                        .failures = r->failures,
                                        .waiting = r->waiting };
}
