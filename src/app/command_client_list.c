/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth client list: the clients, by id.
 */
#include "app/command_client.h"
#include "app/commands.h"

#include <string.h>

enum { LIST_DEFAULT = 100, LIST_MAX = 10000 };

struct listed {
    struct client_row *at;
    size_t n;
};

static RESULT read_limit(struct ctx *c, const struct command_line *line, int64_t *limit)
{
    const char *text = command_value(line, "--limit");
    *limit = LIST_DEFAULT;
    if (text != NULL && !text_int(text, 1, LIST_MAX, limit))
        return fail_field(c, INVALID_FIELD, "--limit", "This is a number from 1 to 10000.");
    return ok();
}

/* Page by page, as many as were asked for; our own API is none of them. */
static RESULT read_clients(struct ctx *c, const struct command_line *line, int64_t limit,
                           struct listed *out)
{
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    out->at = ARENA_NEWS(c->arena, struct client_row, (size_t)limit);
    out->n = 0;
    for (;;) {
        struct client_rows rows;
        TRY(clients_page(c, page, &rows));
        for (size_t i = 0; i < rows.n && (int64_t)out->n < limit; i++)
            if (!text_equal(rows.at[i].id, CLIENT_FIRST_PARTY))
                out->at[out->n++] = rows.at[i];
        if (rows.n < PAGE_MAX || (int64_t)out->n == limit)
            return ok();
        page.after = rows.at[rows.n - 1].id;
    }
}

static void show_json(struct ctx *c, const struct command_line *line, const struct listed *clients)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < clients->n; i++) {
        const struct client_row *row = &clients->at[i];
        json_object(&w, NULL);
        json_text(&w, "client_id", row->id);
        json_text(&w, "client_name", row->name);
        json_text(&w, "status", command_client_status(row->status));
        json_bool(&w, "confidential", row->confidential);
        json_number(&w, "client_id_issued_at", row->created_at);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
}

static void show_table(struct ctx *c, const struct listed *clients)
{
    static const char *const titles[] = { "ID", "NAME", "TYPE", "STATUS", "MADE" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, clients->n *COLUMNS);
    for (size_t i = 0; i < clients->n; i++) {
        const struct client_row *client = &clients->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = client->id;
        row[1] = client->name;
        row[2] = client->confidential ? "confidential" : "public";
        row[3] = command_client_status(client->status);
        row[4] = command_time(c->arena, client->created_at);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, clients->n);
}

static RESULT show(struct ctx *c, const struct command_line *line, const struct listed *clients)
{
    if (line->json)
        show_json(c, line, clients);
    else
        show_table(c, clients);
    return ok();
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    int64_t limit = 0;
    struct listed clients;
    TRY(read_limit(c, line, &limit));
    TRY(read_clients(c, line, limit, &clients));
    return show(c, line, &clients);
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    int64_t limit = 0;
    const char *after = command_value(line, "--after");
    const struct admin_call call = { .path = "/admin/clients",
                                     .query = { { "limit", ADMIN_PAGE } } };
    struct items found;
    TRY(read_limit(c, line, &limit));
    TRY(admin_list(c, server, &call, &admin_client_list_shape, &found));
    struct listed clients = { ARENA_NEWS(c->arena, struct client_row, found.n), 0 };
    for (size_t i = 0; i < found.n && (int64_t)clients.n < limit; i++) {
        struct client_row row = command_client_row((const struct admin_client *)found.at + i);
        bool listed = after == NULL || strcmp(row.id, after) > 0;
        if (listed && !text_equal(row.id, CLIENT_FIRST_PARTY))
            clients.at[clients.n++] = row;
    }
    return show(c, line, &clients);
}

COMMAND_RUN(list)

static const struct command_option options[] = {
    { "--limit", "N", "At most so many (100)", false, false },
    { "--after", "ID", "Go on behind the client with this id", false, false },
};

const struct command command_client_list = {
    .name = "client list",
    .summary = "List clients",
    COMMAND_OPTIONS(options),
    .run = run_list,
    .there = list_there,
};
