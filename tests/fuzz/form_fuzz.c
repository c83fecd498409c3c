/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms and queries: what is taken is UTF-8 without NUL, and written and read again it is the same.
 */
#include "base/codec.h"
#include "base/result.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct form *a, const struct form *b)
{
    must(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        must(strcmp(a->at[i].name, b->at[i].name) == 0);
        must(strcmp(a->at[i].value, b->at[i].value) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct bytes in = { data, size };
    struct form form;
    struct form again;
    const char *text = NULL;
    if (form_decode(a, in, &form)) {
        for (size_t i = 0; i < form.n; i++) {
            must(text_is_utf8(bytes_of(form.at[i].name)));
            must(text_is_utf8(bytes_of(form.at[i].value)));
        }
        must(form_decode(a, bytes_of(form_encode(a, &form)), &again));
        expect_same(&form, &again);
    }
    if (percent_decode(a, in, &text)) {
        const char *back = NULL;
        must(text_is_utf8(bytes_of(text)));
        must(percent_decode(a, bytes_of(percent_encode(a, text)), &back) &&
             strcmp(back, text) == 0);
    }
    arena_end(a);
    return 0;
}
