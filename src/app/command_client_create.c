/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth client create: an application that may sign users in, or call APIs.
 */
#include "app/command_client.h"
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"
#include "oauth/client_auth.h"

static RESULT read_type(struct ctx *c, const struct command_line *line, struct client_metadata *m)
{
    const char *type = command_value(line, "--type");
    if (text_equal(type, "public"))
        m->token_endpoint_auth_method = "none";
    else if (!text_equal(type, "confidential"))
        return fail_field(c, INVALID_FIELD, "--type", "This is public or confidential.");
    return ok();
}

static RESULT check_type(struct ctx *c, const struct command_line *line,
                         const struct client_metadata *m)
{
    bool is_public = text_equal(command_value(line, "--type"), "public");
    if (client_auth_find(m->token_endpoint_auth_method) == NULL)
        return fail_field(c, INVALID_FIELD, "--auth-method", client_auth_say(c->arena));
    if (is_public == !client_metadata_is_confidential(m))
        return ok();
    return fail_field(c, INVALID_FIELD, "--auth-method",
                      is_public ? "This method does not go with the type of the client: a public "
                                  "one has none."
                                : "This method does not go with the type of the client: it is of "
                                  "public ones.");
}

static RESULT read_wanted(struct ctx *c, const struct command_line *line,
                          struct client_metadata *metadata)
{
    struct command_client_files files;
    TRY(read_type(c, line, metadata));
    TRY(command_client_files(c, line, &files));
    TRY(command_client_read(c, line, &files, metadata));
    return metadata->token_endpoint_auth_method == NULL ? ok() : check_type(c, line, metadata);
}

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct client_made made;
    const struct tenant_row *tenant = NULL;
    struct client_new client = { .id = command_value(line, "--id") };
    if (command_has(line, "--tenant"))
        TRY(command_tenant_option(c, line, &tenant));
    client.tenant_id = tenant == NULL ? NULL : tenant->id;
    TRY(read_wanted(c, line, &client.metadata));
    TRY(client_create(c, &client, &made));
    command_client_show(c, line, &made);
    return ok();
}

/* Without --tenant it is of all tenants, as where the data folder is. */
static RESULT create_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct client_metadata metadata = { 0 };
    const struct admin_client_new wanted = { .client_id = command_value(line, "--id"),
                                             .all_tenants = !command_has(line, "--tenant"),
                                             .metadata = &metadata };
    const char *tenant_id = NULL;
    TRY(command_acting_tenant(c, line, server, &tenant_id));
    TRY(read_wanted(c, line, &metadata));
    return command_client_send(c, line, server,
                               &(struct admin_call){ .method = "POST",
                                                     .path = "/admin/clients",
                                                     .tenant_id = tenant_id,
                                                     .in_shape = &admin_client_new_shape,
                                                     .in = &wanted });
}

COMMAND_RUN(create)

static const struct command_option options[] = {
    { "--id", "ID", "Its client_id; one is made without", false, false },
    { "--type", "TYPE", "public (cannot keep a secret) or confidential", true, false },
    { "--tenant", "TENANT", "Only for members of this tenant, by slug or id", false, false },
    COMMAND_CLIENT_OPTIONS,
};

const struct command command_client_create = {
    .name = "client create",
    .summary = "Make a client: an application that signs users in or calls APIs",
    .details =
        "METHOD is none for public clients, else client_secret_basic (without --auth-method),\n"
        "client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth or\n"
        "self_signed_tls_client_auth.  A generated secret is shown once.  Without --grant it is\n"
        "authorization_code; without --scope what OpenID Connect defines.",
    COMMAND_OPTIONS(options),
    .run = run_create,
    .there = create_there,
};
