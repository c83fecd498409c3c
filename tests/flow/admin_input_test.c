/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What should be harmless text, and is not, in every field of every call under /admin (IN-01,
 * IN-05, IN-07, IN-10): it is stored as it is, refused, or not found, and nothing else happens.
 */
#include "admin_story.h"

#include "app/routes.h"
#include "store/tenants.h"

/* As they stand in JSON. */
static const char *const payloads[] = {
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    "\\\" OR \\\"\\\"=\\\"",
    "$1",
    "%s%s%n%x",
    "{{7*7}}",
    "../../etc/passwd",
    "%2e%2e%2f",
    "\\n{\\\"event\\\":\\\"login_ok\\\"}",
    "\\u0000",
    "\\u001b[2J",
    "\\u202e",
    "<script>alert(1)</script>",
    "admin:*",
    "__proto__",
    "9999999999999999999999",
};
enum { PAYLOADS = sizeof payloads / sizeof *payloads };

static const char *encoded(struct world *w, const char *text)
{
    return percent_encode(w->arena, text);
}

/* A body in which every text and list of texts is the payload, also in the objects of lists. */
static const char *body_of(struct world *w, const struct shape *shape, const char *payload)
{
    struct text_buffer b = text_buffer(w->arena);
    const char *comma = "";
    text_add(&b, "{");
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (field->kind == SHAPE_TEXT)
            text_addf(&b, "%s\"%s\":\"%s\"", comma, field->name, payload);
        else if (field->kind == SHAPE_TEXTS)
            text_addf(&b, "%s\"%s\":[\"%s\"]", comma, field->name, payload);
        else if (field->kind == SHAPE_OBJECT)
            text_addf(&b, "%s\"%s\":%s", comma, field->name, body_of(w, field->of, payload));
        else if (field->kind == SHAPE_ITEMS)
            text_addf(&b, "%s\"%s\":[%s]", comma, field->name, body_of(w, field->of, payload));
        else
            continue;
        comma = ",";
    }
    text_add(&b, "}");
    return text_of(&b);
}

static const char *path_of(struct world *w, const struct route *row, const char *payload)
{
    struct texts segments = text_split(w->arena, row->path, '/');
    struct text_buffer b = text_buffer(w->arena);
    for (size_t i = 0; i < segments.n; i++)
        text_addf(&b, "/%s", segments.at[i][0] == '{' ? encoded(w, payload) : segments.at[i]);
    return text_of(&b);
}

static const char *query_of(struct world *w, const struct shape *shape, const char *payload)
{
    struct text_buffer b = text_buffer(w->arena);
    for (size_t i = 0; i < shape->n; i++)
        if (shape->fields[i].kind == SHAPE_TEXT)
            text_addf(&b, "%c%s=%s", b.n == 0 ? '?' : '&', shape->fields[i].name,
                      encoded(w, payload));
    return b.n == 0 ? "" : text_of(&b);
}

/* None of these is a name, an address or an id, so nothing can be made of them; a client may bear
 * any name, a token for one may be for anything, and an import tells what it left out. */
static bool is_change(const struct route *row)
{
    return !text_equal(row->method, "GET") && !text_starts(row->path, "/admin/keys") &&
           !text_starts(row->path, "/admin/clients") && !text_starts(row->path, "/admin/import") &&
           !text_starts(row->path, "/admin/registration-tokens");
}

static void try_row(struct client *c, const struct route *row, const char *payload)
{
    struct world *w = c->w;
    bool body = route_has_body(row);
    const char *path = path_of(w, row, payload);
    struct sent sent = { .method = story_method(row->method),
                         .target = path,
                         .json = body ? body_of(w, row->in, payload) : NULL,
                         .headers = { { "if-match", "*" } } };
    if (!body && row->in != NULL)
        sent.target = text_printf(w->arena, "%s%s", path, query_of(w, row->in, payload));
    struct answer a = client_send(c, &sent);
    if (a.status >= 500 || (a.status < 300 && is_change(row)))
        fail_msg("%s %s with %s: %d %s", row->method, row->path, payload, a.status, a.body);
}

static void no_text_does_more_than_text(void **state)
{
    struct world *w = *state;
    size_t n = 0;
    const struct route *rows = routes(&n);
    (void)admin_person(w, TENANT_DEFAULT_ID, BOB, "admin");
    struct client c = admin_client_of(w, BOB);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; text_starts(rows[i].path, "/admin/") && k < PAYLOADS; k++)
            try_row(&c, &rows[i], payloads[k]);
    /* All is there, and nothing more. */
    struct answer users = client_get(&c, "/admin/users");
    assert_true(answer_holds(&users, BOB));
    struct answer roles = client_get(&c, "/admin/roles");
    assert_null(strstr(roles.body, "DROP"));
    struct answer tenants = client_get(&c, "/admin/tenants");
    assert_true(answer_holds(&tenants, TENANT_DEFAULT_ID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(no_text_does_more_than_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
