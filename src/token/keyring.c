/* SPDX-License-Identifier: Apache-2.0 */
#include "token/keyring.h"

#include "base/config.h"
#include "base/time.h"
#include "crypto/jwt.h"
#include "db/db.h"
#include "identity/audit.h"
#include "token/key_plan.h"
#include "token/key_snapshot.h"

#include <pthread.h>

enum { STEPS_MAX = 16 };

/* What is shared by all threads and changes. */
struct holder {
    pthread_mutex_t reading; /* held while the table is read, so that no older state comes last */
    pthread_mutex_t swapping;
    struct key_snapshot *now;
};

struct keyring {
    struct holder *holder;
    struct key_source source;
    const char *file; /* of source.file, or NULL */
};

static struct key_snapshot *hold(const struct keyring *k)
{
    (void)pthread_mutex_lock(&k->holder->swapping);
    struct key_snapshot *snapshot = k->holder->now;
    snapshot->holders++;
    (void)pthread_mutex_unlock(&k->holder->swapping);
    return snapshot;
}

/* Holds it until the arena of `c` ends. */
static const struct key_snapshot *hold_for(struct ctx *c, const struct keyring *k)
{
    struct key_snapshot *snapshot = hold(k);
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

/* ---- making keys ---- */

/* Fills `row` for a key of `source`, or of the file; the rest of it is the caller's. */
static void describe(struct ctx *c, const struct key *key, struct key_row *row)
{
    struct json_writer w = json_writer(c->arena);
    key_write_jwk(&w, key);
    row->kid = key->kid;
    row->alg = alg_name(key->alg);
    row->public_jwk = json_written(&w);
    row->created_at = c->now;
}

/* A new key as a row that signs from `at`. */
static RESULT make_row(struct ctx *c, const struct keyring *k, enum key_row_state state, int64_t at,
                       struct key_row *out)
{
    const struct key *key = NULL;
    TRY(key_generate(c, c->arena, k->source.alg, RSA_BITS, &key));
    struct key_row row = { .state = state,
                           .activates_at = at,
                           .retires_at = time_add(at, key_times(c).rotation) };
    describe(c, key, &row);
    TRY(key_seal(c, key, &row.sealed_private));
    *out = row;
    return ok();
}

/* Does one step of the plan.  Where another node was faster there is nothing to do. */
static RESULT take_step(struct ctx *c, const struct keyring *k, const struct key_step *step)
{
    bool done = false;
    struct key_row row;
    switch (step->kind) {
    case KEY_STEP_NONE:
        return ok();
    case KEY_STEP_ADD_CURRENT:
        TRY(make_row(c, k, KEY_ROW_CURRENT, step->at, &row));
        return key_add(c, &row, &done);
    case KEY_STEP_ADD_NEXT:
        TRY(make_row(c, k, KEY_ROW_NEXT, step->at, &row));
        return key_add(c, &row, &done);
    case KEY_STEP_REPLACE:
        TRY(make_row(c, k, KEY_ROW_CURRENT, c->now, &row));
        return key_replace(c, &row, step->at, &done);
    case KEY_STEP_PROMOTE:
        return key_promote(c,
                           &(struct key_promotion){ step->kid, step->at,
                                                    time_add(c->now, key_times(c).rotation) },
                           &done);
    case KEY_STEP_RETIRE:
        return key_retire(c, step->kid, step->at, &done);
    }
    must(false);
    return ok();
}

/* Brings the table to the state that c->now asks for. */
static RESULT advance(struct ctx *c, const struct keyring *k)
{
    struct key_rows rows;
    struct key_times times = key_times(c);
    for (int i = 0; i < STEPS_MAX; i++) {
        TRY(keys_list(c, &rows));
        struct key_step step = key_plan(&rows, alg_name(k->source.alg), &times);
        if (step.kind == KEY_STEP_NONE)
            return ok();
        TRY(take_step(c, k, &step));
    }
    return fail(c, INTERNAL, "the plan of the signing keys comes to no end");
}

/* ---- reading the table ---- */

static bool is_due(const struct ctx *c, const struct key_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->at[i].state == KEY_ROW_RETIRED && rows->at[i].expires_at <= c->now)
            return true;
    return false;
}

