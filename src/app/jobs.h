/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_JOBS_H
#define UAUTH_APP_JOBS_H

/*
 * What the service does by itself: a table of jobs, each with its period, on two threads of their
 * own, so that a mail server that does not answer holds up nothing but mails.  A job that fails is
 * logged and tried again at its next turn; it never stops the others.
 */

#include "app/app.h"

/* Which thread runs it. */
enum job_lane {
    JOB_QUICK,   /* memory and the database */
    JOB_OUTBOUND /* may call another server */
};
enum { JOB_LANES = 2 };

/* One turn of a job.  It sets `again` when there is more to do at once. */
struct job_turn {
    struct app *app; /* the settings of now */
    bool again;
};

/* One row of jobs.c. */
struct job {
    const char *name;
    enum job_lane lane;
    int64_t period_ms;
    RESULT (*run)(struct ctx *c, struct job_turn *turn);
    const char *summary;
};
const struct job *jobs(size_t *n);

struct job_runner;

/* Starts the threads, each with a connection to the database of its own.  UNAVAILABLE if they
 * could not be made.  `app` is held as long as it is the one of now. */
RESULT jobs_start(struct ctx *c, struct app *app, struct job_runner **out);

/* From its next turn on, each job runs under these settings. */
void jobs_swap(struct job_runner *runner, struct app *app);

/* No job begins any more; returns at once. */
void jobs_ask_to_stop(struct job_runner *runner);

/* Lets the running jobs finish and ends the threads.  NULL is fine. */
void jobs_stop(struct job_runner *runner);

#endif
