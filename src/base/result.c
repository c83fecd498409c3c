/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void must_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "bug: %s:%d: %s\n", file, line, condition);
    abort();
}
