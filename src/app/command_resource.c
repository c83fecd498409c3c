/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth resource set, list, remove: the APIs that tokens are for (RFC 8707, RFC 9728).
 */
#include "app/command_node.h"
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

/* What is not given stays as it was. */
static RESULT set(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct resource_row *before = NULL;
    const char *uri = NULL;
    TRY(command_argument(c, line, "the URI of a resource", &uri));
    TRY(resource_find(c, uri, &before));
    struct resource_row row = { .uri = uri, .name = uri };
    if (before != NULL)
        row = *before;
    struct texts scopes = command_values(c->arena, line, "--scope");
    if (scopes.n > 0)
        row.scopes = scopes;
    if (command_value(line, "--name") != NULL)
        row.name = command_value(line, "--name");
    if (command_value(line, "--metadata-file") != NULL)
        TRY(read_file(c, command_value(line, "--metadata-file"), &row.metadata));
    TRY(resource_register(c, &row));
    struct json_writer w = json_writer(c->arena);
    write_one(&w, &row);
    command_show(line, &w);
    command_say(line, "%s is registered.\n", uri);
    return ok();
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
            write_one(&w, &rows.at[i]);
            command_say(line, "%-40s  %-24s  %s\n", rows.at[i].uri, rows.at[i].name,
                        text_join(c->arena, rows.at[i].scopes, " "));
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

#define RUN(work)                                                                                  \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }
RUN(set)
RUN(list)
RUN(take_away)
#undef RUN

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
    .options = set_options,
    .options_n = sizeof set_options / sizeof set_options[0],
    .run = run_set,
};
const struct command command_resource_list = {
    .name = "resource list",
    .summary = "List the APIs that tokens may be for",
    .run = run_list,
};
const struct command command_resource_remove = {
    .name = "resource remove",
    .summary = "Forget an API: no further token is for it",
    .arguments = "URI",
    .run = run_take_away,
};
