/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_queue.h"

#include "base/time.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A tenth of the weight of other threads: they go before, and a sign-in on a machine that is busy
 * with other things still ends.  At 19 it took ten seconds where it takes one. */
enum { LOWERED_BY = 10, AVERAGE_WEIGHT = 8, US_PER_MS = 1000 };

struct worker {
    struct http_queue *queue;
    pthread_t thread;
    bool runs;
    void *means;
    bool opened;
    struct arena *arena;
    struct http_date date;
    struct buffer_pool spare; /* at most one buffer: of the job before */
    pthread_cond_t woken;
    struct worker *longer; /* under the queue's lock: who sleeps longer than this one */
    bool sleeps;
    bool took, ran;           /* a job that is still among the running; somebody waited for it */
    int64_t began_us, now_us; /* when that began, and ended; now_us is 0 after a pause */
};

struct http_queue {
    struct http_queue_plan plan;
    pthread_mutex_t lock;
    struct http_job **ring; /* under the lock, like all that follows */
    unsigned first, n;
    struct worker *asleep; /* the last to fall asleep first */
    bool waking;           /* one was called and has not looked at the queue yet */
    unsigned running;
    int64_t average_us; /* of one job, weighted to the last ones */
    bool stopping;
    struct worker *workers;
};

struct http_job *http_job_new(void)
{
    return calloc(1, sizeof(struct http_job));
}

void http_job_free(struct http_job *job)
{
    if (job == NULL)
        return;
    buffer_give(NULL, job->input);
    buffer_give(NULL, job->output);
    tls_shown_free(job->shown);
    http_served_release(job->served);
    free(job);
}

struct http_request *http_job_request(struct arena *a, const struct http_job *job)
{
    struct bytes head = { job->input->at, job->head_n };
    struct http_request *request = http_request_new(a, &job->head, head);
    request->body = (struct bytes){ job->input->at + job->head_n, job->body_n };
    request->peer = job->peer;
    request->tls = job->tls;
    request->by_proxy = job->by_proxy;
    request->shown = tls_shown_bytes(a, job->shown);
    request->listener = job->listener;
    return request;
}

/*
 * Milliseconds until a job that is put in at `now_ms` would be taken: by the average of the last
 * ones, or what the first has waited already, which shows sooner that jobs take longer now.
 */
static int64_t expected_wait_ms(const struct http_queue *queue, int64_t now_ms)
{
    if (queue->n == 0)
        return 0;
    int64_t average_ms = queue->n * queue->average_us / queue->plan.workers / US_PER_MS;
    int64_t first_ms = now_ms - queue->ring[queue->first]->queued_ms;
    return first_ms > average_ms ? first_ms : average_ms;
}

/*
 * Under the lock: who is to be called because jobs wait, or NULL.  One at a time: whoever comes
 * takes a job and calls the next if there are more.  So as many work as there is work for, and no
 * more, and those whose memory is warm: the last to fall asleep is called first.
 */
static struct worker *call(struct http_queue *queue)
{
    struct worker *w = queue->asleep;
    if (queue->n == 0 || queue->waking || w == NULL)
        return NULL;
    queue->asleep = w->longer;
    queue->waking = true;
    w->sleeps = false;
    return w;
}

/* Outside of the lock, which the one who is woken takes at once. */
static void wake(struct worker *called)
{
    if (called != NULL)
        (void)pthread_cond_signal(&called->woken);
}

