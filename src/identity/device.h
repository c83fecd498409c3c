/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_IDENTITY_DEVICE_H
#define UAUTH_IDENTITY_DEVICE_H

/*
 * The cookie of a browser on which somebody has signed in (decision 17): 256 random bits and a MAC
 * over them and the user's canonical address, under AUTH_SESSION_SECRET or a key derived from the
 * master key.  The MAC costs no query, so that a made-up cookie is like none; whether the device is
 * still known is asked of store/devices.h.  It lets nobody in and skips nothing (SS-15): it has an
 * allowance of attempts of its own (RL-09), and saves its owner a letter.
 */

#include "base/ctx.h"

/* Whether `cookie` was made for `email`; *hash is then what is stored of it. */
bool device_read(struct ctx *c, const char *cookie, const char *email, const char **hash);

/* A new cookie for `email`, and what is stored of it. */
const char *device_new(struct ctx *c, const char *email, const char **hash)
    __attribute__((returns_nonnull));

#endif
