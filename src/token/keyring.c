/* SPDX-License-Identifier: Apache-2.0 */
#include "token/keyring.h"

#include "base/log.h"
#include "crypto/jwt.h"
#include "token/key_snapshot.h"
#include "token/key_steps.h"

#include <pthread.h>

/* What is shared by all threads and changes. */
struct holder {
    pthread_mutex_t reading;  /* held while the table is read, so that no older state comes last */
    pthread_mutex_t swapping; /* held for the moment in which the snapshot is taken or swapped */
    struct key_snapshot *now; /* written by who holds both */
};

struct keyring {
    const char *tenant_id; /* whose keys; NULL: the service's own */
    struct holder *holder;
};

/* ---- the snapshot ---- */

/* NULL while the keyring is opened. */
static struct key_snapshot *hold(const struct keyring *k)
{
    (void)pthread_mutex_lock(&k->holder->swapping);
    struct key_snapshot *snapshot = k->holder->now;
    if (snapshot != NULL)
        snapshot->holders++;
    (void)pthread_mutex_unlock(&k->holder->swapping);
    return snapshot;
}

/* Holds it until the arena of `c` ends. */
static const struct key_snapshot *hold_for(struct ctx *c, const struct keyring *k)
{
    struct key_snapshot *snapshot = hold(k);
    if (snapshot != NULL)
        ARENA_OWN(c->arena, struct key_snapshot, key_snapshot_release, snapshot);
    return snapshot;
}

static void swap(struct keyring *k, struct key_snapshot *snapshot)
{
    (void)pthread_mutex_lock(&k->holder->swapping);
    struct key_snapshot *before = k->holder->now;
    k->holder->now = snapshot;
    (void)pthread_mutex_unlock(&k->holder->swapping);
    if (before != NULL)
        key_snapshot_release(before);
}

/* ---- reading the table ---- */

static bool has_expired(const struct ctx *c, const struct key_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->at[i].state == KEY_ROW_RETIRED && rows->at[i].expires_at <= c->now)
            return true;
    return false;
}

/* The table without what has expired. */
static RESULT list_live(struct ctx *c, const char *tenant_id, struct key_rows *out)
{
    int64_t removed = 0;
    TRY(keys_list(c, tenant_id, out));
    if (!has_expired(c, out))
        return ok();
    TRY(keys_remove_expired(c, &removed));
    return keys_list(c, tenant_id, out);
}

/* Whether the snapshot is what would be made of these. */
static bool is_same(const struct key_snapshot *snapshot, const char *rows,
                    const struct key_source *source)
{
    return snapshot != NULL && snapshot->source.alg == source->alg &&
           snapshot->source.more == source->more && snapshot->source.file == source->file &&
           snapshot->source.remote == source->remote &&
           snapshot->source.generation == source->generation && text_equal(snapshot->rows, rows);
}

/* `reading` is held.  Where this node must be able to sign (`signs`), it is left as it was if it
 * could not. */
static RESULT read_table(struct ctx *c, struct keyring *k, struct key_source *source, bool signs)
{
    struct key_rows rows;
    struct key_snapshot *made = NULL;
    if (source->remote != NULL)
        source->generation = key_remote_generation(source->remote);
    if (source->file == NULL || source->more != 0)
        TRY(keys_advance(c, source));
    TRY(list_live(c, k->tenant_id, &rows));
    if (is_same(k->holder->now, key_rows_text(c->arena, &rows), source))
        return ok();
    TRY(key_snapshot_make(c, &rows, source, &made));
    if (made->signer == NULL && signs) {
        key_snapshot_release(made);
        return fail(
            c, INVALID_REQUEST,
            "the signing key is in the table for another algorithm: a new algorithm takes a "
            "new key");
    }
    swap(k, made);
    return ok();
}

static RESULT take_up(struct ctx *c, struct keyring *k, struct key_source *source)
{
    if (source->file != NULL)
        TRY(keys_adopt(c, source->file->key));
    /* Of a vault there may be more to learn first. */
    return read_table(c, k, source, source->remote == NULL);
}

