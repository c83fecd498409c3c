/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_REALM_IMPORT_H
#define UAUTH_REALM_IMPORT_H

/*
 * People from other systems, with the hashes of their passwords.  A file is read record by record;
 * IMPORT_UNIT of them are one transaction, which also says how far the file has come: a process
 * that is killed leaves whole people behind it, and the next run goes on where it ended.  Who
 * cannot be taken over is left out as a whole, and the report says why.
 *
 * The report is JSON, one object a line: where in the file, what was left out, and why.  It names
 * nobody: the file does.
 */

#include "base/shape.h"
#include "crypto/password.h"

enum {
    IMPORT_UNIT = 100, /* each is about seven rows; what SQLite undoes parts by costs the square */
    IMPORT_UNIT_BYTES = 4 << 20,
    IMPORT_RECORD_MAX = 64 * 1024,
    IMPORT_ROLES_MAX = 64
};

/* Somebody, as one line of JSON says it, or a row of CSV under these titles. */
struct import_person {
    const char *email, *full_name, *password_hash, *tenant;
    struct texts roles;
    bool unverified, disabled, must_change;
    const char *bad_hash; /* why a format has found no use for their hash; or NULL */
};
/* clang-format off */
SHAPE(import_person,
    FIELD(import_person, email, REQUIRED | EMAIL, 3, 254, "Address, by which they sign in"),
    FIELD(import_person, full_name, OPTIONAL, 1, 255, "What they are called; the address if left out"),
    FIELD(import_person, password_hash, OPTIONAL | SECRET, 1, PASSWORD_STORED_MAX, "Hash of their password (crypto/password.h); none: they get a link to choose one"),
    FIELD(import_person, tenant, OPTIONAL, 1, 63, "The tenant in which they are at home, by slug"),
    FIELD(import_person, roles, OPTIONAL, 0, IMPORT_ROLES_MAX, "Their roles there, beside user"),
    FIELD(import_person, unverified, OPTIONAL, 0, 0, "Their address still has to be verified"),
    FIELD(import_person, disabled, OPTIONAL, 0, 0, "They cannot sign in"),
    FIELD(import_person, must_change, OPTIONAL, 0, 0, "They have to change the password at their next sign-in"));
/* clang-format on */

/* The bounds of import_person, for somebody whom a format has found otherwise. */
RESULT import_person_check(struct ctx *c, struct import_person *person);

/* A file on its way. */
struct import_file {
    const struct import_format *format;
    struct bytes bytes;   /* all of it */
    const uint8_t *at;    /* behind the last record that was found */
    const char *wrong;    /* why nothing further can be found; or NULL */
    struct texts columns; /* of CSV */
    const void *also;     /* what a format keeps of the rest */
};

/* What of a record could not be taken over though its owner was. */
enum { IMPORT_NOTES_MAX = 16 };
struct import_notes {
    struct arena *arena;
    struct {
        const char *what, *why;
    } at[IMPORT_NOTES_MAX];
    size_t n;
};
void import_note(struct import_notes *notes, const char *what, const char *why);

struct import_format {
    const char *name;
    const char *record; /* what a record is called in the report: "record", "users" */
    /* Goes to the first record.  False if it is no such file: `wrong`. */
    bool (*open)(struct ctx *c, struct import_file *file);
    /* The next record; false at the end, or if `wrong`. */
    bool (*next)(struct import_file *file, struct bytes *record);
    /* Reads one.  A failure leaves it out; *skip: it is nobody.  `person` is zeroed. */
    RESULT(*read)
    (struct ctx *c, const struct import_file *file, struct bytes record,
     struct import_person *person, struct import_notes *notes, bool *skip);
};
extern const struct import_format import_json_lines, import_csv, import_keycloak, import_auth0;

struct import_order {
    const struct import_format *format;
    struct bytes bytes;
    const void *also;      /* for the format */
    struct bytes beside;   /* the other file that it is from; or nothing */
    const char *tenant;    /* slug: of who names none; NULL: the default one */
    bool dry_run;          /* everything is done and undone, unit by unit */
    bool no_bad_passwords; /* who has a hash that cannot be taken over comes without a password */
    int report;            /* a file that can be read and written; -1: none */
    void (*tell)(void *arg, int64_t done, int64_t of); /* bytes; or NULL */
    void *tell_arg;
};

struct import_outcome {
    int64_t records, added, left_out; /* of the whole file, whichever run did it */
    int64_t resumed_at;               /* the number of records that were done before */
};

/*
 * INVALID_FIELD for a tenant that is not there; INVALID_REQUEST for what is no such file, once what
 * comes before has been taken over; CONFLICT if another process imports the same file; UNAVAILABLE.
 */
RESULT import_people(struct ctx *c, const struct import_order *order, struct import_outcome *out);

#endif
