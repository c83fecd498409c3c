/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth provider create, list, show, update, delete --server: the same on a service that runs.
 */
#include "api/admin_providers.h"
#include "app/command_provider.h"

static struct provider_shown shown_of(struct arena *a, const struct admin_provider *told)
{
    const struct provider_metadata *metadata = told->metadata;
    return (struct provider_shown){ .id = told->id,
                                    .kind = told->kind,
                                    .name = told->name,
                                    .status = told->status,
                                    .callback = told->callback,
                                    .client_id = metadata->client_id,
                                    .urls_named_by = told->urls_named_by,
                                    .metadata = provider_metadata_write(a, metadata),
                                    .created_at = told->created_at };
}

static RESULT send_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server, const struct admin_call *call)
{
    struct admin_provider told = { 0 };
    struct admin_call asked = *call;
    asked.out_shape = &admin_provider_shape;
    asked.out = &told;
    TRY(admin_send(c, server, &asked, NULL));
    const struct provider_shown shown = shown_of(c->arena, &told);
    command_provider_print(c, line, &shown);
    return ok();
}

RESULT command_provider_list_there(struct ctx *c, const struct command_line *line,
                                   const struct admin_server *server)
{
    const struct admin_call call = { .path = "/admin/providers",
                                     .query = { { "limit", ADMIN_PAGE } } };
    struct items found;
    TRY(admin_list(c, server, &call, &admin_provider_list_shape, &found));
    struct provider_shown *all = ARENA_NEWS(c->arena, struct provider_shown, found.n);
    for (size_t i = 0; i < found.n; i++)
        all[i] = shown_of(c->arena, (const struct admin_provider *)found.at + i);
    command_provider_print_list(c, line, all, found.n);
    return ok();
}

RESULT command_provider_create_there(struct ctx *c, const struct command_line *line,
                                     const struct admin_server *server)
{
    struct provider_wanted wanted = { 0 };
    struct admin_provider_new body = { .kind = command_value(line, "--kind") };
    TRY(command_argument(c, line, "the id of the provider", &body.id));
    TRY(command_provider_secret(c, line, &wanted.secret));
    TRY(command_provider_read(c, line, &wanted));
    body.name = wanted.name;
    body.client_secret = wanted.secret;
    body.disabled = wanted.disabled;
    body.metadata = &wanted.metadata;
    return send_there(c, line, server,
                      &(struct admin_call){ .method = "POST",
                                            .path = "/admin/providers",
                                            .in_shape = &admin_provider_new_shape,
                                            .in = &body });
}

static RESULT path_there(struct ctx *c, const struct command_line *line, const char **path)
{
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of the provider", &id));
    *path = admin_path(c->arena, "/admin/providers", id, "");
    return ok();
}

RESULT command_provider_show_there(struct ctx *c, const struct command_line *line,
                                   const struct admin_server *server)
{
    struct admin_call call = { .method = "GET" };
    TRY(path_there(c, line, &call.path));
    return send_there(c, line, server, &call);
}

RESULT command_provider_update_there(struct ctx *c, const struct command_line *line,
                                     const struct admin_server *server)
{
    struct admin_provider before;
    struct admin_reply reply;
    struct provider_wanted wanted = { 0 };
    struct admin_call call = { .method = "GET",
                               .out_shape = &admin_provider_shape,
                               .out = &before };
    TRY(path_there(c, line, &call.path));
    TRY(command_provider_secret(c, line, &wanted.secret));
    TRY(admin_send(c, server, &call, &reply));
    wanted.metadata = *(const struct provider_metadata *)before.metadata;
    wanted.disabled = text_equal(before.status, "disabled");
    TRY(command_provider_read(c, line, &wanted));
    const struct admin_provider_put put = { .name = wanted.name,
                                            .client_secret = wanted.secret,
                                            .disabled = wanted.disabled,
                                            .metadata = &wanted.metadata };
    return send_there(c, line, server,
                      &(struct admin_call){ .method = "PUT",
                                            .path = call.path,
                                            .if_match = reply.etag,
                                            .in_shape = &admin_provider_put_shape,
                                            .in = &put });
}

RESULT command_provider_erase_there(struct ctx *c, const struct command_line *line,
                                    const struct admin_server *server)
{
    const char *path = NULL;
    TRY(path_there(c, line, &path));
    TRY(command_do_there(c, server, "DELETE", path));
    command_provider_removed(c, line, line->arguments.at[0]);
    return ok();
}