static RESULT read_source(struct ctx *c, const struct keyring *k, struct key_source *out)
{
    if (k->tenant_id != NULL) {
        *out = key_source_of_tenant(c->config, k->tenant_id);
        return ok();
    }
    const struct key_snapshot *now = hold_for(c, k);
    return key_source_read(c, now == NULL ? NULL : &now->source, out);
}

RESULT keyring_reload(struct ctx *c, struct keyring *k)
{
    struct key_source source;
    TRY(read_source(c, k, &source));
    (void)pthread_mutex_lock(&k->holder->reading);
    err done = take_up(c, k, &source);
    (void)pthread_mutex_unlock(&k->holder->reading);
    key_source_release(&source);
    return done;
}

/* Asks the key vault, if it is time: without any lock, and what fails is tried again later. */
static void ask_vault(struct ctx *c, const struct key_snapshot *now)
{
    struct key_remote *remote = now->source.remote;
    if (remote == NULL)
        return;
    if (now->signer == NULL)
        key_remote_miss(c, remote);
    if (!key_remote_is_due(c, remote) || key_remote_poll(c, remote).code == ERR_OK)
        return;
    LOG_LINE(c->log, c, LOG_WARN, "the key vault did not tell of its keys",
             { "why", .text = c->fault.text });
    fault_clear(c);
}

RESULT keyring_refresh(struct ctx *c, struct keyring *k)
{
    ask_vault(c, hold_for(c, k));
    (void)pthread_mutex_lock(&k->holder->reading);
    struct key_source source = k->holder->now->source;
    err done = read_table(c, k, &source, false);
    (void)pthread_mutex_unlock(&k->holder->reading);
    return done;
}

/* ---- its life ---- */

static RESULT holder_new(struct ctx *c, struct arena *a, struct holder **out)
{
    struct holder *holder = ARENA_NEW(a, struct holder);
    if (pthread_mutex_init(&holder->reading, NULL) != 0 ||
        pthread_mutex_init(&holder->swapping, NULL) != 0)
        return fail(c, UNAVAILABLE, "no lock could be made for the keys");
    *out = holder;
    return ok();
}

RESULT keyring_open(struct ctx *c, struct arena *a, const char *tenant_id, struct keyring **out)
{
    struct keyring *k = ARENA_NEW(a, struct keyring);
    k->tenant_id = text_keep(a, tenant_id);
    TRY(holder_new(c, a, &k->holder));
    err opened = keyring_reload(c, k);
    if (opened.code == ERR_OK)
        *out = k;
    else
        keyring_close(k);
    return opened;
}

void keyring_close(struct keyring *k)
{
    if (k == NULL)
        return;
    if (k->holder->now != NULL)
        key_snapshot_release(k->holder->now);
    k->holder->now = NULL;
    (void)pthread_mutex_destroy(&k->holder->swapping);
    (void)pthread_mutex_destroy(&k->holder->reading);
}

/* ---- for everybody ---- */

RESULT keyring_rotate(struct ctx *c, struct keyring *k, bool emergency)
{
    const struct key_snapshot *now = hold_for(c, k);
    if (now->source.file != NULL)
        return fail_say(c, CONFLICT,
                        "The signing key is in a file: replace the file and send SIGHUP.",
                        "the signing key is in %s", now->source.file->path);
    if (now->source.remote != NULL)
        return fail_say(c, CONFLICT,
                        "The signing key is in a key vault: make a new version there, and disable "
                        "the old one if it is not to be trusted.",
                        "the signing key is in a key vault");
    TRY(keys_rotate(c, &now->source, emergency));
    return keyring_refresh(c, k);
}

RESULT keyring_jwks(struct ctx *c, const struct keyring *k, struct bytes *json, const char **etag)
{
    const struct key_snapshot *snapshot = hold_for(c, k);
    *json = snapshot->jwks;
    *etag = snapshot->etag;
    return ok();
}

