/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/full_name.h"

#include "base/text.h"

#include <string.h>

RESULT full_name_check(struct ctx *c, const char *full_name)
{
    size_t n = strnlen(full_name, (size_t)FULL_NAME_MAX * 4 + 1);
    if (!text_is_utf8((struct bytes){ (const uint8_t *)full_name, n }))
        return fail_field(c, INVALID_FIELD, "full_name", "The name is not UTF-8 text.");
    if (full_name[strspn(full_name, " ")] == '\0')
        return fail_field(c, INVALID_FIELD, "full_name", "A name is needed.");
    if (text_code_points(full_name) > FULL_NAME_MAX)
        return fail_field(c, INVALID_FIELD, "full_name", "A name has at most 255 characters.");
    if (text_has_control(full_name))
        return fail_field(c, INVALID_FIELD, "full_name", "A name has no control characters.");
    return ok();
}
