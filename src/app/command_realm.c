/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth export and uauth apply: all that is configured, as one file.
 */
#include "app/command_node.h"
#include "app/command_server.h"
#include "app/commands.h"
#include "app/routes.h"
#include "realm/admin_realm.h"
#include "realm/realm.h"

#include <stdio.h>

enum { EXIT_FAILED = 1, EXIT_DIFFERS = 2 };

/* ---- export ---- */

static RESULT export_all(struct ctx *c, const struct command_line *line, struct node *node)
{
    const struct realm_wish wish = { .members = command_has(line, "--members"),
                                     .secrets_from_env = command_has(line, "--secrets-from-env") };
    const char *json = NULL;
    (void)node;
    TRY(realm_export(c, &wish, &json));
    return fputs(json, stdout) < 0 ? fail(c, UNAVAILABLE, "the file could not be written") : ok();
}

static RESULT export_there(struct ctx *c, const struct command_line *line,
                           const struct admin_server *server)
{
    const struct admin_call call = {
        .method = "GET",
        .path = "/admin/realm",
        .query = { { "members", command_has(line, "--members") ? "true" : NULL },
                   { "secrets_from_env",
                     command_has(line, "--secrets-from-env") ? "true" : NULL } },
    };
    struct admin_reply reply;
    TRY(admin_send(c, server, &call, &reply));
    return fwrite(reply.body.at, 1, reply.body.n, stdout) < reply.body.n
               ? fail(c, UNAVAILABLE, "the file could not be written")
               : ok();
}

static RESULT run_export(struct ctx *c, const struct command_line *line)
{
    return command_on_node(c, line, NEEDS_DATABASE, export_all);
}

/* ---- showing what was planned ---- */

/* How a change is marked, in which colour (ECMA-48 8.3.117). */
static const struct {
    const char *mark, *colour;
} ops[] = {
    [REALM_ADD] = { "+", "\033[32m" },
    [REALM_CHANGE] = { "~", "\033[33m" },
    [REALM_REMOVE] = { "-", "\033[31m" },
};

static void say_difference(const struct command_line *line, enum realm_op op,
                           const struct realm_difference *d)
{
    const char *before = d->before == NULL ? "(nothing)" : d->before;
    const char *after = d->after == NULL ? "(nothing)" : d->after;
    if (op == REALM_ADD)
        command_say(line, "    %s: %s\n", d->name, after);
    else
        command_say(line, "    %s: %s -> %s\n", d->name, before, after);
}

static void say_change(const struct command_line *line, const struct realm_change *change)
{
    command_say(line, "%s%s %s %s%s\n", command_colour(line, ops[change->op].colour),
                ops[change->op].mark, change->kind_name, change->key,
                command_colour(line, "\033[0m"));
    for (size_t i = 0; i < change->differences_n; i++)
        say_difference(line, change->op, &change->differences[i]);
    if (change->secret != NULL)
        command_say(line, "    its secret, shown this once: %s\n", change->secret);
}

static void say_proof(const struct command_line *line, const struct realm_proof *proof, size_t i)
{
    bool held = proof->held;
    const char *name = proof->name == NULL ? "" : proof->name;
    command_say(line, "%s%s scenario %zu%s%s: %lld%s",
                command_colour(line, held ? "\033[32m" : "\033[31m"), held ? "ok" : "not ok", i + 1,
                name[0] == '\0' ? "" : " ", name, (long long)proof->got,
                command_colour(line, "\033[0m"));
    if (!held)
        command_say(line, ", expected %lld", (long long)proof->expected);
    if (!held && proof->why != NULL)
        command_say(line, " (%s)", proof->why);
    command_say(line, "\n");
}

static size_t count(const struct realm_outcome *out, enum realm_op op)
{
    size_t n = 0;
    for (size_t i = 0; i < out->changes_n; i++)
        n += out->changes[i].op == op ? 1 : 0;
    return n;
}

static void say_outcome(const struct command_line *line, const struct realm_outcome *out)
{
    for (size_t i = 0; i < out->changes_n; i++)
        say_change(line, &out->changes[i]);
    for (size_t i = 0; i < out->proofs_n; i++)
        say_proof(line, &out->proofs[i], i);
    if (!out->proven)
        command_say(line, "A scenario does not hold: nothing was changed.\n");
    if (out->changes_n == 0)
        command_say(line, "Nothing to do.\n");
    else
        command_say(line, "%zu to add, %zu to change, %zu to remove%s\n", count(out, REALM_ADD),
                    count(out, REALM_CHANGE), count(out, REALM_REMOVE),
                    out->applied ? ": done." : ".");
    command_say(line, "The version of the configuration %s %s.\n", out->applied ? "was" : "is",
                out->version);
}

