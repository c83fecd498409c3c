/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UAUTH_APP_COMMAND_CLIENT_H
#define UAUTH_APP_COMMAND_CLIENT_H

/* What the commands about clients share. */

#include "api/admin_clients.h"
#include "app/command_node.h"
#include "app/command_server.h"
#include "oauth/client_change.h"

/* The client that the command's one argument names. */
RESULT command_client(struct ctx *c, const struct command_line *line, struct client_made *out);

/* The same on a server; *etag is its state. */
RESULT command_client_there(struct ctx *c, const struct command_line *line,
                            const struct admin_server *server, struct client_made *out,
                            const char **etag);

/* Makes a call that is answered with a client, and shows it. */
RESULT command_client_send(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server, const struct admin_call *call);

/* What a service tells of a client. */
struct client_row command_client_row(const struct admin_client *client);

/* The files that options name, read before any transaction; empty where there is none. */
struct command_client_files {
    struct bytes metadata, jwks;
};
RESULT command_client_files(struct ctx *c, const struct command_line *line,
                            struct command_client_files *out);

/* The options that say what a client registers, put over `metadata`: those that were not given stay
 * as they are.  INVALID_FIELD names the option. */
RESULT command_client_read(struct ctx *c, const struct command_line *line,
                           const struct command_client_files *files,
                           struct client_metadata *metadata);

/* Shows a client, with its new secret if it has one: as JSON in the names of RFC 7591, or as text.
 */
void command_client_show(struct ctx *c, const struct command_line *line,
                         const struct client_made *client);

/* "active". */
const char *command_client_status(enum client_status status);

#define COMMAND_CLIENT_OPTIONS                                                                     \
    { "--name", "NAME", "Name that users see", false, false },                                     \
        { "--redirect-uri", "URI", "Where codes may be sent", false, true },                       \
        { "--post-logout-redirect-uri", "URI", "Where browsers may go after signing out", false,   \
          true },                                                                                  \
        { "--backchannel-logout-uri", "URI", "Where it is told that a session has ended", false,   \
          false },                                                                                 \
        { "--frontchannel-logout-uri", "URI", "What browsers load when a session has ended",       \
          false, false },                                                                          \
        { "--grant", "GRANT", "authorization_code, refresh_token, client_credentials", false,      \
          true },                                                                                  \
        { "--scope", "SCOPE", "A scope that it may ask for", false, true },                        \
        { "--auth-method", "METHOD", "How it authenticates: see above", false, false },            \
        { "--jwks-file", "FILE", "Its public keys, for private_key_jwt", false, false },           \
        { "--metadata-file", "FILE", "What it registers, as JSON (RFC 7591); options come on top", \
          false, false },                                                                          \
        { "--resource", "URI", "An API that it may ask tokens for; none: every one", false,        \
          true },                                                                                  \
        { "--audience", "URI", "An audience whose tokens it may introspect", false, true },        \
        { "--origin", "ORIGIN", "An origin that may call from a browser", false, true },           \
        { "--first-party", NULL, "Do not ask its users for consent", false, false },               \
        { "--require-pkce", NULL, "Ask for PKCE whatever AUTH_REQUIRE_PKCE says", false, false },  \
    {                                                                                              \
        "--require-par", NULL, "Take pushed requests only (RFC 9126)", false, false                \
    }

#endif
