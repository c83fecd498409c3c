/* SPDX-License-Identifier: Apache-2.0 */
#include "web/openapi_parts.h"

enum { SHAPES_MAX = 1024 };

/* RFC 9457 3.1; more members may come with a type (challenge, mfa_token). */
static const char problem_document[] =
    "{\"type\":\"object\",\"description\":\"A failure (RFC 9457).\","
    "\"required\":[\"type\",\"title\",\"status\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"format\":\"uri\","
    "\"description\":\"The type of the failure, and where it is explained\"},"
    "\"title\":{\"type\":\"string\",\"description\":\"What happened, the same for each of its "
    "type\"},"
    "\"status\":{\"type\":\"integer\",\"description\":\"The HTTP status\"},"
    "\"detail\":{\"type\":\"string\",\"description\":\"What happened this time\"},"
    "\"instance\":{\"type\":\"string\",\"format\":\"uri\",\"description\":\"This occurrence\"},"
    "\"request_id\":{\"type\":\"string\","
    "\"description\":\"What an administrator finds the reason by\"},"
    "\"errors\":{\"type\":\"array\",\"description\":\"The fields that are not acceptable\","
    "\"items\":{\"type\":\"object\",\"required\":[\"field\",\"detail\"],\"properties\":{"
    "\"field\":{\"type\":\"string\",\"description\":\"Its name: members[2].role\"},"
    "\"detail\":{\"type\":\"string\",\"description\":\"What it must be\"}}}}}}";

/* RFC 6749 5.2. */
static const char oauth_error_document[] =
    "{\"type\":\"object\",\"description\":\"A failure at an OAuth 2.0 endpoint (RFC 6749 5.2).\","
    "\"required\":[\"error\"],\"properties\":{"
    "\"error\":{\"type\":\"string\",\"description\":\"The code of the failure\"},"
    "\"error_description\":{\"type\":\"string\",\"description\":\"What happened\"},"
    "\"error_uri\":{\"type\":\"string\",\"format\":\"uri\","
    "\"description\":\"Where it is explained\"},"
    "\"request_id\":{\"type\":\"string\","
    "\"description\":\"What an administrator finds the reason by\"}}}";

struct shapes {
    const struct shape *at[SHAPES_MAX];
    size_t n;
};

static bool same_fields(const struct shape *a, const struct shape *b)
{
    if (a == b)
        return true;
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (!text_equal(a->fields[i].name, b->fields[i].name) ||
            a->fields[i].kind != b->fields[i].kind)
            return false;
    return a->n == b->n;
}

/* Shapes of one name (SHAPE_LIKE) have one schema; two with different fields are a bug. */
static void add_shape(struct shapes *all, const struct shape *shape)
{
    if (shape == NULL)
        return;
    for (size_t i = 0; i < all->n; i++) {
        if (!text_equal(all->at[i]->name, shape->name))
            continue;
        must(same_fields(all->at[i], shape));
        return;
    }
    must(all->n < SHAPES_MAX);
    all->at[all->n++] = shape;
}

static void add_nested(struct shapes *all, const struct shape *shape)
{
    for (size_t i = 0; i < shape->n; i++)
        add_shape(all, shape->fields[i].of);
}

void openapi_schemas(struct json_writer *w, const struct route *rows, size_t n)
{
    struct shapes *all = ARENA_NEW(w->out.arena, struct shapes);
    for (size_t i = 0; i < n; i++) {
        if (!openapi_tells(&rows[i]))
            continue;
        /* Those of a query are parameters. */
        if (route_has_body(&rows[i]))
            add_shape(all, rows[i].in);
        add_shape(all, rows[i].out);
    }
    /* The list grows while it is walked: by what its members name. */
    for (size_t i = 0; i < all->n; i++)
        add_nested(all, all->at[i]);
    json_object(w, "schemas");
    for (size_t i = 0; i < all->n; i++)
        shape_schema(w, all->at[i]->name, all->at[i]);
    json_raw(w, "problem_document", problem_document);
    json_raw(w, "oauth_error_document", oauth_error_document);
    json_object_end(w);
}
