/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_WEB_REPLY_CLIENT_H
#define UAUTH_WEB_REPLY_CLIENT_H

/*
 * An authorization response: what goes to the redirect URI of a client by way of the browser
 * (RFC 6749 4.1.2).
 */

#include "base/codec.h"
#include "web/req.h"

/*
 * Sends `fields` (those whose value is NULL are left out) with state and iss (RFC 9207 2) to
 * r->redirect_uri, which is proven: must(); in its query, or, with r->redirect_by_form, by a form
 * that the browser posts (OAuth 2.0 Form Post Response Mode).  With r->redirect_sign all of it is
 * one parameter, `response` (JARM 2.3); then it fails as that does.
 */
RESULT reply_to_client(struct req *r, const struct form_field *fields, size_t n);

#endif
