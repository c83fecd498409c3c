/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/kind.h"

static const char *key(struct arena *a, const void *thing)
{
    const struct realm_provider *provider = thing;
    return realm_place(a, NULL, provider->id);
}

static RESULT now(struct ctx *c, struct realm_things *out)
{
    struct realm_list list = { .arena = c->arena };
    struct provider_rows rows;
    TRY(provider_rows_list(c, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct realm_provider *provider = ARENA_NEW(c->arena, struct realm_provider);
        struct provider_metadata *metadata = ARENA_NEW(c->arena, struct provider_metadata);
        TRY(provider_metadata_load(c, rows.at[i].metadata, metadata));
        *provider = (struct realm_provider){ .id = rows.at[i].id,
                                             .kind = rows.at[i].kind,
                                             .name = rows.at[i].name,
                                             .status = rows.at[i].disabled ? "disabled" : "active",
                                             .urls_named_by = provider_named_by(&rows.at[i]),
                                             .metadata = metadata };
        realm_list_add(&list, provider);
    }
    *out = (struct realm_things){ list.at, list.n };
    return ok();
}

static RESULT complete(struct ctx *c, void *thing)
{
    struct realm_provider *provider = thing;
    const char *by = provider->urls_named_by;
    if (by != NULL && !text_equal(by, PROVIDER_NAMED_BY_API) &&
        !text_equal(by, PROVIDER_NAMED_BY_MACHINE))
        return fail_field(c, INVALID_FIELD, "urls_named_by", "This is machine or api.");
    if (provider->name == NULL)
        provider->name = provider->id;
    TRY(realm_secret_read(c, provider->secret, &provider->value));
    return realm_status(c, &provider->status);
}

static const void *keep(struct arena *a, const void *now, const void *wanted)
{
    const struct realm_provider *was = now;
    struct realm_provider *provider = ARENA_NEW(a, struct realm_provider);
    *provider = *(const struct realm_provider *)wanted;
    if (provider->urls_named_by == NULL)
        provider->urls_named_by = was->urls_named_by;
    return provider;
}

static RESULT secret_due(struct ctx *c, const void *thing, bool *due)
{
    const struct realm_provider *provider = thing;
    struct provider_made made;
    bool same = true;
    if (provider->value != NULL) {
        TRY(provider_read(c, provider->id, &made));
        TRY(provider_has_secret(c, provider->id, made.row->sealed, provider->value, &same));
    }
    *due = !same;
    return ok();
}

static struct provider_wanted wanted_of(const struct realm_work *work)
{
    const struct realm_provider *provider = work->wanted;
    const struct provider_metadata *metadata = provider->metadata;
    return (struct provider_wanted){ .id = provider->id,
                                     .kind = provider->kind,
                                     .name = provider->name,
                                     .disabled = !realm_is_active(provider->status),
                                     .metadata = *metadata,
                                     .secret = provider->value,
                                     .urls_named_by = provider->urls_named_by,
                                     .actor_id = work->actor_id };
}

static RESULT add(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct provider_wanted wanted = wanted_of(work);
    struct provider_made made;
    (void)shown;
    return provider_create(c, &wanted, &made);
}

static RESULT change(struct ctx *c, const struct realm_work *work, const char **shown)
{
    const struct realm_provider *was = work->now;
    const struct provider_wanted wanted = wanted_of(work);
    struct provider_made made;
    (void)shown;
    if (!text_equal(was->kind, wanted.kind))
        return fail_field(c, INVALID_FIELD, "kind",
                          "A provider stays of its kind: another one has another id.");
    return provider_change(c, &wanted, &made);
}

static RESULT take_away(struct ctx *c, const struct realm_work *work)
{
    const struct realm_provider *provider = work->now;
    return provider_erase(c, provider->id, work->actor_id);
}

const struct realm_kind realm_kind_provider = {
    .name = "provider",
    .list = "providers",
    .summary = "With whom people may sign in, by id; that of the settings is not among them",
    .shape = &realm_provider_shape,
    .key = key,
    .now = now,
    .complete = complete,
    .keep = keep,
    .secret_due = secret_due,
    .add = add,
    .change = change,
    .remove = take_away,
};
