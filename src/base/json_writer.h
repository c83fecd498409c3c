/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_BASE_JSON_WRITER_H
#define UAUTH_BASE_JSON_WRITER_H

/*
 * Appends JSON to a buffer in the arena; commas and escapes are its business.  Escapes '"', '\',
 * controls and also '<', '>', '&', U+2028 and U+2029, so that the text is harmless inside HTML. The
 * nesting is checked: must().
 */

#include "base/text.h"

struct json_writer {
    struct text_buffer out;
    uint32_t filled; /* one bit a level: a comma is due */
    uint32_t arrays; /* one bit a level: it is an array */
    unsigned depth;
};

struct json_writer json_writer(struct arena *a);

/* `name` is NULL for the root and for items of an array. */
void json_object(struct json_writer *w, const char *name);
void json_object_end(struct json_writer *w);
void json_array(struct json_writer *w, const char *name);
void json_array_end(struct json_writer *w);
void json_text(struct json_writer *w, const char *name,
               const char *value); /* NULL is written as null */
void json_text_if(struct json_writer *w, const char *name,
                  const char *value); /* NULL is left out */
void json_number(struct json_writer *w, const char *name, int64_t value);
void json_bool(struct json_writer *w, const char *name, bool value);
void json_null(struct json_writer *w, const char *name);
void json_texts(struct json_writer *w, const char *name, struct texts values);
/* `json` is a value already in JSON, written as it is. */
void json_raw(struct json_writer *w, const char *name, const char *json);

/* The finished text.  All containers are closed: must(). */
const char *json_written(struct json_writer *w);

#endif
