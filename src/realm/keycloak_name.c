/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of an export of Keycloak is called what here, and what is Keycloak's own.
 */
#include "realm/keycloak.h"

#include "store/roles.h"

#include <string.h>

const char *keycloak_role_name(struct arena *a, const char *client, const char *role)
{
    const char *both = client == NULL ? role : text_printf(a, "%s-%s", client, role);
    const char *name = text_lower(a, both);
    bool named = name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= ROLE_NAME_MAX &&
                 name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
    return named ? name : NULL;
}

bool keycloak_is_own_role(const char *role)
{
    return text_equal(role, "offline_access") || text_equal(role, "uma_authorization") ||
           text_starts(role, "default-roles-");
}

bool keycloak_is_own_client(const char *client_id)
{
    static const char *const own[] = { "account", "account-console",  "admin-cli",
                                       "broker",  "realm-management", "security-admin-console" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (text_equal(own[i], client_id))
            return true;
    return false;
}
