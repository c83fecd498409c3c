/* SPDX-License-Identifier: Apache-2.0 */
#include "base/language.h"

#include "base/result.h"

#include <string.h>

enum { WEIGHT_MAX = 1000 };

static const struct language_row rows[LANGUAGES] = {
    [ENGLISH] = { "en", "en", "English" },       [GERMAN] = { "de", "de", "Deutsch" },
    [FRENCH] = { "fr", "fr", "Français" },       [SPANISH] = { "es", "es", "Español" },
    [CHINESE] = { "zh", "zh-Hans", "简体中文" }, [JAPANESE] = { "ja", "ja", "日本語" },
};

const struct language_row *language_row(enum language language)
{
    must(language < LANGUAGES);
    return &rows[language];
}

bool language_of_tag(const char *tag, enum language *out)
{
    size_t n = strcspn(tag, "-");
    for (unsigned i = 0; i < LANGUAGES; i++) {
        if (n != strlen(rows[i].name) || strncasecmp(tag, rows[i].name, n) != 0)
            continue;
        *out = (enum language)i;
        return true;
    }
    return false;
}

bool language_of_tags(struct arena *a, const char *tags, enum language *out)
{
    struct texts all = text_split(a, tags, ' ');
    for (size_t i = 0; i < all.n; i++) {
        if (language_of_tag(all.at[i], out))
            return true;
    }
    return false;
}

/* The thousandths of "0.8", "1", "0.123" (RFC 9110 12.4.2); -1: malformed. */
static int weight_of(const char *text)
{
    size_t n = strlen(text);
    if ((text[0] != '0' && text[0] != '1') || n > 5 || (n > 1 && text[1] != '.'))
        return -1;
    int weight = (text[0] - '0') * WEIGHT_MAX;
    int place = WEIGHT_MAX;
    for (size_t i = 2; i < n; i++) {
        place /= 10;
        if (text[i] < '0' || text[i] > '9')
            return -1;
        weight += (text[i] - '0') * place;
    }
    return weight > WEIGHT_MAX ? -1 : weight;
}

/* The weight of one range ("de-AT;q=0.8"), and its tag. */
static int read_range(struct arena *a, const char *range, const char **tag)
{
    struct texts parts = text_split(a, range, ';');
    if (parts.n == 0)
        return -1;
    *tag = text_trim(a, parts.at[0]);
    if (parts.n == 1)
        return WEIGHT_MAX;
    const char *q = text_trim(a, parts.at[1]);
    return strncasecmp(q, "q=", 2) == 0 ? weight_of(q + 2) : -1;
}

bool language_of_accept(struct arena *a, const char *accept, enum language *out)
{
    int most = 0;
    struct texts ranges = text_split(a, accept == NULL ? "" : accept, ',');
    for (size_t i = 0; i < ranges.n; i++) {
        enum language found = ENGLISH;
        const char *tag = "";
        int weight = read_range(a, ranges.at[i], &tag);
        if (weight <= most || !language_of_tag(tag, &found))
            continue;
        most = weight;
        *out = found;
    }
    return most > 0;
}
