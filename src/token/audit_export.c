/* SPDX-License-Identifier: Apache-2.0 */
#include "token/audit_export.h"

#include "base/json_writer.h"
#include "identity/audit_record.h"

static RESULT write_keys(struct ctx *c, struct json_writer *w)
{
    struct audit_signers signers;
    TRY(audit_signers_list(c, &signers));
    json_array(w, "keys");
    for (size_t i = 0; i < signers.n; i++) {
        json_object(w, NULL);
        json_raw(w, "jwk", signers.at[i].public_jwk);
        json_text_if(w, "endorsement", signers.at[i].endorsement);
        json_object_end(w);
    }
    json_array_end(w);
    return ok();
}

static struct texts path_texts(struct arena *a, const struct merkle_path *path)
{
    const char **hashes = ARENA_NEWS(a, const char *, path->n);
    for (size_t i = 0; i < path->n; i++)
        hashes[i] = audit_hash_text(a, &path->at[i]);
    return (struct texts){ hashes, path->n };
}

/* With `path` unless it is NULL. */
static RESULT write_first(struct ctx *c, const struct audit_export *export, const char *head,
                          const struct merkle_path *path, const char **line)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_number(&w, "uauth_audit", 1);
    json_number(&w, "from", export->from);
    json_text(&w, "head", head);
    TRY(write_keys(c, &w));
    if (path != NULL)
        json_texts(&w, "path", path_texts(c->arena, path));
    json_object_end(&w);
    *line = json_written(&w);
    return ok();
}

static RESULT find_head(struct ctx *c, struct audit_export *export,
                        const struct audit_head_row **out)
{
    TRY(audit_head_newest(c, out));
    if (*out == NULL)
        return fail_say(c, NOT_FOUND, "Nothing of the audit has been signed yet.",
                        "the audit has no head yet");
    if (export->from < 0 || export->from > (*out)->size)
        return fail_field(c, INVALID_FIELD, "from", "The audit has fewer records than that.");
    export->next = export->from;
    export->size = (*out)->size;
    return ok();
}

RESULT audit_export_begin(struct ctx *c, struct audit_export *export, const char **line)
{
    const struct audit_head_row *head = NULL;
    TRY(find_head(c, export, &head));
    return write_first(c, export, head->token, NULL, line);
}

static RESULT add_record(struct ctx *c, const struct audit_export *export, struct audit_tile *tile,
                         const struct event_row *row, struct text_buffer *out)
{
    struct audit_record record = { .row = *row };
    struct merkle_source source = audit_tree_source(tile);
    const struct merkle_place place = { row->leaf_index, export->size };
    struct merkle_path path;
    TRY(merkle_walk_path(c, &source, export->from, place, &path));
    record.path = path_texts(c->arena, &path);
    if (export->open)
        TRY(audit_disclose(c, row, &record.personal, &record.personal_key));
    text_addf(out, "%s\n", audit_record_write(c->arena, &record));
    return ok();
}

static RESULT add_cef(struct ctx *c, const struct audit_export *export, const struct event_row *row,
                      struct text_buffer *out)
{
    struct audit_personal personal = { 0 };
    if (export->open)
        TRY(audit_open(c, row, &personal));
    text_addf(out, "%s\n", audit_cef_write(c, row, &personal));
    return ok();
}

RESULT audit_export_next(struct ctx *c, struct audit_export *export, struct audit_tile *tile,
                         int64_t limit, struct text_buffer *out)
{
    struct event_rows rows;
    int64_t left = export->size - export->next;
    if (left <= 0)
        return ok();
    TRY(events_of_tree(c, export->next, left < limit ? left : limit, &rows));
    for (size_t i = 0; i < rows.n; i++, export->next++) {
        const struct event_row *row = &rows.at[i];
        if (row->leaf_index != export->next)
            break;
        if (export->form == AUDIT_CEF)
            TRY(add_cef(c, export, row, out));
        else
            TRY(add_record(c, export, tile, row, out));
    }
    if (rows.n == 0 || export->next != rows.at[rows.n - 1].leaf_index + 1)
        return fail(c, INTERNAL, "record %lld of the audit is missing in the database",
                    (long long)export->next);
    return ok();
}

/* ---- proofs ---- */

/* All but the path, under the newest head, for `index`. */
static RESULT begin_proof(struct ctx *c, int64_t index, struct audit_proof *out)
{
    const struct audit_head_row *head = NULL;
    struct audit_export export = { .from = index };
    TRY(find_head(c, &export, &head));
    *out =
        (struct audit_proof){ .index = index, .tree = { .size = head->size }, .head = head->token };
    return audit_hash_read(c->arena, head->root, &out->tree.root)
               ? ok()
               : fail(c, INTERNAL, "the root of a head is damaged");
}

RESULT audit_proof_event(struct ctx *c, const struct event_row *row, struct audit_proof *out)
{
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct merkle_source source = audit_tree_source(tile);
    struct merkle_place place;
    TRY(begin_proof(c, 0, out));
    if (row == NULL || row->leaf_index < 0 || row->leaf_index >= out->tree.size)
        return fail(c, NOT_FOUND, "no such event is in what was signed of the audit");
    out->index = row->leaf_index;
    place = (struct merkle_place){ row->leaf_index, out->tree.size };
    TRY(merkle_hash_of(c, &source, place.index, place.index + 1, &out->leaf));
    return merkle_prove_inclusion(c, &source, place, &out->path);
}

RESULT audit_proof_consistency(struct ctx *c, int64_t size, struct audit_proof *out)
{
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct merkle_source source = audit_tree_source(tile);
    TRY(begin_proof(c, size, out));
    return merkle_prove_consistency(c, &source, size, out->tree.size, &out->path);
}

RESULT audit_prove_event(struct ctx *c, const char *id, const char **lines)
{
    const struct event_row *row = NULL;
    const char *first = NULL;
    struct audit_proof proof;
    struct audit_export export = { .form = AUDIT_JSON_LINES };
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct text_buffer out = text_buffer(c->arena);
    TRY(event_find(c, id, &row));
    TRY(audit_proof_event(c, row, &proof));
    export.from = proof.index;
    TRY(audit_export_begin(c, &export, &first));
    text_addf(&out, "%s\n", first);
    TRY(audit_export_next(c, &export, tile, 1, &out));
    *lines = text_of(&out);
    return ok();
}

RESULT audit_prove_consistency(struct ctx *c, int64_t size, const char **line)
{
    struct audit_proof proof;
    TRY(audit_proof_consistency(c, size, &proof));
    return write_first(c, &(struct audit_export){ .from = size }, proof.head, &proof.path, line);
}
