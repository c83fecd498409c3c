/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_CONFIG_VERSION_H
#define UAUTH_WEB_CONFIG_VERSION_H

#include "base/config.h"

/*
 * A name for all settings together: the first CONFIG_VERSION_CHARS of the SHA-256 (hex) of their
 * values as `uauth config` shows them, so that it says nothing of secrets, and nothing of where a
 * value came from.  The same settings have the same name on every node and after every start.
 */
enum { CONFIG_VERSION_CHARS = 12 };
const char *config_version(struct arena *a, const struct config *config)
    __attribute__((returns_nonnull));

#endif
