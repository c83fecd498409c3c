/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PROXY protocol header: asked for as many bytes as it says it wants, it comes to an end.
 */
#include "base/result.h"
#include "net/proxy_protocol.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum http_step read_exactly(const uint8_t *data, size_t n, struct proxy_protocol *out,
                                   size_t *wanted)
{
    uint8_t *exact = malloc(n);
    if (n > 0)
        memcpy(exact, data, n);
    enum http_step step = proxy_protocol_read((struct bytes){ exact, n }, out, wanted);
    free(exact);
    return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_protocol whole = { 0 };
    struct proxy_protocol parts = { 0 };
    size_t wanted = 0;
    size_t n = 0;
    enum http_step step = HTTP_MORE;
    for (int turns = 0; step == HTTP_MORE && n <= size; turns++) {
        must(turns < 4);
        step = read_exactly(data, n, &parts, &wanted);
        must(step != HTTP_MORE || (wanted > n && wanted <= PROXY_PROTOCOL_MAX));
        n = step == HTTP_MORE ? wanted : n;
    }
    if (step == HTTP_READY) {
        must(wanted == n && read_exactly(data, size, &whole, &wanted) == HTTP_READY);
        must(wanted == n && whole.has_address == parts.has_address && whole.tls == parts.tls);
        must(address_equal(&whole.address, &parts.address));
    }
    return 0;
}
