/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/csv.h"

#include <string.h>

bool csv_next(const uint8_t **at, const uint8_t *end, struct bytes *record)
{
    const uint8_t *from = *at;
    bool quoted = false;
    if (from == end)
        return false;
    const uint8_t *to = from;
    for (; to < end && (quoted || *to != '\n'); to++)
        quoted = quoted != (*to == '"');
    *at = to < end ? to + 1 : end;
    if (to > from && to[-1] == '\r')
        to--;
    *record = (struct bytes){ from, (size_t)(to - from) };
    return true;
}

/* The field in quotes at *at, in which two quotes stand for one. */
static bool quoted_field(const uint8_t **at, const uint8_t *end, char *out)
{
    const uint8_t *from = *at + 1;
    for (; from < end; from++) {
        bool quote = *from == '"';
        if (quote && from + 1 < end && from[1] == '"') {
            from++;
        } else if (quote) {
            *at = from + 1;
            return from + 1 == end || from[1] == ',';
        }
        *out++ = (char)*from;
    }
    return false;
}

static bool plain_field(const uint8_t **at, const uint8_t *end, char *out)
{
    const uint8_t *from = *at;
    for (; from < end && *from != ','; from++) {
        if (*from == '"')
            return false;
        *out++ = (char)*from;
    }
    *at = from;
    return true;
}

bool csv_fields(struct arena *a, struct bytes record, struct texts *out)
{
    struct texts fields = { ARENA_NEWS(a, const char *, CSV_FIELDS_MAX), 0 };
    const uint8_t *at = record.at;
    const uint8_t *end = record.at + record.n;
    if (!text_is_utf8(record) || memchr(record.at, '\0', record.n) != NULL)
        return false;
    for (;; at++) {
        if (fields.n == CSV_FIELDS_MAX)
            return false;
        char *field = arena_alloc(a, (size_t)(end - at) + 1);
        bool quoted = at < end && *at == '"';
        if (!(quoted ? quoted_field(&at, end, field) : plain_field(&at, end, field)))
            return false;
        fields.at[fields.n++] = field;
        if (at == end)
            break;
    }
    *out = fields;
    return true;
}
