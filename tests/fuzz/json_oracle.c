/* SPDX-License-Identifier: Apache-2.0 */
#include "json_oracle.h"

#include <jansson.h>
#include <string.h>

static void write_text(FILE *out, const char *text, size_t n)
{
    (void)fprintf(out, "s%zu:", n);
    (void)fwrite(text, 1, n, out);
}

static void write_value(FILE *out, json_t *value);

static void write_object(FILE *out, json_t *value)
{
    const char *name = NULL;
    json_t *member = NULL;
    (void)fputc('{', out);
    json_object_foreach(value, name, member)
    {
        write_text(out, name, strlen(name));
        write_value(out, member);
    }
    (void)fputc('}', out);
}

static void write_array(FILE *out, json_t *value)
{
    (void)fputc('[', out);
    for (size_t i = 0; i < json_array_size(value); i++)
        write_value(out, json_array_get(value, i));
    (void)fputc(']', out);
}

static void write_value(FILE *out, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(out, value);
        return;
    case JSON_ARRAY:
        write_array(out, value);
        return;
    case JSON_STRING:
        write_text(out, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        (void)fprintf(out, "i%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        (void)fputc('r', out);
        return;
    case JSON_TRUE:
        (void)fputc('t', out);
        return;
    case JSON_FALSE:
        (void)fputc('f', out);
        return;
    case JSON_NULL:
        (void)fputc('n', out);
        return;
    }
}

enum oracle_answer oracle_read(const uint8_t *data, size_t size, FILE *out)
{
    json_error_t error;
    /* No JSON text has a NUL; jansson takes one at the end for the end. */
    if (memchr(data, 0, size) != NULL)
        return ORACLE_REFUSES;
    json_t *value = json_loadb(size == 0 ? "" : (const char *)data, size,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (value == NULL)
        return json_error_code(&error) == json_error_numeric_overflow ? ORACLE_NUMBER_TOO_LARGE
                                                                      : ORACLE_REFUSES;
    write_value(out, value);
    json_decref(value);
    return ORACLE_TAKES;
}
