/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ascii.h"

#include <string.h>

/* clang-format off */
const struct ascii_set ascii_token       = { { 0x03ff6cfa00000000, 0x57ffffffc7fffffe } };
const struct ascii_set ascii_unreserved  = { { 0x03ff600000000000, 0x47fffffe87fffffe } };
const struct ascii_set ascii_path        = { { 0x2fffffd200000000, 0x47fffffe87ffffff } };
const struct ascii_set ascii_query       = { { 0xafffffd200000000, 0x47fffffe87ffffff } };
const struct ascii_set ascii_query_loose = { { 0xafffffd200000000, 0x7fffffffefffffff } };
const struct ascii_set ascii_host        = { { 0x03ff600000000000, 0x07fffffe87fffffe } };
/* clang-format on */

bool ascii_equal(struct bytes text, const char *lower)
{
    if (text.n != strlen(lower))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (ascii_lower(text.at[i]) != (uint8_t)lower[i])
            return false;
    return true;
}

bool ascii_number(struct bytes text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.n == 0 || text.n > 19)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    if (value > INT64_MAX)
        return false;
    *out = value;
    return true;
}
