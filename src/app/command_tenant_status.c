/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant disable, enable, delete: whether a tenant is there.
 */
#include "app/command_server.h"
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/tenancy.h"
#include "store/tenant_removal.h"

/* A change of one tenant, how a service is asked for it, and what is said when it is done. */
struct change {
    RESULT (*make)(struct ctx *c, const char *id);
    const char *method, *path; /* behind that of the tenant */
    const char *done;
};

static RESULT make_disabled(struct ctx *c, const char *id)
{
    return tenancy_set_status(c, NULL, id, TENANT_DISABLED);
}

static RESULT make_enabled(struct ctx *c, const char *id)
{
    return tenancy_set_status(c, NULL, id, TENANT_ACTIVE);
}

static RESULT make_removed(struct ctx *c, const char *id)
{
    bool more = true;
    TRY(tenancy_delete(c, NULL, id));
    const struct arena_mark mark = arena_mark(c->arena);
    while (more) {
        TRY(tenant_removal_step(c, &more));
        arena_rewind(c->arena, mark);
    }
    return ok();
}

static const struct change disabling = { make_disabled, "POST", "/disable",
                                         "is disabled: its sessions have ended" };
static const struct change enabling = { make_enabled, "POST", "/enable", "is enabled" };
static const struct change removing = { make_removed, "DELETE", "", "is removed" };

static RESULT change(struct ctx *c, const struct command_line *line, const struct change *change)
{
    const struct tenant_row *tenant = NULL;
    TRY(command_tenant(c, line, &tenant));
    TRY(command_tenant_keep(c, line, tenant));
    TRY(change->make(c, tenant->id));
    command_done(c, line, tenant->slug, change->done);
    return ok();
}

static RESULT change_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, const struct change *change)
{
    struct admin_tenant tenant;
    TRY(command_tenant_named_there(c, line, server, &tenant));
    TRY(command_tenant_keep_there(c, line, server, &tenant));
    TRY(command_do_there(c, server, change->method,
                         admin_path(c->arena, "/admin/tenants", tenant.id, change->path)));
    command_done(c, line, tenant.slug, change->done);
    return ok();
}

/* ---- the rows ---- */

#define RUN(name, row)                                                                             \
    static RESULT name(struct ctx *c, const struct command_line *line, struct node *node)          \
    {                                                                                              \
        (void)node;                                                                                \
        return change(c, line, &(row));                                                            \
    }                                                                                              \
    static RESULT run_##name(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, name);                                     \
    }                                                                                              \
    static RESULT name##_there(struct ctx *c, const struct command_line *line,                     \
                               const struct admin_server *server)                                  \
    {                                                                                              \
        return change_there(c, line, server, &(row));                                              \
    }
RUN(disable, disabling)
RUN(enable, enabling)
RUN(delete_one, removing)
#undef RUN

static const struct command_option delete_options[] = {
    { "--yes", NULL, "It cannot be undone", true, false },
    { "--export", "FILE", "Write what uauth tenant export does to a new file before", false,
      false },
};

const struct command command_tenant_disable = {
    .name = "tenant disable",
    .summary = "Suspend a tenant: its sessions and tokens end at once",
    .arguments = "TENANT",
    .details = COMMAND_WHICH_TENANT,
    .run = run_disable,
    .there = disable_there,
};
const struct command command_tenant_enable = {
    .name = "tenant enable",
    .summary = "Enable a tenant again",
    .arguments = "TENANT",
    .details = COMMAND_WHICH_TENANT,
    .run = run_enable,
    .there = enable_there,
};
const struct command command_tenant_delete = {
    .name = "tenant delete",
    .summary = "Remove a suspended tenant with its roles and clients",
    .arguments = "TENANT",
    .details = COMMAND_WHICH_TENANT,
    COMMAND_OPTIONS(delete_options),
    .run = run_delete_one,
    .there = delete_one_there,
};
