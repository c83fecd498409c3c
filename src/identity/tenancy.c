/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/tenancy.h"

#include "base/json_writer.h"
#include "base/picture.h"
#include "crypto/digest.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "identity/impersonation.h"
#include "identity/login.h"
#include "store/clients.h"
#include "store/issuer_slugs.h"
#include "store/registrations.h"
#include "store/tenant_logos.h"
#include "store/tenant_removal.h"
#include "store/tenant_settings.h"

#include <string.h>

/* ---- what a tenant may be called ---- */

static bool is_domain(const char *domain)
{
    size_t n = strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-.");
    return n >= 3 && n <= 253 && domain[n] == '\0' && strchr(domain, '.') != NULL &&
           domain[0] != '.' && domain[n - 1] != '.' && strstr(domain, "..") == NULL;
}

/* "#3046c5": whatever it is, the pages make it readable (web/accent.h). */
static bool is_colour(struct arena *a, const char *accent)
{
    struct bytes read;
    return strlen(accent) == 7 && accent[0] == '#' && hex_decode(a, bytes_of(accent + 1), &read);
}

static RESULT check_tenant(struct ctx *c, const struct tenant_row *tenant)
{
    size_t length = text_code_points(tenant->name);
    TRY(tenant_slug_check(c, tenant->slug));
    if (length < 1 || length > TENANT_NAME_MAX || text_has_control(tenant->name))
        return fail_field(c, INVALID_FIELD, "name", "This is 1 to 100 characters on one line.");
    if (tenant->accent != NULL && !is_colour(c->arena, tenant->accent))
        return fail_field(c, INVALID_FIELD, "accent", "A colour is written as #3046c5.");
    if (tenant->allowed_domains.n > TENANT_DOMAINS_MAX)
        return fail_field(c, INVALID_FIELD, "allowed_domains", "These are at most 50.");
    for (size_t i = 0; i < tenant->allowed_domains.n; i++)
        if (!is_domain(tenant->allowed_domains.at[i]))
            return fail_field(c, INVALID_FIELD, "allowed_domains",
                              "Each is a domain such as example.com, in lower case.");
    return ok();
}

bool tenancy_admits(const struct tenant_row *tenant, const char *acr, struct texts amr)
{
    return !tenant->require_mfa || text_equal(acr, LOGIN_ACR_MFA) || texts_hold(amr, "mfa");
}

RESULT tenancy_check_address(struct ctx *c, const char *tenant_id, const char *email)
{
    const struct tenant_row *tenant = NULL;
    TRY(tenant_find(c, tenant_id, &tenant));
    if (tenant == NULL || tenant->allowed_domains.n == 0 || tenant_has_domain(tenant, email))
        return ok();
    return fail_field(c, INVALID_FIELD, "email",
                      "This tenant takes addresses of its own domains only.");
}

/* ---- the tenant itself ---- */

struct change {
    const struct actor *actor;
    const char *id; /* by which it is found; that of `tenant` is gone when this runs again */
    struct tenant_row tenant;
    enum tenant_status status;
    const struct tenant_row *out;
    const struct tenant_row *before; /* of what is made or changed: as it was, or NULL */
};

static const char *tenant_json(struct ctx *c, const struct tenant_row *tenant)
{
    if (tenant == NULL)
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "slug", tenant->slug);
    json_text(&w, "name", tenant->name);
    json_bool(&w, "require_mfa", tenant->require_mfa);
    json_bool(&w, "refuse_device_grant", tenant->refuse_device_grant);
    json_texts(&w, "allowed_domains", tenant->allowed_domains);
    json_text_if(&w, "accent", tenant->accent);
    json_text_if(&w, "logo", tenant->logo);
    if (tenant->settings != NULL)
        json_raw(&w, "settings", tenant->settings);
    json_object_end(&w);
    return json_written(&w);
}

static const char *changes(struct ctx *c, const struct change *change, enum audit_event event)
{
    if (event != AUDIT_TENANT_CREATED && event != AUDIT_TENANT_UPDATED)
        return NULL;
    return audit_changes(c, tenant_json(c, change->before), tenant_json(c, &change->tenant));
}

static RESULT record(struct ctx *c, const struct change *change, enum audit_event event)
{
    return audit_add(
        c, &(struct audit){ .event = event,
                            .actor_id = change->actor == NULL ? NULL : change->actor->user_id,
                            .tenant_id = change->tenant.id,
                            .details = { { "slug", change->tenant.slug } },
                            .changed = changes(c, change, event) });
}

static RESULT not_found(struct ctx *c, const char *id)
{
    return fail(c, NOT_FOUND, "there is no tenant %s", id);
}

static RESULT not_the_default(struct ctx *c, const char *id)
{
    if (!text_equal(id, TENANT_DEFAULT_ID))
        return ok();
    return fail_say(c, CONFLICT, "The default tenant is the operators' and stays.",
                    "a change of the default tenant");
}

