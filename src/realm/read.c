/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* A file that is being read. */
struct reading {
    struct realm *realm;
    struct json json;
    bool sent; /* no secret is looked up */
};

static RESULT not_json(struct ctx *c, const struct json *j)
{
    return fail_say(c, INVALID_JSON,
                    text_printf(c->arena, "The file is not JSON: %s, at byte %td.",
                                j->why == NULL ? "it is no object" : j->why, j->at - j->begin),
                    "the realm file is not JSON");
}

/* Names the place of a failure in the file: "clients[2].metadata.scope". */
static err at_place(struct ctx *c, const char *list, size_t i, err failed)
{
    if (failed.code == ERR_OK || failed.code == ERR_OUT_OF_MEMORY)
        return failed;
    const char *field = c->fault.field;
    c->fault.field = text_printf(c->arena, "%s[%zu]%s%s", list, i, field == NULL ? "" : ".",
                                 field == NULL ? "" : field);
    return failed;
}

/* The items of the array that the reader stands in, as structs of `shape`. */
static RESULT read_items(struct ctx *c, struct reading *r, const char *name,
                         const struct shape *shape, struct realm_list *out)
{
    struct json_value v;
    while (json_item(&r->json, &v)) {
        void *thing = arena_alloc(c->arena, shape->size);
        if (!json_skip(&r->json, &v))
            break;
        if (out->n == REALM_LIST_MAX)
            return fail_field(c, INVALID_FIELD, name, "This list has too many entries.");
        TRY(at_place(c, name, out->n, shape_read_json(c, shape, v.raw, thing)));
        realm_list_add(out, thing);
    }
    return r->json.why == NULL ? ok() : not_json(c, &r->json);
}

/* ---- things ---- */

struct keyed {
    const char *key;
    void *thing;
    size_t place;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    return strcmp(left->key, right->key);
}

RESULT realm_sort(struct ctx *c, const struct realm_kind *kind, struct realm_list *list)
{
    struct keyed *all = ARENA_NEWS(c->arena, struct keyed, list->n);
    for (size_t i = 0; i < list->n; i++)
        all[i] = (struct keyed){ kind->key(c->arena, list->at[i]), list->at[i], i };
    if (list->n > 0)
        qsort(all, list->n, sizeof *all, by_key);
    for (size_t i = 0; i < list->n; i++) {
        list->at[i] = all[i].thing;
        if (i > 0 && text_equal(all[i].key, all[i - 1].key))
            return at_place(
                c, kind->list, all[i].place,
                fail_say(c, INVALID_FIELD,
                         text_printf(c->arena, "The %s %s stands twice.", kind->name, all[i].key),
                         "a thing stands twice"));
    }
    return ok();
}

/* Whether `thing` refers to a secret. */
static bool has_secret(const struct realm_kind *kind, const void *thing)
{
    const void *secret = NULL;
    for (size_t i = 0; i < kind->shape->n; i++)
        if (text_equal(kind->shape->fields[i].name, "secret"))
            memcpy(&secret, (const uint8_t *)thing + kind->shape->fields[i].offset, sizeof secret);
    return secret != NULL;
}

static RESULT complete(struct ctx *c, const struct reading *r, const struct realm_kind *kind,
                       void *thing)
{
    if (r->sent && has_secret(kind, thing))
        return fail_field(c, INVALID_FIELD, "secret",
                          "What this names is read where the data folder is, not by a server.");
    return kind->complete(c, thing);
}

static RESULT read_kind(struct ctx *c, struct reading *r, const struct realm_kind *kind,
                        struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    TRY(read_items(c, r, kind->list, kind->shape, &list));
    for (size_t i = 0; i < list.n; i++)
        TRY(at_place(c, kind->list, i, complete(c, r, kind, list.at[i])));
    TRY(realm_sort(c, kind, &list));
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

static RESULT read_scenarios(struct ctx *c, struct reading *r)
{
    struct realm_list list = { .arena = c->arena };
    TRY(read_items(c, r, "scenarios", &realm_scenario_shape, &list));
    if (list.n > REALM_SCENARIOS_MAX)
        return fail_field(c, INVALID_FIELD, "scenarios", "This list has too many entries.");
    struct realm_scenario *all = ARENA_NEWS(c->arena, struct realm_scenario, list.n);
    for (size_t i = 0; i < list.n; i++) {
        all[i] = *(struct realm_scenario *)list.at[i];
        if ((all[i].route == NULL) == (all[i].permission == NULL))
            return at_place(c, "scenarios", i,
                            fail_field(c, INVALID_FIELD, "route",
                                       "A scenario is about one: a route or a permission."));
        if (all[i].user != NULL && all[i].roles.n > 0)
            return at_place(c, "scenarios", i,
                            fail_field(c, INVALID_FIELD, "user",
                                       "Somebody acts here, or anybody with roles, not both."));
    }
    r->realm->scenarios = all;
    r->realm->scenarios_n = list.n;
    return ok();
}

/* ---- the file ---- */

static RESULT unknown(struct ctx *c, const char *name)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    const char **names = ARENA_NEWS(c->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = kinds[i]->list;
    names[n] = "scenarios";
    const char *near = text_nearest(name, names, n + 1);
    return fail_field(c, INVALID_FIELD, name,
                      near == NULL ? "This is no list of a realm."
                                   : text_printf(c->arena, "Is this meant to be %s?", near));
}

static RESULT read_member(struct ctx *c, struct reading *r, const char *name,
                          const struct json_value *v)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    must(n <= REALM_KINDS_MAX);
    /* For editors, which find the schema by it. */
    if (text_equal(name, "$schema"))
        return v->kind == JSON_TEXT ? ok() : fail_field(c, INVALID_FIELD, name, "This is a text.");
    bool list = v->kind == JSON_ARRAY;
    for (size_t i = 0; i < n; i++) {
        if (!text_equal(kinds[i]->list, name))
            continue;
        r->realm->present[i] = true;
        return list ? read_kind(c, r, kinds[i], &r->realm->lists[i])
                    : fail_field(c, INVALID_FIELD, name, "This is a list.");
    }
    if (!text_equal(name, "scenarios"))
        return unknown(c, name);
    return list ? read_scenarios(c, r) : fail_field(c, INVALID_FIELD, name, "This is a list.");
}

static RESULT read_file(struct ctx *c, struct bytes file, bool sent, const struct realm **out)
{
    struct reading r = { .realm = ARENA_NEW(c->arena, struct realm),
                         .json = json_open(c->arena, file),
                         .sent = sent };
    r.json.tokens_max = REALM_TOKENS_MAX;
    struct json_value v;
    const char *name = NULL;
    if (!json_value(&r.json, &v) || v.kind != JSON_OBJECT)
        return not_json(c, &r.json);
    while (json_member(&r.json, &name, &v))
        TRY(read_member(c, &r, name, &v));
    if (!json_done(&r.json))
        return not_json(c, &r.json);
    *out = r.realm;
    return ctx_check_memory(c);
}

RESULT realm_read(struct ctx *c, struct bytes file, const struct realm **out)
{
    return read_file(c, file, false, out);
}

RESULT realm_read_sent(struct ctx *c, struct bytes file, const struct realm **out)
{
    return read_file(c, file, true, out);
}
