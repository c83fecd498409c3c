/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_PROGRESS_H
#define UAUTH_APP_PROGRESS_H

/*
 * How far a long piece of work is, on standard error: a bar with rate and time left where that is
 * a terminal, else a line every few seconds; nothing where JSON was asked for.
 */

#include "app/command.h"

struct progress {
    const char *what; /* "copying" */
    const char *unit; /* "rows" */
    bool silent, terminal, restarted, complete;
    int64_t begun_ms, told_ms;
    int64_t first; /* what was done when it began */
};

/* `first`: what was done before. */
struct progress progress_begin(const struct command_line *line, const char *what, const char *unit,
                               int64_t first);

/* Lets the time begin now, unless it has been told of. */
void progress_restart(struct progress *p);

/* `progress` is a struct progress: for whoever takes a function to tell. */
void progress_tell(void *progress, int64_t done, int64_t of);

/* Ends the line of the bar. */
void progress_end(struct progress *p);

/* "[=====>    ]  52%  104000 of 200000 rows, 8400/s, 11 s left". */
const char *progress_text(struct arena *a, const struct progress *p, int64_t done, int64_t of,
                          int64_t now_ms);

#endif
