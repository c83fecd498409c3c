/* SPDX-License-Identifier: Apache-2.0 */
/* The first bytes of a picture: what says that it is one has sides, and what follows changes
 * nothing. */
#include "base/picture.h"
#include "base/result.h"
#include "base/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct picture picture;
    struct picture again;
    if (!picture_read((struct bytes){ data, n }, &picture))
        return 0;
    must(n >= 30 && picture.width > 0 && picture.height > 0);
    must(text_starts(picture.media, "image/"));
    must(picture_read((struct bytes){ data, n < 33 ? n : 33 }, &again));
    must(again.width == picture.width && again.height == picture.height);
    return 0;
}
