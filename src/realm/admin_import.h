/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_ADMIN_IMPORT_H
#define UAUTH_REALM_ADMIN_IMPORT_H

/*
 * People of other systems through the API, unit by unit: whoever has the file sends what is next of
 * it, and how far that brings them.  A unit is one transaction with the place that the import has
 * come to, so one that is sent twice is taken over once, and a run that was ended goes on.  Who
 * sends may give nobody more than they have, and reaches tenants as far as they do otherwise.
 */

#include "api/admin.h"
#include "realm/import.h"

enum {
    ADMIN_IMPORT_BODY_MAX = 512 * 1024,
    ADMIN_IMPORT_CEILING = 32 << 20,
    ADMIN_IMPORT_BYTES = 128 * 1024, /* of a file, of which a unit is made at most, but for its last
                                       record: with what is noted of it, a body holds it */
    ADMIN_IMPORT_FIELD_MAX = 255,
    ADMIN_IMPORT_WHY_MAX = 900,
    ADMIN_IMPORT_NOTES_MAX = 1600, /* IMPORT_UNIT times what a record may have */
    ADMIN_IMPORT_TAIL_MAX = 1 << 20
};

/* A record of which whoever sends has found that it is nobody who can be taken over, or nobody. */
struct admin_import_left {
    int64_t place;
    const char *field, *why;
};
/* clang-format off */
SHAPE(admin_import_left,
    FIELD(admin_import_left, place, REQUIRED, 0, IMPORT_UNIT - 1, "Its place in the unit, from 0, the people beside it counted"),
    FIELD(admin_import_left, field, OPTIONAL, 1, ADMIN_IMPORT_FIELD_MAX, "The member that is wrong"),
    FIELD(admin_import_left, why, OPTIONAL, 1, ADMIN_IMPORT_WHY_MAX, "Why it is left out; not given: it is no person, and the report does not speak of it"));

/* What of a record cannot be taken over though its owner is. */
struct admin_import_note {
    int64_t place;
    const char *what, *why;
};
SHAPE(admin_import_note,
    FIELD(admin_import_note, place, REQUIRED, 0, IMPORT_UNIT - 1, "The place of their record in the unit"),
    FIELD(admin_import_note, what, REQUIRED, 1, ADMIN_IMPORT_FIELD_MAX, "What is left out: role, second factor, identity"),
    FIELD(admin_import_note, why, REQUIRED, 1, ADMIN_IMPORT_WHY_MAX, "Why"));

struct admin_import {
    struct items people, left_out, notes;
};
SHAPE(admin_import,
    FIELD_OF(admin_import, people, OPTIONAL, 0, IMPORT_UNIT, &import_person_shape, "Who is taken over, or left out as a whole and named in the report"),
    FIELD_OF(admin_import, left_out, OPTIONAL, 0, IMPORT_UNIT, &admin_import_left_shape, "Records of the file that are left out in any case, in their order: at most 100 with the people"),
    FIELD_OF(admin_import, notes, OPTIONAL, 0, ADMIN_IMPORT_NOTES_MAX, &admin_import_note_shape, "What of people who are taken over is not, for the report: at most 16 of each, in the order of the records"));

struct admin_import_query {
    const char *import, *tenant, *record;
    int64_t from, to, number;
    bool last, dry_run, drop_bad_passwords;
};
SHAPE(admin_import_query,
    FIELD(admin_import_query, import, REQUIRED, 16, 64, "A name for the file that no other file has, such as the digest of it"),
    FIELD(admin_import_query, tenant, OPTIONAL, 1, 63, "The home of who names none, by slug; one's own if it is not given"),
    FIELD(admin_import_query, record, OPTIONAL, 1, 32, "What a record is called in the report; record if it is not given"),
    FIELD(admin_import_query, from, OPTIONAL, 0, INT64_MAX, "Where the unit begins: the position that was answered last"),
    FIELD(admin_import_query, to, OPTIONAL, 0, INT64_MAX, "Where it ends; without it, or with 0, the import begins, or tells where to go on"),
    FIELD(admin_import_query, number, OPTIONAL, 0, INT64_MAX, "Of a dry run: how many records come before"),
    FIELD(admin_import_query, last, OPTIONAL, 0, 0, "The file ends here: sent again, it is another import"),
    FIELD(admin_import_query, dry_run, OPTIONAL, 0, 0, "Do it and undo it; nothing is remembered"),
    FIELD(admin_import_query, drop_bad_passwords, OPTIONAL, 0, 0, "Take people whose hash is of no use without a password"));

/* Where the import is by now; of a dry run, what would come of the unit. */
struct admin_import_state {
    int64_t position, records, added, left_out, report_bytes;
    const char *tail;
};
SHAPE(admin_import_state,
    FIELD(admin_import_state, position, REQUIRED, 0, INT64_MAX, "Where the next unit begins"),
    FIELD(admin_import_state, records, REQUIRED, 0, INT64_MAX, "How many records are done"),
    FIELD(admin_import_state, added, REQUIRED, 0, INT64_MAX, "Who is taken over of them"),
    FIELD(admin_import_state, left_out, REQUIRED, 0, INT64_MAX, "Who is left out of them"),
    FIELD(admin_import_state, report_bytes, REQUIRED, 0, INT64_MAX, "How long the report is with what this unit adds"),
    FIELD(admin_import_state, tail, REQUIRED, 0, ADMIN_IMPORT_TAIL_MAX, "What it adds: JSON lines of what was left out and why"));
/* clang-format on */

RESULT post_admin_users_import(struct req *r);

#endif
