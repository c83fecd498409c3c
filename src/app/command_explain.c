/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uauth explain: why a request was refused, and how to put it right.
 */
#include "app/command_server.h"
#include "app/commands.h"
#include "app/explain_source.h"
#include "web/trace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- for people ---- */

/* What came from a caller must not drive the terminal. */
static const char *tame(struct arena *a, const char *text)
{
    if (text == NULL || !text_has_control(text))
        return text;
    char *out = arena_copy(a, text, strlen(text) + 1);
    for (char *at = out; *at != '\0'; at++)
        if ((uint8_t)*at < 0x20 || (uint8_t)*at >= 0x7F)
            *at = '?';
    return out;
}

struct painter {
    struct arena *arena;
    bool colours;
};

enum colour { PLAIN_TEXT = 0, BOLD = 1, RED = 31, GREEN = 32 };

static void row(const struct painter *p, const char *label, enum colour colour, const char *value)
{
    if (value == NULL)
        return;
    value = tame(p->arena, value);
    if (p->colours)
        (void)printf("\033[2m%-9s\033[0m \033[%dm%s\033[0m\n", label, (int)colour, value);
    else
        (void)printf("%-9s %s\n", label, value);
}

static const char *request_of(struct arena *a, const struct explanation *e)
{
    struct text_buffer out = text_buffer(a);
    text_addf(&out, "%s  %s", e->request_id, e->time);
    if (e->method != NULL)
        text_addf(&out, "\n          %s %s", e->method,
                  e->route == NULL || e->route[0] == '\0' ? "(no operation)" : e->route);
    if (e->peer != NULL)
        text_addf(&out, " from %s", tame(a, e->peer));
    return text_of(&out);
}

static const char *answer_of(struct arena *a, const struct explanation *e)
{
    if (e->error == NULL)
        return text_printf(a, "%lld", (long long)e->status);
    return text_printf(a, "%lld %s", (long long)e->status, e->error);
}

static const char *rule_of(struct arena *a, const struct explanation *e)
{
    if (e->rule == NULL)
        return NULL;
    return e->clause == NULL ? e->rule : text_printf(a, "%s (%s)", e->rule, e->clause);
}

static const char *settings_of(struct arena *a, const struct explanation *e)
{
    if (e->config_version == NULL || e->config_now == NULL)
        return e->config_version;
    if (text_equal(e->config_version, e->config_now))
        return text_printf(a, "%s, as now", e->config_version);
    return text_printf(a, "%s; they have changed since, to %s", e->config_version, e->config_now);
}

static void print(const struct painter *p, const struct explanation *e)
{
    struct arena *a = p->arena;
    (void)printf("%-9s %s\n", "Request", request_of(a, e));
    row(p, "Client", PLAIN_TEXT, e->client_id);
    row(p, "User", PLAIN_TEXT, e->user_id);
    row(p, "Answer", PLAIN_TEXT, answer_of(a, e));
    row(p, "Rule", PLAIN_TEXT, rule_of(a, e));
    row(p, "Cause", BOLD, e->cause);
    row(p, "Expected", GREEN, e->expected);
    row(p, "Got", RED, e->got);
    row(p, "Log", PLAIN_TEXT, e->why);
    row(p, "Why", PLAIN_TEXT, e->matters);
    row(p, "Fix", BOLD, e->fix);
    row(p, "Settings", PLAIN_TEXT, settings_of(a, e));
}

/* ---- the command ---- */

/* As trace_request_id makes it; it goes into a URL. */
static bool is_request_id(const char *id)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    return strlen(id) == REQUEST_ID_CHARS && id[strspn(id, digits)] == '\0';
}

/* The one argument. */
static RESULT read_id(struct ctx *c, const struct command_line *line, const char **id)
{
    TRY(command_argument(c, line, "the id of a request", id));
    return is_request_id(*id)
               ? ok()
               : fail(c, INVALID_REQUEST,
                      "this is no request id: 26 characters, as X-Request-Id and error pages show "
                      "it");
}

static void show(struct ctx *c, const struct command_line *line, const struct explanation *e)
{
    if (line->json) {
        struct json_writer w = json_writer(c->arena);
        shape_write(&w, NULL, &explanation_shape, e);
        command_show(line, &w);
        return;
    }
    const struct painter p = { c->arena, *command_colour(line, "1") != '\0' };
    print(&p, e);
}

static RESULT run_explain(struct ctx *c, const struct command_line *line)
{
    const char *log = command_value(line, "--log"), *id = NULL;
    struct explanation e = { 0 };
    TRY(read_id(c, line, &id));
    if (log == NULL && isatty(STDIN_FILENO) == 1)
        return fail(c, INVALID_REQUEST,
                    "say where to look: --log FILE, a log on standard input, or --token-file "
                    "FILE to ask the service");
    TRY(explain_read_log(c, log == NULL || text_equal(log, "-") ? NULL : log, id, &e));
    show(c, line, &e);
    return ok();
}

static RESULT explain_there(struct ctx *c, const struct command_line *line,
                            const struct admin_server *server)
{
    const char *id = NULL;
    struct explanation e = { 0 };
    struct admin_call call = { .method = "GET", .out_shape = &explanation_shape, .out = &e };
    TRY(read_id(c, line, &id));
    if (command_has(line, "--log"))
        return fail(c, INVALID_REQUEST, "to ask the service give --token-file, and no --log");
    call.path = admin_path(c->arena, "/admin/explain", id, "");
    err asked = admin_send(c, server, &call, NULL);
    if (asked.code == ERR_NOT_FOUND) {
        admin_refusal_clear(c);
        return fail(c, NOT_FOUND,
                    "no refused request %s is in the memory of the node that answered: it may be "
                    "in that of another, or in the log (--log FILE)",
                    id);
    }
    TRY(asked);
    show(c, line, &e);
    return ok();
}

static const struct command_option options[] = {
    { "--log", "FILE", "Look in this log; without it, in standard input", false, false },
};

const struct command command_explain = {
    .name = "explain",
    .summary = "Tell why a request was refused, and how to put it right",
    .arguments = "ID",
    .details =
        "ID is the request id: clients and users see it in X-Request-Id, in OAuth errors and "
        "on error\npages, and nothing else of this.  The log of any node has all refusals; the "
        "memory of a\nrunning one the newest.\n\n"
        "    journalctl -u uauth -o cat | uauth explain ID\n"
        "    uauth explain ID --server https://id.example.com --token-file token",
    COMMAND_OPTIONS(options),
    .as_written = true,
    .run = run_explain,
    .there = explain_there,
};
