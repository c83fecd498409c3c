/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for a password at the terminal.  The letters are read one by one and not shown; the
 * terminal is put back before anything else happens, whatever ends the question.
 */
#include "app/command.h"

#include "base/text.h"
#include "crypto/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { INTERRUPT = 3, END = 4, BACKSPACE = 8, ERASE_LINE = 21, DELETE = 127 };

static bool hide(struct termios *before)
{
    if (tcgetattr(STDIN_FILENO, before) != 0)
        return false;
    struct termios quiet = *before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
}

/* The last letter may be of several bytes. */
static size_t without_last(const char *at, size_t n)
{
    while (n > 0 && ((unsigned char)at[n - 1] & 0xc0) == 0x80)
        n--;
    return n > 0 ? n - 1 : 0;
}

/* Whether a line was typed; it is given up with Ctrl-C or Ctrl-D. */
static bool read_line(char *at, size_t room, size_t *n)
{
    for (*n = 0;;) {
        char letter = 0;
        ssize_t got = read(STDIN_FILENO, &letter, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || letter == INTERRUPT || letter == END)
            return false;
        if (letter == '\n' || letter == '\r')
            return true;
        if (letter == BACKSPACE || letter == DELETE)
            *n = without_last(at, *n);
        else if (letter == ERASE_LINE)
            *n = 0;
        else if (letter != '\0' && *n < room)
            at[(*n)++] = letter;
    }
}

static RESULT ask_once(struct ctx *c, const char *name, const char *prompt, const char **out)
{
    struct termios before;
    char *at = arena_alloc(c->arena, COMMAND_SECRET_MAX + 1);
    size_t n = 0;
    if (!hide(&before))
        return fail_field(c, INVALID_FIELD, name, "The terminal cannot hide what is typed.");
    (void)fprintf(stderr, "%s", prompt);
    bool typed = read_line(at, COMMAND_SECRET_MAX, &n);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    (void)fprintf(stderr, "\n");
    if (!typed)
        return fail_field(c, INVALID_FIELD, name, "Nothing was typed.");
    /* Letters that were taken back still stand behind. */
    explicit_bzero(at + n, COMMAND_SECRET_MAX + 1 - n);
    *out = at;
    return ok();
}

RESULT command_ask(struct ctx *c, const char *name, const char **out)
{
    const char *first = NULL;
    const char *second = NULL;
    if (isatty(STDIN_FILENO) != 1)
        return fail_field(c, INVALID_FIELD, name,
                          text_printf(c->arena,
                                      "Without a terminal the secret comes by %s-stdin or %s-file.",
                                      name, name));
    TRY(ask_once(c, name, "Password: ", &first));
    TRY(ask_once(c, name, "The same again: ", &second));
    if (!ct_equal(bytes_of(first), bytes_of(second)))
        return fail_field(c, INVALID_FIELD, name, "The two are not the same.");
    *out = first;
    return ok();
}
