/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user list: the users, in the order in which they were made.
 */
#include "app/command_node.h"
#include "app/commands.h"

#include "base/text.h"
#include "store/page.h"

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

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    int64_t limit = 0;
    struct listed users;
    TRY(read_limit(c, line, &limit));
    TRY(read_users(c, line, limit, &users));
    if (line->json)
        show_json(c, line, &users);
    else
        show_table(c, &users);
    return ok();
}

static RESULT run_list(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_DATABASE, list);
}

static const struct command_option options[] = {
    { "--email-starts", "TEXT", "Only users whose address begins so", false, false },
    { "--limit", "N", "At most so many (100)", false, false },
    { "--after", "ID", "Go on behind the user with this id", false, false },
};

const struct command command_user_list = {
    .name = "user list",
    .summary = "List users",
    .options = options,
    .options_n = sizeof options / sizeof options[0],
    .run = run_list,
};
