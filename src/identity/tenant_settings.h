/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_TENANT_SETTINGS_H
#define UAUTH_IDENTITY_TENANT_SETTINGS_H

/*
 * What a tenant asks for beyond the service: one row for each setting, by which it is read and
 * written as JSON, shown, exported and applied.  What is bounded by a setting of the service
 * (tenant_settings.c) never lets more through than that, also where the service is changed later.
 */

#include "base/shape.h"

struct config;

struct tenant_settings {
    int64_t password_min_length;
    int64_t session_idle_minutes, session_absolute_hours;
    int64_t access_token_minutes, id_token_minutes;
    int64_t refresh_token_days, refresh_absolute_days;
    const char *registration, *issuer, *impersonation;
};
#define SETTING (NULLABLE | CLEARED)
/* clang-format off */
SHAPE(tenant_settings,
    FIELD(tenant_settings, password_min_length, SETTING, 8, 128, "Least characters of the password of whoever is at home in it"),
    FIELD(tenant_settings, session_idle_minutes, SETTING, 1, 43200, "A session ends after this time without use"),
    FIELD(tenant_settings, session_absolute_hours, SETTING, 1, 8760, "A session ends after this time in any case"),
    FIELD(tenant_settings, access_token_minutes, SETTING, 1, 1440, "Life of an access token"),
    FIELD(tenant_settings, id_token_minutes, SETTING, 1, 1440, "Life of an ID token"),
    FIELD(tenant_settings, refresh_token_days, SETTING, 1, 365, "Life of an unused refresh token"),
    FIELD(tenant_settings, refresh_absolute_days, SETTING, 1, 3650, "Life of a sign-in however often it is refreshed"),
    FIELD(tenant_settings, registration, SETTING, 1, 16, "invite: by invitation; domains: who has an address of allowed_domains, too; closed: nobody"),
    FIELD(tenant_settings, issuer, SETTING, 1, 8, "own: its applications have an issuer of their own, /t/SLUG, and what they hold from before ends"),
    FIELD(tenant_settings, impersonation, SETTING, 1, 16, "refused: nobody acts as a user of it"));
/* clang-format on */
#undef SETTING

#define TENANT_ISSUER_OWN "own"

#define TENANT_REGISTRATION_INVITE  "invite"
#define TENANT_REGISTRATION_DOMAINS "domains"
#define TENANT_REGISTRATION_CLOSED  "closed"

#define TENANT_IMPERSONATION_REFUSED "refused"

/* The settings of `json` (store/tenants.h); nothing is set where it is NULL. */
RESULT tenant_settings_read(struct ctx *c, const char *json, struct tenant_settings *out);

/* Their JSON; NULL if nothing is set. */
const char *tenant_settings_write(struct arena *a, const struct tenant_settings *settings);

/* Sets what `by` sets, and clears what it clears. */
void tenant_settings_change(struct tenant_settings *settings, const struct tenant_settings *by);

/* INVALID_FIELD for what is weaker than the service, saying what that has. */
RESULT tenant_settings_check(struct ctx *c, const struct tenant_settings *settings);

/*
 * What holds in a tenant with the settings of `json`, or NULL: each number is set, and is the
 * service's where the tenant sets none or, since, a weaker one.
 */
RESULT tenant_policy(struct ctx *c, const char *json, const struct tenant_settings **out);

/* The same for a tenant by its id; NULL: without one, as the service has it. */
RESULT tenant_policy_of(struct ctx *c, const char *tenant_id, const struct tenant_settings **out);

/* In seconds. */
struct tenant_lives;
struct tenant_lives tenant_policy_lives(const struct tenant_settings *policy);

#endif
