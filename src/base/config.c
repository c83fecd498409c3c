/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include "base/config_source.h"
#include "base/log.h"
#include "base/spell.h"

#include <string.h>

/* clang-format off */
#define UPPER(c)    ((char)((c) >= 'a' && (c) <= 'z' ? (c) & ~0x20 : (c)))
#define DASH(c)     ((char)((c) == '_' ? '-' : (c)))
#define SHOWN_true  "on"
#define SHOWN_false "off"
#define ROW(name_, kind_, fallback_, choices_, low_, high_, summary_) {                            \
    .name = #name_, .variable = { 'A', 'U', 'T', 'H', '_', SPELL(UPPER, #name_) },                 \
    .flag = { '-', '-', SPELL(DASH, #name_) }, .fallback = (fallback_), .choices = (choices_),     \
    .summary = (summary_), .kind = CONFIG_##kind_, .low = (low_), .high = (high_),                 \
    .offset = offsetof(struct config, name_) },

static const struct config_row rows[] = {
#define TEXT(name, fallback, summary)            ROW(name, TEXT, fallback, NULL, 0, 0, summary)
#define SECRET_TEXT(name, summary)               ROW(name, SECRET, "", NULL, 0, 0, summary)
#define PATH(name, fallback, summary)            ROW(name, PATH, fallback, NULL, 0, 0, summary)
#define URL(name, fallback, summary)             ROW(name, URL, fallback, NULL, 0, 0, summary)
#define LIST(name, fallback, summary)            ROW(name, LIST, fallback, NULL, 0, 0, summary)
#define INT(name, fallback, low, high, summary)  ROW(name, INT, #fallback, NULL, low, high, summary)
#define FLAG(name, fallback, summary)            ROW(name, BOOL, SHOWN_##fallback, "off|on", 0, 1, summary)
#define CHOICE(name, fallback, choices, summary) ROW(name, CHOICE, fallback, choices, 0, 0, summary)
#include "base/config.def"
#undef TEXT
#undef SECRET_TEXT
#undef PATH
#undef URL
#undef LIST
#undef INT
#undef FLAG
#undef CHOICE
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0] };

/* What is known of one row while the sources are read, lowest first. */
struct effective {
    struct config_given given;
    int round; /* the source it came from */
};

struct gathering {
    struct ctx *c;
    struct effective at[ROWS];
    int round;
};

/* How a source spells the name of a row. */
typedef const char *spelling(const struct config_row *row);

static const char *by_name(const struct config_row *row)
{
    return row->name;
}

static const char *by_variable(const struct config_row *row)
{
    return row->variable;
}

static const char *by_flag(const struct config_row *row)
{
    return row->flag;
}

const struct config_row *config_rows(size_t *n)
{
    *n = ROWS;
    return rows;
}

bool config_is_reference(const char *value)
{
    return text_starts(value, "keyvault://");
}

bool config_may_refer(const struct config_row *row)
{
    return row->kind == CONFIG_SECRET || text_equal(row->name, "database_url");
}

/* Whether the value of the row may stand in a file that NAME_FILE names. */
static bool has_file_variant(const struct config_row *row)
{
    return row->kind == CONFIG_TEXT || row->kind == CONFIG_SECRET || row->kind == CONFIG_URL;
}

const struct config_row *config_find(const char *name, bool *is_file)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *rest = text_starts(name, rows[i].name) ? name + strlen(rows[i].name) : "?";
        *is_file = has_file_variant(&rows[i]) && text_equal(rest, "_file");
        if (*rest == '\0' || *is_file)
            return &rows[i];
    }
    return NULL;
}

