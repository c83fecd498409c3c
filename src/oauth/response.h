/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_RESPONSE_H
#define UAUTH_OAUTH_RESPONSE_H

/* Response modes: how an authorization response gets to the client. */

#include "base/text.h"

/* Whether `mode` is one that is offered; NULL is query, the default of codes. */
bool response_mode_read(const char *mode, bool *by_form);

/* Their names, for discovery. */
struct texts response_mode_names(struct arena *a);

#endif
