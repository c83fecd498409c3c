/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_MEDIA_H
#define UAUTH_WEB_MEDIA_H

/*
 * What a caller would rather read, by its Accept field (RFC 9110 12.5.1).
 */

#include "base/text.h"

/*
 * How much `accept` wants `type` ("text/html"), in thousandths: the weight of the range that names
 * it most closely; 0: not at all.  No field (NULL) wants everything.  What is malformed is passed
 * over.
 */
unsigned media_weight(const char *accept, const char *type);

/* Whether `accept` wants `type` more than `other`. */
bool media_prefers(const char *accept, const char *type, const char *other);

#endif
