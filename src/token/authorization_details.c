/* SPDX-License-Identifier: Apache-2.0 */
#include "token/authorization_details.h"

#include "base/json.h"
#include "store/resources.h"

#include <string.h>

enum { TYPES_MAX = 1024 };

static RESULT refuse(struct ctx *c, const char *say)
{
    return because(c, DETAILS, NULL, NULL,
                   fail_field(c, INVALID_AUTHORIZATION_DETAILS, "authorization_details", say));
}

/* ---- reading ---- */

/* Well-formed JSON without the white space between its parts. */
static const char *compact(struct arena *a, struct bytes json)
{
    struct text_buffer out = text_buffer(a);
    bool in_text = false;
    for (size_t i = 0; i < json.n; i++) {
        uint8_t c = json.at[i];
        if (!in_text && (c == ' ' || c == '\t' || c == '\r' || c == '\n'))
            continue;
        size_t n = in_text && c == '\\' ? 2 : 1;
        in_text = c == '"' ? !in_text : in_text;
        text_add_bytes(&out, (const char *)json.at + i, n);
        i += n - 1;
    }
    return text_of(&out);
}

/* The object that the reader stands in; false if it has no type. */
static bool read_one(struct json *j, struct json_value *object, struct detail *out)
{
    struct json_value v;
    for (const char *name; json_member(j, &name, &v); (void)json_skip(j, &v))
        if (text_equal(name, "type") && v.kind == JSON_TEXT)
            out->type = v.text;
    if (!json_skip(j, object))
        return false;
    out->json = compact(j->arena, object->raw);
    return out->type != NULL;
}

RESULT details_read(struct ctx *c, const char *json, struct details *out)
{
    struct detail *at = ARENA_NEWS(c->arena, struct detail, AUTHORIZATION_DETAILS_MAX);
    struct json j = json_open(c->arena, bytes_of(json));
    struct json_value v;
    size_t n = 0;
    if (strlen(json) > AUTHORIZATION_DETAILS_BYTES_MAX)
        return refuse(c, "This has more than 4096 bytes.");
    bool good = json_value(&j, &v) && v.kind == JSON_ARRAY;
    while (good && json_item(&j, &v))
        good = v.kind == JSON_OBJECT && n < AUTHORIZATION_DETAILS_MAX && read_one(&j, &v, &at[n++]);
    if (!good || !json_done(&j) || n == 0)
        return refuse(c, "This is a JSON array of 1 to 16 objects, each with a type.");
    *out = (struct details){ at, n };
    return ok();
}

const char *details_write(struct arena *a, const struct details *details)
{
    struct text_buffer out = text_buffer(a);
    for (size_t i = 0; i < details->n; i++)
        text_addf(&out, "%s%s", i == 0 ? "[" : ",", details->at[i].json);
    return details->n == 0 ? NULL : text_printf(a, "%s]", text_of(&out));
}

/* ---- what is registered ---- */

RESULT resource_metadata_read(struct ctx *c, const char *json, struct resource_metadata *out)
{
    return shape_read_json(c, &resource_metadata_shape, bytes_of(json), out);
}

const struct details_type *details_type_find(const struct resource_metadata *metadata,
                                             const char *type)
{
    const struct details_type *at = metadata->authorization_details_types.at;
    for (size_t i = 0; i < metadata->authorization_details_types.n; i++)
        if (text_equal(at[i].type, type))
            return &at[i];
    return NULL;
}

static RESULT add_types(struct ctx *c, const struct resource_row *row, struct details_types *to,
                        struct details_type *at)
{
    struct resource_metadata metadata;
    TRY(resource_metadata_read(c, row->metadata, &metadata));
    const struct details_type *types = metadata.authorization_details_types.at;
    for (size_t i = 0; i < metadata.authorization_details_types.n && to->n < TYPES_MAX; i++) {
        at[to->n] = types[i];
        to->resources[to->n++] = row->uri;
    }
    return ok();
}

RESULT details_types_all(struct ctx *c, struct details_types *out)
{
    struct details_type *at = ARENA_NEWS(c->arena, struct details_type, TYPES_MAX);
    struct details_types all = { at, ARENA_NEWS(c->arena, const char *, TYPES_MAX), 0 };
    struct resource_rows rows = { NULL, PAGE_MAX };
    for (const char *after = NULL; rows.n == PAGE_MAX; after = rows.at[rows.n - 1].uri) {
        TRY(resources_page(c, (struct page){ .after = after, .limit = PAGE_MAX }, &rows));
        for (size_t i = 0; i < rows.n; i++)
            TRY(add_types(c, &rows.at[i], &all, at));
        if (rows.n == 0)
            break;
    }
    *out = all;
    return ok();
}

