/* SPDX-License-Identifier: Apache-2.0 */
#include "api/admin_audit_tree.h"

#include "base/codec.h"
#include "identity/audit.h"
#include "token/audit_export.h"
#include "token/audit_key.h"
#include "web/reply.h"

#include <string.h>

/* Two numbers as a cursor has them: "3.141". */
static const char *pair_text(struct arena *a, int64_t one, int64_t other)
{
    return text_printf(a, "%lld.%lld", (long long)one, (long long)other);
}

static bool pair_read(struct arena *a, const char *text, int64_t *one, int64_t *other)
{
    struct texts parts = text_split(a, text, '.');
    return parts.n == 2 && text_int(parts.at[0], 0, INT64_MAX, one) &&
           text_int(parts.at[1], 0, INT64_MAX, other);
}

static RESULT bad_cursor(struct ctx *c)
{
    return fail_field(c, INVALID_FIELD, "after", "This is not the next of a page of this list.");
}

/* ---- heads ---- */

static RESULT read_before(struct req *r, const struct page *page, struct audit_head_row *before)
{
    if (page->after == NULL)
        return ok();
    return pair_read(r->c->arena, page->after, &before->number, &before->size) ? ok()
                                                                               : bad_cursor(r->c);
}

struct admin_audit_head admin_audit_head_of(const struct audit_head_row *row)
{
    return (struct admin_audit_head){
        .size = row->size, .at = row->at, .root = row->root, .head = row->token
    };
}

