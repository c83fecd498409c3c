/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_VERSION_H
#define UAUTH_APP_VERSION_H

/*
 * What this binary is: its version, and the libraries and hardening flags that it was built with.
 */

#include "base/ctx.h"

/* "uauth 0.1.0 (commit)". */
const char *version_text(struct arena *a);

/* Name, version, commit, compiler, hardening flags, the libraries that are loaded now and the bill
 * of materials of the build (CycloneDX 1.5) as one JSON object. */
const char *version_json(struct ctx *c);

#endif
