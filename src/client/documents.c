/* SPDX-License-Identifier: Apache-2.0 */
#include "client/documents.h"

#include "base/text.h"
#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One version of a document.  Its users and its slot hold it; the last to let go ends its arena. */
struct version {
    struct documents *in;
    struct arena *arena;
    const void *parsed;
    int64_t fetched_at, fresh_until;
    unsigned holders;
};

struct slot {
    struct arena *arena; /* of the key */
    const struct document_kind *kind;
    const char *url;
    enum outbound_origin origin;
    struct version *version;
    int64_t retry_at;
    uint64_t used;
    unsigned waiting;
    bool fetching;
};

struct documents {
    pthread_mutex_t lock;
    pthread_cond_t fetched;
    struct resolver *resolver;
    uint64_t uses;
    struct slot slots[DOCUMENTS_MAX];
};

struct documents *documents_new(struct resolver *resolver)
{
    struct documents *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    pthread_condattr_t clock;
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_cond_init(&d->fetched, &clock);
    (void)pthread_condattr_destroy(&clock);
    d->resolver = resolver;
    return d;
}

/* With the lock held. */
static void let_go(struct version *v)
{
    if (v == NULL || --v->holders > 0)
        return;
    arena_end(v->arena);
    free(v);
}

static void release(void *arg)
{
    struct version *v = arg;
    struct documents *d = v->in;
    (void)pthread_mutex_lock(&d->lock);
    let_go(v);
    (void)pthread_mutex_unlock(&d->lock);
}

void documents_free(struct documents *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < DOCUMENTS_MAX; i++) {
        let_go(d->slots[i].version);
        arena_end(d->slots[i].arena);
    }
    (void)pthread_cond_destroy(&d->fetched);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

static void empty(struct slot *s)
{
    let_go(s->version);
    arena_end(s->arena);
    *s = (struct slot){ .url = NULL };
}

/* Whether it is too soon for another fetch.  A clock that has gone back does not make it longer. */
static bool must_rest(const struct slot *s, int64_t now)
{
    return now < s->retry_at && s->retry_at <= time_add(now, DOCUMENT_RETRY_SECONDS);
}

/*
 * Whether the slot may be given to a document of `origin`.  What somebody else has named displaces
 * nothing that the operator has, and nothing that must rest: forgetting when that was fetched would
 * let it be fetched again.
 */
static bool may_go(const struct slot *s, enum outbound_origin origin, int64_t now)
{
    if (s->url == NULL)
        return true;
    if (s->fetching || s->waiting > 0)
        return false;
    return origin == OUTBOUND_CONFIGURED || (s->origin == OUTBOUND_FOREIGN && !must_rest(s, now));
}

static bool is_of(const struct slot *s, const struct document_wanted *wanted)
{
    return s->url != NULL && s->kind == wanted->kind && s->origin == wanted->origin &&
           text_equal(s->url, wanted->url);
}

/* The slot of the document that is wanted, made if need be in the place of the least recently used
 * one that may go; NULL if there is none. */
static struct slot *find_slot(struct documents *d, const struct document_wanted *wanted,
                              int64_t now)
{
    struct slot *oldest = NULL;
    for (size_t i = 0; i < DOCUMENTS_MAX; i++) {
        struct slot *s = &d->slots[i];
        if (is_of(s, wanted))
            return s;
        if (may_go(s, wanted->origin, now) && (oldest == NULL || s->used < oldest->used))
            oldest = s;
    }
    struct arena *arena = oldest == NULL ? NULL : arena_new(0);
    if (arena == NULL)
        return NULL;
    empty(oldest);
    *oldest = (struct slot){ .arena = arena,
                             .kind = wanted->kind,
                             .url = text_copy(arena, wanted->url, strlen(wanted->url)),
                             .origin = wanted->origin };
    return oldest;
}

/* Seconds for which an answer may be used (RFC 9111 5.2.2.1), within our bounds. */
static int64_t fresh_seconds(struct ctx *c, const struct http_answer *answer)
{
    const char *control = http_answer_header(answer, "cache-control");
    if (control == NULL)
        return DOCUMENT_FRESH_DEFAULT;
    struct texts directives = text_split(c->arena, control, ',');
    for (size_t i = 0; i < directives.n; i++) {
        const char *directive = text_lower(c->arena, text_trim(c->arena, directives.at[i]));
        int64_t seconds = 0;
        if (text_starts(directive, "max-age=") && text_int(directive + 8, 0, INT32_MAX, &seconds))
            return seconds < DOCUMENT_FRESH_MIN   ? DOCUMENT_FRESH_MIN
                   : seconds > DOCUMENT_FRESH_MAX ? DOCUMENT_FRESH_MAX
                                                  : seconds;
    }
    return DOCUMENT_FRESH_DEFAULT;
}

/* Parses in an arena that belongs to the version, with the caller's context otherwise. */
static RESULT parse(struct ctx *c, const struct slot *s, const struct http_answer *answer,
                    struct version *v)
{
    struct arena *own = c->arena;
    c->arena = v->arena;
    err result = s->kind->parse(c, answer->body, s->url, &v->parsed);
    c->arena = own;
    if (result.code == ERR_OK)
        return ok();
    /* The fault's texts lie in the arena that is about to end. */
    fault_clear(c);
    return fail(c, UPSTREAM, "%s: this is not a usable %s", s->url, s->kind->name);
}

