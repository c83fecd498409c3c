/* SPDX-License-Identifier: Apache-2.0 */
#include "web/route.h"

static bool is_one_of(const char *method, const char *a, const char *b, const char *c)
{
    return text_equal(method, a) || text_equal(method, b) || text_equal(method, c);
}

bool route_has_body(const struct route *route)
{
    if (route->in == NULL && (route->flags & FORM) == 0)
        return false;
    return (route->flags & BODY) != 0 || is_one_of(route->method, "POST", "PUT", "PATCH");
}

size_t route_body_max(const struct route *route)
{
    if (route->body_max != 0)
        return route->body_max;
    return route_has_body(route) ? ROUTE_BODY_MAX : 0;
}

int route_status(const struct route *route)
{
    if (route->status != 0)
        return route->status;
    return route->out != NULL ? 200 : 204;
}
