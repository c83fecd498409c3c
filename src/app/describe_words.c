/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of words: settings, errors, permissions, audit events, families of short-lived values.
 */
#include "app/describe.h"

#include "base/config.h"
#include "db/kv.h"
#include "identity/access.h"
#include "identity/audit.h"

#define COLUMNS(titles) sizeof(titles) / sizeof((titles)[0])

static const char *bounds_of(struct arena *a, const struct config_row *row)
{
    if (row->kind == CONFIG_INT)
        return text_printf(a, "%lld to %lld", (long long)row->low, (long long)row->high);
    return row->choices == NULL ? "" : row->choices;
}

static const char *fallback_of(const struct config_row *row)
{
    if (row->kind == CONFIG_SECRET)
        return "";
    return row->fallback == NULL ? "" : row->fallback;
}

static void fill_settings(struct described *d)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d,
                      (const char *const[]){ rows[i].variable, rows[i].name, fallback_of(&rows[i]),
                                             bounds_of(d->arena, &rows[i]), rows[i].summary });
}
static const char *const settings_titles[] = { "variable", "in a file", "default", "values",
                                               "what it is" };
const struct describe_page describe_settings = {
    .name = "settings",
    .title = "Settings",
    .intro = "Each setting is a variable of the environment, a line `name = value` of the file "
             "given with\n`--config`, and an option of every command, `--its-name`.  An option "
             "beats the environment\nbeats a `.env` in the working directory beats the file.  "
             "Texts and secrets may also come from\na file: `AUTH_NAME_FILE`.\n",
    .titles = settings_titles,
    .columns = COLUMNS(settings_titles),
    .fill = fill_settings,
};

static void fill_errors(struct described *d)
{
    for (int code = ERR_OK + 1; code < ERR_CODES; code++) {
        const struct err_row *row = err_row((enum err_code)code);
        described_add(d, (const char *const[]){ err_slug((enum err_code)code),
                                                text_printf(d->arena, "%d", row->status),
                                                row->oauth, row->title });
    }
}
static const char *const errors_titles[] = { "type", "status", "OAuth error", "title" };
const struct describe_page describe_errors = {
    .name = "errors",
    .title = "Errors",
    .intro = "A failure is a problem document (RFC 9457) whose `type` is "
             "`<public URL>/problems/<type>`,\na page that says what to do; at OAuth endpoints it "
             "is the error of RFC 6749.\n",
    .titles = errors_titles,
    .columns = COLUMNS(errors_titles),
    .fill = fill_errors,
};

static void fill_rules(struct described *d)
{
    for (unsigned rule = RULE_NONE + 1; rule < RULE_ROWS; rule++) {
        const struct rule_row *row = rule_row((enum rule)rule);
        described_add(d, (const char *const[]){ row->slug, row->cause, row->matters, row->fix,
                                                *row->clause == '\0' ? NULL : row->clause });
    }
}
static const char *const rules_titles[] = { "rule", "what was found", "why it matters",
                                            "what to do", "clause" };
const struct describe_page describe_rules = {
    .name = "rules",
    .title = "Rules by which requests are refused",
    .intro = "Each refusal keeps its rule under the request id that the refused have; "
             "`uauth explain ID` prints\nit with the values that were compared. Clients are told "
             "the error of the standard and nothing of this.\n",
    .titles = rules_titles,
    .columns = COLUMNS(rules_titles),
    .fill = fill_rules,
};

static void fill_permissions(struct described *d)
{
    size_t n = 0;
    const struct permission_row *rows = permission_rows(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d,
                      (const char *const[]){ rows[i].text, rows[i].least_role, rows[i].summary });
}
static const char *const permissions_titles[] = { "permission", "least role", "what it allows" };
const struct describe_page describe_permissions = {
    .name = "permissions",
    .title = "Permissions",
    .intro = "A role that holds `users:*` holds every permission on users; `admin:*` covers "
             "everything.\nThe built-in roles are user, moderator and admin, each all of the one "
             "before.\n",
    .titles = permissions_titles,
    .columns = COLUMNS(permissions_titles),
    .fill = fill_permissions,
};

static void fill_events(struct described *d)
{
    size_t n = 0;
    const struct audit_row *rows = audit_rows(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d, (const char *const[]){ rows[i].text, rows[i].summary });
}
static const char *const events_titles[] = { "event", "what happened" };
const struct describe_page describe_events = {
    .name = "events",
    .title = "Audit events",
    .intro = "An event is written in the transaction of what it tells of.\n",
    .titles = events_titles,
    .columns = COLUMNS(events_titles),
    .fill = fill_events,
};

static void fill_kv(struct described *d)
{
    for (int family = 0; family < KV_FAMILIES; family++) {
        const struct kv_family_row *row = kv_family_row((enum kv_family)family);
        const char *away = kv_family_away((enum kv_family)family);
        described_add(d, (const char *const[]){ row->name, row->loss, away });
    }
}
static const char *const kv_titles[] = { "family", "what losing it means", "without Redis" };
const struct describe_page describe_kv = {
    .name = "short-lived",
    .title = "Short-lived values",
    .intro = "Counters and caches live beside the database, in the memory of the one node or in a "
             "Redis that\nall nodes share, and may be lost; losing one never lets anyone in.  The "
             "last column says what\nhappens while a Redis that is set is away.\n",
    .titles = kv_titles,
    .columns = COLUMNS(kv_titles),
    .fill = fill_kv,
};
