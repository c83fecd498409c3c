/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page.h"

#include <string.h>

bool page_after_is_sound(const char *after)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (after == NULL)
        return true;
    if (strlen(after) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == '-' ? after[i] != '-' : strchr("0123456789abcdef", after[i]) == NULL)
            return false;
    return true;
}
