/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

#include "store/tenants.h"

#include <string.h>

void realm_differences_add(struct realm_differences *d, const char *name, const char *before,
                           const char *after)
{
    if (d->n == d->room) {
        size_t room = d->room == 0 ? 8 : d->room * 2;
        struct realm_difference *more = ARENA_NEWS(d->arena, struct realm_difference, room);
        if (d->n > 0)
            memcpy(more, d->at, d->n * sizeof *more);
        d->at = more;
        d->room = room;
    }
    d->at[d->n++] = (struct realm_difference){ name, before, after };
}

/* One member of a thing and of the other, either of which may be NULL. */
static void compare_field(struct realm_differences *d, const char *prefix,
                          const struct shape_field *field, const void *const sides[2])
{
    const char *name = text_printf(d->arena, "%s%s", prefix, field->name);
    const char *before = sides[0] == NULL ? NULL : realm_field_json(d->arena, field, sides[0]);
    const char *after = sides[1] == NULL ? NULL : realm_field_json(d->arena, field, sides[1]);
    if (!text_equal(before, after))
        realm_differences_add(d, name, before, after);
}

static const void *inner_of(const struct shape_field *field, const void *thing)
{
    if (thing == NULL)
        return NULL;
    const void *at = (const uint8_t *)thing + field->offset;
    return *(const void *const *)at;
}

void realm_compare(struct realm_differences *d, const struct shape *shape, const void *now,
                   const void *wanted)
{
    const void *const sides[2] = { now, wanted };
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_field *field = &shape->fields[i];
        if ((field->flags & SECRET) != 0)
            continue;
        if (field->kind != SHAPE_OBJECT) {
            compare_field(d, "", field, sides);
            continue;
        }
        const void *const inner[2] = { inner_of(field, now), inner_of(field, wanted) };
        const char *prefix = text_printf(d->arena, "%s.", field->name);
        for (size_t k = 0; k < field->of->n; k++)
            compare_field(d, prefix, &field->of->fields[k], inner);
    }
}

/* ---- from what is there to the file ---- */

struct planning {
    struct ctx *c;
    const struct realm_order *order;
    const struct realm_kind *kind;
    struct realm_changes *out;
};

static void add_change(struct realm_changes *changes, const struct realm_change *change)
{
    if (changes->n == changes->room) {
        size_t room = changes->room == 0 ? 32 : changes->room * 2;
        struct realm_change *more = ARENA_NEWS(changes->arena, struct realm_change, room);
        if (changes->n > 0)
            memcpy(more, changes->at, changes->n * sizeof *more);
        changes->at = more;
        changes->room = room;
    }
    changes->at[changes->n++] = *change;
}

static RESULT compare_secret(const struct planning *p, const void *now, const void *wanted,
                             struct realm_differences *d)
{
    bool due = false;
    if (p->kind->secret_due == NULL || now == NULL)
        return ok();
    TRY(p->kind->secret_due(p->c, wanted, &due));
    if (due)
        realm_differences_add(d, "secret", "\"another\"", "\"the one that is referred to\"");
    return ok();
}

/* Adds it, or changes it if something is different. */
static RESULT plan_wanted(const struct planning *p, const void *now, const void *wanted)
{
    struct realm_differences d = { .arena = p->c->arena };
    bool keeps = now != NULL && p->kind->keep != NULL;
    realm_compare(&d, p->kind->shape, now, keeps ? p->kind->keep(d.arena, now, wanted) : wanted);
    TRY(compare_secret(p, now, wanted, &d));
    if (now != NULL && d.n == 0)
        return ok();
    add_change(p->out, &(struct realm_change){ .op = now == NULL ? REALM_ADD : REALM_CHANGE,
                                               .kind = p->kind,
                                               .kind_name = p->kind->name,
                                               .key = p->kind->key(p->c->arena, wanted),
                                               .differences = d.at,
                                               .differences_n = d.n,
                                               .now = now,
                                               .wanted = wanted });
    return ok();
}

/* The default tenant is the operators' and stays. */
static bool stays(const struct planning *p, const char *key)
{
    return p->kind == &realm_kind_tenant && text_equal(key, TENANT_DEFAULT_SLUG);
}

static void plan_unnamed(const struct planning *p, const void *now, const char *key)
{
    if (!p->order->prune || stays(p, key))
        return;
    add_change(p->out, &(struct realm_change){ .op = REALM_REMOVE,
                                               .kind = p->kind,
                                               .kind_name = p->kind->name,
                                               .key = key,
                                               .now = now });
}

/* Both lists are in the order of their keys. */
static RESULT plan_kind(const struct planning *p, const struct realm_things *now,
                        const struct realm_things *wanted)
{
    size_t i = 0;
    size_t k = 0;
    while (i < now->n || k < wanted->n) {
        const char *here = i < now->n ? p->kind->key(p->c->arena, now->at[i]) : NULL;
        const char *there = k < wanted->n ? p->kind->key(p->c->arena, wanted->at[k]) : NULL;
        int which = here == NULL ? 1 : there == NULL ? -1 : strcmp(here, there);
        if (which < 0)
            plan_unnamed(p, now->at[i], here);
        else
            TRY(plan_wanted(p, which == 0 ? now->at[i] : NULL, wanted->at[k]));
        i += which <= 0 ? 1 : 0;
        k += which >= 0 ? 1 : 0;
    }
    return ctx_check_memory(p->c);
}

RESULT realm_plan(struct ctx *c, const struct realm_order *order, const struct realm_things *now,
                  struct realm_changes *out)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    out->arena = c->arena;
    for (size_t i = 0; i < n; i++) {
        const struct planning p = { c, order, kinds[i], out };
        if (order->realm->present[i])
            TRY(plan_kind(&p, &now[i], &order->realm->lists[i]));
    }
    return ok();
}
