/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant export, and the export that uauth tenant delete writes before it removes anything.
 * The pages of api/admin_tenant_export.h become one JSON document, of which one page at a time is
 * in memory.
 */
#include "api/admin_tenant_export.h"
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"
#include "app/data_folder.h"

#include "identity/tenancy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the document ---- */

static const struct list {
    const char *name;
    size_t offset;
    const struct shape *of;
} lists[] = {
    { "roles", offsetof(struct admin_tenant_export, roles), &admin_role_shape },
    { "members", offsetof(struct admin_tenant_export, members), &admin_member_shape },
    { "clients", offsetof(struct admin_tenant_export, clients), &admin_client_shape },
    { "invitations", offsetof(struct admin_tenant_export, invitations), &admin_invitation_shape },
    { "api_keys", offsetof(struct admin_tenant_export, api_keys), &admin_api_key_shape },
};
enum { LISTS = sizeof lists / sizeof lists[0] };

struct document {
    FILE *to;
    size_t opened;  /* lists, the last of which is open */
    size_t entries; /* of that */
};

static void begin(struct text_buffer *out, const struct admin_tenant_export *page)
{
    struct json_writer tenant = json_writer(out->arena);
    struct json_writer settings = json_writer(out->arena);
    struct tenant_settings set = { 0 };
    /* What a server says is null was read as what clears. */
    tenant_settings_change(&set, page->settings);
    shape_write(&tenant, NULL, &admin_tenant_shape, page->tenant);
    shape_write(&settings, NULL, &tenant_settings_shape, &set);
    text_addf(out, "{\"tenant\":%s,\"settings\":%s", json_written(&tenant),
              json_written(&settings));
}

static void open_list(struct text_buffer *out, struct document *d)
{
    text_addf(out, "%s,\"%s\":[", d->opened == 0 ? "" : "]", lists[d->opened].name);
    d->opened++;
    d->entries = 0;
}

/* The entries of a list of the page; the roles, which are on each page, once. */
static void add_list(struct text_buffer *out, struct document *d, size_t list,
                     const struct admin_tenant_export *page)
{
    struct items items;
    memcpy(&items, (const uint8_t *)page + lists[list].offset, sizeof items);
    if (items.n == 0 || list + 1 < d->opened)
        return;
    while (d->opened <= list)
        open_list(out, d);
    for (size_t i = 0; i < items.n; i++) {
        struct json_writer w = json_writer(out->arena);
        shape_write(&w, NULL, lists[list].of, (const uint8_t *)items.at + i * lists[list].of->size);
        text_addf(out, "%s%s", d->entries++ == 0 ? "" : ",", json_written(&w));
    }
}

static void end(struct text_buffer *out, struct document *d)
{
    while (d->opened < LISTS)
        open_list(out, d);
    text_add(out, "]}\n");
}

static RESULT put(struct ctx *c, const struct document *d, struct text_buffer *out)
{
    TRY(ctx_check_memory(c));
    if (fputs(text_of(out), d->to) < 0 || fflush(d->to) != 0)
        return fail(c, UNAVAILABLE, "the export cannot be written: %s", strerrordesc_np(errno));
    return ok();
}

/* ---- its pages ---- */

/* Where the tenant is: on a server, or without one on the data folder. */
struct source {
    const struct admin_server *server;
    const char *tenant_id;
};

static RESULT read_page(struct ctx *c, const struct source *from, const char *after,
                        struct admin_tenant_export *out)
{
    const struct page page = { .after = after, .limit = PAGE_MAX };
    if (from->server == NULL)
        return admin_tenant_export_page(c, from->tenant_id, page, out);
    const struct admin_call call = {
        .method = "GET",
        .path = admin_path(c->arena, "/admin/tenants", from->tenant_id, "/export"),
        .query = { { "limit", ADMIN_PAGE }, { "after", after } },
        .out_shape = &admin_tenant_export_shape,
        .out = out,
    };
    return admin_send(c, from->server, &call, NULL);
}

