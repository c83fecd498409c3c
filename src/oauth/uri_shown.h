/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_URI_SHOWN_H
#define UAUTH_OAUTH_URI_SHOWN_H

/*
 * URIs as they may be shown: without what may be a secret, which is the query,
 * the fragment and what stands before an '@'.
 */

#include "base/text.h"

/* `uri` without these ("https://app.test/cb?..."); NULL for NULL. */
const char *uri_shown(struct arena *a, const char *uri);

/* IN-16: where a browser is sent, as its user reads it: "app.test", "app.test:8443",
 * "com.example.app:/cb". */
const char *uri_place(struct arena *a, const char *uri);

/* All of them, one after the other. */
const char *uris_shown(struct arena *a, struct texts uris);

/* The one of `registered` that comes nearest to `uri`, shown; NULL: there is none. */
const char *uri_nearest(struct arena *a, struct texts registered, const char *uri);

/* `uri`, shown, and what it differs in from that one: "http://app.test/cb (the scheme differs)". */
const char *uri_difference(struct arena *a, struct texts registered, const char *uri);

#endif
