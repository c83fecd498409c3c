/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON beside jansson: both take a text or both refuse it, but for the bounds that only ours has
 * (depth, tokens, memory) and the numbers that only jansson bounds; and what both take, both read
 * alike.
 */
#include "base/json.h"
#include "base/result.h"
#include "json_oracle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_text(FILE *out, const char *text)
{
    (void)fprintf(out, "s%zu:%s", strlen(text), text);
}

static void write_number(FILE *out, const struct json_value *number)
{
    int64_t whole = 0;
    if (json_int(number, INT64_MIN, INT64_MAX, &whole))
        (void)fprintf(out, "i%lld", (long long)whole);
    else
        (void)fputc('r', out);
}

static void write_value(FILE *out, struct json *j, const struct json_value *value);

static void write_container(FILE *out, struct json *j, bool is_object)
{
    struct json_value v;
    const char *name = NULL;
    (void)fputc(is_object ? '{' : '[', out);
    while (is_object ? json_member(j, &name, &v) : json_item(j, &v)) {
        if (is_object)
            write_text(out, name);
        write_value(out, j, &v);
    }
    (void)fputc(is_object ? '}' : ']', out);
}

static void write_value(FILE *out, struct json *j, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        (void)fputc('n', out);
        return;
    case JSON_BOOL:
        (void)fputc(value->truth ? 't' : 'f', out);
        return;
    case JSON_NUMBER:
        write_number(out, value);
        return;
    case JSON_TEXT:
        write_text(out, value->text);
        return;
    case JSON_OBJECT:
    case JSON_ARRAY:
        write_container(out, j, value->kind == JSON_OBJECT);
        return;
    }
}

/* Why ours refuses, or NULL; then `out` holds what it read. */
static const char *read_ours(struct arena *a, struct bytes in, FILE *out)
{
    struct json j = json_open(a, in);
    struct json_value v;
    if (json_value(&j, &v))
        write_value(out, &j, &v);
    (void)json_done(&j);
    return j.why;
}

/* Whether the refusal is of a bound that jansson does not have. */
static bool is_bound(const char *why)
{
    return strstr(why, "deep") != NULL || strstr(why, "many") != NULL ||
           strstr(why, "memory") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    char *texts[2] = { NULL, NULL };
    size_t lengths[2];
    FILE *ours = open_memstream(&texts[0], &lengths[0]);
    FILE *theirs = open_memstream(&texts[1], &lengths[1]);
    const char *why = read_ours(a, (struct bytes){ data, size }, ours);
    enum oracle_answer answer = oracle_read(data, size, theirs);
    (void)fclose(ours);
    (void)fclose(theirs);
    if (why == NULL && answer == ORACLE_TAKES)
        must(lengths[0] == lengths[1] && memcmp(texts[0], texts[1], lengths[0]) == 0);
    else if (why == NULL)
        must(answer == ORACLE_NUMBER_TOO_LARGE);
    else
        must(answer != ORACLE_TAKES || is_bound(why));
    free(texts[0]);
    free(texts[1]);
    arena_end(a);
    return 0;
}
