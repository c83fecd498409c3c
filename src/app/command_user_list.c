/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user list: the users, in the order in which they were made.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/text.h"
#include "store/page.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_DEFAULT = 100, LIST_MAX = 10000 };

struct listed {
    struct user_row *at;
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

/* Page by page, as many as were asked for. */
static RESULT read_users(struct ctx *c, const struct command_line *line, int64_t limit,
                         struct listed *out)
{
    struct page page = { .after = command_value(line, "--after") };
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a user.");
    const char *starts = command_value(line, "--email-starts");
    out->at = ARENA_NEWS(c->arena, struct user_row, (size_t)limit);
    out->n = 0;
    for (;;) {
        struct user_rows rows;
        int64_t left = limit - (int64_t)out->n;
        page.limit = left < PAGE_MAX ? left : PAGE_MAX;
        TRY(users_page(c, starts, page, &rows));
        for (size_t i = 0; i < rows.n; i++)
            out->at[out->n++] = rows.at[i];
        if ((int64_t)rows.n < page.limit || (int64_t)out->n == limit)
            return ok();
        page.after = rows.at[rows.n - 1].id;
    }
}

static void show_json(struct ctx *c, const struct command_line *line, const struct listed *users)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < users->n; i++) {
        json_object(&w, NULL);
        command_write_user(&w, &users->at[i]);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
}

static void show_table(struct ctx *c, const struct listed *users)
{
    static const char *const titles[] = { "ID", "ADDRESS", "NAME", "STATUS", "LAST SIGN-IN" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, users->n *COLUMNS);
    for (size_t i = 0; i < users->n; i++) {
        const struct user_row *user = &users->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = user->id;
        row[1] = user->email_entered == NULL ? "-" : user->email_entered;
        row[2] = user->full_name;
        row[3] = user->status == USER_ACTIVE && user->email_verified_at == 0
                     ? "unverified"
                     : command_user_status(user->status);
        row[4] = command_time(c->arena, user->last_login_at);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, users->n);
}

static RESULT show(struct ctx *c, const struct command_line *line, const struct listed *users)
{
    if (line->json)
        show_json(c, line, users);
    else
        show_table(c, users);
    return ok();
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    int64_t limit = 0;
    struct listed users;
    TRY(read_limit(c, line, &limit));
    TRY(read_users(c, line, limit, &users));
    return show(c, line, &users);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct user_row *)a)->id, ((const struct user_row *)b)->id);
}

/* A service orders by address those that it looks up by it. */
static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    int64_t limit = 0;
    const char *after = command_value(line, "--after");
    const struct admin_call call = {
        .path = "/admin/users",
        .query = { { "limit", ADMIN_PAGE }, { "email", command_value(line, "--email-starts") } },
    };
    struct items found;
    TRY(read_limit(c, line, &limit));
    TRY(admin_list(c, server, &call, &admin_user_list_shape, &found));
    struct listed users = { ARENA_NEWS(c->arena, struct user_row, found.n), 0 };
    for (size_t i = 0; i < found.n; i++) {
        struct user_row row = command_user_row((const struct admin_user *)found.at + i);
        if (after == NULL || strcmp(row.id, after) > 0)
            users.at[users.n++] = row;
    }
    if (users.n > 0)
        qsort(users.at, users.n, sizeof *users.at, by_id);
    users.n = users.n < (size_t)limit ? users.n : (size_t)limit;
    return show(c, line, &users);
}

COMMAND_RUN(list)

static const struct command_option options[] = {
    { "--email-starts", "TEXT", "Only users whose address begins so", false, false },
    { "--limit", "N", "At most so many (100)", false, false },
    { "--after", "ID", "Go on behind the user with this id", false, false },
};

const struct command command_user_list = {
    .name = "user list",
    .summary = "List users",
    .details = "A server lists the members of the tenant that the token is for.",
    COMMAND_OPTIONS(options),
    .run = run_list,
    .there = list_there,
};
