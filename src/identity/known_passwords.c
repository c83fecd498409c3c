/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/known_passwords.h"

#include "base/result.h"

#include <string.h>

static const uint8_t *end_of(const struct known_passwords *list)
{
    return list->words.at + list->words.n;
}

bool known_word_next(const struct known_passwords *list, struct known_word *to)
{
    const uint8_t *end = end_of(list);
    if (to->at == end)
        return false;
    uint8_t begins = *to->at++;
    size_t n = begins == KNOWN_HEAD ? 0 : begins - KNOWN_SHARED;
    for (; to->at < end && *to->at >= KNOWN_CODE; to->at++) {
        must(n < KNOWN_WORD_MAX);
        const char *code = &list->codes[2 * (*to->at - KNOWN_CODE)];
        to->text[n++] = code[0];
        if (code[1] != '\0')
            to->text[n++] = code[1];
    }
    to->text[n] = '\0';
    return true;
}

/* The last word without shared bytes that does not stand after `lower`; or the first of all. */
static const uint8_t *head_before(const struct known_passwords *list, const char *lower)
{
    const uint8_t *low = list->words.at;
    const uint8_t *high = end_of(list);
    while (high - low > 1) {
        const uint8_t *middle = low + (high - low) / 2;
        struct known_word head = { .at = middle };
        while (head.at < high && *head.at != KNOWN_HEAD)
            head.at++;
        const uint8_t *at = head.at;
        if (at == high || (known_word_next(list, &head) && strcmp(lower, head.text) < 0))
            high = middle;
        else
            low = at;
    }
    return low;
}

bool password_is_known(const char *lower)
{
    struct known_passwords list = known_passwords();
    struct known_word word = { .at = head_before(&list, lower) };
    int order = 1;
    while (order > 0 && known_word_next(&list, &word))
        order = strcmp(lower, word.text);
    return order == 0;
}
