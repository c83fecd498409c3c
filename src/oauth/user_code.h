/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_USER_CODE_H
#define UAUTH_OAUTH_USER_CODE_H

/* Codes that people type (RFC 8628 6.1, decision 13): 34 bits, no vowels, so that no word appears.
 */

#include "base/ctx.h"

/* A new one, as devices show it: "WDJB-MJHT". */
const char *user_code_new(struct ctx *c) __attribute__((returns_nonnull));

/* What somebody has typed, in whatever case and with whatever between the letters, in that form;
 * NULL if it cannot be one. */
const char *user_code_read(struct arena *a, const char *typed);

/* As it is stored. */
const char *user_code_hash(struct arena *a, const char *user_code) __attribute__((returns_nonnull));

#endif
