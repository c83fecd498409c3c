/* SPDX-License-Identifier: Apache-2.0 */
#include "web/home_realm.h"

#include "base/config.h"
#include "identity/email.h"
#include "store/providers.h"

#include <string.h>

static bool is_of_settings(const struct config *config)
{
    return config->azure_client_id[0] != '\0' && config->azure_login_domains.n > 0;
}

RESULT home_realm_find(struct ctx *c, const char *email, const char **provider)
{
    const struct config *config = c->config;
    const char *canonical = NULL;
    *provider = NULL;
    if (email == NULL || !email_canonical(c->arena, email, &canonical))
        return ok();
    const char *domain = strrchr(canonical, '@') + 1;
    for (size_t i = 0; is_of_settings(config) && i < config->azure_login_domains.n; i++)
        if (text_equal_nocase(config->azure_login_domains.at[i], domain))
            *provider = "entra";
    return *provider != NULL ? ok() : provider_of_domain(c, domain, provider);
}

RESULT home_realm_used(struct ctx *c, bool *used)
{
    *used = is_of_settings(c->config);
    return *used ? ok() : provider_domains_exist(c, used);
}
