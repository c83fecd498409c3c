/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_CLIENT_AZURE_PLATFORM_H
#define UAUTH_CLIENT_AZURE_PLATFORM_H

/* Where a process runs, as far as credentials of Azure ask: so that tests can say so. */

#include "base/ctx.h"
#include "base/text.h"

struct azure_platform {
    const char *const *environment; /* "NAME=value", NULL at the end */
    const char *root;               /* stands before the paths of agents; "" but in tests */
    int64_t second_ms;              /* how long a second of waiting is: 1000 but in tests */
    const char *imds;               /* "http://169.254.169.254" but in tests */
};

/* The one of this process, with `environment`. */
struct azure_platform azure_platform(const char *const *environment);

/* The value of a variable; NULL if it is not set or empty. */
const char *azure_variable(const struct azure_platform *p, const char *name);

/* Waits that many milliseconds, as the platform's seconds go. */
void azure_wait(const struct azure_platform *p, int64_t ms);

#endif
