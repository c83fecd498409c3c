/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of proxies, one line each: X-Forwarded-For, X-Forwarded-Proto, Forwarded.  What they
 * say of the caller is an address in canonical form; from a stranger they say nothing.
 */
#include "base/result.h"
#include "net/forwarded.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The fields that the lines of `data` give; an empty line is a field that is not there. */
static size_t read_lines(struct arena *a, struct bytes data, struct http_header headers[static 3])
{
    static const char *const names[] = { "x-forwarded-for", "x-forwarded-proto", "forwarded" };
    size_t n = 0;
    for (size_t i = 0; i < 3 && data.n > 0; i++) {
        const uint8_t *end = memchr(data.at, '\n', data.n);
        size_t length = end == NULL ? data.n : (size_t)(end - data.at);
        if (length > 0)
            headers[n++] =
                (struct http_header){ names[i], text_copy(a, (const char *)data.at, length) };
        size_t skip = end == NULL ? length : length + 1;
        data = (struct bytes){ data.at + skip, data.n - skip };
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 16384 || memchr(data, '\0', size) != NULL)
        return 0;
    struct arena *a = arena_new(ARENA_REQUEST_CEILING);
    struct http_header headers[3];
    struct cidr range;
    struct address proxy;
    struct address stranger;
    struct address peer;
    struct forwarded who;
    must(cidr_parse(bytes_of("10.0.0.0/8"), &range) &&
         address_parse(bytes_of("10.0.0.1"), &proxy) &&
         address_parse(bytes_of("11.0.0.1"), &stranger));
    struct http_request request = { .headers = headers };
    request.headers_n = read_lines(a, (struct bytes){ data, size }, headers);
    struct forwarded_from from = { .address = &stranger, .trusted = { &range, 1 } };
    must(forwarded_read(a, &from, &request, &who));
    must(text_equal(who.peer, "11.0.0.1") && !who.tls);
    from.address = &proxy;
    if (forwarded_read(a, &from, &request, &who)) {
        must(address_parse(bytes_of(who.peer), &peer));
        must(text_equal(address_text(a, &peer), who.peer));
    }
    arena_end(a);
    return 0;
}
