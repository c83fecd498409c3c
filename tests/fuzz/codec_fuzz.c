/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codecs: there is one text for each value, so what a decoder takes is what the encoder writes.
 */
#include "base/codec.h"
#include "base/result.h"
#include "base/time.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(struct bytes in, const char *text)
{
    return strlen(text) == in.n && (in.n == 0 || memcmp(in.at, text, in.n) == 0);
}

static void expect_one_text(struct arena *a, struct bytes in)
{
    struct bytes out;
    if (base64url_decode(a, in, &out))
        must(is_text(in, base64url_encode(a, out)));
    if (base64_decode(a, in, true, &out))
        must(is_text(in, base64_encode(a, out, true)));
    if (base64_decode(a, in, false, &out))
        must(is_text(in, base64_encode(a, out, false)));
    if (base32_decode(a, in, &out))
        must(is_text(in, base32_encode(a, out)));
    if (hex_decode(a, in, &out))
        must(strlen(hex_encode(a, out)) == in.n);
}

static void expect_values_back(struct arena *a, struct bytes in)
{
    struct bytes out;
    must(base64url_decode(a, bytes_of(base64url_encode(a, in)), &out) && out.n == in.n);
    must(base64_decode(a, bytes_of(base64_encode(a, in, true)), true, &out) && out.n == in.n);
    must(base32_decode(a, bytes_of(base32_encode(a, in)), &out) && out.n == in.n);
    must(hex_decode(a, bytes_of(hex_encode(a, in)), &out) && out.n == in.n);
    must(in.n == 0 || memcmp(in.at, out.at, in.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return -1;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct bytes in = { data, size };
    int64_t at = 0;
    expect_one_text(a, in);
    expect_values_back(a, in);
    if (memchr(data, 0, size) == NULL && time_parse(text_copy(a, (const char *)data, size), &at)) {
        int64_t again = 0;
        must(at < 0 || (time_parse(time_rfc3339(a, at), &again) && again == at));
    }
    arena_end(a);
    return 0;
}
