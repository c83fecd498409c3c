/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to one command's run: settings are read, the context is made, failures are
 * told.
 */
#include "app/command.h"
#include "app/command_server.h"
#include "app/libraries.h"
#include "app/version.h"
#include "base/config.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"
#include "client/key_vault_settings.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, COMMAND_CEILING = 64 << 20 };

/* Nothing of this process's memory reaches a core file or another process (CR-06); new files are
 * ours alone. */
static void guard_process(void)
{
    struct rlimit none = { 0, 0 };
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    /* A file that may not grow is a failure of that write, as a full disk is. */
    (void)signal(SIGXFSZ, SIG_IGN);
}

static bool is_usage(enum err_code code)
{
    return code == ERR_INVALID_REQUEST || code == ERR_INVALID_FIELD;
}

/* The sentence that helps most: what may be said, else why it failed, else the title. */
static const char *explanation(const struct fault *fault)
{
    if (fault->say != NULL)
        return fault->say;
    return fault->text != NULL && fault->text[0] != '\0' ? fault->text
                                                         : err_row(fault->code)->title;
}

/* What to do about a request that a service has refused. */
static const char *advice(struct ctx *c, const struct command_line *line)
{
    const char *server = command_value(line, "--server");
    const char *token_file = command_value(line, "--token-file");
    if (c->fault.code == ERR_INVALID_TOKEN || c->fault.code == ERR_STEP_UP_REQUIRED)
        return text_printf(c->arena, "sign in again, and put the new access token into %s",
                           token_file);
    return text_printf(c->arena, "uauth explain %s%s%s --token-file %s tells why", c->request_id,
                       server == NULL ? "" : " --server ", server == NULL ? "" : server,
                       token_file);
}

static void tell_refused(struct ctx *c, const struct command_line *line)
{
    const struct err_row *row = err_row(c->fault.code);
    (void)fprintf(stderr, "uauth: %d %s (request %s): %s\n", row->status, row->title, c->request_id,
                  advice(c, line));
}

static int tell(struct ctx *c, const struct command_line *line)
{
    const struct fault *fault = &c->fault;
    if (line->json) {
        struct json_writer w = json_writer(c->arena);
        json_object(&w, NULL);
        json_text(&w, "error", err_slug(fault->code));
        json_text(&w, "detail", explanation(fault));
        if (fault->field != NULL)
            json_text(&w, "field", fault->field);
        if (c->request_id != NULL) {
            json_text(&w, "title", err_row(fault->code)->title);
            json_text(&w, "request_id", c->request_id);
            json_text(&w, "advice", advice(c, line));
        }
        json_object_end(&w);
        (void)fprintf(stderr, "%s\n", json_written(&w));
    } else if (fault->field != NULL) {
        (void)fprintf(stderr, "uauth: %s: %s\n", fault->field, explanation(fault));
    } else {
        (void)fprintf(stderr, "uauth: %s\n", explanation(fault));
    }
    if (c->request_id != NULL && !line->json)
        tell_refused(c, line);
    return is_usage(fault->code) ? EXIT_USAGE : EXIT_FAILED;
}

/* uauth, uauth help, uauth --help, uauth --version [--json], and what is none of these. */
static int run_bare(struct ctx *c, char **arguments)
{
    const char *first = arguments[0];
    if (first == NULL || text_equal(first, "help") || text_equal(first, "--help") ||
        text_equal(first, "-h")) {
        (void)fputs(command_help(c->arena, NULL), first == NULL ? stderr : stdout);
        return first == NULL ? EXIT_USAGE : EXIT_DONE;
    }
    if (text_equal(first, "--version")) {
        bool json = arguments[1] != NULL && text_equal(arguments[1], "--json");
        (void)printf("%s\n", json ? version_json(c) : version_text(c->arena));
        return EXIT_DONE;
    }
    (void)fprintf(stderr, "uauth: %s: a command comes first; uauth --help lists them\n", first);
    return EXIT_USAGE;
}

static RESULT load_settings(struct ctx *c, struct command_line *line, struct config *config,
                            struct log *log)
{
    extern char **environ;
    line->settings.environment = (const char *const *)environ;
    line->settings.dotenv_path = ".env";
    struct config_sources *sources = ARENA_NEW(c->arena, struct config_sources);
    TRY(config_load(c, &line->settings, config, sources));
    line->sources = sources;
    c->config = config;
    if (!line->command->as_written)
        TRY(key_vault_settings(c, config));
    log->level = (enum log_level)config->log_level;
    if (log->level == LOG_INFO && !line->command->serves)
        log->level = LOG_WARN;
    return ok();
}

static RESULT run(struct ctx *c, struct command_line *line, struct config *config, struct log *log)
{
    TRY(libraries_check(c));
    if (!line->command->quiet_setup)
        TRY(load_settings(c, line, config, log));
    return command_acts_there(line) ? command_on_server(c, line) : line->command->run(c, line);
}

/* What the command line asks for. */
static int obey(struct ctx *c, int argc, char **argv, struct log *log)
{
    struct command_line line;
    int exit_status = -1;
    struct config *config = ARENA_NEW(c->arena, struct config);
    err done = command_parse(c, (const char *const *)argv + 1, (size_t)argc - 1, &line);
    line.program = argv[0];
    line.exit_status = &exit_status;
    if (done.code == ERR_OK && line.command == NULL)
        return run_bare(c, argv + 1);
    if (done.code == ERR_OK && line.help)
        return fputs(command_help(c->arena, line.command), stdout) < 0 ? EXIT_FAILED : EXIT_DONE;
    if (done.code == ERR_OK)
        done = run(c, &line, config, log);
    int status = done.code == ERR_OK ? EXIT_DONE : tell(c, &line);
    return exit_status >= 0 ? exit_status : status;
}

/* Whoever reads it has gone, as behind a pipe to head(1), and misses nothing. */
static bool has_no_reader(int fd)
{
    struct pollfd out = { .fd = fd, .events = POLLOUT };
    return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

/* All that was printed is where it goes, or the status says that it is not: the disk may be full,
 * and a part of a list looks like a list. */
static int end_output(int status)
{
    bool failed = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !failed)
        return status;
    if (status == EXIT_DONE && !has_no_reader(STDOUT_FILENO))
        (void)fputs("uauth: what was printed could not be written to its end\n", stderr);
    return EXIT_FAILED;
}

int main(int argc, char **argv)
{
    guard_process();
    struct arena *arena = arena_new(COMMAND_CEILING);
    if (arena == NULL || argc < 1) {
        (void)fputs("uauth: not enough memory to start\n", stderr);
        return EXIT_FAILED;
    }
    struct log log = { .fd = 2, .level = LOG_INFO };
    struct ctx c = {
        .arena = arena, .log = &log, .random = random_system(arena), .now = time_now()
    };
    int status = obey(&c, argc, argv, &log);
    arena_end(arena); /* with what is left of calls to others */
    /* All secrets are wiped; a leak checker may look at what is left. */
    (void)prctl(PR_SET_DUMPABLE, 1);
    return end_output(status);
}
