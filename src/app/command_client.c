/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_client.h"

#include <stdio.h>

RESULT command_client(struct ctx *c, const struct command_line *line, struct client_made *out)
{
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of a client", &id));
    return client_read(c, id, out);
}

/* ---- on a server ---- */

struct client_row command_client_row(const struct admin_client *client)
{
    const struct client_metadata *metadata = client->metadata;
    bool active = text_equal(client->status, "active");
    return (struct client_row){ .id = client->client_id,
                                .tenant_id = client->tenant_id,
                                .name = metadata->client_name == NULL ? client->client_id
                                                                      : metadata->client_name,
                                .status = active ? CLIENT_ACTIVE : CLIENT_DISABLED,
                                .confidential = client_metadata_is_confidential(metadata),
                                .created_at = client->created_at,
                                .updated_at = client->updated_at };
}

static struct client_made made_of(struct arena *a, const struct admin_client *client)
{
    struct client_row *row = ARENA_NEW(a, struct client_row);
    *row = command_client_row(client);
    return (struct client_made){ .row = row,
                                 .metadata = *(const struct client_metadata *)client->metadata,
                                 .secret = client->client_secret };
}

RESULT command_client_there(struct ctx *c, const struct command_line *line,
                            const struct admin_server *server, struct client_made *out,
                            const char **etag)
{
    const char *id = NULL;
    struct admin_client client = { 0 };
    struct admin_reply reply;
    TRY(command_argument(c, line, "the id of a client", &id));
    TRY(admin_send(c, server,
                   &(struct admin_call){ .method = "GET",
                                         .path = admin_path(c->arena, "/admin/clients", id, ""),
                                         .out_shape = &admin_client_shape,
                                         .out = &client },
                   &reply));
    *out = made_of(c->arena, &client);
    *etag = reply.etag;
    return ok();
}

RESULT command_client_send(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, const struct admin_call *call)
{
    struct admin_client client = { 0 };
    struct admin_call asked = *call;
    asked.out_shape = &admin_client_shape;
    asked.out = &client;
    TRY(admin_send(c, server, &asked, NULL));
    const struct client_made made = made_of(c->arena, &client);
    command_client_show(c, line, &made);
    return ok();
}

/* ---- what it registers ---- */

enum { METADATA_MAX = 64 * 1024 };

/* The file that `option` names, if it was given. */
static RESULT read_file(struct ctx *c, const struct command_line *line, const char *option,
                        size_t max, struct bytes *out)
{
    *out = (struct bytes){ NULL, 0 };
    if (!command_has(line, option))
        return ok();
    uint8_t *at = arena_alloc(c->arena, max + 1);
    FILE *file = fopen(command_value(line, option), "re");
    if (file == NULL)
        return fail_field(c, INVALID_FIELD, option, "This file cannot be read.");
    size_t n = fread(at, 1, max + 1, file);
    (void)fclose(file);
    if (n == 0 || n > max)
        return fail_field(c, INVALID_FIELD, option, "This file is empty, or too large.");
    *out = (struct bytes){ at, n };
    return ok();
}

RESULT command_client_files(struct ctx *c, const struct command_line *line,
                            struct command_client_files *out)
{
    TRY(read_file(c, line, "--metadata-file", METADATA_MAX, &out->metadata));
    return read_file(c, line, "--jwks-file", CLIENT_JWKS_MAX, &out->jwks);
}

/* In the names of RFC 7591; the way to authenticate stays where the file names none. */
static RESULT read_metadata(struct ctx *c, struct bytes json, struct client_metadata *metadata)
{
    const char *method = metadata->token_endpoint_auth_method;
    TRY(shape_read_json(c, &client_metadata_shape, json, metadata));
    if (metadata->token_endpoint_auth_method == NULL)
        metadata->token_endpoint_auth_method = method;
    return ok();
}

static void take_list(struct ctx *c, const struct command_line *line, const char *option,
                      struct texts *list)
{
    struct texts given = command_values(c->arena, line, option);
    if (given.n > 0)
        *list = given;
}

static void take_text(const struct command_line *line, const char *option, const char **text)
{
    const char *given = command_value(line, option);
    if (given != NULL)
        *text = given;
}

