/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/resource_change.h"

#include "base/json_writer.h"
#include "db/db.h"
#include "identity/audit.h"
#include "identity/audit_changes.h"
#include "oauth/protected_resource.h"
#include "token/authorization_details.h"

static RESULT refuse(struct ctx *c, const char *field, const char *say)
{
    return fail_field(c, INVALID_FIELD, field, say);
}

/* What a type means is said in one place. */
static RESULT check_types(struct ctx *c, const char *uri, const struct resource_metadata *metadata)
{
    const struct details_type *own = metadata->authorization_details_types.at;
    struct details_types all;
    TRY(details_types_all(c, &all));
    for (size_t i = 0; i < metadata->authorization_details_types.n; i++) {
        if (details_type_find(metadata, own[i].type) != &own[i])
            return refuse(c, "authorization_details_types", "A type stands here twice.");
        for (size_t k = 0; k < all.n; k++)
            if (text_equal(all.at[k].type, own[i].type) && !text_equal(all.resources[k], uri))
                return refuse(c, "authorization_details_types",
                              text_printf(c->arena, "The type %s is that of %s.", own[i].type,
                                          all.resources[k]));
    }
    return ok();
}

static RESULT check_metadata(struct ctx *c, const struct resource_row *resource)
{
    struct resource_metadata metadata;
    if (resource->metadata == NULL)
        return ok();
    TRY(resource_metadata_read(c, resource->metadata, &metadata));
    return check_types(c, resource->uri, &metadata);
}

static const char *row_json(struct ctx *c, const struct resource_row *row)
{
    if (row == NULL)
        return NULL;
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "name", row->name);
    json_texts(&w, "scopes", row->scopes);
    json_object_end(&w);
    return audit_object(c, json_written(&w), row->metadata);
}

static RESULT record(struct ctx *c, enum audit_event event, const char *uri, const char *changed)
{
    const struct audit audit = { .event = event,
                                 .details = { { "resource", uri } },
                                 .changed = changed };
    return audit_add(c, &audit);
}

static RESULT set_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct resource_row *resource = arg;
    const struct resource_row *before = NULL;
    TRY(check_metadata(c, resource));
    TRY(resource_find(c, resource->uri, &before));
    TRY(resource_set(c, resource));
    return record(c, AUDIT_RESOURCE_SET, resource->uri,
                  audit_changes(c, row_json(c, before), row_json(c, resource)));
}

RESULT resource_register(struct ctx *c, const struct resource_row *resource)
{
    struct resource_row row = *resource;
    TRY(protected_resource_check(c, &row));
    return db_atomically(c, set_in, &row);
}

struct removing {
    const char *uri;
    bool removed;
};

static RESULT remove_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct removing *removing = arg;
    TRY(resource_remove(c, removing->uri, &removing->removed));
    return removing->removed ? record(c, AUDIT_RESOURCE_REMOVED, removing->uri, NULL) : ok();
}

RESULT resource_unregister(struct ctx *c, const char *uri)
{
    struct removing removing = { .uri = uri };
    TRY(db_atomically(c, remove_in, &removing));
    return removing.removed ? ok() : fail(c, NOT_FOUND, "there is no resource %s", uri);
}
