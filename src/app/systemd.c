/* SPDX-License-Identifier: Apache-2.0 */
#include "app/systemd.h"

#ifdef UAUTH_SYSTEMD

#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

bool systemd_built_in(void)
{
    return true;
}

void systemd_ready(const char *status)
{
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void systemd_reloading(void)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)time_monotonic_us());
}

void systemd_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}

void systemd_alive(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

/* The library hands out malloc'ed names: they are copied and given back. */
static void copy_names(struct ctx *c, char **names, size_t n, struct systemd_socket *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct systemd_socket){ .fd = SD_LISTEN_FDS_START + (int)i, .name = "" };
        if (names != NULL && names[i] != NULL)
            out[i].name = text_copy(c->arena, names[i], strlen(names[i]));
    }
}

RESULT systemd_sockets(struct ctx *c, struct systemd_socket *out, size_t *n)
{
    char **names = NULL;
    int found = sd_listen_fds_with_names(0, &names);
    *n = 0;
    if (found < 0)
        return fail(c, UNAVAILABLE, "the sockets of systemd cannot be read: %s",
                    strerrordesc_np(-found));
    if (names != NULL)
        arena_own(c->arena, free, names);
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        arena_own(c->arena, free, names[i]);
    if (found > SYSTEMD_SOCKETS_MAX)
        return fail(c, UNAVAILABLE, "systemd hands in more than %d sockets", SYSTEMD_SOCKETS_MAX);
    copy_names(c, names, (size_t)found, out);
    *n = (size_t)found;
    return ok();
}

#else

bool systemd_built_in(void)
{
    return false;
}

void systemd_ready(const char *status)
{
    (void)status;
}

void systemd_reloading(void)
{
}

void systemd_stopping(void)
{
}

void systemd_alive(void)
{
}

RESULT systemd_sockets(struct ctx *c, struct systemd_socket *out, size_t *n)
{
    (void)c;
    (void)out;
    *n = 0;
    return ok();
}

#endif
