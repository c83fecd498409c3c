/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/import.h"

#include "base/codec.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "identity/people.h"
#include "realm/import_report.h"
#include "store/imports.h"
#include "store/tenants.h"

#include <string.h>

/* Some records, read but not taken over. */
struct unit {
    const struct import_order *order;
    const char *tenant_id; /* of who names none */
    struct import_row before, now;
    size_t n;
    struct import_record {
        struct import_person person;
        struct import_notes notes;
        const char *why, *field; /* it is left out; or NULL */
        bool skip;
    } records[IMPORT_UNIT];
    bool undone;
};

void import_note(struct import_notes *notes, const char *what, const char *why)
{
    if (notes->n == sizeof notes->at / sizeof notes->at[0])
        return;
    notes->at[notes->n].what = what;
    notes->at[notes->n++].why = why;
}

/* What is wrong with a record, as people may read it; what is wrong with us goes up. */
static RESULT take_failure(struct ctx *c, err done, struct import_record *record)
{
    if (done.code == ERR_OK || done.code == ERR_UNAVAILABLE || done.code == ERR_INTERNAL ||
        done.code == ERR_OUT_OF_MEMORY)
        return done;
    record->why = c->fault.say != NULL ? c->fault.say : err_row(done.code)->title;
    record->field = c->fault.field;
    fault_clear(c);
    return ok();
}

/* ---- reading ---- */

/* Why the hash of a record is of no use; NULL if it is, or there is none. */
static RESULT judge_hash(struct ctx *c, const struct import_person *person, const char **why)
{
    struct import_record found = { .why = person->bad_hash };
    if (found.why == NULL && person->password_hash != NULL)
        TRY(take_failure(c, password_import_check(c, person->password_hash), &found));
    *why = found.why;
    return ok();
}

static RESULT check_hash(struct ctx *c, const struct import_order *order,
                         struct import_record *record)
{
    const char *why = NULL;
    if (record->why != NULL)
        return ok();
    TRY(judge_hash(c, &record->person, &why));
    if (why == NULL)
        return ok();
    if (!order->no_bad_passwords) {
        record->why = why;
        record->field = "password_hash";
        return ok();
    }
    import_note(&record->notes, "password", why);
    record->person.password_hash = NULL;
    return ok();
}

static RESULT read_record(struct ctx *c, const struct import_file *file, struct bytes bytes,
                          const struct import_order *order, struct import_record *record)
{
    *record = (struct import_record){ .notes = { .arena = c->arena } };
    if (bytes.n > IMPORT_RECORD_MAX) {
        record->why = "It is larger than 64 KiB.";
        return ok();
    }
    TRY(take_failure(
        c, file->format->read(c, file, bytes, &record->person, &record->notes, &record->skip),
        record));
    return check_hash(c, order, record);
}

/* The next records, as many as make a unit. */
static RESULT read_unit(struct ctx *c, struct import_file *file, struct unit *unit)
{
    const uint8_t *from = file->at;
    struct bytes bytes;
    unit->n = 0;
    while (unit->n < IMPORT_UNIT && file->at - from < IMPORT_UNIT_BYTES &&
           file->format->next(file, &bytes))
        TRY(read_record(c, file, bytes, unit->order, &unit->records[unit->n++]));
    return ctx_check_memory(c);
}

/* ---- taking over ---- */

struct taking {
    const struct unit *unit;
    struct import_record *record;
};

static RESULT tenant_of(struct ctx *c, const struct taking *t, const char **id)
{
    const struct tenant_row *tenant = NULL;
    const char *slug = t->record->person.tenant;
    *id = t->unit->tenant_id;
    if (slug == NULL)
        return ok();
    TRY(tenant_find_slug(c, slug, &tenant));
    if (tenant == NULL)
        return fail_field(c, INVALID_FIELD, "tenant", "There is no such tenant.");
    *id = tenant->id;
    return ok();
}

static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct taking *t = arg;
    const struct import_person *person = &t->record->person;
    const struct user_row *user = NULL;
    struct people_new new = {
        .email = person->email,
        .full_name = person->full_name == NULL ? person->email : person->full_name,
        .password_hash = person->password_hash,
        .must_change = person->must_change,
        .unverified = person->unverified,
        .disabled = person->disabled,
        .quiet = true,
        .roles = person->roles,
    };
    TRY(tenant_of(c, t, &new.tenant_id));
    return people_add(c, &new, &user);
}

/* One line of the report for what was left out of record `number`. */
static void report(struct unit *unit, struct text_buffer *lines, int64_t number,
                   const struct import_record *record)
{
    const char *where =
        text_printf(lines->arena, "%s %lld", unit->order->format->record, (long long)number);
    if (record->why != NULL) {
        import_report_line(lines,
                           &(struct import_line){ where, "user", record->field, record->why });
        unit->now.left_out++;
        return;
    }
    for (size_t i = 0; i < record->notes.n; i++)
        import_report_line(lines, &(struct import_line){ where, record->notes.at[i].what, NULL,
                                                         record->notes.at[i].why });
    unit->now.added += record->skip ? 0 : 1;
}

