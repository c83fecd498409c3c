/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_TOKEN_CLIENT_H
#define UAUTH_APP_TOKEN_CLIENT_H

/* Commands that are a client of some authorization server: who they are, where, and what they got.
 */

#include "app/command.h"
#include "client/issuer.h"
#include "client/oauth_client.h"

struct token_client {
    struct issuer issuer;
    struct oauth_client client;
    struct oauth_wanted wanted;
};

typedef RESULT token_client_work(struct ctx *c, const struct command_line *line,
                                 const struct token_client *t);

/* Reads the options below, finds the issuer, does `work`.  INVALID_FIELD: options that do not go
 * together, files that cannot be read. */
RESULT token_client_run(struct ctx *c, const struct command_line *line, token_client_work *work);

/*
 * The failure of a call whose server has said why: with its words, which people read (RFC 6749
 * 5.2).  ok() if it did not fail.
 */
RESULT token_client_told(struct ctx *c, err result, const struct oauth_answer *answer);

/* Prints the tokens: the access token alone on standard output, or all as JSON. */
void token_client_show(struct ctx *c, const struct command_line *line,
                       const struct oauth_tokens *tokens);

/* clang-format off */
#define TOKEN_CLIENT_OPTIONS                                                                                          \
    { "--issuer", "URL", "The issuer of the authorization server", true, false },                                     \
    { "--client-id", "ID", "Who we are there", true, false },                                                         \
    { "--client-secret-file", "FILE", "Our secret there", false, false },                                             \
    { "--client-secret-stdin", NULL, "The same from standard input", false, false },                                  \
    { "--auth-method", "METHOD", "client_secret_basic or client_secret_post", false, false },                         \
    { "--key", "FILE", "Our private key for private_key_jwt, as PEM or JWK", false, false },                          \
    { "--key-id", "KID", "What it is called there, if not by its thumbprint", false, false },                         \
    { "--cert", "FILE", "Our certificate for TLS, as PEM", false, false },                                            \
    { "--cert-key", "FILE", "Its private key, if it is not in the same file", false, false },                         \
    { "--scope", "SCOPE", "What to ask for; several times, or separated by spaces", false, true },                    \
    { "--resource", "URI", "For which resource (RFC 8707)", false, true },                                            \
    { "--audience", "NAME", "For which audience, where the server has no resources", false, true },                   \
    { "--dpop", "FILE", "Bind the tokens to the key in this file, which is made if need be", false, false }
/* clang-format on */

#endif
