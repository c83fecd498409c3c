/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth audit export, prove, heads, key, rotate-key: what auditors take away.
 */
#include "api/admin_audit_tree.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/time.h"
#include "identity/audit.h"
#include "store/page.h"
#include "token/audit_export.h"
#include "token/audit_key.h"
#include "token/audit_sequence.h"

#include <stdio.h>
#include <string.h>

enum { RECORDS_AT_ONCE = 100, NEXT_MAX = 2048 };

/* ---- export ---- */

/* What a running server does each second; without one, it is done now. */
static RESULT catch_up(struct ctx *c)
{
    bool again = true;
    while (again) {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(audit_sequence(c, &again));
        arena_rewind(c->arena, mark);
    }
    return ok();
}

static RESULT read_form(struct ctx *c, const struct command_line *line, enum audit_form *form)
{
    const char *text = command_value(line, "--format");
    if (text == NULL || text_equal(text, "jsonl"))
        *form = AUDIT_JSON_LINES;
    else if (text_equal(text, "cef"))
        *form = AUDIT_CEF;
    else
        return fail_field(c, INVALID_FIELD, "--format", "This is jsonl or cef.");
    return ok();
}

static RESULT read_place(struct ctx *c, const struct command_line *line, int64_t *place)
{
    const char *text = command_value(line, "--from");
    if (text != NULL && !text_int(text, 0, INT64_MAX - 1, place))
        return fail_field(c, INVALID_FIELD, "--from", "This is a number of records.");
    return ok();
}

/* What cannot be written is no export. */
static RESULT put(struct ctx *c, const char *text)
{
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
        return fail(c, UNAVAILABLE, "the export could not be written");
    return ok();
}

static RESULT write_records(struct ctx *c, struct audit_export *export)
{
    struct audit_tile *tile = ARENA_NEW(c->arena, struct audit_tile);
    while (export->next < export->size) {
        struct arena_mark mark = arena_mark(c->arena);
        struct text_buffer out = text_buffer(c->arena);
        TRY(audit_export_next(c, export, tile, RECORDS_AT_ONCE, &out));
        TRY(put(c, text_of(&out)));
        arena_rewind(c->arena, mark);
    }
    return ok();
}

static RESULT export_all(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct audit_export export = { .open = command_has(line, "--open") };
    const char *first = NULL;
    TRY(read_form(c, line, &export.form));
    TRY(read_place(c, line, &export.from));
    TRY(audit_add(c, &(struct audit){ .event = AUDIT_AUDIT_EXPORTED,
                                      .details = { { "from", command_value(line, "--from") },
                                                   { "open", export.open ? "true" : "false" } } }));
    TRY(catch_up(c));
    TRY(audit_export_begin(c, &export, &first));
    if (export.form == AUDIT_JSON_LINES)
        TRY(put(c, text_printf(c->arena, "%s\n", first)));
    return write_records(c, &export);
}

/* ---- the export of a server ---- */

/* The path in `</admin/audit/export?after=...>; rel="next"`, as the server gave it; "": that was
 * the last page. */
static RESULT read_next(struct ctx *c, const char *link, char *path)
{
    path[0] = '\0';
    if (link == NULL || !text_starts(link, "</admin/audit/export?"))
        return ok();
    size_t n = strcspn(link + 1, ">");
    if (n >= NEXT_MAX)
        return fail(c, UPSTREAM, "the server names a next page in %zu bytes", n);
    memcpy(path, link + 1, n);
    path[n] = '\0';
    return ok();
}

static RESULT write_page(struct ctx *c, struct bytes page)
{
    bool written = fwrite(page.at, 1, page.n, stdout) == page.n && fflush(stdout) == 0;
    return written ? ok() : fail(c, UNAVAILABLE, "the export could not be written");
}

static RESULT export_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    enum audit_form form = AUDIT_JSON_LINES;
    int64_t from = 0;
    struct admin_call call = { .method = "GET",
                               .path = "/admin/audit/export",
                               .query = {
                                   { "limit", ADMIN_PAGE },
                                   { "format", command_value(line, "--format") },
                                   { "from", command_value(line, "--from") },
                                   { "open", command_has(line, "--open") ? "true" : NULL } } };
    TRY(read_form(c, line, &form));
    TRY(read_place(c, line, &from));
    char next[NEXT_MAX] = "";
    do {
        struct arena_mark mark = arena_mark(c->arena);
        struct admin_reply reply;
        TRY(admin_send(c, server, &call, &reply));
        TRY(write_page(c, reply.body));
        TRY(read_next(c, reply.link, next));
        call = (struct admin_call){ .method = "GET", .path = next };
        arena_rewind(c->arena, mark);
    } while (next[0] != '\0');
    return ok();
}

/* ---- proofs ---- */

static RESULT prove(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *text = NULL;
    const char *id = NULL;
    int64_t size = 0;
    TRY(catch_up(c));
    if (command_has(line, "--from")) {
        TRY(read_place(c, line, &size));
        TRY(audit_prove_consistency(c, size, &text));
        return put(c, text_printf(c->arena, "%s\n", text));
    }
    TRY(command_argument(c, line, "the id of an event", &id));
    TRY(audit_prove_event(c, id, &text));
    return put(c, text);
}

