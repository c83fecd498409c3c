/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_KIND_H
#define UAUTH_REALM_KIND_H

/*
 * The kinds of things that a realm file lists: one row each, in the order in which they are made.
 * What is removed goes in the order backwards.  For the other files of this room.
 */

#include "realm/realm.h"

/* Things of one kind: structs of its shape. */
struct realm_things {
    void *const *at;
    size_t n;
};

/* One thing that is to be made, changed or removed. */
struct realm_work {
    const void *now, *wanted; /* NULL: it is not there; it is to go */
    const char *actor_id;     /* whose call it is; NULL: a command on the machine */
};

struct realm_kind {
    const char *name;    /* "client" */
    const char *list;    /* "clients": the member of the file */
    const char *summary; /* for the schema */
    const struct shape *shape;
    bool when_asked; /* exported only if asked for, and no part of the configuration's version */

    /* What it is known by, once complete: unique in its list. */
    const char *(*key)(struct arena *a, const void *thing);

    /* Fetches and proves what the thing names of others; NULL: it names nothing. */
    RESULT (*fetch)(struct ctx *c, const void *thing);

    /* All that are there, in a stable order. */
    RESULT (*now)(struct ctx *c, struct realm_things *out);

    /* Fills what the file has left out and refuses what cannot be; looks at no database. */
    RESULT (*complete)(struct ctx *c, void *thing);

    /* The thing as it is compared: what the file has left out that stays as it is `now`, filled.
     * NULL: there is nothing like that. */
    const void *(*keep)(struct arena *a, const void *now, const void *wanted);

    /* Whether the secret that `thing` brings is another than the present one; NULL: it has none. */
    RESULT (*secret_due)(struct ctx *c, const void *thing, bool *due);

    /* The secret that had to be made is *shown this once. */
    RESULT (*add)(struct ctx *c, const struct realm_work *work, const char **shown);
    RESULT (*change)(struct ctx *c, const struct realm_work *work, const char **shown);
    RESULT (*remove)(struct ctx *c, const struct realm_work *work);
};

extern const struct realm_kind realm_kind_tenant, realm_kind_role, realm_kind_resource,
    realm_kind_provider, realm_kind_client, realm_kind_member;

const struct realm_kind *const *realm_kinds(size_t *n);

/* Names with an optional tenant before them: "acme/support". */
const char *realm_place(struct arena *a, const char *tenant, const char *name)
    __attribute__((returns_nonnull));

/* The id of the tenant `slug`; NULL for NULL.  INVALID_FIELD (`tenant`) if there is none. */
RESULT realm_tenant_id(struct ctx *c, const char *slug, const char **id);

/* All tenants; and the slug of one of them. */
struct tenant_rows;
struct tenant_row;
RESULT realm_tenants(struct ctx *c, struct tenant_rows *out);
const char *realm_slug(const struct tenant_rows *tenants, const char *id);

/* "active" where `status` says nothing, INVALID_FIELD where it says neither that nor "disabled". */
RESULT realm_status(struct ctx *c, const char **status);
bool realm_is_active(const char *status);

/* A growing list of things. */
struct realm_list {
    struct arena *arena;
    void **at;
    size_t n, room;
};
void realm_list_add(struct realm_list *list, void *thing);

/* What `add` finds in each tenant, one after the other. */
typedef RESULT(realm_add_tenant)(struct ctx *c, const struct tenant_row *tenant,
                                 struct realm_list *list);
RESULT realm_by_tenant(struct ctx *c, realm_add_tenant *add, struct realm_things *out);

/* What a secret that is referred to says; NULL for NULL.  INVALID_FIELD. */
RESULT realm_secret_read(struct ctx *c, const struct realm_secret *secret, const char **out);

/* All of a kind that are there, in the order of their keys. */
RESULT realm_now(struct ctx *c, const struct realm_kind *kind, struct realm_things *out);

/* Brings things of a kind into the order of their keys.  INVALID_FIELD if one stands twice. */
RESULT realm_sort(struct ctx *c, const struct realm_kind *kind, struct realm_list *list);

/* ---- a file that was read ---- */

enum { REALM_KINDS_MAX = 8 };
struct realm {
    struct realm_things lists[REALM_KINDS_MAX]; /* of the kinds, in their order, by key */
    bool present[REALM_KINDS_MAX];
    const struct realm_scenario *scenarios;
    size_t scenarios_n;
};

/* ---- as text ---- */

/* One member of a thing as JSON without white space; NULL if it is what the file may leave out. */
const char *realm_field_json(struct arena *a, const struct shape_field *field, const void *thing);

/* A thing, without what the file may leave out. */
void realm_thing_write(struct json_writer *w, const char *name, const struct shape *shape,
                       const void *thing);

/* JSON laid out for people. */
const char *realm_laid_out(struct arena *a, const char *json) __attribute__((returns_nonnull));

/* ---- comparing and proving ---- */

/* What is different between two things of a kind, but for their secrets. */
struct realm_differences {
    struct arena *arena;
    struct realm_difference *at;
    size_t n, room;
};
void realm_differences_add(struct realm_differences *d, const char *name, const char *before,
                           const char *after);
void realm_compare(struct realm_differences *d, const struct shape *shape, const void *now,
                   const void *wanted);

/* What has to be done, from what is there to the file; inside the transaction. */
struct realm_changes {
    struct arena *arena;
    struct realm_change *at;
    size_t n, room;
};
RESULT realm_plan(struct ctx *c, const struct realm_order *order, const struct realm_things *now,
                  struct realm_changes *out);

/* Whether the scenarios hold in the state of the open transaction, which is as before afterwards.
 */
RESULT realm_prove(struct ctx *c, const struct realm_order *order, struct realm_outcome *out);

#endif
