/* SPDX-License-Identifier: Apache-2.0 */
#include "web/limit.h"

#include "db/kv.h"
#include "net/address.h"
#include "web/door.h"
#include "web/reply.h"

enum { LIMIT_MAX = 1000000 }; /* of kv_rate */

/* What is taken from: one counter of a class. */
struct bucket {
    const struct limit_class *class;
    const char *whose; /* address, user or client; NULL: everybody together */
    int64_t times;     /* as much as the class says */
    bool shown;
};

const struct limit_class *limit_find(const struct limits *limits, const char *name)
{
    for (size_t i = 0; i < limits->n; i++) {
        if (text_equal(limits->at[i].name, name))
            return &limits->at[i];
    }
    return NULL;
}

const char *limit_address_key(struct arena *a, const char *address, bool wide)
{
    struct address parsed;
    if (!address_parse(bytes_of(address), &parsed))
        return wide ? NULL : address;
    if (wide && address_is_v4(&parsed))
        return NULL;
    char *key = arena_alloc(a, ADDRESS_TEXT);
    address_key(&parsed, wide ? 48 : 64, key);
    return key;
}

static int64_t allowance(const struct req *r, const struct bucket *bucket)
{
    const char *config = (const char *)r->door->config;
    const int64_t *setting = (const int64_t *)(const void *)(config + bucket->class->setting);
    int64_t limit = *setting * bucket->class->times * bucket->times;
    return limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

/* Each key has an allowance of its own: one that asks too much leaves its maker's alone. */
static const char *whose_calls(const struct principal *who)
{
    if (who->api_key_id != NULL)
        return who->api_key_id;
    return who->user_id != NULL ? who->user_id : who->client_id;
}

/* Takes one; *out tells what is left. */
static RESULT take(struct req *r, const struct bucket *bucket, struct limit_state *out)
{
    struct kv_taken taken = { 0 };
    struct kv_key key = KV_KEY(r->c, KV_LIMIT, bucket->class->name, bucket->whose);
    struct kv_rate rate = { allowance(r, bucket), bucket->class->window };
    TRY(kv_take(r->c, key, rate, 1, &taken));
    *out = (struct limit_state){
        .class = bucket->class,
        .key = key.text,
        .limit = rate.limit,
        .window = rate.window,
        .remaining = taken.remaining,
        .reset = taken.reset,
        .retry_after = taken.retry_after,
        .shown = bucket->shown,
    };
    return ok();
}

static void note(struct req *r, const struct limit_state *state)
{
    must(r->limits_n < REQ_LIMITS_MAX);
    r->limits[r->limits_n++] = *state;
}

static RESULT refuse(struct req *r, const struct bucket *bucket, const struct limit_state *state)
{
    metrics_count_limited(r->door->metrics);
    const char *due = text_printf(r->c->arena, "%s: %lld in %lld s", state->class->name,
                                  (long long)state->limit, (long long)state->window);
    err refused = because(
        r->c, LIMIT, due, bucket->whose,
        fail(r->c, RATE_LIMITED, "the limit %s of %lld in %lld s is used up by %s",
             state->class->name, (long long)state->limit, (long long)state->window, bucket->whose));
    r->c->fault.retry_after = state->retry_after;
    return refused;
}

static RESULT charge(struct req *r, const struct bucket *bucket)
{
    struct limit_state state = { 0 };
    TRY(take(r, bucket, &state));
    bool refused = state.retry_after > 0;
    if (refused)
        state.remaining = 0;
    note(r, &state);
    return refused ? refuse(r, bucket, &state) : ok();
}

/*
 * As charge, for the wider view of an IPv6 address.  It is told only where it refuses, so that it
 * takes no room in r->limits otherwise, unless the request may have to be given it back.
 */
static RESULT charge_wide(struct req *r, const struct limit_class *class, bool keep)
{
    const char *network = limit_address_key(r->c->arena, r->http->peer, true);
    struct bucket bucket = { class, network, LIMIT_WIDE, true };
    struct limit_state state = { 0 };
    if (network == NULL)
        return ok();
    TRY(take(r, &bucket, &state));
    bool refused = state.retry_after > 0;
    state.shown = refused;
    if (refused)
        state.remaining = 0;
    if (keep || refused)
        note(r, &state);
    return refused ? refuse(r, &bucket, &state) : ok();
}

/* Everybody together are never refused for it: their requests are asked for a proof of work. */
static RESULT count_crowd(struct req *r, const struct limit_class *class)
{
    struct bucket everybody = { class, NULL, LIMIT_CROWD, false };
    struct limit_state state = { 0 };
    TRY(take(r, &everybody, &state));
    state.remaining = state.retry_after > 0 ? 0 : state.remaining;
    note(r, &state);
    return ok();
}

/*
 * An INLINE answer costs no more than a refusal would, and its thread may not wait for a shared
 * store, so it takes from no allowance.  At a tenant's issuer it is none: the database is asked.
 */
static bool is_counted(const struct req *r)
{
    return r->door->limits.on && (r->route->cost != INLINE || r->issuer.n > 0);
}

RESULT limit_take_address(struct req *r)
{
    if (!is_counted(r))
        return ok();
    const struct limits *limits = &r->door->limits;
    const struct limit_class *all = limit_find(limits, LIMIT_ALL);
    const struct limit_class *class = limit_find(limits, r->route->limit);
    const char *address = limit_address_key(r->c->arena, r->http->peer, false);
    must(all != NULL && class != NULL);
    TRY(charge(r, &(struct bucket){ all, address, 1, true }));
    TRY(charge_wide(r, all, false));
    if (class->per != PER_ADDRESS || class == all)
        return ok();
    TRY(charge(r, &(struct bucket){ class, address, 1, true }));
    TRY(charge_wide(r, class, true));
    return count_crowd(r, class);
}

RESULT limit_take_principal(struct req *r)
{
    const struct principal *who = &r->who;
    const char *whose = whose_calls(who);
    if (!is_counted(r) || who->kind == PRINCIPAL_NONE || whose == NULL)
        return ok();
    const struct limit_class *class = limit_find(&r->door->limits, r->route->limit);
    must(class != NULL);
    if (class->per != PER_PRINCIPAL)
        return ok();
    return charge(r, &(struct bucket){ class, whose, 1, true });
}

void limit_give_back(struct req *r)
{
    for (size_t i = 0; i < r->limits_n; i++) {
        struct limit_state *state = &r->limits[i];
        struct kv_key key = { KV_LIMIT, state->key };
        struct kv_rate rate = { state->limit, state->window };
        struct kv_taken taken = { 0 };
        if (!text_equal(state->class->name, r->route->limit) || state->retry_after > 0)
            continue;
        struct fault before = r->c->fault;
        if (kv_take(r->c, key, rate, -1, &taken).code == ERR_OK) {
            state->remaining = taken.remaining;
            state->reset = taken.reset;
        }
        /* A store that is away keeps the token: nobody is let in for it, nobody is refused now. */
        r->c->fault = before;
    }
}

bool limit_is_near(const struct req *r)
{
    for (size_t i = 0; i < r->limits_n; i++) {
        const struct limit_state *state = &r->limits[i];
        if (text_equal(state->class->name, r->route->limit) && state->remaining * 4 <= state->limit)
            return true;
    }
    return false;
}

/* Whether less of `a` is left than of `b`, as a part of the whole. */
static bool is_closer(const struct limit_state *a, const struct limit_state *b)
{
    return a->remaining * b->limit < b->remaining * a->limit;
}

void limit_headers(struct req *r)
{
    const struct limit_state *least = NULL;
    for (size_t i = 0; i < r->limits_n; i++) {
        const struct limit_state *state = &r->limits[i];
        if (state->shown && (least == NULL || is_closer(state, least)))
            least = state;
    }
    if (least == NULL)
        return;
    struct arena *a = r->c->arena;
    const char *name = least->class->name;
    /* draft-ietf-httpapi-ratelimit-headers-10 3 and 4: quota and window; what remains, and until
     * when. */
    reply_header(r, "RateLimit-Policy",
                 text_printf(a, "\"%s\";q=%lld;w=%lld", name, (long long)least->limit,
                             (long long)least->window));
    reply_header(r, "RateLimit",
                 text_printf(a, "\"%s\";r=%lld;t=%lld", name, (long long)least->remaining,
                             (long long)least->reset));
}
