/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolver.h"

#include "base/text.h"
#include "base/time.h"
#include "net/host.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOST_BYTES = 256 };

/*
 * A question belongs to the callers who wait and to the resolver, until it is answered.  Whoever
 * lets go last frees it, so that a caller may leave at its deadline.
 */
struct question {
    struct question *next;
    char host[HOST_BYTES];
    char port[8];
    unsigned holders;
    bool asked, answered;
    struct resolved answer;
};

struct resolver {
    pthread_mutex_t lock;
    pthread_cond_t asked, answered;
    pthread_t threads[RESOLVER_THREADS];
    unsigned threads_n;
    struct question *first; /* not answered yet, the oldest first */
    bool ending;
};

static void let_go(struct question *q)
{
    if (--q->holders == 0)
        free(q);
}

static void look_up(struct question *q, struct resolved *out)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found = NULL;
    /* RFC 6761 6.3: what is below localhost is this host, and no server is asked. */
    const char *host = host_is_localhost(q->host) ? "localhost" : q->host;
    if (getaddrinfo(host, q->port, &hints, &found) != 0)
        return;
    for (struct addrinfo *i = found; i != NULL && out->n < RESOLVED_MAX; i = i->ai_next) {
        if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
            continue;
        memcpy(&out->at[out->n++], i->ai_addr, i->ai_addrlen);
    }
    freeaddrinfo(found);
}

/* The oldest one that no thread looks up yet, or NULL. */
static struct question *take(struct resolver *r)
{
    struct question *q = r->first;
    while (q != NULL && q->asked)
        q = q->next;
    if (q != NULL)
        q->asked = true;
    return q;
}

static void take_out(struct resolver *r, struct question *q)
{
    struct question **at = &r->first;
    while (*at != q)
        at = &(*at)->next;
    *at = q->next;
    let_go(q);
}

static void *answer_questions(void *arg)
{
    struct resolver *r = arg;
    (void)pthread_mutex_lock(&r->lock);
    while (!r->ending) {
        struct question *q = take(r);
        if (q == NULL) {
            (void)pthread_cond_wait(&r->asked, &r->lock);
            continue;
        }
        struct resolved found = { .n = 0 };
        (void)pthread_mutex_unlock(&r->lock);
        look_up(q, &found);
        (void)pthread_mutex_lock(&r->lock);
        q->answer = found;
        q->answered = true;
        (void)pthread_cond_broadcast(&r->answered);
        take_out(r, q);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

struct resolver *resolver_new(unsigned threads)
{
    struct resolver *r = calloc(1, sizeof *r);
    must(threads > 0 && threads <= RESOLVER_THREADS);
    if (r == NULL)
        return NULL;
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->asked, NULL);
    (void)pthread_cond_init(&r->answered, &clock);
    (void)pthread_condattr_destroy(&clock);
    while (r->threads_n < threads &&
           pthread_create(&r->threads[r->threads_n], NULL, answer_questions, r) == 0)
        r->threads_n++;
    if (r->threads_n == threads)
        return r;
    resolver_free(r);
    return NULL;
}

void resolver_free(struct resolver *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_lock(&r->lock);
    r->ending = true;
    (void)pthread_cond_broadcast(&r->asked);
    (void)pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; i < r->threads_n; i++)
        (void)pthread_join(r->threads[i], NULL);
    while (r->first != NULL)
        take_out(r, r->first);
    (void)pthread_cond_destroy(&r->asked);
    (void)pthread_cond_destroy(&r->answered);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

/* Where the question stands, or the end of those that wait; *n: how many there are before it. */
static struct question **find(struct resolver *r, const char *host, const char *port, size_t *n)
{
    struct question **at = &r->first;
    for (*n = 0; *at != NULL; at = &(*at)->next, ++*n)
        if (text_equal((*at)->host, host) && text_equal((*at)->port, port))
            return at;
    return at;
}

/* Takes part in the question, or puts it to the others; NULL if there is no room. */
static struct question *ask(struct resolver *r, const char *host, const char *port)
{
    size_t before = 0;
    struct question **at = find(r, host, port, &before);
    if (*at != NULL) {
        (*at)->holders++;
        return *at;
    }
    struct question *q = before == RESOLVER_QUEUE_MAX || r->ending ? NULL : calloc(1, sizeof *q);
    if (q == NULL)
        return NULL;
    memcpy(q->host, host, strlen(host));
    memcpy(q->port, port, strlen(port));
    q->holders = 2;
    *at = q;
    (void)pthread_cond_signal(&r->asked);
    return q;
}

/* What nobody waits for any longer is not looked up any more. */
static void leave(struct resolver *r, struct question *q)
{
    bool last = !q->answered && !q->asked && q->holders == 2;
    if (!last) {
        let_go(q);
        return;
    }
    q->holders--;
    take_out(r, q);
}

static void wait_for_answer(struct resolver *r, const struct question *q, int64_t deadline_ms)
{
    struct timespec until = { .tv_sec = deadline_ms / 1000,
                              .tv_nsec = (long)(deadline_ms % 1000) * 1000000 };
    while (!q->answered)
        if (pthread_cond_timedwait(&r->answered, &r->lock, &until) == ETIMEDOUT)
            return;
}

RESULT resolver_find(struct ctx *c, struct resolver *r, const char *host, unsigned port,
                     int64_t deadline_ms, struct resolved *out)
{
    if (strlen(host) >= HOST_BYTES || port > 65535)
        return fail(c, UPSTREAM, "the host name is longer than %d bytes", HOST_BYTES - 1);
    const char *port_text = text_printf(c->arena, "%u", port);
    (void)pthread_mutex_lock(&r->lock);
    struct question *q = ask(r, host, port_text);
    if (q == NULL) {
        (void)pthread_mutex_unlock(&r->lock);
        return fail(c, UPSTREAM, "too many names wait to be resolved; %s was not asked for", host);
    }
    wait_for_answer(r, q, deadline_ms);
    bool answered = q->answered;
    struct resolved answer = q->answer;
    leave(r, q);
    (void)pthread_mutex_unlock(&r->lock);
    if (!answered)
        return fail(c, UPSTREAM, "the name %s was not resolved in time", host);
    if (answer.n == 0)
        return fail(c, UPSTREAM, "the name %s has no address", host);
    *out = answer;
    return ok();
}
