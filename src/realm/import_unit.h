/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_IMPORT_UNIT_H
#define UAUTH_REALM_IMPORT_UNIT_H

/*
 * Some records of a file, which are taken over in one transaction or not at all: from the file
 * itself, or as somebody sends them.
 */

#include "db/db.h"
#include "identity/authority.h"
#include "realm/import.h"
#include "store/imports.h"

struct import_record {
    struct import_person person;
    struct import_notes notes;
    const char *why, *field; /* it is left out; or NULL */
    bool skip;
};

struct import_unit {
    const char *record;        /* what one is called in the report */
    const char *tenant_id;     /* of who names none */
    const struct actor *actor; /* who sends it; NULL: a command on the machine */
    bool no_bad_passwords;     /* as in import_order */
    struct import_row before, now;
    size_t n;
    struct import_record records[IMPORT_UNIT];
};

/* The next records of the file, up to about `bytes_max` of it.  n is 0 at its end. */
RESULT import_unit_read(struct ctx *c, struct import_file *file, size_t bytes_max,
                        struct import_unit *unit);

/* Leaves out who has a hash for which the format has found no use, or the hash. */
void import_record_judge_read(struct import_record *record, bool drop_bad_passwords);

/* The same for each whose hash is of no use, whoever has found it. */
RESULT import_unit_judge(struct ctx *c, struct import_unit *unit);

/*
 * Takes them over up to `position`: `now` is what the import has come to.  Inside db_atomically.
 * CONFLICT if it has not stayed where it was before.
 */
RESULT import_unit_take(struct ctx *c, struct import_unit *unit, int64_t position);

/* The same, undone when it is known what would come of it. */
RESULT import_unit_try(struct ctx *c, struct import_unit *unit, int64_t position);

/* Of the files, by which an import is known again. */
const char *import_digest(struct ctx *c, const struct import_order *order);

/* Goes to where the import of the file had come. */
void import_go_to(struct import_file *file, int64_t position);

/* INVALID_REQUEST: what is behind that many records is no further one. */
RESULT import_wrong_file(struct ctx *c, const struct import_file *file, int64_t records);

#endif
