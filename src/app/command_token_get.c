/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth token client-credentials, token exchange: an access token from whatever authorization
 * server, for a program itself or in the name of somebody.
 */
#include "app/commands.h"
#include "app/token_client.h"

/* ---- client-credentials ---- */

static RESULT get_own(struct ctx *c, const struct command_line *line, const struct token_client *t)
{
    struct oauth_endpoint endpoint;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    TRY(issuer_endpoint(c, &t->issuer, &t->client, ISSUER_TOKEN, &endpoint));
    err got = oauth_client_credentials(c, &t->client, &endpoint, &t->wanted, &tokens, &answer);
    TRY(token_client_told(c, got, &answer));
    token_client_show(c, line, &tokens);
    return ok();
}

static RESULT run_client_credentials(struct ctx *c, const struct command_line *line)
{
    return token_client_run(c, line, get_own);
}

/* ---- exchange ---- */

#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"

/* RFC 8693 3: "access_token" is short for the URN. */
static const char *token_type(struct ctx *c, const struct command_line *line, const char *name,
                              const char *otherwise)
{
    const char *type = command_value(line, name);
    if (type == NULL)
        return otherwise;
    bool is_short = !text_starts(type, "urn:") && !text_starts(type, "http");
    return is_short ? text_printf(c->arena, TOKEN_TYPE "%s", type) : type;
}

static RESULT exchange(struct ctx *c, const struct command_line *line, const struct token_client *t)
{
    struct oauth_endpoint endpoint;
    struct oauth_tokens tokens;
    struct oauth_answer answer;
    struct token_exchange wanted = {
        .subject_token_type = token_type(c, line, "--subject-type", TOKEN_TYPE "access_token"),
        .requested_token_type = token_type(c, line, "--requested-type", NULL),
        .wanted = t->wanted,
    };
    const char *actor = command_value(line, "--actor-token-file");
    TRY(command_secret_from(c, command_value(line, "--subject-token-file"), "--subject-token-file",
                            &wanted.subject_token));
    if (actor != NULL) {
        TRY(command_secret_from(c, actor, "--actor-token-file", &wanted.actor_token));
        wanted.actor_token_type = TOKEN_TYPE "access_token";
    }
    TRY(issuer_endpoint(c, &t->issuer, &t->client, ISSUER_TOKEN, &endpoint));
    err got = oauth_token_exchange(c, &t->client, &endpoint, &wanted, &tokens, &answer);
    TRY(token_client_told(c, got, &answer));
    token_client_show(c, line, &tokens);
    return ok();
}

static RESULT run_exchange(struct ctx *c, const struct command_line *line)
{
    if (!command_has(line, "--subject-token-file") && command_has(line, "--client-secret-stdin"))
        return fail_field(c, INVALID_FIELD, "--client-secret-stdin",
                          "The subject's token comes from standard input; one of them needs a "
                          "file.");
    return token_client_run(c, line, exchange);
}

static const struct command_option client_credentials_options[] = { TOKEN_CLIENT_OPTIONS };

const struct command command_token_client_credentials = {
    .name = "token client-credentials",
    .summary = "Get an access token for a program, from any authorization server",
    .details = "The server is found by its issuer.  The access token alone is printed; with --json "
               "all that\n"
               "came with it.  Without a secret, key or certificate the client is a public one.",
    COMMAND_OPTIONS(client_credentials_options),
    .as_written = true,
    .here = "it is a client; --issuer names the service",
    .run = run_client_credentials,
};

static const struct command_option exchange_options[] = {
    TOKEN_CLIENT_OPTIONS,
    { "--subject-token-file", "FILE", "Whose token, instead of from standard input", false, false },
    { "--subject-type", "TYPE", "What it is: access_token (which is assumed), id_token, jwt...",
      false, false },
    { "--actor-token-file", "FILE", "The access token of who acts for them", false, false },
    { "--requested-type", "TYPE", "What to get instead of what the server thinks best", false,
      false },
};

const struct command command_token_exchange = {
    .name = "token exchange",
    .summary = "Exchange a token for another one (RFC 8693), at any authorization server",
    .details = "The token to exchange is read from standard input, or a file.  The new one alone "
               "is\nprinted; with --json all that came with it.",
    COMMAND_OPTIONS(exchange_options),
    .as_written = true,
    .here = "it is a client; --issuer names the service",
    .run = run_exchange,
};
