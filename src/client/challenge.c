/* SPDX-License-Identifier: Apache-2.0 */
#include "client/challenge.h"

const char *challenge_plain(struct arena *a, const char *text)
{
    struct text_buffer b = text_buffer(a);
    for (const char *at = text; *at != '\0'; at++) {
        char c = *at;
        if (c == '"' || c == '\\')
            c = '\'';
        else if (c < ' ' || c > '~')
            c = '?';
        text_add_bytes(&b, &c, 1);
    }
    return text_of(&b);
}

void challenge_scheme(struct text_buffer *b, const char *scheme)
{
    text_addf(b, "%s%s", b->n == 0 ? "" : ", ", scheme);
}

void challenge_parameter(struct text_buffer *b, bool first, const char *name, const char *value)
{
    if (value != NULL)
        text_addf(b, "%s %s=\"%s\"", first ? "" : ",", name, challenge_plain(b->arena, value));
}
