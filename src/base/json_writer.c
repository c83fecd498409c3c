/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_writer.h"

#include "base/result.h"

#include <string.h>

enum { LEVELS = 31 }; /* a bit each, and one for the root */

struct json_writer json_writer(struct arena *a)
{
    return (struct json_writer){ .out = text_buffer(a) };
}

/* clang-format off */
/*
 * Where a plain run ends: controls, quote, '&', '<', '>', backslash, and 0xE2, which may begin a
 * line separator.
 */
static const bool run_ends[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ['"'] = 1, ['&'] = 1, ['<'] = 1, ['>'] = 1, ['\\'] = 1, [0x7f] = 1, [0xe2] = 1,
};
/* clang-format on */

/* Whether a run ends among the next eight bytes. */
static bool ends_soon(const uint8_t at[static 8])
{
    return run_ends[at[0]] | run_ends[at[1]] | run_ends[at[2]] | run_ends[at[3]] | run_ends[at[4]] |
           run_ends[at[5]] | run_ends[at[6]] | run_ends[at[7]];
}

/* How many of the bytes up to `end` need no escape. */
static size_t plain(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *from = at;
    while (end - at >= 8 && !ends_soon(at))
        at += 8;
    while (at < end && !run_ends[*at])
        at++;
    return (size_t)(at - from);
}

static bool is_line_separator(const uint8_t *at)
{
    return at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0xA8 || at[2] == 0xA9);
}

/* Writes the character at `at`, which plain() stopped at; returns its size. */
static size_t put_escape(struct text_buffer *out, const uint8_t *at)
{
    if (is_line_separator(at)) {
        text_add(out, at[2] == 0xA8 ? "\\u2028" : "\\u2029");
        return 3;
    }
    if (*at == 0xE2)
        text_add_bytes(out, at, 1);
    else if (*at == '"' || *at == '\\')
        text_add_bytes(out, (char[]){ '\\', (char)*at }, 2);
    else if (*at == '\n')
        text_add(out, "\\n");
    else
        text_addf(out, "\\u%04x", (unsigned)*at);
    return 1;
}

/* From where its first escape is due. */
static void put_escaped(struct text_buffer *out, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        at += put_escape(out, at);
        size_t n = plain(at, end);
        text_add_bytes(out, at, n);
        at += n;
    }
}

static void put_text(struct text_buffer *out, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t n = strlen(text);
    size_t first = plain(at, at + n);
    char *to = text_room(out, n + 2);
    to[0] = '"';
    memcpy(to + 1, text, first);
    out->n += 1 + first;
    put_escaped(out, at + first, at + n);
    text_add_byte(out, '"');
}

/* What stands before a value: a comma if one is due, and the name. */
static void begin(struct json_writer *w, const char *name)
{
    uint32_t level = UINT32_C(1) << w->depth;
    bool named = w->depth > 0 && (w->arrays & level) == 0;
    must((name != NULL) == named);
    must(w->depth > 0 || (w->filled & level) == 0);
    if ((w->filled & level) != 0)
        text_add_byte(&w->out, ',');
    w->filled |= level;
    if (named) {
        put_text(&w->out, name);
        text_add_byte(&w->out, ':');
    }
}

static void open_level(struct json_writer *w, const char *name, bool array)
{
    begin(w, name);
    must(w->depth < LEVELS);
    w->depth++;
    uint32_t level = UINT32_C(1) << w->depth;
    w->filled &= ~level;
    w->arrays = array ? w->arrays | level : w->arrays & ~level;
    text_add_byte(&w->out, array ? '[' : '{');
}

static void close_level(struct json_writer *w, bool array)
{
    must(w->depth > 0);
    must(((w->arrays >> w->depth & 1) != 0) == array);
    w->depth--;
    text_add_byte(&w->out, array ? ']' : '}');
}

void json_object(struct json_writer *w, const char *name)
{
    open_level(w, name, false);
}

void json_object_end(struct json_writer *w)
{
    close_level(w, false);
}

void json_array(struct json_writer *w, const char *name)
{
    open_level(w, name, true);
}

void json_array_end(struct json_writer *w)
{
    close_level(w, true);
}

void json_text(struct json_writer *w, const char *name, const char *value)
{
    begin(w, name);
    if (value == NULL)
        text_add(&w->out, "null");
    else
        put_text(&w->out, value);
}

void json_text_if(struct json_writer *w, const char *name, const char *value)
{
    if (value != NULL)
        json_text(w, name, value);
}

void json_number(struct json_writer *w, const char *name, int64_t value)
{
    begin(w, name);
    text_add_int(&w->out, value);
}

void json_bool(struct json_writer *w, const char *name, bool value)
{
    begin(w, name);
    text_add(&w->out, value ? "true" : "false");
}

void json_null(struct json_writer *w, const char *name)
{
    begin(w, name);
    text_add(&w->out, "null");
}

void json_texts(struct json_writer *w, const char *name, struct texts values)
{
    json_array(w, name);
    for (size_t i = 0; i < values.n; i++)
        json_text(w, NULL, values.at[i]);
    json_array_end(w);
}

void json_raw(struct json_writer *w, const char *name, const char *json)
{
    begin(w, name);
    text_add(&w->out, json);
}

const char *json_written(struct json_writer *w)
{
    must(w->depth == 0 && (w->filled & 1) != 0);
    return text_of(&w->out);
}
