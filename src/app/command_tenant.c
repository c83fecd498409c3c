/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth tenant list, create, update: tenants as such.
 */
#include "app/command_tenant.h"
#include "app/command_server.h"
#include "app/commands.h"

#include "base/codec.h"
#include "identity/tenancy.h"
#include "store/page.h"
#include "web/brand.h"

#include <string.h>

/* ---- shared ---- */

RESULT command_tenant_find(struct ctx *c, const char *slug_or_id, const struct tenant_row **out)
{
    const char *name = slug_or_id == NULL ? TENANT_DEFAULT_SLUG : slug_or_id;
    *out = NULL;
    /* An id is nobody's slug; of a slug from before that looks like one, the id goes before. */
    if (text_is_uuid(name))
        TRY(tenant_find(c, name, out));
    if (*out == NULL)
        TRY(tenant_find_slug(c, name, out));
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

/* In a list without its settings, which a service tells of one tenant only. */
static void write_tenant(struct json_writer *w, const struct tenant_row *tenant, bool listed)
{
    json_object(w, NULL);
    json_text(w, "id", tenant->id);
    json_text(w, "slug", tenant->slug);
    json_text(w, "name", tenant->name);
    json_text(w, "status", status_name(tenant));
    json_bool(w, "require_mfa", tenant->require_mfa);
    json_bool(w, "refuse_device_grant", tenant->refuse_device_grant);
    json_texts(w, "allowed_domains", tenant->allowed_domains);
    json_text(w, "accent", tenant->accent);
    json_text(w, "logo", tenant->logo);
    if (!listed)
        json_raw(w, "settings", tenant->settings == NULL ? "{}" : tenant->settings);
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
    write_tenant(&w, tenant, false);
    command_show(line, &w);
    if (!line->json)
        show_tenants(c, tenant, 1);
}

RESULT command_tenant(struct ctx *c, const struct command_line *line, const struct tenant_row **out)
{
    const char *name = NULL;
    TRY(command_argument(c, line, "a tenant", &name));
    return command_tenant_find(c, name, out);
}

/* ---- list ---- */

static void show_list(struct ctx *c, const struct command_line *line,
                      const struct tenant_rows *rows)
{
    struct json_writer w = json_writer(c->arena);
    json_array(&w, NULL);
    for (size_t i = 0; i < rows->n; i++)
        write_tenant(&w, &rows->at[i], true);
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        show_tenants(c, rows->at, rows->n);
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct page page = { .after = command_value(line, "--after"), .limit = PAGE_MAX };
    struct tenant_rows rows;
    if (!page_after_is_sound(page.after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a tenant.");
    TRY(tenants_page(c, page, &rows));
    show_list(c, line, &rows);
    return ok();
}

/* What a service tells of a tenant, as a row; of its picture it tells the path. */
static struct tenant_row row_of(const struct admin_tenant *tenant)
{
    const char *logo = tenant->logo == NULL ? NULL : strrchr(tenant->logo, '/');
    return (struct tenant_row){ .id = tenant->id,
                                .slug = tenant->slug,
                                .name = tenant->name,
                                .status = text_equal(tenant->status, "active") ? TENANT_ACTIVE
                                                                               : TENANT_DISABLED,
                                .require_mfa = tenant->require_mfa,
                                .refuse_device_grant = tenant->refuse_device_grant,
                                .allowed_domains = tenant->allowed_domains,
                                .accent = tenant->accent,
                                .logo = logo == NULL ? NULL : logo + 1,
                                .created_at = tenant->created_at,
                                .updated_at = tenant->updated_at };
}

static RESULT list_there(struct ctx *c, const struct command_line *line,
                         const struct admin_server *server)
{
    const char *after = command_value(line, "--after");
    const struct admin_call call = { .path = "/admin/tenants",
                                     .query = { { "limit", ADMIN_PAGE } } };
    struct items found;
    if (!page_after_is_sound(after))
        return fail_field(c, INVALID_FIELD, "--after", "This is the id of a tenant.");
    TRY(admin_list(c, server, &call, &admin_tenant_list_shape, &found));
    struct tenant_row *rows = ARENA_NEWS(c->arena, struct tenant_row, found.n);
    size_t n = 0;
    for (size_t i = 0; i < found.n; i++) {
        struct tenant_row row = row_of((const struct admin_tenant *)found.at + i);
        if ((after == NULL || strcmp(row.id, after) > 0) && n < PAGE_MAX)
            rows[n++] = row;
    }
    show_list(c, line, &(struct tenant_rows){ rows, n });
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
    if (command_has(line, "--refuse-device-grant") || command_has(line, "--no-refuse-device-grant"))
        tenant->refuse_device_grant = command_has(line, "--refuse-device-grant");
}

/* The picture of --logo; without bytes: it is to go. */
static RESULT read_logo(struct ctx *c, const struct command_line *line, struct bytes *picture)
{
    *picture = (struct bytes){ NULL, 0 };
    const char *path = command_value(line, "--logo");
    return path == NULL ? ok() : brand_read_file(c, "--logo", path, TENANT_LOGO_BYTES_MAX, picture);
}

/* A tenant on its way through a transaction: all that the options say of it, or nothing. */
struct setting {
    const struct command_line *line;
    struct bytes logo;
    const struct tenant_row *now;
};

static RESULT set_rest(struct ctx *c, struct setting *s)
{
    const char *id = s->now->id;
    if (command_has(s->line, "--logo") || command_has(s->line, "--no-logo"))
        TRY(tenancy_set_logo(c, NULL, id, s->logo, &s->now));
    return command_tenant_set(c, s->line, id, &s->now);
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    struct tenant_row tenant = { 0 };
    take_options(c, s->line, &tenant);
    if (tenant.name == NULL)
        tenant.name = tenant.slug;
    TRY(tenancy_create(c, NULL, &tenant, &s->now));
    return set_rest(c, s);
}

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    TRY(command_tenant(c, s->line, &s->now));
    struct tenant_row tenant = *s->now;
    take_options(c, s->line, &tenant);
    TRY(tenancy_update(c, NULL, &tenant, &s->now));
    return set_rest(c, s);
}

static RESULT set_one(struct ctx *c, const struct command_line *line, db_unit *unit)
{
    struct setting s = { .line = line };
    TRY(read_logo(c, line, &s.logo));
    TRY(db_atomically(c, unit, &s));
    show_one(c, line, s.now);
    return ok();
}

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return set_one(c, line, create_in);
}

static RESULT update(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return set_one(c, line, update_in);
}

static RESULT set_logo_there(struct ctx *c, const struct command_line *line,
                             const struct admin_server *server, struct admin_tenant *tenant)
{
    struct bytes picture;
    const char *path = admin_path(c->arena, "/admin/tenants", tenant->id, "/logo");
    if (!command_has(line, "--logo") && !command_has(line, "--no-logo"))
        return ok();
    TRY(read_logo(c, line, &picture));
    if (picture.n == 0) {
        tenant->logo = NULL;
        return command_do_there(c, server, "DELETE", path);
    }
    const struct admin_logo_put logo = { base64_encode(c->arena, picture, true) };
    return admin_send(c, server,
                      &(struct admin_call){ .method = "PUT",
                                            .path = path,
                                            .in_shape = &admin_logo_put_shape,
                                            .in = &logo,
                                            .out_shape = &admin_tenant_shape,
                                            .out = tenant },
                      NULL);
}

/* Sends what is to be of a tenant, and its picture. */
static RESULT put_there(struct ctx *c, const struct command_line *line,
                        const struct admin_server *server, const struct admin_call *call,
                        const struct tenant_row *tenant)
{
    struct admin_tenant now = { 0 };
    const struct admin_tenant_put wanted = { .slug = tenant->slug,
                                             .name = tenant->name,
                                             .require_mfa = tenant->require_mfa,
                                             .refuse_device_grant = tenant->refuse_device_grant,
                                             .allowed_domains = tenant->allowed_domains,
                                             .accent = tenant->accent };
    struct admin_call asked = *call;
    asked.in_shape = &admin_tenant_put_shape;
    asked.in = &wanted;
    asked.out_shape = &admin_tenant_shape;
    asked.out = &now;
    TRY(admin_send(c, server, &asked, NULL));
    TRY(set_logo_there(c, line, server, &now));
    struct tenant_row row = row_of(&now);
    TRY(command_tenant_set_there(c, line, server, &row));
    show_one(c, line, &row);
    return ok();
}

static RESULT create_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct tenant_row tenant = { 0 };
    struct admin_call call = { .method = "POST", .path = "/admin/tenants" };
    take_options(c, line, &tenant);
    if (tenant.name == NULL)
        tenant.name = tenant.slug;
    return put_there(c, line, server, &call, &tenant);
}

