/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth provider create, list, show, update, delete: with whom people may sign in.
 */
#include "app/command_provider.h"
#include "app/command_node.h"
#include "app/commands.h"
#include "crypto/certificate_key.h"
#include "crypto/secret_file.h"

#include <string.h>

/* ---- reading what was given ---- */

static void read_text(const struct command_line *line, const char *name, const char **out)
{
    if (command_has(line, name))
        *out = command_value(line, name);
}

static void read_list(struct ctx *c, const struct command_line *line, const char *name,
                      struct texts *out)
{
    if (command_has(line, name))
        *out = command_values(c->arena, line, name);
}

static void read_flag(const struct command_line *line, const char *on, const char *off, bool *out)
{
    *out = (*out || command_has(line, on)) && !command_has(line, off);
}

static void read_metadata(struct ctx *c, const struct command_line *line,
                          struct provider_metadata *m)
{
    read_text(line, "--issuer", &m->issuer);
    read_text(line, "--client-id", &m->client_id);
    read_text(line, "--auth-method", &m->token_endpoint_auth_method);
    read_text(line, "--response-mode", &m->response_mode);
    read_text(line, "--tenant", &m->tenant);
    read_text(line, "--graph-url", &m->graph);
    read_text(line, "--authority", &m->authority);
    read_text(line, "--assertion-file", &m->assertion_file);
    read_text(line, "--managed-identity", &m->managed_identity);
    read_text(line, "--hosted-domain", &m->hosted_domain);
    read_text(line, "--team-id", &m->team_id);
    read_text(line, "--authorization-endpoint", &m->authorization_endpoint);
    read_text(line, "--token-endpoint", &m->token_endpoint);
    read_text(line, "--userinfo-endpoint", &m->userinfo_endpoint);
    read_text(line, "--emails-endpoint", &m->emails_endpoint);
    read_list(c, line, "--scope", &m->scopes);
    read_list(c, line, "--email-domain", &m->email_domains);
    read_list(c, line, "--login-domain", &m->login_domains);
    read_text(line, "--home-tenant", &m->tenant_id);
    read_list(c, line, "--role", &m->roles);
    read_list(c, line, "--allowed-tenant", &m->tenants);
    read_list(c, line, "--redirect-uri", &m->redirect_uris);
    read_flag(line, "--sign-out", "--no-sign-out", &m->sign_out);
    read_flag(line, "--create-users", "--no-create-users", &m->create_users);
    read_flag(line, "--trust-email", "--no-trust-email", &m->trust_email);
    read_flag(line, "--guests", "--no-guests", &m->guests);
}

/* PEM, as a text. */
static RESULT read_certificate(struct ctx *c, const char *path, const char **out)
{
    struct bytes pem;
    TRY(secret_file_read(c, path, CERTIFICATE_KEY_BYTES_MAX, &pem));
    if (memchr(pem.at, '\0', pem.n) != NULL)
        return fail_field(c, INVALID_FIELD, "certificate-file", "This is no PEM.");
    *out = text_copy(c->arena, (const char *)pem.at, pem.n);
    return ok();
}

RESULT command_provider_secret(struct ctx *c, const struct command_line *line, const char **out)
{
    if (command_has(line, "--certificate-file"))
        return read_certificate(c, command_value(line, "--certificate-file"), out);
    return command_secret(c, line, "--client-secret", out);
}

RESULT command_provider_read(struct ctx *c, const struct command_line *line,
                             struct provider_wanted *wanted)
{
    wanted->name = command_value(line, "--name");
    if (command_has(line, "--recheck-minutes") &&
        !text_int(command_value(line, "--recheck-minutes"), 0, PROVIDER_RECHECK_MAX,
                  &wanted->metadata.recheck_minutes))
        return fail_field(c, INVALID_FIELD, "recheck_minutes", "This is 0 to 43200 minutes.");
    read_flag(line, "--disable", "--enable", &wanted->disabled);
    read_metadata(c, line, &wanted->metadata);
    return ok();
}

/* ---- showing ---- */

static const char *status_of(bool disabled)
{
    return disabled ? "disabled" : "active";
}

void command_provider_print(struct ctx *c, const struct command_line *line,
                            const struct provider_shown *p)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", p->id);
    json_text(&w, "kind", p->kind);
    json_text(&w, "name", p->name);
    json_text(&w, "status", p->status);
    json_text(&w, "callback", p->callback);
    json_text(&w, "urls_named_by", p->urls_named_by);
    json_raw(&w, "metadata", p->metadata);
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "id           %s\nkind         %s\nname         %s\nstatus       %s\n", p->id,
                p->kind, p->name, p->status);
    command_say(line, "client_id    %s\ncallback     %s\nURLs are of  the %s\n", p->client_id,
                p->callback, p->urls_named_by);
}

