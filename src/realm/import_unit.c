/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/import_unit.h"

#include "identity/people.h"
#include "realm/import_report.h"
#include "store/roles.h"
#include "store/tenants.h"

void import_note(struct import_notes *notes, const char *what, const char *why)
{
    if (notes->n == IMPORT_NOTES_MAX)
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

/* The hash is of no use, or its owner. */
static void refuse_hash(bool drop, struct import_record *record, const char *why)
{
    record->person.bad_hash = NULL;
    record->person.password_hash = NULL;
    if (drop) {
        import_note(&record->notes, "password", why);
        return;
    }
    record->why = why;
    record->field = "password_hash";
}

void import_record_judge_read(struct import_record *record, bool drop_bad_passwords)
{
    if (record->why == NULL && record->person.bad_hash != NULL)
        refuse_hash(drop_bad_passwords, record, record->person.bad_hash);
}

static RESULT check_hash(struct ctx *c, const struct import_unit *unit,
                         struct import_record *record)
{
    struct import_record found = { .why = NULL };
    import_record_judge_read(record, unit->no_bad_passwords);
    if (record->why != NULL || record->person.password_hash == NULL)
        return ok();
    TRY(take_failure(c, password_import_check(c, record->person.password_hash), &found));
    if (found.why != NULL)
        refuse_hash(unit->no_bad_passwords, record, found.why);
    return ok();
}

RESULT import_unit_judge(struct ctx *c, struct import_unit *unit)
{
    for (size_t i = 0; i < unit->n; i++)
        TRY(check_hash(c, unit, &unit->records[i]));
    return ctx_check_memory(c);
}

static RESULT read_record(struct ctx *c, const struct import_file *file, struct bytes bytes,
                          struct import_record *record)
{
    *record = (struct import_record){ .notes = { .arena = c->arena } };
    if (bytes.n > IMPORT_RECORD_MAX) {
        record->why = "It is larger than 64 KiB.";
        return ok();
    }
    return take_failure(
        c, file->format->read(c, file, bytes, &record->person, &record->notes, &record->skip),
        record);
}

RESULT import_unit_read(struct ctx *c, struct import_file *file, size_t bytes_max,
                        struct import_unit *unit)
{
    const uint8_t *from = file->at;
    struct bytes bytes;
    unit->n = 0;
    while (unit->n < IMPORT_UNIT && file->at - from < (ptrdiff_t)bytes_max &&
           file->format->next(file, &bytes))
        TRY(read_record(c, file, bytes, &unit->records[unit->n++]));
    return ctx_check_memory(c);
}

/* ---- taking over ---- */

struct taking {
    const struct import_unit *unit;
    struct import_record *record;
};

/* Whose tenant it is, an actor may have no business to know. */
static RESULT tenant_of(struct ctx *c, const struct taking *t, const char **id)
{
    const struct tenant_row *tenant = NULL;
    const struct actor *actor = t->unit->actor;
    const char *slug = t->record->person.tenant;
    *id = t->unit->tenant_id;
    if (slug == NULL)
        return ok();
    TRY(tenant_find_slug(c, slug, &tenant));
    if (tenant == NULL || (actor != NULL && !authority_reaches(actor, tenant->id)))
        return fail_field(c, INVALID_FIELD, "tenant", "There is no such tenant.");
    *id = tenant->id;
    return ok();
}

/* Who gives roles along with an account needs what giving them needs. */
static RESULT check_giving(struct ctx *c, const struct actor *actor, struct texts roles)
{
    const char *assign[] = { "roles:assign" };
    for (size_t i = 0; i < roles.n; i++)
        if (!text_equal(roles.at[i], ROLE_USER))
            return authority_to_give(c, actor, (struct texts){ assign, 1 });
    return ok();
}

static RESULT add(struct ctx *c, struct people_new *person, const struct actor *actor)
{
    const struct user_row *user = NULL;
    if (actor == NULL)
        return people_add(c, person, &user);
    struct actor *over = ARENA_NEW(c->arena, struct actor);
    *over = *actor;
    over->over = person->tenant_id;
    person->actor = over;
    TRY(check_giving(c, over, person->roles));
    return people_add(c, person, &user);
}

static RESULT take_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    const struct taking *t = arg;
    const struct import_person *person = &t->record->person;
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
    return add(c, &new, t->unit->actor);
}

/* One line of the report for what was left out of record `number`. */
static void report(struct import_unit *unit, struct text_buffer *lines, int64_t number,
                   const struct import_record *record)
{
    const char *where = text_printf(lines->arena, "%s %lld", unit->record, (long long)number);
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
static RESULT take_one(struct ctx *c, struct import_unit *unit, const struct import_record *read,
                       struct text_buffer *lines)
{
    struct import_record record = *read;
    struct taking taking = { unit, &record };
    if (record.why == NULL && !record.skip)
        TRY(take_failure(c, db_atomically(c, take_in, &taking), &record));
    report(unit, lines, ++unit->now.number, &record);
    return ok();
}

static RESULT take_all(struct ctx *c, struct import_unit *unit, int64_t position)
{
    struct text_buffer lines = text_buffer(c->arena);
    unit->now = unit->before;
    unit->now.position = position;
    for (size_t i = 0; i < unit->n; i++)
        TRY(take_one(c, unit, &unit->records[i], &lines));
    unit->now.tail = text_of(&lines);
    unit->now.report_bytes += (int64_t)lines.n;
    return ctx_check_memory(c);
}

RESULT import_unit_take(struct ctx *c, struct import_unit *unit, int64_t position)
{
    bool done = false;
    TRY(take_all(c, unit, position));
    TRY(import_step(c, unit->before.position, &unit->now, &done));
    return done ? ok()
                : fail_say(c, CONFLICT, "Another process imports this file.",
                           "the import is no longer at %lld", (long long)unit->before.position);
}

/* ---- trying ---- */

struct trying {
    struct import_unit *unit;
    int64_t position;
    bool undone;
};

static RESULT try_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct trying *trying = arg;
    trying->undone = false;
    TRY(take_all(c, trying->unit, trying->position));
    trying->undone = true;
    return fail(c, CONFLICT, "undone");
}

/* A part that is undone, so that what it has found is told. */
RESULT import_unit_try(struct ctx *c, struct import_unit *unit, int64_t position)
{
    struct trying trying = { .unit = unit, .position = position };
    err done = db_atomically(c, try_in, &trying);
    if (!trying.undone)
        return done;
    fault_clear(c);
    return ok();
}
