/* SPDX-License-Identifier: Apache-2.0 */
#include "app/first_run.h"

#include "app/data_folder.h"
#include "base/config.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/first_admin.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char in_person_text[] =
    "\n"
    "There is no administrator yet.  Make one in a browser, within an hour:\n"
    "\n"
    "    %s/setup?code=%s\n"
    "\n"
    "or on this machine, in another terminal:\n"
    "\n"
    "    %s \\\n"
    "        --role admin --email you@example.com --name \"Your Name\"\n"
    "\n";

static const char plain_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "/._-+";

/* As one word of a shell. */
static const char *shell_word(struct arena *a, const char *text)
{
    if (text[0] != '\0' && text[strspn(text, plain_letters)] == '\0')
        return text;
    struct text_buffer out = text_buffer(a);
    text_add(&out, "'");
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            text_add(&out, "'\\''");
        else
            text_add_bytes(&out, text, 1);
    }
    text_add(&out, "'");
    return text_of(&out);
}

/* A path that means the same in every folder; as it is if that cannot be found out. */
static const char *absolute(struct arena *a, const char *path)
{
    char folder[PATH_MAX];
    if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL)
        return path;
    return text_printf(a, "%s/%s", folder, text_starts(path, "./") ? path + 2 : path);
}

const char *first_run_command(struct ctx *c, const char *program)
{
    struct arena *a = c->arena;
    if (program == NULL)
        program = "uauth";
    if (strchr(program, '/') != NULL)
        program = absolute(a, program);
    return text_printf(a, "%s user create --data-dir %s", shell_word(a, program),
                       shell_word(a, absolute(a, c->config->data_dir)));
}

static RESULT write_code(struct ctx *c, const char *code)
{
    const char *path = data_path(c, c->config->data_dir, DATA_SETUP_CODE);
    TRY(data_file_write(c, path, code));
    LOG_LINE(c->log, c, LOG_INFO,
             "there is no administrator yet: run uauth user create --role admin, or open /setup "
             "with the code in this file within an hour",
             { "path", .text = path });
    return ok();
}

RESULT first_run_tell(struct ctx *c, const char *program, bool in_person)
{
    const char *code = NULL;
    TRY(first_admin_code(c, &code));
    if (code == NULL) {
        (void)unlink(data_path(c, c->config->data_dir, DATA_SETUP_CODE));
        return ok();
    }
    if (!in_person)
        return write_code(c, code);
    (void)printf(in_person_text, c->config->public_url, code, first_run_command(c, program));
    (void)fflush(stdout);
    return ok();
}