static RESULT slug_taken(struct ctx *c, const char *slug)
{
    return fail_say(c, CONFLICT, "There is a tenant of this slug already.", "the slug %s", slug);
}

static RESULT find(struct ctx *c, struct change *change)
{
    TRY(tenant_find(c, change->id, &change->out));
    return change->out != NULL ? ok() : not_found(c, change->id);
}

static RESULT create_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    enum tenant_outcome how = TENANT_UNKNOWN;
    TRY(tenant_slug_take(c, change->actor, NULL, change->tenant.slug));
    TRY(tenant_add(c, change->tenant.slug, change->tenant.name, &change->tenant.id));
    if (change->tenant.id == NULL)
        return slug_taken(c, change->tenant.slug);
    change->id = change->tenant.id;
    TRY(tenant_update(c, &change->tenant, &how));
    TRY(record(c, change, AUDIT_TENANT_CREATED));
    return find(c, change);
}

RESULT tenancy_create(struct ctx *c, const struct actor *actor, const struct tenant_row *tenant,
                      const struct tenant_row **out)
{
    struct change change = { .actor = actor, .tenant = *tenant };
    TRY(check_tenant(c, tenant));
    TRY(db_atomically(c, create_in, &change));
    *out = change.out;
    return ok();
}

/* Clients know an issuer by its name, and tokens are good by it. */
static RESULT check_renaming(struct ctx *c, const struct change *change)
{
    const struct tenant_row *tenant = change->before;
    struct tenant_settings settings;
    TRY(not_the_default(c, tenant->id));
    TRY(tenant_settings_read(c, tenant->settings, &settings));
    if (settings.issuer != NULL)
        return fail_say(c, CONFLICT,
                        "The slug is in the name of the tenant's issuer: take the setting "
                        "issuer away first, which ends what its applications hold.",
                        "the tenant %s has an issuer of its own", tenant->slug);
    return tenant_slug_take(c, change->actor, tenant->id, change->tenant.slug);
}

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    enum tenant_outcome how = TENANT_UNKNOWN;
    TRY(find(c, change));
    change->before = change->out;
    change->tenant.logo = change->out->logo;
    change->tenant.settings = change->out->settings;
    if (!text_equal(change->out->slug, change->tenant.slug))
        TRY(check_renaming(c, change));
    TRY(tenant_update(c, &change->tenant, &how));
    switch (how) {
    case TENANT_UNKNOWN:
        return not_found(c, change->tenant.id);
    case TENANT_SLUG_TAKEN:
        return slug_taken(c, change->tenant.slug);
    case TENANT_CHANGED:
        break;
    }
    TRY(record(c, change, AUDIT_TENANT_UPDATED));
    return find(c, change);
}

RESULT tenancy_update(struct ctx *c, const struct actor *actor, const struct tenant_row *tenant,
                      const struct tenant_row **out)
{
    struct change change = { .actor = actor, .id = tenant->id, .tenant = *tenant };
    TRY(check_tenant(c, tenant));
    TRY(db_atomically(c, update_in, &change));
    *out = change.out;
    return ok();
}

/* ---- its settings ---- */

struct setting {
    struct change change;
    const struct tenant_settings *by;
    bool whole; /* `by` is all of them */
};

static RESULT check_settings(struct ctx *c, const struct tenant_row *tenant,
                             const struct tenant_settings *settings)
{
    TRY(tenant_settings_check(c, settings));
    if (text_equal(settings->registration, TENANT_REGISTRATION_DOMAINS) &&
        tenant->allowed_domains.n == 0)
        return fail_field(c, INVALID_FIELD, "registration",
                          "The tenant has no allowed_domains yet: set them first.");
    return ok();
}

/* Where it ends, too: a node of a version before may have begun it. */
static RESULT keep_issuer_name(struct ctx *c, const struct change *change)
{
    return issuer_slug_put(c, change->tenant.slug, change->tenant.id);
}

static RESULT change_issuer(struct ctx *c, const struct change *change, bool had, bool has)
{
    if (had == has)
        return ok();
    TRY(has ? tenant_slug_take_issuer(c, change->actor, change->tenant.id, change->tenant.slug)
            : keep_issuer_name(c, change));
    /* What clients hold is of the issuer that they had. */
    return clients_end_grants(c, change->tenant.id);
}

static RESULT change_settings_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct setting *s = arg;
    struct change *change = &s->change;
    struct tenant_settings settings = { 0 };
    const struct tenant_settings *policy = NULL;
    bool found = false;
    TRY(find(c, change));
    change->before = change->out;
    change->tenant = *change->out;
    struct tenant_settings before;
    TRY(tenant_settings_read(c, change->tenant.settings, &before));
    if (!s->whole)
        settings = before;
    tenant_settings_change(&settings, s->by);
    TRY(check_settings(c, &change->tenant, &settings));
    change->tenant.settings = tenant_settings_write(c->arena, &settings);
    TRY(tenant_policy(c, change->tenant.settings, &policy));
    const struct tenant_lives lives = tenant_policy_lives(policy);
    TRY(tenant_set_settings(c, change->tenant.id, change->tenant.settings, &lives, &found));
    TRY(change_issuer(c, change, before.issuer != NULL, settings.issuer != NULL));
    if (!text_equal(settings.registration, TENANT_REGISTRATION_DOMAINS))
        TRY(registrations_turn_away(c, change->tenant.id));
    TRY(record(c, change, AUDIT_TENANT_UPDATED));
    return find(c, change);
}

