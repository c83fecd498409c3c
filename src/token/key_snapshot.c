/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_snapshot.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "token/key_plan.h"

#include <string.h>

enum { SNAPSHOT_CEILING = 256 * 1024, ETAG_BYTES = 16 };

static const char purpose[] = "signing key";

/* What a private half is sealed for: none of a tenant is one of another, wherever it is put. */
static const char *place_of(struct arena *a, const char *tenant_id, const char *kid)
{
    return tenant_id == NULL ? kid : text_printf(a, "%s %s", tenant_id, kid);
}

RESULT key_seal(struct ctx *c, const char *tenant_id, const struct key *key, const char **sealed)
{
    struct bytes der;
    TRY(key_to_private(c, key, &der));
    return seal_bytes(c, purpose, place_of(c->arena, tenant_id, key->kid), der, sealed);
}

/* Opens the private half of `row` into `a`. */
static RESULT open_private(struct ctx *c, struct arena *a, const struct key_row *row,
                           const struct key **out)
{
    struct bytes der;
    const struct key *key = NULL;
    err opened = seal_open(c, purpose, place_of(c->arena, row->tenant_id, row->kid),
                           row->sealed_private, &der);
    if (opened.code == ERR_INTERNAL) {
        fault_clear(c);
        return fail(
            c, UNAVAILABLE,
            "the signing key %s cannot be opened with the master key that is here: put back "
            "the master key that it was sealed under",
            row->kid);
    }
    TRY(opened);
    TRY(key_from_private(c, a, der, alg_from_name(row->alg), &key));
    if (!text_equal(key->kid, row->kid))
        return fail(c, INTERNAL, "the signing key %s is another key", row->kid);
    *out = key;
    return ok();
}

/* Opens the current keys, and, to know early that they can be, those that will sign next. */
static RESULT open_signers(struct ctx *c, const struct key_rows *rows, struct key_snapshot *into)
{
    const struct key **keys = ARENA_NEWS(into->arena, const struct key *, rows->n + 1);
    const struct key *unused = NULL;
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        if (alg_from_name(row->alg) == 0)
            continue;
        if (key_row_signs(row))
            TRY(open_private(c, into->arena, row, &keys[n++]));
        else if (row->state == KEY_ROW_NEXT && row->sealed_private != NULL)
            TRY(open_private(c, c->arena, row, &unused));
    }
    into->signers = (struct key_set){ keys, n, 0 };
    return ok();
}

/* The published keys.  An algorithm of a later version is left out. */
static RESULT read_public(struct ctx *c, const struct key_rows *rows, struct key_snapshot *into)
{
    const struct key **keys = ARENA_NEWS(into->arena, const struct key *, rows->n + 1);
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        if (alg_from_name(row->alg) == 0)
            continue;
        TRY(key_read_jwk(c, into->arena, bytes_of(row->public_jwk), false, &keys[n]));
        if (!text_equal(keys[n]->kid, row->kid) || keys[n]->algs != alg_from_name(row->alg))
            return fail(c, INTERNAL, "the public half of the key %s is of another key", row->kid);
        n++;
    }
    into->public = (struct key_set){ keys, n, 0 };
    return ok();
}

static enum key_state state_of(enum key_row_state state)
{
    switch (state) {
    case KEY_ROW_NEXT:
        return KEY_NEXT;
    case KEY_ROW_CURRENT:
        return KEY_CURRENT;
    case KEY_ROW_RETIRED:
        return KEY_RETIRED;
    }
    must(false);
    return KEY_RETIRED;
}

static struct key_infos tell(struct arena *a, const struct key_rows *rows)
{
    struct key_info *infos = ARENA_NEWS(a, struct key_info, rows->n + 1);
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        infos[i] = (struct key_info){ .kid = text_keep(a, row->kid),
                                      .alg = text_keep(a, row->alg),
                                      .state = state_of(row->state),
                                      .created_at = row->created_at,
                                      .activates_at = row->activates_at,
                                      .retires_at = row->retires_at,
                                      .expires_at = row->expires_at };
    }
    return (struct key_infos){ infos, rows->n };
}