/* Writes what is on the page; `next`, with room for CURSOR_MAX characters, is where it goes on, or
 * "". */
static RESULT write_page(struct ctx *c, const struct source *from, struct document *d, char *next)
{
    struct admin_tenant_export page;
    struct text_buffer out = text_buffer(c->arena);
    TRY(read_page(c, from, next[0] == '\0' ? NULL : next, &page));
    if (next[0] == '\0')
        begin(&out, &page);
    for (size_t i = 0; i < LISTS; i++)
        add_list(&out, d, i, &page);
    if (page.next == NULL)
        end(&out, d);
    TRY(put(c, d, &out));
    (void)snprintf(next, CURSOR_MAX + 1, "%s", page.next == NULL ? "" : page.next);
    return ok();
}

static RESULT write_export(struct ctx *c, const struct source *from, FILE *to)
{
    struct document document = { .to = to };
    char next[CURSOR_MAX + 1] = "";
    /* A server notes it itself. */
    if (from->server == NULL)
        TRY(tenancy_note_export(c, NULL, from->tenant_id));
    do {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(write_page(c, from, &document, next));
        arena_rewind(c->arena, mark);
    } while (next[0] != '\0');
    return ok();
}

/* ---- before it is removed ---- */

static RESULT open_new(struct ctx *c, const char *path, FILE **out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return fail_field(c, INVALID_FIELD, "--export", "There is such a file already.");
    if (fd < 0)
        return fail(c, UNAVAILABLE, "%s cannot be written: %s", path, strerrordesc_np(errno));
    *out = fdopen(fd, "w");
    must(*out != NULL);
    return ok();
}

static RESULT write_and_keep(struct ctx *c, const struct source *from, FILE *to, const char *path)
{
    TRY(write_export(c, from, to));
    if (fsync(fileno(to)) != 0)
        return fail(c, UNAVAILABLE, "%s cannot be written: %s", path, strerrordesc_np(errno));
    return data_name_keep(c, path);
}

/* The file of --export is whole and on disk, or not there. */
static RESULT keep(struct ctx *c, const struct command_line *line, const struct source *from,
                   bool suspended)
{
    const char *path = command_value(line, "--export");
    FILE *to = NULL;
    if (path == NULL)
        return ok();
    if (!suspended)
        return fail_say(c, CONFLICT, "Suspend the tenant first.", "tenant %s is active",
                        from->tenant_id);
    TRY(open_new(c, path, &to));
    err written = write_and_keep(c, from, to, path);
    (void)fclose(to);
    if (written.code != ERR_OK)
        (void)unlink(path);
    return written;
}

RESULT command_tenant_keep(struct ctx *c, const struct command_line *line,
                           const struct tenant_row *tenant)
{
    const struct source from = { .tenant_id = tenant->id };
    return keep(c, line, &from, tenant->status == TENANT_DISABLED);
}

RESULT command_tenant_keep_there(struct ctx *c, const struct command_line *line,
                                 const struct admin_server *server,
                                 const struct admin_tenant *tenant)
{
    const struct source from = { .server = server, .tenant_id = tenant->id };
    return keep(c, line, &from, text_equal(tenant->status, "disabled"));
}

/* ---- the command ---- */

static RESULT export(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    TRY(command_tenant(c, line, &tenant));
    return write_export(c, &(struct source){ .tenant_id = tenant->id }, stdout);
}

COMMAND_RUN(export)

static RESULT export_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_tenant tenant;
    TRY(command_tenant_named_there(c, line, server, &tenant));
    return write_export(c, &(struct source){ .server = server, .tenant_id = tenant.id }, stdout);
}

const struct command command_tenant_export = {
    .name = "tenant export",
    .summary = "Write what is known of a tenant to standard output, as JSON without secrets",
    .arguments = "TENANT",
    .details =
        COMMAND_WHICH_TENANT "  It is what GET /admin/tenants/{id}/export tells, all pages as one.",
    .run = run_export,
    .there = export_there,
};
