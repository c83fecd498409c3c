/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth api-key create, list, show, revoke: the keys with which services act for people.
 */
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/api_key.h"
#include "identity/people.h"
#include "store/page.h"

enum { DAY = 86400 };

/* ---- showing ---- */

static void write_time(struct json_writer *w, const char *name, int64_t at)
{
    if (at != 0)
        json_text(w, name, command_time(w->out.arena, at));
}

static void write_key(struct json_writer *w, const struct api_key_made *made)
{
    const struct api_key_row *row = made->row;
    json_object(w, NULL);
    json_text(w, "id", row->id);
    json_text(w, "name", row->name);
    json_text(w, "tenant_id", row->tenant_id);
    json_text(w, "user_id", row->user_id);
    json_texts(w, "permissions", row->permissions);
    write_time(w, "created_at", row->created_at);
    write_time(w, "expires_at", row->expires_at);
    write_time(w, "last_used_at", row->last_used_at);
    if (made->key != NULL)
        json_text(w, "key", made->key);
    json_object_end(w);
}

static void show_table(struct ctx *c, const struct api_key_rows *keys)
{
    static const char *const titles[] = { "ID", "NAME", "ACTS FOR", "PERMISSIONS", "ENDS", "USED" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, keys->n *COLUMNS);
    for (size_t i = 0; i < keys->n; i++) {
        const struct api_key_row *key = &keys->at[i];
        const char **row = cells + i * COLUMNS;
        row[0] = key->id;
        row[1] = key->name;
        row[2] = key->user_id;
        row[3] = text_join(c->arena, key->permissions, " ");
        row[4] = command_time(c->arena, key->expires_at);
        row[5] = command_time(c->arena, key->last_used_at);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, keys->n);
}

static void show_one(struct ctx *c, const struct command_line *line,
                     const struct api_key_made *made)
{
    struct json_writer w = json_writer(c->arena);
    write_key(&w, made);
    command_show(line, &w);
    if (!line->json)
        show_table(c, &(struct api_key_rows){ made->row, 1 });
}

/* ---- list and show ---- */

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    struct api_key_rows rows;
    struct json_writer w = json_writer(c->arena);
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a key.");
    TRY(command_tenant_option(c, line, &tenant));
    TRY(api_keys_page(c, tenant->id, page, &rows));
    json_array(&w, NULL);
    for (size_t i = 0; i < rows.n; i++)
        write_key(&w, &(struct api_key_made){ .row = &rows.at[i] });
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        show_table(c, &rows);
    return ok();
}

/* The key that the argument names, in its tenant. */
static RESULT named(struct ctx *c, const struct command_line *line, const struct api_key_row **out)
{
    const struct tenant_row *tenant = NULL;
    const char *id = NULL;
    TRY(command_tenant_option(c, line, &tenant));
    TRY(command_argument(c, line, "the id of a key", &id));
    return api_key_load(c, tenant->id, id, out);
}

static RESULT show(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct api_key_made made = { 0 };
    TRY(named(c, line, &made.row));
    show_one(c, line, &made);
    return ok();
}

/* ---- create and revoke ---- */

struct creating {
    struct api_key_new key;
    struct api_key_made made;
};

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct creating *creating = arg;
    return api_key_create(c, &creating->key, &creating->made);
}

static RESULT read_options(struct ctx *c, const struct command_line *line, struct api_key_new *key)
{
    int64_t days = 0;
    if (!text_int(command_value(line, "--days"), 1, c->config->api_key_max_days, &days))
        return fail_field(c, INVALID_FIELD, "--days",
                          text_printf(c->arena, "This is a number from 1 to %lld.",
                                      (long long)c->config->api_key_max_days));
    key->name = command_value(line, "--name");
    key->permissions = command_values(c->arena, line, "--permission");
    key->expires_at = c->now + days * DAY;
    return ok();
}

/* Whoever may use the data folder needs no right of their own; the maker needs those of the key. */
static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *everything[] = { "admin:*" };
    const struct tenant_row *tenant = NULL;
    const struct user_row *user = NULL;
    struct creating creating = { .key = { .by_command = true } };
    TRY(read_options(c, line, &creating.key));
    TRY(command_tenant_option(c, line, &tenant));
    TRY(people_find(c, command_value(line, "--user"), &user));
    const struct actor maker = { .user_id = user->id,
                                 .tenant_id = tenant->id,
                                 .permissions = { everything, 1 },
                                 .permission = creating.key.permissions.at[0] };
    creating.key.maker = &maker;
    TRY(authority_act(c, &maker, create_in, &creating));
    show_one(c, line, &creating.made);
    command_say(line, "\nThe key, which is shown this once:\n\n%s\n", creating.made.key);
    return ok();
}

static RESULT revoke(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct api_key_row *key = NULL;
    TRY(named(c, line, &key));
    TRY(api_key_revoke(c, NULL, key->tenant_id, key->id));
    command_done(c, line, key->name, "is revoked");
    return ok();
}

/* ---- the rows ---- */

#define RUN(work)                                                                                  \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }
RUN(list)
RUN(show)
RUN(create)
RUN(revoke)
#undef RUN

#define OPTIONS(rows) .options = (rows), .options_n = sizeof(rows) / sizeof((rows)[0])
static const struct command_option create_options[] = {
    COMMAND_TENANT_OPTION,
    { "--user", "USER", "For whom it acts, by id or address", true, false },
    { "--name", "TEXT", "What it is for", true, false },
    { "--permission", "PERMISSION", "What it allows, of what the user may", true, true },
    { "--days", "N", "It ends after so many days", true, false },
};
static const struct command_option list_options[] = {
    COMMAND_TENANT_OPTION,
    { "--after", "ID", "Go on behind the key with this id", false, false },
};
static const struct command_option one_options[] = {
    COMMAND_TENANT_OPTION,
};

const struct command command_api_key_create = {
    .name = "api-key create",
    .summary = "Make an API key with which a service acts for a user; it is shown this once",
    OPTIONS(create_options),
    .run = run_create,
};
const struct command command_api_key_list = {
    .name = "api-key list",
    .summary = "List the API keys of a tenant",
    OPTIONS(list_options),
    .run = run_list,
};
const struct command command_api_key_show = {
    .name = "api-key show",
    .summary = "Show an API key, without its secret",
    .arguments = "ID",
    OPTIONS(one_options),
    .run = run_show,
};
const struct command command_api_key_revoke = {
    .name = "api-key revoke",
    .summary = "Revoke an API key, at once",
    .arguments = "ID",
    OPTIONS(one_options),
    .run = run_revoke,
};
