/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a tenant as options: --set NAME=VALUE and --unset NAME.
 */
#include "app/command_server.h"
#include "app/command_tenant.h"

#include "base/codec.h"
#include "identity/tenancy.h"

#include <string.h>

static const struct shape_field *setting_called(const char *name)
{
    const struct shape *shape = &tenant_settings_shape;
    for (size_t i = 0; i < shape->n; i++)
        if (text_equal(shape->fields[i].name, name))
            return &shape->fields[i];
    return NULL;
}

/* "name=value" as a form has it, so that the table of the settings reads and bounds them. */
static RESULT read_settings(struct ctx *c, struct texts given, struct tenant_settings *out)
{
    struct text_buffer form = text_buffer(c->arena);
    for (size_t i = 0; i < given.n; i++) {
        const char *value = strchr(given.at[i], '=');
        if (value == NULL || value[1] == '\0')
            return fail_field(c, INVALID_FIELD, "--set",
                              "This is NAME=VALUE; --unset NAME takes one away.");
        const char *name = text_copy(c->arena, given.at[i], (size_t)(value - given.at[i]));
        text_addf(&form, "%s%s=%s", i == 0 ? "" : "&", percent_encode(c->arena, name),
                  percent_encode(c->arena, value + 1));
    }
    return shape_read_form(c, &tenant_settings_shape, bytes_of(text_of(&form)), out);
}

static RESULT clear_settings(struct ctx *c, struct texts names, struct tenant_settings *out)
{
    for (size_t i = 0; i < names.n; i++) {
        const struct shape_field *field = setting_called(names.at[i]);
        if (field == NULL)
            return fail_field(c, INVALID_FIELD, "--unset", "There is no such setting.");
        shape_clear(field, (uint8_t *)out + field->offset);
    }
    return ok();
}

/* What the options change; *any is false if they change nothing. */
static RESULT read_options(struct ctx *c, const struct command_line *line,
                           struct tenant_settings *by, bool *any)
{
    struct texts set = command_values(c->arena, line, "--set");
    struct texts unset = command_values(c->arena, line, "--unset");
    *any = set.n + unset.n > 0;
    TRY(read_settings(c, set, by));
    return clear_settings(c, unset, by);
}

RESULT command_tenant_set(struct ctx *c, const struct command_line *line, const char *id,
                          const struct tenant_row **out)
{
    struct tenant_settings by;
    bool any = false;
    TRY(read_options(c, line, &by, &any));
    return any ? tenancy_change_settings(c, NULL, id, &by, out) : ok();
}

/* RFC 7396: what is cleared is null, what stays is not named. */
static struct bytes patch_of(struct arena *a, const struct tenant_settings *by, struct texts unset)
{
    struct tenant_settings set = { 0 };
    struct text_buffer out = text_buffer(a);
    tenant_settings_change(&set, by);
    const char *json = tenant_settings_write(a, &set);
    text_add(&out, json == NULL ? "{" : text_copy(a, json, strlen(json) - 1));
    for (size_t i = 0; i < unset.n; i++)
        text_addf(&out, "%s\"%s\":null", i == 0 && json == NULL ? "" : ",", unset.at[i]);
    text_add(&out, "}");
    return bytes_of(text_of(&out));
}

RESULT command_tenant_set_there(struct ctx *c, const struct command_line *line,
                                const struct admin_server *server, struct tenant_row *tenant)
{
    struct tenant_settings by;
    struct admin_tenant_settings now;
    struct admin_reply reply;
    bool any = false;
    TRY(read_options(c, line, &by, &any));
    struct admin_call call = { .method = "GET",
                               .path =
                                   admin_path(c->arena, "/admin/tenants", tenant->id, "/settings"),
                               .out_shape = &admin_tenant_settings_shape,
                               .out = &now };
    TRY(admin_send(c, server, &call, &reply));
    call.method = "PATCH";
    call.if_match = reply.etag;
    call.json = patch_of(c->arena, &by, command_values(c->arena, line, "--unset"));
    if (any)
        TRY(admin_send(c, server, &call, NULL));
    struct tenant_settings shown = { 0 };
    tenant_settings_change(&shown, now.settings);
    tenant->settings = tenant_settings_write(c->arena, &shown);
    return ok();
}
