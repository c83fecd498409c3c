/* SPDX-License-Identifier: Apache-2.0 */
#include "oauth/response.h"

static const struct {
    const char *name;
    bool by_form;
} modes[] = {
    { "query", false },
    { "form_post", true },
};
enum { MODES = sizeof modes / sizeof modes[0] };

bool response_mode_read(const char *mode, bool *by_form)
{
    *by_form = false;
    if (mode == NULL)
        return true;
    for (size_t i = 0; i < MODES; i++) {
        if (!text_equal(modes[i].name, mode))
            continue;
        *by_form = modes[i].by_form;
        return true;
    }
    return false;
}

struct texts response_mode_names(struct arena *a)
{
    struct texts out = { ARENA_NEWS(a, const char *, MODES), 0 };
    for (size_t i = 0; i < MODES; i++)
        out.at[out.n++] = modes[i].name;
    return out;
}
