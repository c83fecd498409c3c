/* SPDX-License-Identifier: Apache-2.0 */
#include "app/backup.h"
#include "app/data_folder.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "crypto/seal.h"
#include "db/sqlite_place.h"
#include "identity/audit.h"
#include "store/audit_tree.h"
#include "store/erasure_log.h"
#include "store/generation.h"
#include "store/meta.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct settling {
    const struct restore_plan *plan;
    const char *log; /* of the data folder */
    int64_t above;   /* the generation of the database whose place it takes */
    struct restored done;
};

/* ---- who was erased stays so ---- */

static RESULT apply_line(struct ctx *c, const struct erasure *erasure, void *arg)
{
    struct settling *s = arg;
    bool known = false;
    bool erased = false;
    TRY(erasure_known(c, erasure->id, &known));
    if (!known)
        TRY(erasure_apply(c, erasure, &erased));
    s->done.erased += erased ? 1 : 0;
    return ok();
}

static RESULT count_line(struct ctx *c, const struct erasure *erasure, void *arg)
{
    (void)c;
    (void)erasure;
    ++*(size_t *)arg;
    return ok();
}

/* The log of a folder that was made for this restore is empty, and tells nothing. */
static RESULT check_log(struct ctx *c, const struct settling *s)
{
    struct erasures known;
    size_t lines = 0;
    bool there = access(s->log, F_OK) == 0;
    TRY(erasures_since(c, &(struct erasure){ .id = "" }, 1, &known));
    if (there)
        TRY(erasure_log_read(c, s->log, count_line, &lines));
    if ((there && (lines > 0 || known.n == 0)) || s->plan->erasures.n > 0 ||
        s->plan->without_erasures)
        return ok();
    return fail(c, UNAVAILABLE,
                "%s, which says who was erased since the backup, is %s: put it there, name a copy "
                "with --erasures, or say --no-erasures, and people who were erased may be back",
                s->log, there ? "not the one of this database" : "missing");
}

static RESULT apply_logs(struct ctx *c, struct settling *s)
{
    TRY(check_log(c, s));
    if (access(s->log, F_OK) == 0)
        TRY(erasure_log_read(c, s->log, apply_line, s));
    for (size_t i = 0; i < s->plan->erasures.n; i++)
        TRY(erasure_log_read(c, s->plan->erasures.at[i], apply_line, s));
    if (s->plan->only_try)
        return ok();
    TRY(erasure_log_make(c, s->log));
    return erasure_log_follow(c, s->log, 0);
}

/* ---- what was good once is dead ---- */

static RESULT settle_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct settling *s = arg;
    TRY(db_alone(c));
    TRY(generation_raise(c, s->above, &s->done.generation));
    TRY(audit_log_fork(c, random_uuid(c), s->done.generation));
    const char *number = text_printf(c->arena, "%lld", (long long)s->done.generation);
    return audit_add(c, &(struct audit){ .event = AUDIT_DATABASE_RESTORED,
                                         .details = { { "generation", number },
                                                      { "backup_of", s->done.made_at } } });
}

/* With c->db and c->seal.  An access token issued in the second of now is dead, too: that second
 * has to be over before anybody gets another. */
static RESULT settle(struct ctx *c, struct settling *s)
{
    const char *made_at = NULL;
    TRY(meta_get(c, META_BACKUP, &made_at));
    s->done.made_at = made_at;
    TRY(apply_logs(c, s));
    return db_atomically(c, settle_in, s);
}

static void outlast_this_second(const struct ctx *c)
{
    while (time_now() == c->now)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

RESULT restore_in_place(struct ctx *c, const struct node *node, const struct restore_plan *plan,
                        struct restored *out)
{
    struct settling s = { .plan = plan, .log = node->erasure_log };
    TRY(settle(c, &s));
    outlast_this_second(c);
    *out = s.done;
    return ok();
}

/* ---- a backup ---- */

/* Found out now, not when somebody's second factor does not open. */
static RESULT open_seal(struct ctx *c, const char *folder)
{
    struct bytes master;
    struct seal *seal = NULL;
    const char *stored = NULL;
    const char *path = data_path(c, folder, DATA_MASTER_KEY);
    TRY(data_master_read(c, folder, &master));
    TRY(meta_get(c, META_SEAL_CHECK, &stored));
    if (stored == NULL)
        return fail(c, UNAVAILABLE, "the backup is of a database that was never used");
    if (master.n == 0)
        return fail(c, UNAVAILABLE,
                    "%s is missing, and without it what is sealed in the backup cannot be read: "
                    "put the one of that time there first",
                    path);
    TRY(seal_new(c, c->arena, &master, 1, &seal));
    if (!seal_check(c, seal, stored))
        return fail(c, UNAVAILABLE,
                    "%s is not the key that the backup was sealed with: put the one of that time "
                    "there first",
                    path);
    c->seal = seal;
    return ok();
}

static RESULT prepare(struct ctx *c, void *arg)
{
    struct settling *s = arg;
    TRY(migrate_run(c, store_schema(), NULL));
    TRY(open_seal(c, s->plan->data_dir));
    return settle(c, s);
}

static RESULT check_backup(struct ctx *c, const struct restore_plan *plan)
{
    struct stat backup;
    struct stat present;
    if (stat(plan->backup, &backup) != 0 || !S_ISREG(backup.st_mode))
        return fail(c, UNAVAILABLE, "%s is no file that can be read", plan->backup);
    if (stat(plan->database, &present) == 0 && present.st_dev == backup.st_dev &&
        present.st_ino == backup.st_ino)
        return fail(c, UNAVAILABLE,
                    "%s is the database itself; after putting an older one there by other means, "
                    "uauth restore --in-place",
                    plan->backup);
    return ok();
}

static RESULT prepare_file(struct ctx *c, struct settling *s, const char *part)
{
    TRY(sqlite_check_whole(c, part));
    TRY(db_on_file(c, part, prepare, s));
    TRY(sqlite_check_whole(c, part));
    return sqlite_keep_file(c, part);
}

static RESULT read_generation(struct ctx *c, void *arg)
{
    return generation_read(c, arg);
}

/* The old database may be the reason for the restore: what cannot be read counts for nothing. */
static int64_t old_generation(struct ctx *c, const char *path)
{
    int64_t generation = 0;
    if (access(path, R_OK) == 0 && db_on_file(c, path, read_generation, &generation).code != ERR_OK)
        fault_clear(c);
    return generation;
}

static RESULT restore_held(struct ctx *c, struct settling *s)
{
    const struct restore_plan *plan = s->plan;
    const char *part = sqlite_part_name(c, plan->database);
    TRY(check_backup(c, plan));
    if (!plan->only_try) {
        sqlite_remove_parts(c, plan->database);
        s->above = old_generation(c, plan->database);
    }
    TRY(sqlite_copy(c, plan->backup, part, plan->watch));
    err done = prepare_file(c, s, part);
    if (done.code == ERR_OK && !plan->only_try)
        done = sqlite_exchange(c, plan->database, part, &s->done.aside);
    (void)unlink(part);
    return done;
}

RESULT restore_backup(struct ctx *c, const struct restore_plan *plan, struct restored *out)
{
    struct settling s = { .plan = plan, .log = data_path(c, plan->data_dir, DATA_ERASURES) };
    struct sqlite_hold held = { -1, -1 };
    if (!plan->only_try)
        TRY(sqlite_hold(c, plan->database, &held));
    err done = restore_held(c, &s);
    sqlite_release(&held);
    TRY(done);
    if (!plan->only_try)
        outlast_this_second(c);
    *out = s.done;
    return ok();
}
