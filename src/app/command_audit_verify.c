/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth audit verify: without a database, a server or the network.
 */
#include "app/commands.h"

#include "base/text.h"
#include "base/time.h"
#include "identity/audit_record.h"
#include "token/audit_check.h"

#include <stdio.h>
#include <string.h>

typedef RESULT line_work(struct ctx *c, void *arg, struct bytes line);

/* One line without its end, which may hold any byte; false at the end of the file. */
static bool read_line(FILE *file, char *line, size_t *n)
{
    int byte = getc(file);
    if (byte == EOF)
        return false;
    for (*n = 0; byte != EOF && byte != '\n' && *n <= AUDIT_LINE_MAX; byte = getc(file))
        line[(*n)++] = (char)byte;
    return true;
}

static RESULT read_lines(struct ctx *c, FILE *file, const char *path, line_work *work, void *arg)
{
    char *line = arena_alloc(c->arena, AUDIT_LINE_MAX + 1);
    struct arena_mark mark = arena_mark(c->arena);
    for (size_t n = 0; read_line(file, line, &n);) {
        if (n > AUDIT_LINE_MAX)
            return fail(c, INVALID_TOKEN, "%s has a line that is too long", path);
        TRY(work(c, arg, (struct bytes){ (const uint8_t *)line, n }));
        arena_rewind(c->arena, mark);
    }
    return ferror(file) ? fail(c, UNAVAILABLE, "%s cannot be read", path) : ok();
}

/* Does `work` with every line of the file; "-" is standard input. */
static RESULT each_line(struct ctx *c, const char *path, line_work *work, void *arg)
{
    if (text_equal(path, "-"))
        return read_lines(c, stdin, "standard input", work, arg);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(c, UNAVAILABLE, "%s cannot be read", path);
    err done = read_lines(c, file, path, work, arg);
    (void)fclose(file);
    return done;
}

/* ---- what is trusted ---- */

static RESULT read_keys(struct ctx *c, const char *path, struct key_set *out)
{
    char *text = arena_alloc(c->arena, JWKS_BYTES_MAX + 1);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(c, UNAVAILABLE, "%s cannot be read", path);
    size_t n = fread(text, 1, JWKS_BYTES_MAX + 1, file);
    (void)fclose(file);
    return key_set_read(c, c->arena, (struct bytes){ (const uint8_t *)text, n }, out);
}

static RESULT keep_head(struct ctx *c, void *arg, struct bytes line)
{
    if (line.n > 0 && memchr(line.at, '\0', line.n) == NULL)
        audit_check_known(arg, text_copy(c->arena, (const char *)line.at, line.n));
    return ok();
}

/* ---- checking ---- */

static RESULT take_line(struct ctx *c, void *arg, struct bytes line)
{
    return audit_check_line(c, arg, line);
}

/* A proof of consistency is the first line of an export with a path. */
static RESULT take_proof(struct ctx *c, void *arg, struct bytes line)
{
    struct json j = json_open(c->arena, line);
    struct json_value value;
    bool path = false;
    if (json_value(&j, &value) && value.kind == JSON_OBJECT)
        for (const char *name; json_member(&j, &name, &value); (void)json_skip(&j, &value))
            path = path || text_equal(name, "path");
    bool first = audit_check_head(arg) == NULL;
    return first && path ? audit_check_consistency(c, arg, line) : audit_check_line(c, arg, line);
}

static RESULT begin(struct ctx *c, const struct command_line *line, struct audit_check **out)
{
    struct key_set keys;
    int64_t from = 0;
    const char *text = command_value(line, "--from");
    const char *heads = command_value(line, "--heads");
    struct arena *a = arena_new((size_t)ARENA_REQUEST_CEILING * 256);
    if (a == NULL)
        return fail(c, UNAVAILABLE, "no address space");
    ARENA_OWN(c->arena, struct arena, arena_end, a);
    if (text != NULL && !text_int(text, 0, INT64_MAX - 1, &from))
        return fail_field(c, INVALID_FIELD, "--from", "This is a number of records.");
    TRY(read_keys(c, command_value(line, "--key"), &keys));
    *out = audit_check_begin(a, keys, from);
    if (heads != NULL)
        TRY(each_line(c, heads, keep_head, *out));
    if (command_has(line, "--proof"))
        audit_check_in_part(*out);
    return ok();
}

static void show(struct ctx *c, const struct command_line *line, const struct audit_check *check)
{
    const struct audit_head *head = audit_check_head(check);
    const char *at = time_rfc3339(c->arena, head->at);
    const char *root = audit_hash_text(c->arena, &head->tree.root);
    struct json_writer w = json_writer(c->arena);
    json_object(&w, NULL);
    json_text(&w, "log", head->log);
    json_number(&w, "size", head->tree.size);
    json_text(&w, "root", root);
    json_text(&w, "at", at);
    json_number(&w, "next", audit_check_next(check));
    json_number(&w, "heads", (int64_t)audit_check_agreed(check));
    json_object_end(&w);
    command_show(line, &w);
    if (command_has(line, "--proof"))
        command_say(line, "Proven: it is of the audit.");
    else
        command_say(line, "Proven: all %lld records.", (long long)head->tree.size);
    command_say(line, "  Log %s, signed %s, root %s.\n", head->log, at, root);
    if (command_has(line, "--heads"))
        command_say(line, "Heads that were kept and agree: %zu.\n", audit_check_agreed(check));
}

static RESULT run_verify(struct ctx *c, const struct command_line *line)
{
    const char *path = NULL;
    struct audit_check *check = NULL;
    TRY(command_argument(c, line, "the file of an export", &path));
    TRY(begin(c, line, &check));
    TRY(each_line(c, path, command_has(line, "--proof") ? take_proof : take_line, check));
    TRY(audit_check_end(c, check));
    show(c, line, check);
    return ok();
}

static const struct command_option verify_options[] = {
    { "--key", "FILE", "The keys that are trusted, as `uauth audit key` shows them", true, false },
    { "--heads", "FILE", "Heads that were kept, one a line, as `uauth audit heads` shows them",
      false, false },
    { "--from", "N", "The export leaves the first N records out", false, false },
    { "--proof", NULL, "It is what `uauth audit prove` has written", false, false },
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .summary = "Check an export of the audit, and name the first record that is not as it was",
    .arguments = "FILE",
    .details =
        "Needs neither a server nor a database: only the file, the key and, to know that the\n"
        "whole past was not written anew, heads that were kept elsewhere.",
    COMMAND_OPTIONS(verify_options),
    .quiet_setup = true,
    .here = "it needs neither a service nor a database",
    .run = run_verify,
};
