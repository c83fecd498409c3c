/* SPDX-License-Identifier: Apache-2.0 */
#include "db/redis_pool.h"

#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "net/resolver.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

enum { SHA1_BYTES = 20, SCRIPT_WORDS = 2, POOL_CEILING = 64 << 10 };

struct redis_pool {
    struct arena *arena; /* of this */
    struct redis_place place;
    _Atomic uint64_t tag;
    pthread_mutex_t mutex; /* over all that follows */
    struct redis_link *idle[REDIS_IDLE_MAX];
    size_t idle_n;
    uint64_t generation; /* of connections: a failure ends one */
    int64_t next_ms;     /* away: when it may be tried again; 0: it is there */
    bool trying;
    bool met;    /* somebody has been connected, and the log told of what it should know */
    bool evicts; /* likewise */
    uint64_t calls, failures;
};

/* One call's use of the pool. */
struct visit {
    struct redis_link *link;
    uint64_t generation;
    bool is_trial;
};

static void lock(struct redis_pool *p)
{
    must(pthread_mutex_lock(&p->mutex) == 0);
}

static void unlock(struct redis_pool *p)
{
    must(pthread_mutex_unlock(&p->mutex) == 0);
}

/* ---- coming and going ---- */

static RESULT enter(struct ctx *c, struct redis_pool *p, struct visit *v)
{
    lock(p);
    bool is_away = p->next_ms != 0;
    bool enters = !is_away || (!p->trying && time_monotonic_ms() >= p->next_ms);
    if (enters) {
        *v = (struct visit){ NULL, p->generation, is_away };
        p->trying = is_away;
        if (p->idle_n > 0)
            v->link = p->idle[--p->idle_n];
    }
    unlock(p);
    return enters ? ok() : fail(c, UNAVAILABLE, "the server is away");
}

/* The link is kept for the next call, if there is room. */
static void leave_well(struct ctx *c, struct redis_pool *p, struct visit *v)
{
    lock(p);
    p->calls++;
    if (v->generation == p->generation && p->idle_n < REDIS_IDLE_MAX) {
        p->idle[p->idle_n++] = v->link;
        v->link = NULL;
    }
    if (v->is_trial) {
        p->next_ms = 0;
        p->trying = false;
    }
    unlock(p);
    redis_link_close(v->link);
    if (v->is_trial)
        LOG_LINE(c->log, c, LOG_INFO, "redis is back", { "part", .text = "redis" });
}

/* A connection of an earlier generation tells nothing about the server of now. */
static void leave_badly(struct ctx *c, struct redis_pool *p, struct visit *v)
{
    struct redis_link *ended[REDIS_IDLE_MAX];
    size_t n = 0;
    lock(p);
    p->failures++;
    bool is_news = v->generation == p->generation;
    if (is_news) {
        p->generation++;
        p->next_ms = time_monotonic_ms() + REDIS_PAUSE_MS;
        n = p->idle_n;
        memcpy(ended, p->idle, n * sizeof *ended);
        p->idle_n = 0;
    }
    if (v->is_trial)
        p->trying = false;
    unlock(p);
    redis_link_close(v->link);
    for (size_t i = 0; i < n; i++)
        redis_link_close(ended[i]);
    if (is_news && !v->is_trial)
        LOG_LINE(
            c->log, c, LOG_WARN,
            "redis is away; until it is back this node keeps its own counters, and allows half",
            { "part", .text = "redis" },
            { "why", .text = c->fault.text == NULL ? "" : c->fault.text });
}

/* ---- calling ---- */

/* SR-09 */
static void warn_of_plain(struct ctx *c, const struct redis_url *url)
{
    if (!url->tls && !redis_url_is_here(url))
        LOG_LINE(c->log, c, LOG_WARN,
                 "redis:// sends everything as plain text, a password too; rediss:// does not",
                 { "part", .text = "redis" }, { "host", .text = url->host });
}

/* What the operator may want to know, once. */
static void warn(struct ctx *c, struct redis_pool *p, const struct redis_facts *facts)
{
    lock(p);
    bool is_first = !p->met;
    bool is_news = facts->may_evict && !p->evicts;
    p->met = true;
    p->evicts = facts->may_evict;
    unlock(p);
    if (is_first)
        warn_of_plain(c, &p->place.url);
    if (is_news)
        LOG_LINE(
            c->log, c, LOG_WARN,
            "redis may throw counters away when its memory is used up; set maxmemory-policy to "
            "noeviction",
            { "part", .text = "redis" }, { "policy", .text = facts->evicts_what });
}