static void show_one(struct ctx *c, const struct command_line *line,
                     const struct provider_made *made)
{
    const struct provider_shown shown = {
        .id = made->row->id,
        .kind = made->row->kind,
        .name = made->row->name,
        .status = status_of(made->row->disabled),
        .callback = provider_callback(c->arena, c->config->public_url, made->row->id),
        .client_id = made->metadata.client_id,
        .urls_named_by = provider_named_by(made->row),
        .metadata = made->row->metadata,
    };
    command_provider_print(c, line, &shown);
}

void command_provider_print_list(struct ctx *c, const struct command_line *line,
                                 const struct provider_shown *at, size_t n)
{
    static const char *const titles[] = { "ID", "KIND", "NAME", "STATUS", "MADE" };
    enum { COLUMNS = sizeof titles / sizeof titles[0] };
    struct json_writer w = json_writer(c->arena);
    const char **cells = ARENA_NEWS(c->arena, const char *, n *COLUMNS);
    json_array(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        const char *const all[] = { at[i].id, at[i].kind, at[i].name, at[i].status,
                                    command_time(c->arena, at[i].created_at) };
        for (size_t k = 0; k < COLUMNS; k++)
            cells[i * COLUMNS + k] = all[k];
        json_object(&w, NULL);
        json_text(&w, "id", at[i].id);
        json_text(&w, "kind", at[i].kind);
        json_text(&w, "name", at[i].name);
        json_text(&w, "status", at[i].status);
        json_object_end(&w);
    }
    json_array_end(&w);
    command_show(line, &w);
    if (!line->json)
        command_print_table(c->arena, titles, COLUMNS, cells, n);
}

static RESULT list(struct ctx *c, const struct command_line *line, struct node *node)
{
    struct provider_rows rows;
    (void)node;
    TRY(provider_rows_list(c, &rows));
    struct provider_shown *all = ARENA_NEWS(c->arena, struct provider_shown, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        all[i] = (struct provider_shown){ .id = rows.at[i].id,
                                          .kind = rows.at[i].kind,
                                          .name = rows.at[i].name,
                                          .status = status_of(rows.at[i].disabled),
                                          .created_at = rows.at[i].created_at };
    command_provider_print_list(c, line, all, rows.n);
    return ok();
}

/* ---- doing ---- */

static RESULT create(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct provider_made made;
    struct provider_wanted wanted = { .kind = command_value(line, "--kind") };
    TRY(command_argument(c, line, "the id of the provider", &wanted.id));
    TRY(command_provider_secret(c, line, &wanted.secret));
    TRY(command_provider_read(c, line, &wanted));
    TRY(provider_create(c, &wanted, &made));
    show_one(c, line, &made);
    return ok();
}

static RESULT show_here(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct provider_made made;
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of the provider", &id));
    TRY(provider_read(c, id, &made));
    show_one(c, line, &made);
    return ok();
}

/* A provider on its way through a transaction: nothing is changed between reading and writing it.
 */
struct updating {
    const struct command_line *line;
    const char *id, *secret;
    struct provider_made made;
};

static RESULT update_in(struct ctx *c, struct db *tx, void *arg)
{
    (void)tx;
    struct updating *u = arg;
    TRY(provider_read(c, u->id, &u->made));
    struct provider_wanted wanted = { .id = u->id,
                                      .secret = u->secret,
                                      .disabled = u->made.row->disabled,
                                      .metadata = u->made.metadata };
    TRY(command_provider_read(c, u->line, &wanted));
    return provider_change(c, &wanted, &u->made);
}

static RESULT update(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    struct updating u = { .line = line };
    TRY(command_argument(c, line, "the id of the provider", &u.id));
    TRY(command_provider_secret(c, line, &u.secret));
    TRY(db_atomically(c, update_in, &u));
    show_one(c, line, &u.made);
    return ok();
}

void command_provider_removed(struct ctx *c, const struct command_line *line, const char *id)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "id", id);
    json_text(&w, "done", "is removed");
    json_object_end(&w);
    command_show(line, &w);
    command_say(line, "%s is removed.\n", id);
}

static RESULT erase(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    const char *id = NULL;
    TRY(command_argument(c, line, "the id of the provider", &id));
    TRY(provider_erase(c, id, NULL));
    command_provider_removed(c, line, id);
    return ok();
}

/* ---- the rows ---- */

COMMAND_RUN(create)
COMMAND_RUN(list)
COMMAND_RUN(show_here)
COMMAND_RUN(update)
COMMAND_RUN(erase)

