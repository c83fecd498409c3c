/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_OAUTH_CLIENT_DOCUMENT_H
#define UAUTH_OAUTH_CLIENT_DOCUMENT_H

/*
 * Clients whose client_id is the https URL of what they say of themselves (OAuth Client ID Metadata
 * Document, draft-ietf-oauth-client-id-metadata-document; decision 13), where
 * AUTH_CLIENT_ID_METADATA_DOCUMENTS is on.  Nobody here has registered them, so they are bounded as
 * those that registered openly (oauth/registration_rules.h), have no secret, and users see the
 * host.
 *
 * The document is fetched as whatever others name (net/outbound.h, client/documents.h): never from
 * inside, within 3 seconds, at most 5 KiB, no redirect; what was not good is not asked for again
 * for a while.  What it says is kept as a row of `clients`, since grants refer to it.
 */

#include "oauth/client_metadata.h"

/* Whether it is to be looked up in this way. */
bool client_document_names(const char *client_id);

/* Whether such clients may come: they are of no tenant, and so at no tenant's issuer. */
bool client_documents_are_taken(const struct ctx *c);

/*
 * Brings the row of `client_id` up to date with its document; for other ids nothing.  Where
 * somebody is about to be sent to the client, not where the client comes with what it was given.
 * INVALID_REQUEST if the document cannot be had or is none: whoever asks is not told why (SR-06,
 * SR-11).
 */
RESULT client_document_renew(struct ctx *c, const char *client_id);

/*
 * Reads the document that was found at `url`: the same members as of a registration, client_id is
 * `url`, and there is no secret.  INVALID_JSON, INVALID_FIELD, INVALID_REDIRECT_URI,
 * INVALID_CLIENT_METADATA.  For fuzzing, too.
 */
RESULT client_document_read(struct ctx *c, struct bytes body, const char *url,
                            struct client_metadata *out);

/* The host that users see. */
const char *client_document_host(struct arena *a, const char *client_id);

#endif
