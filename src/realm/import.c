/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/import.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "realm/import_report.h"
#include "realm/import_unit.h"
#include "store/tenants.h"

/* A file on its way through a transaction each time. */
struct running {
    const struct import_order *order;
    struct import_unit *unit;
    int64_t position; /* behind the unit */
    struct import_report report;
};

static RESULT unit_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct running *run = arg;
    return run->order->dry_run ? import_unit_try(c, run->unit, run->position)
                               : import_unit_take(c, run->unit, run->position);
}

/* ---- the file ---- */

static const char *hex_of(struct ctx *c, struct framed *all)
{
    uint8_t digest[DIGEST_SHA256];
    sha256(framed_bytes(all), digest);
    return hex_encode(c->arena, (struct bytes){ digest, sizeof digest });
}

const char *import_digest(struct ctx *c, const struct import_order *order)
{
    uint8_t digest[DIGEST_SHA256];
    struct framed all = framed(c->arena);
    sha256(order->bytes, digest);
    framed_add(&all, (struct bytes){ digest, sizeof digest });
    sha256(order->beside, digest);
    if (order->beside.n > 0)
        framed_add(&all, (struct bytes){ digest, sizeof digest });
    framed_add_text(&all, order->format->name);
    return hex_of(c, &all);
}

/* Of the files and of how they are read: a changed file is another one. */
static const char *id_of(struct ctx *c, const struct import_order *order, const char *tenant_id)
{
    struct framed all = framed(c->arena);
    framed_add_text(&all, import_digest(c, order));
    framed_add_text(&all, tenant_id);
    framed_add_int(&all, order->no_bad_passwords);
    return hex_of(c, &all);
}

static RESULT find_tenant(struct ctx *c, const char *slug, const char **id)
{
    const struct tenant_row *tenant = NULL;
    *id = TENANT_DEFAULT_ID;
    if (slug == NULL)
        return ok();
    TRY(tenant_find_slug(c, slug, &tenant));
    if (tenant == NULL)
        return fail_field(c, INVALID_FIELD, "--tenant", "There is no such tenant.");
    *id = tenant->id;
    return ok();
}

RESULT import_wrong_file(struct ctx *c, const struct import_file *file, int64_t records)
{
    return fail_say(c, INVALID_REQUEST,
                    text_printf(c->arena, "%s, behind record %lld at byte %td.", file->wrong,
                                (long long)records, file->at - file->bytes.at),
                    "the file cannot be read to its end");
}

/* What was found at this place is where the next record is looked for. */
void import_go_to(struct import_file *file, int64_t position)
{
    if (position > 0 && position <= (int64_t)file->bytes.n)
        file->at = file->bytes.at + position;
}

/* Units until the file ends; what each needs in memory goes with it. */
static RESULT walk(struct ctx *c, struct import_file *file, struct running *run)
{
    const struct import_order *order = run->order;
    struct import_unit *unit = run->unit;
    for (;;) {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(import_unit_read(c, file, IMPORT_UNIT_BYTES, unit));
        if (unit->n == 0)
            return ok();
        TRY(import_unit_judge(c, unit));
        run->position = file->at - file->bytes.at;
        TRY(db_atomically(c, unit_in, run));
        TRY(import_report_write(c, &run->report, &unit->now));
        unit->before = unit->now;
        unit->before.tail = "";
        arena_rewind(c->arena, mark);
        if (order->tell != NULL)
            order->tell(order->tell_arg, run->position, (int64_t)order->bytes.n);
    }
}

static RESULT begin(struct ctx *c, struct running *run, struct import_file *file)
{
    struct import_unit *unit = run->unit;
    const char *id = id_of(c, run->order, unit->tenant_id);
    unit->before = (struct import_row){ .id = id, .tail = "" };
    if (!run->order->dry_run)
        TRY(import_begin(c, id, &unit->before));
    if (!file->format->open(c, file))
        return import_wrong_file(c, file, 0);
    import_go_to(file, unit->before.position);
    return import_report_open(c, &run->report, &unit->before);
}

RESULT import_people(struct ctx *c, const struct import_order *order, struct import_outcome *out)
{
    struct running run = { .order = order,
                           .unit = ARENA_NEW(c->arena, struct import_unit),
                           .report = { .file = order->report } };
    struct import_file file = {
        .format = order->format, .bytes = order->bytes, .at = order->bytes.at, .also = order->also
    };
    struct import_unit *unit = run.unit;
    unit->record = order->format->record;
    unit->no_bad_passwords = order->no_bad_passwords;
    TRY(find_tenant(c, order->tenant, &unit->tenant_id));
    TRY(begin(c, &run, &file));
    int64_t resumed_at = unit->before.number;
    TRY(walk(c, &file, &run));
    if (file.wrong != NULL)
        return import_wrong_file(c, &file, unit->before.number);
    if (!order->dry_run)
        TRY(import_end(c, unit->before.id));
    *out = (struct import_outcome){ .records = unit->before.number,
                                    .added = unit->before.added,
                                    .left_out = unit->before.left_out,
                                    .resumed_at = resumed_at };
    return ok();
}
