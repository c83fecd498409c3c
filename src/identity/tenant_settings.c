/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/tenant_settings.h"

#include "base/config.h"
#include "store/tenant_settings.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* ---- what bounds them ---- */

/* The setting of the service that a tenant's may only be as strict as, or stricter. */
struct bound {
    size_t ours, service;
    bool least; /* the service has the least, else the most */
};
#define BOUND(name, of, least)                                                                     \
    {                                                                                              \
        offsetof(struct tenant_settings, name), offsetof(struct config, of), least                 \
    }
static const struct bound bounds[] = {
    BOUND(password_min_length, password_min_length, true),
    BOUND(session_idle_minutes, session_idle_minutes, false),
    BOUND(session_absolute_hours, session_absolute_hours, false),
    BOUND(access_token_minutes, jwt_access_expire_minutes, false),
    BOUND(id_token_minutes, jwt_access_expire_minutes, false),
    BOUND(refresh_token_days, jwt_refresh_expire_days, false),
    BOUND(refresh_absolute_days, refresh_absolute_days, false),
};
#undef BOUND
enum { BOUNDS = sizeof bounds / sizeof bounds[0] };

static int64_t number_at(const void *of, size_t offset)
{
    int64_t number = 0;
    memcpy(&number, (const uint8_t *)of + offset, sizeof number);
    return number;
}

static int64_t *number_in(struct tenant_settings *settings, size_t offset)
{
    return (int64_t *)(void *)((uint8_t *)settings + offset);
}

static bool is_weaker(const struct bound *bound, int64_t ours, int64_t service)
{
    return ours != 0 && (bound->least ? ours < service : ours > service);
}

static const struct shape_field *field_at(size_t offset)
{
    const struct shape_field *field = tenant_settings_shape.fields;
    while (field->offset != offset)
        field++;
    return field;
}

/* ---- as JSON ---- */

RESULT tenant_settings_read(struct ctx *c, const char *json, struct tenant_settings *out)
{
    *out = (struct tenant_settings){ 0 };
    return json == NULL ? ok() : shape_read_answer(c, &tenant_settings_shape, bytes_of(json), out);
}

const char *tenant_settings_write(struct arena *a, const struct tenant_settings *settings)
{
    struct json_writer w = json_writer(a);
    shape_write_brief(&w, NULL, &tenant_settings_shape, settings);
    const char *json = json_written(&w);
    return text_equal(json, "{}") ? NULL : json;
}

/* ---- changing ---- */

static void change_number(int64_t *number, int64_t by)
{
    if (by != 0)
        *number = by == SHAPE_CLEARED_INT ? 0 : by;
}

static void change_text(const char **text, const char *by)
{
    if (by != NULL)
        *text = by[0] == '\0' ? NULL : by;
}

void tenant_settings_change(struct tenant_settings *settings, const struct tenant_settings *by)
{
    for (size_t i = 0; i < BOUNDS; i++)
        change_number(number_in(settings, bounds[i].ours), number_at(by, bounds[i].ours));
    change_text(&settings->registration, by->registration);
    change_text(&settings->issuer, by->issuer);
    change_text(&settings->impersonation, by->impersonation);
}

static RESULT refuse_weaker(struct ctx *c, const struct bound *bound, int64_t service)
{
    return fail_field(c, INVALID_FIELD, field_at(bound->ours)->name,
                      text_printf(c->arena, "The service has %lld: a tenant may have %s.",
                                  (long long)service, bound->least ? "more" : "less"));
}

RESULT tenant_settings_check(struct ctx *c, const struct tenant_settings *settings)
{
    static const char *const registrations[] = { TENANT_REGISTRATION_INVITE,
                                                 TENANT_REGISTRATION_DOMAINS,
                                                 TENANT_REGISTRATION_CLOSED };
    bool known = settings->registration == NULL;
    for (size_t i = 0; i < BOUNDS; i++) {
        int64_t service = number_at(c->config, bounds[i].service);
        if (is_weaker(&bounds[i], number_at(settings, bounds[i].ours), service))
            return refuse_weaker(c, &bounds[i], service);
    }
    if (settings->password_min_length > c->config->password_max_length)
        return fail_field(c, INVALID_FIELD, "password_min_length",
                          text_printf(c->arena, "The service takes at most %lld characters.",
                                      (long long)c->config->password_max_length));
    for (size_t i = 0; i < sizeof registrations / sizeof registrations[0]; i++)
        known = known || text_equal(settings->registration, registrations[i]);
    if (!known)
        return fail_field(c, INVALID_FIELD, "registration", "This is invite, domains or closed.");
    if (settings->issuer != NULL && !text_equal(settings->issuer, TENANT_ISSUER_OWN))
        return fail_field(c, INVALID_FIELD, "issuer", "This is own, or not set.");
    return settings->impersonation == NULL ||
                   text_equal(settings->impersonation, TENANT_IMPERSONATION_REFUSED)
               ? ok()
               : fail_field(c, INVALID_FIELD, "impersonation", "This is refused, or not set.");
}

/* ---- what holds ---- */

RESULT tenant_policy(struct ctx *c, const char *json, const struct tenant_settings **out)
{
    struct tenant_settings *policy = ARENA_NEW(c->arena, struct tenant_settings);
    TRY(tenant_settings_read(c, json, policy));
    for (size_t i = 0; i < BOUNDS; i++) {
        int64_t *ours = number_in(policy, bounds[i].ours);
        int64_t service = number_at(c->config, bounds[i].service);
        if (*ours == 0 || is_weaker(&bounds[i], *ours, service))
            *ours = service;
    }
    *out = policy;
    return ok();
}

RESULT tenant_policy_of(struct ctx *c, const char *tenant_id, const struct tenant_settings **out)
{
    const char *json = NULL;
    if (tenant_id != NULL)
        TRY(tenant_settings_find(c, tenant_id, &json));
    return tenant_policy(c, json, out);
}

struct tenant_lives tenant_policy_lives(const struct tenant_settings *policy)
{
    return (struct tenant_lives){
        .session_idle = policy->session_idle_minutes * MINUTE,
        .session_absolute = policy->session_absolute_hours * HOUR,
        .refresh_idle = policy->refresh_token_days * DAY,
        .refresh_absolute = policy->refresh_absolute_days * DAY,
    };
}
