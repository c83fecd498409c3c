/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth backup and uauth restore: the database as it is at one moment, and back.
 */
#include "app/backup.h"
#include "app/command_node.h"
#include "app/commands.h"
#include "app/data_folder.h"
#include "app/progress.h"

#include "base/text.h"
#include "base/time.h"

#include <unistd.h>

/* The file of the database; PostgreSQL has tools of its own. */
static RESULT database_path(struct ctx *c, const char *instead, const char **out)
{
    *out = database_file(node_database_url(c, c->config));
    if (*out != NULL)
        return ok();
    return fail(c, UNAVAILABLE, "the database is not a file of SQLite: %s", instead);
}

/* ---- backup ---- */

static void show_backup(struct ctx *c, const struct command_line *line, const char *file,
                        const struct backup_made *made)
{
    const char *master = data_path(c, c->config->data_dir, DATA_MASTER_KEY);
    const char *erasures = data_path(c, c->config->data_dir, DATA_ERASURES);
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "backup", file);
    json_number(&w, "bytes", made->bytes);
    json_text(&w, "schema", made->schema);
    json_text(&w, "made_at", time_rfc3339(c->arena, c->now));
    json_array(&w, "not_in_it");
    json_text(&w, NULL, master);
    json_text(&w, NULL, erasures);
    json_array_end(&w);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line,
                "%s: the database as it is now, %lld bytes, schema %s.\n"
                "Not in it, and needed to restore it:\n"
                "  %s, without which keys and second factors cannot be read: keep a copy, apart\n"
                "  from the backups;\n"
                "  %s, which says who was erased since: keep its newest state.\n"
                "Nor are settings, certificates and keys in files of your own.\n",
                file, (long long)made->bytes, made->schema, master, erasures);
}

static RESULT run_backup(struct ctx *c, const struct command_line *line)
{
    const char *file = NULL;
    const char *database = NULL;
    struct backup_made made;
    struct progress progress = progress_begin(line, "copying", "pages", 0);
    TRY(command_argument(c, line, "the file to make", &file));
    TRY(database_path(c, "PostgreSQL is backed up with pg_dump --format=custom", &database));
    TRY(data_folder_check(c, c->config->data_dir, false));
    TRY(backup_make(c, database, file, (struct copy_watch){ progress_tell, &progress }, &made));
    progress_end(&progress);
    show_backup(c, line, file, &made);
    return ok();
}

/* ---- restore ---- */

static void show_restored(struct ctx *c, const struct command_line *line,
                          const struct restored *done)
{
    bool tried = command_has(line, "--dry-run");
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_bool(&w, "restored", !tried);
    json_text(&w, "backup_of", done->made_at);
    json_number(&w, "generation", done->generation);
    json_number(&w, "erased_again", done->erased);
    json_text(&w, "old_database", done->aside);
    json_object_end(&w);
    command_show(line, &w);
    if (tried) {
        command_say(line,
                    "The backup is good; nothing was changed.  People to be erased again: %lld.\n",
                    (long long)done->erased);
        return;
    }
    command_say(line,
                "The database is that of %s, generation %lld.  People who were erased since and "
                "were erased\nagain: %lld.  Everybody has to sign in again; links, recovery codes "
                "and known devices of before\nare dead.\n",
                done->made_at == NULL ? "an unknown time" : done->made_at,
                (long long)done->generation, (long long)done->erased);
    if (done->aside != NULL)
        command_say(line, "What was there before is in %s: remove it when it is not needed.\n",
                    done->aside);
}

static struct restore_plan plan_of(struct ctx *c, const struct command_line *line)
{
    return (struct restore_plan){
        .data_dir = c->config->data_dir,
        .erasures = command_values(c->arena, line, "--erasures"),
        .without_erasures = command_has(line, "--no-erasures"),
        .only_try = command_has(line, "--dry-run"),
    };
}

static RESULT restore_file(struct ctx *c, const struct command_line *line, struct restored *done)
{
    struct restore_plan plan = plan_of(c, line);
    struct progress progress = progress_begin(line, "copying", "pages", 0);
    plan.watch = (struct copy_watch){ progress_tell, &progress };
    TRY(command_argument(c, line, "the backup, or --in-place", &plan.backup));
    TRY(database_path(c, "put a dump back with pg_restore, then uauth restore --in-place",
                      &plan.database));
    TRY(data_folder_check(c, c->config->data_dir, false));
    TRY(restore_backup(c, &plan, done));
    progress_end(&progress);
    return ok();
}

static RESULT restore_here(struct ctx *c, const struct command_line *line, struct restored *done)
{
    struct restore_plan plan = plan_of(c, line);
    struct node *node = NULL;
    const char *file = database_file(node_database_url(c, c->config));
    if (line->arguments.n > 0 || plan.only_try)
        return fail_say(c, INVALID_REQUEST, "--in-place takes neither a backup nor --dry-run.",
                        "restore --in-place with more");
    if (file != NULL && access(file, F_OK) != 0)
        return fail(c, UNAVAILABLE, "there is no database %s", file);
    TRY(node_open(c,
                  &(struct node_plan){
                      .config = c->config, .use = DB_SERVER, .make = true, .restoring = true },
                  &node));
    err restored = restore_in_place(c, node, &plan, done);
    node_close(node);
    return restored;
}

static RESULT run_restore(struct ctx *c, const struct command_line *line)
{
    struct restored done;
    TRY(command_has(line, "--in-place") ? restore_here(c, line, &done)
                                        : restore_file(c, line, &done));
    show_restored(c, line, &done);
    return ok();
}

static const struct command_option options[] = {
    { "--in-place", NULL, "The database was put back by other means (pg_restore): make it safe",
      false, false },
    { "--erasures", "FILE", "A copy of erased.log, beside the one in the data folder", false,
      true },
    { "--no-erasures", NULL, "There is no erased.log any more: people erased since may be back",
      false, false },
    { "--dry-run", NULL, "Only check the backup, also beside a running server", false, false },
};

const struct command command_backup = {
    .name = "backup",
    .summary = "Make a backup of the database, also while the service runs",
    .arguments = "FILE",
    .details = "FILE is new: nothing is replaced.  It holds the database as it was at one moment, "
               "for this\nuser's eyes only, and has been checked.  The master key is not in it: "
               "what is sealed in the\nbackup cannot be read without a copy of that file.  For "
               "PostgreSQL, pg_dump.",
    .here = "it copies the database and its keys",
    .run = run_backup,
};

const struct command command_restore = {
    .name = "restore",
    .summary = "Put a backup in the place of the database",
    .arguments = "[FILE]",
    .details =
        "The service is stopped, and the master key of that time is in the data folder.  People "
        "and\npasswords are as they were in the backup, but who was erased since stays erased "
        "(erased.log).\nEverybody signs in again: sessions, tokens, links, codes and known devices "
        "of before are dead.\nThe old database is kept beside.  A restore that was cut off is run "
        "again.",
    COMMAND_OPTIONS(options),
    .here = "it puts another database in place, which nobody may serve meanwhile",
    .run = run_restore,
};
