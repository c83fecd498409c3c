/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth migrate: brings the database to the schema of this program, or moves it to PostgreSQL.
 */
#include "app/command_node.h"
#include "app/commands.h"
#include "app/data_folder.h"
#include "app/mover.h"

#include "base/text.h"

#include <stdio.h>

static void show(struct ctx *c, const struct command_line *line, const struct migrations_due *due,
                 bool dry)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_array(&w, dry ? "due" : "applied");
    for (size_t i = 0; i < due->n; i++) {
        json_text(&w, NULL, due->at[i].name);
        command_say(line, "%s %s\n", dry ? "due:    " : "applied:", due->at[i].name);
    }
    json_array_end(&w);
    json_object_end(&w);
    if (due->n == 0)
        command_say(line, "The database is up to date.\n");
    command_show(line, &w);
}

static void tell_step(void *arg, const struct migration *begins, size_t at, size_t of)
{
    const struct command_line *line = arg;
    if (!line->json)
        (void)fprintf(stderr, "migrating: %s (%zu of %zu)\n", begins->name, at, of);
}

static RESULT migrate_here(struct ctx *c, const struct command_line *line)
{
    struct command_line told = *line;
    struct node_plan plan = {
        .config = c->config, .use = DB_COMMAND, .make = true, .watch = { tell_step, &told }
    };
    struct migrations_due due;
    struct node *node = NULL;
    bool dry = command_has(line, "--dry-run");
    TRY(node_plan_migrations(c, &plan, &due));
    if (!dry && due.n > 0) {
        TRY(node_open(c, &plan, &node));
        node_close(node);
    }
    show(c, line, &due, dry);
    return ok();
}

/* ---- to another database ---- */

/* The URL: one with a password in it comes from a file, since others see the command line. */
static RESULT read_target(struct ctx *c, const struct command_line *line, const char **url)
{
    const char *given = command_value(line, "--to");
    TRY(command_secret(c, line, "--to", url));
    if (given != NULL && *url != NULL)
        return fail_field(c, INVALID_FIELD, "--to", "This and --to-file exclude each other.");
    if (given == NULL)
        return ok();
    bool open = false;
    TRY(mover_has_password(c, given, &open));
    if (open)
        return fail_field(c, INVALID_FIELD, "--to",
                          "A password does not belong on a command line: write the URL to a file "
                          "and name that with --to-file.");
    *url = given;
    return ok();
}

static void show_moved(struct ctx *c, const struct command_line *line, const char *place,
                       const struct moved *moved)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "moved_to", place);
    json_number(&w, "tables", (int64_t)moved->tables);
    json_number(&w, "rows", moved->rows);
    json_bool(&w, "was_moved_before", moved->before);
    json_bool(&w, "resumed", moved->resumed);
    json_bool(&w, "copied_anew", moved->anew);
    json_object_end(&w);
    command_show(line, &w);
    if (moved->before)
        command_say(line, "Everything had been moved to %s before.\n", place);
    else
        command_say(line, "%lld rows of %zu tables are in %s, compared row by row%s.\n",
                    (long long)moved->rows, moved->tables, place,
                    moved->anew      ? "; what an earlier move had copied was another state, and "
                                       "was copied anew"
                    : moved->resumed ? "; an earlier move was gone on with"
                                     : "");
    command_say(line,
                "The database here is not served any more: set AUTH_DATABASE_URL to the new one, "
                "keep\n%s, and start.\n",
                data_path(c, c->config->data_dir, DATA_MASTER_KEY));
}

static RESULT move_to(struct ctx *c, const struct command_line *line, const char *url)
{
    struct mover mover = { .url = url };
    struct moved moved;
    if (command_has(line, "--dry-run"))
        return fail_field(c, INVALID_FIELD, "--dry-run",
                          "A move has no dry run: it can be begun "
                          "again, and the source stays as it is.");
    mover.copying = progress_begin(line, "copying  ", "rows", 0);
    mover.comparing = progress_begin(line, "comparing", "rows", 0);
    TRY(data_folder_check(c, c->config->data_dir, false));
    TRY(mover_run(c, &mover, node_database_url(c, c->config), &moved));
    show_moved(c, line, mover.place, &moved);
    return ok();
}

static RESULT run_migrate(struct ctx *c, const struct command_line *line)
{
    const char *url = NULL;
    TRY(read_target(c, line, &url));
    return url == NULL ? migrate_here(c, line) : move_to(c, line, url);
}

static const struct command_option options[] = {
    { "--dry-run", NULL, "Only say what would be done", false, false },
    { "--to", "URL", "Move everything to the empty database postgres://... instead", false, false },
    { "--to-file", "FILE", "The same; the URL is read from a file, since it has a password", false,
      false },
};

const struct command command_migrate = {
    .name = "migrate",
    .summary = "Bring the database to the schema of this program, or move it to PostgreSQL",
    .details =
        "Each step is one transaction, done once; there is no way back, so make a backup first.\n"
        "uauth serve migrates by itself when it starts.  Moving (--to) needs the service stopped; "
        "it\ncan be cut off and run again, compares all rows at the end, and then closes the old "
        "database.",
    COMMAND_OPTIONS(options),
    .here = "it changes the schema of the database, or moves it",
    .run = run_migrate,
};
