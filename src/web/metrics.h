/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_METRICS_H
#define UAUTH_WEB_METRICS_H

/*
 * Counters of the process in the Prometheus text format (version 0.0.4).  Counting is a few relaxed
 * atomic additions.  Labels are rows of the route table and status classes: nothing a caller
 * chooses.
 */

#include "base/ctx.h"
#include "web/route.h"

struct metrics;

/* Room for `routes_n` rows (and one for what matched none), in `a`. */
struct metrics *metrics_new(struct arena *a, size_t routes_n) __attribute__((returns_nonnull));

/* One answered request; `row`: index in the table, or the number of rows if none matched. */
void metrics_count(struct metrics *m, size_t row, int status, int64_t took_ms);

/* One failure that was answered; `code` is not ERR_OK. */
void metrics_count_error(struct metrics *m, enum err_code code);

/* One request refused by a limit. */
void metrics_count_limited(struct metrics *m);

/* One request that was asked for a proof of work. */
void metrics_count_challenged(struct metrics *m);

/* A figure that another part keeps: queue lengths, connections, the hash gate. */
struct metric_source {
    const char *name;   /* "uauth_queue_length" */
    const char *labels; /* "queue=\"plain\"", or "" */
    const char *help;
    bool counter; /* else a gauge */
    int64_t (*read)(void *arg);
    void *arg;
};

/* The text of everything.  Sources with the same name stand next to each other. */
const char *metrics_text(struct ctx *c, const struct metrics *m, const struct route *rows,
                         const struct metric_source *sources, size_t n);

#endif
