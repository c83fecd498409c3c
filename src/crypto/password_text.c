/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/password_text.h"

#include "base/text.h"
#include "crypto/password.h"

#include <string.h>
#include <utf8proc.h>

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((*text & 0x80) != 0)
            return false;
    }
    return true;
}

RESULT password_text(struct ctx *c, const char *typed, const char **nfc)
{
    const utf8proc_option_t how = UTF8PROC_COMPOSE | UTF8PROC_STABLE;
    size_t n = strnlen(typed, PASSWORD_BYTES_MAX + 1);
    if (n > PASSWORD_BYTES_MAX)
        return fail_field(c, INVALID_FIELD, "password", "The password is too long.");
    if (!text_is_utf8((struct bytes){ (const uint8_t *)typed, n }))
        return fail_field(c, INVALID_FIELD, "password", "The password is not UTF-8 text.");
    if (is_ascii(typed)) {
        *nfc = typed;
        return ok();
    }
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)typed;
    utf8proc_ssize_t room = utf8proc_decompose(from, (utf8proc_ssize_t)n, NULL, 0, how);
    must(room > 0);
    /* The text is written back over the code points, with a NUL. */
    utf8proc_int32_t *points = ARENA_NEWS(c->arena, utf8proc_int32_t, (size_t)room + 1);
    must(utf8proc_decompose(from, (utf8proc_ssize_t)n, points, room, how) == room);
    must(utf8proc_reencode(points, room, how) > 0);
    *nfc = (const char *)points;
    return ok();
}
