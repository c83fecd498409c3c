/* SPDX-License-Identifier: Apache-2.0 */
#include "web/req.h"

#include "base/codec.h"
#include "identity/access.h"

#include <string.h>

const char *req_param(struct req *r, const char *name)
{
    size_t i = 0;
    while (i < r->match.params_n && !text_equal(r->match.params[i].name, name))
        i++;
    must(i < r->match.params_n);
    struct bytes value = r->match.params[i].value;
    return text_copy(r->c->arena, (const char *)value.at, value.n);
}

const char *req_header(const struct req *r, const char *name)
{
    return http_header(r->http, name);
}

const char *req_query(struct req *r, const char *name)
{
    struct form query;
    const char *value = NULL;
    if (r->http->query[0] == '\0' || !form_decode(r->c->arena, bytes_of(r->http->query), &query) ||
        !form_get(&query, name, &value) || value == NULL)
        return NULL;
    bool usable = value[0] != '\0' && strnlen(value, REQ_QUERY_MAX + 1) <= REQ_QUERY_MAX &&
                  !text_has_control(value);
    return usable ? value : NULL;
}

bool req_changes(const struct req *r)
{
    switch (r->http->method) {
    case HTTP_GET:
    case HTTP_HEAD:
    case HTTP_OPTIONS:
        return false;
    case HTTP_POST:
    case HTTP_PUT:
    case HTTP_PATCH:
    case HTTP_DELETE:
        break;
    }
    return r->route == NULL || (r->route->flags & READ_ONLY) == 0;
}

bool principal_may(const struct principal *who, const char *permission)
{
    return permissions_cover(who->permissions, permission);
}

static void add_member(struct req *r, const struct problem_member *member)
{
    for (size_t i = 0; i < r->members_n; i++) {
        if (text_equal(r->members[i].name, member->name)) {
            r->members[i] = *member;
            return;
        }
    }
    must(r->members_n < PROBLEM_MEMBERS_MAX);
    r->members[r->members_n++] = *member;
}

void req_problem_text(struct req *r, const char *name, const char *value)
{
    add_member(r, &(struct problem_member){ .name = name, .text = value });
}

void req_problem_texts(struct req *r, const char *name, struct texts values)
{
    add_member(r, &(struct problem_member){ .name = name, .texts = values });
}

RESULT req_with_room(struct req *r, size_t ceiling, req_work *work, void *arg)
{
    struct arena *own = r->c->arena;
    struct arena *wide = arena_new(ceiling);
    if (wide == NULL)
        return fail(r->c, OUT_OF_MEMORY, "no memory for an arena of %zu bytes", ceiling);
    ARENA_OWN(own, struct arena, arena_end, wide);
    r->c->arena = wide;
    err done = work(r, arg);
    r->c->arena = own;
    return done;
}