RESULT get_admin_audit_heads(struct req *r)
{
    const struct admin_page_query *query = r->in;
    struct ctx *c = r->c;
    struct page page;
    struct audit_head_row before = { 0 };
    struct audit_head_rows rows;
    struct admin_audit_head_list out = { 0 };
    const char *keys = NULL;
    TRY(cursor_page(r, query->after, query->limit, &page));
    TRY(read_before(r, &page, &before));
    TRY(audit_heads_page(c, page.after == NULL ? NULL : &before, page.limit, &rows));
    TRY(audit_keys_jwks(c, &keys));
    struct admin_audit_head *heads = ARENA_NEWS(c->arena, struct admin_audit_head, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        heads[i] = admin_audit_head_of(&rows.at[i]);
    out.heads = (struct items){ heads, rows.n };
    out.keys = bytes_of(keys);
    if (rows.n > 0) {
        const struct audit_head_row *last = &rows.at[rows.n - 1];
        TRY(cursor_next(r, &page, rows.n, pair_text(c->arena, last->number, last->size),
                        &out.next));
    }
    return reply(r, &out);
}

/* ---- proofs ---- */

static RESULT reply_proof(struct req *r, const struct audit_proof *proof, bool of_event)
{
    struct arena *a = r->c->arena;
    const char **path = ARENA_NEWS(a, const char *, proof->path.n);
    for (size_t i = 0; i < proof->path.n; i++)
        path[i] = audit_hash_text(a, &proof->path.at[i]);
    return reply(
        r, &(struct admin_audit_proof){ .index = proof->index,
                                        .size = proof->tree.size,
                                        .leaf = of_event ? audit_hash_text(a, &proof->leaf) : NULL,
                                        .path = { path, proof->path.n },
                                        .root = audit_hash_text(a, &proof->tree.root),
                                        .head = proof->head });
}

static RESULT read_lines(struct ctx *c, const char *format, bool *lines)
{
    *lines = text_equal(format, "jsonl");
    return *lines || format == NULL || text_equal(format, "json")
               ? ok()
               : fail_field(c, INVALID_FIELD, "format", "This is json or jsonl.");
}

/* AU-06: what is another tenant's is as absent as what never was. */
RESULT get_admin_audit_proof(struct req *r)
{
    const struct admin_audit_proof_query *query = r->in;
    const struct event_row *row = NULL;
    struct audit_proof proof;
    const char *text = NULL;
    bool lines = false;
    TRY(read_lines(r->c, query->format, &lines));
    TRY(event_find(r->c, query->event, &row));
    if (row != NULL && !admin_is_operator(r) && !text_equal(row->tenant_id, r->who.tenant_id))
        row = NULL;
    if (lines && row != NULL) {
        TRY(audit_prove_event(r->c, row->id, &text));
        return reply_text(r, 200, "application/jsonl", text);
    }
    TRY(audit_proof_event(r->c, row, &proof));
    return reply_proof(r, &proof, true);
}

RESULT get_admin_audit_consistency(struct req *r)
{
    const struct admin_audit_consistency_query *query = r->in;
    struct audit_proof proof;
    const char *text = NULL;
    bool lines = false;
    TRY(read_lines(r->c, query->format, &lines));
    if (lines) {
        TRY(audit_prove_consistency(r->c, query->from, &text));
        return reply_text(r, 200, "application/jsonl", text_printf(r->c->arena, "%s\n", text));
    }
    TRY(audit_proof_consistency(r->c, query->from, &proof));
    return reply_proof(r, &proof, false);
}

/* ---- the export ---- */

static RESULT read_form(struct ctx *c, const char *format, enum audit_form *out)
{
    *out = AUDIT_JSON_LINES;
    if (format == NULL || text_equal(format, "jsonl"))
        return ok();
    *out = AUDIT_CEF;
    return text_equal(format, "cef")
               ? ok()
               : fail_field(c, INVALID_FIELD, "format", "This is jsonl or cef.");
}

/* The first page is written down, and begins with the line of the head. */
static RESULT begin_export(struct req *r, struct audit_export *export, struct text_buffer *out)
{
    const char *line = NULL;
    const char *from = text_printf(r->c->arena, "%lld", (long long)export->from);
    TRY(audit_export_begin(r->c, export, &line));
    if (export->form == AUDIT_JSON_LINES)
        text_addf(out, "%s\n", line);
    return audit_add(r->c,
                     &(struct audit){ .event = AUDIT_AUDIT_EXPORTED,
                                      .details = { { "from", from },
                                                   { "open", export->open ? "true" : "false" } } });
}

static RESULT link_next(struct req *r, const struct audit_export *export, const struct page *page)
{
    struct form query = { 0 };
    struct ctx *c = r->c;
    const char *next = NULL;
    if (export->next == export->size)
        return ok();
    TRY(cursor_next(r, page, (size_t)page->limit, pair_text(c->arena, export->next, export->size),
                    &next));
    struct text_buffer link = text_buffer(c->arena);
    text_addf(&link, "</admin/audit/export?after=%s&limit=%lld", next, (long long)page->limit);
    /* As they were asked for: the cursor is bound to them. */
    if (form_decode(c->arena, bytes_of(r->http->query), &query))
        for (size_t i = 0; i < query.n; i++)
            if (!text_equal(query.at[i].name, "after") && !text_equal(query.at[i].name, "limit"))
                text_addf(&link, "&%s=%s", query.at[i].name, query.at[i].value);
    text_add(&link, ">; rel=\"next\"");
    reply_header(r, "Link", text_of(&link));
    return ok();
}

RESULT get_admin_audit_export(struct req *r)
{
    const struct admin_audit_export_query *query = r->in;
    struct ctx *c = r->c;
    struct page page;
    struct audit_export export = { .open = query->open, .from = query->from };
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    struct text_buffer out = text_buffer(c->arena);
    TRY(read_form(c, query->format, &export.form));
    TRY(cursor_page(r, query->after, query->limit, &page));
    if (page.after == NULL)
        TRY(begin_export(r, &export, &out));
    else if (!pair_read(c->arena, page.after, &export.next, &export.size))
        return bad_cursor(c);
    TRY(audit_export_next(c, &export, tile, page.limit, &out));
    TRY(link_next(r, &export, &page));
    return reply_text(r, 200,
                      export.form == AUDIT_CEF ? "text/plain; charset=utf-8" : "application/jsonl",
                      text_of(&out));
}