int64_t http_queue_push(struct http_queue *queue, struct http_job *job)
{
    (void)pthread_mutex_lock(&queue->lock);
    struct worker *called = NULL;
    int64_t now_ms = time_monotonic_tick_ms();
    int64_t wait_ms = expected_wait_ms(queue, now_ms);
    /* Half of the deadline: an estimate that is too low must not let anybody wait for nothing. */
    bool taken =
        queue->n < queue->plan.max && wait_ms <= queue->plan.queue_ms / 2 && !queue->stopping;
    if (taken) {
        job->queued_ms = now_ms;
        atomic_store(&job->state, HTTP_JOB_QUEUED);
        queue->ring[(queue->first + queue->n++) % queue->plan.max] = job;
        called = call(queue);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    wake(called);
    return taken ? 0 : 1 + wait_ms / 1000;
}

/* Until there is something to do; under the lock. */
static void fall_asleep(struct worker *w)
{
    struct http_queue *queue = w->queue;
    w->longer = queue->asleep;
    w->sleeps = true;
    queue->asleep = w;
    while (w->sleeps && !queue->stopping)
        (void)pthread_cond_wait(&w->woken, &queue->lock);
    queue->waking = false;
}

/* Under the lock: what `w` had taken has ended. */
static void end_running(struct worker *w)
{
    struct http_queue *queue = w->queue;
    if (!w->took)
        return;
    queue->running--;
    if (w->ran)
        queue->average_us += (w->now_us - w->began_us - queue->average_us) / AVERAGE_WEIGHT;
    w->took = false;
}

/* Ends the job before; the next one that somebody waits for, or NULL when the queue ends. */
static struct http_job *take(struct worker *w)
{
    struct http_queue *queue = w->queue;
    struct http_job *job = NULL;
    struct worker *called = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    end_running(w);
    while (queue->n == 0 && !queue->stopping) {
        fall_asleep(w);
        w->now_us = 0;
    }
    if (!queue->stopping) {
        job = queue->ring[queue->first];
        queue->first = (queue->first + 1) % queue->plan.max;
        queue->n--;
        queue->running++;
        w->took = true;
        called = call(queue);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    wake(called);
    return job;
}

static void answer(struct worker *w, struct http_job *job)
{
    const struct http_application *application = &job->served->application;
    struct http_response response = { .status = 200 };
    struct http_request *request = http_job_request(w->arena, job);
    struct http_work work = { w->means, w->arena, request, &job->given_up };
    application->handle(application->it, &work, &response);
    struct http_writer writer = { &w->spare, w->arena, &w->date };
    job->status = response.status;
    job->close = response.close || !job->head.keep_alive || atomic_load(w->queue->plan.draining);
    struct http_reply_how how = { .head_only = job->head.method == HTTP_HEAD,
                                  .close = job->close,
                                  .keep_alive = !job->head.minor_1 };
    job->output = http_reply_write(&writer, &response, how);
}

/* Runs one job and hands it back; one that nobody waits for is freed, which is no run. */
static bool run(struct worker *w, struct http_job *job)
{
    int queued = HTTP_JOB_QUEUED;
    if (!atomic_compare_exchange_strong(&job->state, &queued, HTTP_JOB_RUNNING)) {
        http_job_free(job);
        return false;
    }
    answer(w, job);
    http_served_release(job->served);
    job->served = NULL;
    arena_reset(w->arena);
    w->queue->plan.done(job, &w->spare);
    return true;
}

/* Of this thread, from where the service was started at. */
static void lower_priority(void)
{
    id_t thread = (id_t)gettid();
    (void)setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + LOWERED_BY);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct http_job *job = NULL;
    if (w->queue->plan.cost == HTTP_HASH)
        lower_priority();
    while ((job = take(w)) != NULL) {
        /* One begins as the one before ended, unless there was a pause. */
        w->began_us = w->now_us == 0 ? time_monotonic_us() : w->now_us;
        w->ran = run(w, job);
        w->now_us = time_monotonic_us();
    }
    return NULL;
}

static RESULT worker_start(struct ctx *c, struct http_queue *queue, struct worker *w)
{
    const struct http_threads *threads = queue->plan.threads;
    w->queue = queue;
    (void)pthread_cond_init(&w->woken, NULL);
    w->arena = arena_new(queue->plan.arena_ceiling);
    if (w->arena == NULL)
        return fail(c, UNAVAILABLE, "no memory for a worker");
    if (threads->open_worker != NULL)
        TRY(threads->open_worker(c, threads->arg, queue->plan.cost, &w->means));
    w->opened = true;
    int error = pthread_create(&w->thread, NULL, work, w);
    if (error != 0)
        return fail(c, UNAVAILABLE, "no thread for a worker: %s", strerrorname_np(error));
    w->runs = true;
    return ok();
}

static RESULT workers_start(struct ctx *c, struct http_queue *queue)
{
    for (unsigned i = 0; i < queue->plan.workers; i++)
        TRY(worker_start(c, queue, &queue->workers[i]));
    return ok();
}

RESULT http_queue_start(struct ctx *c, const struct http_queue_plan *plan, struct http_queue **out)
{
    struct http_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return fail(c, UNAVAILABLE, "no memory for a queue");
    queue->plan = *plan;
    (void)pthread_mutex_init(&queue->lock, NULL);
    queue->ring = calloc(plan->max, sizeof(struct http_job *));
    queue->workers = calloc(plan->workers, sizeof(struct worker));
    err started = queue->ring == NULL || queue->workers == NULL
                      ? fail(c, UNAVAILABLE, "no memory for a queue")
                      : workers_start(c, queue);
    if (started.code != ERR_OK) {
        http_queue_stop(queue);
        return started;
    }
    *out = queue;
    return ok();
}

void http_queue_figures(struct http_queue *queue, uint64_t *queued, uint64_t *running)
{
    (void)pthread_mutex_lock(&queue->lock);
    *queued = queue->n;
    *running = queue->running;
    (void)pthread_mutex_unlock(&queue->lock);
}

static void worker_end(struct worker *w)
{
    const struct http_threads *threads = w->queue->plan.threads;
    if (w->opened && threads->close_worker != NULL)
        threads->close_worker(threads->arg, w->means);
    buffer_pool_end(&w->spare);
    (void)pthread_cond_destroy(&w->woken);
    arena_end(w->arena);
}

/* All have ended before one is taken apart: until then each may call any other. */
static void workers_end(struct http_queue *queue)
{
    unsigned n = queue->workers == NULL ? 0 : queue->plan.workers;
    for (unsigned i = 0; i < n; i++)
        if (queue->workers[i].runs)
            (void)pthread_join(queue->workers[i].thread, NULL);
    for (unsigned i = 0; i < n; i++)
        if (queue->workers[i].queue != NULL)
            worker_end(&queue->workers[i]);
}

void http_queue_stop(struct http_queue *queue)
{
    if (queue == NULL)
        return;
    (void)pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    for (struct worker *w = queue->asleep; w != NULL; w = w->longer)
        (void)pthread_cond_signal(&w->woken);
    (void)pthread_mutex_unlock(&queue->lock);
    workers_end(queue);
    for (; queue->n > 0; queue->n--)
        http_job_free(queue->ring[(queue->first + queue->n - 1) % queue->plan.max]);
    (void)pthread_mutex_destroy(&queue->lock);
    free(queue->workers);
    free(queue->ring);
    free(queue);
}
