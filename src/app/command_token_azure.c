/* SPDX-License-Identifier: Apache-2.0 */
/* uauth token azure: a token of Azure from where this runs. */
#include "app/command_outbound.h"
#include "app/commands.h"

#include "base/time.h"
#include "client/azure_credential.h"

#include <stdio.h>

static void show(struct ctx *c, const struct command_line *line, const struct azure_token *token)
{
    if (!line->json) {
        (void)printf("%s\n", token->token);
        return;
    }
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "access_token", token->token);
    json_text(&w, "credential", token->source);
    json_number(&w, "expires_in", token->expires_on - c->now);
    json_text(&w, "expires_at", time_rfc3339(c->arena, token->expires_on));
    if (token->refresh_on != 0)
        json_text(&w, "refresh_at", time_rfc3339(c->arena, token->refresh_on));
    json_object_end(&w);
    command_show(line, &w);
}

static void forget(void *credential)
{
    azure_credential_free(credential);
}

static RESULT get(struct ctx *c, const struct command_line *line, void *arg)
{
    struct azure_credential *credential = NULL;
    struct azure_token token;
    struct texts claims = command_values(c->arena, line, "--claims");
    const struct azure_platform platform = azure_platform(line->settings.environment);
    const struct azure_options options = {
        .credential = command_value(line, "--credential"),
        /* Who names one on the command line allows it. */
        .allowed_tenants = command_values(c->arena, line, "--tenant"),
        .client_id = command_value(line, "--client-id"),
        .object_id = command_value(line, "--object-id"),
        .resource_id = command_value(line, "--resource-id"),
        .subscription = command_value(line, "--subscription"),
    };
    const struct azure_asked asked = { .scope = command_value(line, "--scope"),
                                       .tenant_id = command_value(line, "--tenant"),
                                       .claims = claims.n == 0 ? NULL : claims.at[0] };
    (void)arg;
    TRY(azure_credential_new(c, &platform, &options, &credential));
    arena_own(c->arena, forget, credential);
    TRY(azure_credential_get(c, credential, &asked, &token));
    show(c, line, &token);
    return ok();
}

static RESULT run(struct ctx *c, const struct command_line *line)
{
    return command_with_upstreams(c, line, get, NULL);
}

/* clang-format off */
static const struct command_option options[] = {
    { "--scope", "SCOPE", "What the token is for: RESOURCE/.default", true, false },
    { "--credential", "NAME", "environment, workload-identity, managed-identity or azure-cli", false, false },
    { "--tenant", "TENANT", "The tenant, if not that of AZURE_TENANT_ID", false, false },
    { "--client-id", "ID", "The user-assigned identity, or the federated application", false, false },
    { "--object-id", "ID", "The user-assigned identity by its object id", false, false },
    { "--resource-id", "ID", "The user-assigned identity by its resource id", false, false },
    { "--subscription", "NAME", "The subscription, for the Azure CLI", false, false },
    { "--claims", "JSON", "What a resource has asked for in its challenge", false, false },
};
/* clang-format on */

const struct command command_token_azure = {
    .name = "token azure",
    .summary = "Get a token of Azure for a program, from where it runs",
    .details =
        "What Azure gives to programs is tried in the order of Microsoft's libraries: a secret or "
        "certificate\nin the environment (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET), "
        "workload identity,\nmanaged identity (App Service, Azure Arc, virtual machines, Service "
        "Fabric, Cloud Shell,\nAzure ML), the Azure CLI.  AZURE_TOKEN_CREDENTIALS chooses, too: "
        "prod, dev, or one of them.\nWhat is not there is passed over; what is there and is "
        "refused "
        "ends the search.  If nothing\nis there, each says what it misses.",
    COMMAND_OPTIONS(options),
    .as_written = true,
    .here = "it is a client of Microsoft",
    .run = run,
};
