/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "token/authorization_details.h"

#include <string.h>

/* Shapes that are inside of others, once each. */
struct inner_shapes {
    const struct shape *at[32];
    size_t n;
};

static void collect(struct inner_shapes *all, const struct shape *shape)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape *of = shape->fields[i].of;
        bool known = of == NULL;
        for (size_t k = 0; k < all->n && !known; k++)
            known = text_equal(all->at[k]->name, of->name);
        if (known)
            continue;
        must(all->n < sizeof all->at / sizeof all->at[0]);
        all->at[all->n++] = of;
        collect(all, of);
    }
}

static void write_list(struct json_writer *w, const char *name, const char *summary,
                       const struct shape *of)
{
    json_object(w, name);
    json_text(w, "description", summary);
    json_text(w, "type", "array");
    json_number(w, "maxItems",
                text_equal(name, "scenarios") ? REALM_SCENARIOS_MAX : REALM_LIST_MAX);
    json_object(w, "items");
    json_text(w, "$ref", text_printf(w->out.arena, "#/components/schemas/%s", of->name));
    json_object_end(w);
    json_object_end(w);
}

static void write_properties(struct json_writer *w, struct inner_shapes *all)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    json_object(w, "properties");
    json_object(w, "$schema");
    json_text(w, "type", "string");
    json_object_end(w);
    for (size_t i = 0; i < n; i++) {
        write_list(w, kinds[i]->list, kinds[i]->summary, kinds[i]->shape);
        all->at[all->n++] = kinds[i]->shape;
    }
    write_list(w, "scenarios", "What has to hold afterwards, else nothing is applied",
               &realm_scenario_shape);
    all->at[all->n++] = &realm_scenario_shape;
    json_object_end(w);
}

/* Shapes refer to each other as OpenAPI does; a schema by itself has them in $defs. */
static const char *in_defs(struct arena *a, const char *json)
{
    static const char theirs[] = "#/components/schemas/";
    struct text_buffer out = text_buffer(a);
    for (const char *at = strstr(json, theirs); at != NULL; at = strstr(json, theirs)) {
        text_add_bytes(&out, json, (size_t)(at - json));
        text_add(&out, "#/$defs/");
        json = at + strlen(theirs);
    }
    text_add(&out, json);
    return text_of(&out);
}

const char *realm_schema(struct arena *a)
{
    struct json_writer w = json_writer(a);
    struct inner_shapes all = { .n = 0 };
    json_object(&w, NULL);
    json_text(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_text(&w, "title", "What is configured in uauth");
    json_text(&w, "type", "object");
    write_properties(&w, &all);
    json_bool(&w, "additionalProperties", false);
    for (size_t i = 0, own = all.n; i < own; i++)
        collect(&all, all.at[i]);
    json_object(&w, "$defs");
    for (size_t i = 0; i < all.n; i++)
        shape_schema(&w, all.at[i]->name, all.at[i]);
    json_object_end(&w);
    json_object_end(&w);
    return realm_laid_out(a, in_defs(a, json_written(&w)));
}
