/* SPDX-License-Identifier: Apache-2.0 */
#include "realm/skim.h"

#include <string.h>

static bool refuse(struct skim *s)
{
    s->wrong = true;
    return false;
}

/* Whether something follows the white space. */
static bool skip_space(struct skim *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
    return s->at < s->end;
}

/* Steps over the text whose opening quote is at hand. */
static bool step_text(struct skim *s)
{
    for (s->at++; s->at < s->end; s->at++) {
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\')
            s->at++;
    }
    s->at = s->end;
    return refuse(s);
}

/* Steps over a number or a word. */
static bool step_scalar(struct skim *s)
{
    const uint8_t *from = s->at;
    while (s->at < s->end && strchr(",]} \t\r\n\"[{:", *s->at) == NULL)
        s->at++;
    return s->at > from || refuse(s);
}

/* Steps over an object or an array with all that is in it. */
static bool step_container(struct skim *s)
{
    size_t depth = 0;
    while (s->at < s->end) {
        uint8_t at = *s->at;
        if (at == '"') {
            if (!step_text(s))
                return false;
            continue;
        }
        depth += at == '{' || at == '[' ? 1 : 0;
        depth -= at == '}' || at == ']' ? 1 : 0;
        s->at++;
        if (depth == 0)
            return true;
    }
    return refuse(s);
}

static bool step_value(struct skim *s, struct bytes *value)
{
    if (!skip_space(s))
        return refuse(s);
    const uint8_t *from = s->at;
    bool stepped = *from == '"'                   ? step_text(s)
                   : *from == '{' || *from == '[' ? step_container(s)
                                                  : step_scalar(s);
    *value = (struct bytes){ from, (size_t)(s->at - from) };
    return stepped;
}

bool skim_enter(struct skim *s, uint8_t bracket)
{
    if (!skip_space(s) || *s->at != bracket)
        return refuse(s);
    s->at++;
    return true;
}

/* Whether another member or item follows; the comma before it is stepped over. */
static bool another(struct skim *s, uint8_t closing)
{
    if (s->wrong || !skip_space(s))
        return refuse(s);
    if (*s->at == closing) {
        s->at++;
        return false;
    }
    if (*s->at != ',')
        return true;
    s->at++;
    return skip_space(s) || refuse(s);
}

bool skim_member(struct skim *s, struct bytes *name, struct bytes *value)
{
    if (!another(s, '}'))
        return false;
    if (*s->at != '"')
        return refuse(s);
    const uint8_t *from = s->at + 1;
    if (!step_text(s))
        return false;
    *name = (struct bytes){ from, (size_t)(s->at - from) - 1 };
    if (!skip_space(s) || *s->at != ':')
        return refuse(s);
    s->at++;
    return step_value(s, value);
}

bool skim_item(struct skim *s, struct bytes *value)
{
    return another(s, ']') && step_value(s, value);
}
