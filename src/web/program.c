/* SPDX-License-Identifier: Apache-2.0 */
#include "web/program.h"

#include "web/messages.h"

#include <string.h>

enum { WORD_MAX = 64 };

struct sign {
    const char *mark, *name;
};

/* Each browser also names those that it wants to be taken for, so the order counts. */
static const struct sign browsers[] = {
    { "Edg/", "Edge" },        { "EdgA/", "Edge" },
    { "EdgiOS/", "Edge" },     { "OPR/", "Opera" },
    { "Vivaldi/", "Vivaldi" }, { "SamsungBrowser/", "Samsung Internet" },
    { "Firefox/", "Firefox" }, { "FxiOS/", "Firefox" },
    { "CriOS/", "Chrome" },    { "HeadlessChrome/", "Chrome" },
    { "Chrome/", "Chrome" },   { "Safari/", "Safari" },
};

static const struct sign systems[] = {
    { "Windows", "Windows" }, { "Android", "Android" }, { "iPhone", "iPhone" }, { "iPad", "iPad" },
    { "CrOS", "ChromeOS" },   { "Mac OS X", "macOS" },  { "Linux", "Linux" },
};

static const char *first_of(const struct sign *signs, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(text, signs[i].mark) != NULL)
            return signs[i].name;
    return NULL;
}

/* Only its own words, and not long ones. */
static const char *first_word(struct arena *a, const char *text)
{
    size_t n = strcspn(text, " ");
    return n > WORD_MAX ? NULL : text_copy(a, text, n);
}

const char *program_name(struct arena *a, enum language language, const char *user_agent)
{
    const char *unknown = message_text(language, MESSAGE_program_unknown);
    if (user_agent == NULL || user_agent[0] == '\0')
        return unknown;
    const char *browser = first_of(browsers, sizeof browsers / sizeof browsers[0], user_agent);
    const char *system = first_of(systems, sizeof systems / sizeof systems[0], user_agent);
    if (browser == NULL) {
        const char *word = first_word(a, user_agent);
        return word == NULL ? unknown : word;
    }
    if (system == NULL)
        return browser;
    const char *text =
        text_fill(a, message_text(language, MESSAGE_program_on_system), "browser", browser);
    return text_fill(a, text, "system", system);
}
