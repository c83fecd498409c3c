/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/keycloak.h"

#include "identity/last_admin.h"
#include "realm/kind.h"
#include "store/clients.h"
#include "store/roles.h"
#include "store/tenants.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is taken over ---- */

struct keycloak_role {
    const char *name, *description;
    bool composite;
};
LOCAL_SHAPE_OPEN(keycloak_role, FIELD(keycloak_role, name, REQUIRED, 1, 255, "Its name"),
                 FIELD(keycloak_role, description, OPTIONAL, 0, 1024, "What it is for"),
                 FIELD(keycloak_role, composite, OPTIONAL, 0, 0, "It has others in it"));

/* A name of roles: that of one that is here, that of one in the file, or both. */
struct named_role {
    const char *name;
    const struct role_row *here; /* or NULL */
    const char *from; /* "client/role" of the first in the file, which is `role`; or NULL */
    struct keycloak_role role;
    size_t place;   /* those that are here, and then the file in its order */
    bool of_others; /* another role of the file has this name, too */
};

struct taking {
    const struct keycloak_order *order;
    const char *tenant_id;
    struct realm_list roles, clients;
    struct realm_list named; /* struct named_role; in the end by name, and once each */
    struct keycloak_left *left;
    size_t left_n, left_room;
};

static void leave_out(struct arena *a, struct taking *t, const struct keycloak_left *left)
{
    if (t->left_n == t->left_room) {
        size_t room = t->left_room == 0 ? 64 : t->left_room * 2;
        struct keycloak_left *more = ARENA_NEWS(a, struct keycloak_left, room);
        if (t->left_n > 0)
            memcpy(more, t->left, t->left_n * sizeof *more);
        t->left = more;
        t->left_room = room;
    }
    t->left[t->left_n++] = *left;
}

/* Leaves a thing out for what is wrong with it; what is wrong with us goes up. */
static RESULT take_failure(struct ctx *c, struct taking *t, struct keycloak_left left, err done)
{
    if (done.code == ERR_OK || done.code == ERR_UNAVAILABLE || done.code == ERR_INTERNAL ||
        done.code == ERR_OUT_OF_MEMORY)
        return done;
    const char *why = c->fault.say != NULL ? c->fault.say : err_row(done.code)->title;
    if (c->fault.field != NULL)
        why = text_printf(c->arena, "%s: %s", c->fault.field, why);
    fault_clear(c);
    left.why = why;
    leave_out(c->arena, t, &left);
    return ok();
}

/* ---- roles ---- */

/* Too long a description says what it can. */
static const char *description_of(struct arena *a, const struct keycloak_role *role)
{
    const char *text = role->description == NULL ? "" : role->description;
    bool fits = text_code_points(text) <= ROLE_DESCRIPTION_MAX && !text_has_control(text) &&
                !text_starts(text, "${");
    return fits ? text : text_printf(a, "Role %s of Keycloak", role->name);
}

static void note_name(struct taking *t, const struct named_role *noted)
{
    struct named_role *role = ARENA_NEW(t->named.arena, struct named_role);
    *role = *noted;
    role->place = t->named.n;
    realm_list_add(&t->named, role);
}

static RESULT note_here(struct ctx *c, struct taking *t)
{
    struct role_rows here;
    TRY(roles_in(c, t->tenant_id, &here));
    for (size_t i = 0; i < here.n; i++)
        note_name(t, &(struct named_role){ .name = here.at[i].name, .here = &here.at[i] });
    return ok();
}

static int by_name(const void *a, const void *b)
{
    const struct named_role *left = *(const struct named_role *const *)a;
    const struct named_role *right = *(const struct named_role *const *)b;
    int names = strcmp(left->name, right->name);
    return names != 0 ? names : left->place < right->place ? -1 : 1;
}

static void sort_names(struct realm_list *named)
{
    struct named_role *last = NULL;
    size_t n = 0;
    qsort(named->at, named->n, sizeof *named->at, by_name);
    for (size_t i = 0; i < named->n; i++) {
        struct named_role *role = named->at[i];
        bool same = last != NULL && text_equal(last->name, role->name);
        if (!same)
            named->at[n++] = last = role;
        else if (last->from != NULL)
            last->of_others = last->of_others || !text_equal(last->from, role->from);
        else {
            last->from = role->from;
            last->role = role->role;
        }
    }
    named->n = n;
}

static void add_role(struct arena *a, struct taking *t, const struct named_role *from)
{
    struct realm_role *role = ARENA_NEW(a, struct realm_role);
    *role = (struct realm_role){ .tenant = t->order->tenant,
                                 .name = from->name,
                                 .description = description_of(a, &from->role) };
    realm_list_add(&t->roles, role);
}

