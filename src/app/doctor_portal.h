/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_DOCTOR_PORTAL_H
#define UAUTH_APP_DOCTOR_PORTAL_H

/* Where in the Microsoft Entra admin center a mistake of a registration is put right. */

#include "client/entra_error.h"

/* The pages of a registration there. */
enum portal_page {
    PORTAL_OVERVIEW,
    PORTAL_AUTHENTICATION,
    PORTAL_SECRETS,
    PORTAL_FEDERATED,
    PORTAL_TOKENS,
    PORTAL_PERMISSIONS
};

/* "Microsoft Entra admin center > App registrations > CLIENT_ID > Overview: `what`". */
const char *portal_at(struct arena *a, enum portal_page page, const char *client_id,
                      const char *what) __attribute__((returns_nonnull));

/* The same for what Entra ID refused with. */
const char *portal_fix(struct arena *a, const struct aadsts *refused, const char *client_id)
    __attribute__((returns_nonnull));

/* Whether somebody has to consent first; `many`: the application is one for many tenants, which do
 * not know it before. */
bool portal_is_consent(const struct aadsts *refused, bool many);

/* The first AADSTS number in a page for people, or NULL. */
const struct aadsts *portal_read_page(struct arena *a, struct bytes page);

#endif