/* clang-format off */
#define PROVIDER_OPTIONS                                                                                         \
    { "--name", "NAME", "Name that people see on the button", false, false },                                    \
    { "--issuer", "URL", "openid: its issuer, exactly; entra: the host of the cloud", false, false },            \
    { "--client-secret-file", "FILE", "Our secret there, or a private key as a JWK", false, false },             \
    { "--certificate-file", "FILE", "entra: PEM with our private key and its certificate, for certificate", false, false }, \
    { "--client-secret-stdin", NULL, "The same from standard input", false, false },                             \
    { "--auth-method", "METHOD", "How we show it: see above", false, false }, \
    { "--scope", "SCOPE", "What is asked for, instead of what the kind needs", false, true },                    \
    { "--response-mode", "MODE", "query, or form_post", false, false },                                          \
    { "--recheck-minutes", "N", "Ask it again so often whether people may come in; 0: not", false, false },      \
    { "--sign-out", NULL, "Who signs out here signs out there", false, false },                                 \
    { "--no-sign-out", NULL, "They do not", false, false },                                                      \
    { "--create-users", NULL, "Make an account at somebody's first sign-in", false, false },                     \
    { "--no-create-users", NULL, "Do not", false, false },                                                       \
    { "--trust-email", NULL, "Believe the provider which addresses are verified", false, false },                \
    { "--no-trust-email", NULL, "Do not", false, false },                                                        \
    { "--email-domain", "DOMAIN", "A domain whose addresses it may vouch for", false, true },                    \
    { "--login-domain", "DOMAIN", "Who types an address of this domain is sent there", false, true },             \
    { "--home-tenant", "ID", "The tenant here whose members its people become", false, false },                  \
    { "--role", "THEIRS=OURS", "A role here for a group or role there", false, true },                           \
    { "--redirect-uri", "URI", "Of programs that sign people in themselves", false, true },                      \
    { "--tenant", "ID", "entra: a tenant, organizations, common or consumers; ciam: a tenant", false, false },                              \
    { "--allowed-tenant", "ID", "entra: whose users may sign in", false, true },                                 \
    { "--guests", NULL, "entra: guests may, too", false, false },                                                \
    { "--no-guests", NULL, "entra: they may not", false, false },                                                \
    { "--graph-url", "URL", "entra: Microsoft Graph of another cloud", false, false },                           \
    { "--authority", "URL", "b2c, ciam: where it is", false, false },                                            \
    { "--assertion-file", "FILE", "federated_file: where the platform puts the assertion", false, false },       \
    { "--managed-identity", "ID", "managed_identity: the client id of a user-assigned one", false, false },      \
    { "--hosted-domain", "DOMAIN", "google: people of this Workspace domain only", false, false },               \
    { "--team-id", "ID", "apple: the team", false, false },                                                      \
    { "--authorization-endpoint", "URL", "oauth2: instead of GitHub's", false, false },                          \
    { "--token-endpoint", "URL", "oauth2: instead of GitHub's", false, false },                                  \
    { "--userinfo-endpoint", "URL", "oauth2: instead of GitHub's", false, false },                               \
    { "--emails-endpoint", "URL", "oauth2: instead of GitHub's", false, false },                                 \
    { "--disable", NULL, "Nobody can use it; what is linked stays", false, false },                              \
    { "--enable", NULL, "It can be used again", false, false }

static const struct command_option create_options[] = {
    { "--kind", "KIND", "openid, entra, b2c, ciam, google, apple or oauth2 (GitHub)", true, false },
    { "--client-id", "ID", "Who we are there", true, false },
    PROVIDER_OPTIONS,
};
static const struct command_option update_options[] = {
    { "--client-id", "ID", "Who we are there", false, false },
    PROVIDER_OPTIONS,
};
static const struct command_option erase_options[] = {
    { "--yes", NULL, "What people have linked there goes, too", true, false },
};
/* clang-format on */

#define METHODS                                                                                    \
    "METHOD is client_secret_basic, client_secret_post, private_key_jwt or none; at Entra also\n"  \
    "certificate, federated_file, managed_identity or own_key."

const struct command command_provider_create = {
    .name = "provider create",
    .summary = "Let people sign in with somebody else: Entra, Google, GitHub, Apple, OpenID",
    .arguments = "ID",
    .details =
        "ID stands in the address that is registered there, which is shown as callback.\n" METHODS,
    COMMAND_OPTIONS(create_options),
    .run = run_create,
    .there = command_provider_create_there,
};
const struct command command_provider_list = {
    .name = "provider list",
    .summary = "List providers",
    .run = run_list,
    .there = command_provider_list_there,
};
const struct command command_provider_show = {
    .name = "provider show",
    .summary = "Show a provider",
    .arguments = "ID",
    .run = run_show_here,
    .there = command_provider_show_there,
};
const struct command command_provider_update = {
    .name = "provider update",
    .summary = "Change a provider",
    .arguments = "ID",
    .details = "A list that is given replaces the one before; what is not given stays.\n" METHODS,
    COMMAND_OPTIONS(update_options),
    .run = run_update,
    .there = command_provider_update_there,
};
const struct command command_provider_delete = {
    .name = "provider delete",
    .summary = "Remove a provider with all that people have linked there",
    .arguments = "ID",
    COMMAND_OPTIONS(erase_options),
    .run = run_erase,
    .there = command_provider_erase_there,
};
