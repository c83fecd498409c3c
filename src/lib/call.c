/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/call.h"

#include "base/time.h"
#include "lib/error.h"

#include <uauth/uauth.h>

#include <string.h>

static struct arena *take_arena(struct uauth *u)
{
    struct arena *a = NULL;
    (void)pthread_mutex_lock(&u->lock);
    if (u->idle_n > 0)
        a = u->idle[--u->idle_n];
    (void)pthread_mutex_unlock(&u->lock);
    return a != NULL ? a : arena_new(ARENA_REQUEST_CEILING);
}

static void give_arena(struct uauth *u, struct arena *a)
{
    arena_reset(a);
    (void)pthread_mutex_lock(&u->lock);
    bool kept = u->idle_n < LIB_ARENAS_IDLE;
    if (kept)
        u->idle[u->idle_n++] = a;
    (void)pthread_mutex_unlock(&u->lock);
    if (!kept)
        arena_end(a);
}

bool call_open(struct call *k, struct uauth *u, struct uauth_error **error)
{
    struct arena *a = take_arena(u);
    if (error != NULL)
        *error = a == NULL ? error_no_memory() : NULL;
    if (a == NULL)
        return false;
    *k = (struct call){ .uauth = u,
                        .c = { .arena = a,
                               .config = &u->config,
                               .upstreams = u->upstreams,
                               .outbound = &u->outbound,
                               .log = u->say == NULL ? NULL : &u->log,
                               .random = u->random,
                               .seal = u->seal,
                               .now = time_now() } };
    return true;
}

/* Who is not let in is no trouble of ours; who cannot be asked may be. */
static void log_failure(struct call *k, const struct uauth_error *e)
{
    bool trouble = e->result == UAUTH_UPSTREAM || e->result == UAUTH_UNAVAILABLE ||
                   e->result == UAUTH_FORBIDDEN || e->result == UAUTH_INTERNAL;
    LOG_LINE(k->c.log, &k->c, trouble ? LOG_WARN : LOG_INFO, "a call has failed",
             { "result", .text = uauth_result_name(e->result) }, { "why", .text = e->text });
}

enum uauth_result call_close(struct call *k, err result, struct held *made,
                             struct uauth_error **error)
{
    if (result.code == ERR_OK && made != NULL) {
        *made = (struct held){ k->uauth, k->c.arena };
        return UAUTH_OK;
    }
    struct uauth_error *e = result.code == ERR_OK ? NULL : error_of(k, result.code);
    enum uauth_result told = e == NULL ? UAUTH_OK : e->result;
    if (e != NULL)
        log_failure(k, e);
    if (e != NULL && error != NULL)
        *error = e;
    else
        give_arena(k->uauth, k->c.arena);
    return told;
}

void held_free(struct held *held)
{
    if (held->uauth == NULL)
        arena_end(held->arena);
    else
        give_arena(held->uauth, held->arena);
}

RESULT options_read(struct ctx *c, const void *from, void *to, size_t size)
{
    size_t n = 0;
    memset(to, 0, size);
    if (from == NULL)
        return ok();
    memcpy(&n, from, sizeof n);
    if (n < sizeof n)
        return fail(c, INVALID_REQUEST,
                    "options begin with their size: { .size = sizeof options }");
    for (size_t i = size; i < n; i++)
        if (((const uint8_t *)from)[i] != 0)
            return fail(c, INVALID_REQUEST,
                        "the options have more in them than this version of the library knows");
    memcpy(to, from, n < size ? n : size);
    return ok();
}

struct texts lib_words(struct arena *a, const char *text)
{
    if (text == NULL)
        return (struct texts){ 0 };
    return text_split(a, text, ' ');
}

struct texts lib_texts(struct arena *a, const char *const *texts, size_t n)
{
    struct texts out = { ARENA_NEWS(a, const char *, n), n };
    for (size_t i = 0; i < n; i++)
        out.at[i] = text_keep(a, texts[i]);
    return out;
}

const char *uauth_text(const struct uauth_text *text)
{
    return text == NULL ? NULL : text->text;
}

void uauth_text_free(struct uauth_text *text)
{
    if (text != NULL)
        held_free(&text->held);
}
