/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking for a password at a terminal, with a terminal: what is typed is not shown, and the
 * terminal is as it was afterwards.
 */
#include "app/command.h"
#include "tests/unit/base/testing.h"

#include <fcntl.h>
#include <termios.h>

/* A terminal whose other side types `text` for the child; the child's answer and what was shown. */
struct asked {
    int status; /* 0: asked for and got `expected`, 1: refused, 2: got something else */
    char shown[512];
    bool echoes; /* afterwards */
};

static struct asked ask(struct ctx *c, const char *text, const char *expected)
{
    struct asked out = { 0 };
    int ours = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(ours >= 0);
    assert_int_equal(grantpt(ours), 0);
    assert_int_equal(unlockpt(ours), 0);
    int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
    assert_true(theirs >= 0);
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const char *got = NULL;
        (void)dup2(theirs, STDIN_FILENO);
        (void)dup2(theirs, STDERR_FILENO);
        err done = command_ask(c, "--password", &got);
        _exit(done.code != ERR_OK ? 1 : text_equal(got, expected) ? 0 : 2);
    }
    /* Each prompt is waited for, as a person does. */
    size_t n = 0;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n\x03") + 1;
        while (n == 0 || out.shown[n - 1] != ' ') {
            ssize_t got = read(ours, out.shown + n, sizeof out.shown - 1 - n);
            assert_true(got > 0);
            n += (size_t)got;
        }
        assert_int_equal(write(ours, line, length), (ssize_t)length);
        line += length;
        if (*line != '\0')
            out.shown[n++] = '|';
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 9;
    struct termios now;
    assert_int_equal(tcgetattr(theirs, &now), 0);
    out.echoes = (now.c_lflag & ECHO) != 0 && (now.c_lflag & ICANON) != 0;
    (void)close(theirs);
    (void)close(ours);
    return out;
}

static void it_is_asked_twice_and_never_shown(void **state)
{
    struct ctx *c = *state;
    struct asked a = ask(c, "Correct-horse\nCorrect-horse\n", "Correct-horse");
    assert_int_equal(a.status, 0);
    assert_non_null(strstr(a.shown, "Password: "));
    assert_non_null(strstr(a.shown, "The same again: "));
    assert_null(strstr(a.shown, "orse"));
    assert_true(a.echoes);
}

static void a_slip_of_the_fingers_is_refused(void **state)
{
    struct ctx *c = *state;
    struct asked a = ask(c, "Correct-horse\nCorrect-house\n", "");
    assert_int_equal(a.status, 1);
    assert_true(a.echoes);
}

static void letters_can_be_taken_back_whole(void **state)
{
    struct ctx *c = *state;
    assert_int_equal(ask(c,
                         "ab\x7f\xc3\xa9\x7f"
                         "c\nwrong\x15"
                         "ac\n",
                         "ac")
                         .status,
                     0);
}

static void it_can_be_given_up(void **state)
{
    struct ctx *c = *state;
    struct asked a = ask(c, "Corr\x03", "");
    assert_int_equal(a.status, 1);
    assert_true(a.echoes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_asked_twice_and_never_shown),
        TEST(a_slip_of_the_fingers_is_refused),
        TEST(letters_can_be_taken_back_whole),
        TEST(it_can_be_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