RESULT command_client_read(struct ctx *c, const struct command_line *line,
                           const struct command_client_files *files,
                           struct client_metadata *metadata)
{
    struct texts scopes = command_values(c->arena, line, "--scope");
    if (files->metadata.n > 0)
        TRY(read_metadata(c, files->metadata, metadata));
    take_text(line, "--name", &metadata->client_name);
    take_text(line, "--auth-method", &metadata->token_endpoint_auth_method);
    take_list(c, line, "--redirect-uri", &metadata->redirect_uris);
    take_list(c, line, "--post-logout-redirect-uri", &metadata->post_logout_redirect_uris);
    take_text(line, "--backchannel-logout-uri", &metadata->backchannel_logout_uri);
    take_text(line, "--frontchannel-logout-uri", &metadata->frontchannel_logout_uri);
    take_list(c, line, "--grant", &metadata->grant_types);
    take_list(c, line, "--resource", &metadata->resources);
    take_list(c, line, "--audience", &metadata->audiences);
    take_list(c, line, "--origin", &metadata->allowed_origins);
    if (scopes.n > 0)
        metadata->scope = text_join(c->arena, scopes, " ");
    metadata->first_party = metadata->first_party || command_has(line, "--first-party");
    metadata->require_pkce = metadata->require_pkce || command_has(line, "--require-pkce");
    metadata->require_pushed_authorization_requests =
        metadata->require_pushed_authorization_requests || command_has(line, "--require-par");
    if (files->jwks.n > 0)
        metadata->jwks = files->jwks;
    return ok();
}

/* ---- showing ---- */

const char *command_client_status(enum client_status status)
{
    switch (status) {
    case CLIENT_ACTIVE:
        return "active";
    case CLIENT_DISABLED:
        break;
    }
    return "disabled";
}

static void show_json(struct ctx *c, const struct command_line *line,
                      const struct client_made *client)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "client_id", client->row->id);
    if (client->secret != NULL)
        json_text(&w, "client_secret", client->secret);
    json_text(&w, "status", command_client_status(client->row->status));
    json_text(&w, "tenant_id", client->row->tenant_id);
    json_number(&w, "client_id_issued_at", client->row->created_at);
    json_raw(&w, "metadata", client_metadata_write(c->arena, &client->metadata));
    json_object_end(&w);
    command_show(line, &w);
}

static void show_list(const char *title, struct texts list)
{
    for (size_t i = 0; i < list.n; i++)
        (void)printf("%-16s%s\n", i == 0 ? title : "", list.at[i]);
}

static void show_line(const char *title, const char *text)
{
    if (text != NULL)
        (void)printf("%-16s%s\n", title, text);
}

static void show_text(struct ctx *c, const struct client_made *client)
{
    const struct client_metadata *m = &client->metadata;
    show_line("id", client->row->id);
    show_line("name", client->row->name);
    show_line("status", command_client_status(client->row->status));
    show_line("tenant", client->row->tenant_id);
    show_line("authenticates", m->token_endpoint_auth_method);
    show_list("grants", m->grant_types);
    show_line("scopes", m->scope);
    show_list("redirects to", m->redirect_uris);
    show_list("signs out to", m->post_logout_redirect_uris);
    show_line("is told at", m->backchannel_logout_uri);
    show_line("is loaded at", m->frontchannel_logout_uri);
    show_list("resources", m->resources);
    show_list("introspects", m->audiences);
    show_list("calls from", m->allowed_origins);
    show_line("consent", m->first_party ? "not asked for" : NULL);
    show_line("PKCE", m->require_pkce ? "needed always" : NULL);
    show_line("requests", m->require_pushed_authorization_requests ? "pushed only" : NULL);
    show_line("made", command_time(c->arena, client->row->created_at));
    if (client->secret != NULL)
        (void)printf("%-16s%s\nThe secret is shown this once.\n", "secret", client->secret);
}

void command_client_show(struct ctx *c, const struct command_line *line,
                         const struct client_made *client)
{
    if (line->json)
        show_json(c, line, client);
    else
        show_text(c, client);
}
