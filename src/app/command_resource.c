/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth resource set, list, remove: the APIs that tokens are for (RFC 8707, RFC 9728).
 */
#include "api/admin_resources.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "oauth/resource_change.h"

#include <stdio.h>

enum { METADATA_MAX = 16 * 1024 };

static RESULT read_file(struct ctx *c, const char *path, const char **json)
{
    char *at = arena_alloc(c->arena, METADATA_MAX + 1);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail_field(c, INVALID_FIELD, "--metadata-file", "This file cannot be read.");
    size_t n = fread(at, 1, METADATA_MAX + 1, file);
    (void)fclose(file);
    if (n > METADATA_MAX)
        return fail_field(c, INVALID_FIELD, "--metadata-file", "This file is too large.");
    *json = text_copy(c->arena, at, n);
    return ok();
}

static void write_one(struct json_writer *w, const struct resource_row *row)
{
    json_object(w, NULL);
    json_text(w, "resource", row->uri);
    json_text(w, "resource_name", row->name);
    json_texts(w, "scopes_supported", row->scopes);
    json_raw(w, "metadata", row->metadata == NULL ? "{}" : row->metadata);
    json_object_end(w);
}

/* What the options say, read before any transaction. */
struct wanted {
    const char *uri, *name, *metadata;
    struct texts scopes;
};

static RESULT read_wanted(struct ctx *c, const struct command_line *line, struct wanted *out)
{
    const char *path = command_value(line, "--metadata-file");
    *out = (struct wanted){ .name = command_value(line, "--name"),
                            .scopes = command_values(c->arena, line, "--scope") };
    TRY(command_argument(c, line, "the URI of a resource", &out->uri));
    return path == NULL ? ok() : read_file(c, path, &out->metadata);
}

/* What is not given stays as it was; `before` may be NULL. */
static struct resource_row row_wanted(const struct wanted *wanted,
                                      const struct resource_row *before)
{
    struct resource_row row = { .uri = wanted->uri, .name = wanted->uri };
    if (before != NULL)
        row = *before;
    if (wanted->scopes.n > 0)
        row.scopes = wanted->scopes;
    if (wanted->name != NULL)
        row.name = wanted->name;
    if (wanted->metadata != NULL)
        row.metadata = wanted->metadata;
    return row;
}

static void tell_set(struct ctx *c, const struct command_line *line, const struct resource_row *row)
{
    struct json_writer w = json_writer(c->arena);
    write_one(&w, row);
    command_show(line, &w);
    command_say(line, "%s is registered.\n", row->uri);
}

struct setting {
    struct wanted wanted;
    struct resource_row row;
};

static RESULT set_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    const struct resource_row *before = NULL;
    TRY(resource_find(c, s->wanted.uri, &before));
    s->row = row_wanted(&s->wanted, before);
    return resource_register(c, &s->row);
}

static RESULT set(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct setting s = { 0 };
    TRY(read_wanted(c, line, &s.wanted));
    TRY(db_atomically(c, set_in, &s));
    tell_set(c, line, &s.row);
    return ok();
}

