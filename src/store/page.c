/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page.h"

#include "base/text.h"

bool page_after_is_sound(const char *after)
{
    return after == NULL || text_is_uuid(after);
}