/*
 * AZ-04: what is a name in an application is no power over this service, and what one application
 * calls "b-c" of "a" and another "c" of "a-b" is not one power.
 */
static const char *why_not(const struct named_role *role)
{
    if (role->here != NULL && role->here->builtin)
        return "A role that is built in has this name and gives power here: give it by hand.";
    return role->of_others ? "Several roles would have this name here: give them by hand." : NULL;
}

static void add_roles(struct arena *a, struct taking *t)
{
    sort_names(&t->named);
    for (size_t i = 0; i < t->named.n; i++) {
        const struct named_role *role = t->named.at[i];
        const char *why = role->from == NULL ? NULL : why_not(role);
        if (why != NULL)
            leave_out(
                a, t,
                &(struct keycloak_left){ text_printf(a, "role %s", role->name), "role", why });
        else if (role->here == NULL)
            add_role(a, t, role);
    }
}

static RESULT read_role(struct ctx *c, struct taking *t, const char *client, struct bytes json)
{
    struct keycloak_role role;
    err done = shape_read_json(c, &keycloak_role_shape, json, &role);
    if (done.code != ERR_OK)
        return take_failure(c, t, (struct keycloak_left){ "a role", "role", NULL }, done);
    if (client == NULL && keycloak_is_own_role(role.name))
        return ok();
    const char *name = keycloak_role_name(c->arena, client, role.name);
    const char *where = text_printf(c->arena, "role %s", role.name);
    const char *from = text_printf(c->arena, "%s/%s", client == NULL ? "" : client, role.name);
    if (name == NULL)
        leave_out(
            c->arena, t,
            &(struct keycloak_left){ where, "role", "It has no name that it could have here." });
    else
        note_name(t, &(struct named_role){ .name = name, .from = from, .role = role });
    if (name != NULL && role.composite)
        leave_out(c->arena, t,
                  &(struct keycloak_left){ where, "composites",
                                           "What it has in it has to be given, too." });
    return ok();
}

static const char *text_between(struct arena *a, struct bytes name)
{
    return memchr(name.at, '\0', name.n) != NULL ? "" : text_copy(a, (const char *)name.at, name.n);
}

static RESULT read_role_list(struct ctx *c, struct taking *t, const char *client, struct bytes list)
{
    struct skim all = { list.at, list.at + list.n, false };
    struct bytes item;
    bool array = skim_enter(&all, '[');
    while (array && skim_item(&all, &item))
        TRY(read_role(c, t, client, item));
    TRY(ctx_check_memory(c));
    return keycloak_whole(c, &all);
}

/* { "realm": [...], "client": { "ID": [...] } } */
static RESULT read_roles(struct ctx *c, struct taking *t, struct bytes json)
{
    struct skim all = { json.at, json.at + json.n, false };
    struct bytes name, value, list;
    bool object = skim_enter(&all, '{');
    while (object && skim_member(&all, &name, &value)) {
        const char *which = text_between(c->arena, name);
        if (text_equal(which, "realm"))
            TRY(read_role_list(c, t, NULL, value));
        struct skim clients = { value.at, value.at + value.n, false };
        bool by_client = text_equal(which, "client") && skim_enter(&clients, '{');
        while (by_client && skim_member(&clients, &name, &list)) {
            const char *client = text_between(c->arena, name);
            if (!keycloak_is_own_client(client))
                TRY(read_role_list(c, t, client, list));
        }
        TRY(keycloak_whole(c, &clients));
    }
    return keycloak_whole(c, &all);
}

/* ---- clients ---- */

static RESULT check_new(struct ctx *c, const char *client_id)
{
    const struct client_row *here = NULL;
    TRY(client_find(c, client_id, &here));
    if (here != NULL)
        return fail_say(c, CONFLICT, "There is a client of this id already, which stays as it is.",
                        "the client is there");
    return ok();
}

static RESULT read_client(struct ctx *c, struct taking *t, struct bytes json)
{
    struct realm_client *client = ARENA_NEW(c->arena, struct realm_client);
    struct import_notes notes = { .arena = c->arena };
    const char *id = NULL;
    const char *value = NULL;
    err done = keycloak_client_read(c, json, client, &notes, &id);
    if (id != NULL && keycloak_is_own_client(id)) {
        fault_clear(c);
        return ok();
    }
    const char *where = text_printf(c->arena, "client %s", id == NULL ? "without an id" : id);
    value = client->value;
    client->tenant = t->order->tenant;
    if (done.code == ERR_OK)
        done = check_new(c, id);
    if (done.code == ERR_OK)
        done = realm_kind_client.complete(c, client);
    for (size_t i = 0; i < notes.n; i++)
        leave_out(c->arena, t, &(struct keycloak_left){ where, notes.at[i].what, notes.at[i].why });
    if (done.code != ERR_OK)
        return take_failure(c, t, (struct keycloak_left){ where, "client", NULL }, done);
    client->value = value;
    realm_list_add(&t->clients, client);
    return ok();
}