static void write_jwks(struct key_snapshot *into)
{
    const char *json = key_set_write(into->arena, &into->public);
    uint8_t digest[DIGEST_SHA256];
    into->jwks = bytes_of(json);
    sha256(into->jwks, digest);
    /* RFC 9110 8.8.3: strong, because it is of the very bytes. */
    into->etag = text_printf(into->arena, "\"%s\"",
                             base64url_encode(into->arena, (struct bytes){ digest, ETAG_BYTES }));
}

const char *key_rows_text(struct arena *a, const struct key_rows *rows)
{
    struct text_buffer b = text_buffer(a);
    for (size_t i = 0; i < rows->n; i++) {
        const struct key_row *row = &rows->at[i];
        text_addf(&b, "%s %s %d %d %lld %lld %lld %lld\n", row->kid, row->alg, (int)row->state,
                  row->sealed_private != NULL, (long long)row->created_at,
                  (long long)row->activates_at, (long long)row->retires_at,
                  (long long)row->expires_at);
    }
    return text_of(&b);
}

/* The key of the main algorithm, or the one that signs in its place. */
static const struct key *main_signer(const struct key_snapshot *of, const struct key_rows *rows,
                                     enum jws_alg alg)
{
    const struct key_row *row = key_signer(rows, alg_name(alg));
    for (size_t i = 0; row != NULL && i < of->signers.n; i++)
        if (text_equal(of->signers.at[i]->kid, row->kid))
            return of->signers.at[i];
    return NULL;
}

static unsigned algs_that_sign(const struct key_snapshot *of)
{
    unsigned algs = of->signer == NULL ? 0 : of->signer->alg;
    for (size_t i = 0; i < of->signers.n; i++)
        algs |= of->signers.at[i]->alg & of->source.more;
    return algs;
}

const struct key *key_snapshot_signer(const struct key_snapshot *snapshot, enum jws_alg alg)
{
    const struct key *main = snapshot->signer;
    if (alg == 0 || (main != NULL && main->alg == alg))
        return main;
    for (size_t i = 0; i < snapshot->signers.n; i++)
        if (snapshot->signers.at[i]->alg == alg)
            return snapshot->signers.at[i];
    return NULL;
}

/* The key of the file signs as long as it is published. */
static const struct key *published(const struct key_set *set, const struct key *key)
{
    return key_find(set, key->kid, key->alg) == NULL ? NULL : key;
}

/* The version that signs in a key vault, if it is known here. */
static const struct key *remote_signer(const struct key_rows *rows, const struct key_source *source)
{
    const struct key_row *row = key_row_of(rows, alg_name(source->alg), KEY_ROW_CURRENT);
    bool may_sign = false, enabled = false;
    if (source->remote == NULL || row == NULL || row->sealed_private != NULL)
        return NULL;
    return key_remote_find(source->remote, row->kid, &may_sign, &enabled);
}

static RESULT fill(struct ctx *c, const struct key_rows *rows, const struct key_source *source,
                   struct key_snapshot *into)
{
    TRY(read_public(c, rows, into));
    TRY(open_signers(c, rows, into));
    into->signer = source->file == NULL ? remote_signer(rows, source)
                                        : published(&into->public, source->file->key);
    if (into->signer == NULL && source->file == NULL)
        into->signer = main_signer(into, rows, source->alg);
    into->algs = algs_that_sign(into);
    into->infos = tell(into->arena, rows);
    into->rows = text_keep(into->arena, key_rows_text(c->arena, rows));
    write_jwks(into);
    return ok();
}

RESULT key_snapshot_make(struct ctx *c, const struct key_rows *rows,
                         const struct key_source *source, struct key_snapshot **out)
{
    struct arena *a = arena_new(SNAPSHOT_CEILING);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "there is no memory for the keys");
    struct key_snapshot *made = ARENA_NEW(a, struct key_snapshot);
    made->arena = a;
    made->holders = 1;
    made->source = *source;
    err filled = fill(c, rows, source, made);
    if (filled.code != ERR_OK) {
        arena_end(a);
        return filled;
    }
    if (source->file != NULL)
        source->file->holders++;
    (void)key_remote_hold(source->remote);
    *out = made;
    return ok();
}

void key_snapshot_release(struct key_snapshot *snapshot)
{
    if (--snapshot->holders > 0)
        return;
    const struct key_source source = snapshot->source;
    arena_end(snapshot->arena);
    key_source_release(&source);
}
