/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "crypto/seal.h"
#include "lib/error.h"
#include "net/resolver.h"

#include <uauth/uauth.h>

#include <string.h>

const char *uauth_version(void)
{
    return UAUTH_VERSION;
}

static void say(void *arg, enum log_level level, const char *line)
{
    const struct uauth *u = arg;
    u->say(u->say_arg, (enum uauth_log_level)level, line);
}

static RESULT check_options(struct ctx *c, const struct uauth_options *o)
{
    if (o->timeout_ms < 0)
        return fail(c, INVALID_REQUEST, "timeout_ms is negative");
    if ((unsigned)o->log_level > UAUTH_LOG_ERROR)
        return fail(c, INVALID_REQUEST, "log_level is not one");
    if (o->secret != NULL && o->secret_n != SEAL_MASTER_BYTES)
        return fail(c, INVALID_REQUEST, "a secret has %d bytes", SEAL_MASTER_BYTES);
    if (o->user_agent != NULL && text_has_control(o->user_agent))
        return fail(c, INVALID_REQUEST, "user_agent has control characters");
    return ok();
}

/* For what this process, or all of its service, has to know again. */
static RESULT set_secret(struct ctx *c, struct uauth *u, const struct uauth_options *o)
{
    uint8_t made[SEAL_MASTER_BYTES];
    struct seal *seal = NULL;
    random_fill(u->random, made, sizeof made);
    struct bytes secret = { o->secret != NULL ? o->secret : made, sizeof made };
    err result = seal_new(c, u->arena, &secret, 1, &seal);
    explicit_bzero(made, sizeof made);
    u->seal = seal;
    u->secret_shared = o->secret != NULL;
    return result;
}

static RESULT set_up(struct call *k, const struct uauth_options *options)
{
    struct uauth *u = k->uauth;
    struct ctx *c = &k->c;
    struct uauth_options o;
    TRY(options_read(c, options, &o, sizeof o));
    TRY(check_options(c, &o));
    u->config.outbound_ca = o.ca_file == NULL ? "" : text_keep(u->arena, o.ca_file);
    u->outbound = (struct outbound_rules){
        .proxy = text_keep(u->arena, o.proxy),
        .no_proxy = text_keep(u->arena, o.no_proxy),
        .user_agent =
            text_keep(u->arena, o.user_agent == NULL ? "libuauth/" UAUTH_VERSION : o.user_agent),
        .limit_ms = o.timeout_ms,
        .tls_only = !o.insecure_loopback,
    };
    u->say = o.log;
    u->say_arg = o.log_arg;
    u->sink = (struct log_sink){ say, u };
    u->log = (struct log){ .fd = -1, .level = (enum log_level)o.log_level, .sink = &u->sink };
    u->random = random_system(u->arena);
    TRY(set_secret(c, u, &o));
    u->resolver = resolver_new(1);
    u->upstreams = u->resolver == NULL ? NULL : upstreams_new(u->arena, u->resolver);
    if (u->upstreams == NULL)
        return fail(c, OUT_OF_MEMORY, "there is no memory or thread for a context");
    return ok();
}

enum uauth_result uauth_new(const struct uauth_options *options, struct uauth **out,
                            struct uauth_error **error)
{
    struct arena *arena = arena_new(ARENA_REQUEST_CEILING);
    struct uauth *u = arena == NULL ? NULL : ARENA_NEW(arena, struct uauth);
    struct call k;
    *out = NULL;
    if (error != NULL)
        *error = error_no_memory();
    if (u == NULL)
        return UAUTH_MEMORY;
    u->arena = arena;
    (void)pthread_mutex_init(&u->lock, NULL);
    if (!call_open(&k, u, error)) {
        uauth_free(u);
        return UAUTH_MEMORY;
    }
    enum uauth_result told = call_close(&k, set_up(&k, options), NULL, error);
    if (told == UAUTH_OK)
        *out = u;
    else {
        error_part(error);
        uauth_free(u);
    }
    return told;
}

void uauth_free(struct uauth *u)
{
    if (u == NULL)
        return;
    upstreams_free(u->upstreams);
    resolver_free(u->resolver);
    while (u->idle_n > 0)
        arena_end(u->idle[--u->idle_n]);
    (void)pthread_mutex_destroy(&u->lock);
    arena_end(u->arena);
}