/* ---- checking ---- */

/* Which API the asker may mean by the type: its place among `all`, or `all->n`. */
static size_t find_type(const struct details_types *all, const struct details_asker *asker,
                        const char *type)
{
    const struct texts *of = asker->resources.n > 0 ? &asker->resources : &asker->bound;
    size_t i = 0;
    while (i < all->n && !(text_equal(all->at[i].type, type) &&
                           (of->n == 0 || texts_hold(*of, all->resources[i]))))
        i++;
    return i;
}

/* RFC 9396 2.2: where it is to be used is the API whose type it is. */
static bool is_here(struct json *j, struct json_value *v, const char *resource)
{
    bool here = v->kind == JSON_ARRAY;
    struct json_value item;
    while (here && json_item(j, &item))
        here = item.kind == JSON_TEXT && text_equal(item.text, resource);
    return here;
}

static RESULT check_members(struct ctx *c, const struct detail *detail,
                            const struct details_type *type, const char *resource)
{
    struct json j = json_open(c->arena, bytes_of(detail->json));
    struct texts found = { ARENA_NEWS(c->arena, const char *, type->required.n), 0 };
    struct json_value v;
    bool good = json_value(&j, &v);
    must(good);
    for (const char *name; json_member(&j, &name, &v); (void)json_skip(&j, &v)) {
        if (!text_equal(name, "type") && !texts_hold(type->members, name) &&
            !texts_hold(type->required, name))
            return refuse(c, text_printf(c->arena, "The type %s has no member of this name: %s.",
                                         type->type, name));
        if (text_equal(name, "locations") && !is_here(&j, &v, resource))
            return refuse(c, "locations is a list of the API that the type belongs to.");
        if (texts_hold(type->required, name))
            found.at[found.n++] = name;
    }
    for (size_t i = 0; i < type->required.n; i++)
        if (!texts_hold(found, type->required.at[i]))
            return refuse(c, text_printf(c->arena, "The type %s needs the member %s.", type->type,
                                         type->required.at[i]));
    return ok();
}

RESULT details_check(struct ctx *c, const struct details *details,
                     const struct details_asker *asker, struct texts *resources)
{
    struct details_types all;
    struct texts used = { ARENA_NEWS(c->arena, const char *, asker->resources.n + details->n), 0 };
    TRY(details_types_all(c, &all));
    for (size_t i = 0; i < asker->resources.n; i++)
        used.at[used.n++] = asker->resources.at[i];
    for (size_t i = 0; i < details->n; i++) {
        const char *type = details->at[i].type;
        size_t at = find_type(&all, asker, type);
        if (!texts_hold(asker->types, type))
            return refuse(c, "The client has not registered this type: authorization_details_types "
                             "of its metadata.");
        if (at == all.n)
            return refuse(c, "No API of the request knows this type.");
        TRY(check_members(c, &details->at[i], &all.at[at], all.resources[at]));
        if (!texts_hold(used, all.resources[at]))
            used.at[used.n++] = all.resources[at];
    }
    *resources = used;
    return ok();
}

/* ---- choosing ---- */

static bool holds(const struct details *details, const struct detail *one)
{
    for (size_t i = 0; i < details->n; i++)
        if (text_equal(details->at[i].json, one->json))
            return true;
    return false;
}

static RESULT types_of(struct ctx *c, const char *audience, struct resource_metadata *out)
{
    const struct resource_row *row = NULL;
    *out = (struct resource_metadata){ 0 };
    if (audience == NULL)
        return ok();
    TRY(resource_find(c, audience, &row));
    return row == NULL ? ok() : resource_metadata_read(c, row->metadata, out);
}

RESULT details_choose(struct ctx *c, const struct details_choice *choice, const char **out)
{
    struct details granted = { 0 }, from = { 0 };
    struct resource_metadata known;
    *out = NULL;
    if (choice->granted == NULL && choice->asked == NULL)
        return ok();
    if (choice->granted != NULL)
        TRY(details_read(c, choice->granted, &granted));
    from = granted;
    if (choice->asked != NULL)
        TRY(details_read(c, choice->asked, &from));
    TRY(types_of(c, choice->audience, &known));
    struct detail *at = ARENA_NEWS(c->arena, struct detail, from.n);
    struct details chosen = { at, 0 };
    for (size_t i = 0; i < from.n; i++) {
        bool fits = details_type_find(&known, from.at[i].type) != NULL;
        if (choice->asked != NULL && (!fits || !holds(&granted, &from.at[i])))
            return refuse(c, "This was not granted, or not for this API.");
        if (fits)
            at[chosen.n++] = from.at[i];
    }
    *out = details_write(c->arena, &chosen);
    return ok();
}