static void say_one(struct ctx *c, const struct command_line *line, struct json_writer *w,
                    const struct resource_row *row)
{
    write_one(w, row);
    command_say(line, "%-40s  %-24s  %s\n", row->uri, row->name,
                text_join(c->arena, row->scopes, " "));
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct page page = { .limit = PAGE_MAX };
    struct json_writer w = json_writer(c->arena);
    struct resource_rows rows = { NULL, PAGE_MAX };
    json_array(&w, NULL);
    while (rows.n == PAGE_MAX) {
        TRY(resources_page(c, page, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            say_one(c, line, &w, &rows.at[i]);
            page.after = rows.at[i].uri;
        }
    }
    json_array_end(&w);
    command_show(line, &w);
    return ok();
}

static RESULT take_away(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *uri = NULL;
    TRY(command_argument(c, line, "the URI of a resource", &uri));
    TRY(resource_unregister(c, uri));
    command_say(line, "%s is removed.\n", uri);
    return ok();
}

/* ---- on a server ---- */

static struct resource_row row_of(struct arena *a, const struct admin_resource *told)
{
    const char *json = (const char *)told->metadata.at;
    return (struct resource_row){ .uri = told->resource,
                                  .name = told->resource_name,
                                  .scopes = told->scopes_supported,
                                  .metadata = told->metadata.n == 0
                                                  ? NULL
                                                  : text_copy(a, json, told->metadata.n) };
}

static RESULT all_there(struct ctx *c, const struct admin_server *server, struct resource_rows *out)
{
    const struct admin_call call = { .path = "/admin/resources",
                                     .query = { { "limit", ADMIN_PAGE } } };
    struct items found;
    TRY(admin_list(c, server, &call, &admin_resource_list_shape, &found));
    struct resource_row *rows = ARENA_NEWS(c->arena, struct resource_row, found.n);
    for (size_t i = 0; i < found.n; i++)
        rows[i] = row_of(c->arena, (const struct admin_resource *)found.at + i);
    *out = (struct resource_rows){ rows, found.n };
    return ok();
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct resource_rows rows;
    struct json_writer w = json_writer(c->arena);
    TRY(all_there(c, server, &rows));
    json_array(&w, NULL);
    for (size_t i = 0; i < rows.n; i++)
        say_one(c, line, &w, &rows.at[i]);
    json_array_end(&w);
    command_show(line, &w);
    return ok();
}

static RESULT set_there(struct ctx *c, const struct command_line *line,
                        const struct admin_server *server)
{
    struct resource_rows rows;
    struct admin_resource told;
    const struct resource_row *before = NULL;
    struct wanted given;
    TRY(read_wanted(c, line, &given));
    TRY(all_there(c, server, &rows));
    for (size_t i = 0; i < rows.n; i++)
        if (text_equal(rows.at[i].uri, given.uri))
            before = &rows.at[i];
    const struct resource_row row = row_wanted(&given, before);
    const struct admin_resource wanted = {
        .resource = row.uri,
        .resource_name = row.name,
        .scopes_supported = row.scopes,
        .metadata = bytes_of(row.metadata == NULL ? "{}" : row.metadata),
    };
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "PUT",
                                         .path = "/admin/resources",
                                         .in_shape = &admin_resource_shape,
                                         .in = &wanted,
                                         .out_shape = &admin_resource_shape,
                                         .out = &told },
                   NULL));
    const struct resource_row now = row_of(c->arena, &told);
    tell_set(c, line, &now);
    return ok();
}

static RESULT take_away_there(struct ctx *c, const struct command_line *line,
                              const struct admin_server *server)
{
    const char *uri = NULL;
    TRY(command_argument(c, line, "the URI of a resource", &uri));
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "DELETE",
                                         .path = "/admin/resources",
                                         .query = { { "resource", uri } } },
                   NULL));
    command_say(line, "%s is removed.\n", uri);
    return ok();
}

COMMAND_RUN(set)
COMMAND_RUN(list)
COMMAND_RUN(take_away)

static const struct command_option set_options[] = {
    { "--name", "NAME", "Its name", false, false },
    { "--scope", "SCOPE", "A scope that means something there; none: any", false, true },
    { "--metadata-file", "FILE", "Further members of RFC 9728 2 and 9396, as JSON", false, false },
};

const struct command command_resource_set = {
    .name = "resource set",
    .summary = "Register an API that tokens may be for, or change what is known of it",
    .arguments = "URI",
    .details =
        "What is not given stays.  Its metadata (RFC 9728) is served at\n"
        "/.well-known/oauth-protected-resource?resource=URI, and under its own host where a\n"
        "proxy passes that path on.",
    COMMAND_OPTIONS(set_options),
    .run = run_set,
    .there = set_there,
};
const struct command command_resource_list = {
    .name = "resource list",
    .summary = "List the APIs that tokens may be for",
    .run = run_list,
    .there = list_there,
};
const struct command command_resource_remove = {
    .name = "resource remove",
    .summary = "Forget an API: no further token is for it",
    .arguments = "URI",
    .run = run_take_away,
    .there = take_away_there,
};