static RESULT read_clients(struct ctx *c, struct taking *t, struct bytes json)
{
    struct skim all = { json.at, json.at + json.n, false };
    struct bytes item;
    bool array = skim_enter(&all, '[');
    while (array && skim_item(&all, &item))
        TRY(read_client(c, t, item));
    TRY(ctx_check_memory(c));
    return keycloak_whole(c, &all);
}

/* ---- the file ---- */

RESULT keycloak_whole(struct ctx *c, const struct skim *part)
{
    return part->wrong
               ? fail_say(c, INVALID_REQUEST, "This is no whole export of a realm of Keycloak.",
                          "the export cannot be read to its end")
               : ok();
}

static RESULT read_all(struct ctx *c, struct taking *t)
{
    struct bytes bytes = t->order->bytes;
    struct skim all = { bytes.at, bytes.at + bytes.n, false };
    struct bytes name, value;
    bool object = skim_enter(&all, '{');
    while (object && skim_member(&all, &name, &value)) {
        const char *which = text_between(c->arena, name);
        if (text_equal(which, "roles"))
            TRY(read_roles(c, t, value));
        if (text_equal(which, "clients"))
            TRY(read_clients(c, t, value));
    }
    return keycloak_whole(c, &all);
}

static void set_list(struct realm *realm, const struct realm_kind *kind,
                     const struct realm_list *list)
{
    size_t n = 0;
    const struct realm_kind *const *kinds = realm_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        if (kinds[i] != kind)
            continue;
        realm->present[i] = true;
        realm->lists[i] = (struct realm_things){ list->at, list->n };
    }
}

static RESULT apply(struct ctx *c, struct taking *t, struct realm_outcome *out)
{
    struct realm *realm = ARENA_NEW(c->arena, struct realm);
    add_roles(c->arena, t);
    TRY(realm_sort(c, &realm_kind_role, &t->roles));
    TRY(realm_sort(c, &realm_kind_client, &t->clients));
    set_list(realm, &realm_kind_role, &t->roles);
    set_list(realm, &realm_kind_client, &t->clients);
    return realm_apply(c,
                       &(struct realm_order){
                           .realm = realm, .router = t->order->router, .plan = t->order->dry_run },
                       out);
}

/* Those that are here or have just been made, but for the ones that are built in or whose name
 * several have. */
static void tell_roles(struct arena *a, const struct taking *t, struct keycloak_roles *out)
{
    struct texts *made = t->order->dry_run ? &out->pretended : &out->known;
    out->known.at = ARENA_NEWS(a, const char *, t->named.n);
    out->pretended.at = ARENA_NEWS(a, const char *, t->named.n);
    for (size_t i = 0; i < t->named.n; i++) {
        const struct named_role *role = t->named.at[i];
        struct texts *list = role->here != NULL ? &out->known : made;
        if (why_not(role) == NULL)
            list->at[list->n++] = role->name;
    }
}

struct applying {
    struct keycloak_order order;
    struct keycloak_outcome done;
};

/* What is here is looked at in the transaction in which the rest is made: nobody comes between. */
static RESULT apply_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct applying *a = arg;
    struct taking t = { .order = &a->order };
    a->done = (struct keycloak_outcome){ .left = NULL };
    t.roles.arena = c->arena;
    t.named.arena = c->arena;
    t.clients.arena = c->arena;
    TRY(realm_tenant_id(c, a->order.tenant, &t.tenant_id));
    TRY(note_here(c, &t));
    TRY(read_all(c, &t));
    TRY(apply(c, &t, &a->done.applied));
    tell_roles(c->arena, &t, &a->done.roles);
    a->done.left = t.left;
    a->done.left_n = t.left_n;
    return ok();
}

RESULT keycloak_apply(struct ctx *c, const struct keycloak_order *order,
                      struct keycloak_outcome *out)
{
    struct applying applying = { .order = *order };
    /* Most of a file is people, whom no writer waits for. */
    TRY(keycloak_configuration(c, order->bytes, &applying.order.bytes));
    TRY(db_atomically(c, apply_in, &applying));
    *out = applying.done;
    return ok();
}
