/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant list, create, update, disable, enable, delete: tenants as such.
 */
#include "app/command_tenant.h"
#include "app/commands.h"

#include "identity/tenancy.h"
#include "store/page.h"
#include "web/brand.h"

/* ---- shared ---- */

RESULT command_tenant_find(struct ctx *c, const char *slug_or_id, const struct tenant_row **out)
{
    const char *name = slug_or_id == NULL ? TENANT_DEFAULT_SLUG : slug_or_id;
    TRY(tenant_find_slug(c, name, out));
    if (*out == NULL)
        TRY(tenant_find(c, name, out));
    return *out != NULL ? ok()
                        : fail_say(c, NOT_FOUND, "There is no such tenant.", "no tenant %s", name);
}

RESULT command_tenant_option(struct ctx *c, const struct command_line *line,
                             const struct tenant_row **out)
{
    return command_tenant_find(c, command_value(line, "--tenant"), out);
}

void command_done(struct ctx *c, const struct command_line *line, const char *what,
                  const char *done)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "what", what);
    json_text(&w, "done", done);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s %s.\n", what, done);
}

static const char *status_name(const struct tenant_row *tenant)
{
    return tenant->status == TENANT_ACTIVE ? "active" : "disabled";
}

static void write_tenant(struct json_writer *w, const struct tenant_row *tenant)
{
    json_object(w, NULL);
    json_text(w, "id", tenant->id);
    json_text(w, "slug", tenant->slug);
    json_text(w, "name", tenant->name);
    json_text(w, "status", status_name(tenant));
    json_bool(w, "require_mfa", tenant->require_mfa);
    json_texts(w, "allowed_domains", tenant->allowed_domains);
    json_text(w, "accent", tenant->accent);
    json_text(w, "logo", tenant->logo);
    json_object_end(w);
}

static void show_tenants(struct ctx *c, const struct tenant_row *tenants, size_t n)
{
    static const char *const titles[] = { "ID", "SLUG", "NAME", "STATUS", "MADE" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    const char **cells = ARENA_NEWS(c->arena, const char *, n *COLUMNS);
    for (size_t i = 0; i < n; i++) {
        const char **row = cells + i * COLUMNS;
        row[0] = tenants[i].id;
        row[1] = tenants[i].slug;
        row[2] = tenants[i].name;
        row[3] = status_name(&tenants[i]);
        row[4] = command_time(c->arena, tenants[i].created_at);
    }
    command_print_table(c->arena, titles, COLUMNS, cells, n);
}

static void show_one(struct ctx *c, const struct command_line *line,
                     const struct tenant_row *tenant)
{
    struct json_writer w = json_writer(c->arena);
    write_tenant(&w, tenant);
    command_show(line, &w);
    if (!line->json)
        show_tenants(c, tenant, 1);
}

/* ---- list ---- */

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    struct tenant_rows rows;
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a tenant.");
    TRY(tenants_page(c, page, &rows));
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < rows.n; i++)
        write_tenant(&w, &rows.at[i]);
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        show_tenants(c, rows.at, rows.n);
    return ok();
}

/* ---- create and update ---- */

static void take_options(struct ctx *c, const struct command_line *line, struct tenant_row *tenant)
{
    struct texts domains = command_values(c->arena, line, "--domain");
    if (command_value(line, "--slug") != NULL)
        tenant->slug = command_value(line, "--slug");
    if (command_value(line, "--name") != NULL)
        tenant->name = command_value(line, "--name");
    if (domains.n > 0 || command_has(line, "--any-domain"))
        tenant->allowed_domains = domains;
    if (command_value(line, "--accent") != NULL || command_has(line, "--no-accent"))
        tenant->accent = command_value(line, "--accent");
    if (command_has(line, "--require-mfa") || command_has(line, "--no-require-mfa"))
        tenant->require_mfa = command_has(line, "--require-mfa");
}

static RESULT set_logo(struct ctx *c, const struct command_line *line, const char *id,
                       const struct tenant_row **out)
{
    const char *path = command_value(line, "--logo");
    struct bytes picture = { NULL, 0 };
    if (path == NULL && !command_has(line, "--no-logo"))
        return ok();
    if (path != NULL)
        TRY(brand_read_file(c, "--logo", path, TENANT_LOGO_BYTES_MAX, &picture));
    return tenancy_set_logo(c, NULL, id, picture, out);
}

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct tenant_row tenant = { 0 };
    const struct tenant_row *made = NULL;
    take_options(c, line, &tenant);
    if (tenant.name == NULL)
        tenant.name = tenant.slug;
    TRY(tenancy_create(c, NULL, &tenant, &made));
    TRY(set_logo(c, line, made->id, &made));
    show_one(c, line, made);
    return ok();
}

