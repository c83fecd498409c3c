/* SPDX-License-Identifier: Apache-2.0 */
#include "base/picture.h"

#include <string.h>

static bool has(struct bytes bytes, size_t at, const char *text, size_t n)
{
    return bytes.n >= at + n && memcmp(bytes.at + at, text, n) == 0;
}

/* Of as many bytes as `n`, the first one the least. */
static uint32_t little(struct bytes bytes, size_t at, size_t n)
{
    uint32_t value = 0;
    for (size_t i = n; i > 0; i--)
        value = value << 8 | bytes.at[at + i - 1];
    return value;
}

static uint32_t big(struct bytes bytes, size_t at)
{
    return (uint32_t)bytes.at[at] << 24 | (uint32_t)bytes.at[at + 1] << 16 |
           (uint32_t)bytes.at[at + 2] << 8 | bytes.at[at + 3];
}

/* The signature, then the header chunk with its 13 bytes. */
static bool read_png(struct bytes bytes, struct picture *out)
{
    static const char begin[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    if (!has(bytes, 0, begin, sizeof begin - 1) || bytes.n < 33)
        return false;
    *out = (struct picture){ "image/png", ".png", big(bytes, 16), big(bytes, 20) };
    return true;
}

/* RFC 9649 2.5 to 2.7: a lossy frame, a lossless one, or a header before either. */
static bool read_webp(struct bytes bytes, struct picture *out)
{
    if (!has(bytes, 0, "RIFF", 4) || !has(bytes, 8, "WEBP", 4) || bytes.n < 30)
        return false;
    *out = (struct picture){ .media = "image/webp", .ending = ".webp" };
    if (has(bytes, 12, "VP8 ", 4) && has(bytes, 23, "\x9d\x01\x2a", 3)) {
        out->width = little(bytes, 26, 2) & 0x3fff;
        out->height = little(bytes, 28, 2) & 0x3fff;
        return true;
    }
    if (has(bytes, 12, "VP8L", 4) && has(bytes, 20, "\x2f", 1)) {
        uint32_t sides = little(bytes, 21, 4);
        out->width = (sides & 0x3fff) + 1;
        out->height = (sides >> 14 & 0x3fff) + 1;
        return true;
    }
    out->width = little(bytes, 24, 3) + 1;
    out->height = little(bytes, 27, 3) + 1;
    return has(bytes, 12, "VP8X", 4);
}

bool picture_read(struct bytes bytes, struct picture *out)
{
    struct picture read;
    if (!read_png(bytes, &read) && !read_webp(bytes, &read))
        return false;
    if (read.width == 0 || read.height == 0)
        return false;
    *out = read;
    return true;
}
