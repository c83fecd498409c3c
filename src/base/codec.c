/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

#include "base/result.h"

#include <string.h>

/* RFC 4648: each symbol carries `bits` bits, the first symbol the highest ones. */
struct alphabet {
    const char *symbols;
    const char *also; /* further spellings of the same symbols, or NULL */
    unsigned bits;
};

static const struct alphabet base64url = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", NULL, 6
};
static const struct alphabet base64 = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", NULL, 6
};
static const struct alphabet base32 = { "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", NULL, 5 };
static const struct alphabet hex = { "0123456789abcdef", "0123456789ABCDEF", 4 };

enum { NO_SYMBOL = 0xFF };

/* Three bytes are four symbols of six bits: the whole groups of `in`, the rest left in it. */
static char *encode_groups(const char *symbols, struct bytes *in, char *out)
{
    /* Not read through `in`, which the compiler must believe that `out` writes to. */
    const uint8_t *at = in->at;
    const uint8_t *end = at + in->n / 3 * 3;
    for (; at < end; at += 3, out += 4) {
        uint32_t held = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
        out[0] = symbols[held >> 18];
        out[1] = symbols[held >> 12 & 63];
        out[2] = symbols[held >> 6 & 63];
        out[3] = symbols[held & 63];
    }
    *in = (struct bytes){ at, in->n % 3 };
    return out;
}

/* Writes the symbols of `in` at `out` and returns their end. */
static char *encode(const struct alphabet *alphabet, struct bytes in, char *out)
{
    unsigned bits = alphabet->bits;
    unsigned mask = (1U << bits) - 1;
    unsigned held = 0;
    unsigned have = 0;
    if (bits == 6)
        out = encode_groups(alphabet->symbols, &in, out);
    for (size_t i = 0; i < in.n; i++) {
        held = held << 8 | in.at[i];
        have += 8;
        for (; have >= bits; have -= bits)
            *out++ = alphabet->symbols[held >> (have - bits) & mask];
    }
    if (have > 0)
        *out++ = alphabet->symbols[held << (bits - have) & mask];
    return out;
}

/* How many symbols `n` bytes need, then rounded up to whole groups of `group`. */
static size_t encoded_size(const struct alphabet *alphabet, size_t n, size_t group)
{
    must(n <= SIZE_MAX / 16);
    size_t symbols = (n * 8 + alphabet->bits - 1) / alphabet->bits;
    return (symbols + group - 1) / group * group;
}

static const char *encode_text(struct arena *a, const struct alphabet *alphabet, struct bytes in)
{
    char *out = arena_alloc(a, encoded_size(alphabet, in.n, 1) + 1);
    *encode(alphabet, in, out) = '\0';
    return out;
}

static void values_of(const struct alphabet *alphabet, uint8_t values[static 256])
{
    memset(values, NO_SYMBOL, 256);
    for (unsigned i = 0; i < 1U << alphabet->bits; i++) {
        values[(uint8_t)alphabet->symbols[i]] = (uint8_t)i;
        if (alphabet->also != NULL)
            values[(uint8_t)alphabet->also[i]] = (uint8_t)i;
    }
}

/* The whole groups of four symbols of six bits as bytes, up to one that is none; the rest is left
 * in `text`.  Returns how many bytes that are. */
static size_t decode_groups(const uint8_t values[static 256], struct bytes *text, uint8_t *out)
{
    const uint8_t *at = text->at;
    const uint8_t *end = at + text->n / 4 * 4;
    uint8_t *to = out;
    for (; at < end; at += 4, to += 3) {
        uint32_t a = values[at[0]], b = values[at[1]], c = values[at[2]], d = values[at[3]];
        if ((a | b | c | d) > 63)
            break;
        uint32_t held = a << 18 | b << 12 | c << 6 | d;
        to[0] = (uint8_t)(held >> 16);
        to[1] = (uint8_t)(held >> 8);
        to[2] = (uint8_t)held;
    }
    *text = (struct bytes){ at, text->n - (size_t)(at - text->at) };
    return (size_t)(to - out);
}

static bool decode(struct arena *a, const struct alphabet *alphabet, struct bytes text,
                   struct bytes *out)
{
    uint8_t values[256];
    values_of(alphabet, values);
    must(text.n <= SIZE_MAX / 16);
    uint8_t *at = arena_alloc(a, text.n * alphabet->bits / 8);
    size_t n = alphabet->bits == 6 ? decode_groups(values, &text, at) : 0;
    unsigned held = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t value = values[text.at[i]];
        if (value == NO_SYMBOL)
            return false;
        held = held << alphabet->bits | value;
        have += alphabet->bits;
        if (have < 8)
            continue;
        have -= 8;
        at[n++] = (uint8_t)(held >> have);
    }
    /* A whole symbol too many, or bits that an encoder would have left zero. */
    if (have >= alphabet->bits || (held & ((1U << have) - 1)) != 0)
        return false;
    *out = (struct bytes){ at, n };
    return true;
}

const char *base64url_encode(struct arena *a, struct bytes in)
{
    return encode_text(a, &base64url, in);
}

size_t base64url_size(size_t n)
{
    return encoded_size(&base64url, n, 1);
}

char *base64url_put(char *out, struct bytes in)
{
    return encode(&base64url, in, out);
}

bool base64url_decode(struct arena *a, struct bytes text, struct bytes *out)
{
    return decode(a, &base64url, text, out);
}

const char *base64_encode(struct arena *a, struct bytes in, bool pad)
{
    size_t n = encoded_size(&base64, in.n, pad ? 4 : 1);
    char *out = arena_alloc(a, n + 1);
    char *end = encode(&base64, in, out);
    while (end < out + n)
        *end++ = '=';
    *end = '\0';
    return out;
}

bool base64_decode(struct arena *a, struct bytes text, bool pad, struct bytes *out)
{
    if (!pad)
        return decode(a, &base64, text, out);
    if (text.n % 4 != 0)
        return false;
    /* What is left after one or two '=' of a whole group has two or three symbols: decode() checks
     * the rest. */
    for (int i = 0; i < 2 && text.n > 0 && text.at[text.n - 1] == '='; i++)
        text.n--;
    return decode(a, &base64, text, out);
}

const char *hex_encode(struct arena *a, struct bytes in)
{
    return encode_text(a, &hex, in);
}

bool hex_decode(struct arena *a, struct bytes text, struct bytes *out)
{
    return decode(a, &hex, text, out);
}

const char *base32_encode(struct arena *a, struct bytes in)
{
    return encode_text(a, &base32, in);
}

bool base32_decode(struct arena *a, struct bytes text, struct bytes *out)
{
    return decode(a, &base32, text, out);
}
