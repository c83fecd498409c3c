/* SPDX-License-Identifier: Apache-2.0 */
#include "web/messages.h"

#include "base/result.h"

#include <string.h>

struct row {
    const char *name;
    const char *text[LANGUAGES];
};

static const struct row rows[MESSAGES] = {
#define MESSAGE(name, en, de, fr, es, zh, ja)                                                      \
    [MESSAGE_##name] = { #name, { en, de, fr, es, zh, ja } },
#include "web/messages.def"
#undef MESSAGE
};

const char *message_text(enum language language, enum message message)
{
    must(language < LANGUAGES && message < MESSAGES);
    return rows[message].text[language];
}

const char *message_name(enum message message)
{
    must(message < MESSAGES);
    return rows[message].name;
}

bool message_find(struct bytes name, enum message *out)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        if (strlen(rows[i].name) != name.n || memcmp(rows[i].name, name.at, name.n) != 0)
            continue;
        *out = (enum message)i;
        return true;
    }
    return false;
}

const char *message_translation(enum language language, const char *say)
{
    must(language < LANGUAGES);
    for (unsigned i = 0; i < MESSAGES; i++)
        if (text_equal(rows[i].text[ENGLISH], say))
            return rows[i].text[language];
    return NULL;
}
