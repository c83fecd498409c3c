/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/throttle.h"

#include "base/config.h"
#include "db/kv.h"

static const struct {
    const char *name;
    int64_t window; /* seconds */
} kinds[] = {
    [THROTTLE_LOGIN] = { "login", 60 },
    [THROTTLE_CONFIRM] = { "confirm", 60 },
    [THROTTLE_MAIL] = { "mail", 3600 },
};

static struct kv_rate rate_of(const struct config *config, enum throttle kind)
{
    return (struct kv_rate){ .limit = kind == THROTTLE_MAIL ? config->forgot_per_hour
                                                            : config->login_per_minute,
                             .window = kinds[kind].window };
}

/* The account's allowance, or the device's own. */
static struct kv_key key_of(struct ctx *c, enum throttle kind, const char *who, const char *device)
{
    return device == NULL ? KV_KEY(c, KV_THROTTLE, kinds[kind].name, who)
                          : KV_KEY(c, KV_DEVICE, kinds[kind].name, who, device);
}

RESULT throttle_take(struct ctx *c, enum throttle kind, const char *who, const char *device)
{
    if (!c->config->rate_limit)
        return ok();
    struct kv_taken taken;
    TRY(kv_take(c, key_of(c, kind, who, device), rate_of(c->config, kind), 1, &taken));
    if (taken.allowed)
        return ok();
    const char *whose = device == NULL ? "account" : "device";
    err refused = because(c, LIMIT, kinds[kind].name, whose,
                          fail(c, RATE_LIMITED, "the allowance \"%s\" of this %s is used up",
                               kinds[kind].name, whose));
    c->fault.retry_after = taken.retry_after;
    return refused;
}

RESULT throttle_may_mail(struct ctx *c, const char *who, bool *allowed)
{
    err taken = throttle_take(c, THROTTLE_MAIL, who, NULL);
    *allowed = taken.code == ERR_OK;
    if (taken.code != ERR_RATE_LIMITED)
        return taken;
    fault_clear(c);
    return ok();
}

void throttle_give_back(struct ctx *c, enum throttle kind, const char *who, const char *device)
{
    if (!c->config->rate_limit)
        return;
    struct kv_taken taken;
    struct fault before = c->fault;
    /* Without it the next attempt is counted more strictly, which does no harm. */
    if (kv_take(c, key_of(c, kind, who, device), rate_of(c->config, kind), -1, &taken).code !=
        ERR_OK)
        c->fault = before;
}
