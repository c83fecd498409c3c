/* SPDX-License-Identifier: Apache-2.0 */
#include "store/erasure_log.h"

#include "base/codec.h"
#include "base/log.h"
#include "base/time.h"
#include "crypto/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 256, CHECK_CHARS = 16, FIELDS = 3, LAST_LINES = 64, ID_BYTES_MAX = 64 };

static RESULT cannot(struct ctx *c, const char *path, const char *what, int why)
{
    return fail(c, UNAVAILABLE, "the log of erasures %s cannot be %s: %s", path, what,
                strerrordesc_np(why));
}

/* ---- lines ---- */

static const char *check_of(struct arena *a, const char *at, const char *id)
{
    struct framed f = framed(a);
    uint8_t hash[DIGEST_SHA256];
    framed_add_text(&f, "uauth erasure");
    framed_add_text(&f, at);
    framed_add_text(&f, id);
    sha256(framed_bytes(&f), hash);
    return hex_encode(a, (struct bytes){ hash, CHECK_CHARS / 2 });
}

static const char *line_of(struct arena *a, const struct erasure *erasure)
{
    const char *at = time_rfc3339(a, erasure->at);
    return text_printf(a, "%s %s %s\n", at, erasure->id, check_of(a, at, erasure->id));
}

enum line_kind { LINE_GOOD, LINE_CUT, LINE_CHANGED };

/* A line that was cut off is shorter than it would be. */
static enum line_kind read_line(struct arena *a, const char *line, struct erasure *out)
{
    struct texts parts = text_split(a, line, ' ');
    if (!text_ends(line, "\n") || parts.n < FIELDS)
        return LINE_CUT;
    const char *check = text_copy(a, parts.at[2], strcspn(parts.at[2], "\n"));
    if (strlen(check) < CHECK_CHARS)
        return LINE_CUT;
    *out = (struct erasure){ .id = parts.at[1] };
    bool good = parts.n == FIELDS && strlen(out->id) <= ID_BYTES_MAX &&
                time_parse(parts.at[0], &out->at) &&
                text_equal(check, check_of(a, parts.at[0], parts.at[1]));
    return good ? LINE_GOOD : LINE_CHANGED;
}

/* ---- adding ---- */

static int open_log(const char *path)
{
    return open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

RESULT erasure_log_make(struct ctx *c, const char *path)
{
    int fd = open_log(path);
    if (fd < 0)
        return cannot(c, path, "made", errno);
    bool kept = fsync(fd) == 0;
    int why = errno;
    (void)close(fd);
    return kept ? ok() : cannot(c, path, "made", why);
}

/* What a line that was cut off leaves open is closed first. */
static bool ends_well(int fd)
{
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    return size <= 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

RESULT erasure_log_add(struct ctx *c, const char *path, const struct erasures *list)
{
    if (list->n == 0)
        return ok();
    int fd = open_log(path);
    if (fd < 0)
        return cannot(c, path, "written", errno);
    struct text_buffer lines = text_buffer(c->arena);
    text_add(&lines, ends_well(fd) ? "" : "\n");
    for (size_t i = 0; i < list->n; i++)
        text_add(&lines, line_of(c->arena, &list->at[i]));
    errno = ENOSPC; /* where less was written than was asked for */
    bool kept = write(fd, text_of(&lines), lines.n) == (ssize_t)lines.n && fsync(fd) == 0;
    int why = errno;
    (void)close(fd);
    return kept ? ok() : cannot(c, path, "written", why);
}

void erasure_log_keep(struct ctx *c, const char *user_id)
{
    const struct erasure one = { user_id, c->now };
    if (c->erasure_log == NULL ||
        erasure_log_add(c, c->erasure_log, &(struct erasures){ &one, 1 }).code == ERR_OK)
        return;
    LOG_LINE(c->log, c, LOG_ERROR, "an erasure could not be written to the log of erasures yet",
             { "why", .text = c->fault.text });
    fault_clear(c);
}

/* ---- reading ---- */

static RESULT read_lines(struct ctx *c, FILE *file, const char *path, erasure_line *each, void *arg)
{
    char line[LINE_BYTES_MAX];
    struct arena_mark mark = arena_mark(c->arena);
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        struct erasure erasure;
        enum line_kind kind = read_line(c->arena, line, &erasure);
        if (kind == LINE_CHANGED)
            return fail(c, UNAVAILABLE,
                        "line %d of the log of erasures %s was changed, and whom it names is not "
                        "certain: put it right from another copy",
                        number, path);
        if (kind == LINE_GOOD)
            TRY(each(c, &erasure, arg));
        arena_rewind(c->arena, mark);
    }
    return ferror(file) ? cannot(c, path, "read", errno) : ok();
}

RESULT erasure_log_read(struct ctx *c, const char *path, erasure_line *each, void *arg)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cannot(c, path, "read", errno);
    err done = read_lines(c, file, path, each, arg);
    (void)fclose(file);
    return done;
}

