/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template, and behind its NUL the value of `a` and of `name`, and the text of every message.
 * Whatever both are, the filled template has no more angle brackets and quotes than the template
 * itself: values add none.
 */
#include "base/result.h"
#include "web/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t marks(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += strchr("<>\"'", *text) != NULL ? 1 : 0;
    return count;
}

static const char *any_message(const void *arg, struct bytes name)
{
    must(name.n > 0);
    return arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const uint8_t *end = n == 0 ? NULL : memchr(data, 0, n);
    if (end == NULL || memchr(end + 1, 0, n - (size_t)(end - data) - 1) != NULL)
        return 0;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    must(a != NULL);
    const char *text = text_copy(a, (const char *)data, (size_t)(end - data));
    const char *value = text_copy(a, (const char *)end + 1, n - (size_t)(end - data) - 1);
    const struct page_value values[] = { { .name = "a", .value = value },
                                         { .name = "name", .value = value } };
    const struct template t = { text, NULL, { values, 2 }, { any_message, value } };
    struct text_buffer out = text_buffer(a);
    if (template_fault(text) == NULL && strstr(text, "{{>") == NULL) {
        template_fill(&out, &t);
        must(marks(text_of(&out)) <= marks(text));
        must(text_is_utf8(bytes_of(value)) == false || text_is_utf8(bytes_of(text)) == false ||
             text_is_utf8(bytes_of(text_of(&out))));
    }
    arena_end(a);
    return 0;
}