static void show_differences(struct json_writer *w, const struct realm_change *change)
{
    json_array(w, "differences");
    for (size_t i = 0; i < change->differences_n; i++) {
        const struct realm_difference *d = &change->differences[i];
        json_object(w, NULL);
        json_text(w, "name", d->name);
        json_raw(w, "before", d->before == NULL ? "null" : d->before);
        json_raw(w, "after", d->after == NULL ? "null" : d->after);
        json_object_end(w);
    }
    json_array_end(w);
}

static void show_proof(struct json_writer *w, const struct realm_proof *proof)
{
    json_object(w, NULL);
    json_text(w, "name", proof->name);
    json_number(w, "expected", proof->expected);
    json_number(w, "got", proof->got);
    json_text(w, "why", proof->why);
    json_bool(w, "held", proof->held);
    json_object_end(w);
}

static void show_outcome(struct ctx *c, const struct command_line *line,
                         const struct realm_outcome *out)
{
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "version", out->version);
    json_bool(&w, "applied", out->applied);
    json_bool(&w, "proven", out->proven);
    json_array(&w, "changes");
    for (size_t i = 0; i < out->changes_n; i++) {
        json_object(&w, NULL);
        json_text(&w, "op", admin_realm_op(out->changes[i].op));
        json_text(&w, "kind", out->changes[i].kind_name);
        json_text(&w, "key", out->changes[i].key);
        show_differences(&w, &out->changes[i]);
        json_text_if(&w, "secret", out->changes[i].secret);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_array(&w, "scenarios");
    for (size_t i = 0; i < out->proofs_n; i++)
        show_proof(&w, &out->proofs[i]);
    json_array_end(&w);
    json_object_end(&w);
    command_show(line, &w);
}

/* ---- apply ---- */

static RESULT read_file(struct ctx *c, const char *path, struct bytes *out)
{
    bool input = text_equal(path, "-");
    FILE *file = input ? stdin : fopen(path, "re");
    uint8_t *at = arena_alloc(c->arena, REALM_FILE_MAX + 1);
    if (file == NULL)
        return fail_field(c, INVALID_FIELD, path, "This file cannot be read.");
    size_t n = fread(at, 1, REALM_FILE_MAX + 1, file);
    bool failed = ferror(file) != 0;
    if (!input)
        (void)fclose(file);
    if (failed || n > REALM_FILE_MAX)
        return fail_field(c, INVALID_FIELD, path, "This file cannot be read, or has over 8 MiB.");
    *out = (struct bytes){ at, n };
    return ok();
}

/* What the options ask for, and the file. */
static RESULT read_order(struct ctx *c, const struct command_line *line, struct realm_order *order,
                         struct bytes *file)
{
    const char *path = NULL;
    *order = (struct realm_order){ .plan = command_has(line, "--plan"),
                                   .prune = command_has(line, "--prune"),
                                   .if_version = command_value(line, "--if-version") };
    if (command_has(line, "--exit-code") && !order->plan)
        return fail_field(c, INVALID_FIELD, "--exit-code", "This goes with --plan.");
    *line->exit_status = EXIT_FAILED;
    TRY(command_argument(c, line, "a file, or - for standard input", &path));
    return read_file(c, path, file);
}

static void tell_outcome(struct ctx *c, const struct command_line *line,
                         const struct realm_outcome *out)
{
    show_outcome(c, line, out);
    say_outcome(line, out);
    if (out->proven)
        *line->exit_status =
            command_has(line, "--exit-code") && out->changes_n > 0 ? EXIT_DIFFERS : 0;
}

static RESULT apply(struct ctx *c, const struct command_line *line, struct node *node)
{
    struct realm_outcome out = { 0 };
    struct realm_order order;
    struct router *router = NULL;
    struct bytes file;
    size_t n = 0;
    const struct route *rows = routes(&n);
    (void)node;
    TRY(read_order(c, line, &order, &file));
    TRY(realm_read(c, file, &order.realm));
    TRY(router_new(c, c->arena, rows, n, &router));
    order.router = router;
    TRY(realm_apply(c, &order, &out));
    tell_outcome(c, line, &out);
    return ok();
}