/* ---- following the database ---- */

/* Rows of the database, in the order of their ids, and which of them stand in the log. */
struct following {
    struct erasure *rows;
    bool *found;
    size_t n;
};

static int order(const void *a, const void *b)
{
    return strcmp(((const struct erasure *)a)->id, ((const struct erasure *)b)->id);
}

static RESULT find_line(struct ctx *c, const struct erasure *erasure, void *arg)
{
    (void)c;
    struct following *f = arg;
    const struct erasure *row = bsearch(erasure, f->rows, f->n, sizeof *f->rows, order);
    if (row != NULL)
        f->found[row - f->rows] = true;
    return ok();
}

static RESULT add_missing(struct ctx *c, const char *path, const struct erasures *rows)
{
    struct following f = { .n = rows->n };
    f.rows = arena_copy(c->arena, rows->at, rows->n * sizeof *rows->at);
    f.found = ARENA_NEWS(c->arena, bool, rows->n);
    qsort(f.rows, f.n, sizeof *f.rows, order);
    TRY(erasure_log_read(c, path, find_line, &f));
    size_t missing = 0;
    for (size_t i = 0; i < f.n; i++)
        if (!f.found[i])
            f.rows[missing++] = f.rows[i];
    return erasure_log_add(c, path, &(struct erasures){ f.rows, missing });
}

RESULT erasure_log_follow(struct ctx *c, const char *path, int64_t since)
{
    char id[ID_BYTES_MAX + 1] = "";
    struct erasure after = { id, since };
    struct arena_mark mark = arena_mark(c->arena);
    struct erasures rows;
    do {
        TRY(erasures_since(c, &after, ERASURES_MAX, &rows));
        if (rows.n == 0)
            return ok();
        TRY(add_missing(c, path, &rows));
        after.at = rows.at[rows.n - 1].at;
        (void)snprintf(id, sizeof id, "%s", rows.at[rows.n - 1].id);
        arena_rewind(c->arena, mark);
    } while (rows.n == ERASURES_MAX);
    return ok();
}

/* ---- is the database older? ---- */

struct last_lines {
    char ids[LAST_LINES][ID_BYTES_MAX + 1];
    size_t n; /* of all */
};

static RESULT note_line(struct ctx *c, const struct erasure *erasure, void *arg)
{
    (void)c;
    struct last_lines *last = arg;
    (void)snprintf(last->ids[last->n++ % LAST_LINES], sizeof last->ids[0], "%s", erasure->id);
    return ok();
}

RESULT erasure_log_check(struct ctx *c, const char *path)
{
    struct last_lines last = { .n = 0 };
    TRY(erasure_log_read(c, path, note_line, &last));
    for (size_t i = 0; i < last.n && i < LAST_LINES; i++) {
        bool known = false;
        TRY(erasure_known(c, last.ids[i], &known));
        if (!known)
            return fail(c, UNAVAILABLE,
                        "the database does not know of the erasure of %s, which stands in %s: it "
                        "is an older one that was put back; uauth restore --in-place makes it safe",
                        last.ids[i], path);
    }
    return ok();
}
