/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

#include "base/result.h"
#include "base/word.h"

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

/* What a table of values has for a byte that is no symbol; those of symbols are one more than they
 * mean. */
enum { NO_SYMBOL = 0 };

/* clang-format off */
/* Each token is three of these texts: their table is made once. */
static const uint8_t base64url_values[256] = {
    ['A'] =  1, ['B'] =  2, ['C'] =  3, ['D'] =  4, ['E'] =  5, ['F'] =  6, ['G'] =  7, ['H'] =  8,
    ['I'] =  9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};
/* clang-format on */

/* Three bytes are four symbols of six bits. */
static inline char *encode_group(const char *symbols, uint32_t held, char *out)
{
    out[0] = symbols[held >> 18];
    out[1] = symbols[held >> 12 & 63];
    out[2] = symbols[held >> 6 & 63];
    out[3] = symbols[held & 63];
    return out + 4;
}

/* The whole groups of `in`, two at once while a word can be read; the rest is left in it. */
static char *encode_groups(const char *symbols, struct bytes *in, char *out)
{
    /* Not read through `in`, which the compiler must believe that `out` writes to. */
    const uint8_t *at = in->at;
    const uint8_t *end = at + in->n / 3 * 3;
    for (; end - at >= WORD_BYTES; at += 6) {
        uint64_t held = __builtin_bswap64(word_at(at));
        out = encode_group(symbols, (uint32_t)(held >> 40), out);
        out = encode_group(symbols, (uint32_t)(held >> 16) & 0xffffff, out);
    }
    for (; at < end; at += 3)
        out = encode_group(symbols, (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2], out);
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
        values[(uint8_t)alphabet->symbols[i]] = (uint8_t)(i + 1);
        if (alphabet->also != NULL)
            values[(uint8_t)alphabet->also[i]] = (uint8_t)(i + 1);
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
        uint32_t a = values[at[0]] - 1U, b = values[at[1]] - 1U;
        uint32_t c = values[at[2]] - 1U, d = values[at[3]] - 1U;
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

static bool decode_by(struct arena *a, const struct alphabet *alphabet,
                      const uint8_t values[static 256], struct bytes text, struct bytes *out)
{
    must(text.n <= SIZE_MAX / 16);
    uint8_t *at = arena_alloc(a, text.n * alphabet->bits / 8);
    size_t n = alphabet->bits == 6 ? decode_groups(values, &text, at) : 0;
    unsigned held = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t value = values[text.at[i]];
        if (value == NO_SYMBOL)
            return false;
        held = held << alphabet->bits | (value - 1U);
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

static bool decode(struct arena *a, const struct alphabet *alphabet, struct bytes text,
                   struct bytes *out)
{
    uint8_t values[256];
    values_of(alphabet, values);
    return decode_by(a, alphabet, values, text, out);
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
    return decode_by(a, &base64url, base64url_values, text, out);
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