/* A link that was closed meanwhile is as good as none. */
static RESULT get_link(struct ctx *c, struct redis_pool *p, struct visit *v)
{
    struct redis_facts facts = { 0 };
    while (v->link != NULL && !redis_link_is_quiet(v->link)) {
        redis_link_close(v->link);
        lock(p);
        v->link = p->idle_n > 0 ? p->idle[--p->idle_n] : NULL;
        unlock(p);
    }
    if (v->link != NULL)
        return ok();
    TRY(redis_link_open(c, &p->place, &p->tag, &v->link, &facts));
    warn(c, p, &facts);
    return ok();
}

/* The server may have forgotten the script: then it is told once more. */
static RESULT run(struct ctx *c, struct redis_link *l, const struct redis_call *call,
                  struct redis_reply **out)
{
    struct redis_command command = call->command;
    if (call->script == NULL)
        return redis_link_call(c, l, &command, out);
    must(command.n + SCRIPT_WORDS <= REDIS_WORDS_MAX);
    memmove(command.words + SCRIPT_WORDS, command.words, command.n * sizeof *command.words);
    command.n += SCRIPT_WORDS;
    command.words[0] = "EVALSHA";
    command.words[1] = call->script->sha1;
    TRY(redis_link_call(c, l, &command, out));
    if ((*out)->kind != REDIS_ERROR || !text_starts((*out)->text, "NOSCRIPT"))
        return ok();
    command.words[0] = "EVAL";
    command.words[1] = call->script->text;
    return redis_link_call(c, l, &command, out);
}

static RESULT call_once(struct ctx *c, struct redis_pool *p, struct visit *v,
                        const struct redis_call *call, struct redis_reply **out)
{
    TRY(get_link(c, p, v));
    TRY(run(c, v->link, call, out));
    if ((*out)->kind == REDIS_ERROR)
        return fail(c, UNAVAILABLE, "%.200s", (*out)->text);
    return call->fits(*out) ? ok() : fail(c, UNAVAILABLE, "the answer is to something else");
}

RESULT redis_pool_call(struct ctx *c, struct redis_pool *p, const struct redis_call *call,
                       struct redis_reply **out)
{
    struct visit visit;
    TRY(enter(c, p, &visit));
    err done = call_once(c, p, &visit, call, out);
    if (done.code == ERR_OK)
        leave_well(c, p, &visit);
    else
        leave_badly(c, p, &visit);
    return done;
}

struct redis_figures redis_pool_figures(struct redis_pool *p)
{
    lock(p);
    struct redis_figures figures = { p->next_ms != 0, p->calls, p->failures };
    unlock(p);
    return figures;
}

/* ---- making and ending ---- */

void redis_script_set(struct redis_script *script, const char *text)
{
    uint8_t digest[SHA1_BYTES];
    static const char digits[] = "0123456789abcdef";
    must(EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL) == 1);
    script->text = text;
    for (size_t i = 0; i < sizeof digest; i++) {
        script->sha1[2 * i] = digits[digest[i] >> 4];
        script->sha1[2 * i + 1] = digits[digest[i] & 15];
    }
    script->sha1[2 * sizeof digest] = '\0';
}

static void place_free(const struct redis_place *place)
{
    resolver_free(place->resolver);
    SSL_CTX_free(place->tls);
}

/* Its texts live as long as the pool, and are wiped with it. */
static struct redis_place place_kept(struct arena *a, const struct redis_place *place)
{
    struct redis_place copy = *place;
    copy.url.path = text_keep(a, place->url.path);
    copy.url.host = text_keep(a, place->url.host);
    copy.url.user = text_keep(a, place->url.user);
    copy.url.password = text_keep(a, place->url.password);
    return copy;
}

RESULT redis_pool_new(struct ctx *c, const struct redis_place *place, struct redis_pool **out)
{
    struct arena *arena = arena_new(POOL_CEILING);
    if (arena == NULL) {
        place_free(place);
        return fail(c, UNAVAILABLE, "redis: no memory to open it");
    }
    struct redis_pool *p = ARENA_NEW(arena, struct redis_pool);
    p->arena = arena;
    p->place = place_kept(arena, place);
    atomic_store(&p->tag, (uint64_t)time_monotonic_us());
    must(pthread_mutex_init(&p->mutex, NULL) == 0);
    *out = p;
    return ok();
}

void redis_pool_free(struct redis_pool *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->idle_n; i++)
        redis_link_close(p->idle[i]);
    (void)pthread_mutex_destroy(&p->mutex);
    place_free(&p->place);
    arena_end(p->arena);
}
