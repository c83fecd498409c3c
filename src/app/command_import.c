/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth user import, uauth import keycloak, uauth import auth0: what other systems know.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"
#include "app/import_send.h"
#include "app/progress.h"
#include "app/routes.h"
#include "realm/auth0.h"
#include "realm/import.h"
#include "realm/keycloak.h"
#include "store/tenants.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KIB = 1024 };

/* ---- files ---- */

static RESULT unreadable(struct ctx *c, const char *path)
{
    return fail_field(c, INVALID_FIELD, path, "This file cannot be read.");
}

/* All of a file, without having it in memory. */
static RESULT map_file(struct ctx *c, const char *path, struct bytes *out)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(c, path);
    bool plain = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
    void *at =
        plain ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    (void)close(fd);
    if (at == MAP_FAILED)
        return fail_field(c, INVALID_FIELD, path, "This is no file, or an empty one.");
    *out = (struct bytes){ at, (size_t)about.st_size };
    return ok();
}

static void unmap_file(struct bytes file)
{
    (void)munmap((void *)(uintptr_t)file.at, file.n);
}

static bool is_file(int file, const char *path)
{
    struct stat one, other;
    return path != NULL && fstat(file, &one) == 0 && stat(path, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Not over what is being read. */
static RESULT open_report(struct ctx *c, const struct command_line *line, const char *path,
                          int *file)
{
    *file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*file < 0)
        return fail_field(c, INVALID_FIELD, "--report", "This file cannot be written.");
    if (!is_file(*file, line->arguments.at[0]) && !is_file(*file, command_value(line, "--hashes")))
        return ok();
    (void)close(*file);
    return fail_field(c, INVALID_FIELD, "--report", "This is a file that is imported.");
}

/* ---- telling ---- */

static void tell_kib(void *progress, int64_t done, int64_t of)
{
    progress_tell(progress, done / KIB, (of + KIB - 1) / KIB);
}

static void show_left(struct json_writer *w, const struct keycloak_outcome *done)
{
    json_array(w, "configuration_left_out");
    for (size_t i = 0; done != NULL && i < done->left_n; i++) {
        json_object(w, NULL);
        json_text(w, "where", done->left[i].where);
        json_text(w, "left_out", done->left[i].what);
        json_text(w, "why", done->left[i].why);
        json_object_end(w);
    }
    json_array_end(w);
}

static void show_made(struct json_writer *w, const struct keycloak_outcome *done)
{
    json_array(w, "configuration");
    for (size_t i = 0; done != NULL && i < done->applied.changes_n; i++) {
        json_object(w, NULL);
        json_text(w, "kind", done->applied.changes[i].kind_name);
        json_text(w, "key", done->applied.changes[i].key);
        json_text_if(w, "secret", done->applied.changes[i].secret);
        json_object_end(w);
    }
    json_array_end(w);
}

static void say_configuration(const struct command_line *line, const struct keycloak_outcome *done)
{
    for (size_t i = 0; i < done->applied.changes_n; i++) {
        const struct realm_change *change = &done->applied.changes[i];
        command_say(line, "+ %s %s\n", change->kind_name, change->key);
        if (change->secret != NULL)
            command_say(line, "    its secret, shown this once: %s\n", change->secret);
    }
    for (size_t i = 0; i < done->left_n; i++)
        command_say(line, "! %s: %s left out: %s\n", done->left[i].where, done->left[i].what,
                    done->left[i].why);
}

static void show(struct ctx *c, const struct command_line *line, const struct import_outcome *out,
                 const struct keycloak_outcome *configured, const char *report)
{
    struct json_writer w = json_writer(c->arena);
    bool dry = command_has(line, "--dry-run");
    json_object(&w, NULL);
    json_number(&w, "records", out->records);
    json_number(&w, "added", out->added);
    json_number(&w, "left_out", out->left_out);
    json_number(&w, "resumed_at", out->resumed_at);
    json_text(&w, "report", report);
    json_bool(&w, "dry_run", dry);
    show_made(&w, configured);
    show_left(&w, configured);
    json_object_end(&w);
    command_show(line, &w);
    if (configured != NULL)
        say_configuration(line, configured);
    if (out->resumed_at > 0)
        command_say(line, "Went on behind record %lld.\n", (long long)out->resumed_at);
    command_say(line, "%lld of %lld people %s, %lld left out: %s says what and why.\n",
                (long long)out->added, (long long)out->records,
                dry ? "could be taken over" : "are taken over", (long long)out->left_out, report);
}

/* ---- importing ---- */

/* What a command imports, and how far it has come. */
struct importing {
    const struct command_line *line;
    const struct admin_server *server; /* that takes them over; NULL: it is done here */
    struct import_order order;
    struct import_outcome out;
    struct keycloak_outcome *configured; /* or NULL */
    const char *report;
};

static struct importing importing(const struct command_line *line,
                                  const struct admin_server *server,
                                  const struct import_format *format)
{
    return (struct importing){ .line = line,
                               .server = server,
                               .order = { .format = format,
                                          .tenant = command_value(line, "--tenant"),
                                          .dry_run = command_has(line, "--dry-run") } };
}

static RESULT import_with(struct ctx *c, struct importing *i)
{
    struct progress progress = progress_begin(i->line, "importing", "KiB", 0);
    i->order.tell = tell_kib;
    i->order.tell_arg = &progress;
    err done = i->server == NULL ? import_people(c, &i->order, &i->out)
                                 : import_send(c, i->server, &i->order, &i->out);
    progress_end(&progress);
    return done;
}

static RESULT import_into(struct ctx *c, struct importing *i, const char *path)
{
    const char *named = command_value(i->line, "--report");
    /* What a trial would leave out is not what a run that was cut off has left out. */
    i->report = named != NULL ? named
                              : text_printf(c->arena, "%s.%s.jsonl", path,
                                            i->order.dry_run ? "dry-run" : "report");
    i->order.no_bad_passwords = command_has(i->line, "--drop-bad-passwords");
    TRY(open_report(c, i->line, i->report, &i->order.report));
    err done = import_with(c, i);
    (void)close(i->order.report);
    /* A secret that was made is shown whatever becomes of the people. */
    if (done.code == ERR_OK || i->configured != NULL)
        show(c, i->line, &i->out, i->configured, i->report);
    return done;
}

/* ---- lines ---- */

static RESULT choose_format(struct ctx *c, const struct command_line *line, const char *path,
                            const struct import_format **out)
{
    const char *format = command_value(line, "--format");
    bool csv = format == NULL ? text_ends(path, ".csv") : text_equal(format, "csv");
    if (format != NULL && !csv && !text_equal(format, "jsonl"))
        return fail_field(c, INVALID_FIELD, "--format", "This is jsonl or csv.");
    *out = csv ? &import_csv : &import_json_lines;
    return ok();
}

static RESULT import_lines_of(struct ctx *c, const struct command_line *line,
                              const struct admin_server *server)
{
    struct importing i = importing(line, server, NULL);
    const char *path = NULL;
    TRY(command_argument(c, line, "a file", &path));
    TRY(choose_format(c, line, path, &i.order.format));
    TRY(map_file(c, path, &i.order.bytes));
    err done = import_into(c, &i, path);
    unmap_file(i.order.bytes);
    return done;
}

static RESULT import_lines(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return import_lines_of(c, line, NULL);
}

/* ---- Keycloak ---- */

static RESULT configure_here(struct ctx *c, struct importing *i)
{
    struct router *router = NULL;
    size_t n = 0;
    const struct route *rows = routes(&n);
    const char *tenant = i->order.tenant == NULL ? TENANT_DEFAULT_SLUG : i->order.tenant;
    TRY(router_new(c, c->arena, rows, n, &router));
    return keycloak_apply(c,
                          &(struct keycloak_order){ .bytes = i->order.bytes,
                                                    .tenant = tenant,
                                                    .router = router,
                                                    .dry_run = i->order.dry_run },
                          i->configured);
}

static RESULT configure(struct ctx *c, struct importing *i)
{
    TRY(i->server == NULL ? configure_here(c, i)
                          : import_configure(c, i->server, &i->order, i->configured));
    i->order.also = &i->configured->roles;
    return ok();
}

static RESULT import_realm_of(struct ctx *c, const struct command_line *line,
                              const struct admin_server *server)
{
    struct keycloak_outcome configured = { .left = NULL };
    struct importing i = importing(line, server, &import_keycloak);
    const char *path = NULL;
    i.configured = &configured;
    TRY(command_argument(c, line, "an export of a realm", &path));
    TRY(map_file(c, path, &i.order.bytes));
    err done = configure(c, &i);
    if (done.code == ERR_OK)
        done = import_into(c, &i, path);
    unmap_file(i.order.bytes);
    return done;
}

static RESULT import_realm(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return import_realm_of(c, line, NULL);
}

/* ---- Auth0 ---- */

static RESULT import_users(struct ctx *c, struct importing *i, const char *path,
                           struct bytes *hashes)
{
    const char *file = command_value(i->line, "--hashes");
    struct auth0_hashes *read = ARENA_NEW(c->arena, struct auth0_hashes);
    if (file != NULL) {
        TRY(map_file(c, file, hashes));
        TRY(auth0_hashes_read(c, *hashes, read));
        i->order.also = read;
        i->order.beside = *hashes;
    }
    return import_into(c, i, path);
}

static RESULT import_auth0_of(struct ctx *c, const struct command_line *line,
                              const struct admin_server *server)
{
    struct importing i = importing(line, server, &import_auth0);
    struct bytes hashes = { NULL, 0 };
    const char *path = NULL;
    TRY(command_argument(c, line, "an export of users", &path));
    TRY(map_file(c, path, &i.order.bytes));
    err done = import_users(c, &i, path, &hashes);
    unmap_file(i.order.bytes);
    if (hashes.n > 0)
        unmap_file(hashes);
    return done;
}

static RESULT import_auth0_users(struct ctx *c, const struct command_line *line, struct node *node)
{
    (void)node;
    return import_auth0_of(c, line, NULL);
}

/* ---- the rows ---- */

COMMAND_RUN(import_lines)
COMMAND_RUN(import_realm)
COMMAND_RUN(import_auth0_users)

#define IMPORT_OPTIONS                                                                             \
    { "--tenant", "SLUG", "The tenant that becomes their home (default)", false, false },          \
        { "--dry-run", NULL, "Do everything and undo it", false, false },                          \
        { "--report", "FILE",                                                                      \
          "What was left out and why (FILE.report.jsonl, or FILE.dry-run.jsonl)", false, false },  \
    {                                                                                              \
        "--drop-bad-passwords", NULL, "Take people whose hash is of no use without a password",    \
            false, false                                                                           \
    }
static const struct command_option lines_options[] = {
    { "--format", "FORMAT", "jsonl, or csv: else by the name of the file", false, false },
    IMPORT_OPTIONS,
};
static const struct command_option realm_options[] = { IMPORT_OPTIONS };
static const struct command_option auth0_options[] = {
    { "--hashes", "FILE", "The export of password hashes, as Auth0's support makes it", false,
      false },
    IMPORT_OPTIONS,
};

#define WHOLE                                                                                      \
    "Whoever cannot be taken over is left out as a whole, and a report says why.  A run that "     \
    "was\n"                                                                                        \
    "ended goes on where it was when it is started again with the same file."
#define THERE(permission)                                                                          \
    "\n\nOn a server it takes the permission " permission " and a sign-in of the last five\n"      \
    "minutes; a file that takes longer goes on with a new token."

const struct command command_user_import = {
    .name = "user import",
    .summary = "Take people over, with the hashes of their passwords",
    .arguments = "FILE",
    .details =
        "FILE has a JSON object a line, or CSV under the same names: email, full_name,\n"
        "password_hash, tenant, roles, unverified, disabled, must_change.  Hashes of Argon2id,\n"
        "bcrypt, scrypt, PBKDF2 and SHA-crypt are checked at the next sign-in and made "
        "anew.\n" WHOLE THERE("users:import"),
    COMMAND_OPTIONS(lines_options),
    .run = run_import_lines,
    .there = import_lines_of,
};
const struct command command_import_keycloak = {
    .name = "import keycloak",
    .summary = "Take roles, clients and users over from an export of a realm of Keycloak",
    .arguments = "FILE",
    .details =
        "Roles come without permissions.  What is here already stays as it is.\n" WHOLE THERE(
            "admin:*"),
    COMMAND_OPTIONS(realm_options),
    .run = run_import_realm,
    .there = import_realm_of,
};
const struct command command_import_auth0 = {
    .name = "import auth0",
    .summary = "Take users over from an export of Auth0",
    .arguments = "FILE",
    .details =
        "FILE is the bulk export as lines of JSON, or the export of hashes alone.\n" WHOLE THERE(
            "users:import"),
    COMMAND_OPTIONS(auth0_options),
    .run = run_import_auth0_users,
    .there = import_auth0_of,
};
