/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of what the service does: endpoints, limits, jobs, commands; and the OpenAPI document.
 */
#include "app/command.h"
#include "app/describe.h"
#include "app/jobs.h"
#include "app/routes.h"
#include "realm/realm.h"
#include "web/cookies.h"
#include "web/guard.h"
#include "web/openapi.h"

#define COLUMNS(titles) sizeof(titles) / sizeof((titles)[0])

/* ---- endpoints ---- */

static const char *needs_of(struct arena *a, const struct route *route)
{
    const char *who = route->guard == &guard_open ? "" : route->guard->name;
    if (route->permission != NULL)
        who = text_printf(a, "%s with %s", who, route->permission);
    if ((route->flags & RECENT) != 0)
        who = text_printf(a, "%s, signed in lately", who);
    if ((route->flags & CHANGING) != 0)
        who = text_printf(a, "%s, also before a password change", who);
    return who;
}

static void fill_api(struct described *d)
{
    size_t n = 0;
    const struct route *rows = routes(&n);
    for (size_t i = 0; i < n; i++)
        described_add(
            d, (const char *const[]){ text_equal(rows[i].method, "*") ? "any" : rows[i].method,
                                      rows[i].path, needs_of(d->arena, &rows[i]), rows[i].limit,
                                      text_printf(d->arena, "%d", route_status(&rows[i])),
                                      rows[i].event, rows[i].summary });
}
static const char *const api_titles[] = { "method", "path",  "caller",      "limit",
                                          "status", "event", "what it does" };
const struct describe_page describe_api = {
    .name = "api",
    .title = "Endpoints",
    .intro = "Bodies, answers and their bounds are in `openapi.json`, which the service also "
             "serves.  `limit`\nnames a row of the limits; `event` what the audit gets of a "
             "success.\n",
    .titles = api_titles,
    .columns = COLUMNS(api_titles),
    .fill = fill_api,
};

/* As the service writes it at its default address. */
static const char *write_openapi(struct ctx *c)
{
    bool is_file = false;
    size_t n = 0;
    const struct route *rows = routes(&n);
    const struct openapi_info info = { .title = "uauth",
                                       .server_url = config_find("public_url", &is_file)->fallback,
                                       .session_cookie = "session" };
    return text_printf(c->arena, "%s\n", openapi_write(c, &info, rows, n));
}
const struct describe_page describe_openapi = {
    .name = "openapi.json",
    .title = "OpenAPI document",
    .write = write_openapi,
};

/* ---- the file of uauth apply ---- */

static const char *write_realm_schema(struct ctx *c)
{
    return realm_schema(c->arena);
}
const struct describe_page describe_realm = {
    .name = "realm.schema.json",
    .title = "JSON Schema of the file of uauth apply",
    .write = write_realm_schema,
};

/* ---- limits ---- */

static const struct config_row *row_at(size_t offset)
{
    size_t n = 0;
    const struct config_row *rows = config_rows(&n);
    for (size_t i = 0; i < n; i++)
        if (rows[i].offset == offset)
            return &rows[i];
    must(false);
    return NULL;
}

static const char *amount_of(struct arena *a, const struct limit_class *class)
{
    const char *variable = row_at(class->setting)->variable;
    return class->times == 1 ? variable
                             : text_printf(a, "%lld x %s", (long long)class->times, variable);
}

static void fill_limits(struct described *d)
{
    size_t n = 0;
    const struct limit_class *rows = limit_classes(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d, (const char *const[]){
                             rows[i].name, rows[i].per == PER_ADDRESS ? "address" : "principal",
                             amount_of(d->arena, &rows[i]),
                             text_printf(d->arena, "%lld s", (long long)rows[i].window),
                             rows[i].summary });
}
static const char *const limits_titles[] = { "limit", "per", "requests", "in", "what it bounds" };
const struct describe_page describe_limits = {
    .name = "limits",
    .title = "Limits",
    .intro = "Each is refilled evenly.  An address is an IPv4 address or an IPv6 /64.  Over a "
             "limit the answer\nis 429 with `Retry-After`; `RateLimit` tells what is left.\n",
    .titles = limits_titles,
    .columns = COLUMNS(limits_titles),
    .fill = fill_limits,
};

/* ---- jobs and commands ---- */

static void fill_jobs(struct described *d)
{
    size_t n = 0;
    const struct job *rows = jobs(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d, (const char *const[]){
                             rows[i].name,
                             text_printf(d->arena, "%lld ms", (long long)rows[i].period_ms),
                             rows[i].summary });
}
static const char *const jobs_titles[] = { "job", "every", "what it does" };
const struct describe_page describe_jobs = {
    .name = "jobs",
    .title = "Jobs",
    .intro = "What the service does by itself.  A job that fails is logged and tried again.\n",
    .titles = jobs_titles,
    .columns = COLUMNS(jobs_titles),
    .fill = fill_jobs,
};

static void fill_commands(struct described *d)
{
    size_t n = 0;
    const struct command *const *rows = commands(&n);
    for (size_t i = 0; i < n; i++)
        described_add(d,
                      (const char *const[]){ rows[i]->name, rows[i]->arguments, rows[i]->summary });
}
static const char *const commands_titles[] = { "command", "arguments", "summary" };

static const char *write_commands(struct ctx *c)
{
    size_t n = 0;
    const struct command *const *rows = commands(&n);
    struct text_buffer out = text_buffer(c->arena);
    text_add(&out, "# Commands\n\nEvery command also takes each setting as an option, and "
                   "`--json`.  Exit codes: 0 done, 1 failed,\n2 the command line is wrong.  "
                   "Secrets are read from standard input or a file.\n\nMade by `uauth describe "
                   "commands`.\n");
    for (size_t i = 0; i < n; i++)
        text_addf(&out, "\n## uauth %s\n\n```\n%s```\n", rows[i]->name,
                  command_help(c->arena, rows[i]));
    return text_of(&out);
}
const struct describe_page describe_commands = {
    .name = "commands",
    .title = "Commands",
    .titles = commands_titles,
    .columns = COLUMNS(commands_titles),
    .fill = fill_commands,
    .write = write_commands,
};
