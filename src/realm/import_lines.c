/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People as lines of JSON, and as CSV under the same names.
 */
#include "realm/csv.h"
#include "realm/import.h"

#include <string.h>

/* ---- lines of JSON ---- */

static bool lines_open(struct ctx *c, struct import_file *file)
{
    (void)c;
    (void)file;
    return true;
}

static bool is_blank(struct bytes line)
{
    size_t i = 0;
    while (i < line.n && strchr(" \t\r", line.at[i]) != NULL)
        i++;
    return i == line.n;
}

static bool lines_next(struct import_file *file, struct bytes *record)
{
    const uint8_t *end = file->bytes.at + file->bytes.n;
    while (file->at < end) {
        const uint8_t *from = file->at;
        const uint8_t *to = memchr(from, '\n', (size_t)(end - from));
        file->at = to == NULL ? end : to + 1;
        *record = (struct bytes){ from, (size_t)((to == NULL ? end : to) - from) };
        if (!is_blank(*record))
            return true;
    }
    return false;
}

RESULT import_person_check(struct ctx *c, struct import_person *person)
{
    struct json_writer w = json_writer(c->arena);
    const char *bad_hash = person->bad_hash;
    shape_write_brief(&w, NULL, &import_person_shape, person);
    TRY(shape_read_json(c, &import_person_shape, bytes_of(json_written(&w)), person));
    person->bad_hash = bad_hash;
    return ok();
}

static RESULT lines_read(struct ctx *c, const struct import_file *file, struct bytes record,
                         struct import_person *person, struct import_notes *notes, bool *skip)
{
    (void)file;
    (void)notes;
    (void)skip;
    return shape_read_json(c, &import_person_shape, record, person);
}

const struct import_format import_json_lines = {
    .name = "json lines",
    .record = "record",
    .open = lines_open,
    .next = lines_next,
    .read = lines_read,
};

/* ---- CSV ---- */

static const struct shape_field *field_called(const char *name)
{
    for (size_t i = 0; i < import_person_shape.n; i++)
        if (text_equal(import_person_shape.fields[i].name, name))
            return &import_person_shape.fields[i];
    return NULL;
}

/* The first row has the titles. */
static bool csv_open(struct ctx *c, struct import_file *file)
{
    struct bytes row;
    file->wrong = "The first row of CSV names the columns: email, full_name, password_hash, "
                  "tenant, roles, unverified, disabled, must_change";
    if (!csv_next(&file->at, file->bytes.at + file->bytes.n, &row) || row.n > IMPORT_RECORD_MAX ||
        !csv_fields(c->arena, row, &file->columns))
        return false;
    for (size_t i = 0; i < file->columns.n; i++)
        if (field_called(file->columns.at[i]) == NULL ||
            texts_hold((struct texts){ file->columns.at, i }, file->columns.at[i]))
            return false;
    if (!texts_hold(file->columns, "email"))
        return false;
    file->wrong = NULL;
    return true;
}

static bool csv_next_record(struct import_file *file, struct bytes *record)
{
    const uint8_t *end = file->bytes.at + file->bytes.n;
    while (csv_next(&file->at, end, record))
        if (record->n > 0)
            return true;
    return false;
}

/* A cell as the JSON that the shape reads: an empty one is not there. */
static RESULT write_cell(struct ctx *c, struct json_writer *w, const char *column, const char *cell)
{
    const struct shape_field *field = field_called(column);
    if (cell[0] == '\0')
        return ok();
    if (field->kind == SHAPE_TEXTS) {
        json_texts(w, column, text_split(c->arena, cell, ' '));
        return ok();
    }
    if (field->kind != SHAPE_BOOL) {
        json_text(w, column, cell);
        return ok();
    }
    bool yes = text_equal_nocase(cell, "true") || text_equal(cell, "1");
    bool no = text_equal_nocase(cell, "false") || text_equal(cell, "0");
    if (!yes && !no)
        return fail_field(c, INVALID_FIELD, column, "This is true or false.");
    json_bool(w, column, yes);
    return ok();
}

static RESULT csv_read(struct ctx *c, const struct import_file *file, struct bytes record,
                       struct import_person *person, struct import_notes *notes, bool *skip)
{
    struct json_writer w = json_writer(c->arena);
    struct texts cells;
    (void)notes;
    (void)skip;
    if (!csv_fields(c->arena, record, &cells))
        return fail_say(c, INVALID_REQUEST, "This is no row of CSV (RFC 4180).", "a bad row");
    if (cells.n != file->columns.n)
        return fail_say(c, INVALID_REQUEST, "The row has another number of cells than the first.",
                        "%zu cells, %zu columns", cells.n, file->columns.n);
    json_object(&w, NULL);
    for (size_t i = 0; i < cells.n; i++)
        TRY(write_cell(c, &w, file->columns.at[i], cells.at[i]));
    json_object_end(&w);
    return shape_read_json(c, &import_person_shape, bytes_of(json_written(&w)), person);
}

const struct import_format import_csv = {
    .name = "csv",
    .record = "record",
    .open = csv_open,
    .next = csv_next_record,
    .read = csv_read,
};
