/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/import_report.h"

#include "base/json_writer.h"
#include "store/imports.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void import_report_line(struct text_buffer *lines, const struct import_line *line)
{
    struct json_writer w = json_writer(lines->arena);
    json_object(&w, NULL);
    json_text(&w, "where", line->where);
    json_text(&w, "left_out", line->what);
    json_text_if(&w, "field", line->field);
    json_text(&w, "why", line->why);
    json_object_end(&w);
    text_add(lines, json_written(&w));
    text_add(lines, "\n");
}

static RESULT write_at(struct ctx *c, int file, const char *text, int64_t at)
{
    size_t n = strlen(text);
    for (size_t done = 0; done < n;) {
        ssize_t wrote = pwrite(file, text + done, n - done, (off_t)at + (off_t)done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return fail_say(c, UNAVAILABLE, "The report cannot be written.", "report: %s",
                            strerrordesc_np(errno));
        done += (size_t)wrote;
    }
    return ok();
}

static int64_t begin_of_step(const struct import_report *report, const struct import_row *row)
{
    return row->report_bytes - (int64_t)strlen(row->tail) - report->lost;
}

RESULT import_report_open(struct ctx *c, struct import_report *report, const struct import_row *row)
{
    struct stat about;
    report->lost = 0;
    if (report->file < 0)
        return ok();
    bool known = fstat(report->file, &about) == 0;
    if (known && about.st_size < begin_of_step(report, row))
        report->lost = begin_of_step(report, row) - about.st_size;
    if (!known || ftruncate(report->file, (off_t)begin_of_step(report, row)) != 0)
        return fail_say(c, UNAVAILABLE, "The report cannot be written.", "report: %s",
                        strerrordesc_np(errno));
    return import_report_write(c, report, row);
}

RESULT import_report_write(struct ctx *c, const struct import_report *report,
                           const struct import_row *row)
{
    if (report->file < 0)
        return ok();
    return write_at(c, report->file, row->tail, begin_of_step(report, row));
}