/* Without the lock: fetches what the slot names. */
static RESULT fetch(struct ctx *c, struct documents *d, const struct slot *s, struct version *v)
{
    const char *accept = text_printf(c->arena, "Accept: %s", s->kind->accept);
    const size_t bytes_max = s->kind->bytes_max;
    const int64_t limit_ms = s->kind->limit_ms;
    struct http_call call = { .method = "GET",
                              .url = s->url,
                              .origin = s->origin,
                              .headers = &accept,
                              .headers_n = 1,
                              .answer_max = bytes_max == 0 ? DOCUMENT_BYTES_MAX : bytes_max,
                              .limit_ms = limit_ms == 0 ? DOCUMENT_LIMIT_MS : limit_ms };
    struct http_answer *answer = ARENA_NEW(c->arena, struct http_answer);
    TRY(http_call(c, d->resolver, &call, answer));
    if (answer->status != 200)
        return fail(c, UPSTREAM, "%s answered with status %d", s->url, answer->status);
    v->fetched_at = c->now;
    v->fresh_until = time_add(c->now, fresh_seconds(c, answer));
    return parse(c, s, answer, v);
}

static RESULT make_version(struct ctx *c, struct documents *d, const struct slot *s,
                           struct version **out)
{
    struct version *v = calloc(1, sizeof *v);
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    if (v == NULL || arena == NULL) {
        free(v);
        arena_end(arena);
        return fail(c, UNAVAILABLE, "no memory for the document at %s", s->url);
    }
    *v = (struct version){ .in = d, .arena = arena, .holders = 1 };
    err result = fetch(c, d, s, v);
    if (result.code != ERR_OK) {
        arena_end(arena);
        free(v);
        return result;
    }
    *out = v;
    return ok();
}

/* With the lock held on entry and on return. */
static RESULT renew(struct ctx *c, struct documents *d, struct slot *s)
{
    s->fetching = true;
    s->retry_at = time_add(c->now, DOCUMENT_RETRY_SECONDS);
    (void)pthread_mutex_unlock(&d->lock);
    struct version *newer = NULL;
    err result = make_version(c, d, s, &newer);
    (void)pthread_mutex_lock(&d->lock);
    s->fetching = false;
    if (result.code == ERR_OK) {
        let_go(s->version);
        s->version = newer;
    }
    (void)pthread_cond_broadcast(&d->fetched);
    return result;
}

static void wait_for_fetch(struct documents *d, struct slot *s)
{
    s->waiting++;
    int64_t deadline = time_monotonic_ms() + DOCUMENT_LIMIT_MS;
    struct timespec until = { .tv_sec = deadline / 1000,
                              .tv_nsec = (long)(deadline % 1000) * 1000000 };
    while (s->fetching && pthread_cond_timedwait(&d->fetched, &d->lock, &until) != ETIMEDOUT)
        continue;
    s->waiting--;
}

static bool is_usable(const struct ctx *c, const struct version *v)
{
    return v != NULL && c->now <= time_add(v->fresh_until, DOCUMENT_STALE_MAX);
}

/* With the lock held: brings the slot as far as it may be brought now. */
static RESULT bring(struct ctx *c, struct documents *d, struct slot *s, bool newer)
{
    bool wanted = newer || s->version == NULL || c->now > s->version->fresh_until;
    if (wanted && s->fetching && !is_usable(c, s->version))
        wait_for_fetch(d, s);
    else if (wanted && !s->fetching && !must_rest(s, c->now)) {
        err result = renew(c, d, s);
        if (result.code != ERR_OK && !is_usable(c, s->version))
            return result;
        fault_clear(c);
    }
    if (!is_usable(c, s->version))
        return fail(c, UPSTREAM, "there is no document from %s, and it was asked for just now",
                    s->url);
    return ok();
}

/* With the lock held: the version is the caller's until its arena ends. */
static struct version *take(struct slot *s)
{
    s->version->holders++;
    return s->version;
}

RESULT documents_renew(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                       const void *seen, const void **parsed)
{
    (void)pthread_mutex_lock(&d->lock);
    struct slot *s = find_slot(d, wanted, c->now);
    if (s == NULL) {
        (void)pthread_mutex_unlock(&d->lock);
        return fail(c, UPSTREAM, "too many documents of others are being fetched");
    }
    s->used = ++d->uses;
    bool newer = seen != NULL && s->version != NULL && s->version->parsed == seen;
    err result = bring(c, d, s, newer);
    struct version *v = result.code == ERR_OK ? take(s) : NULL;
    (void)pthread_mutex_unlock(&d->lock);
    TRY(result);
    must(v != NULL);
    arena_own(c->arena, release, v);
    *parsed = v->parsed;
    return ok();
}

RESULT documents_get(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                     const void **parsed)
{
    return documents_renew(c, d, wanted, NULL, parsed);
}

bool documents_kept(struct ctx *c, struct documents *d, const struct document_wanted *wanted,
                    const void **parsed)
{
    struct version *v = NULL;
    (void)pthread_mutex_lock(&d->lock);
    for (size_t i = 0; v == NULL && i < DOCUMENTS_MAX; i++) {
        struct slot *s = &d->slots[i];
        if (!is_of(s, wanted) || !is_usable(c, s->version))
            continue;
        s->used = ++d->uses;
        v = take(s);
    }
    (void)pthread_mutex_unlock(&d->lock);
    *parsed = v == NULL ? NULL : v->parsed;
    if (v != NULL)
        arena_own(c->arena, release, v);
    return v != NULL && c->now <= v->fresh_until;
}
