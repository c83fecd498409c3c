/* SPDX-License-Identifier: Apache-2.0 */
#include "app/doctor_portal.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 9, UNKNOWN_APPLICATION = 700016 };

static const char *const pages[] = { "Overview",
                                     "Authentication",
                                     "Certificates & secrets",
                                     "Certificates & secrets > Federated credentials",
                                     "Token configuration",
                                     "API permissions" };

/* On which page, where that is not the overview; and whether a tenant has to consent first. */
static const struct {
    int64_t code;
    enum portal_page page;
    bool consent;
} places[] = {
    { 50011, PORTAL_AUTHENTICATION, false },  { 50194, PORTAL_AUTHENTICATION, false },
    { 700025, PORTAL_AUTHENTICATION, false }, { 700054, PORTAL_AUTHENTICATION, false },
    { 900971, PORTAL_AUTHENTICATION, false }, { 70002, PORTAL_SECRETS, false },
    { 700027, PORTAL_SECRETS, false },        { 7000215, PORTAL_SECRETS, false },
    { 7000218, PORTAL_SECRETS, false },       { 7000222, PORTAL_SECRETS, false },
    { 70021, PORTAL_FEDERATED, false },       { 700211, PORTAL_FEDERATED, false },
    { 700212, PORTAL_FEDERATED, false },      { 700213, PORTAL_FEDERATED, false },
    { 7002137, PORTAL_FEDERATED, false },     { 7002138, PORTAL_FEDERATED, false },
    { 50001, PORTAL_PERMISSIONS, true },      { 65001, PORTAL_PERMISSIONS, true },
    { 90094, PORTAL_PERMISSIONS, true },      { 90095, PORTAL_PERMISSIONS, true },
    { 500011, PORTAL_PERMISSIONS, true },     { 650052, PORTAL_PERMISSIONS, true },
    { 650056, PORTAL_PERMISSIONS, true },     { 650057, PORTAL_PERMISSIONS, true },
};

const char *portal_at(struct arena *a, enum portal_page page, const char *client_id,
                      const char *what)
{
    return text_printf(a, "Microsoft Entra admin center > App registrations > %s > %s: %s",
                       client_id, pages[page], what);
}

const char *portal_fix(struct arena *a, const struct aadsts *refused, const char *client_id)
{
    enum portal_page page = PORTAL_OVERVIEW;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].code == refused->code)
            page = places[i].page;
    return portal_at(a, page, client_id, refused->hint);
}

bool portal_is_consent(const struct aadsts *refused, bool many)
{
    if (refused->code == UNKNOWN_APPLICATION)
        return many;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].code == refused->code)
            return places[i].consent;
    return false;
}

const struct aadsts *portal_read_page(struct arena *a, struct bytes page)
{
    static const char mark[] = "AADSTS";
    const char *text = text_copy(a, (const char *)page.at, page.n);
    const struct aadsts *row = NULL;
    for (const char *at = strstr(text, mark); row == NULL && at != NULL; at = strstr(at, mark)) {
        at += strlen(mark);
        if (strspn(at, "0123456789") <= DIGITS_MAX)
            row = aadsts_find(strtol(at, NULL, 10));
    }
    return row;
}
