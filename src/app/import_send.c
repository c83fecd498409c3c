/* SPDX-License-Identifier: Apache-2.0 */
#include "app/import_send.h"

#include "base/text.h"
#include "realm/admin_import.h"
#include "realm/import_report.h"
#include "realm/import_unit.h"

/* A file on its way to a service. */
struct sending {
    const struct admin_server *server;
    const struct import_order *order;
    struct import_file file;
    const char *digest; /* of the file, by which the service knows it again */
    struct import_unit *unit;
    struct import_row row; /* how far it has come */
    struct import_report report;
};

/* ---- a unit ---- */

/* Why a record is left out, as it may be sent. */
static struct admin_import_left left_of(const struct import_record *record, size_t place)
{
    const char *field = record->field;
    bool sendable = field != NULL && *field != '\0' && !text_has_control(field) &&
                    text_code_points(field) <= ADMIN_IMPORT_FIELD_MAX;
    return (struct admin_import_left){ .place = (int64_t)place,
                                       .field = sendable ? field : NULL,
                                       .why = record->why };
}

static size_t add_notes(const struct import_record *record, size_t place,
                        struct admin_import_note *notes)
{
    if (record->why != NULL || record->skip)
        return 0;
    for (size_t i = 0; i < record->notes.n; i++)
        notes[i] = (struct admin_import_note){ .place = (int64_t)place,
                                               .what = record->notes.at[i].what,
                                               .why = record->notes.at[i].why };
    return record->notes.n;
}

static struct admin_import body_of(struct arena *a, const struct import_unit *unit)
{
    size_t notes_max = unit->n * IMPORT_NOTES_MAX;
    struct admin_import_note *notes = ARENA_NEWS(a, struct admin_import_note, notes_max);
    struct import_person *people = ARENA_NEWS(a, struct import_person, unit->n);
    struct admin_import_left *left = ARENA_NEWS(a, struct admin_import_left, unit->n);
    size_t people_n = 0, left_n = 0, notes_n = 0;
    for (size_t i = 0; i < unit->n; i++) {
        const struct import_record *record = &unit->records[i];
        notes_n += add_notes(record, i, notes + notes_n);
        if (record->why != NULL || record->skip)
            left[left_n++] = left_of(record, i);
        else
            people[people_n++] = record->person;
    }
    return (struct admin_import){ { people, people_n }, { left, left_n }, { notes, notes_n } };
}

static const char *number_text(struct arena *a, int64_t number)
{
    return text_printf(a, "%lld", (long long)number);
}

/* Sends the unit, which ends at `to`; 0: the import begins. */
static RESULT send_to(struct ctx *c, const struct sending *s, int64_t to, bool last,
                      struct admin_import_state *state)
{
    const struct import_order *order = s->order;
    const struct admin_import in = body_of(c->arena, s->unit);
    const struct admin_call call = {
        .method = "POST",
        .path = "/admin/users/import",
        .query = { { "import", s->digest },
                   { "tenant", order->tenant },
                   { "record", order->format->record },
                   { "from", number_text(c->arena, to == 0 ? 0 : s->row.position) },
                   { "to", number_text(c->arena, to) },
                   { "number", number_text(c->arena, s->row.number) },
                   { "last", last ? "true" : NULL },
                   { "dry_run", order->dry_run ? "true" : NULL },
                   { "drop_bad_passwords", order->no_bad_passwords ? "true" : NULL } },
        .in_shape = &admin_import_shape,
        .in = &in,
        .out_shape = &admin_import_state_shape,
        .out = state
    };
    return admin_send(c, s->server, &call, NULL);
}

/* A dry run is not remembered there: it is counted here. */
static struct import_row row_of(const struct sending *s, const struct admin_import_state *state)
{
    struct import_row row = { .position = state->position,
                              .number = state->records,
                              .added = state->added,
                              .left_out = state->left_out,
                              .report_bytes = state->report_bytes,
                              .tail = state->tail };
    if (!s->order->dry_run)
        return row;
    row.added += s->row.added;
    row.left_out += s->row.left_out;
    row.report_bytes += s->row.report_bytes;
    return row;
}

static RESULT send_unit(struct ctx *c, struct sending *s)
{
    struct admin_import_state state;
    int64_t to = s->file.at - s->file.bytes.at;
    TRY(send_to(c, s, to, false, &state));
    if (state.position != to)
        return fail_say(c, CONFLICT, "Another process imports this file.",
                        "the import is at %lld, not at %lld", (long long)state.position,
                        (long long)to);
    s->row = row_of(s, &state);
    TRY(import_report_write(c, &s->report, &s->row));
    s->row.tail = "";
    return ok();
}

/* ---- the file ---- */

/* Units until the file ends; what each needs in memory goes with it. */
static RESULT walk(struct ctx *c, struct sending *s)
{
    const struct import_order *order = s->order;
    for (;;) {
        struct arena_mark mark = arena_mark(c->arena);
        TRY(import_unit_read(c, &s->file, ADMIN_IMPORT_BYTES, s->unit));
        if (s->unit->n == 0)
            return ok();
        for (size_t i = 0; i < s->unit->n; i++)
            import_record_judge_read(&s->unit->records[i], order->no_bad_passwords);
        TRY(send_unit(c, s));
        arena_rewind(c->arena, mark);
        if (order->tell != NULL)
            order->tell(order->tell_arg, s->row.position, (int64_t)order->bytes.n);
    }
}

static RESULT begin(struct ctx *c, struct sending *s)
{
    struct admin_import_state state;
    if (!s->file.format->open(c, &s->file))
        return import_wrong_file(c, &s->file, 0);
    if (!s->order->dry_run) {
        TRY(send_to(c, s, 0, false, &state));
        s->row = row_of(s, &state);
    }
    import_go_to(&s->file, s->row.position);
    return import_report_open(c, &s->report, &s->row);
}

static RESULT end(struct ctx *c, struct sending *s)
{
    struct admin_import_state state;
    if (s->file.wrong != NULL)
        return import_wrong_file(c, &s->file, s->row.number);
    return s->order->dry_run ? ok() : send_to(c, s, s->row.position, true, &state);
}

RESULT import_send(struct ctx *c, const struct admin_server *server,
                   const struct import_order *order, struct import_outcome *out)
{
    struct sending s = { .server = server,
                         .order = order,
                         .file = { .format = order->format,
                                   .bytes = order->bytes,
                                   .at = order->bytes.at,
                                   .also = order->also },
                         .digest = import_digest(c, order),
                         .unit = ARENA_NEW(c->arena, struct import_unit),
                         .row = { .tail = "" },
                         .report = { .file = order->report } };
    TRY(begin(c, &s));
    int64_t resumed_at = s.row.number;
    TRY(walk(c, &s));
    TRY(end(c, &s));
    *out = (struct import_outcome){ .records = s.row.number,
                                    .added = s.row.added,
                                    .left_out = s.row.left_out,
                                    .resumed_at = resumed_at };
    return ok();
}