/* The table without what has expired. */
static RESULT list_live(struct ctx *c, struct key_rows *out)
{
    int64_t removed = 0;
    TRY(keys_list(c, out));
    if (!is_due(c, out))
        return ok();
    TRY(keys_remove_expired(c, &removed));
    return keys_list(c, out);
}

static RESULT read_table(struct ctx *c, struct keyring *k)
{
    struct key_rows rows;
    struct key_snapshot *made = NULL;
    if (k->file == NULL)
        TRY(advance(c, k));
    TRY(list_live(c, &rows));
    /* Only this thread swaps now, so what is there stays. */
    const struct key_snapshot *now = k->holder->now;
    if (now != NULL && text_equal(now->rows, key_rows_text(c->arena, &rows)))
        return ok();
    TRY(key_snapshot_make(c, &rows, &k->source, &made));
    swap(k, made);
    return ok();
}

RESULT keyring_refresh(struct ctx *c, struct keyring *k)
{
    (void)pthread_mutex_lock(&k->holder->reading);
    err done = read_table(c, k);
    (void)pthread_mutex_unlock(&k->holder->reading);
    return done;
}

/* ---- the key of a file ---- */

static RESULT read_file(struct ctx *c, struct arena *a, struct keyring *k)
{
    const char *path = c->config->jwt_private_key_path;
    const char *public_path = c->config->jwt_public_key_path;
    bool matches = true;
    TRY(key_read_pem(c, a, path, k->source.alg, &k->source.file));
    if (*public_path != '\0')
        TRY(key_matches_pem(c, k->source.file, public_path, &matches));
    if (!matches)
        return fail(c, INVALID_REQUEST,
                    "%s is not the public half of %s: openssl pkey -in %s -pubout -out %s",
                    public_path, path, path, public_path);
    k->file = path;
    return ok();
}

/* Decision 14: the key of the file is current, whatever was. */
static RESULT adopt_file(struct ctx *c, const struct keyring *k)
{
    struct key_times times = key_times(c);
    struct key_row row = { .state = KEY_ROW_CURRENT, .activates_at = c->now };
    bool changed = false;
    describe(c, k->source.file, &row);
    /* Nodes get the new file one after the other; so long the key before stays published. */
    return key_replace(c, &row, time_add(time_add(c->now, times.publish), times.linger), &changed);
}

/* ---- for everybody ---- */

static RESULT holder_new(struct ctx *c, struct arena *a, struct holder **out)
{
    struct holder *holder = ARENA_NEW(a, struct holder);
    if (pthread_mutex_init(&holder->reading, NULL) != 0 ||
        pthread_mutex_init(&holder->swapping, NULL) != 0)
        return fail(c, UNAVAILABLE, "no lock could be made for the keys");
    *out = holder;
    return ok();
}

static RESULT open_keys(struct ctx *c, struct arena *a, struct keyring *k)
{
    if (*c->config->jwt_private_key_path != '\0') {
        TRY(read_file(c, a, k));
        TRY(adopt_file(c, k));
    }
    TRY(keyring_refresh(c, k));
    if (k->holder->now->signer == NULL)
        return fail(c, INVALID_REQUEST,
                    "the key of %s is in the table for another algorithm: a new algorithm takes a "
                    "new key",
                    k->file == NULL ? "(none)" : k->file);
    return ok();
}

/* The setting is the index of a choice of config.def. */
static enum jws_alg configured_alg(const struct config *config)
{
    static const enum jws_alg algs[] = { ALG_RS256, ALG_PS256, ALG_ES256, ALG_ES384, ALG_EDDSA };
    must(config->jwt_algorithm >= 0 &&
         (size_t)config->jwt_algorithm < sizeof algs / sizeof algs[0]);
    return algs[config->jwt_algorithm];
}

