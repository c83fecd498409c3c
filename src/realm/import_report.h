/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_IMPORT_REPORT_H
#define UAUTH_REALM_IMPORT_REPORT_H

/*
 * The report of an import: one JSON object a line.  Its lines reach the file after the transaction
 * that they belong to; should the process end between the two, the next run writes them from the
 * row of the import.
 */

#include "base/ctx.h"
#include "base/text.h"

struct import_row;

struct import_line {
    const char *where; /* "record 17" */
    const char *what;  /* was left out: "user", "role" */
    const char *field; /* the one that is wrong; or NULL */
    const char *why;
};
void import_report_line(struct text_buffer *lines, const struct import_line *line);

/* A report that is being written; `file` may be -1. */
struct import_report {
    int file;
    int64_t lost; /* bytes of the runs before that are not in this file, or not any longer */
};

/* Brings the file to what `row` says of it; one that is new, or was removed, begins here. */
RESULT import_report_open(struct ctx *c, struct import_report *report,
                          const struct import_row *row);

/* Writes the lines of the step that `row` tells of. */
RESULT import_report_write(struct ctx *c, const struct import_report *report,
                           const struct import_row *row);

#endif
