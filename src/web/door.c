/* SPDX-License-Identifier: Apache-2.0 */
#include "web/door.h"

#include "token/claims.h"
#include "web/config_version.h"
#include "web/cookies.h"
#include "web/guard.h"
#include "web/openapi_kept.h"
#include "web/reply.h"

#include <string.h>

enum { WINDOW_MAX = 1000000 }; /* of kv_rate */

static RESULT check_class(struct ctx *c, const struct limits *limits, size_t i)
{
    const struct limit_class *class = &limits->at[i];
    if (class->window < 1 || class->window > WINDOW_MAX || class->times < 1)
        return fail(c, INTERNAL, "limit %s: a window of 1 to %d s and 1 time or more, please",
                    class->name, WINDOW_MAX);
    if (limit_find(limits, class->name) != class)
        return fail(c, INTERNAL, "limit %s stands twice: take one away", class->name);
    return ok();
}

/* Every row names a class that can be counted for whoever may call it. */
static RESULT check_row(struct ctx *c, const struct limits *limits, const struct route *row)
{
    const struct limit_class *class = limit_find(limits, row->limit);
    if (class == NULL)
        return fail(c, INTERNAL, "%s %s names the limit %s, which is none", row->method, row->path,
                    row->limit);
    if (class->per == PER_PRINCIPAL && row->guard->accepts == 0)
        return fail(c, INTERNAL, "%s %s: the limit %s counts callers, but nobody asks who they are",
                    row->method, row->path, row->limit);
    return ok();
}

static RESULT check_limits(struct ctx *c, const struct limits *limits, const struct door_plan *plan)
{
    const struct limit_class *all = limit_find(limits, LIMIT_ALL);
    if (all == NULL || all->per != PER_ADDRESS)
        return fail(c, INTERNAL, "there is no limit %s per address", LIMIT_ALL);
    for (size_t i = 0; i < limits->n; i++)
        TRY(check_class(c, limits, i));
    for (size_t i = 0; i < plan->routes_n; i++)
        TRY(check_row(c, limits, &plan->routes[i]));
    return ok();
}

static RESULT describe(struct ctx *c, const struct door_plan *plan, struct door *door)
{
    const struct openapi_info info = {
        .title = "uauth",
        .server_url = door->public_url,
        .session_cookie = cookie_name(door, COOKIE_SESSION),
    };
    door->openapi = openapi_kept_new(c->arena, &info, plan->routes, plan->routes_n);
    return door->openapi != NULL ? ok() : fail(c, UNAVAILABLE, "no lock could be made");
}

/* RFC 8705 2.1, 5. */
static RESULT take_certificates(struct ctx *c, const struct config *config, struct door *door)
{
    if (*config->tls_client_ca != '\0')
        TRY(certificate_authorities_read(c, c->arena, config->tls_client_ca, &door->authorities));
    if (*config->mtls_url == '\0')
        return ok();
    door->mtls_url = text_keep(c->arena, config->mtls_url);
    door->mtls_host = hosts_of_url(c->arena, config->mtls_url);
    if (door->mtls_host == NULL)
        return fail_field(c, INVALID_FIELD, "mtls_url",
                          "must be an address such as https://mtls.example.com");
    hosts_add(c->arena, &door->hosts, door->mtls_host);
    return ok();
}

/* Everything is made in c->arena. */
static RESULT make(struct ctx *c, const struct door_plan *plan, struct door **out)
{
    const struct config *config = plan->config;
    struct door *door = ARENA_NEW(c->arena, struct door);
    struct router *router = NULL;
    door->config = config;
    door->public_url = text_keep(c->arena, config->public_url);
    door->issuer = text_keep(c->arena, token_issuer(c));
    door->limits = (struct limits){ plan->limits, plan->limits_n, config->rate_limit };
    TRY(hosts_new(c, config->public_url, config->trusted_hosts, &door->hosts));
    TRY(take_certificates(c, config, door));
    TRY(cors_new(c, config->public_url, config->allowed_origins, &door->cors));
    door->proof_algs = plan->proof_algs;
    TRY(brand_read(c, config, &door->brand));
    TRY(router_new(c, c->arena, plan->routes, plan->routes_n, &router));
    TRY(check_limits(c, &door->limits, plan));
    door->router = router;
    door->secure = door->hosts.https_only;
    door->origin = door->cors.own;
    door->metrics = plan->metrics != NULL ? plan->metrics : metrics_new(c->arena, plan->routes_n);
    memcpy(door->csrf_key, plan->csrf_key, DOOR_KEY_BYTES);
    memcpy(door->challenge_key, plan->challenge_key, DOOR_KEY_BYTES);
    door->refusals = plan->refusals;
    door->config_version = config_version(c->arena, config);
    TRY(describe(c, plan, door));
    *out = door;
    return ok();
}

RESULT door_new(struct ctx *c, struct arena *a, const struct door_plan *plan, struct door **out)
{
    struct ctx maker = *c;
    maker.arena = a;
    maker.config = plan->config;
    err made = make(&maker, plan, out);
    if (made.code == ERR_OK)
        return ok();
    /* Whoever gives up the door gives up its arena, and still wants to say why. */
    c->fault = maker.fault;
    c->fault.text = text_keep(c->arena, maker.fault.text);
    c->fault.say = text_keep(c->arena, maker.fault.say);
    c->fault.field = text_keep(c->arena, maker.fault.field);
    return made;
}