RESULT keyring_open(struct ctx *c, struct arena *a, struct keyring **out)
{
    struct keyring *k = ARENA_NEW(a, struct keyring);
    k->source.alg = configured_alg(c->config);
    TRY(holder_new(c, a, &k->holder));
    err opened = open_keys(c, a, k);
    if (opened.code != ERR_OK) {
        keyring_close(k);
        return opened;
    }
    *out = k;
    return ok();
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

RESULT keyring_jwks(struct ctx *c, const struct keyring *k, struct bytes *json, const char **etag)
{
    const struct key_snapshot *snapshot = hold_for(c, k);
    *json = snapshot->jwks;
    *etag = snapshot->etag;
    return ok();
}

RESULT keyring_sign(struct ctx *c, const struct keyring *k, const char *typ, const char *payload,
                    const char **token)
{
    struct key_snapshot *snapshot = hold(k);
    err done = snapshot->signer == NULL
                   ? fail(c, UNAVAILABLE,
                          "the key of %s is not published any more: another node has a newer file; "
                          "send SIGHUP when it is here",
                          k->file == NULL ? "(none)" : k->file)
                   : jwt_sign(c, snapshot->signer, typ, payload, token);
    key_snapshot_release(snapshot);
    return done;
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

/* ---- rotation on demand ---- */

struct rotation {
    const struct keyring *keyring;
    bool emergency;
    struct key_row row; /* for a next key, if there is none */
};

/* When the next key `next` may sign: as long after it was made as a key is published. */
static int64_t ready_at(const struct ctx *c, const struct key_row *next)
{
    int64_t at = time_add(next->created_at, key_times(c).publish);
    return at < c->now ? c->now : at;
}

/* The next key signs now, and no key that has signed is published any more. */
static RESULT break_with(struct ctx *c, const struct key_rows *rows, const char *kid)
{
    bool done = false;
    int64_t removed = 0;
    TRY(key_promote(
        c,
        &(struct key_promotion){ kid, c->now, time_add(c->now, key_times(c).rotation) }, &done));
    for (size_t i = 0; i < rows->n; i++)
        if (!text_equal(rows->at[i].kid, kid))
            TRY(key_retire(c, rows->at[i].kid, c->now, &done));
    return keys_remove_expired(c, &removed);
}

static RESULT rotate(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct rotation *r = arg;
    const char *alg = r->row.alg;
    struct key_rows rows;
    bool done = false;
    TRY(key_add(c, &r->row, &done)); /* refused if there is a next key: then that one is it */
    TRY(keys_list(c, &rows));
    const struct key_row *next = key_row_of(&rows, alg, KEY_ROW_NEXT);
    if (next == NULL)
        return fail(c, INTERNAL, "there is no next key");
    if (r->emergency)
        TRY(break_with(c, &rows, next->kid));
    else if (ready_at(c, next) < next->activates_at)
        TRY(key_hasten(c, alg, ready_at(c, next), &done));
    return audit_add(
        c, &(struct audit){ .event = AUDIT_KEY_ROTATED,
                            .details = { { "kid", next->kid },
                                         { "alg", alg },
                                         { "emergency", r->emergency ? "true" : "false" } } });
}

RESULT keyring_rotate(struct ctx *c, struct keyring *k, bool emergency)
{
    struct rotation r = { .keyring = k, .emergency = emergency };
    if (k->file != NULL)
        return fail_say(c, CONFLICT,
                        "The signing key is in a file: replace the file and send SIGHUP.",
                        "the signing key is in %s", k->file);
    TRY(make_row(c, k, KEY_ROW_NEXT, time_add(c->now, key_times(c).publish), &r.row));
    TRY(db_atomically(c, rotate, &r));
    return keyring_refresh(c, k);
}
