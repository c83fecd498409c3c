/* SPDX-License-Identifier: Apache-2.0 */
#include "client/azure_platform.h"

#include <string.h>
#include <time.h>

struct azure_platform azure_platform(const char *const *environment)
{
    return (struct azure_platform){ environment, "", 1000, "http://169.254.169.254" };
}

const char *azure_variable(const struct azure_platform *p, const char *name)
{
    size_t n = strlen(name);
    for (const char *const *at = p->environment; at != NULL && *at != NULL; at++)
        if (strncmp(*at, name, n) == 0 && (*at)[n] == '=')
            return (*at)[n + 1] == '\0' ? NULL : *at + n + 1;
    return NULL;
}

void azure_wait(const struct azure_platform *p, int64_t ms)
{
    int64_t us = ms * p->second_ms;
    struct timespec left = { .tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000 };
    (void)nanosleep(&left, NULL);
}
