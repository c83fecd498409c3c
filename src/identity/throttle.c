/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/throttle.h"

#include "base/config.h"
#include "db/kv.h"

static struct kv_rate rate_of(const struct config *config, enum throttle kind)
{
    switch (kind) {
    case THROTTLE_LOGIN:
    case THROTTLE_CONFIRM:
        return (struct kv_rate){ .limit = config->login_per_minute, .window = 60 };
    case THROTTLE_MAIL:
        return (struct kv_rate){ .limit = config->forgot_per_hour, .window = 3600 };
    }
    must(false);
    return (struct kv_rate){ 0 };
}

static const char *name_of(enum throttle kind)
{
    switch (kind) {
    case THROTTLE_LOGIN:
        return "login";
    case THROTTLE_CONFIRM:
        return "confirm";
    case THROTTLE_MAIL:
        return "mail";
    }
    must(false);
    return "";
}

/* The account's allowance, or the device's own. */
static struct kv_key key_of(struct ctx *c, enum throttle kind, const char *who, const char *device)
{
    return device == NULL ? KV_KEY(c, KV_THROTTLE, name_of(kind), who)
                          : KV_KEY(c, KV_DEVICE, name_of(kind), who, device);
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
    err refused = because(
        c, LIMIT, name_of(kind), whose,
        fail(c, RATE_LIMITED, "the allowance \"%s\" of this %s is used up", name_of(kind), whose));
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
