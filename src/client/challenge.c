/* SPDX-License-Identifier: Apache-2.0 */
#include "client/challenge.h"

#include <string.h>

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

/* Reads `name=value` or `name="value"` at *at; false if none stands there. */
static bool take(struct arena *a, const char **at, const char **name, const char **value)
{
    const char *begin = *at;
    size_t n = strcspn(begin, "= ,\"");
    if (n == 0 || begin[n] != '=')
        return false;
    const char *from = begin + n + 1;
    struct text_buffer b = text_buffer(a);
    bool quoted = *from == '"';
    from += quoted;
    while (*from != '\0' && (quoted ? *from != '"' : strchr(", ", *from) == NULL)) {
        if (quoted && *from == '\\' && from[1] != '\0')
            from++;
        text_add_bytes(&b, from++, 1);
    }
    *at = from + (quoted && *from == '"');
    *name = text_copy(a, begin, n);
    *value = text_of(&b);
    return true;
}

bool challenge_next(struct arena *a, const char **at, const char **name, const char **value)
{
    while (**at != '\0') {
        if (take(a, at, name, value))
            return true;
        /* The name of a scheme, a token68, or what separates. */
        size_t n = strcspn(*at, " ,");
        *at += n == 0 ? 1 : n;
    }
    return false;
}
