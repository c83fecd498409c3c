/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are imported: whatever they hold, records are parts of the file, in order, and reading
 * one of them ends.  What the strict reader takes as JSON, the skimming one finds the same parts
 * of.
 */
#include "base/json.h"
#include "jose_fuzzing.h"
#include "realm/csv.h"
#include "realm/import.h"
#include "realm/keycloak.h"
#include "realm/skim.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_records(struct ctx *c, const struct import_format *format, struct bytes bytes)
{
    const struct keycloak_roles roles = { { NULL, 0 }, { NULL, 0 } };
    struct import_file file = { .format = format, .bytes = bytes, .at = bytes.at, .also = &roles };
    struct bytes record;
    const uint8_t *behind = bytes.at;
    bool open = format->open(c, &file);
    while (open && format->next(&file, &record)) {
        struct import_person person = { .email = NULL };
        struct import_notes notes = { .arena = c->arena };
        bool skip = false;
        must(record.at >= behind && record.at + record.n <= bytes.at + bytes.n);
        behind = record.at + record.n;
        must(file.at >= behind);
        err done = format->read(c, &file, record, &person, &notes, &skip);
        must(done.code != ERR_OK || skip || person.email != NULL);
        fault_clear(c);
    }
}

/* The items of an array, by both readers. */
static void compare_items(struct ctx *c, struct bytes bytes)
{
    struct json strict = json_open(c->arena, bytes);
    struct skim quick = { bytes.at, bytes.at + bytes.n, false };
    struct json_value v;
    struct json sound = json_open(c->arena, bytes);
    if (!json_value(&sound, &v) || v.kind != JSON_ARRAY || !json_skip(&sound, &v) ||
        !json_done(&sound))
        return;
    must(json_value(&strict, &v) && skim_enter(&quick, '['));
    while (json_item(&strict, &v)) {
        struct bytes part;
        must(json_skip(&strict, &v) && skim_item(&quick, &part));
        must(part.n == v.raw.n && part.at == v.raw.at);
    }
    struct bytes none;
    must(!skim_item(&quick, &none) && !quick.wrong);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ctx c = fuzz_context();
    /* Whole, so that a step beyond the end is seen. */
    uint8_t *copy = arena_copy(c.arena, data, size);
    const struct bytes bytes = { copy, size };
    read_records(&c, &import_json_lines, bytes);
    read_records(&c, &import_csv, bytes);
    read_records(&c, &import_keycloak, bytes);
    compare_items(&c, bytes);
    arena_end(c.arena);
    return 0;
}
