/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_FIGURES_H
#define UAUTH_APP_FIGURES_H

/*
 * The figures of one scrape while they are gathered: what was read stays as it was, for the text
 * that web/metrics.h makes of it.
 */

#include "app/app.h"
#include "web/metrics.h"

enum { FIGURES_MAX = 192 };

struct figures {
    struct arena *arena;
    struct metric_source at[FIGURES_MAX];
    size_t n;
};

/* `name`, `labels` (NULL: none) and `help` live as long as the scrape. */
struct figure {
    const char *name, *labels, *help;
    bool counter; /* else a gauge */
};
void figures_add(struct figures *f, struct figure figure, int64_t value);

/* A counter as a figure: what does not fit is INT64_MAX. */
int64_t figure_of(uint64_t counter);

/* The process and what it stands on: memory, descriptors, its clock, its log, the space for its
 * data, its certificate.  What the system does not tell is left out. */
void figures_add_process(struct ctx *c, struct figures *f, const struct app *app);

/* When each job was last done, and how often it failed. */
void figures_add_jobs(struct ctx *c, struct figures *f, const struct node *node);

#endif