/* Somebody who cannot be taken over leaves nothing; who has an account keeps it as it is. */
static RESULT take_one(struct ctx *c, struct unit *unit, const struct import_record *read,
                       struct text_buffer *lines)
{
    struct import_record record = *read;
    struct taking taking = { unit, &record };
    if (record.why == NULL && !record.skip)
        TRY(take_failure(c, db_atomically(c, take_in, &taking), &record));
    report(unit, lines, ++unit->now.number, &record);
    return ok();
}

static RESULT unit_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct unit *unit = arg;
    struct text_buffer lines = text_buffer(c->arena);
    int64_t position = unit->now.position;
    bool done = false;
    unit->undone = false;
    unit->now = unit->before;
    unit->now.position = position;
    for (size_t i = 0; i < unit->n; i++)
        TRY(take_one(c, unit, &unit->records[i], &lines));
    unit->now.tail = text_of(&lines);
    unit->now.report_bytes += (int64_t)lines.n;
    if (unit->order->dry_run) {
        unit->undone = true;
        return fail(c, CONFLICT, "undone");
    }
    TRY(import_step(c, unit->before.position, &unit->now, &done));
    return done ? ok()
                : fail_say(c, CONFLICT, "Another process imports this file.",
                           "the import is no longer at %lld", (long long)unit->before.position);
}

/* A dry run is a part that is undone, so that what it has found is told. */
static RESULT unit_or_part(struct ctx *c, struct db *tx, void *arg)
{
    struct unit *unit = arg;
    (void)tx;
    err done = db_atomically(c, unit_in, unit);
    if (!unit->undone)
        return done;
    fault_clear(c);
    return ok();
}

/* ---- the file ---- */

/* Of the files and of how they are read: a changed file is another one. */
static const char *id_of(struct ctx *c, const struct import_order *order, const char *tenant_id)
{
    uint8_t digest[DIGEST_SHA256];
    struct framed all = framed(c->arena);
    sha256(order->bytes, digest);
    framed_add(&all, (struct bytes){ digest, sizeof digest });
    sha256(order->beside, digest);
    if (order->beside.n > 0)
        framed_add(&all, (struct bytes){ digest, sizeof digest });
    framed_add_text(&all, order->format->name);
    framed_add_text(&all, tenant_id);
    framed_add_int(&all, order->no_bad_passwords);
    sha256(framed_bytes(&all), digest);
    return hex_encode(c->arena, (struct bytes){ digest, sizeof digest });
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

static RESULT wrong_file(struct ctx *c, const struct import_file *file, int64_t records)
{
    return fail_say(c, INVALID_REQUEST,
                    text_printf(c->arena, "%s, behind record %lld at byte %td.", file->wrong,
                                (long long)records, file->at - file->bytes.at),
                    "the file cannot be read to its end");
}

/* Units until the file ends; what each needs in memory goes with it. */
static RESULT walk(struct ctx *c, struct import_file *file, struct unit *unit)
{
    const struct import_order *order = unit->order;
    for (;;) {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(read_unit(c, file, unit));
        if (unit->n == 0)
            return ok();
        unit->now.position = file->at - file->bytes.at;
        TRY(db_atomically(c, unit_or_part, unit));
        TRY(import_report_write(c, order->report, &unit->now));
        unit->before = unit->now;
        unit->before.tail = "";
        arena_rewind(c->arena, mark);
        if (order->tell != NULL)
            order->tell(order->tell_arg, unit->now.position, (int64_t)order->bytes.n);
    }
}

static RESULT begin(struct ctx *c, struct unit *unit, struct import_file *file)
{
    const char *id = id_of(c, unit->order, unit->tenant_id);
    unit->before = (struct import_row){ .id = id, .tail = "" };
    if (!unit->order->dry_run)
        TRY(import_begin(c, id, &unit->before));
    if (!file->format->open(c, file))
        return wrong_file(c, file, 0);
    /* What was found at this place is where the next record is looked for. */
    if (unit->before.position > 0 && unit->before.position <= (int64_t)file->bytes.n)
        file->at = file->bytes.at + unit->before.position;
    return import_report_open(c, unit->order->report, &unit->before);
}

RESULT import_people(struct ctx *c, const struct import_order *order, struct import_outcome *out)
{
    struct unit *unit = ARENA_NEW(c->arena, struct unit);
    struct import_file file = {
        .format = order->format, .bytes = order->bytes, .at = order->bytes.at, .also = order->also
    };
    unit->order = order;
    TRY(find_tenant(c, order->tenant, &unit->tenant_id));
    TRY(begin(c, unit, &file));
    int64_t resumed_at = unit->before.number;
    TRY(walk(c, &file, unit));
    if (file.wrong != NULL)
        return wrong_file(c, &file, unit->before.number);
    if (!order->dry_run)
        TRY(import_end(c, unit->before.id));
    *out = (struct import_outcome){ .records = unit->before.number,
                                    .added = unit->before.added,
                                    .left_out = unit->before.left_out,
                                    .resumed_at = resumed_at };
    return ok();
}