static RESULT prove_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server)
{
    struct admin_call call = { .method = "GET",
                               .path = "/admin/audit/proof",
                               .query = { { "format", "jsonl" } } };
    struct admin_reply reply;
    int64_t size = 0;
    call.query[1] = (struct form_field){ "from", command_value(line, "--from") };
    TRY(read_place(c, line, &size));
    if (command_has(line, "--from")) {
        call.path = "/admin/audit/consistency";
    } else {
        call.query[1].name = "event";
        TRY(command_argument(c, line, "the id of an event", &call.query[1].value));
        if (!page_after_is_sound(call.query[1].value))
            return fail(c, NOT_FOUND, "there is no such event");
    }
    TRY(admin_send(c, server, &call, &reply));
    return write_page(c, reply.body);
}

/* ---- heads and keys ---- */

static RESULT read_limit(struct ctx *c, const struct command_line *line, int64_t *limit)
{
    const char *text = command_value(line, "--limit");
    *limit = 1;
    return text == NULL || text_int(text, 1, PAGE_MAX, limit)
               ? ok()
               : fail_field(c, INVALID_FIELD, "--limit", "This is a number from 1 to 200.");
}

static void show_heads(struct ctx *c, const struct command_line *line,
                       const struct admin_audit_head *heads, size_t n)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        command_say(line, "%s\n", heads[i].head);
        json_object(&w, NULL);
        json_number(&w, "size", heads[i].size);
        json_text(&w, "root", heads[i].root);
        json_text(&w, "at", time_rfc3339(c->arena, heads[i].at));
        json_text(&w, "head", heads[i].head);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
}

static RESULT heads(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct audit_head_rows rows;
    int64_t limit = 0;
    TRY(read_limit(c, line, &limit));
    TRY(catch_up(c));
    TRY(audit_heads_page(c, NULL, limit, &rows));
    struct admin_audit_head *shown = ARENA_NEWS(c->arena, struct admin_audit_head, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        shown[i] = admin_audit_head_of(&rows.at[i]);
    show_heads(c, line, shown, rows.n);
    return ok();
}

static RESULT ask_heads(struct ctx *c, const struct admin_server *server, int64_t limit,
                        struct admin_audit_head_list *out)
{
    return admin_send(c, server,
                      &(struct admin_call){
                          .method = "GET",
                          .path = "/admin/audit/heads",
                          .query = { { "limit", text_printf(c->arena, "%lld", (long long)limit) } },
                          .out_shape = &admin_audit_head_list_shape,
                          .out = out },
                      NULL);
}

static RESULT heads_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server)
{
    struct admin_audit_head_list found;
    int64_t limit = 0;
    TRY(read_limit(c, line, &limit));
    TRY(ask_heads(c, server, limit, &found));
    show_heads(c, line, found.heads.at, found.heads.n);
    return ok();
}

static RESULT key(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)line;
    (void)node;
    const char *json = NULL;
    TRY(audit_keys_jwks(c, &json));
    return put(c, text_printf(c->arena, "%s\n", json));
}

static RESULT key_there(struct ctx *c, const struct command_line *line,
                        const struct admin_server *server)
{
    (void)line;
    struct admin_audit_head_list found;
    TRY(ask_heads(c, server, 1, &found));
    TRY(write_page(c, found.keys));
    return put(c, "\n");
}

static RESULT rotate_key(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *kid = NULL;
    struct json_writer w = json_writer(c->arena);
    TRY(audit_key_rotate(c, &kid));
    json_object(&w, NULL);
    json_text(&w, "kid", kid);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "Heads are signed with %s from now on.\n", kid);
    return ok();
}

COMMAND_RUN(export_all)
COMMAND_RUN(prove)
COMMAND_RUN(heads)
COMMAND_RUN(key)
COMMAND_RUN(rotate_key)

static const struct command_option export_options[] = {
    { "--format", "FORMAT", "jsonl, which can be verified, or cef", false, false },
    { "--from", "N", "Leave the first N records out: what was taken before", false, false },
    { "--open", NULL, "Show what tells about people; it stays readable when they are erased", false,
      false },
};

const struct command command_audit_export = {
    .name = "audit export",
    .summary = "Write the audit to standard output",
    .details =
        "JSON lines are checked by `uauth audit verify`.  What tells about people is sealed in\n"
        "them, unless --open is given.",
    COMMAND_OPTIONS(export_options),
    .run = run_export_all,
    .there = export_there,
};

static const struct command_option prove_options[] = {
    { "--from", "N", "That the audit goes on from its first N records", false, false },
};

const struct command command_audit_prove = {
    .name = "audit prove",
    .summary = "Prove that an event is in the audit, or that the audit goes on from a head",
    .arguments = "[EVENT]",
    .details = "Who is given the proof checks it with `uauth audit verify --proof`.",
    COMMAND_OPTIONS(prove_options),
    .run = run_prove,
    .there = prove_there,
};

static const struct command_option heads_options[] = {
    { "--limit", "N", "At most so many (1)", false, false },
};

const struct command command_audit_heads = {
    .name = "audit heads",
    .summary = "Show the newest signed head of the audit, one a line, to be kept elsewhere",
    COMMAND_OPTIONS(heads_options),
    .run = run_heads,
    .there = heads_there,
};

const struct command command_audit_key = {
    .name = "audit key",
    .summary = "Show the public keys of the audit, to be kept elsewhere",
    .run = run_key,
    .there = key_there,
};

const struct command command_audit_rotate_key = {
    .name = "audit rotate-key",
    .summary = "Sign the audit with a new key, which the old one endorses before it is destroyed",
    .here = "the key by which a service is audited is changed where it is kept",
    .run = run_rotate_key,
};