static RESULT named(struct ctx *c, const struct command_line *line, const struct tenant_row **out)
{
    const char *name = NULL;
    TRY(command_argument(c, line, "a tenant", &name));
    return command_tenant_find(c, name, out);
}

static RESULT update(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *before = NULL;
    const struct tenant_row *now = NULL;
    TRY(named(c, line, &before));
    struct tenant_row tenant = *before;
    take_options(c, line, &tenant);
    TRY(tenancy_update(c, NULL, &tenant, &now));
    TRY(set_logo(c, line, tenant.id, &now));
    show_one(c, line, now);
    return ok();
}

/* ---- disable, enable, delete ---- */

static RESULT set_status(struct ctx *c, const struct command_line *line, enum tenant_status status)
{
    const struct tenant_row *tenant = NULL;
    TRY(named(c, line, &tenant));
    TRY(tenancy_set_status(c, NULL, tenant->id, status));
    command_done(c, line, tenant->slug,
                 status == TENANT_ACTIVE ? "is enabled" : "is disabled: its sessions have ended");
    return ok();
}

static RESULT disable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return set_status(c, line, TENANT_DISABLED);
}

static RESULT enable(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return set_status(c, line, TENANT_ACTIVE);
}

static RESULT delete_one(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const struct tenant_row *tenant = NULL;
    TRY(named(c, line, &tenant));
    TRY(tenancy_delete(c, NULL, tenant->id));
    command_done(c, line, tenant->slug, "is removed");
    return ok();
}

/* ---- the rows ---- */

#define RUN(work)                                                                                  \
    static RESULT run_##work(struct ctx *c, const struct command_line *line)                       \
    {                                                                                              \
        return command_on_node(c, line, NEEDS_DATABASE, work);                                     \
    }
RUN(list)
RUN(create)
RUN(update)
RUN(disable)
RUN(enable)
RUN(delete_one)
#undef RUN

#define OPTIONS(rows) .options = (rows), .options_n = sizeof(rows) / sizeof((rows)[0])
#define RULES                                                                                      \
    { "--name", "TEXT", "Its name", false, false },                                                \
        { "--domain", "DOMAIN", "Invite and make addresses of this domain only", false, true },    \
        { "--accent", "#RRGGBB", "Colour of buttons and links on its pages", false, false },       \
        { "--logo", "FILE", "Its picture on its pages: PNG or WebP, at most 32 KiB", false,        \
          false },                                                                                 \
    {                                                                                              \
        "--require-mfa", NULL, "Who acts in it shows a second factor", false, false                \
    }

static const struct command_option list_options[] = {
    { "--after", "ID", "Go on behind the tenant with this id", false, false },
};
static const struct command_option create_options[] = {
    { "--slug", "SLUG", "Its short name: a-z, 0-9, '-'", true, false },
    RULES,
};
static const struct command_option update_options[] = {
    { "--slug", "SLUG", "Another short name", false, false },
    RULES,
    { "--any-domain", NULL, "Take addresses of any domain", false, false },
    { "--no-accent", NULL, "Take the colour of the service", false, false },
    { "--no-logo", NULL, "Take the picture of the service", false, false },
    { "--no-require-mfa", NULL, "A password alone will do", false, false },
};
static const struct command_option delete_options[] = {
    { "--yes", NULL, "It cannot be undone", true, false },
};
static const char which_tenant[] = "TENANT is a slug or an id.";

const struct command command_tenant_list = {
    .name = "tenant list",
    .summary = "List tenants",
    OPTIONS(list_options),
    .run = run_list,
};
const struct command command_tenant_create = {
    .name = "tenant create",
    .summary = "Make a tenant",
    .details = "Its first administrator: uauth tenant invite, or uauth tenant member.",
    OPTIONS(create_options),
    .run = run_create,
};
const struct command command_tenant_update = {
    .name = "tenant update",
    .summary = "Change name and rules of a tenant",
    .arguments = "TENANT",
    .details = which_tenant,
    OPTIONS(update_options),
    .run = run_update,
};
const struct command command_tenant_disable = {
    .name = "tenant disable",
    .summary = "Suspend a tenant: its sessions and tokens end at once",
    .arguments = "TENANT",
    .details = which_tenant,
    .run = run_disable,
};
const struct command command_tenant_enable = {
    .name = "tenant enable",
    .summary = "Enable a tenant again",
    .arguments = "TENANT",
    .details = which_tenant,
    .run = run_enable,
};
const struct command command_tenant_delete = {
    .name = "tenant delete",
    .summary = "Remove a suspended tenant with its roles and clients",
    .arguments = "TENANT",
    .details = which_tenant,
    OPTIONS(delete_options),
    .run = run_delete_one,
};