static RESULT update_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    struct admin_tenant before;
    struct admin_reply reply;
    TRY(command_tenant_named_there(c, line, server, &before));
    struct admin_call call = { .method = "GET",
                               .path = admin_path(c->arena, "/admin/tenants", before.id, ""),
                               .out_shape = &admin_tenant_shape,
                               .out = &before };
    TRY(admin_send(c, server, &call, &reply));
    struct tenant_row tenant = row_of(&before);
    take_options(c, line, &tenant);
    call.method = "PUT";
    call.if_match = reply.etag;
    return put_there(c, line, server, &call, &tenant);
}

/* ---- the rows ---- */

COMMAND_RUN(list)
COMMAND_RUN(create)
COMMAND_RUN(update)

#define RULES                                                                                      \
    { "--name", "TEXT", "Its name", false, false },                                                \
        { "--domain", "DOMAIN", "Invite and make addresses of this domain only", false, true },    \
        { "--accent", "#RRGGBB", "Colour of buttons and links on its pages", false, false },       \
        { "--logo", "FILE", "Its picture on its pages: PNG or WebP, at most 32 KiB", false,        \
          false },                                                                                 \
        { "--set", "NAME=VALUE", "One of its settings, as below", false, true },                   \
        { "--require-mfa", NULL, "Who acts in it shows a second factor", false, false },           \
    {                                                                                              \
        "--refuse-device-grant", NULL, "Its members let no device in by a code", false, false      \
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
    { "--no-refuse-device-grant", NULL, "Its members may let devices in by a code", false, false },
    { "--unset", "NAME", "This setting is as the service has it", false, true },
};

const struct command command_tenant_list = {
    .name = "tenant list",
    .summary = "List tenants",
    COMMAND_OPTIONS(list_options),
    .run = run_list,
    .there = list_there,
};
const struct command command_tenant_create = {
    .name = "tenant create",
    .summary = "Make a tenant",
    .details = "Its first administrator: uauth tenant invite, or uauth tenant "
               "member.\n\n" COMMAND_TENANT_SETTINGS,
    COMMAND_OPTIONS(create_options),
    .run = run_create,
    .there = create_there,
};
const struct command command_tenant_update = {
    .name = "tenant update",
    .summary = "Change name and rules of a tenant",
    .arguments = "TENANT",
    .details = COMMAND_WHICH_TENANT "\n\n" COMMAND_TENANT_SETTINGS,
    COMMAND_OPTIONS(update_options),
    .run = run_update,
    .there = update_there,
};