static RESULT wait_for_vault(struct ctx *c)
{
    err failed = fail(c, UNAVAILABLE,
                      "the key vault has not told of the key that signs: it is away, or the key is "
                      "in another one (AUTH_JWT_KEY_VAULT_KEY)");
    c->fault.retry_after = KEY_REMOTE_RETRY_SECONDS;
    return failed;
}

/* The key for `use`, which the snapshot holds. */
static RESULT find_signer(struct ctx *c, const struct key_snapshot *snapshot,
                          const struct keyring_use *use, const struct key **out)
{
    enum jws_alg alg = use->alg == NULL ? 0 : alg_from_name(use->alg);
    *out = use->alg != NULL && alg == 0 ? NULL : key_snapshot_signer(snapshot, alg);
    if (*out == NULL && use->alg == NULL && snapshot->source.remote != NULL)
        return wait_for_vault(c);
    if (*out == NULL && use->alg != NULL)
        return fail(c, UNAVAILABLE,
                    "no key signs with %s: it is not in AUTH_JWT_MORE_ALGORITHMS, or its first key "
                    "has not been published long enough (uauth key list)",
                    use->alg);
    if (*out == NULL)
        return fail(c, UNAVAILABLE,
                    "the key of this node's file is not published any more, because another node "
                    "has a newer one: bring the new file here and send SIGHUP");
    return ok();
}

static RESULT make_and_sign(struct ctx *c, const struct key_snapshot *snapshot,
                            const struct keyring_use *use, const struct keyring_payload *payload,
                            const char **token)
{
    const struct key *key = NULL;
    const char *text = payload->text;
    TRY(find_signer(c, snapshot, use, &key));
    if (payload->make != NULL)
        TRY(payload->make(c, alg_name(key->alg), payload->arg, &text));
    return key->is_private
               ? jwt_sign(c, key, use->typ, text, token)
               : key_remote_sign(c, snapshot->source.remote, key, use->typ, text, token);
}

RESULT keyring_ready(struct ctx *c, const struct keyring *k)
{
    const struct key_snapshot *snapshot = hold_for(c, k);
    const struct key *key = snapshot->signer;
    if (snapshot->source.remote == NULL || (key != NULL && key->is_private))
        return ok();
    return key == NULL ? wait_for_vault(c) : key_remote_ready(c, snapshot->source.remote, key);
}

bool keyring_vault(struct ctx *c, const struct keyring *k, struct keyring_vault *out)
{
    const struct key_snapshot *snapshot = hold_for(c, k);
    if (snapshot->source.remote == NULL)
        return false;
    struct key_remote_figures figures = key_remote_figures(snapshot->source.remote);
    *out = (struct keyring_vault){ .signs = figures.answers && snapshot->signer != NULL,
                                   .signatures = figures.signatures,
                                   .failures = figures.failures,
                                   .waiting = figures.waiting };
    return true;
}

RESULT keyring_sign_made(struct ctx *c, const struct keyring *k, const struct keyring_use *use,
                         const struct keyring_payload *payload, const char **token)
{
    struct key_snapshot *snapshot = hold(k);
    err done = make_and_sign(c, snapshot, use, payload, token);
    key_snapshot_release(snapshot);
    return done;
}

RESULT keyring_sign(struct ctx *c, const struct keyring *k, const char *typ, const char *payload,
                    const char **token)
{
    return keyring_sign_as(c, k, &(struct keyring_use){ .typ = typ }, payload, token);
}

RESULT keyring_sign_as(struct ctx *c, const struct keyring *k, const struct keyring_use *use,
                       const char *payload, const char **token)
{
    return keyring_sign_made(c, k, use, &(struct keyring_payload){ .text = payload }, token);
}

unsigned keyring_algs(struct ctx *c, const struct keyring *k)
{
    return hold_for(c, k)->algs;
}

RESULT keyring_list(struct ctx *c, const struct keyring *k, struct key_infos *out)
{
    *out = hold_for(c, k)->infos;
    return ok();
}

const struct key_set *keyring_public(struct ctx *c, const struct keyring *k)
{
    return &hold_for(c, k)->public;
}
