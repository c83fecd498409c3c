/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_JOBS_H
#define UAUTH_APP_JOBS_H

/*
 * What the service does by itself, on one thread of its own: a table of jobs, each with its period.
 * A job that fails is logged and tried again at its next turn; it never stops the others.
 */

#include "base/ctx.h"

struct node;

/* One row of jobs.c. */
struct job {
    const char *name;
    int64_t period_ms;
    RESULT (*run)(struct ctx *c, struct node *node);
};
const struct job *jobs(size_t *n);

struct job_runner;

/* Starts the thread.  UNAVAILABLE if it could not be made. */
RESULT jobs_start(struct ctx *c, struct node *node, struct job_runner **out);

/* Lets the running job finish and ends the thread. */
void jobs_stop(struct job_runner *runner);

#endif
