/* SPDX-License-Identifier: Apache-2.0 */
#include "app/backup.h"

#include "base/text.h"
#include "base/time.h"
#include "db/sqlite_place.h"
#include "store/meta.h"
#include "store/tables.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Says what it is, and finds out of which version. */
static RESULT mark(struct ctx *c, void *arg)
{
    struct backup_made *made = arg;
    struct texts tables;
    struct migrations_due due;
    TRY(tables_list(c, &tables));
    if (!texts_hold(tables, "meta"))
        return fail(c, UNAVAILABLE, "there is nothing in this database to make a backup of");
    TRY(migrate_plan(c, store_schema(), &due));
    made->schema = store_schema()->at[store_schema()->n - due.n - 1].name;
    return meta_set(c, META_BACKUP, time_rfc3339(c->arena, c->now));
}

/* link(2) never replaces. */
static RESULT give_name(struct ctx *c, const char *part, const char *to)
{
    if (link(part, to) == 0)
        return sqlite_keep_names(c, to);
    if (errno == EEXIST)
        return fail(c, CONFLICT, "%s is there already: a backup replaces nothing", to);
    return fail(c, UNAVAILABLE, "%s cannot be made: %s", to, strerrordesc_np(errno));
}

static RESULT make_part(struct ctx *c, const char *part, const char *to, struct backup_made *made)
{
    struct stat about;
    TRY(db_on_file(c, part, mark, made));
    TRY(sqlite_check_whole(c, part));
    TRY(sqlite_keep_file(c, part));
    if (stat(part, &about) != 0)
        return fail(c, UNAVAILABLE, "%s is gone: %s", part, strerrordesc_np(errno));
    made->bytes = about.st_size;
    return give_name(c, part, to);
}

RESULT backup_make(struct ctx *c, const char *from, const char *to, struct copy_watch watch,
                   struct backup_made *out)
{
    const char *part = sqlite_part_name(c, to);
    struct backup_made made = { 0 };
    if (access(to, F_OK) == 0)
        return fail(c, CONFLICT, "%s is there already: a backup replaces nothing", to);
    TRY(sqlite_copy(c, from, part, watch));
    err done = make_part(c, part, to, &made);
    (void)unlink(part);
    if (done.code == ERR_OK)
        *out = made;
    return done;
}