static RESULT change_settings(struct ctx *c, struct setting *s, const struct tenant_row **out)
{
    TRY(db_atomically(c, change_settings_in, s));
    *out = s->change.out;
    return ok();
}

RESULT tenancy_change_settings(struct ctx *c, const struct actor *actor, const char *id,
                               const struct tenant_settings *by, const struct tenant_row **out)
{
    struct setting s = { .change = { .actor = actor, .id = id }, .by = by };
    return change_settings(c, &s, out);
}

RESULT tenancy_put_settings(struct ctx *c, const struct actor *actor, const char *id,
                            const struct tenant_settings *settings, const struct tenant_row **out)
{
    struct setting s = { .change = { .actor = actor, .id = id }, .by = settings, .whole = true };
    return change_settings(c, &s, out);
}

/* ---- its picture ---- */

struct picturing {
    struct change change;
    const struct tenant_logo *logo; /* NULL: none */
};

static RESULT set_logo_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct picturing *p = arg;
    struct change *change = &p->change;
    TRY(find(c, change));
    change->before = change->out;
    TRY(p->logo != NULL ? tenant_logo_put(c, change->id, p->logo)
                        : tenant_logo_remove(c, change->id));
    TRY(find(c, change));
    change->tenant = *change->out;
    TRY(record(c, change, AUDIT_TENANT_UPDATED));
    return find(c, change);
}

/* 128 bits of the digest are the name, so that a picture may be kept for ever by who has seen it.
 */
static RESULT read_logo(struct ctx *c, struct bytes bytes, struct tenant_logo *out)
{
    enum { NAME_BYTES = 16 };
    struct picture picture;
    uint8_t digest[DIGEST_SHA256];
    if (bytes.n > TENANT_LOGO_BYTES_MAX || !picture_read(bytes, &picture) ||
        picture.width > TENANT_LOGO_SIDE_MAX || picture.height > TENANT_LOGO_SIDE_MAX)
        return fail_field(c, INVALID_FIELD, "picture",
                          "This is a PNG or WebP of at most 32 KiB and 1024 by 1024 pixels.");
    sha256(bytes, digest);
    out->name =
        text_printf(c->arena, "%s%s", hex_encode(c->arena, (struct bytes){ digest, NAME_BYTES }),
                    picture.ending);
    out->content = base64_encode(c->arena, bytes, true);
    return ok();
}

RESULT tenancy_set_logo(struct ctx *c, const struct actor *actor, const char *id,
                        struct bytes picture, const struct tenant_row **out)
{
    struct tenant_logo logo;
    struct picturing p = { .change = { .actor = actor, .id = id } };
    if (picture.n > 0) {
        TRY(read_logo(c, picture, &logo));
        p.logo = &logo;
    }
    TRY(db_atomically(c, set_logo_in, &p));
    *out = p.change.out;
    return ok();
}

/* ---- its status ---- */

static RESULT set_status_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    bool found = false;
    TRY(find(c, change));
    change->tenant = *change->out;
    TRY(not_the_default(c, change->tenant.id));
    TRY(tenant_set_status(c, change->tenant.id, change->status, &found));
    return record(c, change,
                  change->status == TENANT_ACTIVE ? AUDIT_TENANT_ENABLED : AUDIT_TENANT_DISABLED);
}

RESULT tenancy_set_status(struct ctx *c, const struct actor *actor, const char *id,
                          enum tenant_status status)
{
    struct change change = { .actor = actor, .id = id, .status = status };
    return db_atomically(c, set_status_in, &change);
}

static RESULT delete_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct change *change = arg;
    struct tenant_settings settings;
    bool begun = false;
    TRY(find(c, change));
    change->tenant = *change->out;
    TRY(not_the_default(c, change->tenant.id));
    TRY(tenant_settings_read(c, change->tenant.settings, &settings));
    if (settings.issuer != NULL)
        TRY(keep_issuer_name(c, change));
    TRY(tenant_removal_begin(c, change->tenant.id, &begun));
    if (!begun)
        return fail_say(c, CONFLICT, "Suspend the tenant first.", "tenant %s is active",
                        change->tenant.id);
    TRY(impersonations_end(c, change->tenant.id, NULL));
    return record(c, change, AUDIT_TENANT_DELETED);
}

RESULT tenancy_delete(struct ctx *c, const struct actor *actor, const char *id)
{
    struct change change = { .actor = actor, .id = id };
    return db_atomically(c, delete_in, &change);
}
