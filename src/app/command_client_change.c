/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth client show, update, rotate-secret, disable, enable, delete.
 */
#include "app/command_client.h"
#include "app/commands.h"

enum { OVERLAP_HOURS = 24, OVERLAP_HOURS_MAX = 24 * 90, HOUR = 3600 };

static const char is_enabled[] = "is enabled";
static const char is_disabled[] = "is disabled";
static const char is_removed[] = "is removed";

static RESULT show(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct client_made client;
    TRY(command_client(c, line, &client));
    command_client_show(c, line, &client);
    return ok();
}

/* A client on its way through a transaction: nothing is changed between reading and writing it. */
struct updating {
    const struct command_line *line;
    struct command_client_files files;
    struct client_made client;
};

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct updating *u = arg;
    TRY(command_client(c, u->line, &u->client));
    struct client_metadata metadata = u->client.metadata;
    TRY(command_client_read(c, u->line, &u->files, &metadata));
    return client_change(c, u->client.row->id, &metadata, NULL, &u->client);
}

static RESULT update(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct updating u = { .line = line };
    TRY(command_client_files(c, line, &u.files));
    TRY(db_atomically(c, update_in, &u));
    command_client_show(c, line, &u.client);
    return ok();
}

/* In seconds. */
static RESULT read_overlap(struct ctx *c, const struct command_line *line, int64_t *out)
{
    const char *text = command_value(line, "--overlap-hours");
    int64_t hours = OVERLAP_HOURS;
    if (text != NULL && !text_int(text, 0, OVERLAP_HOURS_MAX, &hours))
        return fail_field(c, INVALID_FIELD, "--overlap-hours", "This is a number from 0 to 2160.");
    *out = hours * HOUR;
    return ok();
}

static RESULT rotate(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct client_made client;
    int64_t overlap = 0;
    TRY(read_overlap(c, line, &overlap));
    TRY(command_client(c, line, &client));
    TRY(client_rotate_secret(c, client.row->id, overlap, NULL, &client));
    command_client_show(c, line, &client);
    return ok();
}

static void tell(struct ctx *c, const struct command_line *line, const char *id, const char *done)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "client_id", id);
    json_text(&w, "done", done);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s %s.\n", id, done);
}

static RESULT turn(struct ctx *c, const struct command_line *line, enum client_status status)
{
    struct client_made client;
    TRY(command_client(c, line, &client));
    TRY(client_switch(c, client.row->id, status, NULL));
    tell(c, line, client.row->id, status == CLIENT_ACTIVE ? is_enabled : is_disabled);
    return ok();
}

static RESULT disable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return turn(c, line, CLIENT_DISABLED);
}

static RESULT enable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return turn(c, line, CLIENT_ACTIVE);
}

static RESULT erase(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct client_made client;
    TRY(command_client(c, line, &client));
    TRY(client_erase(c, client.row->id, NULL));
    tell(c, line, client.row->id, is_removed);
    return ok();
}

/* ---- on a server ---- */

static RESULT show_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    struct client_made client;
    const char *etag = NULL;
    TRY(command_client_there(c, line, server, &client, &etag));
    command_client_show(c, line, &client);
    return ok();
}

static RESULT update_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct client_made client;
    struct admin_call call = { .method = "PUT",
                               .in_shape = &client_metadata_shape,
                               .in = &client.metadata };
    struct command_client_files files;
    TRY(command_client_files(c, line, &files));
    TRY(command_client_there(c, line, server, &client, &call.if_match));
    TRY(command_client_read(c, line, &files, &client.metadata));
    call.path = admin_path(c->arena, "/admin/clients", client.row->id, "");
    return command_client_send(c, line, server, &call);
}

static RESULT rotate_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct client_made client;
    struct admin_client_rotate wanted;
    struct admin_call call = { .method = "POST",
                               .in_shape = &admin_client_rotate_shape,
                               .in = &wanted };
    const char *etag = NULL;
    TRY(read_overlap(c, line, &wanted.overlap));
    TRY(command_client_there(c, line, server, &client, &etag));
    call.path = admin_path(c->arena, "/admin/clients", client.row->id, "/rotate-secret");
    return command_client_send(c, line, server, &call);
}

/* How a service is asked, and what is said when it is done. */
struct act {
    const char *method, *path, *done;
};

static RESULT do_there(struct ctx *c, const struct command_line *line,
                       const struct admin_server *server, const struct act *act)
{
    struct client_made client;
    const char *etag = NULL;
    TRY(command_client_there(c, line, server, &client, &etag));
    TRY(command_do_there(c, server, act->method,
                         admin_path(c->arena, "/admin/clients", client.row->id, act->path)));
    tell(c, line, client.row->id, act->done);
    return ok();
}

static RESULT disable_there(struct ctx *c, const struct command_line *line,
                            const struct admin_server *server)
{
    return do_there(c, line, server, &(struct act){ "POST", "/disable", is_disabled });
}

static RESULT enable_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    return do_there(c, line, server, &(struct act){ "POST", "/enable", is_enabled });
}

static RESULT erase_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server)
{
    return do_there(c, line, server, &(struct act){ "DELETE", "", is_removed });
}

/* ---- the rows ---- */

COMMAND_RUN(show)
COMMAND_RUN(update)
COMMAND_RUN(rotate)
COMMAND_RUN(disable)
COMMAND_RUN(enable)
COMMAND_RUN(erase)

static const struct command_option update_options[] = { COMMAND_CLIENT_OPTIONS };
static const struct command_option rotate_options[] = {
    { "--overlap-hours", "N", "How long the secret before still works (24)", false, false },
};
static const struct command_option erase_options[] = {
    { "--yes", NULL, "It cannot be undone", true, false },
};

const struct command command_client_show_one = {
    .name = "client show",
    .summary = "Show a client",
    .arguments = "CLIENT",
    .run = run_show,
    .there = show_there,
};
const struct command command_client_update = {
    .name = "client update",
    .summary = "Change what a client registered",
    .arguments = "CLIENT",
    .details = "A list that is given replaces the one before; what is not given stays.  A file of\n"
               "metadata is all that the client registers: what is not in it goes, but its method\n"
               "of authentication.",
    COMMAND_OPTIONS(update_options),
    .run = run_update,
    .there = update_there,
};
const struct command command_client_rotate_secret = {
    .name = "client rotate-secret",
    .summary = "Give a client another secret, shown once",
    .arguments = "CLIENT",
    COMMAND_OPTIONS(rotate_options),
    .run = run_rotate,
    .there = rotate_there,
};
const struct command command_client_disable = {
    .name = "client disable",
    .summary = "Disable a client: what was granted to it ends at once",
    .arguments = "CLIENT",
    .run = run_disable,
    .there = disable_there,
};
const struct command command_client_enable = {
    .name = "client enable",
    .summary = "Let a disabled client work again",
    .arguments = "CLIENT",
    .run = run_enable,
    .there = enable_there,
};
const struct command command_client_delete = {
    .name = "client delete",
    .summary = "Remove a client with all that was granted to it",
    .arguments = "CLIENT",
    COMMAND_OPTIONS(erase_options),
    .run = run_erase,
    .there = erase_there,
};
