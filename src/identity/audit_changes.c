/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/audit_changes.h"

#include "base/json.h"
#include "base/json_writer.h"

#include <string.h>

enum { MEMBERS_MAX = 128 };

struct member {
    const char *name;
    const char *value; /* JSON */
};
struct members {
    struct member at[MEMBERS_MAX];
    size_t n;
};

/* What cannot be read, which only a bug brings about, has no members. */
static void read_members(struct ctx *c, const char *json, struct members *out)
{
    out->n = 0;
    if (json == NULL)
        return;
    struct json j = json_open(c->arena, bytes_of(json));
    struct json_value value;
    if (!json_value(&j, &value) || value.kind != JSON_OBJECT)
        return;
    for (const char *name; out->n < MEMBERS_MAX && json_member(&j, &name, &value);) {
        (void)json_skip(&j, &value);
        if (value.kind != JSON_NULL)
            out->at[out->n++] =
                (struct member){ name,
                                 text_copy(c->arena, (const char *)value.raw.at, value.raw.n) };
    }
}

static const char *value_of(const struct members *members, const char *name)
{
    for (size_t i = 0; i < members->n; i++)
        if (text_equal(members->at[i].name, name))
            return members->at[i].value;
    return NULL;
}

/* Or personal: contacts are the addresses of people. */
static bool is_secret(const char *name)
{
    static const char *const words[] = { "secret", "password", "private", "sealed", "contacts" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(name, words[i]) != NULL)
            return true;
    return false;
}

static void write_value(struct json_writer *w, const char *name, const char *value)
{
    if (value == NULL)
        return;
    size_t n = strlen(value);
    if (n <= AUDIT_VALUE_MAX)
        json_raw(w, name, value);
    else
        json_text(w, name, text_printf(w->out.arena, "(%zu bytes)", n));
}

static void write_member(struct json_writer *w, const char *name, const char *before,
                         const char *after)
{
    json_object(w, name);
    if (!is_secret(name)) {
        write_value(w, "before", before);
        write_value(w, "after", after);
    }
    json_object_end(w);
}

const char *audit_changes(struct ctx *c, const char *before, const char *after)
{
    struct members *was = ARENA_NEW(c->arena, struct members);
    struct members *is = ARENA_NEW(c->arena, struct members);
    struct json_writer w = json_writer(c->arena);
    bool differ = false;
    read_members(c, before, was);
    read_members(c, after, is);
    json_object(&w, NULL);
    for (size_t i = 0; i < is->n; i++) {
        const char *old = value_of(was, is->at[i].name);
        if (old != NULL && text_equal(old, is->at[i].value))
            continue;
        write_member(&w, is->at[i].name, old, is->at[i].value);
        differ = true;
    }
    for (size_t i = 0; i < was->n; i++) {
        if (value_of(is, was->at[i].name) != NULL)
            continue;
        write_member(&w, was->at[i].name, was->at[i].value, NULL);
        differ = true;
    }
    json_object_end(&w);
    return differ ? json_written(&w) : NULL;
}

const char *audit_object(struct ctx *c, const char *one, const char *other)
{
    struct members *members = ARENA_NEW(c->arena, struct members);
    struct json_writer w = json_writer(c->arena);
    const char *parts[] = { one, other };
    json_object(&w, NULL);
    for (size_t part = 0; part < 2; part++) {
        read_members(c, parts[part], members);
        for (size_t i = 0; i < members->n; i++)
            json_raw(&w, members->at[i].name, members->at[i].value);
    }
    json_object_end(&w);
    return json_written(&w);
}
