/* SPDX-License-Identifier: Apache-2.0 */
#include "db/kv.h"

#include "base/codec.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "db/kv_memory.h"
#include "db/kv_redis.h"

#include <string.h>

enum { RATE_MAX = 1000000, MICROS = 1000000 };

struct family {
    struct kv_family_row row;
    enum kv_keep keep;
};

#define CACHE   KV_CACHE
#define COUNTER KV_COUNTER
#define KEPT    KV_KEPT
#define STRICT  KV_STRICT
static const struct family families[KV_FAMILIES] = {
#define KV(name, keep, text, loss) [KV_##name] = { { text, loss }, keep },
#include "db/kv_families.def"
#undef KV
};

struct scheme {
    const char *name;
    const struct kv_driver *driver;
};
static const struct scheme schemes[] = {
    { "memory:", &kv_memory }, { "redis:", &kv_redis },      { "rediss:", &kv_redis },
    { "unix:", &kv_redis },    { "redis+unix:", &kv_redis },
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

const struct kv_family_row *kv_family_row(enum kv_family family)
{
    must((unsigned)family < KV_FAMILIES);
    return &families[family].row;
}

enum kv_keep kv_keep(enum kv_family family)
{
    must((unsigned)family < KV_FAMILIES);
    return families[family].keep;
}

const char *kv_family_away(enum kv_family family)
{
    switch (kv_keep(family)) {
    case KV_CACHE:
        return "it holds nothing";
    case KV_COUNTER:
        return "each node counts for itself, and allows half";
    case KV_KEPT:
        return "each node keeps its own";
    case KV_STRICT:
        break;
    }
    return "it is refused";
}

struct kv_key kv_key(struct ctx *c, enum kv_family family, const char *const *parts, size_t n)
{
    struct framed tuple = framed(c->arena);
    for (size_t i = 0; i < n; i++)
        framed_add_text(&tuple, parts[i]);
    uint8_t hash[DIGEST_SHA256];
    sha256(framed_bytes(&tuple), hash);
    return (struct kv_key){
        .family = family,
        .text = text_printf(c->arena, "%s:%s", kv_family_row(family)->name,
                            base64url_encode(c->arena, (struct bytes){ hash, sizeof hash })),
    };
}

static int64_t seconds_up(int64_t micros)
{
    return micros <= 0 ? 0 : (micros - 1) / MICROS + 1;
}

int64_t kv_interval(struct kv_rate rate)
{
    must(rate.limit > 0 && rate.limit <= RATE_MAX && rate.window > 0 && rate.window <= RATE_MAX);
    return rate.window * MICROS / rate.limit;
}

/*
 * The arrival time is when the key would have come if it had always kept the rate; it may be ahead
 * of now by a whole window (all requests at once), and moves by one interval for each request.
 */
int64_t kv_gcra(int64_t arrival, int64_t now, struct kv_rate rate, int64_t cost,
                struct kv_taken *out)
{
    must(cost >= -RATE_MAX && cost <= RATE_MAX);
    int64_t interval = kv_interval(rate);
    int64_t full = interval * rate.limit;
    /* A clock that has gone back does not lock anybody out for longer than the window. */
    int64_t from = arrival < now ? now : arrival > now + full ? now + full : arrival;
    int64_t to = from + interval * cost;
    bool allowed = cost <= 0 || to <= now + full;
    int64_t next = !allowed ? from : to < now ? now : to;
    *out = (struct kv_taken){
        .allowed = allowed,
        .remaining = (now + full - next) / interval,
        .reset = seconds_up(next - now),
        .retry_after = allowed ? 0 : seconds_up(to - now - full),
    };
    return next;
}

/* ---- through the driver ---- */

RESULT kv_open(struct ctx *c, const char *url, struct kv **out)
{
    const char *wanted = url[0] == '\0' ? "memory:" : url;
    struct text_buffer known = text_buffer(c->arena);
    for (size_t i = 0; i < SCHEMES; i++) {
        if (text_starts(wanted, schemes[i].name))
            return schemes[i].driver->open(c, wanted, out);
        text_addf(&known, "%s%s", i == 0 ? "" : ", ", schemes[i].name);
    }
    return fail_field(
        c, INVALID_FIELD, "redis_url",
        text_printf(c->arena, "a store's URL begins with one of: %s", text_of(&known)));
}

void kv_close(struct kv *kv)
{
    if (kv != NULL)
        kv->driver->close(kv);
}

int64_t kv_born_at(struct kv *kv)
{
    return kv->driver->born_at(kv);
}

void kv_figures(struct kv *kv, struct kv_figures *out)
{
    kv->driver->figures(kv, out);
}

RESULT kv_check(struct ctx *c)
{
    return c->kv->driver->check(c);
}

RESULT kv_take(struct ctx *c, struct kv_key key, struct kv_rate rate, int64_t cost,
               struct kv_taken *out)
{
    must(kv_keep(key.family) == KV_COUNTER);
    return c->kv->driver->take(c, key, rate, cost, out);
}

static void check_value(struct kv_key key, const char *value, int64_t ttl)
{
    must(kv_keep(key.family) != KV_COUNTER);
    must(strlen(value) <= KV_VALUE_MAX && ttl >= 1);
}

RESULT kv_set(struct ctx *c, struct kv_key key, const char *value, int64_t ttl)
{
    check_value(key, value, ttl);
    return c->kv->driver->set(c, key, value, ttl);
}

RESULT kv_add(struct ctx *c, struct kv_key key, const char *value, int64_t ttl, bool *added)
{
    check_value(key, value, ttl);
    return c->kv->driver->add(c, key, value, ttl, added);
}

RESULT kv_get(struct ctx *c, struct kv_key key, const char **value)
{
    must(kv_keep(key.family) != KV_COUNTER);
    return c->kv->driver->get(c, key, value);
}

RESULT kv_remove(struct ctx *c, struct kv_key key)
{
    return c->kv->driver->remove(c, key);
}
