/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

static bool all_ascii(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

/* Eight bytes of U+0020 to U+007E: a lower one borrows, DEL carries, others have the highest bit.
 */
static bool all_plain(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t low = word - 0x2020202020202020U;
    uint64_t high = word + 0x0101010101010101U;
    return ((word | low | high) & 0x8080808080808080U) == 0;
}

/* The lowest and highest second byte that may follow `lead` (RFC 3629 4), and how many bytes
 * follow. */
struct utf8_lead {
    uint8_t low, high, follow;
};

static struct utf8_lead utf8_lead(uint8_t lead)
{
    if (lead >= 0xC2 && lead <= 0xDF)
        return (struct utf8_lead){ 0x80, 0xBF, 1 };
    if (lead >= 0xE0 && lead <= 0xEF)
        return (struct utf8_lead){ lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF, 2 };
    if (lead >= 0xF0 && lead <= 0xF4)
        return (struct utf8_lead){ lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF, 3 };
    return (struct utf8_lead){ 0, 0, 0 };
}

size_t utf8_length(const uint8_t *at, size_t n)
{
    if (n == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    struct utf8_lead lead = utf8_lead(at[0]);
    if (lead.follow == 0 || n <= lead.follow || at[1] < lead.low || at[1] > lead.high)
        return 0;
    for (size_t i = 2; i <= lead.follow; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    return (size_t)lead.follow + 1;
}

bool text_is_utf8(struct bytes at)
{
    for (size_t i = 0; i < at.n;) {
        if (at.n - i >= 8 && all_ascii(at.at + i)) {
            i += 8;
            continue;
        }
        size_t length = at.at[i] < 0x80 ? 1 : utf8_length(at.at + i, at.n - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

/* The byte at `i` may be read up to and including the NUL, so each look ahead stops at a mismatch.
 */
static bool is_control(const uint8_t *at)
{
    if (at[0] < 0x20 || at[0] == 0x7F)
        return true;
    if (at[0] == 0xC2) /* U+0080 to U+009F */
        return at[1] >= 0x80 && at[1] <= 0x9F;
    if (at[0] != 0xE2)
        return false;
    if (at[1] == 0x80) /* U+202A to U+202E */
        return at[2] >= 0xAA && at[2] <= 0xAE;
    return at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9; /* U+2066 to U+2069 */
}

static bool has_control(const char *text, const char *but)
{
    const uint8_t *end = (const uint8_t *)text + strlen(text);
    for (const uint8_t *at = (const uint8_t *)text; at < end; at++) {
        while (end - at >= 8 && all_plain(at))
            at += 8;
        if (at < end && is_control(at) && strchr(but, *at) == NULL)
            return true;
    }
    return false;
}

bool text_has_control(const char *text)
{
    return has_control(text, "");
}

bool text_has_control_but_lines(const char *text)
{
    return has_control(text, "\t\n\r");
}

size_t text_code_points(const char *text)
{
    size_t bytes = strlen(text);
    const uint8_t *end = (const uint8_t *)text + bytes;
    size_t following = 0;
    for (const uint8_t *at = (const uint8_t *)text; at < end; at++) {
        while (end - at >= 8 && all_ascii(at))
            at += 8;
        following += at < end && (*at & 0xC0) == 0x80;
    }
    return bytes - following;
}
