/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads of the jobs: each sleeps until one of its jobs is due, and runs those that are, one
 * after the other.
 */
#include "app/jobs.h"

#include "base/text.h"
#include "base/time.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { AGAIN_MS = 5 };

struct lane {
    struct job_runner *runner;
    enum job_lane lane;
    pthread_t thread;
    bool runs;
    struct arena *arena; /* of the turn */
    struct db *db;
    int64_t due_ms[NODE_JOBS_MAX]; /* by row */
};

struct job_runner {
    struct arena *arena;
    struct node *node;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool stops;
    struct app *app;
    struct lane lanes[JOB_LANES];
};

/* ---- one turn ---- */

static struct app *app_of_now(struct job_runner *runner)
{
    (void)pthread_mutex_lock(&runner->lock);
    struct app *app = app_hold(runner->app);
    (void)pthread_mutex_unlock(&runner->lock);
    return app;
}

static void record(struct lane *lane, const struct job *job, const struct ctx *c, err done)
{
    size_t n = 0;
    struct job_record *kept = &lane->runner->node->jobs[job - jobs(&n)];
    if (done.code == ERR_OK)
        atomic_store(&kept->done_at, c->now);
    else
        (void)atomic_fetch_add(&kept->failures, 1);
}

/* Returns when the job is due again. */
static int64_t take_turn(struct lane *lane, const struct job *job)
{
    struct app *app = app_of_now(lane->runner);
    struct job_turn turn = { .app = app };
    struct ctx c = node_ctx(app->node, lane->arena, app->config, lane->db);
    c.log = &app->log;
    err done = job->run(&c, &turn);
    record(lane, job, &c, done);
    if (done.code != ERR_OK)
        LOG_LINE(c.log, &c, LOG_ERROR, "a job failed; it will be tried again",
                 { "job", .text = job->name }, { "error", .text = err_slug(done.code) },
                 { "why", .text = c.fault.text == NULL ? "" : c.fault.text });
    arena_reset(lane->arena);
    app_release(app);
    bool soon = done.code == ERR_OK && turn.again;
    return time_monotonic_ms() + (soon ? AGAIN_MS : job->period_ms);
}

static bool asked_to_stop(struct job_runner *runner)
{
    (void)pthread_mutex_lock(&runner->lock);
    bool stops = runner->stops;
    (void)pthread_mutex_unlock(&runner->lock);
    return stops;
}

/* Runs what is due; returns when the next one is. */
static int64_t run_due(struct lane *lane)
{
    size_t n = 0;
    const struct job *table = jobs(&n);
    must(n <= NODE_JOBS_MAX);
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < n && !asked_to_stop(lane->runner); i++) {
        if (table[i].lane != lane->lane)
            continue;
        if (lane->due_ms[i] <= time_monotonic_ms())
            lane->due_ms[i] = take_turn(lane, &table[i]);
        if (lane->due_ms[i] < next)
            next = lane->due_ms[i];
    }
    return next;
}

/* ---- the threads ---- */

/* False when the runner stops. */
static bool sleep_until(struct job_runner *runner, int64_t at_ms)
{
    struct timespec at = { .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };
    int waited = 0;
    (void)pthread_mutex_lock(&runner->lock);
    while (!runner->stops && waited == 0)
        waited = pthread_cond_timedwait(&runner->changed, &runner->lock, &at);
    bool goes_on = !runner->stops;
    (void)pthread_mutex_unlock(&runner->lock);
    return goes_on;
}

static void *work(void *arg)
{
    struct lane *lane = arg;
    int64_t next = 0;
    do
        next = run_due(lane);
    while (sleep_until(lane->runner, next));
    return NULL;
}

static RESULT start_lane(struct ctx *c, struct lane *lane)
{
    sigset_t all;
    sigset_t before;
    lane->arena = arena_new(ARENA_REQUEST_CEILING);
    if (lane->arena == NULL)
        return fail(c, UNAVAILABLE, "no memory for the jobs");
    TRY(db_open(c, lane->runner->node->database, &lane->db));
    /* Signals are for the thread that waits for them. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    lane->runs = pthread_create(&lane->thread, NULL, work, lane) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return lane->runs ? ok() : fail(c, UNAVAILABLE, "no thread for the jobs");
}

/* Its waits are measured by the clock that never goes back. */
static void prepare(struct job_runner *runner)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes) == 0);
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&runner->changed, &attributes) == 0);
    (void)pthread_condattr_destroy(&attributes);
    must(pthread_mutex_init(&runner->lock, NULL) == 0);
}

RESULT jobs_start(struct ctx *c, struct app *app, struct job_runner **out)
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    if (arena == NULL)
        return fail(c, UNAVAILABLE, "no memory for the jobs");
    struct job_runner *runner = ARENA_NEW(arena, struct job_runner);
    runner->arena = arena;
    runner->node = app->node;
    runner->app = app_hold(app);
    prepare(runner);
    err started = ok();
    for (int i = 0; i < JOB_LANES && started.code == ERR_OK; i++) {
        runner->lanes[i].runner = runner;
        runner->lanes[i].lane = (enum job_lane)i;
        started = start_lane(c, &runner->lanes[i]);
    }
    if (started.code != ERR_OK)
        jobs_stop(runner);
    else
        *out = runner;
    return started;
}

void jobs_swap(struct job_runner *runner, struct app *app)
{
    (void)pthread_mutex_lock(&runner->lock);
    struct app *old = runner->app;
    runner->app = app_hold(app);
    (void)pthread_mutex_unlock(&runner->lock);
    app_release(old);
}

void jobs_ask_to_stop(struct job_runner *runner)
{
    (void)pthread_mutex_lock(&runner->lock);
    runner->stops = true;
    (void)pthread_cond_broadcast(&runner->changed);
    (void)pthread_mutex_unlock(&runner->lock);
}

void jobs_stop(struct job_runner *runner)
{
    if (runner == NULL)
        return;
    jobs_ask_to_stop(runner);
    for (int i = 0; i < JOB_LANES; i++) {
        struct lane *lane = &runner->lanes[i];
        if (lane->runs)
            (void)pthread_join(lane->thread, NULL);
        db_close(lane->db);
        arena_end(lane->arena);
    }
    app_release(runner->app);
    (void)pthread_cond_destroy(&runner->changed);
    (void)pthread_mutex_destroy(&runner->lock);
    arena_end(runner->arena);
}
