/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_server.h"

#include "api/tenants.h"
#include "app/command_outbound.h"
#include "base/text.h"
#include "client/upstreams.h"
#include "identity/email.h"
#include "identity/tenant_slug.h"

#include <string.h>

bool command_acts_there(const struct command_line *line)
{
    return line->command->there != NULL &&
           (command_has(line, "--server") || command_has(line, "--token-file"));
}

static RESULT act(struct ctx *c, const struct command_line *line, void *arg)
{
    (void)arg;
    const char *url = command_value(line, "--server");
    const char *token_file = command_value(line, "--token-file");
    struct admin_server server = { .name = text_printf(c->arena, "uauth %s", line->command->name),
                                   .resolver = c->upstreams->resolver };
    if (token_file == NULL || *token_file == '\0')
        return fail_field(c, INVALID_FIELD, "--token-file",
                          "This goes with --server: a file with an access token of an "
                          "administrator there.");
    TRY(admin_client_open(c, url == NULL ? c->config->public_url : url, token_file, &server));
    return line->command->there(c, line, &server);
}

RESULT command_on_server(struct ctx *c, const struct command_line *line)
{
    return command_with_upstreams(c, line, act, NULL);
}

RESULT command_do_there(struct ctx *c, const struct admin_server *server, const char *method,
                        const char *path)
{
    return admin_send(c, server, &(struct admin_call){ .method = method, .path = path }, NULL);
}

/* ---- users ---- */

/* The id of the user with this address; NULL: there is none in the token's tenant. */
static RESULT find_address(struct ctx *c, const struct admin_server *server, const char *canonical,
                           const char **id)
{
    const struct admin_call call = { .path = "/admin/users", .query = { { "email", canonical } } };
    struct items found;
    TRY(admin_list(c, server, &call, &admin_user_list_shape, &found));
    const struct admin_user *users = found.at;
    *id = NULL;
    for (size_t i = 0; i < found.n && *id == NULL; i++) {
        const char *address = NULL;
        if (email_canonical(c->arena, users[i].email, &address) && text_equal(address, canonical))
            *id = users[i].id;
    }
    return ok();
}

RESULT command_find_user_there(struct ctx *c, const struct admin_server *server, const char *who,
                               struct admin_user *out)
{
    const char *address = NULL;
    const char *id = text_is_uuid(who) ? who : NULL; /* what can be no id is not asked for */
    if (email_canonical(c->arena, who, &address))
        TRY(find_address(c, server, address, &id));
    if (id == NULL)
        return fail(c, NOT_FOUND, "there is no user %s", who);
    err found =
        admin_send(c, server,
                   &(struct admin_call){ .method = "GET",
                                         .path = admin_path(c->arena, "/admin/users", id, ""),
                                         .out_shape = &admin_user_shape,
                                         .out = out },
                   NULL);
    if (found.code != ERR_NOT_FOUND)
        return found;
    admin_refusal_clear(c);
    return fail(c, NOT_FOUND, "there is no user %s", who);
}

RESULT command_user_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server, struct admin_user *out)
{
    const char *who = NULL;
    TRY(command_argument(c, line, "the id or address of a user", &who));
    return command_find_user_there(c, server, who, out);
}

struct user_row command_user_row(const struct admin_user *user)
{
    return (struct user_row){ .id = user->id,
                              .email_entered = user->email,
                              .full_name = user->full_name,
                              .status =
                                  text_equal(user->status, "active") ? USER_ACTIVE : USER_DISABLED,
                              .email_verified_at = user->email_verified ? user->created_at : 0,
                              .created_at = user->created_at,
                              .updated_at = user->updated_at,
                              .last_login_at = user->last_login,
                              .totp = user->mfa_enabled };
}

/* ---- tenants ---- */

static RESULT read_tenant(struct ctx *c, const struct admin_server *server, const char *id,
                          struct admin_tenant *out, bool *found)
{
    const struct admin_call call = { .method = "GET",
                                     .path = admin_path(c->arena, "/admin/tenants", id, ""),
                                     .out_shape = &admin_tenant_shape,
                                     .out = out };
    err read = admin_send(c, server, &call, NULL);
    *found = read.code != ERR_NOT_FOUND;
    if (*found)
        return read;
    admin_refusal_clear(c);
    return ok();
}

/* Among those that whoever has the token belongs to; NULL: none. */
static RESULT find_own(struct ctx *c, const struct admin_server *server, const char *slug,
                       const char **id)
{
    struct items own;
    TRY(admin_list(c, server, &(struct admin_call){ .path = "/auth/tenants" },
                   &my_tenant_list_shape, &own));
    const struct my_tenant *tenants = own.at;
    *id = NULL;
    for (size_t i = 0; i < own.n; i++)
        if (text_equal(tenants[i].slug, slug))
            *id = tenants[i].id;
    return ok();
}

/* The id of what is called so; NULL: nothing is. */
static RESULT find_slug(struct ctx *c, const struct admin_server *server, const char *slug,
                        const char **id)
{
    const struct admin_call call = { .path = "/admin/tenants", .query = { { "slug", slug } } };
    struct items found;
    *id = text_equal(slug, TENANT_DEFAULT_SLUG) ? TENANT_DEFAULT_ID : NULL;
    if (*id != NULL || *slug == '\0' || strlen(slug) > TENANT_SLUG_MAX)
        return ok();
    err listed = admin_list(c, server, &call, &admin_tenant_list_shape, &found);
    if (listed.code == ERR_FORBIDDEN) {
        admin_refusal_clear(c);
        return find_own(c, server, slug, id);
    }
    TRY(listed);
    /* A service that knows no such filter tells of all. */
    const struct admin_tenant *tenants = found.at;
    for (size_t i = 0; i < found.n; i++)
        if (text_equal(tenants[i].slug, slug))
            *id = tenants[i].id;
    return ok();
}

RESULT command_tenant_there(struct ctx *c, const struct admin_server *server,
                            const char *slug_or_id, struct admin_tenant *out)
{
    const char *name = slug_or_id == NULL ? TENANT_DEFAULT_SLUG : slug_or_id;
    const char *id = NULL;
    bool found = false;
    /* An id is nobody's slug; of a slug from before that looks like one, the id goes before. */
    if (text_is_uuid(name))
        TRY(read_tenant(c, server, name, out, &found));
    if (!found)
        TRY(find_slug(c, server, name, &id));
    if (id != NULL)
        TRY(read_tenant(c, server, id, out, &found));
    return found ? ok() : fail_say(c, NOT_FOUND, "There is no such tenant.", "no tenant %s", name);
}

RESULT command_tenant_named_there(struct ctx *c, const struct command_line *line,
                                  const struct admin_server *server, struct admin_tenant *out)
{
    const char *name = NULL;
    TRY(command_argument(c, line, "a tenant", &name));
    return command_tenant_there(c, server, name, out);
}

RESULT command_acting_tenant(struct ctx *c, const struct command_line *line,
                             const struct admin_server *server, const char **id)
{
    struct admin_tenant tenant;
    const char *named = command_value(line, "--tenant");
    *id = NULL;
    if (named == NULL)
        return ok();
    TRY(command_tenant_there(c, server, named, &tenant));
    *id = tenant.id;
    return ok();
}
