/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth api-key create, list, show, revoke: the keys with which services act for people.
 */
#include "api/admin_api_keys.h"
#include "api/me.h"
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/api_key.h"
#include "identity/people.h"
#include "store/page.h"

#include <string.h>

enum { DAY = 86400, DAYS_MAX = 36500 /* a server has its own */ };

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

static void show_list(struct ctx *c, const struct command_line *line,
                      const struct api_key_rows *rows)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < rows->n; i++)
        write_key(&w, &(struct api_key_made){ .row = &rows->at[i] });
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        show_table(c, rows);
}

static void show_made(struct ctx *c, const struct command_line *line,
                      const struct api_key_made *made)
{
    show_one(c, line, made);
    command_say(line, "\nThe key, which is shown this once:\n\n%s\n", made->key);
}

/* ---- list and show ---- */

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    struct api_key_rows rows;
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a key.");
    TRY(command_tenant_option(c, line, &tenant));
    TRY(api_keys_page(c, tenant->id, page, &rows));
    show_list(c, line, &rows);
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

static RESULT read_options(struct ctx *c, const struct command_line *line, int64_t most_days,
                           struct api_key_new *key)
{
    int64_t days = 0;
    if (!text_int(command_value(line, "--days"), 1, most_days, &days))
        return fail_field(
            c, INVALID_FIELD, "--days",
            text_printf(c->arena, "This is a number from 1 to %lld.", (long long)most_days));
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
    TRY(read_options(c, line, c->config->api_key_max_days, &creating.key));
    TRY(command_tenant_option(c, line, &tenant));
    TRY(people_find(c, command_value(line, "--user"), &user));
    const struct actor maker = { .user_id = user->id,
                                 .tenant_id = tenant->id,
                                 .permissions = { everything, 1 },
                                 .permission = creating.key.permissions.at[0] };
    creating.key.maker = &maker;
    TRY(authority_act(c, &maker, create_in, &creating));
    show_made(c, line, &creating.made);
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

/* ---- on a server ---- */

/* Who has the token, and in which tenant they act. */
static RESULT caller_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, struct user_response *out)
{
    struct admin_call call = {
        .method = "GET", .path = "/auth/me", .out_shape = &user_response_shape, .out = out
    };
    TRY(command_acting_tenant(c, line, server, &call.tenant_id));
    return admin_send(c, server, &call, NULL);
}

static struct api_key_row row_of(const struct admin_api_key *key, const char *tenant_id)
{
    return (struct api_key_row){ .id = key->id,
                                 .tenant_id = tenant_id,
                                 .user_id = key->user_id,
                                 .name = key->name,
                                 .permissions = key->permissions,
                                 .created_at = key->created_at,
                                 .expires_at = key->expires_at,
                                 .last_used_at = key->last_used_at };
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    const char *after = command_value(line, "--after");
    struct user_response caller;
    struct items found;
    if (!page_after_is_sound(after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a key.");
    TRY(caller_there(c, line, server, &caller));
    const struct admin_call call = { .path = "/admin/api-keys",
                                     .tenant_id = caller.tenant_id,
                                     .query = { { "limit", ADMIN_PAGE } } };
    TRY(admin_list(c, server, &call, &admin_api_key_list_shape, &found));
    struct api_key_row *rows = ARENA_NEWS(c->arena, struct api_key_row, found.n);
    size_t n = 0;
    for (size_t i = 0; i < found.n && n < PAGE_MAX; i++) {
        const struct admin_api_key *key = (const struct admin_api_key *)found.at + i;
        if (after == NULL || strcmp(key->id, after) > 0)
            rows[n++] = row_of(key, caller.tenant_id);
    }
    show_list(c, line, &(struct api_key_rows){ rows, n });
    return ok();
}

/* The key that the argument names; *call asks for it. */
static RESULT named_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server, struct admin_call *call,
                          struct api_key_row *out)
{
    struct user_response caller;
    struct admin_api_key key;
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of a key", &id));
    TRY(caller_there(c, line, server, &caller));
    *call = (struct admin_call){ .method = "GET",
                                 .path = admin_path(c->arena, "/admin/api-keys", id, ""),
                                 .tenant_id = caller.tenant_id,
                                 .out_shape = &admin_api_key_shape,
                                 .out = &key };
    TRY(admin_send(c, server, call, NULL));
    *out = row_of(&key, caller.tenant_id);
    call->out_shape = NULL;
    call->out = NULL;
    return ok();
}

static RESULT show_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct admin_call call;
    struct api_key_row row;
    TRY(named_there(c, line, server, &call, &row));
    show_one(c, line, &(struct api_key_made){ .row = &row });
    return ok();
}

static RESULT create_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    const char *user = command_value(line, "--user");
    struct api_key_new key = { 0 };
    struct user_response caller;
    struct admin_api_key made;
    TRY(read_options(c, line, DAYS_MAX, &key));
    TRY(caller_there(c, line, server, &caller));
    if (!text_equal(caller.id, user) && !text_equal_nocase(caller.email, user))
        return fail_field(c, INVALID_FIELD, "--user",
                          "On a server one makes a key for oneself: whose token it is.");
    const struct admin_api_key_new wanted = { .name = key.name,
                                              .permissions = key.permissions,
                                              .expires_at = key.expires_at };
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "POST",
                                         .path = "/admin/api-keys",
                                         .tenant_id = caller.tenant_id,
                                         .in_shape = &admin_api_key_new_shape,
                                         .in = &wanted,
                                         .out_shape = &admin_api_key_shape,
                                         .out = &made },
                   NULL));
    const struct api_key_row row = row_of(&made, caller.tenant_id);
    show_made(c, line, &(struct api_key_made){ .row = &row, .key = made.key });
    return ok();
}

static RESULT revoke_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_call call;
    struct api_key_row row;
    TRY(named_there(c, line, server, &call, &row));
    call.method = "DELETE";
    TRY(admin_send(c, server, &call, NULL));
    command_done(c, line, row.name, "is revoked");
    return ok();
}

/* ---- the rows ---- */

COMMAND_RUN(list)
COMMAND_RUN(show)
COMMAND_RUN(create)
COMMAND_RUN(revoke)

static const struct command_option create_options[] = {
    COMMAND_TENANT_OPTION,
    { "--user", "USER", "For whom it acts, by id or address; on a server oneself", true, false },
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
    COMMAND_OPTIONS(create_options),
    .run = run_create,
    .there = create_there,
};
const struct command command_api_key_list = {
    .name = "api-key list",
    .summary = "List the API keys of a tenant",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
    .there = list_there,
};
const struct command command_api_key_show = {
    .name = "api-key show",
    .summary = "Show an API key, without its secret",
    .arguments = "ID",
    COMMAND_OPTIONS(one_options),
    .run = run_show,
    .there = show_there,
};
const struct command command_api_key_revoke = {
    .name = "api-key revoke",
    .summary = "Revoke an API key, at once",
    .arguments = "ID",
    COMMAND_OPTIONS(one_options),
    .run = run_revoke,
    .there = revoke_there,
};
