/* SPDX-License-Identifier: Apache-2.0 */
#include "web/precondition.h"

#include "web/reply.h"

RESULT precondition_stage(struct req *r)
{
    if ((r->route->flags & IF_MATCH) == 0 || req_header(r, "if-match") != NULL)
        return ok();
    return because(r->c, PRECONDITION, "If-Match", NULL,
                   fail(r->c, PRECONDITION_REQUIRED, "there is no If-Match"));
}

static const char *etag_of(struct arena *a, const struct shape *shape, const void *object)
{
    struct json_writer w = json_writer(a);
    shape_write(&w, NULL, shape, object);
    return reply_etag(a, bytes_of(json_written(&w)));
}

/* Strong comparison: what begins with W/ never matches. */
static bool matches(struct arena *a, const char *field, const char *etag)
{
    struct texts tags = text_split(a, field, ',');
    for (size_t i = 0; i < tags.n; i++) {
        const char *tag = text_trim(a, tags.at[i]);
        if (text_equal(tag, etag) || text_equal(tag, "*"))
            return true;
    }
    return false;
}

RESULT precondition_check(struct ctx *c, const struct req *r, const struct shape *shape,
                          const void *object)
{
    const char *field = req_header(r, "if-match");
    if (field == NULL || matches(c->arena, field, etag_of(c->arena, shape, object)))
        return ok();
    return because(c, PRECONDITION, NULL, field,
                   fail(c, PRECONDITION_FAILED, "If-Match is %s", field));
}

RESULT precondition_reply(struct req *r, const void *object)
{
    TRY(reply(r, object));
    reply_header(r, "ETag", reply_etag(r->c->arena, r->reply->body));
    return ok();
}