/* ---- on a server ---- */

static const struct realm_difference *differences_of(struct arena *a, const struct items *told)
{
    struct realm_difference *out = ARENA_NEWS(a, struct realm_difference, told->n);
    for (size_t i = 0; i < told->n; i++) {
        const struct admin_realm_difference *d =
            (const struct admin_realm_difference *)told->at + i;
        out[i] = (struct realm_difference){ d->name, d->before, d->after };
    }
    return out;
}

static const struct realm_change *changes_of(struct arena *a, const struct items *told)
{
    struct realm_change *out = ARENA_NEWS(a, struct realm_change, told->n);
    for (size_t i = 0; i < told->n; i++) {
        const struct admin_realm_change *change = (const struct admin_realm_change *)told->at + i;
        out[i] = (struct realm_change){ .op = admin_realm_op_of(change->op),
                                        .kind_name = change->kind,
                                        .key = change->key,
                                        .secret = change->secret,
                                        .differences = differences_of(a, &change->differences),
                                        .differences_n = change->differences.n };
    }
    return out;
}

static const struct realm_proof *proofs_of(struct arena *a, const struct items *told)
{
    struct realm_proof *out = ARENA_NEWS(a, struct realm_proof, told->n);
    for (size_t i = 0; i < told->n; i++) {
        const struct admin_realm_proof *proof = (const struct admin_realm_proof *)told->at + i;
        out[i] = (struct realm_proof){ .name = proof->name,
                                       .expected = proof->expected,
                                       .got = proof->got,
                                       .why = proof->why,
                                       .held = proof->held };
    }
    return out;
}

static RESULT apply_there(struct ctx *c, const struct command_line *line,
                          const struct admin_server *server)
{
    struct realm_order order;
    struct admin_realm_outcome told;
    struct admin_call call = { .method = "POST",
                               .out_shape = &admin_realm_outcome_shape,
                               .out = &told };
    TRY(read_order(c, line, &order, &call.json));
    call.path = order.plan ? "/admin/plan" : "/admin/apply";
    call.query[0] = (struct form_field){ "prune", order.prune ? "true" : NULL };
    call.query[1] = (struct form_field){ "if_version", order.if_version };
    TRY(admin_send(c, server, &call, NULL));
    tell_outcome(c, line,
                 &(struct realm_outcome){ .version = told.version,
                                          .changes = changes_of(c->arena, &told.changes),
                                          .changes_n = told.changes.n,
                                          .proofs = proofs_of(c->arena, &told.scenarios),
                                          .proofs_n = told.scenarios.n,
                                          .proven = told.proven,
                                          .applied = told.applied });
    return ok();
}

COMMAND_RUN(apply)

/* ---- the rows ---- */

static const struct command_option export_options[] = {
    { "--members", NULL, "And who has which roles, by address", false, false },
    { "--secrets-from-env", NULL, "Name a variable of the environment for each secret", false,
      false },
};
static const struct command_option apply_options[] = {
    { "--plan", NULL, "Show what would be done, and do nothing", false, false },
    { "--exit-code", NULL, "With --plan: end with 2 if there is anything to do", false, false },
    { "--prune", NULL, "Remove what the lists of the file do not name", false, false },
    { "--if-version", "VERSION", "Only if the configuration is as when it was planned for", false,
      false },
};

const struct command command_export = {
    .name = "export",
    .summary = "Print all that is configured in the database as a file for uauth apply",
    .details =
        "Tenants, roles, resources, providers and clients, in a stable order.  Secrets are not in\n"
        "it; nor are people (uauth user import), settings (uauth config), keys, what is built in,\n"
        "and clients that registered themselves.  Its schema: uauth describe realm.schema.json.",
    COMMAND_OPTIONS(export_options),
    .run = run_export,
    .there = export_there,
};
const struct command command_apply = {
    .name = "apply",
    .summary = "Bring the configuration to what a file says, in one transaction",
    .arguments = "FILE",
    .details =
        "What the file names is made or changed; what it does not name stays, unless --prune is\n"
        "given; a kind whose list is missing is not looked at.  Scenarios of the file are proven\n"
        "before anything is changed.  FILE may be - for standard input.  Ends with 0, with 1 if\n"
        "nothing was changed because something is wrong, and with --plan --exit-code with 2 if\n"
        "there is something to do.",
    COMMAND_OPTIONS(apply_options),
    .run = run_apply,
    .there = apply_there,
};