static RESULT unknown(struct ctx *c, const struct config_given *given, const char *spelt,
                      spelling *spell)
{
    const char *all[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        all[i] = spell(&rows[i]);
    const char *nearest = text_nearest(spelt, all, ROWS);
    const char *say =
        nearest == NULL
            ? "there is no such setting; uauth config lists them"
            : text_printf(c->arena, "there is no such setting; did you mean %s?", nearest);
    return fail_field(c, INVALID_FIELD, given->label, say);
}

/* Reads the file that NAME_FILE names, without its last line break. */
static RESULT take_file(struct ctx *c, struct config_given *given)
{
    const char *text = NULL;
    TRY(config_read_file(c, given->label, given->value, &text));
    size_t n = strlen(text);
    n -= n > 0 && text[n - 1] == '\n';
    n -= n > 0 && text[n - 1] == '\r';
    given->from = text_printf(c->arena, "%s (%s)", given->from, given->value);
    given->value = text_copy(c->arena, text, n);
    return ok();
}

static RESULT take(struct gathering *g, struct config_given given, const char *spelt,
                   spelling *spell)
{
    bool is_file = false;
    const struct config_row *row = config_find(given.name, &is_file);
    if (row == NULL)
        return unknown(g->c, &given, spelt, spell);
    struct effective *effective = &g->at[row - rows];
    if (effective->round == g->round)
        return fail_field(
            g->c, INVALID_FIELD, given.label,
            text_printf(g->c->arena, "is given twice; the other is %s", effective->given.label));
    if (is_file)
        TRY(take_file(g->c, &given));
    *effective = (struct effective){ given, g->round };
    return ok();
}

static void take_defaults(struct gathering *g)
{
    for (size_t i = 0; i < ROWS; i++)
        g->at[i].given =
            (struct config_given){ rows[i].name, rows[i].fallback, rows[i].variable, "default" };
}

/* Kubernetes puts these into the environment for a service called "auth" (docker links do so too).
 */
static bool is_foreign(const char *variable)
{
    return text_starts(variable, "AUTH_SERVICE_") || text_equal(variable, "AUTH_PORT") ||
           text_starts(variable, "AUTH_PORT_");
}

/* "AUTH_LOG_LEVEL" as "log_level"; as it is, so that nothing is found, if it has a lower-case
 * letter. */
static const char *name_of_variable(struct arena *a, const char *variable)
{
    for (const char *p = variable; *p != '\0'; p++) {
        if (*p >= 'a' && *p <= 'z')
            return variable;
    }
    return text_lower(a, variable + strlen("AUTH_"));
}

static RESULT take_variable(struct gathering *g, const char *variable, struct config_given given)
{
    if (is_foreign(variable)) {
        LOG_LINE(g->c->log, g->c, LOG_INFO, "left out: not a setting of this service",
                 { "variable", .text = variable });
        return ok();
    }
    given.name = name_of_variable(g->c->arena, variable);
    return take(g, given, variable, by_variable);
}

static RESULT take_lines(struct gathering *g, const char *path, bool dotenv)
{
    struct config_givens lines = { 0 };
    g->round++;
    TRY(config_read_lines(g->c, path, dotenv, &lines));
    for (size_t i = 0; i < lines.n; i++) {
        const struct config_given *line = &lines.at[i];
        TRY(dotenv ? take_variable(g, line->name, *line) : take(g, *line, line->name, by_name));
    }
    return ok();
}

static RESULT take_environment(struct gathering *g, const char *const *environment)
{
    struct arena *a = g->c->arena;
    g->round++;
    for (; environment != NULL && *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!text_starts(*environment, "AUTH_") || equals == NULL)
            continue;
        const char *variable = text_copy(a, *environment, (size_t)(equals - *environment));
        TRY(take_variable(g, variable,
                          (struct config_given){
                              .value = equals + 1,
                              .label = variable,
                              .from = text_printf(a, "environment %s", variable),
                          }));
    }
    return ok();
}

/* "--log-level" as "log_level"; as it is if it is no flag. */
static const char *name_of_flag(struct arena *a, const char *flag)
{
    if (!text_starts(flag, "--") || strchr(flag, '_') != NULL)
        return flag;
    size_t n = strlen(flag + 2);
    char *name = arena_copy(a, flag + 2, n + 1);
    for (size_t i = 0; i < n; i++)
        name[i] = name[i] == '-' ? '_' : name[i];
    return name;
}

static RESULT take_flags(struct gathering *g, const char *const *flags, size_t n)
{
    struct ctx *c = g->c;
    g->round++;
    for (size_t i = 0; i < n; i++) {
        const char *flag = flags[2 * i];
        struct config_given given = { .name = name_of_flag(c->arena, flag),
                                      .value = flags[2 * i + 1],
                                      .label = flag,
                                      .from = text_printf(c->arena, "flag %s", flag) };
        bool is_file = false;
        const struct config_row *row = config_find(given.name, &is_file);
        if (row != NULL && row->kind == CONFIG_SECRET && !is_file)
            return fail_field(c, INVALID_FIELD, flag,
                              text_printf(c->arena,
                                          "a secret on the command line is seen by others; use "
                                          "%s-file PATH or %s",
                                          row->flag, row->variable));
        TRY(take(g, given, flag, by_flag));
    }
    return ok();
}

RESULT config_load(struct ctx *c, const struct config_input *in, struct config *out,
                   struct config_sources *sources)
{
    struct gathering *g = ARENA_NEW(c->arena, struct gathering);
    g->c = c;
    take_defaults(g);
    if (in->file_path != NULL)
        TRY(take_lines(g, in->file_path, false));
    if (in->dotenv_path != NULL)
        TRY(take_lines(g, in->dotenv_path, true));
    TRY(take_environment(g, in->environment));
    TRY(take_flags(g, in->flags, in->flags_n));
    struct config config = { 0 };
    const char **from = ARENA_NEWS(c->arena, const char *, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        TRY(config_set(c, &rows[i], &g->at[i].given, &config));
        from[i] = g->at[i].given.from;
    }
    TRY(config_check(c, &config));
    *out = config;
    sources->from = from;
    return ok();
}
