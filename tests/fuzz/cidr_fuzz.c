/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and ranges: the canonical text reads as the same address, and a range holds its
 * network.
 */
#include "base/result.h"
#include "net/address.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = { data, size };
    struct address address;
    struct address again;
    struct cidr range;
    char text[ADDRESS_TEXT];
    if (address_parse(in, &address)) {
        address_write(&address, text);
        must(address_parse(bytes_of(text), &again) && address_equal(&address, &again));
        address_key(&address, 64, text);
        must(cidr_parse(bytes_of(text), &range) && cidr_holds(&range, &address));
        must(cidr_parse(in, &range) && range.bits == 128 && cidr_holds(&range, &address));
    }
    if (cidr_parse(in, &range)) {
        must(range.bits <= 128 && cidr_holds(&range, &range.network));
        struct address outside = range.network;
        if (range.bits > 0) {
            outside.at[(range.bits - 1) / 8] ^= (uint8_t)(0x80 >> (range.bits - 1) % 8);
            must(!cidr_holds(&range, &outside));
        }
    }
    return 0;
}
